"""External calls: a caller who is connected to a number outside, and where the call goes when the
number is not reached.

Such a number counts as a destination that was not open. The destinations named behind it are tried;
where none of them is open, a caller who could have stayed in the queue waits on there at the old
place, and one whom an agent had transferred waits for another agent. Otherwise the call is hung up.
"""

from __future__ import annotations

from typing import Final

from acdengine.engine.admission import Admission
from acdengine.engine.callbacks import Callbacks
from acdengine.engine.destinations import Destinations
from acdengine.engine.part import Handlers, Part
from acdengine.engine.records import Call, ExternalCall, Fallback
from acdengine.engine.state import EngineState
from acdengine.engine.teardown import Teardown
from acdengine.engine.waiting import Waiting
from acdengine.events import NumberAnswered, NumberEnded
from acdengine.facts import NumberMissed, NumberReached
from queues.targets import Target, ToCallback, ToNumber, ToQueue, describe

#: What a flow is told of a number that was not reached, by the cause.
_OUTCOMES: Final = {
    "busy": "busy",
    "no_answer": "no_answer",
    "rejected": "rejected",
    "unallocated_number": "unreachable",
    "unreachable": "unreachable",
    "refused": "refused",
}


class ExternalCalls(Part):
    """Handles the reports of the switch about external numbers."""

    def __init__(
        self,
        state: EngineState,
        admission: Admission,
        callbacks: Callbacks,
        waiting: Waiting,
        teardown: Teardown,
        destinations: Destinations,
    ) -> None:
        self._state = state
        self._admission = admission
        self._callbacks = callbacks
        self._waiting = waiting
        self._teardown = teardown
        self._destinations = destinations

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            NumberAnswered: self.number_answered,
            NumberEnded: self.number_ended,
        }

    def number_answered(self, event: NumberAnswered) -> None:
        """The number outside has answered."""
        state = self._state
        call = state.calls.get(event.call_id)
        external = _outside(call, event.attempt)
        if call is None or external is None or external.reached_us:
            state.count("late_events")
            return
        external.reached_us = state.now_us
        rang_us = state.now_us - call.since_us
        state.tell_call(call, NumberReached(state.now_us, call.call_id, rang_us))

    def number_ended(self, event: NumberEnded) -> None:
        """Over with the number outside: the call ends, or goes on where it was not reached."""
        call = self._state.calls.get(event.call_id)
        external = _outside(call, event.attempt)
        if call is None or external is None or call.party_id:
            self._state.count("late_events")
        elif event.answered or external.reached_us:
            if not self._destinations.come_back(call, "answered"):
                self._teardown.hang_up(call, "diverted", event.cause)
        else:
            self._missed(call, external, event.cause)

    def _missed(self, call: Call, external: ExternalCall, cause: str) -> None:
        """The number outside was not reached: the next target, the old place, or the end."""
        state = self._state
        fallback, call.fallback = call.fallback or Fallback(), None
        if external.number not in external.missed:
            external.missed += (external.number,)
        if self._destinations.come_back(call, _OUTCOMES.get(cause, "failed")):
            return
        place, target = self._next_open(call, fallback)
        if target is None and fallback.queue_id in state.queues:
            target = ToQueue(fallback.queue_id)
        rang_us = state.now_us - call.since_us
        to = "hangup" if target is None else describe(target)
        state.tell_call(call, NumberMissed(state.now_us, call.call_id, cause, rang_us, to))
        if target is None:
            self._teardown.hang_up(call, "not_diverted", cause)
        elif isinstance(target, ToCallback):
            self._waiting.rejoin(call, state.queues[call.last_queue_id])
            self._callbacks.place(call, call.caller.ani)
        elif place == len(fallback.targets) and call.wait_since_us:
            self._waiting.rejoin(call, state.queues[fallback.queue_id])
        else:
            if isinstance(target, ToNumber):
                call.fallback = Fallback(fallback.targets[place + 1 :], fallback.queue_id)
            self._destinations.route_to(call, target)

    def _next_open(self, call: Call, fallback: Fallback) -> tuple[int, Target | None]:
        """The first open target and its place; how many there are and None where none is open."""
        for place, target in enumerate(fallback.targets):
            if isinstance(target, ToCallback):
                if self._may_be_rung_back(call):
                    return place, target
            elif self._admission.may_overflow_to(call, target):
                return place, target
        return len(fallback.targets), None

    def _may_be_rung_back(self, call: Call) -> bool:
        """Whether the queue that the call has left would make it a callback now."""
        queue = self._state.queues.get(call.last_queue_id)
        if queue is None or self._admission.refusal(queue) is not None:
            return False
        return not self._admission.callback_problem(call, call.caller.ani, queue)


def _outside(call: Call | None, attempt: int) -> ExternalCall | None:
    """The external number that a report about this attempt is about; None where the call is not
    with it, or no longer."""
    if call is None or call.state != "outside":
        return None
    external = call.external
    if external is None or (attempt and external.dialled and attempt != external.dialled):
        return None
    return external
