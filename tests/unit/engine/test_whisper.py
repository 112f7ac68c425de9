"""A whisper: the agent hears it alone, and the call is answered when both hear each other."""

from __future__ import annotations

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from queues.policy import Announcements, CallbackPolicy
from tests.unit.engine.scene import S, Scene, agent, full, queue


def whispered(**policy: object) -> Scene:
    """An agent has answered an offer of ten seconds' waiting and hears the whisper."""
    scene = Scene(queue("a", whisper="a-sale", **policy), agent("anna", "a"))
    scene.ignored = (cmd.Bridge,)
    scene.ready("anna")
    scene.call("c1", "a")
    scene.wait(4)
    scene.answers("anna")
    return scene


def test_the_telephone_and_the_bridge_are_told_of_the_whisper() -> None:
    scene = whispered()
    assert [ring.whisper for ring in scene.ordered(cmd.RingAgent)] == ["a-sale"]
    assert [bridge.whisper for bridge in scene.ordered(cmd.Bridge)] == ["a-sale"]


def test_the_call_is_answered_when_both_hear_each_other() -> None:
    scene = whispered()
    scene.wait(3)
    assert scene.live("c1").state == "connecting"
    assert not scene.told(facts.CallConnected)
    scene.feed(ev.CallBridged(scene.now_us, "c1", scene.offer_of("anna")))
    [connected] = scene.told(facts.CallConnected)
    assert (connected.waited_us, connected.rang_us) == (7 * S, 4 * S)


def test_what_the_caller_hears_is_not_stopped_by_a_whisper() -> None:
    announcements = Announcements(greeting="hello")
    assert not whispered(announcements=announcements).ordered(cmd.StopPrompt)
    scene = Scene(queue("a", announcements=announcements), agent("anna", "a"))
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    assert scene.ordered(cmd.StopPrompt)


def test_a_caller_who_leaves_during_the_whisper_has_not_been_answered() -> None:
    scene = whispered()
    scene.wait(1)
    scene.caller_hangs_up("c1")
    assert scene.outcome("c1") == "abandoned"
    [left] = scene.told(facts.CallLeftQueue)
    assert (left.reason, left.waited_us) == ("abandoned", 5 * S)
    assert scene.ordered(cmd.CancelRing)
    assert scene.state("anna") == "ready"


def test_an_agent_who_hangs_up_during_the_whisper_has_rejected_the_call() -> None:
    scene = whispered()
    scene.agent_hangs_up("anna")
    assert scene.told(facts.OfferClosed, outcome="rejected")
    assert scene.live("c1").state == "waiting"
    assert scene.position("c1") == 1


def test_a_bridge_that_is_repeated_carries_the_whisper_again() -> None:
    scene = whispered()
    scene.wait(30)
    bridges = scene.ordered(cmd.Bridge)
    assert len(bridges) > 1
    assert {bridge.whisper for bridge in bridges} == {"a-sale"}


def test_a_customer_who_is_rung_back_does_not_wait_for_a_whisper() -> None:
    callback = CallbackPolicy(mode="agent_first")
    scene = Scene(queue("a", whisper="a-sale", callback=callback), agent("anna", "a"))
    request = rq.CallbackRequested(scene.now_us, call_id="c1", queue_id=full("a"), number="0123456")
    assert scene.ask(request) == ""
    scene.ready("anna")
    scene.answers("anna")
    scene.customer_answers("c1")
    assert [bridge.whisper for bridge in scene.ordered(cmd.Bridge)] == [""]
    assert [ring.whisper for ring in scene.ordered(cmd.RingAgent)] == [""]
