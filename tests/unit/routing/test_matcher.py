"""The matcher against a scan of all calls and all agents, under random operations."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from msgspec import structs

from queues.order import Rank, urgency
from queues.policy import LevelRules, OrderPolicy, PreferredRule, QueuePolicy, Step
from queues.queue import CallQueue
from routing import matcher as matcher_module
from routing.agent import Agent, new_agent
from routing.call_group import NO_PREFERENCE, RoutedCall, group_of
from routing.draw import Draw
from routing.matcher import Matcher
from routing.policy import AgentProfile, Assignment
from routing.requirements import parse_requirement
from tests.unit.state_machines import run_state_machine

S = 1_000_000
SKILLS = ("english", "sales")
NAMES = ("q0", "q1")

SKILL_MAPS = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 3))
ASSIGNMENTS = st.dictionaries(
    st.sampled_from(NAMES),
    st.builds(
        Assignment,
        level=st.integers(1, 3),
        delay_us=st.sampled_from([0, 0, 20 * S]),
        rank=st.sampled_from([1, 1, 2, 3]),
    ),
    min_size=1,
)
STEPS = (
    (Step(),),
    (Step(),),
    (
        Step(requirement="english >= 2", expires_us=10 * S),
        Step(requirement="not sales", expires_us=10 * S, drop_skills=("english",)),
        Step(add_teams=("t/red",)),
    ),
)
ORDERS = (
    OrderPolicy(),
    OrderPolicy(mode="bands"),
    OrderPolicy(mode="weights", weights={1: 2.0, 2: 0.5}),
)
POLICIES = st.builds(
    QueuePolicy,
    queue_id=st.just("?"),
    tenant_id=st.just("t"),
    name=st.just("q"),
    order=st.sampled_from(ORDERS),
    steps=st.sampled_from(STEPS),
    levels=st.builds(
        LevelRules,
        wait_us=st.sampled_from([0, 15 * S, 15 * S]),
        skip_unstaffed=st.sampled_from([True, True, False]),
    ),
    preferred=st.sampled_from([(), (PreferredRule(min_score=2, wait_us=S),)]),
)


class AgainstAScan(RuleBasedStateMachine):
    """What the engine does with a matcher, step by step; answers by looking at everybody."""

    def __init__(self) -> None:
        super().__init__()
        self.matcher = Matcher(Draw(1))
        self.queues: dict[str, CallQueue] = {}
        self.agents: dict[str, Agent] = {}
        self.calls: dict[str, RoutedCall] = {}
        self.working: dict[str, bool] = {}
        self.now_us = 1000 * S
        self.serial = 0

    @initialize(
        policies=st.lists(POLICIES, min_size=2, max_size=2),
        staff=st.lists(st.tuples(SKILL_MAPS, ASSIGNMENTS, st.booleans()), min_size=2, max_size=5),
    )
    def begin(
        self,
        policies: list[QueuePolicy],
        staff: list[tuple[dict[str, int], dict[str, Assignment], bool]],
    ) -> None:
        for name, policy in zip(NAMES, policies, strict=True):
            own = _named(policy, name)
            self.queues[name] = CallQueue(own)
            self.matcher.add_queue(own)
        for number, (skills, queues, red) in enumerate(staff):
            profile = AgentProfile(
                agent_id=f"a{number}",
                tenant_id="t",
                name="a",
                skills=skills,
                queues=queues,
                team_id="t/red" if red else "",
            )
            self.agents[profile.agent_id] = new_agent(profile)
            self.working[profile.agent_id] = False
            self.matcher.enrol(self.agents[profile.agent_id])
        for name in NAMES:
            self.matcher.restage(name)

    # -- agents --------------------------------------------------------------------------------

    def _agent(self, place: int) -> Agent:
        return self.agents[sorted(self.agents)[place % len(self.agents)]]

    def _work(self, agent: Agent, works: bool) -> None:
        if self.working[agent.agent_id] != works:
            self.working[agent.agent_id] = works
            for queue_id in self.matcher.staff_changed(agent, works):
                self._restage(queue_id)

    def _restage(self, queue_id: str) -> None:
        self.matcher.restage(queue_id)
        for call in self.calls.values():
            if call.queue_id == queue_id and call.preferred_rule == NO_PREFERENCE:
                self._put_back(call)

    @rule(place=st.integers(0, 99))
    def becomes_idle(self, place: int) -> None:
        agent = self._agent(place)
        self._work(agent, works=True)
        if not agent.idle:
            self.matcher.make_idle(agent)

    @rule(place=st.integers(0, 99), works=st.booleans())
    def becomes_busy(self, place: int, works: bool) -> None:
        agent = self._agent(place)
        self.matcher.make_busy(agent)
        self._work(agent, works)

    @rule(place=st.integers(0, 99), skills=SKILL_MAPS, queues=ASSIGNMENTS)
    def is_equipped(
        self, place: int, skills: dict[str, int], queues: dict[str, Assignment]
    ) -> None:
        agent = self._agent(place)
        was_idle, worked = agent.idle, self.working[agent.agent_id]
        old = agent.queues
        self.matcher.make_busy(agent)
        self._work(agent, works=False)
        self.matcher.dismiss(agent)
        agent.skills, agent.queues = skills, queues
        self.matcher.enrol(agent)
        for queue_id in {**old, **queues}:
            self._restage(queue_id)
        self._work(agent, worked)
        if was_idle:
            self.matcher.make_idle(agent)

    # -- calls ---------------------------------------------------------------------------------

    @rule(
        name=st.sampled_from(NAMES),
        priority=st.integers(0, 2),
        skills=st.one_of(st.just({}), SKILL_MAPS),
        boost_s=st.integers(0, 30),
        preferred=st.dictionaries(st.sampled_from(["a0", "a1", "a2"]), st.integers(1, 3)),
    )
    def joins(
        self,
        name: str,
        priority: int,
        skills: dict[str, int],
        boost_s: int,
        preferred: dict[str, int],
    ) -> None:
        self.serial += 1
        call = RoutedCall(
            call_id=f"c{self.serial}",
            tenant_id="t",
            serial=self.serial,
        )
        call.priority = priority
        call.skills = tuple(sorted(skills.items()))
        call.boost_us = boost_s * S
        call.preferred = tuple(sorted(preferred.items(), key=lambda pair: (-pair[1], pair[0])))
        call.wait_since_us = self.now_us
        queue = self.queues[name]
        queue.join(call, self.now_us)
        call.stages_from_us = self.now_us
        if preferred and queue.policy.preferred:
            call.preferred_rule = 0
        self.calls[call.call_id] = call
        self.matcher.place(call)
        self.matcher.wait(call)

    def _call(self, place: int) -> RoutedCall:
        return self.calls[sorted(self.calls)[place % len(self.calls)]]

    @precondition(lambda self: self.calls)
    @rule(place=st.integers(0, 99))
    def leaves(self, place: int) -> None:
        call = self._call(place)
        self.matcher.unwait(call)
        self.queues[call.queue_id].leave(call)
        del self.calls[call.call_id]

    @precondition(lambda self: self.calls)
    @rule(place=st.integers(0, 99), priority=st.integers(0, 2))
    def is_given_another_priority(self, place: int, priority: int) -> None:
        call = self._call(place)
        self.matcher.unwait(call)
        call.priority = priority
        self.queues[call.queue_id].rerank(call)
        self.matcher.place(call)
        self.matcher.wait(call)

    @precondition(lambda self: self.calls)
    @rule(place=st.integers(0, 99))
    def rings_and_waits_again(self, place: int) -> None:
        call = self._call(place)
        self.matcher.unwait(call)
        group = group_of(call)
        assert call not in list(group)
        if group.forgotten:
            self.matcher.place(call)
        self.matcher.wait(call)

    @precondition(lambda self: self.calls)
    @rule(place=st.integers(0, 99))
    def prefers_no_more(self, place: int) -> None:
        call = self._call(place)
        self.matcher.unwait(call)
        call.preferred_rule = NO_PREFERENCE
        call.stages_from_us = self.now_us
        self._put_back(call)

    def _put_back(self, call: RoutedCall) -> None:
        """Into the class of the stage that its wait has reached."""
        self.matcher.unwait(call)
        stages = self.matcher.queues[call.queue_id].stages
        waited = self.now_us - call.stages_from_us
        call.stage = max(n for n, stage in enumerate(stages) if stage.from_us <= waited)
        self.matcher.place(call)
        self.matcher.wait(call)

    # -- queues and time -----------------------------------------------------------------------

    @rule(seconds=st.integers(1, 20))
    def time_passes(self, seconds: int) -> None:
        self.now_us += seconds * S
        for call in self.calls.values():
            if call.preferred_rule == NO_PREFERENCE:
                self._put_back(call)

    @rule(name=st.sampled_from(NAMES), capped=st.booleans())
    def is_capped(self, name: str, capped: bool) -> None:
        self.matcher.set_capped(name, capped)

    @rule(name=st.sampled_from(NAMES), policy=POLICIES)
    def gets_another_policy(self, name: str, policy: QueuePolicy) -> None:
        queue, policy = self.queues[name], _named(policy, name)
        waiting = [call for call in self.calls.values() if call.queue_id == name]
        for call in waiting:
            self.matcher.unwait(call)
        capped = self.matcher.queues[name].capped
        self.matcher.replace_queue(policy)
        queue.set_policy(policy)
        self.matcher.restage(name)
        self.matcher.set_capped(name, capped)
        for call in waiting:
            queue.rerank(call)
            call.preferred_rule = NO_PREFERENCE
            self._put_back(call)

    # -- the scan ------------------------------------------------------------------------------

    def _serves(self, agent: Agent, call: RoutedCall) -> Assignment | None:
        """How an agent would serve a call now, by the definitions alone; None when not."""
        policy = self.queues[call.queue_id].policy
        how = agent.queues.get(call.queue_id)
        if call.preferred_rule != NO_PREFERENCE:
            bound = policy.preferred[call.preferred_rule].min_score
            liked = dict(call.preferred).get(agent.agent_id, 0) >= bound
            return how if liked else None
        waited = self.now_us - call.stages_from_us
        step_index = 0
        begins = 0
        for index, step in enumerate(policy.steps[:-1]):
            begins += step.expires_us or 0
            if waited >= begins:
                step_index = index + 1
        step = policy.steps[step_index]
        if how is None:
            added = [team for one in policy.steps[: step_index + 1] for team in one.add_teams]
            if agent.profile.team_id not in added:
                return None
        elif how.delay_us > waited or not self._level_open(call.queue_id, how.level, waited):
            return None
        minimums = dict(call.skills)
        for skill in step.drop_skills:
            minimums.pop(skill, None)
        if any(agent.skills.get(skill, 0) < least for skill, least in minimums.items()):
            return None
        if not parse_requirement(step.requirement).test(agent.skills):
            return None
        return how or Assignment(level=1_000)

    def _level_open(self, queue_id: str, level: int, waited: int) -> bool:
        rules = self.queues[queue_id].policy.levels
        staffed = {
            agent.queues[queue_id].level
            for agent in self.agents.values()
            if self.working[agent.agent_id] and queue_id in agent.queues
        }
        before = [one for one in range(1, level) if one in staffed or not rules.skip_unstaffed]
        waits_for = len(before) if rules.per_level else bool(before)
        return waits_for * rules.wait_us <= waited

    def _is_hidden(self, call: RoutedCall) -> bool:
        return self.matcher.queues[call.queue_id].capped

    @invariant()
    def the_first_call_for_every_agent(self) -> None:
        for agent in self.agents.values():
            fitting = [
                call
                for call in self.calls.values()
                if not self._is_hidden(call) and self._serves(agent, call)
            ]
            choice = self.matcher.call_for(agent, self.now_us)
            assert (choice is None) == (not fitting)
            if choice is not None:
                fitting.sort(key=lambda call: self._order_for(agent, call))
                assert choice.call is fitting[0]
                assert choice.runner_up in {"", *(call.call_id for call in self.calls.values())}

    def _order_for(self, agent: Agent, call: RoutedCall) -> tuple[int, Rank]:
        how = agent.queues.get(call.queue_id, Assignment())
        return how.rank, urgency(call.rank, call.weight, self.now_us)

    @invariant()
    def the_first_idle_agent_for_every_call(self) -> None:
        for call in self.calls.values():
            if call.preferred_rule != NO_PREFERENCE and self._is_hidden(call):
                continue
            idle = [
                (how, agent)
                for agent in self.agents.values()
                if agent.idle and (how := self._serves(agent, call))
            ]
            choice = self.matcher.agent_for(call)
            assert (choice is None) == (not idle), (call, idle)
            if choice is None:
                continue
            assert choice.candidates == len(idle)
            if call.preferred_rule != NO_PREFERENCE:
                scores = dict(call.preferred)
                best = min(idle, key=lambda one: (-scores[one[1].agent_id], one[1].agent_id))
            else:
                best = min(idle, key=_longest_idle)
            assert choice.agent is best[1]


def _longest_idle(one: tuple[Assignment, Agent]) -> tuple[int, int, str]:
    how, agent = one
    return how.level, agent.idle_since_us, agent.agent_id


def _named(policy: QueuePolicy, name: str) -> QueuePolicy:
    return structs.replace(policy, queue_id=name)


THOROUGHLY = settings(max_examples=80, stateful_step_count=50)


@pytest.mark.slow
def test_choices_are_those_of_a_scan() -> None:
    run_state_machine(AgainstAScan, THOROUGHLY)


@pytest.mark.slow
def test_choices_are_those_of_a_scan_when_classes_without_calls_are_dropped_all_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matcher_module, "CLASS_LIMIT", 4)
    run_state_machine(AgainstAScan, THOROUGHLY)
