from __future__ import annotations

import pytest

from acdengine.events import CallerHungUp
from acdengine.requests import ReadyRequested
from acdengine.runtime.inbox import EventInbox, InboxLimits
from acdengine.runtime.meters import Meters
from tests.unit.runtime.centre import arrival


class Socket:
    """A source that counts what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pause(self) -> None:
        self.told.append("pause")

    def resume(self) -> None:
        self.told.append("resume")


def inbox(high: int = 3, low: int = 1, limit: int = 5) -> tuple[EventInbox, Meters]:
    meters = Meters()
    return EventInbox(InboxLimits(high, low, limit), meters), meters


def hang_up(n: int) -> CallerHungUp:
    return CallerHungUp(0, f"c{n}")


def test_events_come_out_in_the_order_in_which_they_went_in() -> None:
    box, _ = inbox()
    for n in range(3):
        assert box.put(hang_up(n)) == "taken"
    assert [box.take() for _ in range(3)] == [hang_up(n) for n in range(3)]
    with pytest.raises(IndexError):
        box.take()


def test_a_long_inbox_turns_new_work_away_and_still_takes_what_ends_work() -> None:
    box, meters = inbox()
    for n in range(3):
        box.put(hang_up(n))
    assert box.put(arrival(1)) == "turned_away"
    assert box.put(ReadyRequested(0, agent_id="a", request_id="r1")) == "turned_away"
    assert box.put(hang_up(4)) == "taken"
    assert (meters.arrivals_turned_away, meters.requests_turned_away) == (1, 1)


def test_what_nobody_waits_for_is_no_request_to_turn_away() -> None:
    box, _ = inbox()
    for n in range(3):
        box.put(hang_up(n))
    assert box.put(ReadyRequested(0, agent_id="a")) == "taken"


def test_beyond_the_limit_events_are_dropped_and_counted() -> None:
    box, meters = inbox()
    answers = [box.put(hang_up(n)) for n in range(7)]
    assert answers == ["taken"] * 5 + ["dropped"] * 2
    assert (len(box), meters.events_dropped) == (5, 2)


def test_sources_pause_while_it_is_long_and_go_on_when_it_is_short() -> None:
    box, meters = inbox()
    socket = Socket()
    box.slow_down(socket)
    for n in range(5):
        box.put(hang_up(n))
    assert socket.told == ["pause"]
    for _ in range(3):
        box.take()
    assert socket.told == ["pause"]
    box.take()
    assert socket.told == ["pause", "resume"]
    assert meters.pauses == 1


def test_a_source_that_comes_late_is_paused_at_once() -> None:
    box, _ = inbox()
    for n in range(4):
        box.put(hang_up(n))
    socket = Socket()
    box.slow_down(socket)
    assert socket.told == ["pause"]


@pytest.mark.parametrize("marks", [(3, 3, 5), (3, -1, 5), (6, 1, 5)])
def test_marks_must_be_in_order(marks: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="low < high"):
        InboxLimits(*marks)
