"""Weighted random: chances in proportion to the weight that the assignment gives."""

from __future__ import annotations

from typing import ClassVar

from routing.agent import Agent
from routing.policy import Assignment
from routing.strategies.base import Choice, Cursor, Pool, PoolContext, RingMode
from routing.strategies.seats import SeatPool


class WeightedRandom:
    """Order: level, then chance in proportion to the assignment's weight.

    An agent is drawn with equal chances and kept with probability weight / largest weight, else
    drawn again (rejection), from the engine's seeded generator: exact, and no sum over all agents.
    """

    name: ClassVar[str] = "weighted_random"
    ring: ClassVar[RingMode] = "one"

    def pool(self, context: PoolContext) -> Pool:
        """Idle agents with their weights."""
        return _Pool(context)


class _Pool(SeatPool):
    __slots__ = ("_count_of_weight", "_weight_of")

    def __init__(self, context: PoolContext) -> None:
        super().__init__(context)
        self._weight_of: dict[str, int] = {}
        self._count_of_weight: dict[int, int] = {}

    def add(self, agent: Agent, assignment: Assignment) -> None:
        super().add(agent, assignment)
        weight = assignment.weight
        self._weight_of[agent.agent_id] = weight
        self._count_of_weight[weight] = self._count_of_weight.get(weight, 0) + 1

    def discard(self, agent: Agent) -> None:
        super().discard(agent)
        weight = self._weight_of.pop(agent.agent_id)
        self._count_of_weight[weight] -= 1
        if not self._count_of_weight[weight]:
            del self._count_of_weight[weight]

    def choose(self, asked: Cursor) -> Choice | None:
        if not self.size:
            return None
        draw = self.context.draw
        largest = max(self._count_of_weight)
        drawn_from = self.first_level_size()
        while True:
            index = draw.below(drawn_from)
            if draw.below(largest) < self._weight_of[self.seat(index)[2]]:
                return self.take(index, asked, "chance by weight")
