"""Ring all: every idle agent that fits rings, the first to answer has the call."""

from __future__ import annotations

from typing import ClassVar

from routing.agent import Agent
from routing.policy import Assignment
from routing.strategies.base import Key, Pool, PoolContext, RankedPool, RingMode


class RingAll:
    """Order of ringing, up to the queue's limit: level, idle longest, agent id. An agent
    who becomes idle while the call still rings joins in. The others are cancelled at the answer.
    """

    name: ClassVar[str] = "ring_all"
    ring: ClassVar[RingMode] = "all"

    def pool(self, context: PoolContext) -> Pool:
        """Idle agents in that order."""
        return _Pool(context, ("level", "idle longer"))


class _Pool(RankedPool):
    __slots__ = ()

    def key(self, agent: Agent, assignment: Assignment) -> Key:
        return (assignment.level, agent.idle_since_us)
