"""Many switch nodes: phones at other nodes than the caller's, losing one, emptying one."""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from acdengine.centre_facts import DrainChanged, SwitchChanged, SwitchEmptied
from acdengine.conversation_facts import ConversationEnded
from acdengine.live_legs import LiveCall
from queues.policy import CallbackPolicy
from routing.policy import WrapUpPolicy
from tests.unit.engine.scene import S, Scene, agent, full, queue


def sync(scene: Scene, node: str, *call_ids: str, core_id: str = "") -> None:
    calls = tuple(LiveCall(call_id, f"leg-{call_id}", "", "a", "trunk") for call_id in call_ids)
    offers = tuple(
        offer.offer_id for offer in scene.engine.state.offers.values() if offer.node_id == node
    )
    scene.feed(ev.SwitchSynced(scene.now_us, node, calls, offers, core=core_id))


def lose(scene: Scene, node: str) -> None:
    scene.feed(ev.SwitchLost(scene.now_us, node))


def drain(scene: Scene, node: str, on: bool = True) -> str:
    return scene.ask(rq.DrainRequested(scene.now_us, node_id=node, on=on))


def centre_on_nodes(**policy: object) -> Scene:
    """anna's phone is at west, ben's at east, cora's is where the call is; both nodes are up."""
    scene = Scene(
        queue("a", **policy),
        agent("anna", "a", node_id="west"),
        agent("ben", "a", node_id="east"),
        agent("cora", "a"),
    )
    sync(scene, "east")
    sync(scene, "west")
    return scene


def far_conversation() -> Scene:
    """c1 of node east talks with anna, whose phone is at west, and has waited 7 s."""
    scene = centre_on_nodes()
    scene.call("c1", "a", node_id="east")
    scene.wait(7)
    scene.ready("anna")
    scene.answers("anna")
    assert scene.live("c1").state == "talking"
    scene.wait(30)
    return scene


# -- where the legs are ------------------------------------------------------------------------


def test_the_leg_is_on_the_callers_node_and_says_where_the_phone_is() -> None:
    scene = centre_on_nodes()
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    [ring] = scene.ordered(cmd.RingAgent)
    assert ring.node_id == "west"
    offer = scene.engine.state.offers[ring.offer_id]
    assert (offer.node_id, offer.far_node_id) == ("east", "west")


def test_a_phone_on_the_callers_node_is_reached_there() -> None:
    scene = centre_on_nodes()
    scene.ready("ben")
    scene.call("c1", "a", node_id="east")
    [ring] = scene.ordered(cmd.RingAgent)
    assert ring.node_id == "east"
    assert scene.engine.state.offers[ring.offer_id].far_node_id == ""


def test_a_phone_is_where_it_was_registered_last() -> None:
    scene = centre_on_nodes()
    scene.feed(ev.PhoneChanged(scene.now_us, full("anna"), "registered", "east"))
    assert scene.agent("anna").node_id == "east"
    scene.feed(ev.PhoneChanged(scene.now_us, full("anna"), "unregistered", "west"))
    assert scene.agent("anna").node_id == "east"
    scene.sign_in("anna", contact="sip:elsewhere")
    assert scene.agent("anna").node_id == "west", "another phone is where the settings say"


def test_a_phone_of_other_settings_is_elsewhere() -> None:
    scene = centre_on_nodes()
    scene.reload(queue("a"), agent("anna", "a", node_id="east"))
    assert scene.agent("anna").node_id == "east"


@pytest.mark.parametrize(
    ("away", "node"),
    [("", "west"), ("west", "east"), ("west east", "")],
)
def test_a_callback_is_rung_from_the_agents_node_or_any_that_is_there(away: str, node: str) -> None:
    scene = centre_on_nodes(callback=CallbackPolicy())
    scene.ready("anna")
    for name in away.split():
        drain(scene, name)
    # Drained and empty: her phone is not rung, but what is dialled out has to go somewhere.
    request = rq.CallbackRequested(scene.now_us, call_id="b", queue_id="t/a", number="0123")
    assert scene.ask(request) == ""
    if away:
        assert scene.state("anna") == "not_ready switch-gone"
        scene.ready("cora")
        [offer] = scene.engine.state.offers.values()
        assert (offer.agent_id, offer.node_id) == ("t/cora", node)
        scene.answers("cora")
    else:
        scene.answers("anna")
    assert scene.live("b").node_id == node
    assert scene.ordered(cmd.DialCustomer, call_id="b")


# -- a node is lost ----------------------------------------------------------------------------


def test_who_talked_through_a_lost_node_waits_at_the_old_place() -> None:
    scene = far_conversation()
    scene.call("c2", "a", node_id="east")
    queued_at_us = scene.told(facts.CallQueued, call_id="c1")[0].queued_at_us
    offer_id = scene.offer_of("anna")
    lose(scene, "west")
    assert scene.told(ConversationEnded, call_id="c1")[0].ended_by == "system"
    assert scene.ordered(cmd.CancelRing, offer_id=offer_id), "its own switch does not know"
    assert scene.told(facts.CallQueued, call_id="c1")[1].queued_at_us == queued_at_us
    assert scene.position("c1") == 1
    assert scene.position("c2") == 2
    assert scene.state("anna") == "not_ready switch-gone"
    scene.ready("ben")
    assert scene.ringing("c1") == ["ben"]
    [changed] = scene.told(SwitchChanged, state="lost")
    assert changed.calls_ended == 0


