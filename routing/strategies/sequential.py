"""Sequential: from the top of the list every time."""

from __future__ import annotations

from typing import ClassVar

from routing.agent import Agent
from routing.policy import Assignment
from routing.strategies.base import Key, Pool, PoolContext, RankedPool, RingMode


class Sequential:
    """Order: level, then the position in the queue's list, then agent id. Every offer starts at the
    top, so those first in the list get most of the work.
    """

    name: ClassVar[str] = "sequential"
    ring: ClassVar[RingMode] = "one"

    def pool(self, context: PoolContext) -> Pool:
        """Idle agents in that order."""
        return _Pool(context, ("level", "higher in the list"))


class _Pool(RankedPool):
    __slots__ = ()

    def key(self, agent: Agent, assignment: Assignment) -> Key:
        return (assignment.level, assignment.position)
