"""The inbox: events on their way to the engine, and what happens when there are too many.

Two marks. Above ``high`` the sources are paused, and what makes more work is turned away: new
calls meet congestion, requests are answered with a problem. What ends work (hang-ups, phones that
went down) is always wanted, so it is taken up to ``limit``; beyond that it is dropped and counted,
and the adapter knows it by the answer of `post`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

from acdengine.events import AnyEvent, CallArrived
from acdengine.ports import Source
from acdengine.requests import Request
from acdengine.runtime.meters import Meters

Taken = Literal["taken", "turned_away", "dropped"]


@dataclass(frozen=True, slots=True)
class InboxLimits:
    """Events: paused above ``high``, going on at ``low``, dropped above ``limit``."""

    high: int = 10_000
    low: int = 1_000
    limit: int = 100_000

    def __post_init__(self) -> None:
        if not 0 <= self.low < self.high <= self.limit:
            raise ValueError(f"0 <= low < high <= limit is needed, not {self}")


class EventInbox:
    """Events in the order in which they came."""

    def __init__(self, limits: InboxLimits, meters: Meters) -> None:
        self._limits = limits
        self._meters = meters
        self._events: deque[AnyEvent] = deque()
        self._sources: list[Source] = []
        self.is_crowded = False

    def __len__(self) -> int:
        return len(self._events)

    def slow_down(self, source: Source) -> None:
        """Have a source paused while the inbox is long."""
        self._sources.append(source)
        if self.is_crowded:
            source.pause()

    def forget(self, source: object) -> None:
        """A source is gone, if it was one."""
        self._sources = [known for known in self._sources if known is not source]

    def put(self, event: AnyEvent) -> Taken:
        """Take an event in, if there is room for its kind."""
        events = self._events
        if len(events) >= self._limits.high:
            if not self.is_crowded:
                self._crowd()
            if isinstance(event, CallArrived):
                self._meters.arrivals_turned_away += 1
                return "turned_away"
            if isinstance(event, Request) and event.request_id:
                self._meters.requests_turned_away += 1
                return "turned_away"
            if len(events) >= self._limits.limit:
                self._meters.events_dropped += 1
                return "dropped"
        events.append(event)
        return "taken"

    def take(self) -> AnyEvent:
        """The oldest event.

        Raises:
            IndexError: there is none.
        """
        event = self._events.popleft()
        if self.is_crowded and len(self._events) <= self._limits.low:
            self.is_crowded = False
            for source in self._sources:
                source.resume()
        return event

    def _crowd(self) -> None:
        self.is_crowded = True
        self._meters.pauses += 1
        for source in self._sources:
            source.pause()
