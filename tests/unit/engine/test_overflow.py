"""Overflow: ways out after a time, which look at the other queue first."""

from __future__ import annotations

from acdengine import facts
from queues.policy import CallbackPolicy, EstimatePolicy, Overflow, QueuePolicy
from queues.targets import ToAgent, ToCallback, ToQueue, ToVoicemail
from tests.unit.engine.scene import S, Scene, agent, queue


def overflowing(*lines: Overflow, **policy: object) -> QueuePolicy:
    return queue("a", overflow=lines, **policy)


def test_after_the_time_the_first_open_way_is_taken_and_the_place_kept() -> None:
    scene = Scene(
        overflowing(Overflow(after_us=30 * S, targets=(ToQueue("t/full"), ToQueue("t/b")))),
        queue("full", max_length=0),
        queue("b"),
        agent("ben", "b"),
    )
    scene.calls("c1", "a")
    scene.calls("c2", "b")
    scene.wait(27)
    assert scene.live("c1").queue_id == "t/a"
    scene.wait(1)
    assert scene.live("c1").queue_id == "t/b"
    [left] = scene.told(facts.CallLeftQueue)
    assert (left.reason, left.to, left.waited_us) == ("overflow", "queue t/b", 30 * S)
    assert [scene.position(c) for c in ("c1", "c2")] == [1, 2]


def test_a_closed_way_is_tried_again_until_it_opens() -> None:
    line = Overflow(after_us=30 * S, targets=(ToQueue("t/b"),), retry_us=7 * S)
    scene = Scene(overflowing(line), queue("b", max_length=1))
    scene.call("blocking", "b")
    scene.call("c1", "a")
    scene.wait(35)
    scene.caller_hangs_up("blocking")
    scene.wait(1)
    assert scene.live("c1").queue_id == "t/a"
    scene.wait(1)
    assert scene.live("c1").queue_id == "t/b"


def test_later_lines_widen_the_ways_of_earlier_ones() -> None:
    scene = Scene(
        overflowing(
            Overflow(after_us=10 * S, targets=(ToQueue("t/full"),), retry_us=100 * S),
            Overflow(after_us=20 * S, targets=(ToVoicemail("t/box"),)),
        ),
        queue("full", max_length=0),
    )
    scene.call("c1", "a")
    scene.wait(19)
    assert scene.live("c1").state == "waiting"
    scene.wait(1)
    assert scene.live("c1").state == "message"


def test_overflow_at_once() -> None:
    scene = Scene(
        overflowing(Overflow(after_us=0, targets=(ToQueue("t/b"),))), queue("b"), agent("ben", "b")
    )
    scene.call("c1", "a")
    scene.wait(0)
    assert scene.live("c1").queue_id == "t/b"


def test_overflow_stops_the_agents_phone_from_ringing() -> None:
    scene = Scene(
        overflowing(Overflow(after_us=10 * S, targets=(ToQueue("t/b"),))),
        queue("b"),
        agent("anna", "a"),
        agent("ben", "b"),
    )
    scene.ready("anna", "ben")
    scene.call("c1", "a")
    assert scene.ringing("c1") == ["anna"]
    scene.wait(10)
    assert scene.ringing("c1") == ["ben"]
    assert scene.state("anna") == "ready"
    assert scene.told(facts.OfferClosed, outcome="withdrawn", agent_id="t/anna")


def test_overflow_to_an_agent_or_a_callback() -> None:
    scene = Scene(
        overflowing(
            Overflow(after_us=10 * S, targets=(ToAgent("t/ben", 20 * S, "t/b"),)),
            callback=CallbackPolicy(),
        ),
        queue("b", overflow=(Overflow(after_us=5 * S, targets=(ToCallback(), ToQueue("t/a"))),)),
        agent("ben", "b"),
    )
    scene.call("c1", "a")
    scene.wait(10)
    assert scene.live("c1").queue_id == "t/b"
    scene.wait(5)
    assert scene.live("c1").queue_id == "t/a", "b has no callbacks"
    assert scene.live("c1").callback is None


# -- conditions on the other queue -------------------------------------------------------------


def condition(**bounds: object) -> Overflow:
    return Overflow(after_us=10 * S, targets=(ToQueue("t/b", **bounds),), retry_us=10 * S)  # type: ignore[arg-type]


def test_the_other_queues_estimate_must_be_below_the_bound() -> None:
    """One agent, 60 s a call: a newcomer behind one call waits 2 x 60 s, first in line 60 s."""
    scene = Scene(
        overflowing(condition(estimate_below_us=100 * S)),
        queue("b", estimate=EstimatePolicy(initial_handle_us=60 * S)),
        agent("ben", "b"),
    )
    scene.ready("ben")
    scene.call("c0", "b")
    scene.answers("ben")
    scene.call("c1", "b")
    scene.call("c2", "a")
    scene.wait(15)
    assert scene.live("c2").queue_id == "t/a"
    scene.caller_hangs_up("c1")
    scene.wait(5)
    assert scene.live("c2").queue_id == "t/b"


def test_a_queue_with_a_free_agent_has_no_wait() -> None:
    scene = Scene(
        overflowing(condition(estimate_below_us=5 * S)),
        queue("b", estimate=EstimatePolicy(initial_handle_us=60 * S)),
        agent("ben", "b"),
    )
    scene.ready("ben")
    scene.call("c1", "a")
    scene.wait(10)
    assert scene.ringing("c1") == ["ben"]


def test_a_queue_without_staff_has_no_estimate_and_so_no_open_way() -> None:
    scene = Scene(overflowing(condition(estimate_below_us=3600 * S)), queue("b"), agent("ben", "b"))
    scene.sign_in("ben")
    scene.call("c1", "a")
    scene.wait(60)
    assert scene.live("c1").queue_id == "t/a"


def test_the_other_queues_service_level_must_be_above_the_bound() -> None:
    scene = Scene(overflowing(condition(service_level_above=0.5)), queue("b"), agent("ben", "b"))
    scene.call("late", "b")
    scene.wait(60)
    scene.ready("ben")
    scene.talk("ben", 1)
    scene.call("c1", "a")
    scene.wait(19)
    assert scene.live("c1").queue_id == "t/a", "0 of 1 in time"
    scene.call("quick", "b")
    scene.talk("ben", 1)
    scene.wait(10)
    assert scene.live("c1").queue_id == "t/a", "1 of 2 is not above a half"
    scene.call("quick2", "b")
    scene.talk("ben", 1)
    scene.wait(10)
    assert scene.live("c1").queue_id == "t/b"


def test_a_queue_without_calls_has_no_service_level_to_protect() -> None:
    scene = Scene(overflowing(condition(service_level_above=0.99)), queue("b"))
    scene.call("c1", "a")
    scene.wait(10)
    assert scene.live("c1").queue_id == "t/b"
