"""What is still to be sent to one client: bounded, and never silently incomplete."""

from __future__ import annotations

import asyncio
from collections import deque


class Outbox:
    """Facts in order, as JSON. Once one is lost it keeps none until `restart`."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._facts: deque[bytes] = deque()
        self._wake = asyncio.Event()
        #: Facts dropped since the last snapshot.
        self.dropped = 0

    def put(self, fact: bytes) -> None:
        """Add a fact; one too many, and all are dropped."""
        if self.dropped:
            self.dropped += 1
        elif len(self._facts) >= self._limit:
            self.dropped = len(self._facts) + 1
            self._facts.clear()
        else:
            self._facts.append(fact)
        self._wake.set()

    def restart(self) -> int:
        """Forget everything, since a snapshot follows; how many facts were dropped."""
        dropped, self.dropped = self.dropped, 0
        self._facts.clear()
        return dropped

    def take(self, limit: int) -> list[bytes]:
        """The next facts, so many at most."""
        count = min(limit, len(self._facts))
        return [self._facts.popleft() for _ in range(count)]

    def wake(self) -> None:
        """Have `wait` return although nothing was added."""
        self._wake.set()

    async def wait(self) -> None:
        """Wait for something to do."""
        await self._wake.wait()
        self._wake.clear()
