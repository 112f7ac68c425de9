"""A call on its way, in a conversation, at its end; the offers of it."""

from __future__ import annotations

from typing import Final

from msgspec import structs

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import requests as rq
from queues.policy import AcceptKey
from queues.targets import ToQueue
from tests.unit.engine.scene import Scene
from tests.unit.engine.situations.telling import Stories, Subject

STORIES: Final = Stories()


# -- calls -------------------------------------------------------------------------------------


@STORIES.add
def nothing_at_all(scene: Scene) -> None:
    scene.sign_in("anna")


@STORIES.add
def in_a_flow(scene: Scene) -> None:
    scene.call("c1", "flow", node_id="east")


@STORIES.add
def waiting(scene: Scene) -> None:
    scene.call("c1", "a", node_id="east")
    scene.call("c2", "a")


@STORIES.add
def waiting_for_one_agent(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c0", "a")
    scene.answers("anna")
    scene.call("c1", "direct")


@STORIES.add
def waiting_in_a_full_queue(scene: Scene) -> None:
    scene.ready("anna", "ben")
    scene.call("c0", "few")
    scene.answers("anna")
    scene.call("c1", "few")


@STORIES.add
def waiting_without_staff(scene: Scene) -> None:
    scene.call("c1", "more")


@STORIES.add
def ringing_one(scene: Scene) -> None:
    scene.ready("anna", "ben")
    scene.call("c1", "a", node_id="east")


@STORIES.add
def ringing_all(scene: Scene) -> None:
    scene.ready("anna", "ben", "cora")
    scene.call("c1", "all", node_id="east")


@STORIES.add
def ringing_more(scene: Scene) -> None:
    scene.ready("anna", "ben", "cora")
    scene.call("c1", "more")
    scene.wait(12)


@STORIES.add
def asked_for_a_key(scene: Scene) -> None:
    key = AcceptKey(key="1", prompt="press-one")
    plan = scene.engine.state.plan
    agents = {name: structs.replace(one, accept_key=key) for name, one in plan.agents.items()}
    scene.reload(structs.replace(plan, agents=agents))
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.answers("anna")


@STORIES.add
def connecting(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.ignored = (cmd.Bridge,)
    scene.answers("anna")


@STORIES.add
def talking(scene: Scene) -> None:
    scene.ready("anna", "ben")
    scene.call("c1", "a", node_id="east")
    scene.answers("anna")


@STORIES.add
def talking_with_more_to_come(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "few")
    scene.call("c2", "few")
    scene.answers("anna")
    scene.not_ready("anna")


@STORIES.add
def held(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.answers("anna")
    scene.ask(rq.HoldRequested(scene.now_us, call_id="c1"))


def _recorded(scene: Scene) -> str:
    """c1 talks and is to be recorded; the file."""
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.answers("anna")
    scene.ask(rq.RecordingStartRequested(scene.now_us, call_id="c1"))
    return scene.live("c1").recording


@STORIES.add
def recording_ordered(scene: Scene) -> Subject:
    return Subject(file=_recorded(scene))


@STORIES.add
def recorded(scene: Scene) -> Subject:
    file = _recorded(scene)
    scene.feed(ev.RecordingBegan(scene.now_us, "c1", file))
    return Subject(file=file)


@STORIES.add
def recording_paused(scene: Scene) -> Subject:
    file = _recorded(scene)
    scene.feed(ev.RecordingBegan(scene.now_us, "c1", file))
    scene.ask(rq.RecordingPauseRequested(scene.now_us, call_id="c1"))
    return Subject(file=file)


@STORIES.add
def recording_stopping(scene: Scene) -> Subject:
    file = _recorded(scene)
    scene.feed(ev.RecordingBegan(scene.now_us, "c1", file))
    scene.caller_hangs_up("c1")
    return Subject(file=file)


@STORIES.add
def leaving_a_message(scene: Scene) -> None:
    scene.call("c1", "box")


@STORIES.add
def outside(scene: Scene) -> None:
    scene.call("c1", "out")


@STORIES.add
def ending(scene: Scene) -> None:
    scene.call("c1", "a", node_id="east")
    scene.ignored = (cmd.HangUpCall,)
    scene.ask(rq.WithdrawRequested(scene.now_us, call_id="c1"))


@STORIES.add
def refused(scene: Scene) -> None:
    scene.ask(rq.DrainRequested(scene.now_us))
    scene.ignored = (cmd.RejectCall,)
    scene.call("c1", "a")


@STORIES.add
def ended(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "a")
    scene.talk("anna", 10)


# -- offers ------------------------------------------------------------------------------------


@STORIES.add
def caller_gone_and_the_phone_not_confirmed_down(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "a")
    scene.ignored = (cmd.CancelRing,)
    scene.caller_hangs_up("c1")


@STORIES.add
def rang_out_and_the_phone_not_confirmed_down(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.ignored = (cmd.CancelRing,)
    scene.wait(20)


@STORIES.add
def talked_and_the_phone_not_confirmed_down(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    scene.ignored = (cmd.CancelRing,)
    request = rq.TransferRequested(scene.now_us, call_id="c1", target=ToQueue("t/all"))
    scene.ask(request)


@STORIES.add
def too_late_for_a_call_that_another_answered(scene: Scene) -> Subject:
    scene.ready("anna", "ben")
    scene.call("c1", "all")
    scene.ignored = (cmd.CancelRing,)
    scene.answers("anna")
    return Subject(offer_id="c1-2", agent_id="t/ben")
