"""Patience: how long a call waits for its preferred agents alone.

Each preferred-agent rule of the queue, and the wait for one named agent, has a time that begins
when the rules before it are over or have no agent left. A rule holds within its time as long as an
agent it names can take the call. When the last of them signs out, takes a break, loses the phone
or misses the call, the next rule or the queue's own stages follow at once; when one comes back
within the time, the call waits for them alone again.
"""

from __future__ import annotations

from acdengine.engine.records import Call
from acdengine.engine.state import EngineState
from queues.queue import queue_of
from routing.agent import WORKING_STATES
from routing.call_group import NO_PREFERENCE


class PreferredAgents:
    """Which preferred-agent rule of a waiting call is in force."""

    def __init__(self, state: EngineState) -> None:
        self._state = state

    def begin(self, call: Call) -> None:
        """The call has joined a queue: its first rule that holds."""
        call.preferred_rule = NO_PREFERENCE
        call.preferred_until_us = ()
        rules = queue_of(call).policy.preferred
        if call.preferred and (rules or call.direct_wait_us):
            self._state.await_agents(call)
            self.choose(call)

    def choose(self, call: Call) -> None:
        """Put the first rule in force that is in its time and has an agent who can take the call;
        none where there is no such rule. The caller has taken the call out of its class."""
        now = self._state.now_us
        ends = call.preferred_until_us
        for index in range(len(queue_of(call).policy.preferred) + 1):
            if index == len(ends):
                ends += (self._ends_us(call, index),)
            call.preferred_rule = index
            if ends[index] > now and self._has_agent(call):
                call.stage_due_us = ends[index]
                call.preferred_until_us = ends
                return
        call.preferred_rule = NO_PREFERENCE
        call.preferred_until_us = ends

    def is_due(self, call: Call) -> bool:
        """Whether another rule than the present one is to be in force, or none any more."""
        now, ends, present = self._state.now_us, call.preferred_until_us, call.preferred_rule
        holding = NO_PREFERENCE
        for index, end_us in enumerate(ends):
            call.preferred_rule = index
            if end_us > now and self._has_agent(call):
                holding = index
                break
        call.preferred_rule = present
        return holding != present

    def rules_changed(self, call: Call) -> None:
        """The queue has other rules. Those that the call waited under are over, but not the wait
        for an agent whom the caller wants."""
        if not call.preferred_until_us:
            return
        rules = len(queue_of(call).policy.preferred)
        wanted_until_us = call.preferred_until_us[-1] if call.direct_wait_us else 0
        call.preferred_until_us = (0,) * rules + (wanted_until_us,)
        self.choose(call)

    def _ends_us(self, call: Call, index: int) -> int:
        """When the time of a rule ends that begins now; 0 for one that does not concern the
        call."""
        rules = queue_of(call).policy.preferred
        direct = index == len(rules)
        if direct != bool(call.direct_wait_us):
            return 0
        wait_us = call.direct_wait_us if direct else rules[index].wait_us
        return self._state.now_us + wait_us if wait_us else 0

    def _has_agent(self, call: Call) -> bool:
        """Whether an agent of the call's present rule can take it, now or after a call."""
        names = self._state.matcher.preferred_now(call)
        return any(can_take(self._state, name, call) for name in names)


def can_take(state: EngineState, agent_id: str, call: Call) -> bool:
    """Whether a call should wait for an agent: at work, staying there, and of the queue unless the
    caller asks for this agent."""
    agent = state.agents.get(agent_id)
    if agent is None or agent.tenant_id != call.tenant_id:
        return False
    if agent.state not in WORKING_STATES or not state.stays(agent):
        return False
    return bool(call.direct_wait_us) or call.queue_id in agent.queues
