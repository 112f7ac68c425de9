"""Times of day of a file as moments."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from acdengine.program.histories.history import Centre

BERLIN = Centre("acme", ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-05 10:00:00", "2026-01-05 09:00:00"),
        ("2026-07-05 10:00:00", "2026-07-05 08:00:00"),
        # The day of 25 hours: half past two comes twice, the first is taken.
        ("2026-10-25 02:30:00", "2026-10-25 00:30:00"),
        ("2026-10-25 03:00:00", "2026-10-25 02:00:00"),
        # The day of 23 hours.
        ("2026-03-29 01:59:59", "2026-03-29 00:59:59"),
        ("2026-03-29 03:00:00", "2026-03-29 01:00:00"),
        # What names its own zone.
        ("2026-07-05T10:00:00+00:00", "2026-07-05 10:00:00"),
    ],
)
def test_a_time_of_day_is_that_of_the_zone(text: str, utc: str) -> None:
    assert BERLIN.us(text) == Centre("acme", ZoneInfo("UTC")).us(utc)
