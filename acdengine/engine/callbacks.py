"""Callback in place of waiting: the place is kept, the telephone is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from acdengine.commands import Bridge, CancelDial, DialCustomer, HangUpCall, PlayMusic
from acdengine.engine.admission import Admission
from acdengine.engine.announcer import PROMPT_GUARD_US
from acdengine.engine.confirmation import REPEAT_US, repeats
from acdengine.engine.flow_ends import tell_flow_left
from acdengine.engine.nodes import node_to_dial_from
from acdengine.engine.offers import Offers
from acdengine.engine.part import DeadlineHandlers, Handlers, Part
from acdengine.engine.records import Call, Callback
from acdengine.engine.state import EngineState
from acdengine.engine.teardown import Teardown
from acdengine.errors import InvalidTransition
from acdengine.events import CallbackAnswered, CallbackFailed
from acdengine.facts import (
    CallbackDialled,
    CallbackMissed,
    CallbackPlaced,
    CallbackReached,
    LeaveReason,
)
from acdengine.machines import CALLBACK_TABLE, CallbackState, CallbackTrigger
from acdengine.requests import CallbackCancelRequested
from queues.deadlines import NEVER_US
from queues.policy import SECOND_US, CallbackPolicy
from queues.queue import CallQueue, queue_of
from routing.calendar import next_open_us

#: The switch should have reported by then that the customer does not answer.
_DIAL_GRACE_US: Final = 10 * SECOND_US
#: After an agent was lost while the customer was being rung.
_AGAIN_US: Final = 5 * SECOND_US
#: When opening hours are looked at again that are not known to open.
_LOOK_AGAIN_US: Final = 24 * 3600 * SECOND_US


class Callbacks(Part):
    """Places callbacks in queues, dials customers and ends callbacks."""

    def __init__(
        self, state: EngineState, admission: Admission, offers: Offers, teardown: Teardown
    ) -> None:
        self._state = state
        self._admission = admission
        self._offers = offers
        self._teardown = teardown

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            CallbackAnswered: self.answered,
            CallbackFailed: self.failed,
            CallbackCancelRequested: self.cancel,
        }

    def deadlines(self) -> DeadlineHandlers:
        """The agent has answered, the customer has not."""
        return {"connecting": self.connecting_due}

    def connecting_due(self, call: Call) -> None:
        """The customer of a callback is not reached in time."""
        if call.callback is not None:
            self.due(call)

    def enter_again(self, call: Call, queue: CallQueue) -> None:
        """After a restart: enter a waiting callback's number into its queue again."""
        callback = call.callback
        is_offerable = call.in_heap or call.state != "waiting" or bool(call.ringing)
        if not is_offerable and rings_customer_first(call):
            self._state.held_back.setdefault(queue.queue_id, {})[call.call_id] = call
        if callback is not None:
            if callback.state != "reached":
                queue.callback_placed(callback.number, call.call_id)
            queue.dialling += callback.first

    def check(self) -> Iterator[str]:
        """The queues' counts of callbacks."""
        state = self._state
        for call in state.calls.values():
            if not call.leg_id and call.callback is None:
                yield f"call {call.call_id} ({call.state}) has neither leg nor callback"
        for queue_id, queue in state.queues.items():
            found = [state.calls[call_id].callback for call_id in queue.calls]
            waiting = [callback for callback in found if callback is not None]
            count = sum(callback.state != "reached" for callback in waiting)
            if queue.callbacks != count:
                yield f"queue {queue_id} counts {queue.callbacks} callbacks, has {count}"
            dialling = sum(callback.first for callback in waiting)
            if queue.dialling != dialling:
                yield f"queue {queue_id} counts {queue.dialling} dialled first, has {dialling}"
            if not dialling and state.held_back.get(queue_id):
                yield f"queue {queue_id} holds callbacks back for no reason"

    def expect(self, call: Call, trigger: CallbackTrigger) -> CallbackState:
        """Check that the table allows a trigger, before anything is changed.

        Raises:
            InvalidTransition: the table does not allow it; nothing was changed.
        """
        callback = call.callback
        assert callback is not None
        state = CALLBACK_TABLE[callback.state].get(trigger)
        if state is None:
            who = f"callback {call.call_id}"
            raise InvalidTransition(who, callback.state, trigger, call.story)
        return state

    def _move(self, call: Call, trigger: CallbackTrigger) -> Callback:
        state = self.expect(call, trigger)
        callback = call.callback
        assert callback is not None
        callback.state = state
        self._state.changed = True
        self.unhold(call)
        if callback.first:
            callback.first = False
            queue_of(call).dialling -= 1
            self._state.calls_to_match.extend(self._state.held_back.get(call.queue_id, {}).values())
        return callback

    # -- placing -------------------------------------------------------------------------------

    def _policy(self, call: Call) -> CallbackPolicy:
        """The callback policy of the queue; the default where the settings no longer have one."""
        policy: CallbackPolicy | None = queue_of(call).policy.callback
        return policy if policy is not None else CallbackPolicy()

    def place(self, call: Call, number: str, not_before_us: int = 0) -> None:
        """Turn a waiting call into a callback; the caller's leg is let go after a prompt."""
        callback = self.keep_place(call, number)
        if call.leg_id:
            self.confirm(call)
        else:
            callback.resume_us = max(not_before_us, self._state.now_us)
            self._resume_when_open(call, callback)

    def keep_place(self, call: Call, number: str) -> Callback:
        """A waiting call is a callback from now on. Its caller may still be on the line: it is
        served once the leg is down, see `leg_down`."""
        policy = self._policy(call)
        self._offers.withdraw_all(call)
        if call.leg_id and self.take_over(call, queue_of(call), number):
            queue_of(call).rerank(call)
        expires_us = self._state.now_us + policy.expires_us
        callback = Callback(number, policy.mode, policy.attempts, expires_us)
        self._begin(call, callback)
        call.repeats = 0
        return callback

    def confirm(self, call: Call) -> None:
        """Tell the caller that the place is kept, and hang up at the end of the prompt."""
        policy, callback = self._policy(call), call.callback
        assert callback is not None
        if policy.confirm_prompt:
            callback.resume_us = self._state.now_us + PROMPT_GUARD_US
            self._state.arm_waiting(call)
            self._teardown.announcer.play(call, (policy.confirm_prompt,))
        else:
            self.let_leg_go(call)

    def _begin(self, call: Call, callback: Callback) -> None:
        """A waiting call is a callback from now on, paused until its leg is down."""
        state = self._state
        call.callback, call.suspended_callback = callback, None
        queue_of(call).callback_placed(callback.number, call.call_id)
        call.leave_due_us = callback.expires_us
        call.overflow_due_us = call.announce_due_us = NEVER_US
        state.tell_call(
            call, CallbackPlaced(state.now_us, call.call_id, call.queue_id, callback.number)
        )
        callback.state = "paused"

    # -- the customer rings in -----------------------------------------------------------------

    def take_over(self, call: Call, queue: CallQueue, number: str = "") -> bool:
        """A caller joins a queue, or asks to be rung back by it (on ``number``), and is to be rung
        back by it already: that callback ends, its place is the caller's. False where there is
        none."""
        other = self._callback_of(call, queue, number or call.caller.ani)
        if other is None:
            return False
        call.queued_at_us = min(call.queued_at_us, other.queued_at_us)
        call.waited_us = max(call.waited_us, other.wait_us(self._state.now_us))
        call.boost_us = max(call.boost_us, other.boost_us)
        call.priority = max(call.priority, other.priority)
        call.suspended_callback = other.callback
        self._end_for(call, other)
        return True

    def served(self, call: Call, queue: CallQueue) -> None:
        """An agent of a queue has a caller, who need not be rung back by it any more."""
        other = self._callback_of(call, queue, call.caller.ani)
        if other is not None:
            self._end_for(call, other)

    def _callback_of(self, call: Call, queue: CallQueue, number: str) -> Call | None:
        """The callback of a queue to a number, that of the caller or another, once its own leg is
        down."""
        other_id = queue.callback_to(number)
        if other_id == call.call_id or not self._admission.may_be_taken_over(other_id):
            return None
        return self._state.calls[other_id]

    def _end_for(self, call: Call, other: Call) -> None:
        self._end(other, "rang_in", "taken_over", "rang_in", f"call {call.call_id}")

    def restore(self, call: Call) -> bool:
        """A caller whose callback ended by ringing in has hung up before being served: it holds
        again, in the same place. False where there is none."""
        now = self._state.now_us
        promised, queue = call.suspended_callback, queue_of(call)
        if promised is None or promised.expires_us <= now or queue.policy.callback is None:
            return False
        if queue.callback_to(promised.number):
            return False
        call.leg_id = ""
        if call.state == "connecting":
            self._offers.give_back(call, "withdrawn")
        self._offers.withdraw_all(call)
        # A record of its own: the other call keeps its callback as it ended.
        again = Callback(
            promised.number, promised.mode, promised.attempts_left, promised.expires_us,
            attempt=promised.attempt,
        )  # fmt: skip
        self._begin(call, again)
        self.leg_down(call)
        return True

    def let_leg_go(self, call: Call) -> None:
        """The confirmation prompt was played: hang the caller up, and again until that is
        confirmed."""
        state = self._state
        callback = call.callback
        assert callback is not None
        state.commands.append(HangUpCall(call.call_id, "normal"))
        callback.resume_us = state.now_us + REPEAT_US
        state.arm_waiting(call)

    def _repeat_hang_up(self, call: Call) -> None:
        """The end of leg or prompt was not confirmed: hang up again, up to the limit."""
        if repeats(self._state, call):
            self.let_leg_go(call)
        else:
            self.leg_down(call)

    def leg_down(self, call: Call) -> None:
        """The caller has hung up; the callback keeps the place in the queue."""
        callback = call.callback
        assert callback is not None
        call.leg_id = call.node_id = ""
        call.answered = False
        call.playback = None
        if call.ivr is not None and call.ivr.is_beside:
            tell_flow_left(self._state, call, "callback")
            call.ivr = None
        callback.resume_us = self._state.now_us
        self._resume_when_open(call, callback)

    def _resume_when_open(self, call: Call, callback: Callback) -> None:
        """Resume the callback now, or when calling hours begin."""
        state = self._state
        policy = self._policy(call)
        at_us = wanted_us = max(callback.resume_us, state.now_us)
        hours = state.plan.hours.get(policy.hours_id)
        if hours is not None:
            open_us = next_open_us(hours, at_us, state.held_hours.get(policy.hours_id))
            at_us = at_us + _LOOK_AGAIN_US if open_us is None else open_us
        if at_us > state.now_us:
            callback.resume_us = at_us
            callback.wanted_us = wanted_us if hours is not None else 0
            state.arm_waiting(call)
            return
        callback.resume_us = callback.wanted_us = 0
        self._move(call, "resumed")
        state.arm_waiting(call)
        state.calls_to_match.append(call)

    def hours_changed(self, hours_id: str) -> None:
        """Opening hours are held open or closed by hand, or no longer: callbacks that wait for them
        look again."""
        state = self._state
        for call in list(state.calls.values()):
            callback = call.callback
            if callback is None or not callback.wanted_us or callback.state != "paused":
                continue
            if not call.leg_id and self._policy(call).hours_id == hours_id:
                callback.resume_us = callback.wanted_us
                self._resume_when_open(call, callback)

    # -- ringing the customer ------------------------------------------------------------------

    def dial_first(self, call: Call, free: int) -> None:
        """Ring the customer before any agent, unless as many customers are being rung in this queue
        as agents are free for the call; then it is held back until that changes."""
        if queue_of(call).dialling < free:
            self.dial(call)
        else:
            self._state.held_back.setdefault(call.queue_id, {})[call.call_id] = call

    def unhold(self, call: Call) -> None:
        """No longer hold a callback back; no error when it was not held back."""
        held = self._state.held_back.get(call.queue_id)
        if held is not None:
            held.pop(call.call_id, None)
            if not held:
                del self._state.held_back[call.queue_id]

    def dial(self, call: Call) -> None:
        """Ring the customer: for an agent who has answered, or to join the front of the line."""
        state = self._state
        callback = self._move(call, "dialled")
        policy = self._policy(call)
        if call.state == "waiting":
            callback.first = True
            queue_of(call).dialling += 1
        callback.attempt += 1
        callback.attempts_left -= 1
        callback.resume_us = state.now_us + policy.ring_timeout_us + _DIAL_GRACE_US
        state.arm_waiting(call)
        if call.offer_id:
            call.node_id = state.offers[call.offer_id].node_id
        else:
            call.node_id = node_to_dial_from(state)
        tenant = state.tenant(call.tenant_id)
        state.commands.append(
            DialCustomer(
                call.call_id, callback.number, policy.ring_timeout_us, tenant.dial_allow,
                tenant.dial,
            )
        )  # fmt: skip
        state.tell_call(
            call, CallbackDialled(state.now_us, call.call_id, call.queue_id, callback.attempt)
        )

    def answered(self, event: CallbackAnswered) -> None:
        """The customer has answered: connect with the agent who waits, or take the kept place in
        the queue."""
        state = self._state
        call = state.calls.get(event.call_id)
        if call is None or call.callback is None or call.leg_id or call.state == "ending":
            state.count("late_events")
            if call is None:
                state.commands.append(HangUpCall(event.call_id, "normal"))
            return
        callback = self._move(call, "reached")
        callback.resume_us = 0
        call.leg_id = event.leg_id
        call.node_id = event.node_id or call.node_id
        call.answered = True
        queue_of(call).callback_over(callback.number, call.call_id)
        state.tell_call(
            call, CallbackReached(state.now_us, call.call_id, call.queue_id, callback.attempt)
        )
        if call.state == "connecting":
            state.disarm_call(call)
            state.commands.append(Bridge(call.call_id, call.offer_id))
            return
        music = queue_of(call).policy.announcements.music
        state.commands.append(PlayMusic(call.call_id, music))
        state.arm_waiting(call)
        state.calls_to_match.append(call)

    def failed(self, event: CallbackFailed) -> None:
        """The customer was not reached."""
        call = self._state.calls.get(event.call_id)
        if call is None or call.callback is None or call.callback.state != "dialling":
            self._state.count("late_events")
            return
        self._missed(call, event.cause)

    def _missed(self, call: Call, cause: str) -> None:
        state = self._state
        policy = self._policy(call)
        callback = self._move(call, "missed")
        again = callback.attempts_left > 0
        callback.resume_us = state.now_us + policy.retry_us if again else 0
        state.tell_call(
            call,
            CallbackMissed(
                state.now_us, call.call_id, call.queue_id, callback.attempt, cause,
                callback.resume_us,
            ),
        )  # fmt: skip
        if call.state == "connecting":
            self._offers.give_back(call, "withdrawn")
        if again:
            self._resume_when_open(call, callback)
        else:
            self.give_up(call, cause)

    def agent_lost(self, call: Call) -> None:
        """The agent hung up while the customer was being rung: stop, and try again soon."""
        state = self._state
        callback = self._move(call, "missed")
        callback.attempt -= 1
        callback.attempts_left += 1
        callback.resume_us = state.now_us + _AGAIN_US
        state.commands.append(CancelDial(call.call_id))
        self._resume_when_open(call, callback)

    def give_up(self, call: Call, cause: str) -> None:
        """No attempts are left: end the callback and give up its place."""
        self._end(call, "callback", "callback_failed", cause)

    def _end(self, call: Call, reason: LeaveReason, outcome: str, cause: str, to: str = "") -> None:
        dialling = call.callback is not None and call.callback.state == "dialling"
        self._move(call, "given_up")
        if dialling:
            self._state.commands.append(CancelDial(call.call_id))
        self._teardown.leave_queue(call, reason, to)
        self._teardown.end(call, outcome, "system", cause)

    def cancel(self, event: CallbackCancelRequested) -> None:
        """Cancel a waiting callback on request."""
        state = self._state
        call = state.calls.get(event.call_id)
        if call is None or call.callback is None or call.callback.state == "reached":
            state.answer(event, state.why_not(event.call_id, "the call is no callback"))
        elif call.leg_id or call.state != "waiting":
            state.answer(event, "the caller or an agent is on the line")
        else:
            self.give_up(call, "cancelled")
            state.answer(event)

    # -- time ----------------------------------------------------------------------------------

    def due(self, call: Call) -> None:
        """Handles a callback's deadline: its pause is over, or the switch has not reported the end
        of an attempt."""
        callback = call.callback
        assert callback is not None
        if callback.state == "paused" and call.leg_id:
            self._repeat_hang_up(call)
        elif callback.state == "paused":
            self._resume_when_open(call, callback)
        elif callback.state == "dialling":
            self._state.commands.append(CancelDial(call.call_id))
            self._missed(call, "no_answer")


def rings_customer_first(call: Call) -> bool:
    """A callback whose customer is to be rung before any agent."""
    callback = call.callback
    return (
        callback is not None and callback.mode == "customer_first" and callback.state == "waiting"
    )
