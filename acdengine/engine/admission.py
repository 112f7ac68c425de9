"""Admission: whether a call can go to a destination now, and why not.

Only questions: nothing here changes a call, a queue or an agent.
"""

from __future__ import annotations

from acdengine.engine.dial_rules import dial_problem
from acdengine.engine.part import Part
from acdengine.engine.records import Call
from acdengine.engine.state import EngineState
from acdengine.facts import LeaveReason
from queues.policy import WORKING, StaffRule
from queues.queue import CallQueue
from queues.targets import (
    Target,
    ToAgent,
    ToCallback,
    ToFlow,
    ToNumber,
    ToQueue,
    ToVoicemail,
)


class Admission(Part):
    """Answers whether queues, agents, numbers, boxes, flows and callbacks take a call."""

    def __init__(self, state: EngineState) -> None:
        self._state = state

    # -- destinations --------------------------------------------------------------------------

    def problem(self, call: Call, target: Target) -> str:
        """Why a call cannot go to a destination now; empty when it can."""
        state = self._state
        if isinstance(target, ToQueue):
            return self._queue_problem(call, target)
        if isinstance(target, ToAgent):
            agent = state.agents.get(target.agent_id)
            if agent is None or agent.tenant_id != call.tenant_id:
                return "no such agent"
            return self._queue_problem(call, ToQueue(target.backup_queue_id))
        if isinstance(target, ToNumber):
            trunk = state.plan.trunks.get(call.trunk_id)
            if target.by_refer and (trunk is None or not trunk.refer_to):
                return "its trunk takes no REFER"
            return dial_problem(state.tenant(call.tenant_id), target.number)
        elif isinstance(target, ToVoicemail):
            boxes = state.tenant(call.tenant_id).boxes
            is_own = target.box.startswith(call.tenant_id + "/")
            return "" if is_own and (boxes is None or target.box in boxes) else "no such box"
        elif isinstance(target, ToCallback):
            return self.callback_problem(call, call.caller.ani)
        elif isinstance(target, ToFlow):
            if not target.flow_id.startswith(call.tenant_id + "/"):
                return "no such flow"
            plan = state.plan
            is_known = target.flow_id in plan.flows or target.flow_id in plan.ivr_flows
            return "" if is_known else "no such flow"
        return ""

    def _queue_problem(self, call: Call, target: ToQueue) -> str:
        queue = self._state.queues.get(target.queue_id)
        if queue is None or queue.policy.tenant_id != call.tenant_id:
            return "no such queue"
        if target.queue_id == call.queue_id:
            return "it waits there already"
        refusal = self.refusal(queue, call.caller.ani)
        if refusal is not None:
            return f"the queue takes no call: {refusal}"
        now = self._state.now_us
        if target.estimate_below_us is not None:
            estimate = self._state.newcomer_estimate_us(queue)
            if estimate is None or estimate >= target.estimate_below_us:
                return "its estimated wait is too long"
        if target.service_level_above is not None:
            level = queue.service_level.value(now)
            if level is not None and level <= target.service_level_above:
                return "its service level is too low"
        return ""

    def is_open(self, call: Call, target: Target) -> bool:
        """Whether a call can go to a destination now."""
        return not self.problem(call, target)

    def may_overflow_to(self, call: Call, target: Target) -> bool:
        """Whether overflow may send a call to a destination now. A number outside that was not
        reached for this call is not tried again."""
        external = call.external
        tried = (
            external is not None
            and isinstance(target, ToNumber)
            and target.number in external.missed
        )
        return not tried and self.is_open(call, target)

    # -- queues --------------------------------------------------------------------------------

    def refusal(self, queue: CallQueue, ani: str = "") -> LeaveReason | None:
        """Why a queue takes no further call now; None when it does. A caller with a callback in the
        queue has a place there already."""
        if queue.drained or queue.removed:
            return "drained"
        if queue.is_full() and not queue.callback_to(ani):
            return "full"
        rule = queue.policy.join_staff
        if rule is not None and not self.has_staff(queue, rule):
            return "no_staff"
        return None

    def has_staff(self, queue: CallQueue, rule: StaffRule) -> bool:
        """Whether a queue has the staff that a rule asks for."""
        if not counts_single_states(rule):
            return queue.has_staff(rule)
        states = rule.states
        agents = self._state.agents_of.get(queue.queue_id, {})
        return queue.has_staff(rule, sum(agent.state in states for agent in agents.values()))

    # -- callbacks -----------------------------------------------------------------------------

    def callback_problem(self, call: Call, number: str, queue: CallQueue | None = None) -> str:
        """Why a queue (the call's own where none is given) cannot call this caller back; empty when
        it can."""
        queue = queue or self._state.queues.get(call.queue_id)
        policy = queue.policy.callback if queue is not None else None
        if queue is None or policy is None:
            return "no callbacks in this queue"
        if call.callback is not None:
            return "has a callback already"
        other_id = queue.callback_to(number)
        if other_id and not (call.leg_id and self.may_be_taken_over(other_id)):
            return f"this number is to be rung back already, by {other_id}"
        if queue.callbacks - bool(other_id) >= policy.limit:
            return "too many callbacks"
        tenant = self._state.tenant(call.tenant_id)
        return dial_problem(tenant, number)

    def may_be_taken_over(self, callback_id: str) -> bool:
        """Whether a callback waits without a leg; while it is being confirmed its caller is still
        connected."""
        other = self._state.calls.get(callback_id)
        return other is not None and not other.leg_id


def counts_single_states(rule: StaffRule) -> bool:
    """Whether a rule counts some working states and others not: the census cannot answer it."""
    states = rule.states
    return not (set(WORKING) <= set(states) or states == ("not_ready",))
