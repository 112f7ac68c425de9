"""Opening hours in the engine's terms, against the time zone library."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acdengine.settings.compiling.hours import days_of, hours_of, minutes_of, offsets_of
from acdengine.settings.hours import DAYS, HoursSettings
from routing.calendar import is_open

S = 1_000_000
ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
    "America/Sao_Paulo", "Pacific/Apia", "Africa/Casablanca", "Asia/Kathmandu",
]  # fmt: skip
SECONDS = st.integers(631_152_000, 2_556_143_999)  # 1990 to 2050


@given(st.sampled_from(ZONES), SECONDS)
def test_a_zone_is_at_every_moment_what_the_library_says(zone: str, at_s: int) -> None:
    local = datetime.fromtimestamp(at_s, ZoneInfo(zone))
    offset = local.utcoffset()
    assert offset is not None
    known = [east_us for from_us, east_us in offsets_of(zone) if from_us <= at_s * S]
    assert known[-1] == offset // timedelta(microseconds=1)


def test_the_clock_changes_on_the_second() -> None:
    # Germany, 29 March 2026: from 01:00 UTC on summer time.
    change_us = 1_774_746_000 * S
    assert (change_us, 7200 * S) in offsets_of("Europe/Berlin")


TIMES = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")
SPANS = st.tuples(TIMES, TIMES | st.just("24:00")).filter(lambda span: span[0] != span[1])
WEEKS = st.dictionaries(
    st.sampled_from(DAYS), st.lists(SPANS.map("-".join), min_size=1, max_size=3), max_size=4
)


@given(st.sampled_from(ZONES), WEEKS, SECONDS)
def test_open_is_what_the_wall_clock_says(zone: str, week: dict[str, list[str]], at_s: int) -> None:
    hours = hours_of("t/h", HoursSettings(zone=zone, open=dict(week)))
    local = datetime.fromtimestamp(at_s, ZoneInfo(zone))
    clock = f"{local:%H:%M}"
    day = DAYS[local.weekday()]
    before = DAYS[local.weekday() - 1]

    def holds(span: str, own_day: bool) -> bool:
        start, _, end = span.partition("-")
        over_midnight = end < start
        if own_day:
            return start <= clock and (over_midnight or clock < end)
        return over_midnight and clock < end

    expected = any(holds(span, True) for span in week.get(day, [])) or any(
        holds(span, False) for span in week.get(before, [])
    )
    assert is_open(hours, at_s * S) == expected


def at(text: str, zone: str = "Europe/Berlin") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * S


def test_closed_and_special_days_take_the_place_of_the_week() -> None:
    hours = hours_of(
        "t/h",
        HoursSettings(
            zone="Europe/Berlin",
            open={"mon-sun": "08:00-18:00"},
            closed=[date(2026, 12, 25)],
            special={date(2026, 12, 24): ["09:00-10:00", "11:00-12:00"]},
        ),
    )
    assert is_open(hours, at("2026-12-23T08:00"))
    assert not is_open(hours, at("2026-12-23T18:00"))
    assert not is_open(hours, at("2026-12-24T08:30"))
    assert is_open(hours, at("2026-12-24T11:59"))
    assert not is_open(hours, at("2026-12-25T10:00"))


@pytest.mark.parametrize(
    ("span", "days"),
    [
        ("mon", [0]),
        ("mon-fri", [0, 1, 2, 3, 4]),
        ("sat-mon", [5, 6, 0]),
        ("mon-wed,sat", [0, 1, 2, 5]),
        ("mon,mon-tue", [0, 1]),
        ("sun-sat", [6, 0, 1, 2, 3, 4, 5]),
    ],
)
def test_days_can_be_written_as_spans(span: str, days: list[int]) -> None:
    assert days_of(span) == days


def test_times_are_minutes_of_the_day() -> None:
    assert minutes_of("08:05-24:00") == (485, 1440)
