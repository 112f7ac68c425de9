"""Defects reported of other engines, each as a story that would end badly there.

The docstrings name the thread in which the defect was reported.
"""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from queues.policy import Announcements, EstimatePolicy, LevelRules, OrderPolicy, StaffRule
from queues.targets import ToQueue, ToVoicemail
from routing.policy import Assignment, MissPolicy, MissRule, WrapUpPolicy
from tests.unit.engine.scene import S, Scene, agent, queue


def test_the_higher_score_is_served_first() -> None:
    """signalwire/freeswitch#2511: with several callers the lower score is offered first.

    Score there is the wait plus a base score; here a priority worth seconds of waiting.
    """
    scene = Scene(
        queue("a", order=OrderPolicy(boost_per_priority_us=1 * S)),
        queue("b", order=OrderPolicy(boost_per_priority_us=1 * S)),
        agent("anna", "a", "b"),
    )
    for call_id, name, score in (("low", "a", 0), ("high", "b", 100), ("middle", "a", 50)):
        scene.call(call_id, name, priority=score)
        scene.wait(1)
    scene.ready("anna")
    assert scene.served_order("anna", 3) == ["high", "middle", "low"]


@pytest.mark.parametrize("at", ["at once", "while ringing", "when answered"])
def test_no_agent_is_left_ringing_after_the_caller_is_gone(at: str) -> None:
    """signalwire/freeswitch#2529: the caller hangs up in a window of the originate, and the agent's
    phone rings on for nobody. Here the leg's name is known before it exists, the order to take it
    down is repeated until it is confirmed, and the agent is free only then."""
    scene = Scene(queue("a"), agent("anna", "a"))
    scene.ready("anna")
    scene.ignored = (cmd.CancelRing, cmd.Bridge)
    scene.call("c1", "a")
    if at != "at once":
        scene.wait(3)
    if at == "when answered":
        scene.answers("anna")
    scene.caller_hangs_up("c1")
    assert scene.ordered(cmd.CancelRing) == [cmd.CancelRing("c1-1")]
    scene.wait(5)
    assert len(scene.ordered(cmd.CancelRing)) == 2, "the first order came before there was a leg"
    assert scene.state("anna") != "ready", "the phone may ring still"
    scene.ignored = ()
    scene.wait(5)
    assert scene.state("anna") == "ready"


def test_no_agent_is_stuck_when_the_switch_never_says_what_became_of_the_leg() -> None:
    """signalwire/freeswitch#1062, #1973, #2540: agents stuck in Receiving or Reserved until a
    reload. Here every offer has a deadline, and so has every order."""
    scene = Scene(queue("a"), agent("anna", "a", misses=MissPolicy(limit=0)))
    scene.ready("anna")
    scene.ignored = (cmd.CancelRing, cmd.RingAgent)
    scene.call("c1", "a")
    scene.caller_hangs_up("c1")
    scene.wait(600)
    assert scene.state("anna") == "ready"
    assert not scene.engine.state.offers
    scene.ignored = ()
    scene.call("c2", "a")
    assert scene.ringing("c2") == ["anna"]


def test_no_agent_stays_reserved_for_a_call_that_another_agent_took() -> None:
    """signalwire/freeswitch#2540: a reservation is made before the caller is looked at, and not
    taken back when somebody else has the caller already."""
    names = ("anna", "ben", "cora")
    scene = Scene(queue("a", strategy="ring_all"), *(agent(name, "a") for name in names))
    scene.ready(*names)
    scene.call("c1", "a")
    scene.answers("ben")
    assert [scene.state(name) for name in names] == ["ready", "talking", "ready"]


