"""Why the service level dropped: what rose or fell against the same time of the weeks before.

What agents must carry is load = calls × handle time ÷ time of agents at work. Between two times
its ratio is the product of three ratios, so that the logarithms of these add up to it: each one's
part of the sum is its share in the rise (the logarithmic mean Divisia index of two states with
multiplicative factors, B. W. Ang, Energy Policy 33, 2005). Nothing is guessed; a cause that did
not push has a share below 0, and the shares add up to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from math import log
from typing import Final

from sqlalchemy import Connection

from acdengine.reports.intervals import Intervals, local, us_of
from acdengine.reports.report import report
from acdengine.reports.sums import Scope

_US: Final = 1_000_000
_METRICS: Final = (
    "waits", "handle-time", "talking-or-idle-time", "handling-time", "talking-time",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """What there was to do, and by how many, in an interval.

    Attributes:
        level: service level; None: no calls.
        waits: calls in queues; of several weeks their mean.
        handle_s: mean handle time.
        staff_s: time of agents at work.
    """

    level: float | None
    waits: float
    handle_s: float
    staff_s: float

    @property
    def load(self) -> float:
        """Share of the agents' time that the calls need; 0: not known."""
        return self.waits * self.handle_s / self.staff_s if self.staff_s else 0.0


@dataclass(frozen=True, slots=True)
class Drop:
    """An interval whose service level is below that of the weeks before.

    Attributes:
        interval: its number.
        now, before: both times.
        shares: of volume, staff and handle time in the rise of the load; empty where the load did
            not rise, and the cause is another: skills, routing, agents who did not take calls.
    """

    interval: int
    now: Work
    before: Work
    shares: dict[str, float]


def drops(
    connection: Connection, level: str, intervals: Intervals, weeks: int, scope: Scope
) -> list[Drop]:
    """Intervals in which the service level is below that of the same time of the weeks before.

    Args:
        connection: to the records.
        level: the service level, with its parameters.
        intervals: at most a week long each.
        weeks: that are looked back; those without records do not count.
        scope: whose.
    """
    present = _sums(connection, level, intervals, scope)
    past = [
        _sums(connection, level, earlier(intervals, number + 1), scope) for number in range(weeks)
    ]
    found = []
    for number, sums in enumerate(present):
        recorded = [week[number] for week in past if week[number].counted]
        if not recorded or not sums.counted:
            continue
        now = sums.work(1)
        before = reduce(_Sums.plus, recorded).work(len(recorded))
        if now.level is not None and before.level is not None and now.level < before.level:
            found.append(Drop(number, now, before, _shares(now, before)))
    return found


def earlier(intervals: Intervals, weeks: int) -> Intervals:
    """The same times by the clock, some weeks before."""
    edges = tuple(
        us_of(local(edge, intervals.zone) - timedelta(weeks=weeks)) for edge in intervals.edges_us
    )
    return Intervals(intervals.by, edges, intervals.zone)


@dataclass(frozen=True, slots=True)
class _Sums:
    """What is added up of an interval."""

    in_time: float
    counted: float
    waits: float
    handled: float
    conversations: float
    staff_us: float

    def work(self, weeks: int) -> Work:
        """Of the mean of some weeks."""
        return Work(
            self.in_time / self.counted if self.counted else None,
            self.waits / weeks,
            self.handled / _US / self.conversations if self.conversations else 0.0,
            self.staff_us / _US / weeks,
        )

    def plus(self, other: _Sums) -> _Sums:
        """Both together."""
        return _Sums(
            self.in_time + other.in_time,
            self.counted + other.counted,
            self.waits + other.waits,
            self.handled + other.handled,
            self.conversations + other.conversations,
            self.staff_us + other.staff_us,
        )


def _sums(connection: Connection, level: str, intervals: Intervals, scope: Scope) -> list[_Sums]:
    """Of each interval. Agents are at work when ready, ringing, talking or in wrap-up."""
    found = []
    for row in report(connection, (level, *_METRICS), intervals, None, scope).rows:
        of_level, waits, handle, talking_or_idle, handling, talking = row.figures
        staff_us = talking_or_idle.part + handling.part - talking.part
        found.append(
            _Sums(
                of_level.part, of_level.whole or 0, waits.part,
                handle.part, handle.whole or 0, staff_us,
            )
        )  # fmt: skip
    return found


def _shares(now: Work, before: Work) -> dict[str, float]:
    if not (now.load and before.load) or now.load <= before.load:
        return {}
    whole = log(now.load / before.load)
    return {
        "volume": log(now.waits / before.waits) / whole,
        "staff": log(before.staff_s / now.staff_s) / whole,
        "handle time": log(now.handle_s / before.handle_s) / whole,
    }
