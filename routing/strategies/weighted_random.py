"""Weighted random: chances in proportion to the weight that the assignment gives."""

from __future__ import annotations

from typing import ClassVar

from routing.agent import Agent
from routing.policy import Assignment
from routing.strategies.base import Choice, Cursor, Pool, PoolContext, RingMode
from routing.strategies.seats import SeatPool


class WeightedRandom:
    """Order: level, then chance in proportion to the assignment's weight.

    An agent of the lowest level is drawn with equal chances and kept with probability weight /
    largest weight there, else drawn again (rejection), from the engine's seeded generator: exact,
    and no sum over all agents.
    """

    name: ClassVar[str] = "weighted_random"
    ring: ClassVar[RingMode] = "one"

    def pool(self, context: PoolContext) -> Pool:
        """Idle agents with their weights."""
        return _Pool(context)


class _Pool(SeatPool):
    __slots__ = ("_counts", "_weight_of")

    def __init__(self, context: PoolContext) -> None:
        super().__init__(context)
        #: Level and weight of each idle agent, and how many there are of each weight in a level.
        self._weight_of: dict[str, tuple[int, int]] = {}
        self._counts: dict[int, dict[int, int]] = {}

    def add(self, agent: Agent, assignment: Assignment) -> None:
        super().add(agent, assignment)
        level, weight = self._weight_of[agent.agent_id] = (assignment.level, assignment.weight)
        counts = self._counts.setdefault(level, {})
        counts[weight] = counts.get(weight, 0) + 1

    def discard(self, agent: Agent) -> None:
        super().discard(agent)
        level, weight = self._weight_of.pop(agent.agent_id)
        counts = self._counts[level]
        counts[weight] -= 1
        if not counts[weight]:
            del counts[weight]

    def choose(self, asked: Cursor) -> Choice | None:
        if not self.size:
            return None
        draw = self.context.draw
        largest = max(self._counts[self.level_of_first()])
        drawn_from = self.first_level_size()
        while True:
            index = draw.below(drawn_from)
            if draw.below(largest) < self._weight_of[self.seat(index)[2]][1]:
                return self.take(index, asked, "chance by weight")
