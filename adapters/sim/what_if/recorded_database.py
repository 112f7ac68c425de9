"""Records in a database as a recorded day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from acdengine.records.rows import AgentStateRow, SegmentRow
from adapters.sim.what_if.people_from_rows import recorded_day
from adapters.sim.what_if.recorded_day import RecordedDay, Rows

if TYPE_CHECKING:
    from sqlalchemy import Engine

#: What began before the stretch of time and may reach into it: a wrap-up, a conversation.
_BEFORE_US: Final = 4 * 3_600_000_000
#: An agent without a conversation for longer than this was away, where states are not recorded.
AWAY_AFTER_US: Final = 30 * 60_000_000


def read_database(engine: Engine, from_us: int, to_us: int, tenant_id: str = "") -> RecordedDay:
    """The calls of a stretch of time, and the agents who were there.

    Agents of whom the database has conversations and no states, as in histories of other systems,
    are there as `presences_from_talks` says.
    """
    from acdengine.records import reading

    segments = reading.segments_between(engine, from_us - _BEFORE_US, to_us + _BEFORE_US, tenant_id)
    states = reading.agent_states_between(engine, from_us, to_us, tenant_id)
    known = {state.agent_id for state in states}
    states += presences_from_talks(
        one for one in segments if one.agent_id not in known and one.started_at_us < to_us
    )
    rows = Rows(reading.calls_between(engine, from_us, to_us, tenant_id), segments, states)
    return recorded_day(engine.url.render_as_string(hide_password=True), rows, from_us, to_us)


def presences_from_talks(segments: Iterable[SegmentRow]) -> Iterator[AgentStateRow]:
    """States of agents of whom only conversations are known: there from the first to the last, and
    away where there is none for longer than `AWAY_AFTER_US`."""
    talks: dict[str, list[tuple[int, int]]] = {}
    for one in segments:
        if one.kind == "talk" and one.ended_at_us is not None:
            talks.setdefault(one.agent_id, []).append((one.started_at_us, one.ended_at_us))
    for agent_id, found in sorted(talks.items()):
        found.sort()
        begin_us, end_us = found[0]
        for started_us, ended_us in found[1:]:
            if started_us - end_us > AWAY_AFTER_US:
                yield from _presence(agent_id, begin_us, end_us)
                begin_us = started_us
            end_us = max(end_us, ended_us)
        yield from _presence(agent_id, begin_us, end_us)


def _presence(agent_id: str, begin_us: int, end_us: int) -> Iterator[AgentStateRow]:
    tenant_id = agent_id.partition("/")[0]
    yield AgentStateRow(0, 0, 0, agent_id, tenant_id, "ready", "", begin_us, end_us)
    yield AgentStateRow(0, 0, 1, agent_id, tenant_id, "logged_out", "", end_us, end_us + 1)
