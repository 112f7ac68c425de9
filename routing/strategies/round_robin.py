"""Round robin: along the list, on from whom this queue asked last."""

from __future__ import annotations

from typing import ClassVar

from routing.strategies.base import Choice, Cursor, Pool, PoolContext, RingMode
from routing.strategies.seats import SeatPool


class RoundRobin:
    """Order: level, then the next in the list (position, agent id) after the agent that this queue
    offered a call to last, and from the top again after the end.

    The pointer belongs to the queue: offers from other queues do not move it. It stays where it is
    when its agent leaves.

    """

    name: ClassVar[str] = "round_robin"
    ring: ClassVar[RingMode] = "one"

    def pool(self, context: PoolContext) -> Pool:
        """Idle agents, with the queue's pointer."""
        return _Pool(context)


class _Pool(SeatPool):
    __slots__ = ()

    def choose(self, asked: Cursor) -> Choice | None:
        if not self.size:
            return None
        pointer = self.context.cursor
        level = self.level_of_first()
        # A pointer left in another level says nothing about this one: start at its top.
        index = self.after(pointer.seat) if pointer.seat[0] == level else 0
        if index == self.size or self.seat(index)[0] != level:
            index = 0
        return self.take(index, pointer, "next in turn")
