"""Classes of calls and of agents, so that matching never scans either.

Calls that ask for the same (queue, stage, skills, weight) are one requirement class; agents that
can do the same (skills, queues, team) are one capability class. Which classes fit is worked out
once a pair and kept.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Final, TypeAlias

from msgspec import Struct

from queues.order import Rank
from queues.policy import LevelRules
from queues.waiting import SkillMinimums, WaitingCall
from routing.agent import Agent
from routing.policy import Assignment
from routing.requirements import Test
from routing.stages import level_delay_us
from routing.strategies.base import Pool, RingMode

#: A waiting call in a heap; ranks are unique, so calls are never compared.
HeapPlace: TypeAlias = tuple[Rank, WaitingCall]

RequirementKey: TypeAlias = tuple[str, int, int, SkillMinimums, float]
CapabilityKey: TypeAlias = tuple[
    str, tuple[tuple[str, int], ...], tuple[tuple[str, Assignment], ...]
]

#: How a team that a step adds serves the queue: behind everybody assigned to it.
ADDED_BY_STEP: Final = Assignment(level=1_000)


class LevelState:
    """The level rules of a queue, and the lowest level that has staff."""

    __slots__ = ("floor_level", "rules")

    def __init__(self, rules: LevelRules) -> None:
        self.rules = rules
        #: Levels up to this one are open whatever the wait: below it there is no staff.
        self.floor_level = 0

    def joins_in(self, assignment: Assignment, waited_us: int) -> bool:
        """Whether an agent takes part in a call that has waited so long."""
        if assignment.delay_us > waited_us:
            return False
        if assignment.level <= self.floor_level and self.rules.skip_unstaffed:
            return True
        return level_delay_us(self.rules, assignment.level) <= waited_us


class WhoMay(Struct, frozen=True):
    """What a queue's step asks of agents, besides the call's own minimums."""

    test: Test
    add_teams: tuple[str, ...]
    levels: LevelState


class RequirementClass:
    """Waiting calls that the same agents may take, and the idle ones among these agents."""

    __slots__ = (
        "_open_us", "_who", "heads", "key", "live", "pool", "queue_id", "ring", "skills", "step",
        "waiting", "weight",
    )  # fmt: skip

    def __init__(
        self,
        key: RequirementKey,
        skills: SkillMinimums,
        who: WhoMay,
        pool: Pool,
        ring: RingMode,
    ) -> None:
        self.key = key
        self.queue_id, self.step, self._open_us, _, self.weight = key
        #: The call's own minimums, less those that the step drops.
        self.skills = skills
        self._who = who
        self.pool = pool
        self.ring = ring
        #: All of them, best first; a call that left stays until it comes to the top.
        self.waiting: list[HeapPlace] = []
        #: What agents see: ``waiting``, or nothing while the queue takes no further conversation.
        self.heads = self.waiting
        #: How many of the heap's places are still those of waiting calls.
        self.live = 0

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

    def push(self, call: WaitingCall) -> None:
        """A call waits for an agent."""
        call.in_heap = True
        self.live += 1
        heappush(self.waiting, (call.rank, call))

    def drop(self, call: WaitingCall) -> None:
        """A call waits no more; the top of the heap is a waiting call again afterwards."""
        call.in_heap = False
        self.live -= 1
        waiting = self.waiting
        while waiting and not self._is_live(waiting[0]):
            heappop(waiting)
        if len(waiting) > 64 and len(waiting) > 2 * self.live:
            waiting[:] = [place for place in waiting if self._is_live(place)]
            heapify(waiting)

    def _is_live(self, place: HeapPlace) -> bool:
        rank, call = place
        return call.in_heap and call.group is self and call.rank == rank

    def runner_up(self) -> WaitingCall | None:
        """The best call behind the top: down the heap past those who left."""
        waiting = self.waiting
        top = waiting[0][1]
        best: HeapPlace | None = None
        look_at = [1, 2]
        for index in look_at:
            if index >= len(waiting) or (best is not None and best < waiting[index]):
                continue
            place = waiting[index]
            if place[1] is not top and self._is_live(place):
                best = place
            else:
                look_at += (2 * index + 1, 2 * index + 2)
        return best[1] if best is not None else None


class CapabilityClass:
    """Agents who can do the same."""

    __slots__ = ("agents", "fits", "key", "queues", "seen", "skills", "team_id", "weighted")

    def __init__(self, key: CapabilityKey) -> None:
        self.key = key
        self.team_id = key[0]
        self.skills = dict(key[1])
        self.queues = dict(key[2])
        self.agents = 0
        #: Requirement classes these agents may serve, with how; extended as classes appear.
        self.fits: dict[RequirementClass, Assignment] = {}
        #: How many of the matcher's classes have been looked at.
        self.seen = 0
        #: Whether any of them ages at another speed than the rest.
        self.weighted = False

    def learn(self, classes: list[RequirementClass]) -> None:
        """Look at the classes that are new since the last time."""
        if self.seen == len(classes):
            return
        for group in classes[self.seen :]:
            assignment = group.assignment_of(self)
            if assignment is not None:
                self.fits[group] = assignment
                self.weighted = self.weighted or group.weight != 1.0
        self.seen = len(classes)


def capability_key(agent: Agent) -> CapabilityKey:
    """What makes two agents alike."""
    return (
        agent.profile.team_id,
        tuple(sorted(agent.skills.items())),
        tuple(sorted(agent.queues.items(), key=_queue_id)),
    )


def _queue_id(item: tuple[str, Assignment]) -> str:
    return item[0]
