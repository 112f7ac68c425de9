"""Use of lines: how many calls a trunk group carried at once, and its traffic in erlangs."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from acdengine.records.schema import calls
from acdengine.reports.intervals import Intervals, places
from acdengine.reports.measures import BLOCKED
from acdengine.reports.sums import Scope, recorded_until_us, scope_conditions


@dataclass(slots=True)
class LineUse:
    """A trunk group in one interval.

    Attributes:
        busy_us: time of all its calls together; divided by the length of the interval it is the
            traffic in erlangs.
        peak: most calls at once.
        blocked: calls that met busy.
    """

    busy_us: int = 0
    peak: int = 0
    blocked: int = 0


def line_use(
    connection: Connection, intervals: Intervals, scope: Scope
) -> dict[tuple[int, str], LineUse]:
    """Use of trunk groups by interval and group; where there was none there is nothing.

    Args:
        connection: to the records.
        intervals: by which; what goes on counts up to the last fact.
        scope: whose calls.
    """
    c = calls.c
    until_us = recorded_until_us(connection)
    query = select(
        c.trunk_id, c.started_at_us, c.ended_at_us, BLOCKED.value
    ).where(
        c.trunk_id != "",
        c.started_at_us < intervals.to_us,
        or_(c.ended_at_us.is_(None), c.ended_at_us >= intervals.from_us),
        *scope_conditions("calls", scope),
    )  # fmt: skip
    found: dict[tuple[int, str], LineUse] = {}
    steps: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for trunk_id, begun_us, ended_us, is_blocked in connection.execute(query):
        if is_blocked:
            number = intervals.place(begun_us)
            if 0 <= number < len(intervals):
                found.setdefault((number, trunk_id), LineUse()).blocked += 1
            continue
        last_us = min(until_us if ended_us is None else ended_us, intervals.to_us)
        first_us = max(begun_us, intervals.from_us)
        for number, length_us in places(intervals.edges_us, first_us, last_us):
            key = number, trunk_id
            found.setdefault(key, LineUse()).busy_us += length_us
            inside_us = max(first_us, intervals.edges_us[number])
            steps.setdefault(key, []).extend(((inside_us, 1), (inside_us + length_us, -1)))
    for key, changes in steps.items():
        found[key].peak = _peak(changes)
    return dict(sorted(found.items()))


def _peak(changes: list[tuple[int, int]]) -> int:
    """Most at once; a line that is freed is free for a call that begins in the same moment."""
    busy = peak = 0
    for _, change in sorted(changes):
        busy += change
        peak = max(peak, busy)
    return peak
