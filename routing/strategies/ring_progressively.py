"""Ring progressively: one agent, then one more at a time until one answers."""

from __future__ import annotations

from typing import ClassVar

from routing.agent import Agent
from routing.policy import Assignment
from routing.strategies.base import Key, Pool, PoolContext, RankedPool, RingMode


class RingProgressively:
    """Order in which they are added, one each ``ring_more_us`` up to the queue's limit: level, idle
    longest, agent id. Those ringing go on ringing until their own time is over.
    """

    name: ClassVar[str] = "ring_progressively"
    ring: ClassVar[RingMode] = "more"

    def pool(self, context: PoolContext) -> Pool:
        """Idle agents in that order."""
        return _Pool(context, ("level", "idle longer"))


class _Pool(RankedPool):
    __slots__ = ()

    def key(self, agent: Agent, assignment: Assignment) -> Key:
        return (assignment.level, agent.idle_since_us)
