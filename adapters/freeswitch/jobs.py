"""Who waits for the end of what FreeSWITCH does beside the link, by the identity we gave it.

One table for background jobs (by `Job-UUID`, ended by BACKGROUND_JOB) and one for applications (by
`Event-UUID`, ended by CHANNEL_EXECUTE_COMPLETE). Whoever waits is noted before the command is sent,
so the end cannot overtake it. Pure bookkeeping: no clock, no socket.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from adapters.freeswitch.errors import EslError, Overloaded

#: Jobs, or applications, under way on one link at most.
DEFAULT_MAX_UNDER_WAY: Final = 10_000

T = TypeVar("T")


class UnderWay(Generic[T]):
    """What was started and has not ended, by identity, in the order in which it was started."""

    def __init__(self, max_under_way: int = DEFAULT_MAX_UNDER_WAY) -> None:
        self._max_under_way = max_under_way
        self._waiting: dict[str, Callable[[T | EslError], None]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def expect(self, identity: str, on_end: Callable[[T | EslError], None]) -> None:
        """Call `on_end` once, with how it ended or why that will never be known.

        Raises `Overloaded` when too much is under way, and `ValueError` for an identity in use.
        """
        if identity in self._waiting:
            raise ValueError(f"{identity} is under way already")
        if len(self._waiting) >= self._max_under_way:
            raise Overloaded(f"{self._max_under_way} jobs are under way")
        self._waiting[identity] = on_end

    def end(self, identity: str, outcome: T | EslError) -> bool:
        """It ended so. False when nobody waits for it: not ours, or given up."""
        on_end = self._waiting.pop(identity, None)
        if on_end is None:
            return False
        on_end(outcome)
        return True

    def abandon(self, identity: str) -> None:
        """Wait no more for it."""
        self._waiting.pop(identity, None)

    def fail_all(self, error: EslError) -> None:
        """How any of them ended will never be known: tell all who wait."""
        for identity in list(self._waiting):
            self.end(identity, error)
