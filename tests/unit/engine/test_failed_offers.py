"""Calls whose offers fail through no telephone: no agent pays for that, and no call behind them."""

from __future__ import annotations

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import facts
from acdengine import requests as rq
from acdengine.engine.failed_offers import LONGEST_US
from acdengine.live_legs import LiveCall
from queues.policy import Overflow
from queues.targets import ToHangup
from routing.policy import MissPolicy
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
    live = LiveCall("c1", "c1", "", "a", "pstn")
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


def broken(scene: Scene, name: str, *call_ids: str) -> None:
    """Offers at this agent's telephone fail, for one call after the other."""
    for call_id in call_ids:
        assert scene.ringing(call_id) == [name]
        scene.misses(name, "failed")


def test_a_telephone_that_fails_while_others_answer_is_missed_as_unreachable() -> None:
    """The first call is answered by another agent; the second shows that it is the telephone."""
    scene = staffed("anna", "ben", "cora")
    scene.call("c1", "a")
    broken(scene, "anna", "c1")
    scene.answers("ben")
    scene.wait(5)
    scene.call("c2", "a")
    assert scene.ringing("c2") == ["cora"], "anna has had her turn"
    scene.answers("cora")
    scene.call("c3", "a")
    broken(scene, "anna", "c3")
    assert scene.state("anna") == "not_ready missed", "the settings rest after one miss"
    assert scene.told(facts.CallSteppedBack) == []


def test_a_telephone_that_fails_alone_keeps_no_call_from_the_others() -> None:
    """The case of a centre that is busy: one telephone is free, and fails for all who wait."""
    scene = staffed("anna", "ben")
    scene.not_ready("anna")
    scene.call("c0", "a")
    scene.answers("ben")
    scene.ready("anna")
    scene.calls("c1 c2 c3", "a")
    broken(scene, "anna", "c1")
    scene.wait(5)
    broken(scene, "anna", "c1", "c2")
    assert [back.call_id for back in scene.told(facts.CallSteppedBack)] == ["c1"]
    scene.caller_hangs_up("c0")
    scene.answers("ben")
    scene.wait(5)
    first = scene.told(facts.OfferMade)[-1].call_id
    broken(scene, "anna", first)
    assert scene.state("anna") == "not_ready missed"
    waiting = [call_id for call_id in ("c1", "c2", "c3") if scene.live(call_id).state == "waiting"]
    assert [scene.live(call_id).failures for call_id in waiting] == [None, None]


def test_it_is_missed_as_often_as_the_settings_allow() -> None:
    """Each call after the first counts: 30 s of rest, and not ready after the second."""
    scene = Scene(queue("a"), agent("anna", "a", misses=MissPolicy(limit=2)), agent("ben", "a"))
    scene.ready("anna", "ben")
    scene.call("c1", "a")
    broken(scene, "anna", "c1")
    scene.talk("ben", 20)
    assert scene.state("anna") == "ready"
    scene.not_ready("ben")
    scene.call("c2", "a")
    broken(scene, "anna", "c2")
    assert scene.state("anna") == "not_ready miss-delay"
    scene.rings_after("c2", 30, "anna")
    scene.misses("anna", "failed")
    assert scene.state("anna") == "not_ready missed"
    assert scene.told(facts.CallSteppedBack) == []


def test_an_answer_ends_the_row_of_failures() -> None:
    scene = staffed("anna", "ben")
    scene.call("c1", "a")
    broken(scene, "anna", "c1")
    scene.talk("ben", 20)
    scene.call("c2", "a")
    scene.talk("anna", 20)
    scene.not_ready("ben")
    scene.call("c3", "a")
    broken(scene, "anna", "c3")
    assert scene.state("anna") == "not_ready miss-delay", "once it may be the call"


def test_two_broken_telephones_do_not_speak_for_each_other() -> None:
    """What has failed at both is answered by a third agent: so it was no call's fault."""
    scene = staffed(*THREE)
    scene.not_ready("cora")
    scene.call("c1", "a")
    broken(scene, "anna", "c1")
    broken(scene, "ben", "c1")
    assert [scene.state(name) for name in ("anna", "ben")] == ["ready", "ready"]
    scene.ready("cora")
    scene.wait(5)
    while scene.ringing("c1") != ["cora"]:
        for name in scene.ringing("c1"):
            scene.misses(name, "failed")
        scene.wait(20)
    scene.answers("cora")
    scene.call("c2", "a")
    for _ in range(2):
        [name] = scene.ringing("c2")
        scene.misses(name, "failed")
        assert scene.state(name) == "not_ready missed"


def test_calls_that_fail_at_several_agents_cost_none_while_others_answer() -> None:
    scene = staffed("anna", "ben", "cora", "dora")
    hostile = Hostile(scene, "failed", "h1", "h2", "h3")
    scene.call("c1", "a")
    scene.answers("anna")
    for number in (1, 2, 3):
        scene.call(f"h{number}", "a")
        hostile.go_on()
    scene.call("c2", "a")
    scene.answers(scene.ringing("c2")[0])
    for _ in range(40):
        scene.wait(1)
        hostile.go_on()
    states = [scene.state(name) for name in ("anna", "ben", "cora", "dora")]
    assert sorted(states) == ["ready", "ready", "talking", "talking"]
