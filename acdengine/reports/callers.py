"""Callers who call again and again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from acdengine.records.schema import calls
from acdengine.reports.measures import count_if
from acdengine.reports.sums import Scope, scope_conditions


@dataclass(frozen=True, slots=True)
class RepeatCaller:
    """A number from which several calls came.

    Attributes:
        tenant_id: whom it called.
        ani: the number.
        calls, answered, abandoned: how many, and of these.
        first_us, last_us: when the first and the last of them came.
    """

    tenant_id: str
    ani: str
    calls: int
    answered: int
    abandoned: int
    first_us: int
    last_us: int


def repeat_callers(
    connection: Connection, from_us: int, to_us: int, least: int, most_rows: int, scope: Scope
) -> list[RepeatCaller]:
    """Numbers with several calls within a time, the most frequent first.

    Args:
        connection: to the records.
        from_us, to_us: the time.
        least: calls that make a repeat caller.
        most_rows: numbers at most.
        scope: whose calls.
    """
    c = calls.c
    count = func.count().label("calls")
    query = (
        select(
            c.tenant_id, c.ani, count,
            func.sum(count_if(c.answered_at_us.is_not(None))),
            func.sum(count_if(c.outcome == "abandoned")),
            func.min(c.started_at_us), func.max(c.started_at_us),
        )
        .where(
            c.direction == "inbound", c.ani != "", c.started_at_us >= from_us,
            c.started_at_us < to_us, *scope_conditions("calls", scope),
        )
        .group_by(c.tenant_id, c.ani)
        .having(count >= least)
        .order_by(count.desc(), c.tenant_id, c.ani)
        .limit(most_rows)
    )  # fmt: skip
    return [RepeatCaller(*row) for row in connection.execute(query)]
