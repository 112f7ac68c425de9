"""A callback, from being asked for to being connected."""

from __future__ import annotations

from typing import Final

from acdengine import commands as cmd
from tests.unit.engine.scene import Scene
from tests.unit.engine.situations.telling import Stories

STORIES: Final = Stories()


def _asks_for_a_callback(scene: Scene, dnis: str = "all") -> None:
    scene.call("c1", dnis, node_id="east")
    scene.presses("c1", "1")


@STORIES.add
def callback_being_confirmed(scene: Scene) -> None:
    _asks_for_a_callback(scene, "a")


@STORIES.add
def callback_whose_leg_is_not_down(scene: Scene) -> None:
    scene.ignored = (cmd.HangUpCall,)
    _asks_for_a_callback(scene)


@STORIES.add
def callback_waiting(scene: Scene) -> None:
    _asks_for_a_callback(scene)


@STORIES.add
def callback_ringing_the_agent(scene: Scene) -> None:
    _asks_for_a_callback(scene)
    scene.ready("anna")


@STORIES.add
def callback_ringing_the_customer(scene: Scene) -> None:
    _asks_for_a_callback(scene)
    scene.ready("anna")
    scene.answers("anna")


@STORIES.add
def callback_ringing_the_customer_first(scene: Scene) -> None:
    _asks_for_a_callback(scene, "back")
    scene.ready("anna")


@STORIES.add
def callback_held_back(scene: Scene) -> None:
    _asks_for_a_callback(scene, "back")
    scene.call("c2", "back")
    scene.presses("c2", "1")
    scene.call("c3", "back")
    scene.presses("c3", "1")
    scene.ready("anna")


@STORIES.add
def callback_resting_until_the_next_try(scene: Scene) -> None:
    _asks_for_a_callback(scene, "back")
    scene.ready("anna")
    scene.customer_misses("c1")


@STORIES.add
def callback_reached_and_waiting(scene: Scene) -> None:
    _asks_for_a_callback(scene, "back")
    scene.ready("anna")
    scene.not_ready("anna")
    scene.customer_answers("c1")


@STORIES.add
def callback_reached_and_connecting(scene: Scene) -> None:
    _asks_for_a_callback(scene)
    scene.ready("anna")
    scene.answers("anna")
    scene.ignored = (cmd.Bridge,)
    scene.customer_answers("c1")
