"""The only clock: UTC in whole microseconds, never decreasing.

Everything else is told the time, by `at_us` of an event. Two clocks: `UtcClock` for real traffic,
and `ScaledClock` for simulated traffic in real time or faster.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Protocol

#: A difference of more than this from the system's clock is no drift: the clock was set.
STEP_US: Final = 500_000
#: At most so much faster or slower than real time while a difference is made good: durations are
#: wrong by half a per cent at the most, and a step of a minute is gone in three hours and a half.
SLEW_LIMIT: Final = 0.005
#: A difference is made good in about this time where the limit allows.
SLEW_US: Final = 10_000_000


class Clock(Protocol):
    """What tells the time."""

    def now_us(self) -> int:
        """UTC in microseconds, never less than it said before."""

    def real_s(self, wait_us: int) -> float:
        """How many real seconds pass while this clock moves on by ``wait_us``."""


class UtcClock:
    """The system's time of day, as it was at the start, carried on by the monotonic clock.

    When the system's clock is set nothing jumps: waits, ring timeouts and wrap-ups go on as
    they would have. The difference is counted and then made good slowly (`watch`).

    Args:
        not_before_us: the time never is before this; the last event of the journal.
        monotonic_ns, time_ns: where the time comes from; tests give their own.
    """

    def __init__(
        self,
        not_before_us: int = 0,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        time_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._monotonic_ns = monotonic_ns
        self._time_ns = time_ns
        self._anchor_ns = monotonic_ns()
        self._anchor_us = max(time_ns() // 1000, not_before_us)
        self._rate = 1.0
        #: How far the system's clock is before this one, when last looked at.
        self.offset_us = time_ns() // 1000 - self._anchor_us
        #: How often the system's clock was set.
        self.steps = 0

    def now_us(self) -> int:
        passed_ns = self._monotonic_ns() - self._anchor_ns
        return self._anchor_us + int(passed_ns * self._rate) // 1000

    def real_s(self, wait_us: int) -> float:
        return wait_us / 1e6

    def watch(self) -> int:
        """Compare with the system's clock; to be called about once a second.

        Returns:
            By how many microseconds the system's clock was set since the last time; 0 as a rule.
        """
        now = self.now_us()
        self._anchor_ns = self._monotonic_ns()
        self._anchor_us = now
        offset_us = self._time_ns() // 1000 - now
        step_us = offset_us - self.offset_us
        self.offset_us = offset_us
        self._rate = 1.0 + max(-SLEW_LIMIT, min(SLEW_LIMIT, offset_us / SLEW_US))
        if abs(step_us) < STEP_US:
            return 0
        self.steps += 1
        return step_us

    def step(self) -> int:
        """Set this clock to the system's time where that is later; returns by how many
        microseconds."""
        ahead_us = self.ahead_us()
        if ahead_us <= 0:
            return 0
        self._anchor_us = self.now_us() + ahead_us
        self._anchor_ns = self._monotonic_ns()
        self._rate = 1.0
        self.offset_us = 0
        return ahead_us

    def ahead_us(self) -> int:
        """How far the system's clock is ahead of this one, in microseconds; negative where it is
        behind."""
        return self._time_ns() // 1000 - self.now_us()


class ScaledClock:
    """A clock of its own that starts where it is told and runs at any speed.

    Args:
        start_us: what it says at first.
        speed: microseconds that pass in a real one; 60 makes a minute of every second.
        monotonic_ns: where the time comes from; tests give their own.
    """

    def __init__(
        self,
        start_us: int,
        speed: float = 1.0,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        if speed <= 0:
            raise ValueError(f"a clock at speed {speed}: expected more than 0")
        self._monotonic_ns = monotonic_ns
        self._anchor_ns = monotonic_ns()
        self._anchor_us = start_us
        self.speed = speed

    def now_us(self) -> int:
        passed_ns = self._monotonic_ns() - self._anchor_ns
        return self._anchor_us + int(passed_ns * self.speed) // 1000

    def real_s(self, wait_us: int) -> float:
        return wait_us / 1e6 / self.speed


def clock_offset_us(clock: Clock) -> int:
    """How far the system's clock is ahead of this one, in microseconds; 0 for a clock that does not
    follow it."""
    return clock.ahead_us() if isinstance(clock, UtcClock) else 0
