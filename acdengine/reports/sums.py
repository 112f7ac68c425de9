"""Adds measures up in the database: by interval and group, rows of one kind in one query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
)

from acdengine.records.schema import agent_states, agents, sources
from acdengine.reports.groups import Group, grouped
from acdengine.reports.intervals import Intervals, places, spread
from acdengine.reports.measures import (
    SEGMENT_KINDS,
    SPREAD_KINDS,
    Kind,
    Measure,
    agent_of,
    end_of,
    table_of,
    time_of,
)

#: Interval and group to the sums of measures, in their order.
Sums: TypeAlias = dict[tuple[int, str], list[int]]

_states: Final = agent_states.c


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows are looked at; all where nothing is named.

    Attributes:
        tenant_id: of one tenant.
        team_ids: of agents of these teams.
        agent_id: of one agent.
    """

    tenant_id: str = ""
    team_ids: tuple[str, ...] = ()
    agent_id: str = ""


def recorded_until_us(connection: Connection) -> int:
    """The time of the last fact in the records: what goes on is counted up to it."""
    return connection.scalar(select(func.max(sources.c.last_at_us))) or 0


def sums(
    connection: Connection,
    measures: Sequence[Measure],
    intervals: Intervals,
    group: Group | None,
    scope: Scope,
) -> Sums:
    """Add up measures of one kind of rows.

    Args:
        connection: to the records.
        measures: of one kind.
        intervals: which rows, and how they are taken together.
        group: what by, besides.
        scope: whose.

    Raises:
        NoSuchGroup: rows of the kind do not belong to such groups.
    """
    kind = measures[0].kind
    if kind == "states":
        return _time_in_states(connection, measures, intervals, group, scope)
    if kind in SPREAD_KINDS:
        return _spread(connection, measures, intervals, group, scope)
    source, by = grouped(kind, group)
    at_us = time_of(kind)
    query = (
        select(
            _interval_of(at_us, intervals).label("interval"),
            by.label("grouped"),
            *(func.sum(measure.value) for measure in measures),
        )
        .select_from(source)
        .where(*_conditions(kind, at_us, intervals, scope))
        .group_by("interval", "grouped")
    )
    return {
        (int(row[0]), row[1]): [int(value or 0) for value in row[2:]]
        for row in connection.execute(query)
    }


def _conditions(
    kind: Kind, at_us: ColumnElement[int], intervals: Intervals, scope: Scope
) -> Iterator[ColumnElement[bool]]:
    table = table_of(kind)
    if kind in SEGMENT_KINDS:
        yield table.c.kind == kind
        yield table.c.ended_at_us.is_not(None)
    yield at_us >= intervals.from_us
    yield at_us < intervals.to_us
    yield from scope_conditions(kind, scope)


def scope_conditions(kind: Kind, scope: Scope) -> Iterator[ColumnElement[bool]]:
    """What limits rows to a scope. A call is the agent's who talked last."""
    table = table_of(kind)
    if scope.tenant_id:
        yield table.c.tenant_id == scope.tenant_id
    agent = agent_of(kind)
    if agent is None:
        # What belongs to no agent is for those who may see the whole tenant.
        if scope.agent_id or scope.team_ids:
            yield false()
        return
    if scope.agent_id:
        yield agent == scope.agent_id
    if scope.team_ids:
        at_us = time_of(kind)
        yield (
            select(literal(1))
            .where(
                agents.c.agent_id == agent,
                agents.c.team_id.in_(scope.team_ids),
                agents.c.from_us <= at_us,
                or_(agents.c.until_us.is_(None), agents.c.until_us > at_us),
            )
            .correlate(table)
            .exists()
        )


def _interval_of(at_us: ColumnElement[int], intervals: Intervals) -> ColumnElement[Any]:
    """The number of the interval that a moment lies in: a division for each run of equal ones."""
    return _by_run(
        at_us,
        intervals,
        lambda first, begin_us, length_us: first + (at_us - begin_us) // length_us,
    )


