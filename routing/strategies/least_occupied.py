"""Least occupied: equal shares of work, also of agents who signed in later."""

from __future__ import annotations

from typing import ClassVar

from routing.agent import Agent
from routing.policy import Assignment
from routing.strategies.base import Key, Pool, PoolContext, RankedPool, RingMode


class LeastOccupied:
    """Order: level, then the share of the time since sign-in spent on calls and their wrap-up,
    as it was when the agent last became idle, least first, then idle longest, then agent id.
    """

    name: ClassVar[str] = "least_occupied"
    ring: ClassVar[RingMode] = "one"

    def pool(self, context: PoolContext) -> Pool:
        """Idle agents in that order."""
        return _Pool(context, ("level", "less occupied", "idle longer"))


class _Pool(RankedPool):
    __slots__ = ()

    def key(self, agent: Agent, assignment: Assignment) -> Key:
        signed_in = max(1, agent.idle_since_us - agent.signed_in_us)
        return (assignment.level, agent.busy_us / signed_in, agent.idle_since_us)
