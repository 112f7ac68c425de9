"""Conversations: hold, transfer, and what ends them."""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from acdengine.conversation_facts import (
    CallHeld,
    CallRetrieved,
    CallTransferred,
    ConversationEnded,
    TransferRefused,
)
from acdengine.plan import Flow
from queues.policy import Announcements
from queues.targets import (
    Target,
    ToAgent,
    ToCallback,
    ToFlow,
    ToHangup,
    ToNumber,
    ToQueue,
    ToVoicemail,
)
from tests.unit.engine.scene import S, Scene, agent, centre, queue


def talking(**policy: object) -> Scene:
    """Anna and the caller of c1 have talked for ten seconds."""
    flows = {"t/survey": Flow(flow_id="t/survey", prompts=("how was it",), then=ToHangup())}
    scene = Scene(
        centre(
            queue("a", **policy),
            queue("b"),
            queue("full", max_length=0),
            agent("anna", "a"),
            agent("ben", "b"),
            flows=flows,
            numbers={"7*": ToFlow("t/survey")},
        )
    )
    scene.ready("anna", "ben")
    scene.call("c1", "a")
    scene.answers("anna")
    scene.wait(10)
    return scene


def transfer(scene: Scene, target: Target) -> str:
    return scene.ask(rq.TransferRequested(scene.now_us, call_id="c1", target=target))


def hold(scene: Scene) -> str:
    return scene.ask(rq.HoldRequested(scene.now_us, call_id="c1"))


def retrieve(scene: Scene) -> str:
    return scene.ask(rq.RetrieveRequested(scene.now_us, call_id="c1"))


# -- ends --------------------------------------------------------------------------------------


def test_the_caller_hangs_up() -> None:
    scene = talking()
    scene.caller_hangs_up("c1")
    [ended] = scene.told(ConversationEnded)
    assert (ended.ended_by, ended.talked_us, ended.held_us) == ("caller", 10 * S, 0)
    [over] = scene.told(facts.CallEnded)
    assert (over.outcome, over.ended_by) == ("answered", "caller")
    assert scene.state("anna") == "ready"


def test_the_agent_hangs_up_the_phone_and_the_caller_is_let_go() -> None:
    scene = talking()
    scene.agent_hangs_up("anna")
    assert scene.ordered(cmd.HangUpCall, call_id="c1")
    [over] = scene.told(facts.CallEnded)
    assert (over.outcome, over.ended_by) == ("answered", "agent")
    assert scene.told(ConversationEnded)[0].ended_by == "agent"


def test_the_agent_ends_the_conversation_on_the_desk() -> None:
    scene = talking()
    assert scene.ask(rq.HangUpRequested(scene.now_us, call_id="c1")) == ""
    assert scene.outcome("c1") == "answered"
    assert scene.told(facts.CallEnded)[0].ended_by == "agent"
    assert scene.state("anna") == "ready"
    assert scene.ask(rq.HangUpRequested(scene.now_us, call_id="c1")) == "the call has ended"


def test_both_hang_up_at_once() -> None:
    for first_is_caller in (True, False):
        scene = talking()
        offer_id = scene.offer_of("anna")
        scene.ignored = (cmd.CancelRing, cmd.HangUpCall)
        reports: list[ev.AnyEvent] = [
            ev.CallerHungUp(scene.now_us, "c1"),
            ev.OfferEnded(scene.now_us, offer_id, "hangup"),
        ]
        for report in reports if first_is_caller else reversed(reports):
            scene.feed(report)
        assert scene.outcome("c1") == "answered"
        assert scene.state("anna") == "ready"
        assert len(scene.told(ConversationEnded)) == 1


# -- hold --------------------------------------------------------------------------------------


def test_a_caller_on_hold_hears_the_queues_music_and_comes_back() -> None:
    scene = talking(announcements=Announcements(music="harp"))
    assert hold(scene) == ""
    assert scene.ordered(cmd.HoldCall) == [cmd.HoldCall("c1", "harp")]
    assert hold(scene) == "the caller is already on hold"
    scene.wait(5)
    assert retrieve(scene) == ""
    assert scene.ordered(cmd.RetrieveCall)
    assert scene.told(CallRetrieved)[0].held_us == 5 * S
    assert retrieve(scene) == "the caller is not on hold"
    scene.wait(5)
    hold(scene)
    scene.wait(7)
    scene.caller_hangs_up("c1")
    [ended] = scene.told(ConversationEnded)
    assert (ended.talked_us, ended.held_us) == (15 * S, 12 * S)
    assert scene.agent("anna").talk_us == 27 * S


def key(scene: Scene, is_held: bool, offer_id: str = "c1-1") -> None:
    """The agent presses the telephone's own hold key."""
    scene.feed(ev.HoldChanged(scene.now_us, "c1", offer_id, is_held))


def test_the_telephones_own_hold_key_counts_as_a_hold() -> None:
    scene = talking()
    scene.wait(3)
    key(scene, True)
    assert scene.engine.state.calls["c1"].state == "held"
    assert not scene.ordered(cmd.HoldCall)
    assert len(scene.told(CallHeld)) == 1
    key(scene, True)
    scene.wait(5)
    key(scene, False)
    key(scene, False)
    assert not scene.ordered(cmd.RetrieveCall)
    assert [fact.held_us for fact in scene.told(CallRetrieved)] == [5 * S]
    key(scene, True)
    scene.wait(2)
    scene.agent_hangs_up("anna")
    [ended] = scene.told(ConversationEnded)
    assert (ended.talked_us, ended.held_us) == (13 * S, 7 * S)