def test_a_phone_that_rang_at_a_lost_node_comes_to_nothing_and_counts_for_nobody() -> None:
    scene = centre_on_nodes()
    scene.ready("anna", "cora")
    scene.call("c1", "a", node_id="east")
    assert scene.ringing("c1") == ["anna"]
    lose(scene, "west")
    assert scene.ringing("c1") == ["cora"]
    assert scene.told(facts.OfferClosed, agent_id="t/anna")[0].outcome == "failed"
    assert scene.agent("anna").missed == 0
    scene.wait(10)
    assert scene.state("anna") == "not_ready switch-gone"


def test_only_what_hung_on_the_lost_node_ends() -> None:
    scene = centre_on_nodes()
    scene.ready("ben", "anna")
    scene.call("c1", "a", node_id="east")
    scene.answers("ben")
    scene.call("c2", "a", node_id="west")
    scene.answers("anna")
    scene.call("c3", "a", node_id="east")
    lose(scene, "west")
    assert scene.live("c1").state == "talking"
    assert scene.live("c3").state == "waiting"
    assert scene.outcome("c2") == "answered"


def test_agents_of_a_lost_node_are_back_with_it() -> None:
    scene = centre_on_nodes()
    scene.ready("anna")
    lose(scene, "west")
    assert scene.state("anna") == "not_ready switch-gone"
    assert scene.ask(rq.ReadyRequested(scene.now_us, agent_id=full("anna"))) == ""
    assert scene.state("anna") == "not_ready switch-gone"
    sync(scene, "west")
    assert scene.state("anna") == "ready"


def test_an_agent_who_wanted_a_break_stays_there() -> None:
    scene = centre_on_nodes()
    scene.ready("anna")
    scene.not_ready("anna")
    lose(scene, "west")
    sync(scene, "west")
    assert scene.state("anna") == "not_ready break"


def test_a_switch_that_was_started_anew_unseen_has_lost_what_went_through_it() -> None:
    scene = far_conversation()
    sync(scene, "west", core_id="first")
    sync(scene, "west", core_id="first")
    assert scene.live("c1").state == "talking"
    sync(scene, "west", core_id="second")
    assert scene.live("c1").state == "waiting"


def test_a_customer_rung_from_a_lost_node_is_rung_again() -> None:
    policy = CallbackPolicy(mode="customer_first", attempts=2, retry_us=5 * S)
    scene = centre_on_nodes(callback=policy)
    scene.ready("ben")
    request = rq.CallbackRequested(scene.now_us, call_id="b", queue_id="t/a", number="0123")
    assert scene.ask(request) == ""
    assert scene.live("b").node_id == "east"
    lose(scene, "east")
    assert scene.told(facts.CallbackMissed, call_id="b")
    scene.ready("cora")
    scene.wait(6)
    assert scene.live("b").node_id == "west"
    assert len(scene.ordered(cmd.DialCustomer, call_id="b")) == 2


# -- draining ----------------------------------------------------------------------------------


def test_a_drained_node_takes_no_calls_and_serves_those_it_has() -> None:
    scene = centre_on_nodes()
    scene.call("c1", "a", node_id="west")
    assert drain(scene, "west") == ""
    scene.call("c2", "a", node_id="west")
    assert scene.told(facts.CallRefused, call_id="c2")[0].cause == "draining"
    assert scene.ordered(cmd.RejectCall, call_id="c2")
    scene.call("c3", "a", node_id="east")
    assert scene.live("c3").state == "waiting"
    scene.ready("anna")
    assert scene.ringing("c1") == ["anna"], "its agents help to empty it"
    assert not scene.told(SwitchEmptied)
    scene.talk("anna", 10)
    assert scene.told(SwitchEmptied, node_id="west")
    assert scene.state("anna") == "not_ready switch-gone", "nothing goes through it any more"
    assert drain(scene, "west", on=False) == ""
    assert scene.ringing("c3") == ["anna"]
    assert [fact.on for fact in scene.told(DrainChanged, node_id="west")] == [True, False]


def test_a_conversation_through_a_drained_node_runs_out() -> None:
    scene = far_conversation()
    drain(scene, "west")
    assert scene.told(SwitchEmptied, node_id="west"), "it has no call of its own"
    assert scene.live("c1").state == "talking"
    scene.caller_hangs_up("c1")
    assert scene.state("anna") == "not_ready switch-gone"


def test_a_drained_node_stays_drained_when_it_was_restarted() -> None:
    scene = centre_on_nodes()
    drain(scene, "west")
    lose(scene, "west")
    sync(scene, "west")
    scene.call("c1", "a", node_id="west")
    assert scene.told(facts.CallRefused, call_id="c1")


def test_wrap_up_goes_on_while_the_node_is_away() -> None:
    scene = Scene(
        queue("a"),
        agent("anna", "a", node_id="west", wrap_up=WrapUpPolicy(mode="timed", time_us=20 * S)),
    )
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.talk("anna", 5)
    lose(scene, "west")
    assert scene.state("anna") == "wrap_up"
    scene.wait(21)
    assert scene.state("anna") == "not_ready switch-gone"


def test_what_is_no_switch_cannot_be_drained() -> None:
    assert drain(centre_on_nodes(), "north") == "no such switch"
