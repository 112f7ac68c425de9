"""Top down: each call goes down the list from the top until one takes it."""

from __future__ import annotations

from typing import ClassVar

from routing.strategies.base import Choice, Cursor, Pool, PoolContext, RingMode
from routing.strategies.seats import SeatPool


class TopDown:
    """Order: the first idle agent behind the one this call was offered to last (level, position,
    agent id); at the end of the list, or when no agent further down is idle, from the top again.

    The pointer belongs to the call. An agent who is merely unavailable is passed over, wherever
    in the list, so the call never waits for the end of a list that it cannot reach.

    """

    name: ClassVar[str] = "top_down"
    ring: ClassVar[RingMode] = "one"

    def pool(self, context: PoolContext) -> Pool:
        """Idle agents in the order of the list."""
        return _Pool(context)


class _Pool(SeatPool):
    __slots__ = ()

    def choose(self, asked: Cursor) -> Choice | None:
        if not self.size:
            return None
        index = self.after(asked.seat)
        if index == self.size:
            index = 0
        return self.take(index, asked, "next down the list")
