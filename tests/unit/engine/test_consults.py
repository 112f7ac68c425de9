"""Consults during a conversation, and what becomes of all three parties."""

from __future__ import annotations

from typing import Any

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from acdengine.conversation_facts import (
    CallHandedOver,
    CallHeld,
    CallRetrieved,
    CallTransferred,
    ConsultAnswered,
    ConsultChanged,
    ConsultEnded,
    ConversationEnded,
)
from acdengine.live_legs import LiveCall
from queues.policy import AcceptKey, Announcements
from queues.targets import ToQueue
from routing.policy import WrapUpPolicy
from tests.unit.engine.scene import S, Scene, agent, centre, queue

TIMED = WrapUpPolicy(mode="timed", time_us=30 * S)


def talking(**of_ben: Any) -> Scene:
    """Anna and the caller of c1 have talked for ten seconds; ben and cora are free."""
    scene = Scene(
        centre(
            queue("a", announcements=Announcements(music="harp")),
            queue("b"),
            agent("anna", "a", wrap_up=TIMED),
            agent("ben", "b", **of_ben),
            agent("cora", "b"),
        )
    )
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    scene.wait(10)
    scene.ready("ben", "cora")
    return scene


def consult(scene: Scene, **whom: str) -> str:
    return scene.ask(rq.ConsultRequested(scene.now_us, call_id="c1", **whom))


def swap(scene: Scene) -> str:
    return scene.ask(rq.ConsultSwapRequested(scene.now_us, call_id="c1"))


def join(scene: Scene) -> str:
    return scene.ask(rq.ConsultJoinRequested(scene.now_us, call_id="c1"))


def go_back(scene: Scene) -> str:
    return scene.ask(rq.ConsultReturnRequested(scene.now_us, call_id="c1"))


def complete(scene: Scene) -> str:
    return scene.ask(rq.ConsultCompleteRequested(scene.now_us, call_id="c1"))


def private(scene: Scene | None = None) -> Scene:
    """Anna talks with ben, the caller hears music."""
    scene = scene or talking()
    assert consult(scene, agent_id="t/ben") == ""
    scene.wait(3)
    scene.answers("ben")
    return scene


def consulting(state: str) -> Scene:
    """Anna has asked ben, who is rung; or she is with him, with the caller again, or with both."""
    scene = talking()
    consult(scene, agent_id="t/ben")
    if state != "ringing":
        scene.answers("ben")
    if state == "aside":
        swap(scene)
    elif state == "joined":
        join(scene)
    return scene


def with_a_number() -> Scene:
    """Anna talks with 0777, the caller hears music."""
    scene = talking()
    assert consult(scene, number="0777") == ""
    scene.wait(3)
    scene.feed(ev.PartyAnswered(scene.now_us, "c1-2"))
    return scene


def how_it_ended(scene: Scene) -> str:
    [ended] = scene.told(ConsultEnded)
    assert scene.live("c1").consult is None if not scene.is_over("c1") else True
    return ended.outcome


# -- beginning ---------------------------------------------------------------------------------


def test_the_caller_hears_music_while_another_agent_is_rung_and_asked() -> None:
    scene = talking()
    assert consult(scene, agent_id="t/ben") == ""
    assert scene.ordered(cmd.RingAgent, agent_id="t/ben", consult=True)
    first = cmd.JoinConsult("c1", "c1-1", "c1-2", "harp")
    assert scene.ordered(cmd.JoinConsult) == [first], "caller and agent are parted at once"
    assert scene.live("c1").state == "held"
    assert scene.state("ben") == "ringing"
    scene.wait(3)
    scene.answers("ben")
    assert scene.ordered(cmd.JoinConsult) == [first, first], "and joined when ben is there"
    assert scene.state("ben") == "talking"
    assert scene.told(ConsultAnswered)[0].rang_us == 3 * S
    assert not scene.told(facts.CallConnected, agent_id="t/ben"), "the caller has not met ben"
    scene.wait(60)
    assert scene.ordered(cmd.JoinConsult) == [first, first], "confirmed: nothing is repeated"


def test_a_consulted_agent_accepts_by_their_key_and_a_voicemail_does_not() -> None:
    key = AcceptKey(key="1", prompt="press-one", timeout_us=10 * S)
    for presses in (True, False):
        scene = talking(accept_key=key)
        assert consult(scene, agent_id="t/ben") == ""
        assert scene.ordered(cmd.RingAgent)[-1].awaits_key
        scene.answers("ben")
        [order] = scene.ordered(cmd.AskToAccept)
        assert (order.key, order.prompts) == ("1", ("press-one",))
        assert [one.accepted for one in scene.ordered(cmd.JoinConsult)] == [False]
        assert not scene.told(ConsultAnswered)
        if presses:
            scene.feed(ev.OfferKeyPressed(scene.now_us, "c1-2", "1"))
            assert [one.accepted for one in scene.ordered(cmd.JoinConsult)] == [False, True]
            assert scene.state("ben") == "talking"
        else:
            scene.wait(11)
            assert how_it_ended(scene) == "no_answer"
            assert scene.state("ben") == "not_ready missed"
            assert scene.state("anna") == "talking"


