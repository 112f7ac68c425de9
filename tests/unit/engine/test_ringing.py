"""Ringing: one agent, all of them, one more at a time; caps; who answers first; late reports."""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from queues.deadlines import NEVER_US
from queues.targets import ToQueue
from routing import matcher
from routing.policy import Assignment, MissPolicy, MissRule
from tests.unit.engine.scene import S, Scene, agent, queue

THREE = ("anna", "ben", "cora")


def three(**policy: object) -> Scene:
    """Three idle agents who are rung again at once after a miss."""
    misses = MissPolicy(limit=0, busy=MissRule(), rejected=MissRule())
    scene = Scene(
        queue("a", **policy), queue("b"), *(agent(n, "a", "b", misses=misses) for n in THREE)
    )
    scene.ready(*THREE)
    return scene


def test_after_ten_offers_in_a_row_that_fail_within_a_second_the_next_waits_a_second() -> None:
    misses = MissPolicy(limit=0, rejected=MissRule())
    scene = Scene(queue("a"), agent("anna", "a", misses=misses))
    scene.ready("anna")
    scene.call("c1", "a")
    for _ in range(9):
        scene.misses("anna", "rejected")
        assert scene.ringing("c1") == ["anna"]
    scene.misses("anna", "rejected")
    assert scene.state("anna") == "not_ready miss-delay"
    scene.wait(1)
    assert scene.ringing("c1") == ["anna"]


def test_an_offer_that_fails_after_a_second_does_not_count_as_failed_at_once() -> None:
    misses = MissPolicy(limit=0, rejected=MissRule())
    scene = Scene(queue("a"), agent("anna", "a", misses=misses))
    scene.ready("anna")
    scene.call("c1", "a")
    for _ in range(20):
        scene.wait(1)
        scene.misses("anna", "rejected")
        assert scene.ringing("c1") == ["anna"]


# -- one ---------------------------------------------------------------------------------------


def test_one_call_rings_one_agent_and_the_next_another() -> None:
    scene = three()
    scene.call("c1", "a")
    scene.call("c2", "a")
    assert (scene.ringing("c1"), scene.ringing("c2")) == (["anna"], ["ben"])
    [first, second] = scene.told(facts.OfferMade)
    assert (first.surplus, first.rule, first.candidates) == ("call", "longest_idle", 3)
    assert (first.runner_up, first.reason) == ("t/ben", "idle longer")
    assert (second.candidates, second.runner_up) == (2, "t/cora")


def test_the_offer_is_bridged_when_answered_and_the_times_are_told() -> None:
    scene = three()
    scene.call("c1", "a")
    scene.wait(4)
    scene.answers("anna")
    assert scene.live("c1").state == "talking"
    [connected] = scene.told(facts.CallConnected)
    assert (connected.waited_us, connected.rang_us) == (4 * S, 4 * S)


def test_an_agent_who_answers_and_hangs_up_before_the_bridge_has_missed_the_offer() -> None:
    scene = three()
    scene.ignored = (cmd.Bridge,)
    scene.call("c1", "a")
    scene.answers("anna")
    scene.agent_hangs_up("anna")
    assert scene.told(facts.OfferClosed, agent_id="t/anna", outcome="rejected")
    assert scene.ringing("c1") == ["ben"]
    assert scene.live("c1").queue_id == "t/a"


def test_a_caller_who_hangs_up_before_the_bridge_has_abandoned() -> None:
    scene = three()
    scene.ignored = (cmd.Bridge,)
    scene.call("c1", "a")
    scene.answers("anna")
    scene.caller_hangs_up("c1")
    assert scene.outcome("c1") == "abandoned"
    assert scene.ordered(cmd.CancelRing)
    assert scene.state("anna") == "ready"


# -- all ---------------------------------------------------------------------------------------


