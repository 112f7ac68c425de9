"""Destinations: sending a call to a queue, flow, voicemail box or number."""

from __future__ import annotations

from typing import Final

from acdengine.commands import DialNumber, RecordMessage, ReferCaller, StopPrompt
from acdengine.engine.admission import Admission
from acdengine.engine.announcer import PROMPT_GUARD_US, Announcer
from acdengine.engine.callbacks import Callbacks
from acdengine.engine.file_names import caller_part, file_name, plain
from acdengine.engine.flow_ends import tell_flow_left
from acdengine.engine.flow_places import FlowPlaces
from acdengine.engine.flows import Flows, Onward
from acdengine.engine.part import Handlers, Part
from acdengine.engine.records import (
    Call,
    ExternalCall,
    Fallback,
    Flow,
    Mailbox,
    is_in_flow,
)
from acdengine.engine.state import EngineState
from acdengine.engine.teardown import Teardown
from acdengine.engine.typed_keys import forget, keep
from acdengine.engine.waiting import Waiting
from acdengine.events import DigitPressed, MessageLeft
from acdengine.facts import CallDiverted, LeaveReason, MessageStored, QueueRefused
from acdengine.ivr.inputs import AnyInput, ReachEnded
from queues.queue import queue_of
from queues.targets import (
    Target,
    ToAgent,
    ToCallback,
    ToFlow,
    ToHangup,
    ToNumber,
    ToQueue,
    ToVoicemail,
    describe,
)

#: What the caller's switch is told when no target is left, by why the call left its queue.
_LAST_TARGET = ToHangup(cause="no_agent")
#: Who leaves a queue for one of these could have stayed there.
_FREELY: Final[tuple[LeaveReason, ...]] = ("overflow", "key", "moved")
_ASKED: Final[tuple[LeaveReason, ...]] = ("key", "moved")
#: Targets that a call may be sent to at one and the same moment.
_MOVE_LIMIT: Final = 8


