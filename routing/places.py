"""Places: waiting calls in the order of their ranks, the first always at hand.

Calls nearly always come in the order in which they are served, so they lie in a deque; those who
come out of order (a boost, a place kept) lie in a heap beside it. A call that leaves from the
middle stays until it comes to the front, or until most places are empty.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from typing import TypeAlias

from queues.order import Rank
from queues.waiting import NO_PREFERENCE, WaitingCall

#: Ranks are unique, so calls are never compared.
Place: TypeAlias = tuple[Rank, WaitingCall]


class Places:
    """Waiting calls by rank. A call is in one of these at a time, and knows by ``in_heap``."""

    __slots__ = ("_fifo", "_odd", "first", "head", "hidden", "live")

    def __init__(self) -> None:
        self._fifo: deque[Place] = deque()
        self._odd: list[Place] = []
        #: The first waiting call, or None.
        self.first: Place | None = None
        #: What agents see of it: nothing while the queue may begin no conversation.
        self.head: Place | None = None
        self.hidden = False
        #: How many places are those of waiting calls.
        self.live = 0

    def holds(self, place: Place) -> bool:
        """Whether a place is still that of a call waiting here."""
        rank, call = place
        return (
            call.in_heap
            and call.group is self
            and call.rank == rank
            and call.preferred_rule == NO_PREFERENCE
        )

    def push(self, call: WaitingCall) -> None:
        """A call waits for an agent."""
        call.in_heap = True
        self.live += 1
        rank = call.rank
        place = (rank, call)
        fifo = self._fifo
        if not fifo or fifo[-1][0] < rank:
            fifo.append(place)
        else:
            heappush(self._odd, place)
        first = self.first
        if first is None or rank < first[0]:
            self.first = place
            if not self.hidden:
                self.head = place

    def drop(self, call: WaitingCall) -> None:
        """Take a call out."""
        call.in_heap = False
        self.live -= 1
        first = self.first
        if first is not None and first[1] is call:
            self._advance()
        elif len(self._fifo) + len(self._odd) > 2 * self.live + 64:
            self._fifo = deque(place for place in self._fifo if self.holds(place))
            self._odd = [place for place in self._odd if self.holds(place)]
            heapify(self._odd)

    def _advance(self) -> None:
        fifo, odd = self._fifo, self._odd
        while fifo and not self.holds(fifo[0]):
            fifo.popleft()
        while odd and not self.holds(odd[0]):
            heappop(odd)
        first = fifo[0] if fifo else None
        if odd and (first is None or odd[0] < first):
            first = odd[0]
        self.first = first
        self.head = None if self.hidden else first

    def hide(self, hidden: bool) -> None:
        """Hide the calls from agents, or show them."""
        self.hidden = hidden
        self.head = None if hidden else self.first

    def runner_up(self) -> WaitingCall | None:
        """The call behind the first."""
        if self.first is None:
            return None
        first = self.first[1]
        second: Place | None = None
        for place in self._fifo:
            if place[1] is not first and self.holds(place):
                second = place
                break
        odd = self._odd
        look_at = [0]
        for index in look_at:
            if index >= len(odd) or (second is not None and second < odd[index]):
                continue
            if odd[index][1] is not first and self.holds(odd[index]):
                second = odd[index]
            else:
                look_at += (2 * index + 1, 2 * index + 2)
        return second[1] if second is not None else None

    def __iter__(self) -> Iterator[WaitingCall]:
        """The waiting calls, in no order."""
        for place in (*self._fifo, *self._odd):
            if self.holds(place):
                yield place[1]
