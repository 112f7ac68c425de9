"""What a check has found."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Level = Literal["ok", "warning", "error"]


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was looked at.

    Attributes:
        check: what was looked at, in a word or two.
        seen: what was found.
        advice: what to do about it; empty when nothing need be done.
        took_ms: how long it took, where that tells something.
    """

    check: str
    level: Level
    seen: str
    advice: str = ""
    took_ms: float | None = None


def ok(check: str, seen: str, took_ms: float | None = None) -> Finding:
    """All is well."""
    return Finding(check=check, level="ok", seen=seen, took_ms=took_ms)


def warning(check: str, seen: str, advice: str, took_ms: float | None = None) -> Finding:
    """It works, but not as it should."""
    return Finding(check=check, level="warning", seen=seen, advice=advice, took_ms=took_ms)


def error(check: str, seen: str, advice: str, took_ms: float | None = None) -> Finding:
    """Calls would be lost, or callers and agents not hear each other."""
    return Finding(check=check, level="error", seen=seen, advice=advice, took_ms=took_ms)


def listed(names: list[str], most: int = 6) -> str:
    """Some names in a line, and how many more there are."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
