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
        state = AgentStateRow(
            rows.source_id, rows.seq, rows.idx, agent_id, agent_id.partition("/")[0],
            fact.state, fact.reason, at_us, None, fact.by,
        )  # fmt: skip
        if before is not None:
            before.ended_at_us = at_us
            rows.changed(before)
            if before.state == "wrap_up":
                self._wrapped_up(agent_id, at_us)
            if fact.state in _WITH_A_CALL:
                state.call_id, state.queue_id = before.call_id, before.queue_id
        if fact.state == "wrap_up" and state.call_id:
            rows.begin("wrap_up", state.call_id, at_us, queue_id=state.queue_id, agent_id=agent_id)
        rows.agent_states[agent_id] = state
        rows.changed(state)

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
