"""Callers whom the switch joins with a leg that the engine did not order."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import requests as rq
from acdengine.conversation_facts import (
    CallHandedOver,
    CallTransferred,
    ConversationEnded,
    TransferRefused,
)
from acdengine.facts import CallDiverted, CallLeftQueue, NumberMissed, NumberReached
from acdengine.live_legs import LiveCall, LiveMove
from routing.policy import WrapUpPolicy
from tests.unit.engine.scene import S, Scene, agent, centre, queue

_WRAP_UP = WrapUpPolicy(mode="mandatory")


def talking(*also: str) -> Scene:
    """Anna and the caller of c1 have talked for ten seconds; these agents are signed in as well."""
    agents = [
        structs.replace(agent(name, line, wrap_up=_WRAP_UP), contact=f"user/{name}@t.test")
        for name, line in (("anna", "a"), ("ben", "b"))
    ]
    other = structs.replace(
        agent("carl"), agent_id="u/carl", tenant_id="u", contact="user/carl@u.test"
    )
    scene = Scene(centre(queue("a"), queue("b"), *agents, other))
    scene.ready("anna", *also)
    scene.call("c1", "a")
    scene.answers("anna")
    scene.wait(10)
    return scene


def rejoin(scene: Scene, leg_id: str = "q", number: str = "0123", **more: Any) -> None:
    """Anna's leg is replaced, and ends."""
    offer_id = more.pop("offer_id", "c1-1")
    scene.feed(ev.CallRejoined(scene.now_us, "c1", offer_id, leg_id, number, **more))


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("by", ["telephone", "switch"])
def test_a_caller_who_is_left_to_a_number_is_outside(held: bool, by: str) -> None:
    scene = talking()
    if held:
        scene.feed(ev.HoldChanged(scene.now_us, "c1", "c1-1", True))
    rejoin(scene, by=by)
    call = scene.live("c1")
    assert call.state == "outside"
    assert scene.state("anna") == "wrap_up"
    [passed] = scene.told(CallTransferred, agent_id="t/anna", to="number 0123")
    assert passed.kind == "attended"
    assert (passed.by_telephone, passed.by_switch) == (by == "telephone", by == "switch")
    assert scene.told(ConversationEnded, ended_by="agent" if by == "telephone" else "system")
    assert scene.told(CallDiverted, to="number 0123")
    assert scene.ordered(cmd.AdoptExternalLeg) == [cmd.AdoptExternalLeg("q", "c1", "0123", 1)]
    assert not scene.ordered(cmd.HangUpCall)
    scene.feed(ev.NumberEnded(scene.now_us, "c1", True, "normal", 1))
    assert scene.outcome("c1") == "diverted"


def test_an_agent_at_the_other_end_takes_the_call_over() -> None:
    scene = talking("ben")
    scene.feed(ev.PhoneChanged(scene.now_us, "t/ben", "busy"))
    assert scene.state("ben") == "not_ready phone-busy"
    rejoin(scene, number="ben", telephone="ben@t.test")
    assert scene.told(CallTransferred, to="agent t/ben", by_telephone=True)
    assert scene.told(CallHandedOver, agent_id="t/ben", from_agent_id="t/anna", queue_id="t/a")
    assert scene.ordered(cmd.AdoptAgentLeg) == [cmd.AdoptAgentLeg("q", "c1", "t/ben")]
    assert (scene.live("c1").state, scene.state("ben")) == ("talking", "talking")
    assert scene.state("anna") == "wrap_up"
    scene.feed(ev.PhoneChanged(scene.now_us, "t/ben", "free"))
    scene.wait(5)
    scene.caller_hangs_up("c1")
    assert scene.told(ConversationEnded, agent_id="t/ben", talked_us=5 * S)
    assert scene.state("ben") == "wrap_up"
    assert scene.outcome("c1") == "answered"


def test_an_agent_on_a_break_has_it_again_after_the_call() -> None:
    scene = talking("ben")
    assert scene.not_ready("ben") == ""
    rejoin(scene, number="ben", telephone="ben@t.test")
    assert scene.state("ben") == "talking"
    scene.agent_hangs_up("ben")
    assert scene.ask(rq.ReadyRequested(scene.now_us, agent_id="t/ben")) == ""
    assert scene.state("ben") == "not_ready break"
    assert scene.outcome("c1") == "answered"