class Destinations(Part):
    """Sends calls to queues, prompts, voicemail boxes and numbers."""

    def __init__(
        self,
        state: EngineState,
        admission: Admission,
        callbacks: Callbacks,
        waiting: Waiting,
        teardown: Teardown,
        announcer: Announcer,
        flows: Flows,
        places: FlowPlaces,
    ) -> None:
        self._state = state
        self._admission = admission
        self._callbacks = callbacks
        self._waiting = waiting
        self._teardown = teardown
        self._announcer = announcer
        self._flows = flows
        self._places = places

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            DigitPressed: self.digit,
            MessageLeft: self.message_left,
        }

    # -- going ---------------------------------------------------------------------------------

    def route_to(self, call: Call, target: Target) -> None:
        """Send a call that waits nowhere to a target; a queue that refuses it names other
        targets."""
        if self._is_loop(call):
            self._teardown.hang_up(call, self._hang_up_outcome(call), _LAST_TARGET.cause)
            return
        if isinstance(target, ToQueue):
            self._to_queue(call, target.queue_id)
        elif isinstance(target, ToAgent):
            call.preferred = ((target.agent_id, 100),)
            call.direct_wait_us = target.wait_us
            self._to_queue(call, target.backup_queue_id)
        elif isinstance(target, ToFlow) and target.flow_id in self._state.plan.ivr_flows:
            self._enter_flow(call, target.flow_id)
        elif isinstance(target, ToFlow):
            flow = self._state.plan.flows[target.flow_id]
            self._play_then(call, flow.prompts, flow.then, target.flow_id)
        elif isinstance(target, ToHangup):
            if target.prompt:
                self._play_then(call, (target.prompt,), None, "", target.cause)
            else:
                self._teardown.hang_up(call, self._hang_up_outcome(call), target.cause)
        elif isinstance(target, ToNumber):
            self._divert(call, target)
        elif isinstance(target, ToVoicemail):
            self._record(call, target)
        else:
            self._teardown.hang_up(call, "turned_away", _LAST_TARGET.cause)

    def _hang_up_outcome(self, call: Call) -> str:
        """The outcome of a call that is hung up now: answered after a conversation, unless the call
        has waited for another agent since."""
        return (
            "answered"
            if call.conversation is not None and call.state != "waiting"
            else "turned_away"
        )

    def _is_loop(self, call: Call) -> bool:
        """Whether the call has been sent to too many targets at one moment: queues and flows that
        send it to each other without an end."""
        now = self._state.now_us
        call.sent = call.sent + 1 if call.sent_at_us == now else 1
        call.sent_at_us = now
        return call.sent > _MOVE_LIMIT

    def _to_queue(self, call: Call, queue_id: str) -> None:
        queue = self._state.queues.get(queue_id)
        if queue is None:
            # The settings have changed while the call was on its way.
            self.route_to(call, _LAST_TARGET)
            return
        if call.fallback is not None and self._comes_back(call, call.fallback, queue_id):
            self._waiting.rejoin(call, queue)
            return
        refusal = self._admission.refusal(queue, call.caller.ani)
        if refusal is None:
            self._waiting.join(call, queue)
            return
        if self.come_back(call, "failed" if refusal == "drained" else refusal):
            return
        policy = queue.policy
        targets = policy.when_full if refusal == "full" else policy.when_no_staff
        place, target = self._first_open(call, targets)
        now = self._state.now_us
        self._state.tell_call(
            call, QueueRefused(now, call.call_id, queue_id, refusal, describe(target))
        )
        call.fallback = Fallback(targets[place + 1 :])
        self.route_to(call, target)

    def _comes_back(self, call: Call, fallback: Fallback, queue_id: str) -> bool:
        """Whether a call has only heard something meanwhile that it left this queue for by a key or
        on request, and has had no agent since."""
        is_asked = fallback.requested and fallback.queue_id == queue_id
        return is_asked and call.state == "flow" and bool(call.wait_since_us)

    def _first_open(self, call: Call, targets: tuple[Target, ...]) -> tuple[int, Target]:
        for place, target in enumerate(targets):
            if not isinstance(target, ToCallback) and self._admission.may_overflow_to(call, target):
                return place, target
        return len(targets), _LAST_TARGET

    def leave_by(self, call: Call, targets: tuple[Target, ...], reason: LeaveReason) -> None:
        """A waiting call must leave: to where its flow says, else to the first open target; without
        one it is hung up."""
        if self._flows.takes(call, reason):
            self._teardown.leave_queue(call, reason, "flow")
            self.come_back(call, reason)
            return
        for place, target in enumerate(targets):
            if self._admission.may_overflow_to(call, target):
                self.leave_for(call, target, reason, targets[place + 1 :])
                return
        self.leave_for(call, _LAST_TARGET, reason)

    def leave_for(
        self,
        call: Call,
        target: Target,
        reason: LeaveReason,
        behind: tuple[Target, ...] = (),
        key: str = "",
    ) -> None:
        """A waiting call leaves for an open target; ``behind`` are the targets named after it."""
        is_beside = is_in_flow(call)
        if isinstance(target, ToCallback):
            if call.ivr is not None:
                call.ivr.is_beside = False
            self._callbacks.place(call, call.caller.ani)
            return
        self._teardown.leave_queue(call, reason, describe(target), key)
        call.fallback = Fallback(
            behind, call.last_queue_id if reason in _FREELY else "", requested=reason in _ASKED
        )
        if is_beside and isinstance(target, ToQueue | ToAgent):
            self._send_beside(call, target)
            return
        if is_beside:
            self._state.commands.append(StopPrompt(call.call_id))
        self.route_to(call, target)

    def _play_then(
        self,
        call: Call,
        prompts: tuple[str, ...],
        then: Target | None,
        flow_id: str,
        cause: str = "normal",
    ) -> None:
        state = self._state
        state.move_call(call, "flowed")
        self._state.answer_call(call)
        # What an IVR flow has sent away and does not want back is in it no longer.
        call.ivr = None
        call.flow = Flow(flow_id, then, cause)
        if flow_id:
            state.tell_call(call, CallDiverted(state.now_us, call.call_id, f"flow {flow_id}"))
        self._announcer.play(call, prompts)
        if call.playback is not None:
            state.arm_call(call, state.now_us + PROMPT_GUARD_US)
        else:
            self.flow_ended(call)

    def flow_ended(self, call: Call) -> None:
        """The prompts of a flow are over, or those before a hang-up."""
        flow, call.flow = call.flow, None
        assert flow is not None
        then = flow.then
        if then is None:
            self._teardown.hang_up(call, self._hang_up_outcome(call), flow.cause)
        elif isinstance(then, ToQueue | ToAgent) or self._admission.is_open(call, then):
            self.route_to(call, then)
        else:
            self.route_to(call, _LAST_TARGET)

    # -- flows ---------------------------------------------------------------------------------

    def _enter_flow(self, call: Call, flow_id: str) -> None:
        state = self._state
        self._places.take_in(call)
        state.tell_call(call, CallDiverted(state.now_us, call.call_id, f"flow {flow_id}"))
        self._go_on(call, self._flows.begin(call, flow_id))

    def come_back(self, call: Call, outcome: str) -> bool:
        """A call is back from where its flow has sent it; False where that flow does not want it:
        then it is over."""
        if not self._flows.takes(call, outcome):
            call.ivr = None
            return False
        ivr = call.ivr
        assert ivr is not None
        self._places.take_in(call)
        self._go_on(call, self._flows.give(call, ReachEnded(ivr.run.reaching, outcome)))
        return True

    def resume_flow(self, call: Call) -> None:
        """The switch has forgotten what a call in a flow hears or is asked."""
        self._go_on(call, self._flows.resume(call))

    def tell_flow(self, call: Call, given: AnyInput) -> None:
        """Something is reported that the call's flow waits for."""
        self._go_on(call, self._flows.give(call, given))

    def drop_flow(self, call: Call) -> None:
        """A call leaves its flow, and the script that it may run."""
        if self.has_script(call):
            self._flows.stop_script(call)
        call.ivr = None

    def has_script(self, call: Call) -> bool:
        """Whether the call's flow runs a script."""
        return call.ivr is not None and call.ivr.awaits == "script"

    def back_to_script(self, call: Call) -> None:
        """A waiting call goes back to the script that has sent it into the queue."""
        ivr = call.ivr
        assert ivr is not None
        self._teardown.leave_queue(call, "moved", "flow")
        self._places.take_in(call)
        self._state.commands.append(StopPrompt(call.call_id))
        self._flows.heard(call, ivr)

    def leave_flow(self, call: Call, target: Target) -> None:
        """A call goes on without its flow."""
        tell_flow_left(self._state, call, describe(target))
        call.ivr = None
        self._go_on(call, Onward(target))

    def _go_on(self, call: Call, onward: Onward | None) -> None:
        """Send the call where its flow says, if the flow has ended or sent it away."""
        if onward is None:
            return
        self._state.disarm_call(call)
        if onward.priority or onward.credit_us:
            call.priority += onward.priority
            call.boost_us += onward.credit_us
        if onward.skills:
            call.skills = tuple(sorted({**dict(call.skills), **onward.skills}.items()))
        if onward.preferred:
            scored = sorted(onward.preferred.items(), key=lambda one: (-one[1], one[0]))
            call.preferred = tuple(scored)
        target = onward.target
        if call.state == "waiting" and isinstance(target, ToHangup):
            self._places.let_go(call, is_confirmed=not onward.is_over)
            return
        self._places.leave_queue(call)
        if onward.beside:
            self._send_beside(call, target)
            self._go_on(call, self._flows.go_on_beside(call, onward))
            return
        if isinstance(target, ToHangup):
            # Who was served by a flow was not turned away.
            outcome = "answered" if call.conversation is not None else "flow_ended"
            self._teardown.hang_up(call, outcome, target.cause)
            return
        is_always_open = isinstance(target, ToQueue | ToAgent)
        if is_always_open or self._admission.is_open(call, target):
            self.route_to(call, target)
        elif not self.come_back(call, "refused"):
            self.route_to(call, _LAST_TARGET)

    def _send_beside(self, call: Call, target: Target) -> None:
        """Send a call to a queue beside which its flow goes on."""
        ivr = call.ivr
        assert ivr is not None
        ivr.is_beside = True
        self.route_to(call, target)
        if call.state != "waiting":
            ivr.is_beside = False

    def flow_due(self, call: Call) -> None:
        """A step of the call's flow is due."""
        self._go_on(call, self._flows.overdue(call))

    def beside_due(self, call: Call) -> None:
        """A step of the flow beside a waiting call's queue is due."""
        self._go_on(call, self._flows.beside_due(call))

    def _divert(self, call: Call, target: ToNumber) -> None:
        state = self._state
        state.move_call(call, "diverted")
        self._state.answer_call(call)
        state.tell_call(call, CallDiverted(state.now_us, call.call_id, describe(target)))
        external = call.external
        if external is None:
            external = call.external = ExternalCall()
        external.number = target.number
        external.dialled += 1
        external.reached_us = 0
        external.by_refer = target.by_refer
        self._dial(call, external)

    def _dial(self, call: Call, external: ExternalCall) -> None:
        tenant = self._state.tenant(call.tenant_id)
        trunk = self._state.plan.trunks.get(call.trunk_id)
        if external.by_refer and trunk is not None:
            self._state.commands.append(
                ReferCaller(
                    call.call_id, external.number, trunk.refer_to, tenant.dial_allow,
                    external.dialled,
                )
            )  # fmt: skip
            return
        self._state.commands.append(
            DialNumber(
                call.call_id, external.number, tenant.dial_allow, tenant.dial, external.dialled
            )
        )

    def _record(self, call: Call, target: ToVoicemail) -> None:
        state = self._state
        state.move_call(call, "recorded")
        self._state.answer_call(call)
        mailbox = call.mailbox = Mailbox(target.box, target.prompt)
        state.tell_call(call, CallDiverted(state.now_us, call.call_id, describe(target)))
        self._take_message(call, mailbox)

    def _take_message(self, call: Call, mailbox: Mailbox) -> None:
        state = self._state
        policy = state.tenant(call.tenant_id).messages
        box = mailbox.box.partition("/")[2]
        fields = {
            "tenant": call.tenant_id,
            "caller": caller_part(call.caller.ani, policy.mask_caller),
            "call_id": call.call_id,
        }
        file = file_name(
            f"{{tenant}}/{plain(box)}/{{time}}_{{caller}}_{{call_id}}", fields, state.now_us
        )
        state.commands.append(
            RecordMessage(call.call_id, mailbox.box, mailbox.prompt, f"{file}.wav", policy)
        )

    # -- what the switch reports ---------------------------------------------------------------

    def digit(self, event: DigitPressed) -> None:
        """An exit key leaves the queue, if a target of it is open. What means nothing to the
        part that has the call is kept, for a flow that asks later."""
        call = self._state.calls.get(event.call_id)
        if call is None:
            return
        if is_in_flow(call):
            keep(call, event)
            return
        if call.callback is not None:
            return
        if call.state == "waiting":
            targets = queue_of(call).policy.exit_keys.get(event.digit, ())
            for place, target in enumerate(targets):
                if self._admission.is_open(call, target):
                    forget(call, event.number)
                    self.leave_for(call, target, "key", targets[place + 1 :], event.digit)
                    return
        keep(call, event)

    def adopt(self, call: Call, diverted_to: str) -> None:
        """The switch shows a caller busy with what the engine has forgotten about."""
        state = self._state
        kind, _, what = diverted_to.partition(" ")
        if kind == "number":
            state.move_call(call, "diverted")
            call.external = ExternalCall(number=what, reached_us=state.now_us)
        else:
            state.move_call(call, "recorded")
            call.mailbox = Mailbox(what)
        state.tell_call(call, CallDiverted(state.now_us, call.call_id, diverted_to))

    def catch_up(self, call: Call, diverted_to: str) -> None:
        """The switch shows what a call that has left for outside or a box is busy with: an order
        that never arrived is given again, an end that was not heard of is taken in."""
        if call.state == "outside" and not diverted_to and not call.party_id:
            external = call.external or ExternalCall()
            if external.reached_us:
                self._teardown.hang_up(call, "diverted", "normal")
            else:
                self._dial(call, external)
        elif call.state == "message" and not diverted_to and call.mailbox is not None:
            self._take_message(call, call.mailbox)

    def message_left(self, event: MessageLeft) -> None:
        """Handles `MessageLeft`: a message was stored, or none was left. The call ends."""
        state = self._state
        call = state.calls.get(event.call_id)
        if call is None or call.state != "message" or call.mailbox is None:
            state.count("late_events")
            return
        if event.length_us < state.tenant(call.tenant_id).messages.min_us:
            if self.come_back(call, "empty"):
                return
            self._teardown.hang_up(call, "no_message", "normal")
            return
        state.tell_call(
            call,
            MessageStored(
                state.now_us, call.call_id, call.mailbox.box, event.file, event.length_us
            ),
        )
        if not self.come_back(call, "left"):
            self._teardown.hang_up(call, "message", "normal")
