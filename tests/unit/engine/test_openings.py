"""Opening hours held open or closed by hand, and queues closed until a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from acdengine import commands as cmd
from acdengine import requests as rq
from acdengine.centre_facts import DrainChanged, HoursChanged
from acdengine.engine import Engine
from acdengine.plan import Plan
from acdengine.settings.flows.library import load_flows
from queues.targets import ToFlow
from routing.calendar import is_open_now, next_open_us
from routing.policy import Hold, Hours, RoutingRule, RuleThen, RuleWhen, Window
from tests.unit.engine import ringing_back
from tests.unit.engine.scene import OPENING_US, S, Scene, agent, centre, queue

HOUR = 3600
DAY = Hours(hours_id="t/day", windows=tuple(Window(day, 8 * 60, 18 * 60) for day in range(5)))
MENU = """
languages: [en]
variables: {opens: number}
steps:
  when: {hours: day, closed: shut, next_open: opens}
  in: {queue: a}
  shut: {if: opens > 0, then: says, else: never}
  says: {play: [{text: "later"}]}
  end: {hangup: normal}
  never: {play: [{text: "never"}]}
  out: {hangup: normal}
"""


def plan(**more: Any) -> Plan:
    rules = tuple(
        RoutingRule(
            name=name, when=RuleWhen(hours=("t/day", inside)), then=RuleThen(priority=priority)
        )
        for name, inside, priority in (("open", True, 1), ("shut", False, 2))
    )
    return centre(queue("a"), agent("anna", "a"), rules=rules, hours={"t/day": DAY}, **more)


def hold(scene: Scene, is_open: bool, until_s: float = 0, hours: str = "t/day") -> str:
    until_us = round(scene.now_us + until_s * S) if until_s else 0
    return scene.ask(
        rq.HoursHoldRequested(
            scene.now_us, hours_id=hours, is_open=is_open, until_us=until_us, by="root"
        )
    )


def release(scene: Scene, hours: str = "t/day") -> str:
    return scene.ask(rq.HoursReleaseRequested(scene.now_us, hours_id=hours, by="root"))


def priority(scene: Scene, call_id: str) -> int:
    scene.call(call_id, "a")
    return scene.live(call_id).priority


def told(scene: Scene) -> list[tuple[str, int, str]]:
    return [(fact.state, fact.until_us, fact.by) for fact in scene.told(HoursChanged)]


def test_rules_follow_hours_held_by_hand_until_taken_back() -> None:
    scene = Scene(plan())
    assert priority(scene, "c1") == 1
    assert hold(scene, is_open=False) == ""
    assert priority(scene, "c2") == 2
    assert hold(scene, is_open=True) == ""
    scene.wait(12 * HOUR)
    assert priority(scene, "c3") == 1
    assert release(scene) == ""
    assert priority(scene, "c4") == 2
    assert told(scene) == [("closed", 0, "root"), ("open", 0, "root"), ("timetable", 0, "root")]


def test_the_timetable_counts_again_at_the_time_that_was_given() -> None:
    scene = Scene(plan())
    until_us = scene.now_us + HOUR * S
    assert hold(scene, is_open=False, until_s=HOUR) == ""
    scene.wait(HOUR - 1)
    assert priority(scene, "c1") == 2
    scene.wait(1)
    assert priority(scene, "c2") == 1
    assert told(scene) == [("closed", until_us, "root"), ("timetable", 0, "time")]


def test_a_later_hold_takes_the_place_of_the_earlier_one() -> None:
    scene = Scene(plan())
    hold(scene, is_open=False, until_s=HOUR)
    hold(scene, is_open=False, until_s=3 * HOUR)
    scene.wait(2 * HOUR)
    assert priority(scene, "c1") == 2
    scene.wait(2 * HOUR)
    assert priority(scene, "c2") == 1


def test_it_outlives_a_restart_with_the_time_that_is_left() -> None:
    scene = Scene(plan())
    hold(scene, is_open=False, until_s=HOUR)
    scene.engine = Engine.restore(scene.engine.snapshot())
    assert priority(scene, "c1") == 2
    scene.wait(HOUR)
    assert priority(scene, "c2") == 1


@pytest.mark.parametrize(
    ("ask", "problem"),
    [
        (lambda scene: hold(scene, is_open=False, hours="t/night"), "no such hours"),
        (lambda scene: hold(scene, is_open=False, until_s=-60), "that time is over already"),
        (release, "the hours follow their timetable"),
        (lambda scene: release(scene, "t/night"), "no such hours"),
    ],
)
def test_what_cannot_be_held_changes_nothing(ask: object, problem: str) -> None:
    scene = Scene(plan())
    assert ask(scene) == problem  # type: ignore[operator]
    assert scene.told(HoursChanged) == []


def test_hours_that_the_settings_drop_are_held_no_longer() -> None:
    scene = Scene(plan())
    hold(scene, is_open=False)
    scene.feed(rq.SettingsChanged(scene.now_us, plan=centre(queue("a"), agent("anna", "a"))))
    assert told(scene)[-1] == ("timetable", 0, "settings")
    scene.feed(rq.SettingsChanged(scene.now_us, plan=plan()))
    assert priority(scene, "c1") == 1


# -- flows ----------------------------------------------------------------------------------------


def menu(folder: Path) -> Scene:
    (folder / "main.yaml").write_text(f"flow: 1\n{MENU}")
    flows = load_flows([folder], tenant="t", draft=True).definitions.values()
    return Scene(
        plan(numbers={"100": ToFlow("t/main")}, ivr_flows={flow.flow_id: flow for flow in flows})
    )


def heard(scene: Scene) -> list[str]:
    return [
        getattr(prompt, "text", "")
        for command in scene.commands
        if isinstance(command, cmd.PlayPrompts)
        for prompt in command.prompts
    ]


def test_a_flow_looks_at_hours_held_by_hand(tmp_path: Path) -> None:
    scene = menu(tmp_path)
    scene.call("c1", "100")
    assert scene.live("c1").state == "waiting"
    hold(scene, is_open=False, until_s=HOUR)
    scene.call("c2", "100")
    assert heard(scene) == ["later"]


def test_without_an_end_there_is_no_next_opening_to_say(tmp_path: Path) -> None:
    scene = menu(tmp_path)
    hold(scene, is_open=False)
    scene.call("c1", "100")
    assert heard(scene) == ["never"]


@pytest.mark.parametrize(
    ("held", "now", "following"),
    [
        (None, True, 0),
        (Hold("t/day", False, 0, 0, "x"), False, None),
        (Hold("t/day", False, 0, OPENING_US + 90 * 60 * S, "x"), False, 5400),
        # Held over the end of the day: the next one's opening.
        (Hold("t/day", False, 0, OPENING_US + 11 * HOUR * S, "x"), False, 24 * HOUR),
        (Hold("t/day", True, 0, 0, "x"), True, 0),
    ],
)
def test_the_next_opening(held: Hold | None, now: bool, following: int | None) -> None:
    assert is_open_now(DAY, held, OPENING_US) == now
    found = next_open_us(DAY, OPENING_US, held)
    assert found == (None if following is None else OPENING_US + following * S)


def test_hours_that_never_open_have_no_next_opening() -> None:
    assert next_open_us(Hours(hours_id="t/x"), OPENING_US) is None


# -- callbacks ------------------------------------------------------------------------------------


def test_callbacks_wait_for_hours_held_closed_and_go_on_when_they_open() -> None:
    scene = ringing_back.placed()
    hold(scene, is_open=False, until_s=2 * HOUR)
    request = rq.CallbackRequested(scene.now_us, call_id="w1", queue_id="t/a", number="0777")
    scene.ask(request)
    scene.ready("anna")
    assert scene.ringing("w1") == []
    assert release(scene) == ""
    scene.wait(1)
    assert "anna" in scene.ringing("c1") + scene.ringing("w1")


# -- queues ---------------------------------------------------------------------------------------


def drain(scene: Scene, queue_id: str, until_s: float, on: bool = True) -> str:
    return scene.ask(
        rq.DrainRequested(
            scene.now_us, queue_id=queue_id, on=on, until_us=round(scene.now_us + until_s * S),
            by="root",
        )
    )  # fmt: skip


@pytest.mark.parametrize("queue_id", ["t/a", ""])
def test_calls_are_taken_again_at_the_time_that_was_given(queue_id: str) -> None:
    scene = Scene(plan())
    assert drain(scene, queue_id, HOUR) == ""
    scene.call("c1", "a")
    assert "c1" not in scene.engine.state.calls or not scene.live("c1").queue_id
    scene.wait(HOUR)
    scene.call("c2", "a")
    assert scene.live("c2").state == "waiting"
    first, last = scene.told(DrainChanged)
    assert (first.on, first.until_us, first.by) == (True, OPENING_US + HOUR * S, "root")
    assert (last.on, last.until_us, last.by) == (False, 0, "time")


def test_a_drain_that_is_taken_back_earlier_has_no_end() -> None:
    scene = Scene(plan())
    drain(scene, "t/a", HOUR)
    drain(scene, "t/a", HOUR, on=False)
    drain(scene, "t/a", 3 * HOUR)
    scene.wait(2 * HOUR)
    assert scene.engine.state.queues["t/a"].drained
    assert drain(scene, "t/a", -1) == "that time is over already"
