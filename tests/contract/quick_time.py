"""Time in the contract tests: what takes a second with FreeSWITCH takes a quarter of one here.

The stand-in's clock runs so much faster, and so do the clocks of the engine, of the adapter and of
the tests' own waits: to each other they are as in a live test. Processes of their own, and the
limits after which a test fails, keep to real time.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from typing import Final

#: Seconds that pass in a real one.
SPEED: Final = 4
_BEGUN_NS: Final = time.monotonic_ns()
_BEGUN_UTC_NS: Final = time.time_ns()


def _passed_ns() -> int:
    return (time.monotonic_ns() - _BEGUN_NS) * SPEED


def utc_ns() -> int:
    """The time of day, in nanoseconds."""
    return _BEGUN_UTC_NS + _passed_ns()


class _QuickSelector(selectors.DefaultSelector):
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout if timeout is None else timeout / SPEED)


class QuickLoop(asyncio.SelectorEventLoop):
    """An event loop in which every wait is so much shorter."""

    def __init__(self) -> None:
        super().__init__(_QuickSelector())

    def time(self) -> float:
        return _passed_ns() / 1e9