def test_nobody_rings_an_agent_who_is_asked() -> None:
    scene = private()
    scene.call("c2", "b")
    assert scene.ringing("c2") == ["cora"]
    scene.call("c3", "b")
    assert scene.ringing("c3") == []


def test_a_queue_is_asked_by_its_agent_who_has_been_idle_longest() -> None:
    scene = talking()
    assert consult(scene, queue_id="t/b") == ""
    assert (scene.state("ben"), scene.state("cora")) == ("ringing", "ready")


def test_the_telephones_own_hold_ends_when_somebody_is_asked() -> None:
    scene = talking()
    scene.ask(rq.HoldRequested(scene.now_us, call_id="c1"))
    scene.wait(5)
    assert consult(scene, agent_id="t/ben") == ""
    assert scene.ordered(cmd.RetrieveCall)
    assert len(scene.told(CallHeld)) == 1, "the caller goes on hearing music"
    scene.wait(4)
    go_back(scene)
    assert scene.told(CallRetrieved)[0].held_us == 9 * S


@pytest.mark.parametrize(
    ("whom", "problem"),
    [
        ({"agent_id": "t/nobody"}, "no such agent"),
        ({"agent_id": "t/anna"}, "this agent is not free"),
        ({"queue_id": "t/a"}, "no agent of this queue is free"),
        ({"queue_id": "t/nowhere"}, "no such queue"),
        ({"number": "999"}, "this number may not be dialled"),
        ({}, "either an agent, a queue or a number"),
        ({"agent_id": "t/ben", "number": "0777"}, "either an agent, a queue or a number"),
    ],
)
def test_whom_an_agent_cannot_ask(whom: dict[str, str], problem: str) -> None:
    scene = talking()
    assert consult(scene, **whom) == problem
    assert scene.live("c1").state == "talking"


def test_what_cannot_be_done_meanwhile() -> None:
    scene = talking()
    assert swap(scene) == join(scene) == go_back(scene) == complete(scene) == "no such consult"
    consult(scene, agent_id="t/ben")
    assert consult(scene, agent_id="t/cora") == "a consult is under way"
    not_yet = "the consulted party has not answered"
    assert swap(scene) == join(scene) == complete(scene) == not_yet
    under_way = "a consult is under way"
    assert scene.ask(rq.HoldRequested(scene.now_us, call_id="c1")) == "a consult is under way"
    assert scene.ask(rq.RetrieveRequested(scene.now_us, call_id="c1")) == under_way
    target = ToQueue("t/b")
    request = rq.TransferRequested(scene.now_us, call_id="c1", target=target)
    assert scene.ask(request) == under_way
    scene.answers("ben")
    join(scene)
    assert scene.ask(rq.HoldRequested(scene.now_us, call_id="c1")) == under_way
    assert swap(scene) == join(scene) == "all three are talking"


# -- going back, turning round, joining --------------------------------------------------------


def test_going_back_drops_the_consulted_agent() -> None:
    scene = private()
    scene.wait(20)
    assert go_back(scene) == ""
    assert how_it_ended(scene) == "returned"
    assert scene.ordered(cmd.CancelRing, offer_id="c1-2")
    assert scene.ordered(cmd.Bridge)[-1] == cmd.Bridge("c1", "c1-1")
    assert scene.live("c1").state == "talking"
    assert scene.state("ben") == "ready"
    assert scene.agent("ben").talk_us == 20 * S
    scene.caller_hangs_up("c1")
    [ended] = scene.told(ConversationEnded)
    assert (ended.talked_us, ended.held_us) == (12 * S, 23 * S)


def test_going_back_before_anybody_has_answered() -> None:
    scene = talking()
    consult(scene, agent_id="t/ben")
    go_back(scene)
    assert scene.state("ben") == "ready"
    assert scene.told(ConsultEnded)[0].lasted_us == 0
    assert not scene.told(facts.OfferClosed, agent_id="t/ben")


def test_turning_from_one_to_the_other() -> None:
    scene = private()
    assert swap(scene) == ""
    assert scene.live("c1").state == "talking"
    assert scene.ordered(cmd.Bridge)[-1] == cmd.Bridge("c1", "c1-1")
    assert not scene.ordered(cmd.CancelRing), "ben waits"
    scene.wait(5)
    assert swap(scene) == ""
    assert scene.live("c1").state == "held"
    assert scene.ordered(cmd.JoinConsult)[-1] == cmd.JoinConsult("c1", "c1-1", "c1-2", "harp")
    states = [fact.state for fact in scene.told(ConsultChanged)]
    assert states == ["aside", "private"]


