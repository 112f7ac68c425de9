"""Rows of agents: intervals of their states, and wrap-up as a segment of the call it belongs to."""

from __future__ import annotations

from typing import Final

from acdengine.centre_facts import AgentStateChanged
from acdengine.records.open_rows import OpenRows
from acdengine.records.rows import AgentStateRow

#: States in which an agent is with a call.
_WITH_A_CALL: Final = ("ringing", "talking", "wrap_up")


class AgentRows:
    """Keeps each agent's present state as an open row."""

    def __init__(self, rows: OpenRows) -> None:
        self._rows = rows

    def state_changed(self, fact: AgentStateChanged) -> None:
        """One interval ends, the next begins; the call goes with the agent up to wrap-up."""
        rows = self._rows
        agent_id, at_us = fact.agent_id, fact.at_us
        before = rows.agent_states.get(agent_id)
        entered = fact.state
        call_id = queue_id = ""
        if before is None:
            tenant_id = agent_id.partition("/")[0]
        else:
            tenant_id = before.tenant_id
            before.ended_at_us = at_us
            rows.changed(before)
            if before.state == "wrap_up":
                self._wrapped_up(agent_id, at_us)
            if entered in _WITH_A_CALL:
                call_id, queue_id = before.call_id, before.queue_id
        state = AgentStateRow(
            rows.source_id, rows.seq, rows.idx, agent_id, tenant_id, entered, fact.reason, at_us,
            None, fact.by, call_id, queue_id,
        )  # fmt: skip
        if call_id and entered == "wrap_up":
            rows.begin("wrap_up", call_id, at_us, queue_id, agent_id)
        rows.agent_states[agent_id] = state
        rows.add(state)

    def _wrapped_up(self, agent_id: str, at_us: int) -> None:
        segment = self._rows.end("wrap_up", agent_id, at_us, "ended")
        if segment is None or not segment.queue_id:
            return
        segment.active_us = at_us - segment.started_at_us
        counts = self._rows.intervals.of(segment.queue_id, segment.started_at_us)
        counts.wrap_ups += 1
        counts.wrapped_us += segment.active_us

    def with_call(self, agent_id: str, call_id: str, queue_id: str) -> None:
        """An agent is rung for a call, or talks with its caller."""
        state = self._rows.agent_states.get(agent_id)
        if state is not None and state.state in _WITH_A_CALL and state.call_id != call_id:
            state.call_id, state.queue_id = call_id, queue_id
            self._rows.changed(state)
