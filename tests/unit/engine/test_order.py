"""Who is served first, and how a place is kept."""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from acdengine.conversation_facts import CallTransferred
from queues.policy import LevelRules, OrderPolicy
from queues.targets import ToAgent, ToQueue
from routing.policy import Assignment
from tests.unit.engine.scene import S, Scene, agent, centre, queue


def one_agent(order: OrderPolicy) -> Scene:
    return Scene(queue("a", order=order), agent("anna", "a"))


# -- order modes -------------------------------------------------------------------------------


def test_the_longest_wait_is_served_first() -> None:
    scene = one_agent(OrderPolicy())
    scene.calls("c1 c2 c3", "a")
    assert [scene.position(c) for c in ("c1", "c2", "c3")] == [1, 2, 3]
    scene.ready("anna")
    assert scene.served_order("anna", 3) == ["c1", "c2", "c3"]


def test_a_point_of_priority_is_worth_so_many_seconds_of_waiting() -> None:
    scene = one_agent(OrderPolicy(boost_per_priority_us=60 * S))
    scene.call("c1", "a")
    scene.wait(59)
    scene.call("just ahead", "a", priority=1)
    scene.wait(2)
    scene.call("just behind", "a", priority=1)
    assert scene.position("just ahead") == 1
    assert scene.position("just behind") == 3
    scene.ready("anna")
    assert scene.served_order("anna", 3) == ["just ahead", "c1", "just behind"]


def test_boosts_can_be_given_priority_by_priority() -> None:
    scene = one_agent(OrderPolicy(boosts_us={5: 100 * S, 6: -100 * S}))
    scene.call("six", "a", priority=6)
    scene.wait(50)
    scene.call("none", "a", priority=7)
    scene.wait(50)
    scene.call("five", "a", priority=5)
    scene.ready("anna")
    assert scene.served_order("anna", 3) == ["five", "none", "six"]


def test_bands_put_a_higher_priority_strictly_first() -> None:
    scene = one_agent(OrderPolicy(mode="bands"))
    scene.call("old", "a", priority=1)
    scene.call("oldest of the low", "a", priority=-1)
    scene.wait(36000)
    scene.calls("v1 v2", "a", priority=2)
    scene.ready("anna")
    assert scene.served_order("anna", 4) == ["v1", "v2", "old", "oldest of the low"]


def test_under_weights_some_age_faster_and_overtake() -> None:
    scene = one_agent(OrderPolicy(mode="weights", weights={1: 3.0}))
    scene.call("slow", "a")
    scene.wait(60)
    scene.call("fast", "a", priority=1)
    scene.wait(29)
    assert [scene.position(c) for c in ("slow", "fast")] == [1, 2]
    scene.wait(2)
    assert [scene.position(c) for c in ("slow", "fast")] == [2, 1]
    scene.ready("anna")
    assert scene.served_order("anna", 2) == ["fast", "slow"]


def test_under_weights_a_lower_class_is_served_in_the_end() -> None:
    """A steady stream of calls that age ten times as fast does not hold up one call for ever."""
    scene = one_agent(OrderPolicy(mode="weights", weights={9: 5.0}))
    scene.calls("f1 f2 f3", "a", priority=9)
    scene.call("patient", "a")
    scene.ready("anna")
    served: list[str] = []
    while "patient" not in served:
        assert len(served) < 30
        scene.call(f"later{len(served)}", "a", priority=9)
        served += scene.served_order("anna", 1)
    assert len(served) > 10, "five times as urgent, the others come first for long"


def test_the_order_holds_over_all_queues_that_an_agent_serves() -> None:
    scene = Scene(queue("a"), queue("b"), queue("c"), agent("anna", "a", "b", "c"))
    for call_id, name in (("c1", "b"), ("c2", "a"), ("c3", "c"), ("c4", "a")):
        scene.calls(call_id, name)
    scene.ready("anna")
    assert scene.served_order("anna", 4) == ["c1", "c2", "c3", "c4"]


def test_calls_of_the_same_moment_are_served_in_the_order_of_their_arrival() -> None:
    scene = one_agent(OrderPolicy())
    for call_id in ("z", "m", "a"):
        scene.call(call_id, "a")
    scene.ready("anna")
    assert scene.served_order("anna", 3) == ["z", "m", "a"]
    reasons = [fact.reason for fact in scene.told(facts.OfferMade)]
    assert reasons == ["arrived first", "arrived first", "only one"]


