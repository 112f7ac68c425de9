"""The estimated wait by its formula, its error, and the service level by its three definitions."""

from __future__ import annotations

import pytest

from acdengine import facts
from queues.policy import (
    AbandonTreatment,
    Announcements,
    CallbackPolicy,
    EstimatePolicy,
    ServiceLevelPolicy,
)
from queues.targets import ToCallback
from routing.policy import WrapUpPolicy
from tests.unit.engine.scene import S, Scene, agent, queue

HANDLE = EstimatePolicy(initial_handle_us=100 * S)


def estimate(scene: Scene, name: str, ahead: int) -> float | None:
    """Seconds that a call with so many ahead is told it will wait."""
    found = scene.engine.state.queues[f"t/{name}"].estimate_us(ahead, scene.now_us)
    return None if found is None else found / S


# -- the formula -------------------------------------------------------------------------------


def test_every_call_ahead_adds_a_handle_time_shared_by_the_agents() -> None:
    scene = Scene(queue("a", estimate=HANDLE), *(agent(name, "a") for name in ("x", "y")))
    assert estimate(scene, "a", 0) is None, "nobody is at work"
    scene.ready("x", "y")
    assert [estimate(scene, "a", ahead) for ahead in (0, 1, 2, 9)] == [50, 100, 150, 500]
    scene.not_ready("y")
    assert estimate(scene, "a", 1) == 200


def test_an_agent_of_several_queues_counts_by_its_share_in_each() -> None:
    scene = Scene(
        queue("a", estimate=HANDLE),
        queue("b", estimate=HANDLE),
        queue("c", estimate=HANDLE),
        agent("all", "a", "b", "c"),
        agent("one", "a"),
    )
    scene.ready("all")
    assert estimate(scene, "a", 0) == 300
    scene.ready("one")
    assert estimate(scene, "a", 0) == 75
    assert estimate(scene, "b", 0) == 300


def test_those_ahead_who_will_give_up_are_left_out_by_their_share() -> None:
    scene = Scene(queue("a", estimate=HANDLE), agent("x", "a"))
    scene.ready("x")
    for call_id in ("c1", "c2", "c3"):
        scene.call(call_id, "a")
        scene.talk("x", 100)
    scene.call("c4", "a")
    scene.caller_hangs_up("c4")
    assert estimate(scene, "a", 4) == (4 * 0.75 + 1) * 100


def test_the_handle_time_is_that_of_the_queues_calls_with_their_wrap_up() -> None:
    scene = Scene(
        queue("a", estimate=HANDLE),
        agent("x", "a", wrap_up=WrapUpPolicy(mode="timed", time_us=20 * S)),
    )
    scene.ready("x")
    for number, talk_s in enumerate((40, 60)):
        scene.call(f"c{number}", "a")
        scene.talk("x", talk_s)
        scene.wait(20)
    assert estimate(scene, "a", 0) == 70, "the mean of 40 + 20 and 60 + 20"
    assert estimate(scene, "a", 1) == 140


def test_a_short_spell_of_short_calls_moves_the_handle_time_slowly() -> None:
    scene = Scene(queue("a"), agent("x", "a"))
    scene.ready("x")
    for number in range(20):
        scene.call(f"c{number}", "a")
        scene.talk("x", 100)
    scene.call("short", "a")
    scene.talk("x", 0)
    assert estimate(scene, "a", 0) == pytest.approx(95)


def test_position_and_callbacks_ahead_count() -> None:
    scene = Scene(
        queue(
            "a",
            estimate=HANDLE,
            exit_keys={"1": (ToCallback(),)},
            callback=CallbackPolicy(),
            announcements=Announcements(estimate=True, position=True, first_after_us=5 * S),
        ),
        agent("x", "a"),
    )
    scene.ready("x")
    scene.call("c0", "a")
    scene.answers("x")
    scene.call("back", "a")
    scene.presses("back", "1")
    assert not scene.live("back").leg_id
    scene.call("c1", "a")
    scene.call("c2", "a")
    scene.wait(5)
    told = {
        fact.call_id: (fact.position, fact.estimate_us) for fact in scene.told(facts.EstimateTold)
    }
    assert told == {"c1": (2, 200 * S), "c2": (3, 300 * S)}


# -- its error ---------------------------------------------------------------------------------


def test_the_error_of_what_was_told_is_recorded_when_the_call_is_answered() -> None:
    scene = Scene(
        queue(
            "a",
            estimate=HANDLE,
            announcements=Announcements(estimate=True, first_after_us=10 * S),
        ),
        agent("x", "a"),
    )
    scene.ready("x")
    scene.call("c0", "a")
    scene.answers("x")
    for call_id in ("c1", "c2", "gone"):
        scene.call(call_id, "a")
    scene.wait(40)
    scene.caller_hangs_up("gone")
    scene.caller_hangs_up("c0")
    scene.talk("x", 0)
    scene.talk("x", 0)
    checked = scene.told(facts.EstimateChecked)
    assert [(fact.call_id, fact.told_us, fact.actual_us) for fact in checked] == [
        ("c1", 100 * S, 30 * S),
        ("c2", 200 * S, 30 * S),
    ]
    assert scene.engine.state.queues["t/a"].estimate.mean_error_us() == 120 * S


def test_a_call_that_was_told_nothing_has_no_error() -> None:
    scene = Scene(queue("a"), agent("x", "a"))
    scene.ready("x")
    scene.call("c1", "a")
    scene.answers("x")
    assert not scene.told(facts.EstimateChecked)
    assert scene.engine.state.queues["t/a"].estimate.mean_error_us() is None


# -- the service level -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("abandons", "level"),
    [("all", 2 / 5), ("late_only", 2 / 4), ("answered", 2 / 3)],
)
def test_the_three_treatments_of_callers_who_hung_up(
    abandons: AbandonTreatment, level: float
) -> None:
    """Two answered in time, one late; one hung up early, one late."""
    policy = ServiceLevelPolicy(threshold_us=20 * S, abandons=abandons)
    scene = Scene(queue("a", service_level=policy), agent("x", "a"))
    calls = scene.engine.state.queues["t/a"].service_level
    assert calls.value(scene.now_us) is None
    for call_id, waits in (("early", 5), ("late", 30)):
        scene.call(call_id, "a")
        scene.wait(waits)
        scene.caller_hangs_up(call_id)
    scene.call("answered late", "a")
    scene.wait(21)
    scene.ready("x")
    scene.talk("x", 1)
    scene.call("just in time", "a")
    scene.wait(19.9)
    scene.talk("x", 1)
    scene.call("at once", "a")
    scene.talk("x", 1)
    answered = scene.told(facts.CallConnected)
    assert len(answered) == 3
    assert calls.value(scene.now_us) == pytest.approx(level)


def test_the_window_slides() -> None:
    policy = ServiceLevelPolicy(threshold_us=20 * S, window_us=300 * S)
    scene = Scene(queue("a", service_level=policy), agent("x", "a"))
    scene.ready("x")
    scene.call("late", "a")
    scene.misses("x")
    scene.wait(30)
    scene.ready("x")
    scene.talk("x", 1)
    level = scene.engine.state.queues["t/a"].service_level
    assert level.value(scene.now_us) == 0
    scene.wait(200)
    scene.call("quick", "a")
    scene.talk("x", 1)
    assert level.value(scene.now_us) == 0.5
    scene.wait(120)
    assert level.value(scene.now_us) == 1
    scene.wait(300)
    assert level.value(scene.now_us) is None
