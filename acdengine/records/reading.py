"""Rows of a stretch of time, read back from a database of records."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import ColumnElement, Engine, Table, or_, select

from acdengine.records import schema
from acdengine.records.rows import AgentStateRow, CallRow, KeyedRow, SegmentRow

_Row = TypeVar("_Row", bound=KeyedRow)


def calls_between(engine: Engine, from_us: int, to_us: int, tenant_id: str = "") -> list[CallRow]:
    """Calls that arrived in a stretch of time; of one tenant, or of all."""
    table = schema.calls
    conditions = _within(table, from_us, to_us, tenant_id)
    return _read(engine, table, CallRow, conditions)


def segments_between(
    engine: Engine, from_us: int, to_us: int, tenant_id: str = ""
) -> list[SegmentRow]:
    """Segments that began in a stretch of time."""
    table = schema.segments
    return _read(engine, table, SegmentRow, _within(table, from_us, to_us, tenant_id))


def agent_states_between(
    engine: Engine, from_us: int, to_us: int, tenant_id: str = ""
) -> list[AgentStateRow]:
    """Intervals of agents' states that lie in a stretch of time, in part or whole."""
    columns = schema.agent_states.c
    conditions: list[ColumnElement[bool]] = [
        columns.started_at_us < to_us,
        or_(columns.ended_at_us.is_(None), columns.ended_at_us > from_us),
    ]
    if tenant_id:
        conditions.append(columns.tenant_id == tenant_id)
    return _read(engine, schema.agent_states, AgentStateRow, conditions)


def _within(table: Table, from_us: int, to_us: int, tenant_id: str) -> list[ColumnElement[bool]]:
    columns = table.c
    conditions = [columns.started_at_us >= from_us, columns.started_at_us < to_us]
    if tenant_id:
        conditions.append(columns.tenant_id == tenant_id)
    return conditions


def _read(
    engine: Engine, table: Table, kind: type[_Row], conditions: list[ColumnElement[bool]]
) -> list[_Row]:
    columns = table.c
    query = (
        select(*(columns[name] for name in kind.__struct_fields__))
        .where(*conditions)
        .order_by(columns.started_at_us, columns.source_id, columns.seq, columns.idx)
    )
    with engine.connect() as connection:
        found = connection.execution_options(stream_results=True).execute(query)
        return [kind(*values) for values in found]
