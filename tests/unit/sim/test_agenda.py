from __future__ import annotations

from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.draws.distributions import NEVER_US


def test_actions_come_in_order_of_time_then_of_their_setting() -> None:
    agenda = EventSchedule(100)
    done: list[str] = []
    agenda.at(120, done.append, "later")
    agenda.after(10, done.append, "first")
    agenda.at(110, done.append, "second")
    agenda.run_until(119)
    assert done == ["first", "second"]
    assert agenda.now_us == 119
    assert agenda.next_us() == 120


def test_what_should_have_happened_happens_at_once() -> None:
    agenda = EventSchedule(100)
    done: list[str] = []
    agenda.at(50, done.append, "late")
    agenda.step()
    assert (done, agenda.now_us) == (["late"], 100)


def test_what_never_happens_is_not_kept() -> None:
    agenda = EventSchedule()
    agenda.after(NEVER_US, print)
    agenda.at(NEVER_US, print)
    assert len(agenda) == 0
    assert agenda.next_us() == NEVER_US


def test_an_action_can_set_another_for_the_same_moment() -> None:
    agenda = EventSchedule()
    done: list[str] = []

    def twice(what: str) -> None:
        done.append(what)
        agenda.after(0, done.append, "after it")

    agenda.at(5, twice, "one")
    agenda.at(5, done.append, "set before")
    agenda.run_until(5)
    assert done == ["one", "set before", "after it"]


def test_the_time_does_not_go_back() -> None:
    agenda = EventSchedule(100)
    agenda.wait_until(90)
    assert agenda.now_us == 100
