"""What a strategy is: an order among idle agents, kept up while they come and go.

Each requirement class (see `routing.classes`) has a pool of the idle agents that fit it, made by
its queue's strategy. Agents of a lower level always come first. Ties end in the agent's id.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import ClassVar, Literal, Protocol, TypeAlias

from msgspec import Struct

from routing.agent import Agent
from routing.draw import Draw
from routing.policy import Assignment

#: What an order compares, the smaller the sooner.
Key: TypeAlias = tuple[float, ...]
#: (level, position, agent id): where an agent stands in the list of a queue.
Seat: TypeAlias = tuple[int, int, str]

RingMode = Literal["one", "all", "more"]


class Choice(Struct, gc=False, eq=False):
    """The agent chosen, the best of the others, and in what they differ."""

    agent: Agent
    candidates: int
    runner_up: str
    reason: str


class Cursor(Struct):
    """A place in the list of agents: a queue's (round robin) or a call's (top down)."""

    seat: Seat = (0, 0, "")


class PoolContext(Struct):
    """What a pool may look at besides the agents."""

    #: Skills that the requirement names, for the strategies that compare proficiency.
    skills: tuple[str, ...]
    #: The queue's own pointer, shared by all its pools.
    cursor: Cursor
    draw: Draw


class Pool(Protocol):
    """Idle agents that fit one requirement class, in the strategy's order."""

    #: Goes along a list, so that every offer moves a pointer (`Matcher.offered`).
    seated: ClassVar[bool]
    size: int

    def add(self, agent: Agent, assignment: Assignment) -> None:
        """Add an agent who has become idle."""

    def discard(self, agent: Agent) -> None:
        """An agent is no longer idle; the caller has given it a new ticket."""

    def choose(self, asked: Cursor) -> Choice | None:
        """The agent to ring next. It stays in the pool until it is discarded.

        ``asked`` is the call's own pointer (top down); pools move the pointers they use.
        """


class Strategy(Protocol):
    """A way to choose among idle agents, known by its name."""

    name: ClassVar[str]
    ring: ClassVar[RingMode]

    def pool(self, context: PoolContext) -> Pool:
        """An empty pool in this strategy's order."""


class RankedPool:
    """A pool whose order is a key that stays as it is while the agent is idle: a heap.

    Agents that leave are dropped when they come to the top, or all at once when they are most of
    the heap.
    """

    __slots__ = ("_heap", "_parts", "context", "size")

    seated: ClassVar[bool] = False

    def __init__(self, context: PoolContext, parts: tuple[str, ...]) -> None:
        self.context = context
        self.size = 0
        #: Names of the key's parts, for the reason of a choice.
        self._parts = parts
        self._heap: list[tuple[Key, str, int, Agent]] = []

    def key(self, agent: Agent, assignment: Assignment) -> Key:
        """The order: level first, then the strategy's own."""
        raise TypeError("a strategy's pool gives its own key")

    def add(self, agent: Agent, assignment: Assignment) -> None:
        self.size += 1
        key = self.key(agent, assignment)
        heappush(self._heap, (key, agent.agent_id, agent.ticket, agent))

    def discard(self, agent: Agent) -> None:
        self.size -= 1
        heap = self._heap
        if len(heap) > 64 and len(heap) > 2 * self.size:
            self._heap = [place for place in heap if place[2] == place[3].ticket]
            heapify(self._heap)

    def choose(self, asked: Cursor) -> Choice | None:
        first = self._pop_live()
        if first is None:
            return None
        second = self._peek_live()
        heappush(self._heap, first)
        if second is None:
            return Choice(first[3], self.size, "", "only one")
        return Choice(first[3], self.size, second[1], self._difference(first[0], second[0]))

    def _pop_live(self) -> tuple[Key, str, int, Agent] | None:
        heap = self._heap
        while heap:
            place = heappop(heap)
            if place[2] == place[3].ticket:
                return place
        return None

    def _peek_live(self) -> tuple[Key, str, int, Agent] | None:
        heap = self._heap
        while heap:
            if heap[0][2] == heap[0][3].ticket:
                return heap[0]
            heappop(heap)
        return None

    def _difference(self, best: Key, other: Key) -> str:
        for part, mine, theirs in zip(self._parts, best, other, strict=True):
            if mine != theirs:
                return part
        return "agent id"