def test_all_three_talk() -> None:
    scene = private()
    assert join(scene) == ""
    assert scene.ordered(cmd.JoinAll) == [cmd.JoinAll("c1", "c1-1", "c1-2")]
    assert scene.live("c1").state == "talking"
    assert scene.state("anna") == scene.state("ben") == "talking"


# -- passing on --------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["private", "aside", "joined"])
def test_the_caller_is_left_to_the_consulted_agent(state: str) -> None:
    scene = consulting(state)
    scene.wait(20)
    assert complete(scene) == ""
    assert scene.ordered(cmd.Bridge)[-1] == cmd.Bridge("c1", "c1-2")
    assert scene.state("anna") == "wrap_up"
    assert scene.state("ben") == "talking"
    assert scene.told(CallTransferred)[0].to == "agent t/ben"
    assert how_it_ended(scene) == "passed"
    assert scene.told(CallHandedOver, agent_id="t/ben", from_agent_id="t/anna")
    scene.wait(30)
    scene.caller_hangs_up("c1")
    one, other = scene.told(ConversationEnded)
    assert (one.agent_id, one.ended_by) == ("t/anna", "agent")
    assert (other.agent_id, other.queue_id, other.talked_us) == ("t/ben", "t/a", 30 * S)
    assert scene.agent("ben").talk_us == 50 * S, "what ben talked with anna counts too"
    assert scene.outcome("c1") == "answered"
    assert scene.state("ben") == "ready"


def test_who_has_been_given_a_caller_can_ask_somebody_in_turn() -> None:
    scene = private()
    complete(scene)
    scene.wait(5)
    assert consult(scene, agent_id="t/cora") == ""
    scene.answers("cora")
    assert complete(scene) == ""
    assert [scene.state(name) for name in ("anna", "ben", "cora")] == [
        "wrap_up",
        "ready",
        "talking",
    ]
    scene.caller_hangs_up("c1")
    assert len(scene.told(ConversationEnded)) == 3


def test_the_caller_is_left_to_a_number() -> None:
    scene = with_a_number()
    assert complete(scene) == ""
    assert scene.live("c1").state == "outside"
    assert scene.ordered(cmd.Bridge)[-1] == cmd.Bridge("c1", "c1-2")
    assert scene.state("anna") == "wrap_up"
    assert scene.told(facts.CallDiverted)[0].to == "number 0777"
    scene.wait(60)
    scene.feed(ev.PartyEnded(scene.now_us, "c1-2"))
    assert scene.outcome("c1") == "diverted"


def test_a_caller_who_leaves_takes_the_number_along() -> None:
    scene = with_a_number()
    complete(scene)
    scene.caller_hangs_up("c1")
    assert scene.ordered(cmd.EndParty) == [cmd.EndParty("c1-2")]
    assert not scene.engine.state.parties


# -- hanging up --------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["ringing", "private", "aside", "joined"])
def test_the_caller_hangs_up_and_it_is_over_for_everybody(state: str) -> None:
    scene = consulting(state)
    scene.caller_hangs_up("c1")
    assert scene.outcome("c1") == "answered"
    assert scene.told(ConsultEnded)[0].outcome == "conversation_over"
    assert (scene.state("anna"), scene.state("ben")) == ("wrap_up", "ready")


@pytest.mark.parametrize(
    ("cause", "outcome"), [("busy", "busy"), ("rejected", "rejected"), ("failed", "failed")]
)
def test_the_consulted_agent_does_not_answer(cause: ev.OfferCause, outcome: str) -> None:
    scene = talking()
    consult(scene, agent_id="t/ben")
    scene.misses("ben", cause)
    assert how_it_ended(scene) == outcome
    assert scene.live("c1").state == "talking"
    assert scene.ordered(cmd.Bridge)[-1] == cmd.Bridge("c1", "c1-1")


def test_nobody_is_rung_for_ever() -> None:
    scene = talking()
    consult(scene, agent_id="t/ben")
    scene.wait(31)
    assert how_it_ended(scene) == "no_answer"
    assert scene.ordered(cmd.CancelRing, offer_id="c1-2")
    assert scene.live("c1").state == "talking"


def test_a_number_is_not_rung_for_ever_either() -> None:
    scene = talking()
    consult(scene, number="0777")
    assert scene.ordered(cmd.DialParty) == [
        cmd.DialParty("c1-2", "c1", "0777", "", 33 * S, ("0", "+"))
    ]
    scene.wait(31)
    assert how_it_ended(scene) == "no_answer"
    assert scene.ordered(cmd.EndParty)
    assert scene.live("c1").state == "talking"


