"""What carries the moment at which it happened: events, which come in, and facts, which go out; and
commands, which go out."""

from __future__ import annotations

from msgspec import Struct


class Event(Struct, frozen=True, gc=False, tag=True):
    """Something happened at ``at_us``."""

    at_us: int


class Fact(Struct, frozen=True, gc=False, tag=True):
    """Something that happened at ``at_us`` (UTC, microseconds)."""

    at_us: int


class Command(Struct, frozen=True, gc=False, tag=True):
    """Something to be done."""
