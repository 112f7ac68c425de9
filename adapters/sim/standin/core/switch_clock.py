"""The switch's time: the event loop's, run at any speed, and timers that a crash ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

_SECOND_US: Final = 1_000_000


class SwitchClock:
    """Times are microseconds of UTC, as the switch tells them.

    Args:
        speed: seconds of the switch in one of the event loop.
        step_us: resolution of the time in events; 0 is 1 µs.
        utc_ns: the time of day at the beginning.
    """

    def __init__(
        self, speed: float, step_us: int, utc_ns: Callable[[], int] = time.time_ns
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.speed = speed
        self._step_us = max(step_us, 1)
        self._begun_s = self._loop.time()
        self.begun_us = utc_ns() // 1000
        self._life = 0
        self._second = -1
        self._dates = ("", "")

    def now_us(self) -> int:
        """The time now."""
        return self.begun_us + int((self._loop.time() - self._begun_s) * self.speed * _SECOND_US)

    def told_us(self) -> int:
        """The time now as events tell it, rounded down to `step_us`."""
        now = self.now_us()
        return now - now % self._step_us

    def dates(self, at_us: int) -> tuple[str, str]:
        """A time as text, local and GMT; the local zone is GMT."""
        second = at_us // _SECOND_US
        if second != self._second:
            parts = time.gmtime(second)
            self._second = second
            self._dates = (
                time.strftime("%Y-%m-%d %H:%M:%S", parts),
                time.strftime("%a, %d %b %Y %H:%M:%S GMT", parts),
            )
        return self._dates

    def after(self, delay_s: float, act: Callable[[], object]) -> asyncio.Handle:
        """Call `act` after so many seconds of the switch's time, unless it crashes before."""
        life = self._life

        def due() -> None:
            if life == self._life:
                act()

        if delay_s <= 0:
            return self._loop.call_soon(due)
        return self._loop.call_later(delay_s / self.speed, due)

    def forget_all(self) -> None:
        """Cancel all timers: the switch has crashed."""
        self._life += 1