def test_an_agent_who_is_signed_out_is_a_telephone_like_any_other() -> None:
    scene = talking()
    rejoin(scene, number="ben", telephone="ben@t.test")
    assert scene.told(CallTransferred, to="agent t/ben")
    assert (scene.live("c1").state, scene.state("ben")) == ("outside", "logged_out")


@pytest.mark.parametrize(
    ("leg", "reason"),
    [
        ({"number": "1555"}, "this number may not be dialled"),
        ({"number": ""}, "this number may not be dialled"),
        ({"number": "carl", "telephone": "carl@u.test"}, "it is a telephone of another tenant"),
        ({"leg_id": "c2"}, "it is a leg of another call"),
        ({"leg_id": "c2-1"}, "it is a leg of another call"),
    ],
)
def test_a_caller_may_not_be_left_to_every_leg(leg: dict[str, str], reason: str) -> None:
    scene = talking("ben")
    scene.call("c2", "b")
    scene.answers("ben")
    rejoin(scene, **leg)
    assert scene.told(TransferRefused, agent_id="t/anna", reason=reason)
    assert not scene.told(CallTransferred)
    assert scene.live("c1").queue_id == "t/a"
    assert scene.state("anna") == "wrap_up"
    assert scene.live("c2").offer_id == "c2-1"
    assert bool(scene.ordered(cmd.EndParty, party_id="q")) == ("leg_id" not in leg)


def test_what_another_program_does_is_not_judged() -> None:
    scene = talking()
    rejoin(scene, number="1555", by="switch")
    assert scene.live("c1").state == "outside"


@pytest.mark.parametrize("answers", [True, False])
def test_a_caller_may_be_left_to_a_leg_that_rings(answers: bool) -> None:
    scene = talking()
    rejoin(scene, answered=False)
    assert scene.ordered(cmd.AdoptExternalLeg) == [
        cmd.AdoptExternalLeg("q", "c1", "0123", 1, False)
    ]
    assert scene.state("anna") == "wrap_up"
    if answers:
        rejoin(scene, offer_id="")
        assert scene.told(NumberReached)
        scene.feed(ev.NumberEnded(scene.now_us, "c1", True, "normal", 1))
        assert scene.outcome("c1") == "diverted"
    else:
        scene.feed(ev.NumberEnded(scene.now_us, "c1", False, "busy", 1))
        assert scene.told(NumberMissed, to="queue t/a")
        assert scene.live("c1").queue_id == "t/a"


def test_an_agent_whose_telephone_rang_takes_the_call_over_by_answering() -> None:
    scene = talking("ben")
    rejoin(scene, number="ben", telephone="ben@t.test", answered=False)
    assert (scene.live("c1").state, scene.state("ben")) == ("outside", "ready")
    rejoin(scene, number="ben", telephone="ben@t.test", offer_id="")
    assert (scene.live("c1").state, scene.state("ben")) == ("talking", "talking")
    assert scene.told(CallHandedOver, agent_id="t/ben", queue_id="t/a")
    scene.agent_hangs_up("ben")
    assert scene.outcome("c1") == "answered"


def test_an_agent_of_a_queue_who_was_asked_takes_the_call_over() -> None:
    scene = talking("ben")
    scene.call("c2", "b", telephone="anna@t.test", direction="internal")
    scene.answers("ben")
    scene.wait(5)
    rejoin(scene, leg_id="c2-1", number="b")
    assert scene.told(CallTransferred, to="agent t/ben")
    assert scene.told(CallHandedOver, agent_id="t/ben", queue_id="t/a", call_id="c1")
    assert scene.told(ConversationEnded, call_id="c2", agent_id="t/ben", talked_us=5 * S)
    assert scene.outcome("c2") == "answered"
    assert scene.call_of("ben") == "c1"
    scene.wait(7)
    scene.caller_hangs_up("c1")
    assert scene.told(ConversationEnded, call_id="c1", agent_id="t/ben", talked_us=7 * S)
    assert scene.state("ben") == "wrap_up"