def test_ring_all_rings_everybody_and_cancels_those_who_did_not_answer_first() -> None:
    scene = three(strategy="ring_all")
    scene.call("c1", "a")
    assert scene.ringing("c1") == ["anna", "ben", "cora"]
    scene.answers("ben")
    assert scene.live("c1").state == "talking"
    cancelled = [command.offer_id for command in scene.ordered(cmd.CancelRing)]
    assert cancelled == ["c1-1", "c1-3"]
    assert [scene.state(name) for name in THREE] == ["ready", "talking", "ready"]
    assert not scene.told(facts.OfferClosed, outcome="no_answer")
    assert len(scene.told(facts.OfferClosed, outcome="withdrawn")) == 2


def test_who_answers_second_is_too_late_and_gets_the_next_call_when_free_again() -> None:
    scene = three(strategy="ring_all")
    scene.call("c1", "a")
    scene.ignored = (cmd.CancelRing,)
    scene.answers("anna")
    scene.feed(ev.OfferAnswered(scene.now_us, "c1-2"))
    assert scene.live("c1").offer_id == "c1-1"
    assert scene.state("ben") == "ringing", "until the leg is down"
    scene.call("c2", "b")
    assert scene.ringing("c2") == []
    scene.feed(ev.OfferEnded(scene.now_us, "c1-2", "hangup"))
    assert scene.ringing("c2") == ["ben"]


def test_an_agent_who_becomes_idle_joins_the_ringing() -> None:
    scene = three(strategy="ring_all")
    scene.call("c0", "b")
    scene.answers("anna")
    scene.call("c1", "a")
    assert scene.ringing("c1") == ["ben", "cora"]
    scene.caller_hangs_up("c0")
    assert scene.ringing("c1") == ["ben", "cora", "anna"]
    scene.answers("anna")
    assert scene.live("c1").state == "talking"


def test_no_more_ring_at_once_than_the_limit() -> None:
    scene = three(strategy="ring_all", ring_limit=2)
    scene.call("c1", "a")
    assert scene.ringing("c1") == ["anna", "ben"]
    assert scene.state("cora") == "ready"
    scene.misses("anna", "busy")
    assert scene.ringing("c1") == ["ben", "cora"]
    scene.call("c2", "a")
    assert scene.ringing("c2") == ["anna"]


def test_of_two_calls_the_first_rings_everybody() -> None:
    scene = three(strategy="ring_all")
    scene.call("c1", "a")
    scene.call("c2", "a")
    assert scene.ringing("c2") == []
    scene.answers("anna")
    assert scene.ringing("c2") == ["ben", "cora"]


def test_everybody_who_lets_it_ring_out_is_given_up_and_rung_again() -> None:
    scene = three(strategy="ring_all", ring_timeout_us=10 * S)
    scene.call("c1", "a")
    scene.wait(10)
    assert scene.ringing("c1") == ["anna", "ben", "cora"]
    assert [o.offer_id for o in scene.ordered(cmd.RingAgent)] == [f"c1-{n}" for n in range(1, 7)]


def test_when_the_caller_leaves_nobody_rings_any_more() -> None:
    scene = three(strategy="ring_all")
    scene.call("c1", "a")
    scene.caller_hangs_up("c1")
    assert len(scene.ordered(cmd.CancelRing)) == 3
    assert [scene.state(name) for name in THREE] == ["ready"] * 3


# -- one more at a time ------------------------------------------------------------------------


def progressive(**policy: object) -> Scene:
    return three(
        strategy="ring_progressively", ring_more_us=5 * S, ring_timeout_us=60 * S, **policy
    )


def test_ring_progressively_adds_one_agent_at_a_time_and_lets_the_others_ring_on() -> None:
    scene = progressive()
    scene.call("c1", "a")
    assert scene.ringing("c1") == ["anna"]
    scene.wait(4)
    assert scene.ringing("c1") == ["anna"]
    scene.wait(1)
    assert scene.ringing("c1") == ["anna", "ben"]
    scene.wait(5)
    assert scene.ringing("c1") == ["anna", "ben", "cora"]
    scene.answers("ben")
    assert [scene.state(name) for name in THREE] == ["ready", "talking", "ready"]


