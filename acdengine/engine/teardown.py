"""Teardown: leaving a queue, hanging up, and the end of a call."""

from __future__ import annotations

from acdengine.commands import HangUpCall, RejectCall
from acdengine.conversation_facts import EndedBy
from acdengine.engine.announcer import Announcer
from acdengine.engine.confirmation import REPEAT_US, repeats
from acdengine.engine.flow_ends import tell_flow_left
from acdengine.engine.offers import Offers
from acdengine.engine.part import DeadlineHandlers, Part, Shares, history
from acdengine.engine.parties import Parties
from acdengine.engine.phones import Phones
from acdengine.engine.records import Call, Ending, ending_of
from acdengine.engine.state import EngineState
from acdengine.engine.typed_keys import drop
from acdengine.facts import CallEnded, CallLeftQueue, LeaveReason
from queues.queue import Place


class Teardown(Part):
    """Takes calls out of queues, hangs up and ends calls."""

    def __init__(
        self,
        state: EngineState,
        offers: Offers,
        parties: Parties,
        announcer: Announcer,
        phones: Phones,
    ) -> None:
        self._state = state
        self._phones = phones
        self._offers = offers
        self._parties = parties
        self.announcer = announcer

    def deadlines(self) -> DeadlineHandlers:
        """A hang-up was not confirmed."""
        return {"ending": self.repeat_hang_up}

    def shares(self) -> Shares:
        """Ended calls, and the agents that callers spoke with last."""
        state = self._state
        return {
            "ended": history(tuple[dict[str, Call], dict[str, Call]], state.ended),
            "last_agent": history(tuple[dict[str, str], dict[str, str]], state.last_agent),
        }

    def leave_queue(self, call: Call, reason: LeaveReason, to: str = "", key: str = "") -> None:
        """Take a waiting call out of its queue; agents stop ringing for it."""
        state = self._state
        queue = call.queue
        assert queue is not None
        now = state.now_us
        self._offers.withdraw_all(call)
        waited = call.wait_us(now)
        short = reason == "abandoned" and waited <= queue.policy.short_abandon_us
        state.tell_call(
            call,
            CallLeftQueue(
                now, call.call_id, call.queue_id, reason, waited, queue.position(call, now),
                short, to, key,
            ),
        )  # fmt: skip
        if reason == "abandoned":
            queue.service_level.abandoned(waited, now)
            if queue.policy.resume_us and call.caller.known_by:
                queue.remember(call.caller.known_by, Place(call.queued_at_us, waited, now))
        if call.callback is not None and call.callback.state != "reached":
            queue.callback_over(call.callback.number, call.call_id)
            if call.leg_id:
                # The caller is still on the line, and goes on as a caller.
                call.callback = None
        drop(call)
        call.last_queue_id = call.queue_id
        queue.leave(call)
        call.waited_us = waited
        call.wait_since_us = now
        if call.preferred:
            state.forget_preference(call)
        call.playback = None
        if call.ivr is not None:
            call.ivr.is_beside = call.ivr.is_cut = False
        state.disarm_call(call)

    def hang_up(self, call: Call, outcome: str, cause: str, by: EndedBy = "system") -> None:
        """Take the caller's leg down; the call ends when that is confirmed."""
        state = self._state
        if not call.leg_id:
            self.end(call, outcome, "system", cause)
            return
        unanswered = call.state == "arrived"
        state.move_call(call, "hung_up")
        call.ending = Ending(outcome, by, cause)
        call.playback = None
        order = RejectCall if unanswered else HangUpCall
        state.commands.append(order(call.call_id, cause))
        call.repeats = 0
        state.arm_call(call, state.now_us + REPEAT_US)

    def repeat_hang_up(self, call: Call) -> None:
        """The hang-up was not confirmed: send it again; at the limit the call ends."""
        state = self._state
        ending = ending_of(call)
        if not repeats(state, call):
            self.end(call, ending.outcome, "system", ending.cause)
            return
        state.commands.append(HangUpCall(call.call_id, ending.cause))
        state.arm_call(call, state.now_us + REPEAT_US)

    def end(self, call: Call, outcome: str, by: EndedBy, cause: str) -> None:
        """The call is over."""
        state = self._state
        state.move_call(call, "ended")
        state.disarm_call(call)
        if call.ivr is not None:
            tell_flow_left(state, call, "abandoned" if by == "caller" else "hangup")
            call.ivr = None
        if call.ending is not None:
            outcome = call.ending.outcome
        call.ending = Ending(outcome, by, cause)
        call.group = None
        call.typed = None
        call.rank = 0
        if call.party_id:
            self._parties.call_over(call)
        del state.calls[call.call_id]
        state.calls_of_tenant[call.tenant_id] -= 1
        state.tell_call(
            call, CallEnded(state.stamp, call.call_id, call.tenant_id, outcome, by, cause)
        )
        state.ended[call.call_id] = call
        if call.caller.from_agent_id:
            self._phones.calls(call.caller.from_agent_id, -1)

    def remember_agent(self, call: Call, agent_id: str) -> None:
        """This caller spoke with this agent last; kept where a rule of the tenant asks for it."""
        if call.caller.known_by:
            self._state.last_agent[f"{call.tenant_id}/{call.caller.known_by}"] = agent_id
