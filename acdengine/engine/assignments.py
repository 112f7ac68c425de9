"""What agents can do and which queues they serve: changed live, and known to queues and matcher."""

from __future__ import annotations

from acdengine.centre_facts import AgentSkillsChanged
from acdengine.engine.agents import Agents
from acdengine.engine.part import Handlers, Part
from acdengine.engine.state import EngineState
from acdengine.requests import QueuesChangeRequested, SkillsChangeRequested
from routing.agent import Agent
from routing.policy import Assignment


class Assignments(Part):
    """Changes the skills and queues of agents."""

    def __init__(self, state: EngineState, agents: Agents) -> None:
        self._state = state
        self._agents = agents

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            SkillsChangeRequested: self.change_skills,
            QueuesChangeRequested: self.change_queues,
        }

    def change_skills(self, event: SkillsChangeRequested) -> None:
        """Change the skills of an agent; used from the next choice on."""
        state = self._state
        agent = state.agents.get(event.agent_id)
        if agent is None:
            state.answer(event, "no such agent")
            return
        wrong = [skill for skill, level in event.skills.items() if not 1 <= level <= 10]
        if wrong:
            state.answer(event, f"proficiency of {wrong[0]} must be 1 to 10")
            return
        known = state.tenant(agent.tenant_id).skills
        strange = [skill for skill in event.skills if known is not None and skill not in known]
        if strange:
            state.answer(event, f"no such skill: {strange[0]}; one of {', '.join(known or ())}")
            return
        self.assign(agent, dict(event.skills), agent.queues, event.by)
        state.answer(event)

    def change_queues(self, event: QueuesChangeRequested) -> None:
        """Change the queues of an agent; used from the next choice on, a present call is not
        affected."""
        state = self._state
        agent = state.agents.get(event.agent_id)
        if agent is None:
            state.answer(event, "no such agent")
            return
        for queue_id, how in event.queues.items():
            queue = state.queues.get(queue_id)
            if queue is None or queue.policy.tenant_id != agent.tenant_id:
                state.answer(event, f"no such queue: {queue_id}")
                return
            if min(how.level, how.weight) < 1 or min(how.position, how.delay_us) < 0:
                state.answer(event, f"the assignment to {queue_id} has a value out of range")
                return
        self.assign(agent, agent.skills, dict(event.queues), event.by)
        state.answer(event)

    def assign(
        self, agent: Agent, skills: dict[str, int], queues: dict[str, Assignment], by: str
    ) -> None:
        """Give an agent these skills and queues, while the engine runs."""
        state = self._state
        was_idle = agent.idle
        state.matcher.make_busy(agent)
        if agent.state != "logged_out":
            self._agents.census(agent, agent.state, "logged_out")
        self.unregister(agent)
        agent.skills = skills
        agent.queues = queues
        self.register(agent)
        if agent.state != "logged_out":
            self._agents.census(agent, "logged_out", agent.state)
            state.note_availability(agent)
        state.tell_agent(
            agent, AgentSkillsChanged(state.now_us, agent.agent_id, skills, tuple(queues), by)
        )
        if was_idle:
            state.agents_to_match.append(agent)

    def register(self, agent: Agent) -> None:
        """Enter an agent, signed in or not, into the queues' lists and the matcher."""
        state = self._state
        state.matcher.enrol(agent)
        for queue_id in agent.queues:
            state.agents_of.setdefault(queue_id, {})[agent.agent_id] = agent
            state.staff_changed[queue_id] = True

    def unregister(self, agent: Agent) -> None:
        """The opposite of `register`."""
        state = self._state
        state.matcher.dismiss(agent)
        for queue_id in agent.queues:
            state.agents_of.get(queue_id, {}).pop(agent.agent_id, None)
            state.staff_changed[queue_id] = True
