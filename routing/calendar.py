"""Opening hours worked out from a microsecond, without a clock or a time-zone library."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from routing.policy import SECOND_US, Hours

_DAY_US: Final = 86_400 * SECOND_US
_MINUTE_US: Final = 60 * SECOND_US
_EPOCH_WEEKDAY: Final = 3  # 1970-01-01 was a Thursday


def is_open(hours: Hours, at_us: int) -> bool:
    """Whether a moment lies in the opening hours; special days replace the weekday's hours."""
    index = bisect_right(hours.offsets, at_us, key=_starts) - 1
    local_us = at_us + hours.offsets[max(index, 0)][1]
    day, in_day_us = divmod(local_us, _DAY_US)
    minute = in_day_us // _MINUTE_US
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


def next_open_us(hours: Hours, at_us: int) -> int:
    """The first minute from ``at_us`` on that lies in the opening hours; ten days on if none does.

    Openings begin on whole minutes, so only these are looked at.
    """
    if is_open(hours, at_us):
        return at_us
    minute = at_us // _MINUTE_US + 1
    for candidate in range(minute, minute + 10 * 24 * 60):
        if is_open(hours, candidate * _MINUTE_US):
            return candidate * _MINUTE_US
    return at_us + 10 * _DAY_US