def test_top_down_does_not_stop_at_a_last_agent_who_is_unavailable() -> None:
    """signalwire/freeswitch#1216: when the last agent of the list is merely unavailable the search
    never starts again at the top, and the caller waits for ever."""
    again = MissPolicy(limit=0)
    scene = Scene(
        queue("a", strategy="top_down", ring_timeout_us=10 * S),
        queue("b"),
        agent("first", ("a", Assignment(position=1)), misses=again),
        agent("second", ("a", Assignment(position=2)), misses=again),
        agent("last", ("a", Assignment(position=3)), "b"),
    )
    scene.ready("first", "second", "last")
    scene.call("other", "b")
    scene.answers("last")
    scene.call("c1", "a")
    rung = []
    for _ in range(5):
        rung += scene.ringing("c1")
        scene.wait(10)
    assert rung == ["first", "second", "first", "second", "first"]


@pytest.mark.parametrize("wish", ["break", "sign out", "ready", "skills", "queues", "phone"])
def test_a_change_of_status_during_an_offer_neither_loops_nor_loses_it(wish: str) -> None:
    """signalwire/freeswitch#800: changing an agent's status while a call is offered makes the
    engine offer and cancel in a tight loop."""
    scene = Scene(queue("a"), queue("b"), agent("anna", "a"))
    scene.ready("anna")
    scene.call("c1", "a")
    now = scene.now_us
    requests: dict[str, ev.AnyEvent] = {
        "break": rq.NotReadyRequested(now, agent_id="t/anna", reason="break"),
        "sign out": rq.SignOutRequested(now, agent_id="t/anna"),
        "ready": rq.ReadyRequested(now, agent_id="t/anna"),
        "skills": rq.SkillsChangeRequested(now, agent_id="t/anna", skills={"x": 1}),
        "queues": rq.QueuesChangeRequested(now, agent_id="t/anna", queues={"t/b": Assignment()}),
        "phone": ev.PhoneChanged(now, "t/anna", "unregistered"),
    }
    scene.feed(requests[wish])
    scene.wait(15)
    assert len(scene.ordered(cmd.RingAgent)) == 1
    assert not scene.ordered(cmd.CancelRing)
    assert scene.ringing("c1") == ["anna"]
    scene.answers("anna")
    assert scene.live("c1").state == "talking"
    scene.caller_hangs_up("c1")
    after = {"break": "not_ready break", "sign out": "logged_out"}
    assert scene.state("anna") == after.get(
        wish, "not_ready phone-unregistered" if wish == "phone" else "ready"
    )


def test_a_burst_of_calls_is_not_offered_to_one_agent() -> None:
    """OpenACD/OpenACD#5: two calls at once are offered to the same agent, who gets one and loses
    the other."""
    scene = Scene(queue("a"), *(agent(f"agent{n}", "a") for n in range(4)))
    scene.ready(*(f"agent{n}" for n in range(4)))
    for number in range(10):
        scene.call(f"c{number}", "a")
    rung = [command.agent_id for command in scene.ordered(cmd.RingAgent)]
    assert rung == ["t/agent0", "t/agent1", "t/agent2", "t/agent3"]
    assert [len(scene.ringing(f"c{number}")) for number in range(10)] == [1] * 4 + [0] * 6


def test_wrap_up_does_not_end_early_because_of_another_queue() -> None:
    """asterisk/asterisk#1006: the end of the last call is kept once a queue, so that a call of one
    queue ends the wrap-up that the agent has for another."""
    policy = WrapUpPolicy(mode="timed", time_us=60 * S)
    scene = Scene(queue("a"), queue("b"), agent("anna", "a", "b", wrap_up=policy))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.talk("anna", 300)
    scene.call("c2", "b")
    scene.wait(59)
    assert scene.ringing("c2") == []
    assert scene.state("anna") == "wrap_up"
    scene.wait(1)
    assert scene.ringing("c2") == ["anna"]


