"""The key by which agents accept calls: a voicemail that answers has taken none."""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import requests as rq
from acdengine.conversation_facts import ConversationEnded
from acdengine.facts import AcceptanceAwaited, CallConnected, CallEnded, OfferClosed
from acdengine.live_legs import LiveCall
from queues.policy import AcceptKey, CallbackPolicy
from routing.policy import AgentProfile, MissPolicy, MissRule
from tests.unit.engine.scene import S, Scene, agent, queue

ONE = AcceptKey(key="1", prompt="press-one", timeout_us=10 * S)
PATIENT = MissPolicy(no_answer=MissRule(), limit=0)


def presses(scene: Scene, name: str, digit: str) -> None:
    scene.feed(ev.OfferKeyPressed(scene.now_us, scene.offer_of(name), digit))


def asked(*more: AgentProfile, **policy: object) -> Scene:
    """The telephone of anna has answered a call of a queue in which a key is to be pressed."""
    scene = Scene(queue("a", accept_key=ONE, **policy), agent("anna", "a", misses=PATIENT), *more)
    scene.ready("anna", *(one.name for one in more))
    scene.call("c1", "a")
    scene.wait(3)
    scene.answers("anna")
    return scene


def test_the_answer_of_a_telephone_is_not_yet_the_agents() -> None:
    scene = asked(whisper="a-sale")
    assert [ring.awaits_key for ring in scene.ordered(cmd.RingAgent)] == [True]
    [order] = scene.ordered(cmd.AskToAccept)
    assert (order.key, order.prompts) == ("1", ("a-sale", "press-one"))
    assert not scene.ordered(cmd.Bridge)
    assert scene.live("c1").state == "waiting"
    assert scene.state("anna") == "ringing"
    [fact] = scene.told(AcceptanceAwaited)
    assert (fact.rang_us, fact.until_us) == (3 * S, scene.now_us + 10 * S)


def test_the_key_joins_caller_and_agent_and_others_change_nothing() -> None:
    scene = asked(whisper="a-sale")
    for digit in "29#*":
        presses(scene, "anna", digit)
    assert not scene.ordered(cmd.Bridge)
    presses(scene, "anna", "1")
    assert [bridge.whisper for bridge in scene.ordered(cmd.Bridge)] == [""]
    assert scene.told(CallConnected)
    assert scene.state("anna") == "talking"


def test_a_voicemail_that_presses_nothing_is_a_miss_and_the_next_agent_is_rung() -> None:
    scene = asked(agent("bert", "a"))
    scene.wait(9)
    assert scene.ringing("c1") == ["anna"]
    scene.wait(1)
    [closed] = scene.told(OfferClosed)
    assert (closed.outcome, closed.rang_us, closed.asked_us) == ("no_answer", 3 * S, 10 * S)
    assert scene.ringing("c1") == ["bert"]
    assert not scene.told(CallConnected)


def test_a_telephone_that_hangs_up_without_the_key_was_not_answered() -> None:
    scene = asked(agent("bert", "a"))
    scene.wait(4)
    scene.agent_hangs_up("anna")
    [closed] = scene.told(OfferClosed)
    assert (closed.outcome, closed.asked_us) == ("no_answer", 4 * S)
    assert scene.ringing("c1") == ["bert"]


def test_the_miss_policy_of_the_agent_applies() -> None:
    scene = Scene(queue("a", accept_key=ONE), agent("anna", "a"))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    scene.wait(10)
    assert scene.state("anna") == "not_ready missed"
    assert scene.live("c1").state == "waiting"


def test_a_caller_who_leaves_while_the_key_is_awaited_has_not_been_answered() -> None:
    scene = asked()
    scene.caller_hangs_up("c1")
    assert [ended.outcome for ended in scene.told(CallEnded)] == ["abandoned"]
    assert [closed.outcome for closed in scene.told(OfferClosed)] == ["withdrawn"]
    assert scene.state("anna") == "ready"
    assert not scene.told(ConversationEnded)


