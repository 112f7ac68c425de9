"""Opening hours of the plan: minutes of the week, days since 1970, and the zone as its changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from acdengine.settings.hours import DAYS, HoursSettings, TimeSpans
from acdengine.settings.tree import Keys
from queues.policy import SECOND_US
from routing.policy import Hours, Window

FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2050
"""Changes of a zone's offset are known to the engine in these years; before and after them the
first and the last offset hold."""

_DAY_S: Final = 86_400
_DAY_MINUTES: Final = 1440
_EPOCH: Final = date(1970, 1, 1)


def days_of(span: str) -> list[int]:
    """Weekdays, 0 for Monday, of `mon-wed,sat`; `sat-mon` goes over the week's end."""
    days: list[int] = []
    for part in span.split(","):
        first, _, last = part.partition("-")
        start = DAYS.index(first)
        length = (DAYS.index(last or first) - start) % 7 + 1
        days += [(start + n) % 7 for n in range(length)]
    return list(dict.fromkeys(days))


def minutes_of(span: str) -> tuple[int, int]:
    """Start and end of `08:00-18:30` in minutes from midnight, 24:00 being 1440."""
    start, _, end = span.partition("-")
    return _minute(start), _minute(end)


def _minute(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


def spans_of(times: TimeSpans, path: Keys = ()) -> Iterator[tuple[str, Keys]]:
    """One span of times or several, each with the way to it."""
    if isinstance(times, str):
        yield times, path
    else:
        for number, span in enumerate(times):
            yield span, (*path, number)


def hours_of(hours_id: str, settings: HoursSettings) -> Hours:
    """Opening hours of the plan."""
    return Hours(
        hours_id=hours_id,
        offsets=offsets_of(settings.zone),
        windows=tuple(_windows(settings)),
        closed_days=tuple(dict.fromkeys(_day(day) for day in settings.closed)),
        special_days={
            _day(day): tuple(minutes_of(span) for span, _ in spans_of(times))
            for day, times in settings.special.items()
        },
    )


def _day(day: date) -> int:
    return (day - _EPOCH).days


def _windows(settings: HoursSettings) -> Iterator[Window]:
    for days, times in settings.open.items():
        for day in days_of(days):
            for span, _ in spans_of(times):
                start, end = minutes_of(span)
                if start < end:
                    yield Window(day, start, end)
                    continue
                # Over midnight: the rest lies in the next day.
                yield Window(day, start, _DAY_MINUTES)
                if end:
                    yield Window((day + 1) % 7, 0, end)


@cache
def offsets_of(zone: str) -> tuple[tuple[int, int], ...]:
    """A zone as (from this UTC microsecond on, microseconds east of UTC), ascending.

    Raises `ZoneInfoNotFoundError` for a zone that is not known.
    """
    info = ZoneInfo(zone)
    first_s = int(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp())
    last_s = int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp())
    offset_s = _offset_s(info, first_s)
    offsets = [(-(2**62), offset_s * SECOND_US)]
    for day_s in range(first_s + _DAY_S, last_s + 1, _DAY_S):
        after_s = _offset_s(info, day_s)
        if after_s != offset_s:
            change_s = _change(info, day_s - _DAY_S, day_s)
            offsets.append((change_s * SECOND_US, after_s * SECOND_US))
            offset_s = after_s
    return tuple(offsets)


def _offset_s(info: ZoneInfo, at_s: int) -> int:
    offset = datetime.fromtimestamp(at_s, info).utcoffset()
    return 0 if offset is None else offset.days * _DAY_S + offset.seconds


def _change(info: ZoneInfo, before_s: int, after_s: int) -> int:
    """The second from which on the later of two offsets holds."""
    later = _offset_s(info, after_s)
    while after_s - before_s > 1:
        middle_s = (before_s + after_s) // 2
        if _offset_s(info, middle_s) == later:
            after_s = middle_s
        else:
            before_s = middle_s
    return after_s
