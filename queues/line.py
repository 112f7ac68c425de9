"""The line of a queue: every waiting call in the order of service, to tell positions by.

Two sorted lists a weight (see `queues.order`): all ranks that joined, and those of them that have
left. A position is the difference of two binary searches. Calls join at the end and leave from the
front nearly always, so both lists grow at their ends; when half of a line has left it is cleared
up, which costs each call no more than a constant.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Final

from queues.order import Rank, equally_urgent, urgency

#: Lines shorter than this are not worth clearing up.
_SHORT: Final = 64


class _Ranks:
    """The ranks of one weight."""

    __slots__ = ("joined", "left")

    def __init__(self) -> None:
        self.joined: list[Rank] = []
        self.left: list[Rank] = []

    def clear_up(self) -> None:
        """Remove the ranks of calls that have left."""
        joined, left = self.joined, self.left
        if joined[: len(left)] == left:
            del joined[: len(left)]
        else:
            gone = dict.fromkeys(left)
            self.joined = [rank for rank in joined if rank not in gone]
        self.left = []


class Line:
    """Ranks of waiting calls, by weight."""

    __slots__ = ("_by_weight",)

    def __init__(self) -> None:
        self._by_weight: dict[float, _Ranks] = {}

    def __len__(self) -> int:
        return sum(len(ranks.joined) - len(ranks.left) for ranks in self._by_weight.values())

    def add(self, weight: float, rank: Rank) -> None:
        """Add the rank of a call that joins."""
        ranks = self._by_weight.get(weight)
        if ranks is None:
            ranks = self._by_weight[weight] = _Ranks()
        joined = ranks.joined
        if not joined or joined[-1] < rank:
            joined.append(rank)
            return
        left = ranks.left
        index = bisect_left(left, rank)
        if index < len(left) and left[index] == rank:
            # It comes back with the rank it left with, which is still there.
            del left[index]
        else:
            insort(joined, rank)

    def remove(self, weight: float, rank: Rank) -> None:
        """Remove the rank of a call that leaves."""
        ranks = self._by_weight[weight]
        left = ranks.left
        if not left or left[-1] < rank:
            left.append(rank)
        else:
            insort(left, rank)
        if len(left) > _SHORT and 2 * len(left) > len(ranks.joined):
            ranks.clear_up()

    def ahead(self, weight: float, rank: Rank, now_us: int) -> int:
        """How many waiting calls would be served before this rank, were all agents alike."""
        total = 0
        mine = urgency(rank, weight, now_us) if len(self._by_weight) > 1 else rank
        for other, ranks in self._by_weight.items():
            bound = rank if other == weight else equally_urgent(mine, other, now_us)
            total += bisect_left(ranks.joined, bound) - bisect_left(ranks.left, bound)
        return total

    def __iter__(self) -> Iterator[Rank]:
        """All ranks, weight by weight."""
        for ranks in self._by_weight.values():
            gone = dict.fromkeys(ranks.left)
            yield from (rank for rank in ranks.joined if rank not in gone)