def test_wrap_up_is_not_reset_by_the_end_of_a_call_that_was_passed_on() -> None:
    """asterisk/asterisk#607: wrap-up begins again when the call that the agent transferred ends."""
    policy = WrapUpPolicy(mode="timed", time_us=60 * S)
    scene = Scene(queue("a"), queue("b"), agent("anna", "a", wrap_up=policy), agent("ben", "b"))
    scene.ready("anna", "ben")
    scene.call("c1", "a")
    scene.answers("anna")
    scene.wait(10)
    scene.ask(rq.TransferRequested(scene.now_us, call_id="c1", target=ToQueue("t/b")))
    scene.talk("ben", 50)
    scene.call("c2", "a")
    scene.wait(9)
    assert scene.ringing("c2") == []
    scene.wait(1)
    assert scene.ringing("c2") == ["anna"], "60 s after the transfer, not after its end"


def test_the_estimated_wait_depends_on_the_position() -> None:
    """asterisk/asterisk app_queue: the estimate is the mean wait of past callers less one's own
    wait so far, whether two or two hundred callers are ahead."""
    scene = Scene(
        queue(
            "a",
            announcements=Announcements(estimate=True, first_after_us=1 * S),
            estimate=EstimatePolicy(initial_handle_us=120 * S),
        ),
        agent("anna", "a"),
    )
    scene.ready("anna")
    scene.call("c0", "a")
    scene.answers("anna")
    for number in range(1, 11):
        scene.call(f"c{number}", "a")
    scene.wait(1)
    told = [fact.estimate_us for fact in scene.told(facts.EstimateTold)]
    assert told == [120 * S * position for position in range(1, 11)]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["wait", "weights"])
def test_a_lower_class_is_never_starved(mode: str) -> None:
    """asterisk/asterisk#1561: a queue of less weight gets nothing as long as one of more weight has
    callers. Here weights age the wait, so that every caller is first at some time."""
    order = OrderPolicy(mode=mode, weights={1: 4.0}, boost_per_priority_us=200 * S)  # type: ignore[arg-type]
    scene = Scene(queue("heavy", order=order), queue("light"), agent("anna", "heavy", "light"))
    scene.call("patient", "light")
    scene.call("h0", "heavy", priority=1)
    scene.ready("anna")
    served = []
    for number in range(1, 60):
        scene.call(f"h{number}", "heavy", priority=1)
        scene.call(f"i{number}", "heavy", priority=1)
        served += scene.served_order("anna", 1)
        if served[-1] == "patient":
            break
    assert served[-1] == "patient"


def test_an_agent_on_a_break_is_not_staff() -> None:
    """mod_callcenter.c: max-wait-time-with-no-agent never fires while an agent is on a break, for
    such an agent is found, and a level of such agents delays the next."""
    scene = Scene(
        queue(
            "a",
            join_staff=StaffRule(),
            when_no_staff=(ToVoicemail("t/box"),),
            leave_staff=StaffRule(),
            leave_grace_us=30 * S,
            when_staff_left=(ToVoicemail("t/box"),),
            levels=LevelRules(wait_us=300 * S),
        ),
        agent("anna", "a"),
        agent("ben", ("a", Assignment(level=2))),
    )
    scene.ready("anna")
    scene.call("c0", "a")
    scene.answers("anna")
    scene.call("c1", "a")
    scene.not_ready("anna")
    scene.caller_hangs_up("c0")
    assert scene.state("anna") == "not_ready break"
    scene.call("c2", "a")
    assert scene.live("c2").state == "message"
    scene.wait(30)
    assert scene.live("c1").state == "message"
    scene.ready("ben")
    scene.call("c3", "a")
    assert scene.ringing("c3") == ["ben"], "a level on a break delays nobody"


def test_an_announcement_does_not_delay_the_answer() -> None:
    """signalwire/freeswitch#1148: the agent answers while an announcement is played to the caller,
    and hears nothing until it has ended."""
    scene = Scene(
        queue("a", announcements=Announcements(greeting="twenty seconds of welcome")),
        agent("anna", "a"),
    )
    scene.ready("anna")
    scene.call("c1", "a")
    assert scene.live("c1").playback is not None
    scene.commands.clear()
    scene.answers("anna")
    assert scene.commands == [cmd.StopPrompt("c1"), cmd.Bridge("c1", "c1-1")]
    assert scene.live("c1").state == "talking"


