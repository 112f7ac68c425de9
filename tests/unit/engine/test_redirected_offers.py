"""An agent's telephone sends its offer to another number (302): followed as the settings say."""

from __future__ import annotations

from typing import Any

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import requests as rq
from acdengine.facts import CallConnected, OfferClosed, OfferRedirection
from acdengine.plan import DialRoute, DialWay
from queues.policy import AcceptKey
from tests.unit.engine.scene import S, Scene, agent, centre, full, queue

MOBILE = "0171555"
ROUTE = DialRoute(ways=(DialWay(contact="sofia/gateway/carrier/{number}"),))


def ringing(limit: int = 2, *, withheld: bool = False, **policy: Any) -> Scene:
    """c1 rings at anna."""
    scene = Scene(
        centre(
            queue("a", **policy), agent("anna", "a"), agent("ben", "a"),
            dial=ROUTE, follow_redirects=limit, numbers={},
        )
    )  # fmt: skip
    scene.ready("anna")
    scene.feed(ev.CallArrived(scene.now_us, "c1", "leg1", "0301234", "a", "", withheld=withheld))
    assert scene.ringing("c1") == ["anna"]
    return scene


def redirects(scene: Scene, number: str = MOBILE) -> None:
    scene.feed(ev.OfferRedirected(scene.now_us, "c1-1", number))


def refused(scene: Scene) -> list[str]:
    return [fact.refused for fact in scene.told(OfferRedirection)]


def test_the_number_is_rung_for_the_rest_of_the_time_and_has_the_call() -> None:
    scene = ringing(ring_timeout_us=20 * S)
    scene.wait(5)
    redirects(scene)
    assert refused(scene) == [""]
    first, second = scene.ordered(cmd.RingAgent)
    assert first.may_redirect
    assert second.offer_id == first.offer_id
    assert (second.number, second.allow, second.route) == (MOBILE, ("0", "+"), ROUTE)
    assert second.timeout_us == 15 * S
    assert second.screen_pop is None
    assert second.shown is not None
    assert second.shown.number == "0301234"
    scene.answers("anna")
    assert [fact.agent_id for fact in scene.told(CallConnected)] == [full("anna")]


def test_one_that_is_not_answered_is_missed_in_time() -> None:
    scene = ringing(ring_timeout_us=20 * S)
    scene.wait(5)
    redirects(scene)
    scene.wait(16)
    assert [fact.outcome for fact in scene.told(OfferClosed)] == ["no_answer"]
    assert scene.ordered(cmd.CancelRing)


def test_without_the_setting_none_is_followed() -> None:
    scene = ringing(0)
    assert not scene.ordered(cmd.RingAgent)[0].may_redirect
    redirects(scene)
    assert refused(scene) == ["no more redirections are followed"]
    assert [fact.outcome for fact in scene.told(OfferClosed)] == ["failed"]
    assert len(scene.ordered(cmd.RingAgent)) == 1


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("99555", "this number may not be dialled"),
        ("", "this number may not be dialled"),
        ("0171;x", "this is no number that can be dialled"),
        ("a", "it would go in circles"),
    ],
)
def test_one_to_what_the_tenant_may_not_dial_has_failed(number: str, why: str) -> None:
    scene = ringing()
    redirects(scene, number)
    assert refused(scene) == [why]
    assert [fact.outcome for fact in scene.told(OfferClosed)] == ["failed"]


def test_so_many_are_followed_and_none_twice() -> None:
    scene = ringing()
    redirects(scene, "01")
    redirects(scene, "02")
    redirects(scene, "03")
    assert refused(scene) == ["", "", "no more redirections are followed"]
    scene = ringing()
    redirects(scene, "01")
    redirects(scene, "01")
    assert refused(scene) == ["", "it would go in circles"]
    assert [fact.outcome for fact in scene.told(OfferClosed)] == ["failed"]


def test_a_number_outside_is_told_no_withheld_one() -> None:
    scene = ringing(withheld=True)
    redirects(scene)
    assert scene.ordered(cmd.RingAgent)[-1].shown == cmd.ShownCaller("", "")


def test_a_number_outside_is_asked_for_the_key() -> None:
    scene = ringing(accept_key=AcceptKey(key="1", prompt="press-one"))
    redirects(scene)
    assert scene.ordered(cmd.RingAgent)[-1].awaits_key
    scene.answers("anna")
    assert scene.state("anna") == "ringing"
    scene.feed(ev.OfferKeyPressed(scene.now_us, "c1-1", "1"))
    assert scene.state("anna") == "talking"


def test_a_late_one_changes_nothing() -> None:
    scene = ringing()
    scene.caller_hangs_up("c1")
    before = scene.engine.state.counters.get("late_events", 0)
    redirects(scene)
    assert scene.engine.state.counters["late_events"] == before + 1


def test_one_that_crosses_the_withdrawal_frees_the_agent() -> None:
    scene = ringing()
    scene.ignored = (cmd.CancelRing,)
    scene.caller_hangs_up("c1")
    redirects(scene)
    assert scene.state("anna") == "ready"
    assert not refused(scene)


def test_a_consulted_agent_is_not_followed() -> None:
    scene = ringing()
    scene.answers("anna")
    scene.ready("ben")
    assert scene.ask(rq.ConsultRequested(scene.now_us, call_id="c1", agent_id=full("ben"))) == ""
    assert not scene.ordered(cmd.RingAgent)[-1].may_redirect
    scene.feed(ev.OfferRedirected(scene.now_us, scene.agent("ben").offer_id, MOBILE))
    assert not refused(scene)
    assert scene.engine.state.calls["c1"].consult is None
