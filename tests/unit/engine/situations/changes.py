"""What is on its way out by new settings; several nodes."""

from __future__ import annotations

from typing import Final

from acdengine import events as ev
from acdengine import requests as rq
from acdengine.plan import Plan
from tests.unit.engine.scene import Scene
from tests.unit.engine.situations.telling import Stories, plan

STORIES: Final = Stories()


@STORIES.add
def queue_on_its_way_out(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "all")
    scene.call("c2", "all")
    scene.reload(plan("all"))


@STORIES.add
def agent_on_the_way_out(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "all")
    scene.answers("anna")
    scene.reload(plan("anna"))


@STORIES.add
def everything_on_its_way_out(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "all")
    scene.call("c2", "back")
    scene.presses("c2", "1")
    scene.answers("anna")
    scene.reload(Plan())


@STORIES.add
def talking_through_another_node(scene: Scene) -> None:
    scene.feed(ev.PhoneChanged(scene.now_us, "t/anna", "registered", "west"))
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.answers("anna")


@STORIES.add
def ringing_on_a_node_that_is_drained(scene: Scene) -> None:
    scene.feed(ev.PhoneChanged(scene.now_us, "t/anna", "registered", "east"))
    scene.feed(ev.SwitchSynced(scene.now_us, "east", (), ()))
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.ask(rq.DrainRequested(scene.now_us, node_id="east"))
