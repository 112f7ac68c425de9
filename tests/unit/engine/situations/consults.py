"""Further parties on a call: consulted parties, supervisors."""

from __future__ import annotations

from typing import Final

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import requests as rq
from tests.unit.engine.scene import Scene
from tests.unit.engine.situations.telling import Stories, Subject

STORIES: Final = Stories()


def _consults(scene: Scene, **whom: str) -> None:
    """Anna talks with the caller of c1 and consults; cora has another conversation."""
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.answers("anna")
    scene.ready("ben")
    scene.wait(5)
    assert scene.ask(rq.ConsultRequested(scene.now_us, call_id="c1", **whom)) == ""


@STORIES.add
def consult_ringing(scene: Scene) -> None:
    _consults(scene, agent_id="t/ben")


@STORIES.add
def consult_ringing_seen_from_the_other_side(scene: Scene) -> Subject:
    _consults(scene, queue_id="t/all")
    return Subject(offer_id="c1-2", agent_id="t/ben")


@STORIES.add
def consult_private(scene: Scene) -> None:
    _consults(scene, agent_id="t/ben")
    scene.answers("ben")


@STORIES.add
def consult_private_and_not_confirmed(scene: Scene) -> Subject:
    _consults(scene, agent_id="t/ben")
    scene.ignored = (cmd.JoinConsult,)
    scene.answers("ben")
    return Subject(offer_id="c1-2", agent_id="t/ben")


@STORIES.add
def consult_aside(scene: Scene) -> None:
    _consults(scene, agent_id="t/ben")
    scene.answers("ben")
    scene.ask(rq.ConsultSwapRequested(scene.now_us, call_id="c1"))


@STORIES.add
def consult_joined(scene: Scene) -> None:
    _consults(scene, agent_id="t/ben")
    scene.answers("ben")
    scene.ask(rq.ConsultJoinRequested(scene.now_us, call_id="c1"))


@STORIES.add
def consult_joined_seen_from_the_other_side(scene: Scene) -> Subject:
    _consults(scene, agent_id="t/ben")
    scene.answers("ben")
    scene.ignored = (cmd.JoinAll,)
    scene.ask(rq.ConsultJoinRequested(scene.now_us, call_id="c1"))
    return Subject(offer_id="c1-2", agent_id="t/ben")


@STORIES.add
def consult_of_a_number_ringing(scene: Scene) -> None:
    _consults(scene, number="0777")


@STORIES.add
def consult_of_a_number_private(scene: Scene) -> None:
    _consults(scene, number="0777")
    scene.feed(ev.PartyAnswered(scene.now_us, "c1-2", "east"))


@STORIES.add
def consult_of_a_number_joined(scene: Scene) -> None:
    _consults(scene, number="0777")
    scene.feed(ev.PartyAnswered(scene.now_us, "c1-2", "east"))
    scene.ask(rq.ConsultJoinRequested(scene.now_us, call_id="c1"))


@STORIES.add
def consulted_number_not_confirmed_down(scene: Scene) -> None:
    _consults(scene, number="0777")
    scene.ignored = (cmd.EndParty,)
    scene.ask(rq.ConsultReturnRequested(scene.now_us, call_id="c1"))


@STORIES.add
def passed_on_and_not_confirmed(scene: Scene) -> Subject:
    _consults(scene, agent_id="t/ben")
    scene.answers("ben")
    scene.ignored = (cmd.Bridge, cmd.CancelRing)
    scene.ask(rq.ConsultCompleteRequested(scene.now_us, call_id="c1"))
    return Subject(offer_id="c1-2", agent_id="t/ben")


@STORIES.add
def passed_on_to_a_number(scene: Scene) -> None:
    _consults(scene, number="0777")
    scene.feed(ev.PartyAnswered(scene.now_us, "c1-2", "east"))
    scene.ask(rq.ConsultCompleteRequested(scene.now_us, call_id="c1"))


def _supervised(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.answers("anna")
    request = rq.SuperviseRequested(scene.now_us, call_id="c1", contact="sip:boss", by="boss")
    assert scene.ask(request) == ""


@STORIES.add
def supervisor_ringing(scene: Scene) -> None:
    _supervised(scene)


@STORIES.add
def supervised(scene: Scene) -> None:
    _supervised(scene)
    scene.feed(ev.PartyAnswered(scene.now_us, "c1-2", "east"))


@STORIES.add
def supervised_and_not_confirmed(scene: Scene) -> None:
    _supervised(scene)
    scene.ignored = (cmd.Supervise,)
    scene.feed(ev.PartyAnswered(scene.now_us, "c1-2", "east"))


@STORIES.add
def taken_over(scene: Scene) -> None:
    _supervised(scene)
    scene.feed(ev.PartyAnswered(scene.now_us, "c1-2", "east"))
    scene.ask(rq.TakeOverRequested(scene.now_us, call_id="c1"))