@pytest.mark.parametrize("state", ["private", "aside", "joined"])
def test_the_consulted_agent_hangs_up(state: str) -> None:
    scene = consulting(state)
    scene.agent_hangs_up("ben")
    assert how_it_ended(scene) == "left"
    assert scene.live("c1").state == "talking"
    assert scene.ordered(cmd.Bridge)[-1] == cmd.Bridge("c1", "c1-1")
    assert scene.state("ben") == "ready"


@pytest.mark.parametrize(
    ("state", "goes_on"),
    [("ringing", False), ("private", True), ("aside", False), ("joined", True)],
)
def test_the_agent_hangs_up(state: str, goes_on: bool) -> None:
    scene = consulting(state)
    scene.agent_hangs_up("anna")
    assert scene.state("anna") == "wrap_up"
    assert scene.state("ben") == ("talking" if goes_on else "ready")
    if goes_on:
        assert scene.ordered(cmd.Bridge)[-1] == cmd.Bridge("c1", "c1-2")
        scene.caller_hangs_up("c1")
    assert scene.outcome("c1") == "answered"


def test_a_conference_without_an_agent_is_over() -> None:
    scene = with_a_number()
    join(scene)
    scene.agent_hangs_up("anna")
    assert scene.is_over("c1")
    assert not scene.engine.state.parties


def test_the_agent_ends_everything_on_the_desk() -> None:
    scene = private()
    assert scene.ask(rq.HangUpRequested(scene.now_us, call_id="c1")) == ""
    assert scene.is_over("c1")
    assert (scene.state("anna"), scene.state("ben")) == ("wrap_up", "ready")


# -- orders that are lost ----------------------------------------------------------------------


def test_what_nobody_confirms_is_ordered_again() -> None:
    scene = talking()
    scene.ignored = (cmd.JoinConsult, cmd.Bridge)
    consult(scene, agent_id="t/ben")
    scene.wait(3)
    scene.answers("ben")
    before = len(scene.ordered(cmd.JoinConsult))
    scene.wait(6)
    assert len(scene.ordered(cmd.JoinConsult)) == before + 1
    scene.feed(ev.ConsultJoined(scene.now_us, "c1", "c1-2"))
    scene.wait(60)
    assert len(scene.ordered(cmd.JoinConsult)) == before + 1
    complete(scene)
    scene.wait(6)
    assert scene.ordered(cmd.Bridge)[-2:] == [cmd.Bridge("c1", "c1-2")] * 2


def test_a_lost_node_ends_all_of_it() -> None:
    scene = private()
    scene.feed(ev.SwitchLost(scene.now_us, ""))
    assert scene.is_over("c1")
    assert (scene.state("anna"), scene.state("ben")) == ("wrap_up", "ready")


def test_what_the_switch_has_lost_meanwhile_is_found_out() -> None:
    scene = with_a_number()
    live = LiveCall("c1", "leg-c1", "", "", "", "t/a", 0, offer_id="c1-1", agent_id="t/anna")
    scene.feed(ev.SwitchSynced(scene.now_us, "", (live,), ("c1-1",), ("c1-2",)))
    assert scene.live("c1").consult is not None
    scene.feed(ev.SwitchSynced(scene.now_us, "", (live,), ("c1-1",), ()))
    assert how_it_ended(scene) == "left"
    assert scene.live("c1").state == "talking"


def test_an_engine_without_memory_leaves_the_caller_with_the_agent_who_had_the_call() -> None:
    scene = talking()
    fresh = Scene(scene.engine.state.plan)
    live = LiveCall("c1", "leg-c1", "", "", "", "t/a", 0, offer_id="c1-1", agent_id="t/anna")
    fresh.feed(ev.SwitchSynced(fresh.now_us, "", (live,), ("c1-1", "c1-2"), ("c1-3",)))
    assert fresh.state("anna") == "talking"
    assert fresh.live("c1").state == "talking"
    assert fresh.ordered(cmd.CancelRing) == [cmd.CancelRing("c1-2")]
    assert fresh.ordered(cmd.EndParty) == [cmd.EndParty("c1-3")]


def test_the_story_is_told_in_words() -> None:
    scene = private()
    scene.wait(20)
    complete(scene)
    scene.caller_hangs_up("c1")
    told = scene.engine.explain("c1").text()
    assert "t/anna asks agent t/ben; the caller hears music" in told
    assert "asking agent t/ben is over after 20 s: the caller was left to them" in told
    assert "was left to t/ben by t/anna" in told
    numbered = with_a_number()
    go_back(numbered)
    told = numbered.engine.explain("c1").text()
    assert "asks a number outside" in told
    assert "0777" not in told
