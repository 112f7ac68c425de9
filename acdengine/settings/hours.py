"""Opening hours."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, TypeAlias

from pydantic import Field

from acdengine.settings.model import Expected, SettingsModel

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
_SPAN = f"{_DAY}(-{_DAY})?"
DaySpan = Annotated[
    str, Field(pattern=f"^{_SPAN}(,{_SPAN})*$"), Expected("days such as mon-fri or sat,sun")
]
TimeSpan = Annotated[
    str,
    Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"),
    Expected("times such as 08:00-18:30"),
]
TimeSpans: TypeAlias = TimeSpan | list[TimeSpan]


class HoursSettings(SettingsModel):
    """Opening hours of a week, with the days that differ."""

    zone: str = "UTC"
    """Time zone, such as `Europe/Berlin`."""
    open: dict[DaySpan, TimeSpans] = {}
    """Days to times: `mon-fri: 08:00-18:00`, or a list where there is a break. Times whose end is
    before their start reach into the next day."""
    closed: list[date] = []
    """Days without opening, such as `2026-12-25`."""
    special: dict[date, TimeSpans] = {}
    """Days with times of their own, in place of the week's."""
