"""A colleague picks up a call that rings at another agent."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import requests as rq
from acdengine.centre_facts import PickUpRefused
from acdengine.facts import CallConnected, OfferClosed, OfferMade
from queues.policy import AcceptKey
from tests.unit.engine.scene import S, Scene, agent, centre, full, queue

NONE = "no call to pick up rings in the agent's queues"


def ringing(**policy: object) -> Scene:
    """c1 rings at anna; ben and eve are ready, and eve serves another queue."""
    scene = Scene(
        centre(
            queue("a", **({"pick_up": True} | policy)),
            queue("b", pick_up=True),
            agent("anna", "a"),
            agent("ben", "a"),
            agent("eve", "b"),
        )
    )
    scene.ready("anna")
    scene.call("c1", "a")
    assert scene.ringing("c1") == ["anna"]
    scene.ready("ben", "eve")
    return scene


def pick_up(scene: Scene, name: str, call_id: str = "") -> str:
    return scene.ask(rq.PickUpRequested(scene.now_us, agent_id=full(name), call_id=call_id))


@pytest.mark.parametrize("call_id", ["", "c1"])
def test_the_offer_is_withdrawn_without_a_miss_and_the_colleague_has_the_call(
    call_id: str,
) -> None:
    scene = ringing()
    assert pick_up(scene, "ben", call_id) == ""
    assert scene.ringing("c1") == ["ben"]
    assert cmd.CancelRing("c1-1") in scene.ordered(cmd.CancelRing)
    assert scene.state("anna") == "ready"
    assert scene.agent("anna").missed == 0
    assert [fact.outcome for fact in scene.told(OfferClosed)] == ["withdrawn"]
    assert scene.told(OfferMade)[-1].rule == "picked_up"
    scene.answers("ben")
    assert [fact.agent_id for fact in scene.told(CallConnected)] == [full("ben")]
    assert scene.state("ben") == "talking"


def test_a_colleague_who_then_does_not_answer_has_missed_the_call() -> None:
    scene = ringing(ring_timeout_us=10 * S)
    assert pick_up(scene, "ben") == ""
    scene.misses("ben")
    assert scene.ringing("c1") == ["anna"]
    assert scene.state("ben") == "not_ready missed"


def test_a_call_that_rings_several_rings_only_who_has_picked_it_up() -> None:
    scene = Scene(
        centre(
            queue("a", pick_up=True, strategy="ring_all", ring_limit=2),
            *(agent(name, "a") for name in ("anna", "ben", "carl")),
        )
    )
    scene.ready("anna", "ben", "carl")
    scene.call("c1", "a")
    [idle] = [name for name in ("anna", "ben", "carl") if scene.state(name) == "ready"]
    assert pick_up(scene, idle) == ""
    assert idle in scene.ringing("c1")
    scene.answers(idle)
    assert scene.state(idle) == "talking"


def test_who_may_not_pick_up() -> None:
    scene = ringing()
    assert pick_up(scene, "eve") == NONE
    assert pick_up(scene, "eve", "c1") == NONE
    assert pick_up(scene, "anna") == "the agent is not ready"
    assert pick_up(scene, "ben", "c9") == NONE
    assert pick_up(scene, "nobody") == "no such agent"
    assert scene.ringing("c1") == ["anna"]
    scene.answers("anna")
    assert pick_up(scene, "ben", "c1") == NONE
    assert pick_up(ringing(pick_up=False), "ben") == NONE


# -- by the code that a telephone dials ------------------------------------------------------------

CODE = "*8"


def at_telephones(**policy: object) -> Scene:
    """c1 rings at anna, 1001; ben, 1002, is ready, and eve, 1003, serves another queue."""
    people = [agent("anna", "a"), agent("ben", "a"), agent("eve", "b")]
    scene = Scene(
        centre(
            queue("a", **({"pick_up": True} | policy)),
            queue("b", pick_up=True),
            *(
                structs.replace(one, contact=f"user/100{n}@acme.test")
                for n, one in enumerate(people, 1)
            ),
            pickup_code=CODE,
        )
    )
    scene.ready("anna")
    scene.call("c1", "a")
    scene.ready("ben", "eve")
    assert scene.ringing("c1") == ["anna"]
    return scene


def dials(scene: Scene, extension: str, dialled: str = CODE, **more: Any) -> None:
    scene.feed(
        ev.CallArrived(
            scene.now_us, "leg9", "leg9", extension, dialled, "",
            direction="internal", telephone=f"{extension}@acme.test", **more,
        )
    )  # fmt: skip


def refusals(scene: Scene) -> list[str]:
    assert scene.ordered(cmd.RejectCall) == [cmd.RejectCall("leg9", "rejected")]
    return [fact.reason for fact in scene.told(PickUpRefused)]


@pytest.mark.parametrize("dialled", ["*8", "*81001"])
def test_the_leg_that_dialled_the_code_is_the_colleagues_leg_of_the_offer(dialled: str) -> None:
    scene = at_telephones()
    dials(scene, "1002", dialled)
    assert scene.ringing("c1") == ["ben"]
    [ring] = scene.ordered(cmd.RingAgent, agent_id=full("ben"))
    assert ring.leg_id == "leg9"
    assert scene.state("anna") == "ready"
    assert [fact.outcome for fact in scene.told(OfferClosed)] == ["withdrawn"]
    scene.answers("ben")
    assert [fact.agent_id for fact in scene.told(CallConnected)] == [full("ben")]
    assert not scene.ordered(cmd.RejectCall)
    assert list(scene.engine.state.calls) == ["c1"]


def test_no_key_is_asked_of_an_agent_who_dialled_the_code() -> None:
    scene = at_telephones(accept_key=AcceptKey(key="1", prompt="press-1"))
    dials(scene, "1002")
    scene.answers("ben")
    assert scene.state("ben") == "talking"


def test_a_telephone_that_is_busy_with_the_leg_that_dialled_the_code_picks_up() -> None:
    for busy_first in (False, True):
        scene = at_telephones()
        busy = ev.PhoneChanged(scene.now_us, full("ben"), "busy")
        if busy_first:
            scene.feed(busy)
            assert scene.state("ben") == "not_ready phone-busy"
        dials(scene, "1002")
        if not busy_first:
            scene.feed(busy)
        assert scene.ringing("c1") == ["ben"]
        scene.feed(ev.PhoneChanged(scene.now_us, full("ben"), "free"))
        scene.answers("ben")
        assert scene.state("ben") == "talking"


@pytest.mark.parametrize("dialled", ["*8", "*81001"])
def test_a_code_dialled_by_one_of_another_queue_is_refused(dialled: str) -> None:
    scene = at_telephones()
    dials(scene, "1003", dialled)
    assert refusals(scene) == [NONE]
    assert scene.ringing("c1") == ["anna"]


def test_a_code_is_refused_where_nothing_rings() -> None:
    scene = at_telephones()
    dials(scene, "1002", "*81003")
    assert refusals(scene) == [NONE]
    assert scene.state("ben") == "ready"


def test_a_code_is_refused_at_another_switch_and_where_the_queue_forbids_it() -> None:
    scene = at_telephones()
    dials(scene, "1002", node_id="other")
    assert refusals(scene) == [NONE]
    scene = at_telephones(pick_up=False)
    dials(scene, "1002")
    assert refusals(scene) == [NONE]


def test_an_agent_who_is_not_ready_picks_nothing_up() -> None:
    scene = at_telephones()
    scene.feed(rq.NotReadyRequested(scene.now_us, agent_id=full("ben"), reason="break"))
    dials(scene, "1002")
    assert refusals(scene) == ["the agent is not ready"]


def test_the_code_of_one_who_is_no_agent_is_an_unknown_number() -> None:
    scene = at_telephones()
    dials(scene, "1009")
    assert scene.ordered(cmd.RejectCall) == [cmd.RejectCall("leg9", "unallocated_number")]
    assert scene.ringing("c1") == ["anna"]


def test_a_caller_from_outside_picks_nothing_up() -> None:
    scene = at_telephones()
    scene.feed(ev.CallArrived(scene.now_us, "leg9", "leg9", "1002", CODE, ""))
    assert scene.ringing("c1") == ["anna"]
    assert not scene.told(PickUpRefused)


def test_one_who_hangs_up_before_the_leg_is_answered_leaves_the_caller_in_line() -> None:
    scene = at_telephones()
    dials(scene, "1002")
    offer_id = scene.agent("ben").offer_id
    scene.feed(ev.OfferEnded(scene.now_us, offer_id, "rejected"))
    assert scene.ringing("c1") == ["anna"]
