"""Opening hours against minutes looked at one by one, and against the time-zone library."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.calendar import is_open, next_open_us
from routing.policy import Hours, Window

MINUTE_US: Final = 60_000_000
DAY_US: Final = 1440 * MINUTE_US
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def us(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


OFFICE = Hours(
    hours_id="t/office",
    windows=(
        *(Window(day, 8 * 60, 12 * 60) for day in range(5)),
        *(Window(day, 13 * 60, 18 * 60) for day in range(5)),
    ),
    closed_days=(us(datetime(2026, 1, 6, tzinfo=UTC)) // DAY_US,),
    special_days={us(datetime(2026, 1, 7, tzinfo=UTC)) // DAY_US: ((600, 660),)},
)


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-01-05 07:59:59.999999", False),
        ("2026-01-05 08:00", True),
        ("2026-01-05 11:59:59", True),
        ("2026-01-05 12:00", False),
        ("2026-01-05 17:59", True),
        ("2026-01-05 18:00", False),
        ("2026-01-06 09:00", False),
        ("2026-01-07 09:00", False),
        ("2026-01-07 10:00", True),
        ("2026-01-07 11:00", False),
        ("2026-01-08 09:00", True),
        ("2026-01-10 09:00", False),
    ],
)
def test_an_office(moment: str, open_: bool) -> None:
    assert is_open(OFFICE, us(datetime.fromisoformat(f"{moment}+00:00"))) == open_


def _berlin() -> tuple[tuple[int, int], ...]:
    """The changes of the clocks in Berlin from 2025 to 2027, as the settings write them."""
    zone = ZoneInfo("Europe/Berlin")
    moment, found = datetime(2025, 1, 1, tzinfo=UTC), [(-(2**62), 3600 * 10**6)]
    while moment.year < 2028:
        offset = moment.astimezone(zone).utcoffset()
        assert offset is not None
        east = offset // timedelta(microseconds=1)
        if east != found[-1][1]:
            found.append((us(moment), east))
        moment += timedelta(hours=1)
    return tuple(found)


BERLIN: Final = _berlin()


@given(st.integers(0, 2 * 365 * 1440))
def test_local_time_over_the_changes_of_the_clocks(minutes: int) -> None:
    hours = Hours(
        hours_id="t/berlin",
        offsets=BERLIN,
        windows=tuple(Window(day, 60, 180) for day in range(6)),
    )
    moment = datetime(2025, 6, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    local = moment.astimezone(ZoneInfo("Europe/Berlin"))
    assert is_open(hours, us(moment)) == (local.weekday() < 6 and 1 <= local.hour < 3)


WINDOWS: Final = st.lists(
    st.builds(Window, st.integers(0, 6), st.integers(0, 1439), st.integers(0, 1440)), max_size=4
)


@pytest.mark.slow
@settings(max_examples=50)
@given(WINDOWS, st.lists(st.integers(0, 10), max_size=3), st.integers(0, 10 * DAY_US))
def test_the_next_opening_is_the_first_open_minute(
    windows: list[Window], closed: list[int], at_us: int
) -> None:
    hours = Hours(hours_id="t/h", windows=tuple(windows), closed_days=tuple(closed))
    found = next_open_us(hours, at_us)
    if is_open(hours, at_us):
        assert found == at_us
        return
    minute = (at_us // MINUTE_US + 1) * MINUTE_US
    looked_at = range(minute, minute + 10 * DAY_US, MINUTE_US)
    first = next((moment for moment in looked_at if is_open(hours, moment)), None)
    if first is None:
        assert found is None or found > at_us + 10 * DAY_US
    else:
        assert found == first


def test_without_windows_it_is_never_open() -> None:
    never = Hours(hours_id="t/never")
    assert not is_open(never, 0)
    assert next_open_us(never, 5) is None
