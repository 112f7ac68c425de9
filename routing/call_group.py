"""A group of waiting calls: in the order of their ranks, the first always at hand.

Calls nearly always come in the order in which they are served, so they lie in a deque; those who
come out of order (a boost, a place kept) lie in a heap beside it. A call that leaves from the
middle stays until it comes to the front, or until most places are empty.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Final, TypeAlias

from mypy_extensions import mypyc_attr

from queues.order import Rank
from queues.queue import WaitingCall
from routing.strategies.base import Pool, RingMode

#: Skill to minimum proficiency, sorted by skill: part of a requirement class's identity.
SkillMinimums: TypeAlias = tuple[tuple[str, int], ...]
#: Agent id and score, best first.
Preferred: TypeAlias = tuple[tuple[str, int], ...]

NO_PREFERENCE: Final = -1


@mypyc_attr(acyclic=True)
@dataclass(init=False, eq=False, repr=False, slots=True, kw_only=True)
class RoutedCall(WaitingCall):
    """A waiting call with what the matcher needs to know of it. Only the engine writes to it."""

    skills: SkillMinimums = ()
    preferred: Preferred = ()
    #: The preferred-agent rule in force; `NO_PREFERENCE`: none, or no longer.
    preferred_rule: int = NO_PREFERENCE
    #: When each rule that has begun ends, in order; 0: the rule does not concern the call.
    preferred_until_us: tuple[int, ...] = ()
    #: The stage of the queue's requirement in force, counted from ``stages_from_us`` (0: the call
    #: has waited for preferred agents alone so far).
    stage: int = 0
    stages_from_us: int = 0
    #: Its requirement class; rebuilt on restore.
    group: CallGroup | None = None
    #: Agents can take it from there, or those whom it prefers.
    in_heap: bool = False
    #: The seat asked last, for the strategy `top_down`; snapshots keep it.
    last_seat: tuple[int, int, str] | None = None

    def __init__(self, call_id: str, tenant_id: str, serial: int) -> None:
        WaitingCall.__init__(self, call_id, tenant_id, serial)
        self.skills = ()
        self.preferred = ()
        self.preferred_rule = NO_PREFERENCE
        self.preferred_until_us = ()
        self.stage = 0
        self.stages_from_us = 0
        self.group = None
        self.in_heap = False
        self.last_seat = None


def group_of(call: RoutedCall) -> CallGroup:
    """The requirement class that a waiting call is in."""
    assert call.group is not None
    return call.group


#: Ranks are unique, so calls are never compared.
Place: TypeAlias = tuple[Rank, RoutedCall]


class CallGroup:
    """Waiting calls by rank that the same agents may take, and the idle ones of these agents.

    A call is in one group at a time, and knows by ``in_heap``.
    """

    __slots__ = ("_fifo", "_odd", "first", "forgotten", "head", "hidden", "live", "pool", "ring")

    def __init__(self, pool: Pool, ring: RingMode) -> None:
        self.pool = pool
        self.ring = ring
        #: Dropped without calls; a call that returns is placed again.
        self.forgotten = False
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
        """Whether a place in the lists is still that of a call that waits here; a call that has
        left keeps its place there for a while."""
        rank, call = place
        return (
            call.in_heap
            and call.group is self
            and call.rank == rank
            and call.preferred_rule == NO_PREFERENCE
        )

    def push(self, call: RoutedCall) -> None:
        """Add a call that waits for an agent."""
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

    def drop(self, call: RoutedCall) -> None:
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

    def runner_up(self) -> RoutedCall | None:
        """The second waiting call by rank."""
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

    def __iter__(self) -> Iterator[RoutedCall]:
        """The waiting calls, in no order."""
        for place in (*self._fifo, *self._odd):
            if self.holds(place):
                yield place[1]
