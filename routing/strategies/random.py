"""Random: everybody has the same chance."""

from __future__ import annotations

from typing import ClassVar

from routing.strategies.base import Choice, Cursor, Pool, PoolContext, RingMode
from routing.strategies.seats import SeatPool


class Random:
    """Order: level, then chance, the same for all idle agents of the level.

    Drawn from the engine's seeded generator over the list by (position, agent id), so the choice
    depends on who is idle and on the seed, not on the order in which they became idle.
    """

    name: ClassVar[str] = "random"
    ring: ClassVar[RingMode] = "one"

    def pool(self, context: PoolContext) -> Pool:
        """Idle agents, drawn from the engine's seeded generator."""
        return _Pool(context)


class _Pool(SeatPool):
    __slots__ = ()

    def choose(self, asked: Cursor) -> Choice | None:
        if not self.size:
            return None
        return self.take(self.context.draw.below(self.first_level_size()), asked, "chance")