def test_the_longest_wait_ends_although_an_agent_is_ringing() -> None:
    """signalwire/freeswitch#1188: max-wait-time is not looked at while an agent's leg is being set
    up, and with agents who do not answer it never is."""
    scene = Scene(
        queue("a", max_wait_us=30 * S, ring_timeout_us=20 * S, when_waited=(ToVoicemail("t/box"),)),
        agent("anna", "a", misses=MissPolicy(limit=0)),
    )
    scene.ready("anna")
    scene.call("c1", "a")
    scene.wait(29)
    assert scene.ringing("c1") == ["anna"]
    scene.wait(1)
    assert scene.live("c1").state == "message"
    assert scene.state("anna") == "ready"
    [left] = scene.told(facts.CallLeftQueue)
    assert (left.reason, left.waited_us) == ("waited", 30 * S)


@pytest.mark.parametrize("cause", ["busy", "rejected", "unreachable", "no_answer"])
def test_busy_and_rejected_count_as_missed_too(cause: ev.OfferCause) -> None:
    """signalwire/freeswitch#152: only an unanswered call counts for max-no-answer, so that an agent
    whose phone is busy or gone is offered every call for ever."""
    at_once = MissRule()
    policy = MissPolicy(
        limit=3, no_answer=at_once, busy=at_once, rejected=at_once, unreachable=at_once
    )
    scene = Scene(queue("a"), agent("anna", "a", misses=policy))
    scene.ready("anna")
    scene.call("c1", "a")
    for _ in range(3):
        scene.misses("anna", cause)
    assert scene.state("anna") == "not_ready missed"
    scene.wait(3600)
    assert len(scene.ordered(cmd.RingAgent)) == 3


def test_a_missed_offer_does_not_ring_the_same_agent_again_while_others_are_idle() -> None:
    """mod_callcenter.c, longest-idle-agent: idle is the time since the last answered call, so that
    with no delay the agent who just missed the call is rung again at once."""
    scene = Scene(
        queue("a", ring_timeout_us=10 * S),
        agent("deaf", "a", misses=MissPolicy(limit=0)),
        agent("keen", "a"),
    )
    scene.ready("deaf", "keen")
    scene.call("c1", "a")
    assert scene.ringing("c1") == ["deaf"]
    scene.wait(10)
    assert scene.ringing("c1") == ["keen"]


def test_another_queues_offer_does_not_move_this_queues_turn() -> None:
    """mod_callcenter.c, round-robin: the pointer is the agent's last offer in any queue."""
    names = ("anna", "ben", "cora")
    scene = Scene(
        queue("a", strategy="round_robin"),
        queue("b"),
        *(agent(name, "a", "b") for name in names),
    )
    scene.ready(*names)
    scene.call("c1", "a")
    assert scene.ringing("c1") == ["anna"]
    scene.talk("anna", 1)
    scene.call("c2", "b")
    assert scene.ringing("c2") == ["ben"]
    scene.talk("ben", 1)
    scene.call("c3", "a")
    assert scene.ringing("c3") == ["ben"], "whose turn it is in this queue"


def test_calls_of_all_queues_are_taken_in_one_order() -> None:
    """asterisk/asterisk#108 and Wazo's documentation: the order between several queues that an
    agent serves is nondeterministic and cannot be configured."""
    names = ("a", "b", "c")
    scene = Scene(*(queue(name) for name in names), agent("anna", *names))
    calls = [("c1", "c"), ("c2", "a"), ("c3", "b"), ("c4", "a"), ("c5", "c")]
    for call_id, name in calls:
        scene.calls(call_id, name)
    scene.ready("anna")
    assert scene.served_order("anna", 5) == [call_id for call_id, _ in calls]
