"""Who is found for a call as the staff of levels comes and goes."""

from __future__ import annotations

from queues.policy import LevelRules, QueuePolicy
from queues.queue import CallQueue
from routing.agent import Agent, new_agent
from routing.call_group import RoutedCall
from routing.draw import Draw
from routing.matcher import Matcher
from routing.policy import AgentProfile, Assignment

S = 1_000_000


class Queue:
    """A queue whose second level joins in after 30 seconds, with a call that has just come."""

    def __init__(self, *, skip_unstaffed: bool = True) -> None:
        levels = LevelRules(wait_us=30 * S, skip_unstaffed=skip_unstaffed)
        policy = QueuePolicy(queue_id="a", tenant_id="t", name="a", levels=levels)
        self.matcher = Matcher(Draw(1))
        self.matcher.add_queue(policy)
        self.call = RoutedCall("c1", "t", 1)
        self.queue = CallQueue(policy)

    def agent(self, name: str, level: int) -> Agent:
        """An agent of a level, who does not work yet."""
        own = {"a": Assignment(level=level)}
        agent = new_agent(AgentProfile(agent_id=name, tenant_id="t", name=name, queues=own))
        self.matcher.enrol(agent)
        self.matcher.restage("a")
        return agent

    def arrives(self) -> None:
        """The call joins the queue."""
        self.queue.join(self.call, 0)
        self.matcher.place(self.call)
        self.matcher.wait(self.call)

    def found(self, agent: Agent) -> tuple[bool, bool]:
        """Whether the call finds the agent, and the agent the call."""
        choice, own = self.matcher.agent_for(self.call), self.matcher.call_for(agent, 0)
        return choice is not None and choice.agent is agent, own is not None

    def stages_s(self) -> list[int]:
        """When more agents join in, in seconds of waiting."""
        return [stage.from_us // S for stage in self.matcher.queues["a"].stages]


def test_the_next_level_is_let_in_while_the_one_below_has_no_staff() -> None:
    queue = Queue()
    anna, ben = queue.agent("anna", 1), queue.agent("ben", 2)
    queue.matcher.staff_changed(ben, works=True)
    queue.matcher.make_idle(ben)
    queue.arrives()
    assert queue.found(ben) == (True, True)
    assert queue.matcher.staff_changed(anna, works=True) == ["a"]
    assert queue.found(ben) == (False, False)
    assert queue.matcher.staff_changed(anna, works=False) == ["a"]
    assert queue.found(ben) == (True, True)


def test_an_agent_follows_the_levels_when_another_who_is_alike_has_gone() -> None:
    queue = Queue()
    anna, ben, cora = queue.agent("anna", 1), queue.agent("ben", 2), queue.agent("cora", 2)
    queue.matcher.staff_changed(ben, works=True)
    queue.matcher.make_idle(ben)
    queue.arrives()
    queue.matcher.dismiss(cora)
    queue.matcher.staff_changed(anna, works=True)
    assert queue.found(ben) == (False, False)
    queue.matcher.staff_changed(anna, works=False)
    assert queue.found(ben) == (True, True)


def test_a_level_of_which_no_agent_is_left_has_no_stage() -> None:
    queue = Queue(skip_unstaffed=False)
    queue.agent("anna", 1)
    ben, cora = queue.agent("ben", 2), queue.agent("cora", 2)
    assert queue.stages_s() == [0, 30]
    for agent, stages_s in ((cora, [0, 30]), (ben, [0])):
        queue.matcher.dismiss(agent)
        queue.matcher.dismiss(agent)
        queue.matcher.restage("a")
        assert queue.stages_s() == stages_s
