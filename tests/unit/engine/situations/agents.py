"""An agent without a call, and the lines of nailed-up agents."""

from __future__ import annotations

from typing import Final

from acdengine import commands as cmd
from acdengine import events as ev
from tests.unit.engine.scene import Scene
from tests.unit.engine.situations.telling import Stories, Subject

STORIES: Final = Stories()


# -- agents ------------------------------------------------------------------------------------


@STORIES.add
def agent_on_a_break(scene: Scene) -> None:
    scene.ready("anna")
    scene.not_ready("anna")


@STORIES.add
def agent_ready(scene: Scene) -> None:
    scene.ready("anna", "ben")


@STORIES.add
def agent_after_a_missed_offer(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "a")
    scene.misses("anna")


@STORIES.add
def agent_without_a_phone(scene: Scene) -> None:
    scene.ready("anna")
    scene.feed(ev.PhoneChanged(scene.now_us, "t/anna", "unregistered"))
    scene.feed(ev.PhoneChanged(scene.now_us, "t/anna", "busy"))


def _after_a_call(scene: Scene, name: str) -> Subject:
    scene.ready(name)
    scene.call("c1", "a")
    scene.talk(name, 30)
    scene.call("c2", "a")
    return Subject(agent_id=f"t/{name}")


@STORIES.add
def agent_in_timed_wrap_up(scene: Scene) -> Subject:
    return _after_a_call(scene, "anna")


@STORIES.add
def agent_in_forced_wrap_up(scene: Scene) -> Subject:
    return _after_a_call(scene, "ben")


@STORIES.add
def agent_in_mandatory_wrap_up(scene: Scene) -> Subject:
    return _after_a_call(scene, "cora")


@STORIES.add
def agent_who_may_want_wrap_up(scene: Scene) -> Subject:
    return _after_a_call(scene, "dora")


@STORIES.add
def agent_signed_out(scene: Scene) -> None:
    scene.call("c1", "a")


# -- lines of nailed-up agents -----------------------------------------------------------------


def _nailed_up(scene: Scene, up: bool = True) -> Subject:
    scene.ready("emma")
    line_id = scene.agent("emma").line_id
    if up:
        scene.takes_up_line("emma")
    return Subject(agent_id="t/emma", line_id=line_id)


@STORIES.add
def line_being_dialled(scene: Scene) -> Subject:
    scene.call("c1", "a")
    return _nailed_up(scene, up=False)


@STORIES.add
def agent_ready_on_a_line(scene: Scene) -> Subject:
    return _nailed_up(scene)


@STORIES.add
def talking_on_a_line(scene: Scene) -> Subject:
    subject = _nailed_up(scene)
    scene.call("c1", "a")
    return subject


@STORIES.add
def line_that_waits_to_be_dialled_again(scene: Scene) -> Subject:
    subject = _nailed_up(scene)
    scene.line_ends("emma", "lost")
    return subject


@STORIES.add
def line_that_the_agent_hung_up(scene: Scene) -> Subject:
    subject = _nailed_up(scene)
    scene.line_ends("emma")
    return subject


@STORIES.add
def line_of_an_agent_who_signed_out(scene: Scene) -> Subject:
    subject = _nailed_up(scene)
    scene.ignored = (cmd.CloseLine,)
    scene.sign_out("emma")
    return subject
