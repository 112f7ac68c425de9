"""Ids and times as the engine has them."""

from __future__ import annotations

from queues.policy import SECOND_US


def full_id(tenant: str, name: str | None) -> str:
    """The id of something that a tenant names; empty where no name is given."""
    return f"{tenant}/{name}" if name else ""


def to_us(seconds: float) -> int:
    """Seconds as whole microseconds."""
    return round(seconds * SECOND_US)


def to_us_or_none(seconds: float | None) -> int | None:
    """The same where there may be no limit."""
    return None if seconds is None else to_us(seconds)
