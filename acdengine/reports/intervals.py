"""Intervals of a report: half hours, hours, days, weeks, months, by the clock of a zone.

A day with a change of the clock has 23 or 25 hours, and 46 or 50 half hours. Half hours and hours
are counted from each midnight on, and always have their length; a day is from midnight to midnight.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

from acdengine.errors import ACDError

By = Literal["half-hour", "hour", "day", "week", "month", "total"]
BY: Final[tuple[By, ...]] = get_args(By)

_US: Final = 1_000_000
_LENGTH_US: Final[dict[By, int]] = {"half-hour": 1800 * _US, "hour": 3600 * _US}
#: Intervals of one report: half hours of some two years.
MOST_INTERVALS: Final = 40_000


class TooManyIntervals(ACDError):
    """A report would have more rows than anyone reads."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Where intervals begin and end.

    Attributes:
        by: their kind.
        edges_us: rising; interval n is from edge n up to, and without, edge n + 1.
        zone: by whose clock.
    """

    by: By
    edges_us: tuple[int, ...]
    zone: ZoneInfo

    def __len__(self) -> int:
        return len(self.edges_us) - 1

    @property
    def from_us(self) -> int:
        """Where the first begins."""
        return self.edges_us[0]

    @property
    def to_us(self) -> int:
        """Where the last ends."""
        return self.edges_us[-1]

    def place(self, at_us: int) -> int:
        """The interval that a moment lies in; -1 or the number of intervals outside of all."""
        return bisect_right(self.edges_us, at_us) - 1

    def runs(self) -> Iterator[tuple[int, int, int]]:
        """Intervals of one length in a row: the number of the first, its beginning, the length."""
        lengths = [b - a for a, b in zip(self.edges_us, self.edges_us[1:], strict=False)]
        for number, length in enumerate(lengths):
            if number == 0 or length != lengths[number - 1]:
                yield number, self.edges_us[number], length

    def label(self, number: int) -> str:
        """An interval in words: its beginning by the zone's clock."""
        at = local(self.edges_us[number], self.zone)
        if self.by == "total":
            return "total"
        if self.by in _LENGTH_US:
            return f"{at:%Y-%m-%d %H:%M}{_offset(at) if self._is_ambiguous(number) else ''}"
        if self.by == "week":
            return f"{at:%G-W%V}"
        return f"{at:%Y-%m}" if self.by == "month" else f"{at:%Y-%m-%d}"

    def _is_ambiguous(self, number: int) -> bool:
        """The hour comes twice that night."""
        at = local(self.edges_us[number], self.zone)
        return at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset()


def _offset(at: datetime) -> str:
    return f"{at:%z}"


def local(at_us: int, zone: ZoneInfo) -> datetime:
    """A moment by the clock of a zone."""
    return datetime.fromtimestamp(at_us // _US, zone)


def us_of(at: datetime) -> int:
    """A moment in microseconds."""
    return round(at.timestamp()) * _US


def midnight_us(day: date, zone: ZoneInfo) -> int:
    """When a day begins."""
    return us_of(datetime.combine(day, time(), zone))


def intervals(by: By, from_us: int, to_us: int, zone: ZoneInfo) -> Intervals:
    """The intervals of a stretch of time; the first and the last are cut at its ends.

    Args:
        by: their kind.
        from_us, to_us: the stretch, at least a microsecond long.
        zone: by whose clock.

    Raises:
        TooManyIntervals: there are more than `MOST_INTERVALS`.
    """
    edges = [from_us]
    for edge in _edges(by, from_us, to_us, zone):
        if edges[-1] < edge < to_us:
            edges.append(edge)
            if len(edges) > MOST_INTERVALS:
                raise TooManyIntervals(f"more than {MOST_INTERVALS:,} intervals: longer ones?")
    return Intervals(by, (*edges, to_us), zone)


def _edges(by: By, from_us: int, to_us: int, zone: ZoneInfo) -> Iterator[int]:
    day = local(from_us, zone).date()
    while by != "total":
        begin_us = midnight_us(day, zone)
        if begin_us >= to_us:
            return
        following = _following(by, day)
        end_us = midnight_us(following, zone)
        length_us = _LENGTH_US.get(by, end_us - begin_us)
        yield from range(begin_us, end_us, length_us)
        day = following


def _following(by: By, day: date) -> date:
    if by == "week":
        return day + timedelta(days=7 - day.weekday())
    if by == "month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day + timedelta(days=1)


def places(edges_us: Sequence[int], from_us: int, to_us: int) -> Iterator[tuple[int, int]]:
    """The intervals that a stretch of time lies in, and how much of it lies in each."""
    number = max(bisect_right(edges_us, from_us) - 1, 0)
    while number < len(edges_us) - 1 and edges_us[number] < to_us:
        length_us = min(to_us, edges_us[number + 1]) - max(from_us, edges_us[number])
        if length_us > 0:
            yield number, length_us
        number += 1


def spread(
    edges_us: Sequence[int], from_us: int, to_us: int, value: int
) -> Iterator[tuple[int, int]]:
    """What each interval gets of a whole number that is spread evenly over a stretch of time.

    What is rounded off in one interval is in the next, so that all together are the number.
    """
    length_us = to_us - from_us
    for number, _ in places(edges_us, max(from_us, edges_us[0]), to_us):
        begun_us = max(from_us, edges_us[number]) - from_us
        ended_us = min(to_us, edges_us[number + 1]) - from_us
        yield number, value * ended_us // length_us - value * begun_us // length_us
