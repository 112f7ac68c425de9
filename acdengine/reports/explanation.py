"""The calls and states behind a figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, literal, select

from acdengine.reports.groups import Group, grouped
from acdengine.reports.intervals import Intervals, places, spread
from acdengine.reports.measures import (
    SEGMENT_KINDS,
    SPREAD_KINDS,
    Measure,
    agent_of,
    call_of,
    end_of,
    table_of,
    time_of,
)
from acdengine.reports.report import Asked
from acdengine.reports.sums import Scope, recorded_until_us, scope_conditions


@dataclass(frozen=True, slots=True)
class Reason:
    """A row of the records that counts for a figure.

    Attributes:
        interval, group: of the figure.
        measure: what it counts for.
        is_whole: it counts for the divisor.
        call_id: of the call; empty of a state without one.
        agent_id: of the agent; empty where there is none.
        at_us: when the row began.
        value: what it adds; of a state the microseconds that lie in the interval.
    """

    interval: int
    group: str
    measure: str
    is_whole: bool
    call_id: str
    agent_id: str
    at_us: int
    value: int


def explain(
    connection: Connection,
    asked: Asked,
    intervals: Intervals,
    group: Group | None = None,
    scope: Scope = Scope(),  # noqa: B008 - frozen
    only: str | None = None,
) -> Iterator[Reason]:
    """All rows that a metric is made of, whose values add up to its parts.

    Args:
        connection: to the records.
        asked: the metric.
        intervals, group: as in the report.
        scope: whose rows.
        only: the rows of this group alone.

    Raises:
        NoSuchGroup: the metric cannot be given by such groups.
    """
    parts = asked.parts
    for is_whole, signed in ((False, parts.part), (True, parts.whole)):
        for sign, measure in signed:
            for reason in _rows(connection, measure, intervals, group, scope, only):
                interval, name, call_id, agent_id, at_us, value = reason
                yield Reason(
                    interval, name, measure.name, is_whole, call_id, agent_id, at_us, sign * value
                )


def _rows(
    connection: Connection,
    measure: Measure,
    intervals: Intervals,
    group: Group | None,
    scope: Scope,
    only: str | None,
) -> Iterator[tuple[int, str, str, str, int, int]]:
    kind = measure.kind
    source, by = grouped(kind, group)
    table, at_us = table_of(kind), time_of(kind)
    agent, ended = agent_of(kind), end_of(kind)
    shown = literal("") if agent is None else agent
    query = (
        select(by, call_of(kind), shown, at_us, ended, measure.value)
        .select_from(source)
        .where(at_us < intervals.to_us, measure.value != 0, *scope_conditions(kind, scope))
        .order_by(at_us)
    )
    if kind in SEGMENT_KINDS:
        query = query.where(table.c.kind == kind, table.c.ended_at_us.is_not(None))
    if only is not None:
        query = query.where(by == only)
    if kind in SPREAD_KINDS:
        for name, call_id, agent_id, begun_us, ended_us, value in connection.execute(
            query.where(ended > intervals.from_us)
        ):
            for number, share in spread(intervals.edges_us, begun_us, ended_us, value):
                yield number, name, call_id, agent_id, begun_us, share
        return
    if kind != "states":
        for name, call_id, agent_id, begun_us, _, value in connection.execute(
            query.where(at_us >= intervals.from_us)
        ):
            yield intervals.place(begun_us), name, call_id, agent_id, begun_us, int(value)
        return
    until_us = recorded_until_us(connection)
    lasting = query.where((ended > intervals.from_us) | ended.is_(None))
    for name, call_id, agent_id, begun_us, ended_us, share in connection.execute(lasting):
        last_us = min(until_us if ended_us is None else ended_us, intervals.to_us)
        for number, length_us in places(
            intervals.edges_us, max(begun_us, intervals.from_us), last_us
        ):
            yield number, name, call_id, agent_id, begun_us, share * length_us
