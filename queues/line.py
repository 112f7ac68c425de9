"""The line of a queue: every waiting call in the order of service, to tell positions by.

One sorted list a weight (see `queues.order`), so a position is a few binary searches whatever the
number waiting.
"""

from __future__ import annotations

from collections.abc import Iterator

from sortedcontainers import SortedList  # type: ignore[import-untyped]  # ships no types

from queues.order import Rank, equally_urgent, urgency


class Line:
    """Ranks of waiting calls, by weight."""

    __slots__ = ("_by_weight", "_length")

    def __init__(self) -> None:
        self._by_weight: dict[float, SortedList] = {}
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, weight: float, rank: Rank) -> None:
        """A call joins the line."""
        ranks = self._by_weight.get(weight)
        if ranks is None:
            ranks = self._by_weight[weight] = SortedList()
        ranks.add(rank)
        self._length += 1

    def remove(self, weight: float, rank: Rank) -> None:
        """A call leaves the line.

        Raises:
            ValueError: it was not in it.
        """
        self._by_weight[weight].remove(rank)
        self._length -= 1

    def ahead(self, weight: float, rank: Rank, now_us: int) -> int:
        """How many waiting calls would be served before this rank, were all agents alike."""
        if len(self._by_weight) == 1 and weight in self._by_weight:
            return int(self._by_weight[weight].bisect_left(rank))
        mine = urgency(rank, weight, now_us)
        total = 0
        for other, ranks in self._by_weight.items():
            bound = rank if other == weight else equally_urgent(mine, other, now_us)
            total += int(ranks.bisect_left(bound))
        return total

    def __iter__(self) -> Iterator[Rank]:
        """All ranks, weight by weight."""
        for ranks in self._by_weight.values():
            yield from ranks