# -- changes while waiting ---------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["wait", "bands", "weights"])
def test_another_priority_counts_at_once(mode: str) -> None:
    scene = one_agent(OrderPolicy(mode=mode, weights={1: 10.0}))  # type: ignore[arg-type]
    scene.calls("c1 c2 c3", "a")
    scene.wait(30)
    problem = scene.ask(
        rq.PriorityChangeRequested(scene.now_us, call_id="c3", priority=1, by="boss")
    )
    assert problem == ""
    assert scene.told(facts.PriorityChanged, call_id="c3", priority=1, by="boss")
    assert [scene.position(c) for c in ("c1", "c2", "c3")] == [2, 3, 1]
    scene.ready("anna")
    assert scene.served_order("anna", 3) == ["c3", "c1", "c2"]


def test_only_a_waiting_calls_priority_can_change() -> None:
    scene = one_agent(OrderPolicy())
    scene.ready("anna")
    scene.call("c1", "a")
    assert scene.ask(rq.PriorityChangeRequested(scene.now_us, call_id="c1", priority=1)) == ""
    assert scene.ringing("c1") == ["anna"], "it goes on ringing"
    scene.answers("anna")
    for call_id, told in (("c1", "the call does not wait"), ("nobody", "no such call")):
        problem = scene.ask(rq.PriorityChangeRequested(scene.now_us, call_id=call_id, priority=1))
        assert problem == told


@pytest.mark.parametrize(
    "order",
    [OrderPolicy(), OrderPolicy(mode="weights", weights={5: 100.0})],
    ids=["wait", "weights"],
)
def test_when_several_calls_find_agents_at_one_moment_the_first_in_order_chooses_first(
    order: OrderPolicy,
) -> None:
    """The second level opens when the first goes home, and not for who joined first."""
    scene = Scene(
        queue("a", levels=LevelRules(wait_us=600 * S), order=order),
        agent("anna", ("a", Assignment(level=1))),
        agent("ben", ("a", Assignment(level=2))),
    )
    scene.ready("ben")
    scene.sign_in("anna")
    scene.ready("anna")
    scene.call("c0", "a")
    scene.answers("anna")
    scene.calls("plain", "a")
    scene.calls("urgent", "a", priority=5)
    scene.sign_out("anna")
    scene.caller_hangs_up("c0")
    assert scene.ringing("urgent") == ["ben"]
    assert scene.ringing("plain") == []


# -- a place is kept ---------------------------------------------------------------------------


def test_a_missed_offer_keeps_the_place() -> None:
    scene = Scene(queue("a"), agent("anna", "a"), agent("ben", "a"))
    scene.ready("anna")
    scene.calls("c1 c2", "a")
    assert scene.ringing("c1") == ["anna"]
    scene.misses("anna")
    assert scene.position("c1") == 1
    scene.ready("ben")
    assert scene.ringing("c1") == ["ben"]
    assert scene.live("c1").queued_at_us == scene.told(facts.CallQueued, call_id="c1")[0].at_us


def test_a_failed_bridge_keeps_the_place_and_the_music_plays_on() -> None:
    scene = Scene(queue("a"), agent("anna", "a"), agent("ben", "a"))
    scene.ready("anna")
    scene.calls("c1 c2", "a")
    scene.ignored = (cmd.Bridge,)
    scene.answers("anna")
    scene.feed(ev.BridgeFailed(scene.now_us, "c1", scene.offer_of("anna"), "codec"))
    assert scene.position("c1") == 1
    assert len(scene.ordered(cmd.PlayMusic, call_id="c1")) == 2
    assert scene.state("anna") == "not_ready miss-delay"
    scene.ready("ben")
    assert scene.ringing("c1") == ["ben"]


def test_a_move_to_another_queue_keeps_the_place() -> None:
    scene = Scene(queue("a"), queue("b"), agent("anna", "b"))
    scene.calls("c1", "a")
    scene.wait(60)
    scene.calls("c2", "b")
    scene.wait(60)
    assert scene.ask(rq.MoveRequested(scene.now_us, call_id="c1", target=ToQueue("t/b"))) == ""
    assert scene.told(facts.CallLeftQueue, call_id="c1", reason="moved", to="queue t/b")
    assert [scene.position(c) for c in ("c1", "c2")] == [1, 2]
    scene.ready("anna")
    assert scene.served_order("anna", 2) == ["c1", "c2"]
    [connected] = scene.told(facts.CallConnected, call_id="c1")
    assert connected.waited_us == 123 * S


