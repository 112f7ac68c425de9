"""Calls whose offers fail through no telephone: no agent pays for that, and no call behind them."""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from acdengine.engine.failed_offers import LONGEST_US
from queues.policy import Overflow
from queues.targets import ToHangup
from tests.unit.engine.scene import S, Scene, agent, queue

THREE = ("anna", "ben", "cora")


def staffed(*names: str, **policy: object) -> Scene:
    scene = Scene(queue("a", **policy), *(agent(name, "a") for name in names))
    scene.ready(*names)
    return scene


class Hostile:
    """Undeliverable calls: every offer of theirs ends at once, with this cause."""

    def __init__(self, scene: Scene, cause: ev.OfferCause, *call_ids: str) -> None:
        self._scene = scene
        self._cause: ev.OfferCause = cause
        self._call_ids = call_ids
        self._seen = 0
        self.rings: list[str] = []

    def go_on(self) -> None:
        """End all that rings for them, until nothing does."""
        ordered = self._scene.ordered(cmd.RingAgent)
        while self._seen < len(ordered):
            command = ordered[self._seen]
            self._seen += 1
            if command.call_id in self._call_ids:
                self.rings.append(command.agent_id)
                self._scene.feed(ev.OfferEnded(self._scene.now_us, command.offer_id, self._cause))
                ordered = self._scene.ordered(cmd.RingAgent)


@pytest.mark.parametrize("cause", ["not_rung", "failed"])
def test_two_hostile_callers_cost_no_agent_readiness_and_hold_nobody_up(
    cause: ev.OfferCause,
) -> None:
    scene = staffed(*THREE)
    hostile = Hostile(scene, cause, "c1", "c2")
    scene.call("c1", "a")
    hostile.go_on()
    scene.call("c2", "a")
    hostile.go_on()
    assert [scene.state(name) for name in THREE] == ["ready"] * 3
    for call_id in ("c3", "c4", "c5"):
        scene.call(call_id, "a")
        assert len(scene.ringing(call_id)) == 1
    for name in THREE:
        scene.answers(name)
    assert (scene.position("c1"), scene.position("c2")) == (1, 2), "they keep their places"


def test_one_agent_alone_serves_those_behind_a_hostile_caller() -> None:
    scene = staffed("anna")
    hostile = Hostile(scene, "failed", "c1")
    scene.calls("c1 c2", "a")
    hostile.go_on()
    assert scene.state("anna") == "not_ready miss-delay", "once it may be the telephone"
    scene.wait(5)
    hostile.go_on()
    assert scene.ringing("c2") == ["anna"], "twice it is the call"


def test_the_first_agent_is_ready_again_when_the_second_shows_that_it_is_the_call() -> None:
    scene = staffed("anna", "ben")
    scene.call("c1", "a")
    scene.misses("anna", "failed")
    assert scene.state("anna") == "not_ready miss-delay"
    assert scene.ringing("c1") == ["ben"]
    scene.misses("ben", "failed")
    assert (scene.state("anna"), scene.state("ben")) == ("ready", "ready")
    [back] = scene.told(facts.CallSteppedBack)
    assert (back.failures, back.agents, back.until_us) == (1, 2, scene.now_us + S)


def test_an_agent_who_rests_for_something_else_meanwhile_stays_so() -> None:
    scene = staffed("anna", "ben")
    scene.call("c1", "a")
    scene.misses("anna", "failed")
    scene.not_ready("anna")
    scene.misses("ben", "failed")
    assert scene.state("anna") == "not_ready break"


def test_a_telephone_that_fails_for_one_call_after_the_other_is_laid_to_the_agent() -> None:
    scene = staffed("anna", "ben")
    scene.call("c1", "a")
    scene.misses("anna", "failed")
    scene.answers("ben")
    scene.wait(5)
    scene.call("c2", "a")
    scene.misses("anna", "failed")
    assert scene.state("anna") == "not_ready miss-delay"
    assert scene.told(facts.CallSteppedBack) == []