def _end_of_interval(at_us: ColumnElement[int], intervals: Intervals) -> ColumnElement[Any]:
    """Where the interval of a moment ends."""
    return _by_run(
        at_us,
        intervals,
        lambda _, begin_us, length_us: begin_us + ((at_us - begin_us) // length_us + 1) * length_us,
    )


def _by_run(at_us: ColumnElement[int], intervals: Intervals, value: Any) -> ColumnElement[Any]:  # noqa: ANN401 - a function of three integers
    runs = list(intervals.runs())
    found = [value(*run) for run in runs]
    if len(runs) == 1:
        return found[0]  # type: ignore[no-any-return]
    ends = [run[1] for run in runs[1:]]
    cases = [(at_us < end, one) for end, one in zip(ends, found, strict=False)]
    return case(*cases, else_=found[-1])


def _spread(
    connection: Connection,
    measures: Sequence[Measure],
    intervals: Intervals,
    group: Group | None,
    scope: Scope,
) -> Sums:
    """Add up what is spread evenly over the time of its row."""
    kind = measures[0].kind
    source, by = grouped(kind, group)
    at_us, end_us = time_of(kind), end_of(kind)
    query = (
        select(by, at_us, end_us, *(measure.value for measure in measures))
        .select_from(source)
        .where(at_us < intervals.to_us, end_us > intervals.from_us, *scope_conditions(kind, scope))
    )
    found: Sums = {}
    for name, begun_us, ended_us, *values in connection.execute(query):
        for place, value in enumerate(values):
            for number, share in spread(intervals.edges_us, begun_us, ended_us, value):
                totals = found.setdefault((number, name), [0] * len(measures))
                totals[place] += share
    return found


# -- agents' states -------------------------------------------------------------------------------


def _time_in_states(
    connection: Connection,
    measures: Sequence[Measure],
    intervals: Intervals,
    group: Group | None,
    scope: Scope,
) -> Sums:
    """Time in states, cut at the edges of intervals.

    States that lie in one interval, most of them, are added up by the database. Those that reach
    over an edge are cut here.
    """
    source, by = grouped("states", group)
    end_us = _end_of_interval(_states.started_at_us, intervals)
    length_us = _states.ended_at_us - _states.started_at_us
    begun = and_(
        _states.started_at_us >= intervals.from_us,
        _states.started_at_us < intervals.to_us,
        *scope_conditions("states", scope),
    )
    whole = (
        select(
            _interval_of(_states.started_at_us, intervals).label("interval"),
            by.label("grouped"),
            *(func.sum(measure.value * length_us) for measure in measures),
        )
        .select_from(source)
        .where(begun, _states.ended_at_us <= end_us)
        .group_by("interval", "grouped")
    )
    found: Sums = {
        (int(row[0]), row[1]): [int(value or 0) for value in row[2:]]
        for row in connection.execute(whole)
    }
    reaching: Select[Any] = select(
        by, _states.started_at_us, _states.ended_at_us, *(measure.value for measure in measures)
    ).select_from(source)
    over_an_edge = begun & or_(_states.ended_at_us.is_(None), _states.ended_at_us > end_us)
    until_us = recorded_until_us(connection)
    for rows in (
        connection.execute(reaching.where(over_an_edge)),
        _going_on(connection, reaching, intervals.from_us, scope),
    ):
        _cut(rows, intervals, until_us, found)
    return found


def _cut(rows: Iterable[Any], intervals: Intervals, until_us: int, found: Sums) -> None:
    """Add states that reach over an edge to each interval that they lie in."""
    for name, started_us, ended_us, *shares in rows:
        last_us = min(until_us if ended_us is None else ended_us, intervals.to_us)
        first_us = max(started_us, intervals.from_us)
        for number, length_us in places(intervals.edges_us, first_us, last_us):
            totals = found.setdefault((number, name), [0] * len(shares))
            for place, share in enumerate(shares):
                totals[place] += share * length_us


def _going_on(
    connection: Connection, query: Select[Any], at_us: int, scope: Scope
) -> Iterator[Any]:
    """States that began before a moment and end after it: of each agent the last before it.

    Agents are found by going from one to the next in the index, so that it does not matter how
    many states there are.
    """
    for agent_id in _agent_ids(connection):
        last = connection.scalar(
            select(func.max(_states.started_at_us)).where(
                _states.agent_id == agent_id, _states.started_at_us < at_us
            )
        )
        if last is None:
            continue
        yield from connection.execute(
            query.where(
                _states.agent_id == agent_id,
                _states.started_at_us == last,
                or_(_states.ended_at_us.is_(None), _states.ended_at_us > at_us),
                *scope_conditions("states", scope),
            )
        )


def _agent_ids(connection: Connection) -> Iterator[str]:
    """All agents who have states, each by a look at the index."""
    agent_id = connection.scalar(select(func.min(_states.agent_id)))
    while agent_id is not None:
        yield agent_id
        agent_id = connection.scalar(
            select(func.min(_states.agent_id)).where(_states.agent_id > agent_id)
        )
