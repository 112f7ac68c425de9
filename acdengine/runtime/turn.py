"""What a turn of the loop has caused, kept until the event log has committed the turn's events."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from acdengine.events import CallArrived
from acdengine.facts import AnyFact, CallRefused
from acdengine.runtime.dispatcher import Routed


class Turn:
    """The facts and commands of one turn, kept until the event log has committed its events."""

    def __init__(self, seq: int) -> None:
        #: The number of its last event.
        self.seq = seq
        self.facts: list[tuple[int, list[AnyFact]]] = []
        self.routed: Routed | None = None
        #: Ids of the requests among its events.
        self.requests: list[str] = []


class CommitQueue:
    """Turns that the event log has not committed yet, oldest first.

    Args:
        send: sends what a turn has caused.
    """

    def __init__(self, send: Callable[[Turn], None]) -> None:
        self._send = send
        self._turns: deque[Turn] = deque()
        self._empty: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._turns)

    def append(self, turn: Turn) -> None:
        """Have a turn wait for its commit."""
        self._turns.append(turn)

    def committed(self, seq: int) -> None:
        """Send the turns whose events are committed, up to this one."""
        turns = self._turns
        while turns and turns[0].seq <= seq:
            self._send(turns.popleft())
        if self._empty is not None and not turns:
            self._empty.set_result(None)
            self._empty = None

    async def wait(self, limit_s: float) -> bool:
        """Wait until no turn waits; returns whether that was within the limit."""
        if self._turns:
            self._empty = asyncio.get_running_loop().create_future()
            await asyncio.wait((self._empty,), timeout=limit_s)
        return not self._turns


def refusal(event: CallArrived, at_us: int) -> CallRefused:
    """The fact of a call that the engine did not take."""
    ani = "" if event.withheld else event.ani
    return CallRefused(at_us, event.call_id, "", ani, event.dnis, event.trunk_id, "congestion")
