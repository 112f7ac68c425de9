"""Commands that are not confirmed, reports that come late, twice or never."""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from acdengine.engine.confirmation import REPEAT_LIMIT, REPEAT_US
from queues.deadlines import NEVER_US
from queues.targets import ToNumber, ToQueue, ToVoicemail
from tests.unit.engine.scene import OPENING_US, S, Scene, agent, centre, queue

REPEAT_S = REPEAT_US // S


def ringing() -> Scene:
    scene = Scene(queue("a"), agent("anna", "a"), agent("ben", "a"))
    scene.ready("anna")
    scene.call("c1", "a")
    return scene


# -- never -------------------------------------------------------------------------------------


def test_a_cancelled_leg_that_is_not_confirmed_down_is_cancelled_again_and_then_taken_as_down() -> (
    None
):
    scene = ringing()
    scene.ignored = (cmd.CancelRing,)
    scene.caller_hangs_up("c1")
    assert scene.state("anna") == "ringing", "the phone may still be"
    scene.wait(REPEAT_S)
    assert len(scene.ordered(cmd.CancelRing)) == 2
    scene.wait(REPEAT_S * (REPEAT_LIMIT - 1))
    assert scene.state("anna") == "ringing"
    scene.wait(REPEAT_S)
    assert scene.state("anna") == "ready"
    assert len(scene.ordered(cmd.CancelRing)) == 1 + REPEAT_LIMIT
    counters = scene.engine.state.counters
    assert (counters["repeated_orders"], counters["unconfirmed_orders"]) == (REPEAT_LIMIT + 1, 1)


def test_a_caller_whose_hang_up_is_not_confirmed_is_hung_up_again_and_then_taken_as_gone() -> None:
    scene = Scene(queue("a"))
    scene.call("c1", "a")
    scene.ignored = (cmd.HangUpCall,)
    scene.ask(rq.WithdrawRequested(scene.now_us, call_id="c1"))
    scene.wait(REPEAT_S * REPEAT_LIMIT)
    assert scene.live("c1").state == "ending"
    assert len(scene.ordered(cmd.HangUpCall)) == 1 + REPEAT_LIMIT
    scene.wait(REPEAT_S)
    assert scene.outcome("c1") == "withdrawn"
    assert scene.engine.next_due_us() == NEVER_US


def test_a_bridge_that_is_not_confirmed_is_ordered_again_and_then_given_up() -> None:
    scene = ringing()
    scene.ignored = (cmd.Bridge,)
    scene.answers("anna")
    scene.ready("ben")
    scene.wait(20 + REPEAT_S)
    assert len(scene.ordered(cmd.Bridge)) > 1
    scene.ignored = ()
    scene.wait(REPEAT_S)
    assert scene.live("c1").state == "talking"


def test_a_bridge_that_never_comes_about_gives_the_caller_to_another_agent() -> None:
    scene = ringing()
    scene.ignored = (cmd.Bridge,)
    scene.answers("anna")
    scene.ready("ben")
    scene.wait(20 + REPEAT_S * (REPEAT_LIMIT + 2))
    assert scene.ordered(cmd.CancelRing, offer_id="c1-1"), "the agent's leg may still be up"
    assert scene.ringing("c1") == ["ben"] or scene.state("ben") == "not_ready missed"


def consulting(ignored: type[cmd.Command]) -> Scene:
    """Anna has asked ben, who is there; orders of a kind are ignored from now on."""
    scene = Scene(queue("a"), queue("b"), agent("anna", "a"), agent("ben", "b"))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    scene.ready("ben")
    if ignored is cmd.JoinConsult:
        scene.ignored = (ignored,)
    scene.ask(rq.ConsultRequested(scene.now_us, call_id="c1", agent_id="t/ben"))
    scene.answers("ben")
    scene.ignored = (ignored,)
    return scene


