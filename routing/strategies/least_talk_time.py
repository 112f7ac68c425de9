"""Least talk time: equal time on the telephone."""

from __future__ import annotations

from typing import ClassVar

from routing.agent import Agent
from routing.policy import Assignment
from routing.strategies.base import Key, Pool, PoolContext, RankedPool, RingMode


class LeastTalkTime:
    """Order: level, time talked since sign-in (least first), idle longest, agent id."""

    name: ClassVar[str] = "least_talk_time"
    ring: ClassVar[RingMode] = "one"

    def pool(self, context: PoolContext) -> Pool:
        """Idle agents in that order."""
        return _Pool(context, ("level", "less talk time", "idle longer"))


class _Pool(RankedPool):
    __slots__ = ()

    def key(self, agent: Agent, assignment: Assignment) -> Key:
        return (assignment.level, agent.talk_us, agent.idle_since_us)
