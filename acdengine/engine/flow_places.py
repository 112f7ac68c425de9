"""Places in queues of callers in flows: out of the line and into the flow, and places that are kept
for a callback."""

from __future__ import annotations

from acdengine.commands import PlayMusic
from acdengine.engine.admission import Admission
from acdengine.engine.callbacks import Callbacks
from acdengine.engine.part import Part
from acdengine.engine.records import Call, IvrCall
from acdengine.engine.state import EngineState
from acdengine.engine.teardown import Teardown
from acdengine.engine.waiting import Waiting
from queues.queue import queue_of


class FlowPlaces(Part):
    """Moves callers between their flow and the line of a queue."""

    def __init__(
        self,
        state: EngineState,
        admission: Admission,
        callbacks: Callbacks,
        waiting: Waiting,
        teardown: Teardown,
    ) -> None:
        self._state = state
        self._admission = admission
        self._callbacks = callbacks
        self._waiting = waiting
        self._teardown = teardown

    def take_in(self, call: Call) -> None:
        """A call that waits nowhere comes into a flow, or back into it."""
        state = self._state
        state.move_call(call, "flowed")
        state.answer_call(call)
        call.flow = call.playback = call.mailbox = call.fallback = None
        if call.ivr is not None:
            call.ivr.entered_us = state.now_us

    def leave_queue(self, call: Call) -> None:
        """A flow leads a waiting caller out of the queue. A key that was pressed too many is for
        the step that follows."""
        if call.state == "waiting":
            typed = call.typed
            self._teardown.leave_queue(call, "key", "flow")
            call.typed = typed
            self.take_in(call)

    def music(self, call: Call, ivr: IvrCall) -> None:
        """What is heard while nothing is said: the flow's music, else that of the queue."""
        music = ivr.run.music
        if not music and call.state == "waiting":
            music = queue_of(call).music
        if music:
            self._state.commands.append(PlayMusic(call.call_id, music))

    def wait_on(self, call: Call, ivr: IvrCall) -> None:
        """The flow beside the queue is over, and the caller waits on."""
        ivr.is_beside = False
        ivr.due_us = 0
        self.music(call, ivr)
        self._state.arm_waiting(call)

    def place_callback(self, call: Call, ivr: IvrCall, queue_id: str, number: str) -> str:
        """Keep a place in a queue for a number, while the caller is still in the flow; a caller who
        waits there keeps the place. Returns `placed`, or `refused`: nothing has changed."""
        state = self._state
        queue = state.queues.get(queue_id)
        if queue is None or queue.policy.tenant_id != call.tenant_id:
            return "refused"
        waits_there = call.queue_id == queue_id
        is_closed = queue.drained or queue.removed
        if not waits_there and is_closed:
            return "refused"
        if self._admission.callback_problem(call, number, queue):
            return "refused"
        if not waits_there:
            self.leave_queue(call)
            state.disarm_call(call)
            ivr.is_beside = True
            self._waiting.join(call, queue)
        ivr.is_beside = True
        ivr.entered_us = ivr.entered_us or state.now_us
        self._callbacks.keep_place(call, number)
        return "placed"

    def let_go(self, call: Call, *, is_confirmed: bool) -> None:
        """The flow is over for a caller who is to be rung back: the leg is let go, after the
        queue's confirmation unless the flow has said what there is to say."""
        if is_confirmed:
            self._callbacks.let_leg_go(call)
        else:
            self._callbacks.confirm(call)
