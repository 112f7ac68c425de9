"""Why the matcher chooses a call for an agent, as facts and explanations tell it."""

from __future__ import annotations

from queues.policy import PreferredRule, QueuePolicy
from queues.queue import CallQueue
from routing.agent import Agent, new_agent
from routing.call_group import RoutedCall
from routing.draw import Draw
from routing.matcher import CallChoice, Matcher
from routing.policy import AgentProfile, Assignment

S = 1_000_000


class Centre:
    """Two queues with one agent for both, who takes the calls of `a` first where ranks differ."""

    def __init__(self, rank_of_b: int = 1) -> None:
        self.matcher = Matcher(Draw(1))
        self.queues: dict[str, CallQueue] = {}
        for name in ("a", "b"):
            policy = QueuePolicy(
                queue_id=name,
                tenant_id="t",
                name=name,
                preferred=(PreferredRule(min_score=1, wait_us=9 * S),),
            )
            self.queues[name] = CallQueue(policy)
            self.matcher.add_queue(policy)
        own = {"a": Assignment(), "b": Assignment(rank=rank_of_b)}
        profile = AgentProfile(agent_id="anna", tenant_id="t", name="Anna", queues=own)
        self.agent: Agent = new_agent(profile)
        self.matcher.enrol(self.agent)
        for name in self.queues:
            self.matcher.restage(name)
        self.serial = 0

    def wait(self, name: str, queue: str, since_s: int, *, prefers: bool = False) -> RoutedCall:
        """A call that waits in a queue, for anna alone where it prefers her."""
        self.serial += 1
        call = RoutedCall(name, "t", self.serial)
        call.wait_since_us = since_s * S
        self.queues[queue].join(call, since_s * S)
        if prefers:
            call.preferred, call.preferred_rule = (("anna", 5),), 0
        self.matcher.place(call)
        self.matcher.wait(call)
        return call

    def choose(self) -> CallChoice:
        """Anna's next call."""
        choice = self.matcher.call_for(self.agent, 100 * S)
        assert choice is not None
        return choice


def told(choice: CallChoice) -> tuple[str, int, str, str]:
    return choice.call.call_id, choice.candidates, choice.runner_up, choice.reason


def test_without_a_call_there_is_no_choice() -> None:
    centre = Centre()
    assert centre.matcher.call_for(centre.agent, 100 * S) is None


def test_the_only_call() -> None:
    centre = Centre()
    centre.wait("c1", "a", 10)
    assert told(centre.choose()) == ("c1", 1, "", "only one")


def test_in_one_class_the_call_behind_is_the_runner_up() -> None:
    centre = Centre()
    centre.wait("c1", "a", 10)
    centre.wait("c2", "a", 20)
    call_id, candidates, runner_up, reason = told(centre.choose())
    assert (call_id, candidates, runner_up) == ("c1", 1, "c2")
    assert reason not in ("", "only one")


def test_of_two_queues_the_call_that_waits_longer() -> None:
    centre = Centre()
    centre.wait("c1", "b", 10)
    centre.wait("c2", "a", 20)
    call_id, candidates, runner_up, reason = told(centre.choose())
    assert (call_id, candidates, runner_up) == ("c1", 2, "c2")
    assert reason not in ("", "only one", "queue of a higher rank", "prefers this agent")


def test_a_queue_of_a_higher_rank_comes_first() -> None:
    centre = Centre(rank_of_b=2)
    centre.wait("c1", "b", 10)
    centre.wait("c2", "a", 20)
    assert told(centre.choose()) == ("c2", 2, "c1", "queue of a higher rank")


def test_where_queues_have_ranks_a_call_may_still_be_the_only_one() -> None:
    centre = Centre(rank_of_b=2)
    centre.wait("c1", "b", 10)
    assert told(centre.choose()) == ("c1", 1, "", "only one")


def test_a_call_that_prefers_the_agent() -> None:
    centre = Centre()
    centre.wait("c1", "a", 10, prefers=True)
    assert told(centre.choose()) == ("c1", 1, "", "prefers this agent")
    centre.wait("c2", "a", 20)
    assert told(centre.choose()) == ("c1", 2, "c2", "prefers this agent")


def test_idle_agents_for_whom_calls_wait_that_prefer_them() -> None:
    centre = Centre()
    call = centre.wait("c1", "a", 10, prefers=True)
    assert centre.matcher.preferred_idle() == []
    centre.matcher.make_idle(centre.agent)
    assert centre.matcher.preferred_idle() == [centre.agent]
    centre.matcher.unwait(call)
    assert centre.matcher.preferred_idle() == []
