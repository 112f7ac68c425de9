"""One timer for whatever is due next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from acdengine.runtime.clock import Clock
from queues.deadlines import NEVER_US

#: No timer is set for longer: a clock may be slewed meanwhile.
_LONGEST_S: Final = 3600.0


class Timer:
    """Calls back when a time has come, never before it.

    uvloop's timers go by whole milliseconds and may fire up to one early, so the time is looked at
    again and the rest is waited for.

    Args:
        clock: by which the time is told.
        fire: called with the time that was asked for; the timer is then not set.
    """

    def __init__(self, clock: Clock, fire: Callable[[int], None]) -> None:
        self._clock = clock
        self._fire = fire
        self._handle: asyncio.TimerHandle | None = None
        #: What is waited for; `NEVER_US` for nothing.
        self.due_us = NEVER_US
        #: How often the loop's timer came too early.
        self.early = 0

    def arm(self, due_us: int) -> None:
        """Wait for this time in place of the one before; `NEVER_US`: for none."""
        if due_us == self.due_us:
            return
        self.disarm()
        if due_us < NEVER_US:
            self.due_us = due_us
            self._wait(due_us - self._clock.now_us())

    def disarm(self) -> None:
        """Wait for nothing."""
        self.due_us = NEVER_US
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _wait(self, wait_us: int) -> None:
        delay_s = min(max(0.0, self._clock.real_s(wait_us)), _LONGEST_S)
        self._handle = asyncio.get_running_loop().call_later(delay_s, self._look)

    def _look(self) -> None:
        left_us = self.due_us - self._clock.now_us()
        if left_us > 0:
            self.early += 1
            self._wait(left_us)
            return
        due_us, self.due_us = self.due_us, NEVER_US
        self._handle = None
        self._fire(due_us)
