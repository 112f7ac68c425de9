"""Background jobs and executions under way, by the id that was sent with each.

One table for background jobs (by `Job-UUID`, ended by BACKGROUND_JOB) and one for applications (by
`Event-UUID`, ended by CHANNEL_EXECUTE_COMPLETE). The waiter is noted before the command is sent,
so the end cannot overtake it. Pure bookkeeping: no clock, no socket.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from adapters.freeswitch.protocol.errors import EslError, Overloaded, ReplyTimeout

#: Jobs, or applications, under way on one link at most.
DEFAULT_MAX_UNDER_WAY: Final = 10_000

T = TypeVar("T")


class _Start(Generic[T]):
    """Who waits for an end, for how many seconds, and until when."""

    __slots__ = ("due_s", "limit_s", "on_end")

    def __init__(
        self, on_end: Callable[[T | EslError], None], limit_s: float, due_s: float
    ) -> None:
        self.on_end = on_end
        self.limit_s = limit_s
        self.due_s = due_s


class UnderWay(Generic[T]):
    """What was started and has not ended, by identity, in the order in which it was started."""

    def __init__(self, max_under_way: int = DEFAULT_MAX_UNDER_WAY) -> None:
        self._max_under_way = max_under_way
        self._waiting: dict[str, _Start[T]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def expect(
        self,
        identity: str,
        on_end: Callable[[T | EslError], None],
        limit_s: float,
        now_s: float,
    ) -> None:
        """Call `on_end` once, with how it ended or why that will never be known: also when it has
        not ended `limit_s` after `now_s` (`end_overdue`).

        Raises `Overloaded` when too much is under way, and `ValueError` for an identity in use.
        """
        if identity in self._waiting:
            raise ValueError(f"{identity} is under way already")
        if len(self._waiting) >= self._max_under_way:
            raise Overloaded(f"{self._max_under_way} jobs are under way")
        self._waiting[identity] = _Start(on_end, limit_s, now_s + limit_s)

    def end(self, identity: str, outcome: T | EslError) -> bool:
        """It ended so. False when it is not awaited: not ours, or given up."""
        start = self._waiting.pop(identity, None)
        if start is None:
            return False
        start.on_end(outcome)
        return True

    def abandon(self, identity: str) -> None:
        """Stop waiting for it."""
        self._waiting.pop(identity, None)

    def end_overdue(self, now_s: float) -> float | None:
        """Tell those who have waited too long; when the next will have, None: none is awaited."""
        for identity, start in list(self._waiting.items()):
            if start.due_s <= now_s:
                self.end(identity, ReplyTimeout(f"no end within {start.limit_s:g} s"))
        return min((start.due_s for start in self._waiting.values()), default=None)

    def fail_all(self, error: EslError) -> None:
        """How any of them ended will never be known: tell all who wait."""
        for identity in list(self._waiting):
            self.end(identity, error)