def test_the_limit_holds_for_those_added_too() -> None:
    scene = progressive(ring_limit=2)
    scene.call("c1", "a")
    scene.wait(30)
    assert scene.ringing("c1") == ["anna", "ben"]
    scene.misses("anna", "rejected")
    assert scene.ringing("c1") == ["ben", "cora"]


def test_a_call_that_had_waited_for_its_first_agent_takes_the_next_only_when_it_is_time() -> None:
    later = ("a", Assignment(delay_us=30 * S))
    scene = Scene(
        queue("a", strategy="ring_progressively", ring_more_us=5 * S, ring_timeout_us=60 * S),
        agent("anna", later),
        agent("ben", "a"),
    )
    scene.ready("anna")
    scene.call("c1", "a")
    scene.rings_after("c1", 30, "anna")
    scene.ready("ben")
    assert scene.ringing("c1") == ["anna"]
    scene.wait(4)
    assert scene.ringing("c1") == ["anna", "ben"]


def test_when_more_are_wanted_the_next_to_become_free_joins_in() -> None:
    scene = progressive()
    for call_id, name in (("x", "anna"), ("y", "ben")):
        scene.call(call_id, "b")
        scene.answers(name)
    scene.call("c1", "a")
    assert scene.ringing("c1") == ["cora"]
    scene.wait(2)
    scene.caller_hangs_up("x")
    assert scene.ringing("c1") == ["cora"], "not before the time"
    scene.wait(3)
    assert scene.ringing("c1") == ["cora", "anna"]
    scene.wait(20)
    scene.caller_hangs_up("y")
    assert scene.ringing("c1") == ["cora", "anna", "ben"]


def test_without_an_agent_who_rings_no_other_is_due_to_ring_as_well() -> None:
    scene = progressive()
    scene.not_ready("ben")
    scene.not_ready("cora")
    scene.call("c1", "a")
    assert scene.live("c1").ring_more_due_us == scene.now_us + 5 * S
    scene.not_ready("anna")
    scene.misses("anna", "rejected")
    call = scene.live("c1")
    assert (call.ringing, call.ring_more_due_us) == ((), NEVER_US)


def test_a_call_that_rings_takes_no_other_agent_before_the_time_when_the_cap_allows_more() -> None:
    scene = progressive(max_conversations=2)
    scene.calls("x y", "a")
    scene.answers("anna")
    scene.answers("ben")
    scene.call("c1", "a")
    assert scene.ringing("c1") == []
    scene.caller_hangs_up("x")
    assert scene.ringing("c1") == ["cora"]
    scene.caller_hangs_up("y")
    assert scene.ringing("c1") == ["cora"], "not before the time"
    scene.wait(5)
    assert scene.ringing("c1") == ["cora", "anna"]


def test_a_second_call_rings_agents_that_the_first_has_not_reached() -> None:
    scene = progressive()
    scene.call("c1", "a")
    scene.call("c2", "a")
    assert (scene.ringing("c1"), scene.ringing("c2")) == (["anna"], ["ben"])


def test_a_call_moved_to_another_queue_rings_there_by_that_queues_rules() -> None:
    scene = progressive()
    scene.call("c1", "a")
    scene.ask(rq.MoveRequested(scene.now_us, call_id="c1", target=ToQueue("t/b")))
    scene.wait(30)
    assert len(scene.ordered(cmd.RingAgent)) == 3
    assert len(scene.live("c1").ringing) == 1


# -- a cap on conversations --------------------------------------------------------------------


def test_a_queue_has_no_more_conversations_than_allowed() -> None:
    scene = three(max_conversations=2)
    scene.calls("c1 c2 c3", "a")
    assert scene.ringing("c3") == []
    assert scene.state("cora") == "ready"
    scene.answers("anna")
    assert scene.ringing("c3") == []
    scene.caller_hangs_up("c2")
    assert scene.ringing("c3") == ["cora"], "cora is idle longer than ben"
    scene.answers("cora")
    scene.calls("c4", "a")
    scene.caller_hangs_up("c1")
    assert scene.ringing("c4") == ["ben"]


