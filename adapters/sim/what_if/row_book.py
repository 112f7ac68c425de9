"""The rows that a projector has made, each as it is at the end."""

from __future__ import annotations

from typing import Any, TypeVar

from acdengine.records.projector import Projector
from acdengine.records.rows import AgentStateRow, CallRow, KeyedRow, SegmentRow
from adapters.sim.what_if.recorded_day import Rows

_Row = TypeVar("_Row", bound=KeyedRow)


def rows_of(projector: Projector) -> Rows:
    """The rows of all that a projector has taken since it was drained last."""
    tables = projector.drain().new
    return Rows(
        _rows(CallRow, tables.get("calls", [])),
        _rows(SegmentRow, tables.get("segments", [])),
        _rows(AgentStateRow, tables.get("agent_states", [])),
    )


def _rows(kind: type[_Row], values: list[tuple[Any, ...]]) -> list[_Row]:
    return [kind(*one) for one in sorted(values, key=_key)]


def _key(values: tuple[Any, ...]) -> tuple[int, int]:
    return values[1], values[2]
