"""Values in the words and widths of the console."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_S: Final = 1_000_000
#: Longer ids are shown by their end, where switches' ids differ.
_ID_WIDTH: Final = 10


def duration(us: int | None) -> str:
    """``0:07``, ``12:30``, ``1:02:05``; nothing for nothing."""
    if us is None:
        return "–"
    seconds = max(0, us) // _S
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def clock(local_us: int) -> str:
    """``Mon 5 Jan 2026 10:04:31``."""
    at = datetime.fromtimestamp(local_us / _S, UTC)
    return f"{at:%a} {at.day} {at:%b %Y %H:%M:%S}"


def time_of_day(local_us: int) -> str:
    """``10:04:31``."""
    return f"{datetime.fromtimestamp(local_us / _S, UTC):%H:%M:%S}"


def share(value: float | None) -> str:
    """``82 %``; nothing for nothing."""
    return "–" if value is None else f"{value * 100:.0f} %"


def short_id(name: str) -> str:
    """The end of a long id."""
    return name if len(name) <= _ID_WIDTH else "…" + name[1 - _ID_WIDTH :]


def name_of(full_id: str) -> str:
    """An agent's or queue's name without its tenant."""
    return full_id.rpartition("/")[2]


def speed(value: float) -> str:
    """``×60``; nothing for real time."""
    return "" if value == 1.0 else f"×{value:g}"


def micros(us: float | None) -> str:
    """``85 µs``, ``1.2 ms``; nothing for nothing."""
    if us is None:
        return "–"
    return f"{us:.0f} µs" if us < 1000 else f"{us / 1000:.1f} ms"
