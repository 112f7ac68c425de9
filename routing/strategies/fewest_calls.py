"""Fewest calls: equal numbers."""

from __future__ import annotations

from typing import ClassVar

from routing.agent import Agent
from routing.policy import Assignment
from routing.strategies.base import Key, Pool, PoolContext, RankedPool, RingMode


class FewestCalls:
    """Order: level, calls answered since sign-in (fewest first), idle longest, agent id."""

    name: ClassVar[str] = "fewest_calls"
    ring: ClassVar[RingMode] = "one"

    def pool(self, context: PoolContext) -> Pool:
        """Idle agents in that order."""
        return _Pool(context, ("level", "fewer calls", "idle longer"))


class _Pool(RankedPool):
    __slots__ = ()

    def key(self, agent: Agent, assignment: Assignment) -> Key:
        return (assignment.level, agent.calls, agent.idle_since_us)
