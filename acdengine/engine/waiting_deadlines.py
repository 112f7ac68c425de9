"""Deadlines of waiting calls and of queues without staff: the next stage, overflow, leaving."""

from __future__ import annotations

from acdengine.engine.admission import Admission
from acdengine.engine.announcer import Announcer
from acdengine.engine.callbacks import Callbacks
from acdengine.engine.destinations import Destinations
from acdengine.engine.failed_offers import FailedOffers
from acdengine.engine.part import DeadlineHandlers, Part
from acdengine.engine.records import Call, IvrCall
from acdengine.engine.state import EngineState
from acdengine.engine.waiting import Waiting
from queues.deadlines import NEVER_US
from queues.queue import CallQueue, queue_of


class WaitingDeadlines(Part):
    """Handles what is due while a call waits."""

    def __init__(
        self,
        state: EngineState,
        admission: Admission,
        announcer: Announcer,
        failed_offers: FailedOffers,
        callbacks: Callbacks,
        waiting: Waiting,
        destinations: Destinations,
    ) -> None:
        self._state = state
        self._admission = admission
        self._announcer = announcer
        self._failed_offers = failed_offers
        self._callbacks = callbacks
        self._waiting = waiting
        self._destinations = destinations

    def deadlines(self) -> DeadlineHandlers:
        """Of waiting calls, and of queues without staff."""
        return {"waiting": self.due, CallQueue: self.unstaffed}

    def due(self, call: Call) -> None:
        """Handles the fired deadline; the maximum wait comes first.

        The clock may be far past it: what is due for this call by now, but later than for others,
        has its turn after theirs (the call is armed for it again), so that calls are served in the
        same order as if no time had been skipped.
        """
        now, turn_us = self._state.now_us, call.due_us
        if call.callback is not None and self._callback_due(call, now):
            return
        if call.ivr is not None and self._flow_due(call, call.ivr, turn_us):
            return
        if call.leave_due_us <= now:
            self._destinations.leave_by(call, queue_of(call).policy.when_waited, "waited")
            return
        if call.stage_due_us <= turn_us:
            self._waiting.next_stage(call)
        if call.ring_more_due_us <= turn_us:
            call.ring_more_due_us = NEVER_US
            self._state.calls_to_match.append(call)
        if call.retry_due_us <= turn_us:
            self._failed_offers.due(call)
        if call.overflow_due_us <= turn_us and self._overflow(call, now):
            return
        if call.announce_due_us <= turn_us:
            self._announcer.announce(call)
        self._state.arm_waiting(call)

    def _flow_due(self, call: Call, ivr: IvrCall, turn_us: int) -> bool:
        """A step of the flow beside the queue is due; whether the call has left by that."""
        if ivr.is_beside and 0 < ivr.due_us <= turn_us:
            ivr.due_us = 0
            self._destinations.beside_due(call)
            return call.state != "waiting"
        return False

    def _callback_due(self, call: Call, now: int) -> bool:
        callback = call.callback
        if callback is None or callback.state == "reached":
            return False
        if call.leave_due_us <= now and not call.leg_id:
            self._callbacks.give_up(call, "expired")
            return True
        if callback.resume_us and callback.resume_us <= now:
            self._callbacks.due(call)
            return call.state == "ended" or call.callback is None
        return False

    def _overflow(self, call: Call, now: int) -> bool:
        """Send the call to the first open target of the overflow lines that are due; else set the
        time to look again."""
        policy = queue_of(call).policy
        waited = now - call.joined_us
        nearest = NEVER_US
        for line in policy.overflow:
            if line.after_us > waited:
                nearest = min(nearest, call.joined_us + line.after_us)
                continue
            for place, target in enumerate(line.targets):
                if self._admission.may_overflow_to(call, target):
                    self._destinations.leave_for(
                        call, target, "overflow", line.targets[place + 1 :]
                    )
                    return True
            nearest = min(nearest, now + line.retry_us)
        call.overflow_due_us = nearest
        return False

    def unstaffed(self, queue: CallQueue) -> None:
        """Staff has been missing for the grace time: all waiting calls leave, in order."""
        queue.unstaffed_deadline = 0
        for call_id in [waiting.call_id for waiting in queue.calls.values()]:
            call = self._state.calls[call_id]
            if call.state == "waiting" and call.callback is None:
                self._destinations.leave_by(call, queue.policy.when_staff_left, "no_staff")
