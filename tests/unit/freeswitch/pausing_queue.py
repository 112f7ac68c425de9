"""A queue between a connection and a slow reader that pauses reading while it is long."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PausingQueue(Generic[T]):
    """Pauses its source at ``high`` events and resumes it at ``low``.

    What the source has already read is still put in, so the length may exceed ``high`` by what one
    read of the socket holds.
    """

    def __init__(
        self, high: int, low: int, *, pause: Callable[[], None], resume: Callable[[], None]
    ) -> None:
        self._high = high
        self._low = low
        self._pause = pause
        self._resume = resume
        self._events: deque[T] = deque()
        self._is_paused = False
        self.pauses = 0

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: T) -> None:
        self._events.append(event)
        if len(self._events) >= self._high and not self._is_paused:
            self._is_paused = True
            self.pauses += 1
            self._pause()

    def take(self) -> T:
        event = self._events.popleft()
        if self._is_paused and len(self._events) <= self._low:
            self._is_paused = False
            self._resume()
        return event