@pytest.mark.parametrize("order", [cmd.JoinConsult, cmd.JoinAll, cmd.Bridge])
def test_legs_that_are_not_confirmed_as_joined_are_joined_again_so_often(
    order: type[cmd.JoinConsult | cmd.JoinAll | cmd.Bridge],
) -> None:
    scene = consulting(order)
    if order is cmd.JoinAll:
        scene.ask(rq.ConsultJoinRequested(scene.now_us, call_id="c1"))
    elif order is cmd.Bridge:
        scene.ask(rq.ConsultSwapRequested(scene.now_us, call_id="c1"))
    before = len(scene.ordered(order))
    scene.wait(REPEAT_S - 1)
    assert len(scene.ordered(order)) == before
    scene.wait(REPEAT_S * (REPEAT_LIMIT - 2) + 1)
    assert len(scene.ordered(order)) == before + REPEAT_LIMIT - 1
    assert scene.live("c1").unconfirmed
    scene.wait(REPEAT_S)
    assert len(scene.ordered(order)) == before + REPEAT_LIMIT
    assert "unconfirmed_orders" not in scene.engine.state.counters
    scene.wait(REPEAT_S)
    assert len(scene.ordered(order)) == before + REPEAT_LIMIT, "given up"
    assert not scene.live("c1").unconfirmed
    assert scene.engine.state.counters["unconfirmed_orders"] == 1


def test_a_bridge_that_the_conversation_has_outlived_is_not_ordered_again() -> None:
    scene = consulting(cmd.Bridge)
    scene.ask(rq.ConsultReturnRequested(scene.now_us, call_id="c1"))
    assert scene.live("c1").unconfirmed == "bridge"
    before = len(scene.ordered(cmd.Bridge))
    scene.not_ready("ben")
    scene.ask(rq.TransferRequested(scene.now_us, call_id="c1", target=ToQueue("t/b")))
    call = scene.live("c1")
    assert (call.state, call.unconfirmed, call.deadline) == ("waiting", "", 0)
    scene.wait(2 * REPEAT_S)
    assert len(scene.ordered(cmd.Bridge)) == before


def test_a_party_that_is_not_confirmed_down_is_taken_down_again_so_often() -> None:
    scene = Scene(queue("a"), agent("anna", "a"))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    scene.ask(rq.ConsultRequested(scene.now_us, call_id="c1", number="0777"))
    scene.ignored = (cmd.EndParty,)
    scene.ask(rq.ConsultReturnRequested(scene.now_us, call_id="c1"))
    scene.wait(REPEAT_S * REPEAT_LIMIT)
    assert len(scene.ordered(cmd.EndParty)) == 1 + REPEAT_LIMIT
    assert scene.engine.state.parties
    scene.wait(REPEAT_S)
    assert len(scene.ordered(cmd.EndParty)) == 1 + REPEAT_LIMIT
    assert not scene.engine.state.parties


def test_a_bridge_that_is_confirmed_after_the_hang_up_was_ordered_is_too_late() -> None:
    scene = Scene(queue("a"), agent("anna", "a"))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    scene.ask(rq.ConsultRequested(scene.now_us, call_id="c1", number="0777"))
    scene.feed(ev.PartyAnswered(scene.now_us, "c1-2"))
    scene.ignored = (cmd.Bridge, cmd.HangUpCall)
    scene.ask(rq.ConsultCompleteRequested(scene.now_us, call_id="c1"))
    scene.feed(ev.PartyEnded(scene.now_us, "c1-2"))
    assert scene.live("c1").state == "ending"
    scene.feed(ev.CallBridged(scene.now_us, "c1", "c1-2"))
    scene.wait(REPEAT_S)
    assert len(scene.ordered(cmd.HangUpCall)) == 2, "the hang-up is still waited for"


# -- twice and late ----------------------------------------------------------------------------


def test_every_report_of_a_call_may_come_twice() -> None:
    scene = ringing()
    for event in (
        ev.OfferAnswered(scene.now_us, "c1-1"),
        ev.CallBridged(scene.now_us, "c1", "c1-1"),
        ev.CallerHungUp(scene.now_us, "c1"),
        ev.OfferEnded(scene.now_us, "c1-1", "hangup"),
    ):
        scene.feed(event)
        told = len(scene.facts)
        commands = scene.feed(event)
        assert commands == []
        assert len(scene.facts) == told
    assert scene.outcome("c1") == "answered"
    assert scene.state("anna") == "ready"


