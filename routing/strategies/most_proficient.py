"""Most proficient: the best at what the call needs."""

from __future__ import annotations

from typing import ClassVar

from routing.agent import Agent
from routing.policy import Assignment
from routing.strategies.base import Key, Pool, PoolContext, RankedPool, RingMode


class MostProficient:
    """Order: level, then the sum of the agent's proficiencies in the skills that the requirement
    names, highest first, then idle longest, then agent id.
    """

    name: ClassVar[str] = "most_proficient"
    ring: ClassVar[RingMode] = "one"

    def pool(self, context: PoolContext) -> Pool:
        """Idle agents in that order."""
        return _Pool(context, ("level", "more proficient", "idle longer"))


class _Pool(RankedPool):
    __slots__ = ()

    def key(self, agent: Agent, assignment: Assignment) -> Key:
        best = sum(agent.skills.get(skill, 0) for skill in self.context.skills)
        return (assignment.level, -best, agent.idle_since_us)
