"""Checks of opening hours: zones that exist, and days told once."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from acdengine.settings.compiling.hours import days_of, minutes_of, spans_of
from acdengine.settings.hours import DAYS, HoursSettings
from acdengine.settings.model import Remark
from acdengine.settings.names import Scope
from acdengine.settings.suggest import did_you_mean
from acdengine.settings.tree import Keys


def hours_remarks(scope: Scope) -> Iterator[Remark]:
    """What is wrong with a tenant's zone and its opening hours."""
    if scope.settings.zone is not None:
        yield from _zone(scope.settings.zone, scope.at("zone"))
    for name, hours in scope.settings.hours.items():
        path = scope.at("hours", name)
        yield from _zone(hours.zone, (*path, "zone"))
        yield from _week(hours, path)
        yield from _days(hours, path)


def _zone(zone: str, path: Keys) -> Iterator[Remark]:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        suggestion = did_you_mean(zone, sorted(available_timezones()))
        message = f"there is no time zone '{zone}'{suggestion}"
        yield Remark(path, message, "one such as Europe/Berlin")


def _week(hours: HoursSettings, path: Keys) -> Iterator[Remark]:
    first: dict[int, str] = {}
    for days, times in hours.open.items():
        place = (*path, "open", days)
        for day in days_of(days):
            earlier = first.setdefault(day, days)
            if earlier != days:
                yield Remark(place, f"{DAYS[day]} has its times at '{earlier}' already", "one key")
        for span, where in spans_of(times, place):
            start, end = minutes_of(span)
            if start == end:
                yield Remark(where, f"'{span}' lasts no time", "00:00-24:00 for a whole day")


def _days(hours: HoursSettings, path: Keys) -> Iterator[Remark]:
    for day, times in hours.special.items():
        place = (*path, "special", day.isoformat())
        if day in hours.closed:
            yield Remark(place, "this day is closed as well", "it in one of the two")
        for span, where in spans_of(times, place):
            start, end = minutes_of(span)
            if start >= end:
                message = f"'{span}' does not end on the day"
                yield Remark(where, message, "an end after the start, 24:00 at the latest")