def test_an_answer_that_crosses_the_cancelling_is_no_conversation() -> None:
    scene = ringing()
    scene.ignored = (cmd.CancelRing,)
    scene.caller_hangs_up("c1")
    scene.feed(ev.OfferAnswered(scene.now_us, "c1-1"))
    assert scene.state("anna") == "ringing"
    scene.feed(ev.OfferEnded(scene.now_us, "c1-1", "hangup"))
    assert scene.state("anna") == "ready"
    assert scene.told(facts.OfferClosed, outcome="withdrawn")
    assert not scene.told(facts.OfferClosed, outcome="rejected")


def test_an_answer_that_crosses_the_time_out_is_a_miss() -> None:
    scene = ringing()
    scene.ignored = (cmd.CancelRing,)
    scene.wait(20)
    scene.feed(ev.OfferAnswered(scene.now_us, "c1-1"))
    assert scene.live("c1").state == "waiting"
    scene.feed(ev.OfferEnded(scene.now_us, "c1-1", "hangup"))
    assert scene.state("anna") == "not_ready missed"


def test_reports_about_nobody_are_counted_and_change_nothing() -> None:
    scene = ringing()
    now = scene.now_us
    strangers: tuple[ev.AnyEvent, ...] = (
        ev.CallerHungUp(now, "x"),
        ev.PromptFinished(now, "x", "1"),
        ev.DigitPressed(now, "x", "1"),
        ev.CallBridged(now, "x", "x-1"),
        ev.BridgeFailed(now, "x", "x-1", "codec"),
        ev.NumberEnded(now, "x", True, "normal"),
        ev.MessageLeft(now, "x", "f", 1),
        ev.OfferEnded(now, "x-1", "busy"),
        ev.PhoneChanged(now, "t/x", "busy"),
        ev.CallbackFailed(now, "x", "busy"),
    )
    told = len(scene.facts)
    for event in strangers:
        assert scene.feed(event) == []
    assert len(scene.facts) == told
    assert scene.engine.state.counters["late_events"] >= len(strangers) - 1
    assert scene.ringing("c1") == ["anna"]


def test_an_event_with_an_older_time_is_taken_as_happening_now() -> None:
    scene = ringing()
    scene.wait(5)
    scene.feed(ev.OfferAnswered(OPENING_US, "c1-1"))
    [connected] = scene.told(facts.CallConnected)
    assert connected.rang_us == 5 * S


def test_a_late_time_brings_all_that_was_due_meanwhile_in_its_order() -> None:
    scene = Scene(
        queue("a", ring_timeout_us=10 * S, max_wait_us=15 * S, when_waited=(ToVoicemail("t/box"),)),
        agent("anna", "a"),
    )
    scene.ready("anna")
    scene.call("c1", "a")
    scene.now_us += 3600 * S
    scene.feed(ev.TimePassed(scene.now_us))
    told = [type(fact).__name__ for fact in scene.facts if fact.at_us == scene.now_us]
    assert told.index("OfferClosed") < told.index("CallLeftQueue")
    assert scene.live("c1").state == "message"


def test_what_is_due_comes_before_the_event_that_arrives_later() -> None:
    scene = ringing()
    scene.now_us += 30 * S
    scene.feed(ev.OfferAnswered(scene.now_us, "c1-1"))
    assert scene.live("c1").state == "waiting", "it rang out ten seconds before"
    assert scene.state("anna") == "not_ready missed"


# -- outside -----------------------------------------------------------------------------------


def test_late_reports_of_numbers_and_messages() -> None:
    scene = Scene(centre(queue("a"), numbers={"1": ToNumber("0123"), "2": ToVoicemail("t/box")}))
    scene.call("c1", "1")
    scene.call("c2", "2")
    scene.feed(ev.MessageLeft(scene.now_us, "c1", "f", 1))
    scene.feed(ev.NumberEnded(scene.now_us, "c2", True, "normal"))
    assert [scene.live(c).state for c in ("c1", "c2")] == ["outside", "message"]
    scene.feed(ev.NumberEnded(scene.now_us, "c1", False, "busy"))
    assert scene.outcome("c1") == "not_diverted"
    scene.caller_hangs_up("c2")
    assert scene.outcome("c2") == "no_message"
    told = len(scene.facts)
    scene.feed(ev.MessageLeft(scene.now_us, "c2", "f", 1))
    assert len(scene.facts) == told
