"""Events between the socket and the engine: in order, and never more than the reader is told of."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """A queue of events that stops its source when it is long and lets it go on when it is short.

    What the source has read already still comes in, so it can exceed `high` by what one read of the
    socket held (64 to 256 KiB); the rest waits in the switch, which holds 100,000 events a link.
    """

    def __init__(
        self, high: int, low: int, *, pause: Callable[[], None], resume: Callable[[], None]
    ) -> None:
        if not 0 <= low < high:
            raise ValueError(f"0 <= low < high is needed, not {low} and {high}")
        self._high = high
        self._low = low
        self._pause = pause
        self._resume = resume
        self._events: deque[T] = deque()
        self.is_paused = False
        #: How often the source was stopped.
        self.pauses = 0

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: T) -> None:
        """Take an event in."""
        self._events.append(event)
        if len(self._events) >= self._high and not self.is_paused:
            self.is_paused = True
            self.pauses += 1
            self._pause()

    def take(self) -> T:
        """The oldest event. Raises `IndexError` when there is none."""
        event = self._events.popleft()
        if self.is_paused and len(self._events) <= self._low:
            self.is_paused = False
            self._resume()
        return event