def test_a_hold_key_of_another_offer_changes_nothing() -> None:
    scene = talking()
    key(scene, True, "c1-9")
    assert scene.engine.state.calls["c1"].state == "talking"


@pytest.mark.parametrize("how", ["agent", "desk", "transfer"])
def test_a_conversation_on_hold_can_end_any_way(how: str) -> None:
    scene = talking()
    hold(scene)
    if how == "agent":
        scene.agent_hangs_up("anna")
    elif how == "desk":
        assert scene.ask(rq.HangUpRequested(scene.now_us, call_id="c1")) == ""
    else:
        assert transfer(scene, ToQueue("t/b")) == ""
        scene.talk("ben", 5)
    assert scene.outcome("c1") == "answered"
    assert scene.state("anna") == "ready"


# -- transfer ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "state", "outcome"),
    [
        (ToQueue("t/b"), "waiting", "abandoned"),
        (ToAgent("t/ben", 60 * S, "t/a"), "waiting", "abandoned"),
        (ToNumber("0123"), "outside", "not_diverted"),
        (ToVoicemail("t/box"), "message", "no_message"),
        (ToFlow("t/survey"), "flow", "answered"),
    ],
)
def test_where_a_call_can_be_passed_on_to(target: Target, state: str, outcome: str) -> None:
    scene = talking()
    assert transfer(scene, target) == ""
    assert scene.live("c1").state == state
    assert scene.state("anna") == "ready", "the agent's leg is down"
    assert scene.told(CallTransferred, agent_id="t/anna")
    assert scene.told(ConversationEnded, ended_by="agent", talked_us=10 * S)
    scene.caller_hangs_up("c1")
    assert scene.outcome("c1") == outcome


def refer(scene: Scene, number: str, offer_id: str = "c1-1") -> None:
    """Anna's telephone sends the caller on, and its leg ends."""
    scene.feed(ev.CallReferred(scene.now_us, "c1", offer_id, number))


@pytest.mark.parametrize(
    ("number", "to", "state"),
    [
        ("ben", "agent t/ben", "waiting"),
        ("b", "queue t/b", "waiting"),
        ("0123", "number 0123", "outside"),
        ("712", "flow t/survey", "flow"),
    ],
)
@pytest.mark.parametrize("held", [True, False])
def test_where_a_telephone_can_send_a_caller(number: str, to: str, state: str, held: bool) -> None:
    scene = talking()
    if held:
        hold(scene)
    refer(scene, number)
    assert scene.live("c1").state == state
    assert scene.state("anna") == "ready", "the agent's leg is down"
    [passed] = scene.told(CallTransferred, agent_id="t/anna", to=to)
    assert (passed.kind, passed.by_telephone) == ("blind", True)
    assert scene.told(ConversationEnded, ended_by="agent", agent_id="t/anna")


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("", "this number may not be dialled"),
        ("1555", "this number may not be dialled"),
        ("full", "the queue takes no call: full"),
    ],
)
def test_a_caller_who_may_not_be_sent_there_waits_for_another_agent(
    number: str, reason: str
) -> None:
    scene = talking()
    refer(scene, number)
    assert scene.told(TransferRefused, agent_id="t/anna", reason=reason)
    assert not scene.told(CallTransferred)
    assert scene.live("c1").queue_id == "t/a"


def test_a_telephone_sends_on_only_the_caller_it_has() -> None:
    scene = talking()
    refer(scene, "b", "c1-9")
    assert scene.live("c1").state == "talking"
    scene.caller_hangs_up("c1")
    refer(scene, "b")
    assert not scene.told(CallTransferred)


def test_a_survey_after_the_call_ends_an_answered_call() -> None:
    scene = talking()
    transfer(scene, ToFlow("t/survey"))
    scene.prompt_ends("c1")
    assert scene.outcome("c1") == "answered"


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        (ToQueue("t/full"), "the queue takes no call: full"),
        (ToQueue("t/none"), "no such queue"),
        (ToAgent("t/none", S, "t/a"), "no such agent"),
        (ToNumber("999"), "this number may not be dialled"),
        (ToFlow("u/survey"), "no such flow"),
        (ToFlow("t/none"), "no such flow"),
        (ToCallback(), "a call in conversation cannot become a callback"),
    ],
)
def test_a_call_cannot_be_passed_on_to_where_it_may_not_go(target: Target, problem: str) -> None:
    scene = talking()
    assert transfer(scene, target) == problem
    assert scene.live("c1").state == "talking"
    assert scene.state("anna") == "talking"


def test_only_a_conversation_can_be_passed_on() -> None:
    scene = Scene(queue("a"), queue("b"))
    scene.call("c1", "a")
    assert transfer(scene, ToQueue("t/b")) == "the call is not in a conversation"


def test_the_wait_after_a_transfer_is_told_where_it_was_waited() -> None:
    scene = talking()
    scene.call("c0", "b")
    scene.answers("ben")
    transfer(scene, ToQueue("t/b"))
    scene.wait(30)
    assert scene.live("c1").queue_id == "t/b"
    scene.caller_hangs_up("c0")
    scene.answers("ben")
    first, second = scene.told(facts.CallConnected, call_id="c1")
    assert (first.queue_id, first.waited_us) == ("t/a", 0)
    assert (second.queue_id, second.waited_us) == ("t/b", 30 * S)