def test_a_move_is_refused_when_the_way_is_closed() -> None:
    scene = Scene(queue("a"), queue("b", max_length=0), agent("anna", "a"))
    scene.call("c1", "a")
    for target, problem in (
        (ToQueue("t/b"), "the queue takes no call: full"),
        (ToQueue("t/a"), "it waits there already"),
        (ToQueue("t/none"), "no such queue"),
        (ToAgent("t/none", S, "t/b"), "no such agent"),
    ):
        request = rq.MoveRequested(scene.now_us, call_id="c1", target=target)
        assert scene.ask(request) == problem
    assert scene.live("c1").queue_id == "t/a"
    scene.ready("anna")
    scene.answers("anna")
    request = rq.MoveRequested(scene.now_us, call_id="c1", target=ToQueue("t/b"))
    assert scene.ask(request) == "the call does not wait"


def test_a_transfer_to_a_queue_counts_the_waiting_before() -> None:
    scene = Scene(queue("a"), queue("b"), agent("anna", "a"), agent("ben", "b"))
    scene.calls("c1", "a")
    scene.wait(99)
    scene.ready("anna")
    scene.calls("c2", "b")
    scene.answers("anna")
    scene.wait(30)
    request = rq.TransferRequested(scene.now_us, call_id="c1", target=ToQueue("t/b"))
    assert scene.ask(request) == ""
    assert scene.told(CallTransferred, call_id="c1", agent_id="t/anna", to="queue t/b")
    assert [scene.position(c) for c in ("c1", "c2")] == [1, 2], "100 s waited, against 30"
    scene.ready("ben")
    assert scene.ringing("c1") == ["ben"]
    scene.answers("ben")
    [_, second] = scene.told(facts.CallConnected, call_id="c1")
    assert second.waited_us == 103 * S, "the conversation between is no waiting"


def test_a_transferred_call_does_not_wait_for_the_agent_it_was_once_meant_for() -> None:
    scene = Scene(
        centre(
            queue("a"),
            queue("b"),
            agent("anna", "a"),
            agent("ben", "b"),
            numbers={"1": ToAgent("t/anna", 300 * S, "t/a")},
        )
    )
    scene.ready("anna", "ben")
    scene.call("c1", "1")
    scene.answers("anna")
    request = rq.TransferRequested(scene.now_us, call_id="c1", target=ToQueue("t/b"))
    assert scene.ask(request) == ""
    assert scene.ringing("c1") == ["ben"]


# -- an abandoned place ------------------------------------------------------------------------


def test_a_caller_who_rings_again_in_time_gets_the_old_place() -> None:
    scene = Scene(queue("a", resume_us=60 * S), agent("anna", "a"))
    scene.calls("c1", "a", ani="07")
    scene.wait(20)
    scene.calls("c2 c3", "a")
    scene.caller_hangs_up("c1")
    scene.wait(60)
    scene.call("again", "a", ani="07")
    assert scene.told(facts.CallQueued, call_id="again", resumed=True)
    assert scene.position("again") == 1, "before those who came after the first call"
    assert scene.live("again").queued_at_us == scene.told(facts.CallQueued)[0].queued_at_us
    scene.ready("anna")
    scene.answers("anna")
    [connected] = scene.told(facts.CallConnected)
    assert connected.call_id == "again"
    assert connected.waited_us == 24 * S, "the time away was not spent waiting"


@pytest.mark.parametrize(
    ("away_s", "ani", "queue_name"), [(61, "07", "a"), (30, "08", "a"), (30, "07", "b")]
)
def test_a_place_is_not_resumed_late_by_another_or_elsewhere(
    away_s: int, ani: str, queue_name: str
) -> None:
    scene = Scene(queue("a", resume_us=60 * S), queue("b", resume_us=60 * S))
    scene.calls("c1", "a", ani="07")
    scene.wait(20)
    scene.calls("c2", queue_name)
    scene.caller_hangs_up("c1")
    scene.wait(away_s)
    scene.call("again", queue_name, ani=ani)
    assert scene.told(facts.CallQueued, call_id="again", resumed=False)
    assert scene.position("again") == 2


def test_a_place_is_resumed_once() -> None:
    scene = Scene(queue("a", resume_us=60 * S))
    scene.calls("c1", "a", ani="07")
    scene.caller_hangs_up("c1")
    scene.calls("c2 c3", "a", ani="07")
    resumed = {fact.call_id: fact.resumed for fact in scene.told(facts.CallQueued)}
    assert resumed == {"c1": False, "c2": True, "c3": False}


def test_a_withheld_number_resumes_nothing() -> None:
    scene = Scene(queue("a", resume_us=60 * S))
    for call_id in ("c1", "c2"):
        scene.feed(ev.CallArrived(scene.now_us, call_id, "leg", "", "a", "trunk"))
        scene.caller_hangs_up(call_id)
    assert not scene.told(facts.CallQueued, resumed=True)
