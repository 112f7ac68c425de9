"""Calls by interval of the past: what a forecast is made of."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Final

from acdengine.errors import ACDError

_DAY_MIN: Final = 24 * 60
#: Errors that are listed of one file.
_ERRORS: Final = 20


class HistoryError(ACDError):
    """A history that cannot be used; names every line that is wrong."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day that was worked.

    Attributes:
        date: by the centre's clock.
        calls: by interval, from the history's first interval of a day on.
    """

    date: date
    calls: tuple[float, ...]

    @property
    def total(self) -> float:
        """All calls of the day."""
        return sum(self.calls)


@dataclass(frozen=True, slots=True)
class History:
    """Days in order, all with the same intervals.

    Attributes:
        minutes: length of an interval.
        first: minute of the day at which the first interval begins.
        days: those with calls; a date that is not there was closed.
    """

    minutes: int
    first: int
    days: tuple[Day, ...]

    def __len__(self) -> int:
        return len(self.days)

    @property
    def intervals(self) -> int:
        """Of a day."""
        return len(self.days[0].calls)

    def begins(self, interval: int) -> str:
        """When an interval begins: ``08:30``."""
        minute = self.first + interval * self.minutes
        return f"{minute // 60:02d}:{minute % 60:02d}"

    def before(self, place: int) -> History:
        """The days before one of them."""
        return History(self.minutes, self.first, self.days[:place])


def read_history(
    path: Path, minutes: int = 30, time_column: str = "", calls_column: str = ""
) -> History:
    """Read a CSV file with a heading, a row for each interval: its time, and its calls.

    Times are by the centre's own clock (ISO 8601; a zone is passed over). Rows of shorter intervals
    are added up. A file that ends in ``.gz`` is unpacked.

    Args:
        path: the file.
        minutes: length of the intervals that are wanted.
        time_column, calls_column: names of the two; without names they are found by
            ``time``, ``from`` or ``date`` and ``calls``, ``offered`` or ``received`` in them.

    Raises:
        HistoryError: a line is wrong; all are listed with their numbers.
        OSError: the file cannot be read.
    """
    errors: list[str] = []
    found: list[tuple[datetime, float]] = []
    with _opened(path) as file:
        reader = csv.reader(file)
        try:
            heading = next(reader, [])
            time_at = _column(path, heading, time_column, ("time", "from", "date"))
            calls_at = _column(path, heading, calls_column, ("calls", "offered", "received"))
            for row in reader:
                problem = _take(row, time_at, calls_at, found)
                if problem:
                    errors.append(f"{path}:{reader.line_num}: {problem}")
        except (csv.Error, UnicodeDecodeError) as error:
            errors.append(f"{path}:{reader.line_num}: no CSV: {error}")
    if errors:
        more = [f"and {len(errors) - _ERRORS} more"] if len(errors) > _ERRORS else []
        raise HistoryError("\n".join([*errors[:_ERRORS], *more]))
    return history_of(found, minutes, str(path))


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _column(path: Path, heading: Sequence[str], name: str, hints: Iterable[str]) -> int:
    if name:
        if name not in heading:
            raise HistoryError(f"{path}:1: no column {name!r}; expected one of {list(heading)}")
        return heading.index(name)
    for place, found in enumerate(heading):
        if any(hint in found.lower() for hint in hints):
            return place
    raise HistoryError(f"{path}:1: no column for {' or '.join(hints)} in {list(heading)}")


def _take(
    row: Sequence[str], time_at: int, calls_at: int, found: list[tuple[datetime, float]]
) -> str:
    """Read a row; returns what is wrong with it."""
    if not row:
        return ""
    if len(row) <= max(time_at, calls_at):
        return f"{len(row)} cells; expected {max(time_at, calls_at) + 1} or more"
    try:
        at = datetime.fromisoformat(row[time_at]).replace(tzinfo=None)
    except ValueError:
        return f"{row[time_at]!r} is no time; expected 2026-12-01T08:30"
    try:
        calls = float(row[calls_at])
    except ValueError:
        calls = -1.0
    if not 0 <= calls < 1e9:
        return f"{row[calls_at]!r} is no number of calls; expected 0 or more"
    found.append((at, calls))
    return ""


def history_of(counts: Iterable[tuple[datetime, float]], minutes: int, name: str) -> History:
    """A history of counts by time; counts of one interval are added up.

    Args:
        counts: in any order.
        minutes: length of the intervals.
        name: where they come from, for the error.

    Raises:
        HistoryError: there are no calls.
    """
    if minutes < 1 or _DAY_MIN % minutes:
        raise HistoryError(f"intervals of {minutes} minutes do not fill a day")
    by_day: dict[date, dict[int, float]] = {}
    for at, calls in counts:
        interval = (at.hour * 60 + at.minute) // minutes
        own = by_day.setdefault(at.date(), {})
        own[interval] = own.get(interval, 0.0) + calls
    worked = {day: own for day, own in by_day.items() if sum(own.values()) > 0}
    if not worked:
        raise HistoryError(f"{name} holds no calls")
    busy = [n for own in worked.values() for n, calls in own.items() if calls]
    first, last = min(busy), max(busy)
    return History(
        minutes,
        first * minutes,
        tuple(
            Day(day, tuple(worked[day].get(n, 0.0) for n in range(first, last + 1)))
            for day in sorted(worked)
        ),
    )