def test_late_news_changes_nothing() -> None:
    scene = talking()
    rejoin(scene, offer_id="c1-9")
    rejoin(scene, offer_id="")
    assert scene.live("c1").state == "talking"
    scene.caller_hangs_up("c1")
    rejoin(scene)
    assert not scene.told(CallTransferred)


def waiting() -> Scene:
    """c2 waits behind c1; ben serves another queue."""
    scene = talking("ben")
    scene.call("c2", "a")
    return scene


def test_a_waiting_caller_whom_a_colleague_picks_up_by_the_dialplan_is_theirs() -> None:
    scene = waiting()
    scene.feed(ev.PhoneChanged(scene.now_us, "t/ben", "busy"))
    scene.feed(
        ev.CallRejoined(scene.now_us, "c2", "", "q", "ben", telephone="ben@t.test", by="switch")
    )
    assert scene.told(CallLeftQueue, call_id="c2", reason="moved", to="agent t/ben")
    assert scene.told(CallHandedOver, call_id="c2", agent_id="t/ben")
    assert (scene.live("c2").state, scene.state("ben")) == ("talking", "talking")
    scene.agent_hangs_up("ben")
    assert scene.outcome("c2") == "answered"


def test_a_waiting_caller_whom_another_program_joins_is_outside() -> None:
    scene = waiting()
    scene.feed(ev.CallRejoined(scene.now_us, "c2", "", "q", "0123", by="switch"))
    assert scene.live("c2").state == "outside"
    assert scene.told(CallDiverted, call_id="c2", to="number 0123")
    scene.feed(ev.NumberEnded(scene.now_us, "c2", True, "normal", 1))
    assert scene.outcome("c2") == "diverted"


@pytest.mark.parametrize(("number", "queue_id"), [("b", "t/b"), ("1555", "t/a")])
def test_a_waiting_caller_whom_another_program_sends_on_goes_there(
    number: str, queue_id: str
) -> None:
    scene = waiting()
    scene.feed(ev.CallReferred(scene.now_us, "c2", "", number, "switch"))
    assert scene.live("c2").queue_id == queue_id


def test_a_caller_whom_another_program_sends_on_leaves_the_agent() -> None:
    scene = talking()
    scene.feed(ev.CallReferred(scene.now_us, "c1", "c1-1", "b", "switch"))
    [passed] = scene.told(CallTransferred, to="queue t/b")
    assert (passed.by_telephone, passed.by_switch) == (False, True)
    assert scene.told(ConversationEnded, ended_by="system")
    assert scene.state("anna") == "wrap_up"


# -- found when a node is read ---------------------------------------------------------------------


def synced(scene: Scene, moved: LiveMove) -> None:
    """Anna's leg has gone while nothing was heard; the switch has the caller there."""
    live = LiveCall("c1", "c1", "", "a", "pstn", "t/a", moved=moved, forgotten=True)
    scene.feed(ev.SwitchSynced(scene.now_us, "", (live,), (), core="x"))


def test_a_caller_who_is_found_with_a_number_is_outside() -> None:
    scene = talking()
    synced(scene, LiveMove("q", "0123"))
    assert scene.live("c1").state == "outside"
    assert scene.state("anna") == "wrap_up"
    assert scene.told(CallTransferred, to="number 0123", by_telephone=True)
    assert not scene.ordered(cmd.HangUpCall)


def test_a_caller_who_is_found_with_a_colleague_is_that_agents() -> None:
    scene = talking("ben")
    synced(scene, LiveMove("q", "ben", "ben@t.test"))
    assert scene.told(CallHandedOver, agent_id="t/ben", from_agent_id="t/anna")
    assert (scene.live("c1").state, scene.state("ben")) == ("talking", "talking")
    assert scene.state("anna") == "wrap_up"
    assert not scene.ordered(cmd.HangUpCall)


def test_a_caller_who_is_found_parked_goes_where_the_telephone_has_sent_it() -> None:
    scene = talking()
    synced(scene, LiveMove("", "b"))
    assert scene.live("c1").queue_id == "t/b"
    assert scene.state("anna") == "wrap_up"
    assert scene.told(CallTransferred, to="queue t/b")
    assert not scene.ordered(cmd.HangUpCall)
