"""Actions by their time, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, TypeAlias

from adapters.sim.draws.distributions import NEVER_US

Action: TypeAlias = Callable[[Any], None]


class EventSchedule:
    """Actions in order of time, then in the order in which they were added.

    Actions cannot be cancelled: one that has become void must check for that. The
    time only moves while `step` or `run_until` is at work, or by `wait_until`.
    """

    __slots__ = ("_heap", "_serial", "now_us")

    def __init__(self, now_us: int = 0) -> None:
        self.now_us = now_us
        # The argument is any object that the action takes; the serial keeps it from comparison.
        self._heap: list[tuple[int, int, Action, Any]] = []
        self._serial = 0

    def __len__(self) -> int:
        return len(self._heap)

    def at(self, at_us: int, action: Action, what: object = None) -> None:
        """Call ``action(what)`` at a time; a time that has passed means at once."""
        if at_us >= NEVER_US:
            return
        self._serial += 1
        heappush(self._heap, (at_us if at_us > self.now_us else self.now_us, self._serial, action,
                              what))  # fmt: skip

    def after(self, delay_us: int, action: Action, what: object = None) -> None:
        """Call ``action(what)`` after a delay; `NEVER_US` means never."""
        if delay_us >= NEVER_US:
            return
        self._serial += 1
        heappush(self._heap, (self.now_us + delay_us, self._serial, action, what))

    def next_us(self) -> int:
        """When the next action is due; `NEVER_US` when there is none."""
        return self._heap[0][0] if self._heap else NEVER_US

    def step(self) -> None:
        """Move the time to the next action and do it.

        Raises:
            IndexError: there is none.
        """
        self.now_us, _, action, what = heappop(self._heap)
        action(what)

    def wait_until(self, at_us: int) -> None:
        """Move the time to a moment before which nothing is due."""
        if at_us > self.now_us:
            self.now_us = at_us

    def run_until(self, until_us: int) -> None:
        """Do everything that is due by then, in order; the time is then ``until_us``."""
        heap = self._heap
        while heap and heap[0][0] <= until_us:
            self.step()
        self.wait_until(until_us)