def test_a_call_on_hold_counts_and_a_transfer_makes_room() -> None:
    scene = three(max_conversations=1)
    scene.calls("c1 c2", "a")
    scene.answers("anna")
    scene.ask(rq.HoldRequested(scene.now_us, call_id="c1"))
    assert scene.ringing("c2") == []
    scene.ask(rq.TransferRequested(scene.now_us, call_id="c1", target=ToQueue("t/b")))
    assert scene.ringing("c2") != []


def test_a_cap_does_not_hold_back_the_agents_other_queues() -> None:
    scene = three(max_conversations=0)
    scene.calls("c1", "a")
    scene.calls("c2", "b")
    assert scene.ringing("c1") == []
    assert scene.ringing("c2") == ["anna"]


def test_ring_all_under_a_cap_rings_all_for_as_many_calls_as_it_allows() -> None:
    scene = three(strategy="ring_all", max_conversations=1)
    scene.calls("c1 c2", "a")
    assert scene.ringing("c1") == ["anna", "ben", "cora"]
    assert scene.ringing("c2") == []
    scene.answers("anna")
    assert scene.ringing("c2") == []
    scene.caller_hangs_up("c1")
    assert scene.ringing("c2") == ["ben", "cora"], "nobody joins in while the queue is full"


def test_of_several_classes_the_first_in_order_goes_when_the_cap_opens() -> None:
    scene = three(max_conversations=1)
    scene.call("c0", "a")
    scene.answers("anna")
    scene.calls("plain", "a")
    scene.calls("urgent", "a", priority=9)
    scene.caller_hangs_up("c0")
    assert scene.ringing("urgent") != []
    assert scene.ringing("plain") == []


# -- many kinds of calls -----------------------------------------------------------------------


def test_calls_may_bring_ever_new_skills(monkeypatch: pytest.MonkeyPatch) -> None:
    """Classes without calls are forgotten; a call that rang meanwhile finds its class again."""
    monkeypatch.setattr(matcher, "CLASS_LIMIT", 4)
    for strategy in ("longest_idle", "round_robin"):
        skills = {f"s{number}": 9 for number in range(20)}
        scene = Scene(
            queue("a", strategy=strategy),
            agent("anna", "a", skills=skills, misses=MissPolicy(limit=0)),
            agent("ben", "a", skills=skills, misses=MissPolicy(limit=0)),
        )
        scene.ready("anna", "ben")
        scene.call("c0", "a", skills={"s0": 1})
        for number in range(1, 20):
            scene.call(f"c{number}", "a", skills={f"s{number}": 1})
            scene.caller_hangs_up(f"c{number}")
        [ringing] = scene.ringing("c0")
        scene.misses(ringing)
        assert scene.ringing("c0") != []
        scene.talk(scene.ringing("c0")[0], 5)
        assert scene.outcome("c0") == "answered"


# -- whose turn it is --------------------------------------------------------------------------


def test_an_agent_who_takes_a_waiting_call_moves_the_turn_of_round_robin() -> None:
    scene = Scene(queue("a", strategy="round_robin"), *(agent(name, "a") for name in THREE))
    scene.ready("anna")
    scene.calls("c1 c2", "a")
    scene.answers("anna")
    scene.ready("ben", "cora")
    assert scene.ringing("c2") == ["ben"], "ben was ready first and took it"
    scene.talk("ben", 1)
    scene.caller_hangs_up("c1")
    scene.call("c3", "a")
    assert scene.ringing("c3") == ["cora"], "the turn after ben's"


def test_an_agent_who_takes_a_waiting_call_counts_as_asked_under_top_down() -> None:
    again = MissPolicy(limit=0)
    scene = Scene(
        queue("a", strategy="top_down"), *(agent(name, "a", misses=again) for name in THREE)
    )
    scene.call("c1", "a")
    scene.ready("ben", "anna", "cora")
    assert scene.ringing("c1") == ["ben"]
    scene.misses("ben")
    assert scene.ringing("c1") == ["cora"], "on down the list"
    scene.misses("cora")
    assert scene.ringing("c1") == ["anna"], "and from the top again"
