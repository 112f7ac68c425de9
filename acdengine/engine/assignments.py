"""What agents can do and which queues they serve: changed live, and known to queues and matcher."""

from __future__ import annotations

from acdengine.centre_facts import AgentSkillsChanged
from acdengine.engine.agents import Agents
from acdengine.engine.floor import Floor
from acdengine.engine.handlers import Handlers
from acdengine.requests import QueuesChangeRequested, SkillsChangeRequested
from routing.agent import Agent
from routing.policy import Assignment


class Assignments:
    """Changes the skills and queues of agents."""

    def __init__(self, floor: Floor, agents: Agents) -> None:
        self._floor = floor
        self._agents = agents

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            SkillsChangeRequested: self.change_skills,
            QueuesChangeRequested: self.change_queues,
        }

    def change_skills(self, event: SkillsChangeRequested) -> None:
        """From the next choice on."""
        floor = self._floor
        agent = floor.agents.get(event.agent_id)
        if agent is None:
            floor.answer(event, "no such agent")
            return
        wrong = [skill for skill, level in event.skills.items() if not 1 <= level <= 10]
        if wrong:
            floor.answer(event, f"proficiency of {wrong[0]} must be 1 to 10")
            return
        known = floor.tenant(agent.tenant_id).skills
        strange = [skill for skill in event.skills if known is not None and skill not in known]
        if strange:
            floor.answer(event, f"no such skill: {strange[0]}; one of {', '.join(known or ())}")
            return
        self.equip(agent, dict(event.skills), agent.queues, event.by)
        floor.answer(event)

    def change_queues(self, event: QueuesChangeRequested) -> None:
        """From the next choice on; a present call is not touched."""
        floor = self._floor
        agent = floor.agents.get(event.agent_id)
        if agent is None:
            floor.answer(event, "no such agent")
            return
        for queue_id, how in event.queues.items():
            queue = floor.queues.get(queue_id)
            if queue is None or queue.policy.tenant_id != agent.tenant_id:
                floor.answer(event, f"no such queue: {queue_id}")
                return
            if min(how.level, how.weight) < 1 or min(how.position, how.delay_us) < 0:
                floor.answer(event, f"the assignment to {queue_id} has a value out of range")
                return
        self.equip(agent, agent.skills, dict(event.queues), event.by)
        floor.answer(event)

    def equip(
        self, agent: Agent, skills: dict[str, int], queues: dict[str, Assignment], by: str
    ) -> None:
        """Give an agent other skills and queues, live."""
        floor = self._floor
        was_idle = agent.idle
        floor.matcher.make_busy(agent)
        state = agent.state
        if state != "logged_out":
            self._agents.census(agent, state, "logged_out")
        self.forget(agent)
        agent.skills = skills
        agent.queues = queues
        self.know(agent)
        if state != "logged_out":
            self._agents.census(agent, "logged_out", state)
            floor.sway(agent)
        floor.tell_agent(
            agent, AgentSkillsChanged(floor.now_us, agent.agent_id, skills, tuple(queues), by)
        )
        if was_idle:
            floor.fresh_agents.append(agent)

    def know(self, agent: Agent) -> None:
        """Enter an agent, signed in or not, into the queues' lists and the matcher."""
        floor = self._floor
        floor.matcher.enrol(agent)
        for queue_id in agent.queues:
            floor.agents_of.setdefault(queue_id, {})[agent.agent_id] = agent
            floor.restaffed[queue_id] = True

    def forget(self, agent: Agent) -> None:
        """The opposite of `know`."""
        floor = self._floor
        floor.matcher.dismiss(agent)
        for queue_id in agent.queues:
            floor.agents_of.get(queue_id, {}).pop(agent.agent_id, None)
            floor.restaffed[queue_id] = True
