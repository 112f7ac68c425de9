"""Phones: registered or lost, on private calls, and what it does to the readiness of agents."""

from __future__ import annotations

import pytest

from acdengine import events as ev
from acdengine import requests as rq
from routing.policy import WrapUpPolicy
from tests.unit.engine.scene import S, Scene, agent, full, queue


def one(**profile: object) -> Scene:
    return Scene(queue("a"), agent("anna", "a", **profile))


def phone(scene: Scene, state: ev.PhoneState, name: str = "anna") -> None:
    scene.feed(ev.PhoneChanged(scene.now_us, full(name), state))


@pytest.mark.parametrize(
    ("gone", "back", "reason"),
    [
        ("unregistered", "registered", "phone-unregistered"),
        ("busy", "free", "phone-busy"),
    ],
)
def test_a_phone_that_cannot_ring_takes_the_agent_out_and_brings_it_back(
    gone: ev.PhoneState, back: ev.PhoneState, reason: str
) -> None:
    scene = one()
    scene.ready("anna")
    phone(scene, gone)
    assert scene.state("anna") == f"not_ready {reason}"
    scene.call("c1", "a")
    assert scene.ringing("c1") == []
    phone(scene, back)
    assert scene.ringing("c1") == ["anna"]


def test_a_private_call_takes_a_ringing_offer_back_without_a_miss() -> None:
    scene = one()
    scene.ready("anna")
    scene.call("c1", "a")
    assert scene.ringing("c1") == ["anna"]
    phone(scene, "busy")
    assert scene.ringing("c1") == []
    assert scene.state("anna") == "not_ready phone-busy"
    assert scene.agent("anna").missed == 0
    phone(scene, "free")
    assert scene.ringing("c1") == ["anna"]


def test_a_private_call_during_wrap_up_is_noticed_after_it() -> None:
    scene = one(wrap_up=WrapUpPolicy(mode="timed", time_us=20 * S))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.talk("anna", 5)
    phone(scene, "busy")
    assert scene.state("anna") == "wrap_up"
    scene.wait(20)
    assert scene.state("anna") == "not_ready phone-busy"
    phone(scene, "free")
    assert scene.state("anna") == "ready"


def test_a_private_call_beside_the_conversation_ends_nothing() -> None:
    scene = one()
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    phone(scene, "busy")
    assert scene.state("anna") == "talking"
    scene.caller_hangs_up("c1")
    assert scene.state("anna") == "not_ready phone-busy"


def test_a_phone_lost_and_busy_must_be_both_again() -> None:
    scene = one()
    scene.ready("anna")
    phone(scene, "busy")
    phone(scene, "unregistered")
    phone(scene, "free")
    assert scene.state("anna") == "not_ready phone-unregistered"
    phone(scene, "registered")
    assert scene.state("anna") == "ready"


def test_a_phone_lost_during_a_call_is_noticed_after_it() -> None:
    scene = one()
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    phone(scene, "unregistered")
    assert scene.state("anna") == "talking"
    scene.caller_hangs_up("c1")
    assert scene.state("anna") == "not_ready phone-unregistered"


def test_a_break_lasts_whatever_the_phone_does() -> None:
    scene = one()
    scene.ready("anna")
    scene.not_ready("anna")
    phone(scene, "unregistered")
    phone(scene, "registered")
    assert scene.state("anna") == "not_ready break"
    phone(scene, "unregistered")
    assert scene.ask(rq.ReadyRequested(scene.now_us, agent_id="t/anna")) == ""
    assert scene.state("anna") == "not_ready phone-unregistered"
    assert scene.not_ready("anna") == ""
    phone(scene, "registered")
    assert scene.state("anna") == "not_ready break"


def test_another_phone_is_not_lost_because_the_first_is() -> None:
    scene = one()
    scene.ready("anna")
    phone(scene, "unregistered")
    scene.sign_in("anna", contact="sip:cafe")
    assert scene.state("anna") == "ready"
    scene.call("c1", "a")
    assert scene.ringing("c1") == ["anna"]


def test_a_phone_of_nobody_is_no_matter() -> None:
    scene = one()
    phone(scene, "unregistered", "nobody")
    phone(scene, "unregistered")
    assert scene.state("anna") == "logged_out"
    assert not scene.facts
