"""A colleague picks up a call that rings at another agent."""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine import requests as rq
from acdengine.facts import CallConnected, OfferClosed, OfferMade
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
