"""Least skilled first: spare the experts for the calls that only they can take."""

from __future__ import annotations

from typing import ClassVar

from routing.agent import Agent
from routing.policy import Assignment
from routing.strategies.base import Key, Pool, PoolContext, RankedPool, RingMode


class LeastSkilled:
    """Order: level, then the number of skills the agent has, fewest first, then the sum of all
    proficiencies, lowest first, then idle longest, then agent id.
    """

    name: ClassVar[str] = "least_skilled"
    ring: ClassVar[RingMode] = "one"

    def pool(self, context: PoolContext) -> Pool:
        """Idle agents in that order."""
        return _Pool(context, ("level", "fewer skills", "lower proficiency", "idle longer"))


class _Pool(RankedPool):
    __slots__ = ()

    def key(self, agent: Agent, assignment: Assignment) -> Key:
        skills = agent.skills
        return (assignment.level, len(skills), sum(skills.values()), agent.idle_since_us)
