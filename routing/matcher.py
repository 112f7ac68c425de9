"""The matcher: which waiting call for a free agent, which free agent for a waiting call.

It is asked only when something has changed, looks only at the heads of the classes that fit, and
never at calls or agents one by one. The engine tells it what became of the choice.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from queues.order import Rank, urgency, what_differs
from queues.policy import QueuePolicy
from routing.agent import Agent
from routing.call_group import NO_PREFERENCE, Place, RoutedCall, SkillMinimums
from routing.classes import (
    ADDED_BY_STEP,
    CapabilityClass,
    CapabilityKey,
    LevelState,
    RequirementClass,
    RequirementKey,
    WhoMay,
    capability_key,
)
from routing.draw import Draw
from routing.requirements import Requirement, parse_requirement
from routing.stages import Stage, stages_of
from routing.strategies import STRATEGIES
from routing.strategies.base import Choice, Cursor, Pool, PoolContext, Strategy

#: Classes kept; beyond it those without calls are dropped.
CLASS_LIMIT: Final = 4096


class CallChoice(Struct, gc=False, eq=False):
    """The call taken for an agent, the best of the other classes' first calls, and what tells them
    apart."""

    call: RoutedCall
    candidates: int
    runner_up: str
    reason: str


class QueueMatching:
    """Policy, stages, levels, staff and classes of one queue."""

    def __init__(self, policy: QueuePolicy) -> None:
        self.policy = policy
        self.strategy: Strategy = STRATEGIES[policy.strategy]
        self.steps: tuple[Requirement, ...] = tuple(
            parse_requirement(step.requirement) for step in policy.steps
        )
        self.levels = LevelState(policy.levels)
        #: Round robin's pointer.
        self.cursor = Cursor()
        self.groups: list[RequirementClass] = []
        #: Level and delay to the number of assignments that have them, signed in or not.
        self.assigned: dict[tuple[int, int], int] = {}
        self.stages: tuple[Stage, ...] = stages_of(policy.steps, ())
        #: Level to the number of working agents in it.
        self.staff: dict[int, int] = {}
        self.capped = False


class Matcher:
    """Matches waiting calls and idle agents by their classes, without looking at single calls."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.queues: dict[str, QueueMatching] = {}
        self.idle: dict[str, Agent] = {}
        self._groups: list[RequirementClass] = []
        self._by_key: dict[RequirementKey, RequirementClass] = {}
        self._capabilities: dict[CapabilityKey, CapabilityClass] = {}
        #: Agent id to the class of what the agent can do.
        self._capability_of: dict[str, CapabilityClass] = {}
        #: Calls that wait for named agents only, by agent.
        self._preferring: dict[str, dict[str, RoutedCall]] = {}
        self._asked = Cursor()

    # -- queues --------------------------------------------------------------------------------

    def add_queue(self, policy: QueuePolicy) -> QueueMatching:
        """Add a queue; its classes are made as calls arrive."""
        matching = self.queues[policy.queue_id] = QueueMatching(policy)
        return matching

    def remove_queue(self, queue_id: str) -> None:
        """Remove a queue without calls, with its classes."""
        for group in self.queues.pop(queue_id).groups:
            group.forgotten = True
        self._groups = [group for group in self._groups if group.queue_id != queue_id]
        self._by_key = {group.key: group for group in self._groups}
        self.relearn()

    def replace_queue(self, policy: QueuePolicy) -> QueueMatching:
        """Replace a queue's policy: its classes are made again, its round-robin pointer stays. Take
        the queue's waiting calls out before, and place them again after."""
        old = self.queues[policy.queue_id]
        self.remove_queue(policy.queue_id)
        matching = self.add_queue(policy)
        matching.cursor = old.cursor
        matching.assigned = old.assigned
        matching.staff = old.staff
        matching.levels.staffed = old.levels.staffed
        return matching

    def relearn(self) -> None:
        """Work out again which classes fit, after classes were removed or changed."""
        for group in self._groups:
            group.pool = self._pool_of(self.queues[group.queue_id], group.step, group.skills)
        for capability in self._capabilities.values():
            capability.fits = {}
            capability.served = []
            capability.seen = 0
        for agent in self.idle.values():
            agent.ticket += 1
            self._into_pools(agent)

    def restage(self, queue_id: str) -> None:
        """Work out a queue's stages again, after its assignments or the staff of its levels have
        changed."""
        matching = self.queues[queue_id]
        delays = [delay_us for _, delay_us in matching.assigned]
        delays += [matching.levels.delay_us(level) for level, _ in matching.assigned]
        matching.stages = stages_of(matching.policy.steps, delays)

    def set_capped(self, queue_id: str, capped: bool) -> None:
        """Hide a queue's calls from agents while it may begin no conversation, or show them."""
        matching = self.queues[queue_id]
        matching.capped = capped
        for group in matching.groups:
            group.hide(capped)

    # -- agents --------------------------------------------------------------------------------

    def enrol(self, agent: Agent) -> None:
        """Add an agent, signed in or not, with the present skills and queues."""
        key = capability_key(agent)
        capability = self._capabilities.get(key)
        if capability is None:
            capability = self._capabilities[key] = CapabilityClass(key)
        capability.agents += 1
        self._capability_of[agent.agent_id] = capability
        for queue_id, assignment in agent.queues.items():
            matching = self.queues.get(queue_id)
            if matching is not None:
                how = (assignment.level, assignment.delay_us)
                matching.assigned[how] = matching.assigned.get(how, 0) + 1

    def dismiss(self, agent: Agent) -> None:
        """Remove an agent, for good or to enrol it again with other skills or queues."""
        capability = self._capability_of.pop(agent.agent_id, None)
        if capability is None:
            return
        capability.agents -= 1
        if not capability.agents:
            del self._capabilities[capability.key]
        for queue_id, assignment in agent.queues.items():
            matching = self.queues.get(queue_id)
            if matching is not None:
                how = (assignment.level, assignment.delay_us)
                matching.assigned[how] -= 1
                if not matching.assigned[how]:
                    del matching.assigned[how]

    def staff_changed(self, agent: Agent, works: bool) -> list[str]:
        """An agent has begun or ceased to work; returns the queues in which levels opened or closed
        by it."""
        changed = []
        for queue_id, assignment in agent.queues.items():
            matching = self.queues.get(queue_id)
            if matching is None:
                continue
            staff = matching.staff
            staff[assignment.level] = staff.get(assignment.level, 0) + (1 if works else -1)
            if not staff[assignment.level]:
                del staff[assignment.level]
            if len(staff) != len(matching.levels.staffed) and self._staff_levels(matching):
                changed.append(queue_id)
        return changed

    def _staff_levels(self, matching: QueueMatching) -> bool:
        """A level has its first working agent or lost its last; returns whether the delay of any
        level changes by it."""
        levels = matching.levels
        before = [levels.delay_us(level) for level, _ in matching.assigned]
        levels.staffed = tuple(sorted(matching.staff))
        if before == [levels.delay_us(level) for level, _ in matching.assigned]:
            return False
        self._refit(matching)
        return True

    def _refit(self, matching: QueueMatching) -> None:
        """Work out again which agents serve one queue."""
        for capability in self._capabilities.values():
            capability.learn(self._groups)
            for group in matching.groups:
                assignment = group.assignment_of(capability)
                if assignment is None:
                    capability.fits.pop(group, None)
                else:
                    capability.fits[group] = assignment
            capability.served = list(capability.fits)
        for group in matching.groups:
            group.pool = self._pool_of(matching, group.step, group.skills)
            for agent in self.idle.values():
                assignment = self._capability_of[agent.agent_id].fits.get(group)
                if assignment is not None:
                    group.pool.add(agent, assignment)

    def make_idle(self, agent: Agent) -> None:
        """Add an agent for whom no call waits to the idle pools."""
        agent.idle = True
        self.idle[agent.agent_id] = agent
        self._into_pools(agent)

    def _into_pools(self, agent: Agent) -> None:
        capability = self._capability_of[agent.agent_id]
        capability.learn(self._groups)
        for group, assignment in capability.fits.items():
            group.pool.add(agent, assignment)

    def make_busy(self, agent: Agent) -> None:
        """Take an agent out of the idle pools; no error when it was in none."""
        if not agent.idle:
            return
        agent.idle = False
        agent.ticket += 1
        del self.idle[agent.agent_id]
        for group in self._capability_of[agent.agent_id].fits:
            group.pool.discard(agent)

    # -- calls ---------------------------------------------------------------------------------

    def place(self, call: RoutedCall) -> RequirementClass:
        """Put a waiting call into the class of its queue and stage."""
        matching = self.queues[call.queue_id]
        stage = matching.stages[call.stage]
        key = (call.queue_id, stage.step, stage.open_us, call.skills, call.weight)
        group = self._by_key.get(key)
        if group is None:
            group = self._new_class(key, matching)
        call.group = group
        # One tuple for all calls of a class.
        call.skills = group.key[3]
        return group

    def _new_class(self, key: RequirementKey, matching: QueueMatching) -> RequirementClass:
        if len(self._groups) >= CLASS_LIMIT:
            self._forget_empty()
        _, step_index, _, skills, _ = key
        steps = matching.policy.steps
        dropped = steps[step_index].drop_skills
        if dropped:
            skills = tuple(minimum for minimum in skills if minimum[0] not in dropped)
        teams = tuple(team for step in steps[: step_index + 1] for team in step.add_teams)
        who = WhoMay(matching.steps[step_index].test, teams, matching.levels)
        pool = self._pool_of(matching, step_index, skills)
        group = RequirementClass(key, skills, who, pool, matching.strategy.ring)
        group.hide(matching.capped)
        matching.groups.append(group)
        self._groups.append(group)
        self._by_key[key] = group
        for agent in self.idle.values():
            capability = self._capability_of[agent.agent_id]
            capability.learn(self._groups)
            if group in capability.fits:
                pool.add(agent, capability.fits[group])
        return group

    def _forget_empty(self) -> None:
        """Calls bring skills of their own, so classes are without end: drop those without calls."""
        for group in self._groups:
            group.forgotten = not group.live
        for matching in self.queues.values():
            matching.groups = [group for group in matching.groups if group.live]
        self._groups = [group for group in self._groups if group.live]
        self._by_key = {group.key: group for group in self._groups}
        self.relearn()

    def wait(self, call: RoutedCall) -> None:
        """Put a call where agents look: into its class, or to the agents that it prefers."""
        if call.preferred_rule == NO_PREFERENCE:
            group = call.group
            if group is None or group.forgotten:
                group = self.place(call)
            group.push(call)
            return
        call.in_heap = True
        for agent_id in self.preferred_now(call):
            self._preferring.setdefault(agent_id, {})[call.call_id] = call

    def unwait(self, call: RoutedCall) -> None:
        """Take a call out of where agents look; no error when it was not there."""
        if not call.in_heap:
            return
        if call.preferred_rule == NO_PREFERENCE:
            group = call.group
            assert group is not None
            group.drop(call)
            return
        call.in_heap = False
        for agent_id in self.preferred_now(call):
            calls = self._preferring[agent_id]
            del calls[call.call_id]
            if not calls:
                del self._preferring[agent_id]

    def preferred_now(self, call: RoutedCall) -> list[str]:
        """The agents that the call's present rule waits for, best first."""
        rules = self.queues[call.queue_id].policy.preferred
        bound = rules[call.preferred_rule].min_score if call.preferred_rule < len(rules) else 0
        return [agent_id for agent_id, score in call.preferred if score >= bound]

    def preferred_idle(self) -> list[Agent]:
        """Idle agents for whom calls wait that prefer them."""
        return [self.idle[name] for name in sorted(self._preferring) if name in self.idle]

    def _may_have(self, agent: Agent, call: RoutedCall) -> bool:
        """Whether an agent may be given a call that prefers it: its queue must be one of the
        agent's, unless the call is for this agent alone."""
        matching = self.queues[call.queue_id]
        if matching.capped:
            return False
        direct = call.preferred_rule == len(matching.policy.preferred)
        return direct or call.queue_id in agent.queues

    # -- choices -------------------------------------------------------------------------------

    def call_for(self, agent: Agent, now_us: int) -> CallChoice | None:
        """The waiting call that this agent should take: the first in one order over all the queues
        the agent serves. The call stays where it is until `unwait`."""
        capability = self._capability_of.get(agent.agent_id)
        if capability is None:
            return None
        if capability.seen != len(self._groups):
            capability.learn(self._groups)
        preferring = self._preferring.get(agent.agent_id)
        if preferring or capability.weighted or capability.ranked:
            calls = preferring.values() if preferring else ()
            preferring_now = [call for call in calls if self._may_have(agent, call)]
            return self._compared(capability, preferring_now, now_us)
        first: Place | None = None
        behind: Place | None = None
        candidates = 0
        for group in capability.served:
            head = group.head
            if head is not None:
                candidates += 1
                if first is None or head[0] < first[0]:
                    behind = first
                    first = head
                elif behind is None or head[0] < behind[0]:
                    behind = head
        if first is None:
            return None
        if behind is None:
            return self._only(first[1])
        rank, call = first
        return CallChoice(call, candidates, behind[1].call_id, what_differs(rank, behind[0]))

    def _compared(
        self, capability: CapabilityClass, preferring: list[RoutedCall], now_us: int
    ) -> CallChoice | None:
        """As `call_for`, where calls age at different speeds or prefer this agent, or where the
        agent takes the calls of some queues first."""
        heads: list[tuple[int, Rank, RoutedCall]] = []
        for group, how in capability.fits.items():
            if group.head is not None:
                rank, call = group.head
                heads.append((how.rank, urgency(rank, group.weight, now_us), call))
        for call in preferring:
            # A call for this agent alone may be of a queue that the agent does not serve.
            how = capability.queues.get(call.queue_id, ADDED_BY_STEP)
            heads.append((how.rank, urgency(call.rank, call.weight, now_us), call))
        if not heads:
            return None
        # Ranks of calls are unique, so calls are never compared.
        heads.sort()
        queue_rank, rank, first = heads[0]
        if len(heads) == 1:
            if first.preferred_rule != NO_PREFERENCE:
                return CallChoice(first, 1, "", "prefers this agent")
            return self._only(first)
        other_queue_rank, other_rank, second = heads[1]
        if first.preferred_rule != NO_PREFERENCE:
            reason = "prefers this agent"
        elif queue_rank != other_queue_rank:
            reason = "queue of a higher rank"
        else:
            reason = what_differs(rank, other_rank)
        return CallChoice(first, len(heads), second.call_id, reason)

    def _only(self, call: RoutedCall) -> CallChoice:
        """The choice where one class alone has calls."""
        group = call.group
        assert group is not None
        behind = group.runner_up()
        if behind is None:
            return CallChoice(call, 1, "", "only one")
        return CallChoice(call, 1, behind.call_id, what_differs(call.rank, behind.rank))

    def offered(self, call: RoutedCall, agent: Agent) -> None:
        """An agent is rung: move the pointers of the queue and of the call to the agent's place."""
        how = agent.queues.get(call.queue_id, ADDED_BY_STEP)
        call.last_seat = (how.level, how.position, agent.agent_id)
        self.queues[call.queue_id].cursor.seat = call.last_seat

    def agent_for(self, call: RoutedCall) -> Choice | None:
        """The idle agent that this call should go to, by its queue's strategy."""
        if call.preferred_rule != NO_PREFERENCE:
            return self._preferred_for(call)
        group = call.group
        assert group is not None
        pool = group.pool
        if not pool.size:
            return None
        asked = self._asked
        asked.seat = call.last_seat or (0, 0, "")
        choice: Choice | None = pool.choose(asked)
        call.last_seat = asked.seat
        return choice

    def _preferred_for(self, call: RoutedCall) -> Choice | None:
        idle = [self.idle[name] for name in self.preferred_now(call) if name in self.idle]
        ready = [agent for agent in idle if self._may_have(agent, call)]
        if not ready:
            return None
        runner_up = ready[1].agent_id if len(ready) > 1 else ""
        return Choice(ready[0], len(ready), runner_up, "higher score" if runner_up else "only one")

    def _pool_of(self, matching: QueueMatching, step: int, skills: SkillMinimums) -> Pool:
        wanted = dict.fromkeys([*matching.steps[step].skills, *(skill for skill, _ in skills)])
        return matching.strategy.pool(PoolContext(tuple(wanted), matching.cursor, self.draw))
