"""Callers who are answered only when an agent has: what they hear before costs them nothing."""

from __future__ import annotations

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine.live_legs import LiveCall
from queues.policy import Announcements
from queues.targets import ToQueue, ToVoicemail
from tests.unit.engine.scene import Scene, agent, queue


def waiting() -> Scene:
    scene = Scene(
        queue("a", answer="with_agent", announcements=Announcements(greeting="hello"),
              exit_keys={"1": (ToVoicemail("t/box"),), "2": (ToQueue("t/b"),)}),
        queue("b"),
        agent("anna", "a", "b"),
    )  # fmt: skip
    scene.call("c1", "a")
    return scene


def kinds(scene: Scene) -> list[str]:
    names = (cmd.AnswerCall, cmd.OpenMedia, cmd.PlayMusic, cmd.PlayPrompt, cmd.Bridge)
    return [type(one).__name__ for one in scene.commands if isinstance(one, names)]


def test_greeting_and_music_are_heard_before_the_answer() -> None:
    assert kinds(waiting()) == ["OpenMedia", "PlayMusic", "PlayPrompt"]


def test_the_caller_is_answered_when_the_agent_is_there_and_then_joined() -> None:
    scene = waiting()
    scene.ready("anna")
    assert "AnswerCall" not in kinds(scene)
    scene.answers("anna")
    assert kinds(scene)[-2:] == ["AnswerCall", "Bridge"]
    assert len(scene.ordered(cmd.AnswerCall)) == 1


def test_a_box_answers_at_once() -> None:
    scene = waiting()
    scene.presses("c1", "1")
    assert kinds(scene)[-1] == "AnswerCall"
    assert scene.ordered(cmd.RecordMessage)


def test_a_queue_that_answers_at_once_does_so_for_whom_another_has_not() -> None:
    scene = waiting()
    scene.presses("c1", "2")
    assert kinds(scene)[-2:] == ["AnswerCall", "PlayMusic"]


def test_who_was_answered_stays_so() -> None:
    scene = Scene(queue("a", answer="with_agent"), queue("b", exit_keys={"1": (ToQueue("t/a"),)}))
    scene.call("c1", "b")
    scene.presses("c1", "1")
    assert not scene.ordered(cmd.OpenMedia)


def test_a_caller_found_on_the_switch_is_as_the_switch_has_it() -> None:
    scene = Scene(queue("a", answer="with_agent"), agent("anna", "a"))
    live = LiveCall("c1", "leg-c1", "+49", "a", "trunk", queue_id="t/a", early=True)
    scene.feed(ev.SwitchSynced(scene.now_us, "", (live,), ()))
    scene.ready("anna")
    scene.answers("anna")
    assert kinds(scene)[-2:] == ["AnswerCall", "Bridge"]