def test_each_time_the_call_steps_back_for_longer_and_is_offered_again() -> None:
    scene = staffed("anna")
    scene.call("c1", "a")
    for seconds in (1, 2, 4, 8, 16, 16):
        scene.misses("anna", "not_rung")
        assert scene.state("anna") == "ready"
        scene.wait(seconds - 1)
        assert scene.ringing("c1") == []
        scene.wait(1)
        assert scene.ringing("c1") == ["anna"]
    assert scene.told(facts.CallSteppedBack)[-1].failures == 6
    assert LONGEST_US == 16 * S


@pytest.mark.parametrize("cause", ["no_answer", "busy", "rejected"])
def test_a_telephone_that_was_tried_ends_the_suspicion(cause: ev.OfferCause) -> None:
    scene = staffed(*THREE)
    scene.call("c1", "a")
    scene.misses("anna", "failed")
    scene.misses("ben", cause)
    scene.misses("cora", "failed")
    assert scene.told(facts.CallSteppedBack) == []
    assert scene.state("cora") == "not_ready miss-delay"


def test_the_agent_keeps_the_place_among_the_idle() -> None:
    scene = staffed("anna", "ben")
    scene.call("c1", "a")
    scene.wait(1)
    scene.misses("anna", "not_rung")
    scene.call("c2", "a")
    assert scene.ringing("c2") == ["anna"], "idle for longest still"


def test_deadlines_of_the_queue_run_on_while_a_call_is_stepped_back() -> None:
    line = Overflow(after_us=3 * S, targets=(ToHangup(cause="busy"),))
    scene = staffed("anna", overflow=(line,))
    scene.call("c1", "a")
    Hostile(scene, "not_rung", "c1").go_on()
    scene.wait(1)
    Hostile(scene, "not_rung", "c1").go_on()
    scene.wait(2)
    assert scene.told(facts.CallLeftQueue)[0].reason == "overflow"
    assert scene.state("anna") == "ready"


def test_another_telephone_that_rings_for_it_may_be_answered() -> None:
    scene = staffed(*THREE, strategy="ring_all")
    scene.call("c1", "a")
    scene.misses("anna", "not_rung")
    assert scene.ringing("c1") == ["ben", "cora"]
    scene.answers("cora")
    assert scene.live("c1").state == "talking"
    assert (scene.state("anna"), scene.state("ben")) == ("ready", "ready")


def test_when_the_switch_is_there_again_the_calls_are_offered_at_once() -> None:
    scene = staffed("anna")
    scene.call("c1", "a", node_id="n1")
    for _ in range(4):
        scene.misses("anna", "not_rung")
        scene.wait(8)
    scene.misses("anna", "not_rung")
    live = ev.LiveCall("c1", "c1", "", "a", "pstn")
    scene.feed(ev.SwitchSynced(scene.now_us, "n1", (live,), ()))
    assert scene.ringing("c1") == ["anna"]


def test_it_is_explained_and_survives_a_snapshot() -> None:
    scene = staffed("anna")
    scene.call("c1", "a")
    scene.misses("anna", "not_rung")
    explained = scene.engine.explain("c1")
    assert explained.wait is not None
    assert explained.wait.held_up[0].startswith("It has stepped back, for 1 s more")
    assert [coming.what for coming in explained.wait.coming] == ["agents are rung for it again"]
    assert "stepped back for 1 s" in explained.moments[-1].what
    scene.engine = type(scene.engine).restore(scene.engine.snapshot())
    scene.wait(1)
    assert scene.ringing("c1") == ["anna"]


def test_a_consulted_agent_pays_nothing_either() -> None:
    scene = staffed("anna", "ben")
    scene.call("c1", "a")
    scene.answers("anna")
    scene.ask(rq.ConsultRequested(scene.now_us, call_id="c1", agent_id="t/ben"))
    scene.misses("ben", "not_rung")
    assert scene.state("ben") == "ready"


def test_a_ring_that_never_went_out_is_no_missed_one_however_late_that_is_heard() -> None:
    scene = staffed("anna")
    scene.ignored = (cmd.CancelRing,)
    scene.call("c1", "a")
    offer_id = scene.offer_of("anna")
    scene.wait(60)
    assert scene.told(facts.OfferClosed, outcome="no_answer")
    scene.feed(ev.OfferEnded(scene.now_us, offer_id, "not_rung"))
    assert scene.told(facts.OfferMade)[-1].agent_id == "t/anna", "ready at once, and rung again"
    assert scene.state("anna") == "ringing"
