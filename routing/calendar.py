"""Opening hours worked out from a microsecond, without a clock or a time-zone library."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from routing.policy import SECOND_US, Hold, Hours

_DAY_US: Final = 86_400 * SECOND_US
_MINUTE_US: Final = 60 * SECOND_US
#: How far an opening is looked for, and minutes that a zone's offset may change by in a day.
_HORIZON_US: Final = 40 * _DAY_US
_OFFSET_CHANGE: Final = 180
_EPOCH_WEEKDAY: Final = 3  # 1970-01-01 was a Thursday


def is_open(hours: Hours, at_us: int) -> bool:
    """Whether a moment lies in the opening hours; special days replace the weekday's hours."""
    day, minute = _local(hours, at_us)
    if day in hours.closed_days:
        return False
    special = hours.special_days.get(day)
    if special is not None:
        return any(start <= minute < end for start, end in special)
    weekday = (day + _EPOCH_WEEKDAY) % 7
    return any(
        window.weekday == weekday and window.from_minute <= minute < window.to_minute
        for window in hours.windows
    )


def _starts(offset: tuple[int, int]) -> int:
    return offset[0]


def is_open_now(hours: Hours, held: Hold | None, at_us: int) -> bool:
    """The same where they may be held open or closed by hand."""
    return is_open(hours, at_us) if held is None else held.is_open


def next_open_us(hours: Hours, at_us: int, held: Hold | None = None) -> int | None:
    """The first minute from ``at_us`` on that lies in the opening hours; None where none does
    within 40 days, or they are held closed without an end.

    Openings begin on whole minutes, so only these are looked at; of a day without any only its end,
    where the zone's offset may change.
    """
    if held is not None:
        if held.is_open:
            return at_us
        if not held.until_us:
            return None
        at_us = max(at_us, held.until_us)
    if is_open(hours, at_us):
        return at_us
    end_us = at_us + _HORIZON_US
    minute_us = (at_us // _MINUTE_US + 1) * _MINUTE_US
    while minute_us < end_us:
        if is_open(hours, minute_us):
            return minute_us
        minute_us += _minutes_closed(hours, minute_us) * _MINUTE_US
    return None


def _minutes_closed(hours: Hours, at_us: int) -> int:
    """How many minutes need not be looked at: 1, or almost the rest of a day without openings."""
    day, minute = _local(hours, at_us)
    is_day_off = day in hours.closed_days or not (
        hours.special_days[day]
        if day in hours.special_days
        else any(window.weekday == (day + _EPOCH_WEEKDAY) % 7 for window in hours.windows)
    )
    return max(24 * 60 - minute - _OFFSET_CHANGE, 1) if is_day_off else 1


def _local(hours: Hours, at_us: int) -> tuple[int, int]:
    """The day since 1970 and the minute in it, where the hours are."""
    index = bisect_right(hours.offsets, at_us, key=_starts) - 1
    day, in_day_us = divmod(at_us + hours.offsets[max(index, 0)][1], _DAY_US)
    return day, in_day_us // _MINUTE_US
