"""One timer, armed for the next deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from acdengine.runtime.clock import Clock
from queues.deadlines import NEVER_US

#: No timer is set for longer: a clock may be slewed meanwhile.
_LONGEST_S: Final = 3600.0


class Waker(Protocol):
    """Wakes the runtime when a deadline of the engine is due."""

    def arm(self, due_us: int) -> None:
        """Wake the runtime at this time in place of the one before."""


class Timer:
    """Calls back when a time has come, never before it.

    uvloop's timers go by whole milliseconds and may fire up to one early, so the time is looked at
    again and the rest is waited for. To set one and cancel it costs more than to let it fire: what
    is due next moves with nearly every event, mostly to a later time or away, and then the loop's
    timer stays as it is and finds out when it fires.

    Args:
        clock: by which the time is told.
        fire: called with the time that was asked for; the timer is then not set.
    """

    def __init__(self, clock: Clock, fire: Callable[[int], None]) -> None:
        self._clock = clock
        self._fire = fire
        self._handle: asyncio.TimerHandle | None = None
        #: What the loop's timer was set for; `NEVER_US` where it is not set.
        self._set_us = NEVER_US
        #: What is waited for; `NEVER_US` for nothing.
        self.due_us = NEVER_US
        #: How often the loop's timer came before the time that it was set for.
        self.early = 0

    def arm(self, due_us: int) -> None:
        """Wait for this time in place of the one before; `NEVER_US`: for none."""
        self.due_us = due_us
        if due_us < self._set_us:
            self._wait(due_us)

    def disarm(self) -> None:
        """Wait for nothing, and leave no timer behind."""
        self.due_us = self._set_us = NEVER_US
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _wait(self, due_us: int) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._set_us = due_us
        delay_s = max(0.0, self._clock.real_s(due_us - self._clock.now_us()))
        loop = asyncio.get_running_loop()
        self._handle = loop.call_later(min(delay_s, _LONGEST_S), self._look)

    def _look(self) -> None:
        now_us, due_us, set_us = self._clock.now_us(), self.due_us, self._set_us
        self._handle = None
        self._set_us = NEVER_US
        if set_us > now_us:
            self.early += 1
        if due_us <= now_us:
            self.due_us = NEVER_US
            self._fire(due_us)
        elif due_us < NEVER_US:
            self._wait(due_us)
