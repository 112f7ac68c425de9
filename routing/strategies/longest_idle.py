"""Longest idle: who has waited longest for a call gets it."""

from __future__ import annotations

from typing import ClassVar

from routing.agent import Agent
from routing.policy import Assignment
from routing.strategies.base import Key, Pool, PoolContext, RankedPool, RingMode


class LongestIdle:
    """Order: level, then the time since when the agent has been idle, earliest first, then id.

    A missed offer restarts the idle time, so that no agent is rung over and over while others are
    idle; an offer withdrawn because the caller left does not, for that was not the agent's doing.
    """

    name: ClassVar[str] = "longest_idle"
    ring: ClassVar[RingMode] = "one"

    def pool(self, context: PoolContext) -> Pool:
        """Idle agents in that order."""
        return _Pool(context, ("level", "idle longer"))


class _Pool(RankedPool):
    __slots__ = ()

    def key(self, agent: Agent, assignment: Assignment) -> Key:
        return (assignment.level, agent.idle_since_us)
