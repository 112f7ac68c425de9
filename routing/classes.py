"""Classes of calls and of agents, so that matching never scans either.

Calls that ask for the same (queue, stage, skills, weight) are one requirement class; agents that
can do the same (skills, queues, team) are one capability class. Which classes fit is worked out
once a pair and kept.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from msgspec import Struct

from queues.policy import LevelRules
from routing.agent import Agent
from routing.call_group import CallGroup, SkillMinimums
from routing.policy import Assignment
from routing.requirements import Test
from routing.stages import level_delay_us
from routing.strategies.base import Pool, RingMode

RequirementKey: TypeAlias = tuple[str, int, int, SkillMinimums, float]
CapabilityKey: TypeAlias = tuple[
    str, tuple[tuple[str, int], ...], tuple[tuple[str, Assignment], ...]
]

#: How a team that a step adds serves the queue: behind everybody assigned to it.
ADDED_BY_STEP: Final = Assignment(level=1_000)


class LevelState:
    """The level rules of a queue, and the levels that have staff."""

    __slots__ = ("rules", "staffed")

    def __init__(self, rules: LevelRules) -> None:
        self.rules = rules
        #: Ascending.
        self.staffed: tuple[int, ...] = ()

    def delay_us(self, level: int) -> int:
        """How long a call waits until a level joins in."""
        return level_delay_us(self.rules, level, self.staffed)

    def joins_in(self, assignment: Assignment, waited_us: int) -> bool:
        """Whether an agent takes part in a call that has waited so long."""
        return assignment.delay_us <= waited_us and self.delay_us(assignment.level) <= waited_us


class WhoMay(Struct, frozen=True):
    """What a step of a queue's requirement asks of agents, besides the call's own minimums."""

    test: Test
    add_teams: tuple[str, ...]
    levels: LevelState


class RequirementClass(CallGroup):
    """Waiting calls that the same agents may take, and the idle ones among these agents."""

    __slots__ = (
        "_open_us",
        "_who",
        "key",
        "queue_id",
        "skills",
        "step",
        "weight",
    )

    def __init__(
        self,
        key: RequirementKey,
        skills: SkillMinimums,
        who: WhoMay,
        pool: Pool,
        ring: RingMode,
    ) -> None:
        super().__init__(pool, ring)
        self.key = key
        self.queue_id, self.step, self._open_us, _, self.weight = key
        #: The call's own minimums, less those that the step drops.
        self.skills = skills
        self._who = who

    def assignment_of(self, capability: CapabilityClass) -> Assignment | None:
        """How agents of that class serve this one; None when they do not."""
        assignment = capability.queues.get(self.queue_id)
        if assignment is None:
            if capability.team_id not in self._who.add_teams:
                return None
            assignment = ADDED_BY_STEP
        elif not self._who.levels.joins_in(assignment, self._open_us):
            return None
        skills = capability.skills
        for skill, minimum in self.skills:
            if skills.get(skill, 0) < minimum:
                return None
        return assignment if self._who.test(skills) else None


class CapabilityClass:
    """Agents with the same skills, queues and team."""

    __slots__ = (
        "agents",
        "fits",
        "key",
        "queues",
        "ranked",
        "seen",
        "served",
        "skills",
        "team_id",
        "weighted",
    )

    def __init__(self, key: CapabilityKey) -> None:
        self.key = key
        self.team_id = key[0]
        self.skills = dict(key[1])
        self.queues = dict(key[2])
        #: Whether these agents take the calls of some queues before those of others.
        self.ranked = any(how.rank != 1 for how in self.queues.values())
        self.agents = 0
        #: Requirement classes these agents may serve, with how; extended as classes appear.
        self.fits: dict[RequirementClass, Assignment] = {}
        #: The same classes: what is gone through whenever an agent is ready.
        self.served: list[RequirementClass] = []
        #: How many of the matcher's classes have been looked at.
        self.seen = 0
        #: Whether any of them ages at another speed than the rest.
        self.weighted = False

    def learn(self, classes: list[RequirementClass]) -> None:
        """Work out which of the requirement classes made since the last time these agents serve."""
        if self.seen == len(classes):
            return
        for group in classes[self.seen :]:
            assignment = group.assignment_of(self)
            if assignment is not None:
                self.fits[group] = assignment
                self.served.append(group)
                self.weighted = self.weighted or group.weight != 1.0
        self.seen = len(classes)


def capability_key(agent: Agent) -> CapabilityKey:
    """What agents of one capability class have in common."""
    return (
        agent.profile.team_id,
        tuple(sorted(agent.skills.items())),
        tuple(sorted(agent.queues.items(), key=_queue_id)),
    )


def _queue_id(item: tuple[str, Assignment]) -> str:
    return item[0]
