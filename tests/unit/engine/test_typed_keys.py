"""Keys that no part of the engine has a use for are kept for a flow, or dropped on purpose."""

from __future__ import annotations

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import requests as rq
from acdengine.plan import Flow
from queues.targets import ToFlow, ToQueue
from tests.unit.engine.scene import Scene, agent, centre, queue


def scene_with(**policy: object) -> Scene:
    flows = {"t/hello": Flow(flow_id="t/hello", prompts=("hello", "menu"), then=ToQueue("t/a"))}
    return Scene(
        centre(
            queue("a", **policy), agent("anna", "a"), flows=flows, numbers={"1": ToFlow("t/hello")}
        )
    )


def press(scene: Scene, digits: str, first: int = 1) -> None:
    for number, digit in enumerate(digits, start=first):
        scene.feed(ev.DigitPressed(scene.now_us, "c1", digit, number))


def typed(scene: Scene) -> tuple[str, int]:
    kept = scene.live("c1").typed
    return ("", 0) if kept is None else (kept.keys, kept.heard)


def test_keys_in_a_flow_are_typed_ahead() -> None:
    scene = scene_with()
    scene.call("c1", "1")
    press(scene, "12#")
    assert scene.live("c1").state == "flow"
    assert typed(scene) == ("12#", 3)


def test_only_the_last_keys_are_kept() -> None:
    scene = scene_with()
    scene.call("c1", "1")
    press(scene, "1" * 40 + "2")
    assert typed(scene) == ("1" * 31 + "2", 41)


def test_an_exit_key_is_dealt_with_and_others_go_with_the_queue() -> None:
    scene = scene_with(exit_keys={"9": (ToFlow("t/hello"),)})
    scene.call("c1", "a")
    press(scene, "1")
    assert typed(scene) == ("1", 1)
    press(scene, "9", 2)
    assert scene.live("c1").state == "flow"
    assert typed(scene) == ("", 2)


def test_keys_of_a_conversation_are_not_typed_ahead() -> None:
    scene = scene_with()
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    press(scene, "5")
    assert typed(scene) == ("", 1)


def test_a_key_that_was_not_counted_is_not_kept() -> None:
    scene = scene_with()
    scene.call("c1", "1")
    scene.feed(ev.DigitPressed(scene.now_us, "c1", "1"))
    assert typed(scene) == ("", 0)


def test_what_comes_behind_a_collection_is_typed_ahead() -> None:
    scene = scene_with()
    scene.call("c1", "1")
    press(scene, "12")
    scene.feed(ev.DigitsCollected(scene.now_us, "c1", "1", "value", "12", typed_ahead="3", heard=3))
    assert typed(scene) == ("3", 3)


def test_a_call_in_a_flow_is_moved_on_request() -> None:
    scene = scene_with()
    scene.call("c1", "1")
    scene.feed(rq.MoveRequested(at_us=scene.now_us, call_id="c1", target=ToQueue("t/a")))
    assert scene.live("c1").state == "waiting"
    assert scene.ordered(cmd.PlayMusic, call_id="c1")


def test_the_end_of_a_row_is_taken_from_the_row_that_plays_alone() -> None:
    scene = scene_with()
    scene.call("c1", "1")
    scene.feed(ev.PromptsFinished(scene.now_us, "c1", "7"))
    assert scene.live("c1").state == "flow"
    scene.feed(ev.PromptHeard(scene.now_us, "c1", "1", 1))
    scene.feed(ev.PromptHeard(scene.now_us, "c1", "1", 1))
    playback = scene.live("c1").playback
    assert playback is not None
    assert (playback.heard, playback.left) == (1, ())
    scene.feed(ev.PromptsFinished(scene.now_us, "c1", "1"))
    assert scene.live("c1").queue_id == "t/a"