def test_of_several_who_are_rung_the_first_to_accept_has_the_call() -> None:
    scene = asked(agent("bert", "a"), strategy="ring_all")
    scene.answers("bert")
    presses(scene, "bert", "1")
    assert scene.state("bert") == "talking"
    # Anna's telephone had answered: it shows no missed call.
    assert [one.answered_elsewhere for one in scene.ordered(cmd.CancelRing)] == [False]
    assert scene.state("anna") == "ready"
    [closed] = scene.told(OfferClosed)
    assert closed.outcome == "withdrawn"


def test_a_key_that_comes_too_late_is_counted_and_changes_nothing() -> None:
    scene = asked()
    offer_id = scene.offer_of("anna")
    scene.caller_hangs_up("c1")
    before = scene.engine.state.counters.get("late_events", 0)
    assert scene.feed(ev.OfferKeyPressed(scene.now_us, offer_id, "1")) == []
    assert scene.engine.state.counters["late_events"] == before + 1


def test_a_key_before_the_answer_accepts_nothing() -> None:
    scene = Scene(queue("a", accept_key=ONE), agent("anna", "a"))
    scene.ready("anna")
    scene.call("c1", "a")
    presses(scene, "anna", "1")
    assert scene.state("anna") == "ringing"
    assert not scene.ordered(cmd.Bridge)


def test_an_answer_that_is_told_twice_asks_once_and_gives_no_more_time() -> None:
    scene = asked()
    scene.wait(5)
    scene.answers("anna")
    assert len(scene.ordered(cmd.AskToAccept)) == 1
    scene.wait(5)
    assert [closed.outcome for closed in scene.told(OfferClosed)] == ["no_answer"]


def test_the_key_of_the_agent_goes_before_that_of_the_queue() -> None:
    own = AcceptKey(key="5", prompt="press-five")
    scene = Scene(queue("a", accept_key=ONE), agent("anna", "a", accept_key=own))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    presses(scene, "anna", "1")
    assert scene.state("anna") == "ringing"
    presses(scene, "anna", "5")
    assert scene.state("anna") == "talking"


def test_a_nailed_up_line_needs_no_key() -> None:
    scene = Scene(queue("a", accept_key=ONE), agent("anna", "a", nailed_up=True))
    scene.sign_in("anna")
    scene.takes_up_line("anna")
    scene.ready("anna")
    scene.call("c1", "a")
    assert scene.state("anna") == "talking"
    assert not scene.ordered(cmd.AskToAccept)


def test_the_customer_of_a_callback_is_rung_once_the_agent_has_accepted() -> None:
    callback = CallbackPolicy(mode="agent_first")
    scene = Scene(queue("a", accept_key=ONE, callback=callback), agent("anna", "a"))
    request = rq.CallbackRequested(scene.now_us, call_id="c1", queue_id="t/a", number="0123456")
    assert scene.ask(request) == ""
    scene.ready("anna")
    scene.answers("anna")
    assert not scene.ordered(cmd.DialCustomer)
    presses(scene, "anna", "1")
    assert len(scene.ordered(cmd.DialCustomer)) == 1


@pytest.mark.parametrize("forgotten", [True, False])
def test_who_carries_orders_out_anew_asks_again(forgotten: bool) -> None:
    scene = asked()
    offer_id = scene.offer_of("anna")
    call = scene.live("c1")
    live = LiveCall("c1", call.leg_id, call.caller.ani, "a", "trunk", "t/a", forgotten=forgotten)
    scene.feed(ev.SwitchSynced(scene.now_us, call.node_id, (live,), (offer_id,), core="x"))
    assert len(scene.ordered(cmd.AskToAccept)) == 1 + forgotten
    presses(scene, "anna", "1")
    assert scene.state("anna") == "talking"


def test_a_bridge_that_the_switch_shows_is_one_whatever_was_asked_for() -> None:
    scene = asked()
    offer_id = scene.offer_of("anna")
    call = scene.live("c1")
    live = LiveCall(
        "c1",
        call.leg_id,
        call.caller.ani,
        "a",
        "trunk",
        "t/a",
        offer_id=offer_id,
        agent_id="t/anna",
    )
    scene.feed(ev.SwitchSynced(scene.now_us, call.node_id, (live,), (offer_id,), core="x"))
    assert scene.state("anna") == "talking"
