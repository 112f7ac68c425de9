"""Requests about calls that have no agent: to move one, or to end it."""

from __future__ import annotations

from acdengine.engine.admission import Admission
from acdengine.engine.callbacks import Callbacks
from acdengine.engine.destinations import Destinations
from acdengine.engine.flow_ends import tell_flow_left
from acdengine.engine.part import Handlers, Part
from acdengine.engine.records import Call, is_in_flow
from acdengine.engine.state import EngineState
from acdengine.engine.teardown import Teardown
from acdengine.facts import QueueRefused
from acdengine.requests import MoveRequested, TakeBackRequested, WithdrawRequested
from queues.targets import ToCallback, ToQueue, describe


class CallRequests(Part):
    """Moves and ends calls on request."""

    def __init__(
        self,
        state: EngineState,
        admission: Admission,
        callbacks: Callbacks,
        teardown: Teardown,
        destinations: Destinations,
    ) -> None:
        self._state = state
        self._admission = admission
        self._callbacks = callbacks
        self._teardown = teardown
        self._destinations = destinations

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            MoveRequested: self.move,
            TakeBackRequested: self.take_back,
            WithdrawRequested: self.withdraw,
        }

    def move(self, event: MoveRequested) -> None:
        """Send a call that waits or is in a flow to another destination on request."""
        state = self._state
        call = state.calls.get(event.call_id)
        is_caller = call is not None and (call.callback is None or call.callback.state == "reached")
        if call is None or call.state not in ("waiting", "flow") or not is_caller:
            waits = call is not None and call.state == "waiting"
            otherwise = "a callback cannot be moved" if waits else "the call does not wait"
            state.answer(event, state.why_not(event.call_id, otherwise))
            return
        if event.by_script and isinstance(event.target, ToQueue) and self._refuses(call, event):
            return
        problem = self._admission.problem(call, event.target)
        if call.state == "flow" and isinstance(event.target, ToCallback):
            problem = "the call does not wait"
        if not problem and call.state == "flow":
            state.disarm_call(call)
            tell_flow_left(state, call, describe(event.target))
            call.flow = call.playback = None
            if not event.by_script:
                self._destinations.drop_flow(call)
            self._destinations.route_to(call, event.target)
        elif not problem:
            self._destinations.leave_for(call, event.target, "moved")
        state.answer(event, problem)

    def _refuses(self, call: Call, event: MoveRequested) -> bool:
        """Whether a queue does not take the call of a script, which is told why and goes on."""
        state = self._state
        assert isinstance(event.target, ToQueue)
        queue = state.queues.get(event.target.queue_id)
        refusal = self._admission.refusal(queue) if queue is not None else None
        if queue is None or refusal is None:
            return False
        refused = QueueRefused(state.now_us, call.call_id, queue.queue_id, refusal, "script")
        state.tell_call(call, refused)
        state.answer(event, f"the queue takes no call: {refusal}")
        return True

    def take_back(self, event: TakeBackRequested) -> None:
        """Give a call that waits back to the script that has sent it into the queue."""
        state = self._state
        call = state.calls.get(event.call_id)
        waits = call is not None and call.state == "waiting" and not is_in_flow(call)
        if call is None or not waits or not self._destinations.has_script(call):
            state.answer(event, state.why_not(event.call_id, "no script has sent it there"))
            return
        self._destinations.back_to_script(call)
        state.answer(event)

    def withdraw(self, event: WithdrawRequested) -> None:
        """End a call that has no agent on request."""
        state = self._state
        call = state.calls.get(event.call_id)
        if call is None or call.state in ("connecting", "talking", "held", "ending"):
            state.answer(event, state.why_not(event.call_id, "the call is with an agent, or ends"))
            return
        if call.callback is not None and call.callback.state != "reached" and not call.leg_id:
            self._callbacks.give_up(call, event.cause)
        else:
            if call.state == "waiting":
                self._teardown.leave_queue(call, "withdrawn")
            self._teardown.hang_up(call, "withdrawn", event.cause)
        state.answer(event)
