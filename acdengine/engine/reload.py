"""Reload: new settings while live. No waiting call is lost, no conversation cut."""

from __future__ import annotations

from acdengine.centre_facts import SettingsApplied
from acdengine.engine.agents import Agents
from acdengine.engine.assignments import Assignments
from acdengine.engine.flows import Flows
from acdengine.engine.intake import Intake
from acdengine.engine.offers import Offers
from acdengine.engine.openings import Openings
from acdengine.engine.part import Handlers, Part
from acdengine.engine.phones import Phones
from acdengine.engine.records import Call
from acdengine.engine.state import EngineState
from acdengine.engine.waiting import Waiting
from acdengine.plan import Plan
from acdengine.requests import SettingsChanged
from queues.deadlines import NEVER_US
from queues.policy import QueuePolicy
from queues.queue import CallQueue
from queues.service_level import ServiceLevel
from routing.agent import Agent, new_agent
from routing.policy import AgentProfile


class Reload(Part):
    """Applies a new plan."""

    def __init__(
        self,
        state: EngineState,
        agents: Agents,
        assignments: Assignments,
        offers: Offers,
        waiting: Waiting,
        intake: Intake,
        phones: Phones,
        flows: Flows,
        openings: Openings,
    ) -> None:
        self._state = state
        self._agents = agents
        self._assignments = assignments
        self._offers = offers
        self._waiting = waiting
        self._intake = intake
        self._phones = phones
        self._flows = flows
        self._openings = openings
        self._fact: dict[str, list[str]] = {}
        #: Agents with another telephone by the present change.
        self._moved: list[Agent] = []

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            SettingsChanged: self.changed,
        }

    def restored(self) -> None:
        """Queues and agents that the plan no longer has may be drained by now."""
        self._state.has_removed = True

    def begin(self, plan: Plan) -> None:
        """Enter the queues and agents of the first plan."""
        for policy in plan.queues.values():
            self._add_queue(policy)
        for profile in plan.agents.values():
            self._add_agent(profile)
        self._flows.read_plan(plan)
        for queue_id in plan.queues:
            self._state.matcher.restage(queue_id)

    def changed(self, event: SettingsChanged) -> None:
        """Work out the difference and apply it: queues, then agents, then everything else."""
        state = self._state
        self._moved = []
        self._fact = {"added": [], "changed": [], "draining": [], "removed": []}
        old, state.plan = state.plan, event.plan
        self._queues(old, event.plan)
        self._agents_of(old, event.plan)
        self._intake.read_plan(event.plan)
        self._waiting.read_plan(event.plan)
        self._openings.read_plan(event.plan)
        self._flows.read_plan(event.plan, event.by or "settings", event.flow_percent)
        state.facts.append(
            SettingsApplied(
                state.now_us,
                tuple(self._fact["added"]),
                tuple(self._fact["changed"]),
                tuple(self._fact["draining"]),
                tuple(self._fact["removed"]),
            )
        )
        state.answer(event)

    # -- queues --------------------------------------------------------------------------------

    def _queues(self, old: Plan, plan: Plan) -> None:
        state = self._state
        for queue_id, policy in plan.queues.items():
            queue = state.queues.get(queue_id)
            if queue is None:
                self._add_queue(policy)
                self._fact["added"].append(f"queue {queue_id}")
                continue
            if queue_id not in old.queues:
                # It was to go, and comes back before it was empty.
                queue.removed = False
                self._fact["added"].append(f"queue {queue_id}")
            if queue.policy != policy:
                self._change_queue(queue, policy)
                self._fact["changed"].append(f"queue {queue_id}")
        for queue_id in [known for known in state.queues if known not in plan.queues]:
            state.queues[queue_id].removed = True
            self._fact["draining"].append(f"queue {queue_id}")

    def _add_queue(self, policy: QueuePolicy) -> None:
        state = self._state
        queue = state.queues[policy.queue_id] = CallQueue(policy)
        state.matcher.add_queue(policy).capped = queue.is_capped()

    def _change_queue(self, queue: CallQueue, policy: QueuePolicy) -> None:
        """Apply a changed policy; calls that wait keep their places."""
        state = self._state
        waiting = [state.calls[call_id] for call_id in queue.calls]
        for call in waiting:
            state.matcher.unwait(call)
        state.matcher.replace_queue(policy)
        rules_kept = queue.policy.preferred == policy.preferred
        window_kept = queue.policy.service_level == policy.service_level
        queue.set_policy(policy)
        if not window_kept:
            queue.service_level = ServiceLevel(policy.service_level)
        state.matcher.restage(queue.queue_id)
        state.matcher.set_capped(queue.queue_id, queue.is_capped())
        for call in waiting:
            queue.rerank(call)
            self._retime(call, policy)
            if not rules_kept:
                self._waiting.rules_changed(call)
        self._waiting.restage(queue)
        state.calls_to_match.extend(call for call in waiting)
        state.staff_changed[queue.queue_id] = True

    def _retime(self, call: Call, policy: QueuePolicy) -> None:
        """Set the deadlines of waiting calls by the new limits, counted from when each joined."""
        if call.callback is None:
            never = NEVER_US
            limit = policy.max_wait_us
            call.leave_due_us = never if limit is None else call.joined_us + limit
            lines = policy.overflow
            call.overflow_due_us = call.joined_us + lines[0].after_us if lines else never

    # -- agents --------------------------------------------------------------------------------

    def _agents_of(self, old: Plan, new: Plan) -> None:
        state = self._state
        for agent_id, profile in new.agents.items():
            agent = state.agents.get(agent_id)
            if agent is None:
                self._add_agent(profile)
                self._fact["added"].append(f"agent {agent_id}")
                continue
            if agent_id not in old.agents:
                self._restore_agent(agent)
                self._fact["added"].append(f"agent {agent_id}")
            if agent.profile != profile:
                self._change_agent(agent, agent.profile, profile)
                self._fact["changed"].append(f"agent {agent_id}")
        for agent_id in [known for known in state.agents if known not in new.agents]:
            if agent_id in old.agents:
                self._agents.removed(state.agents[agent_id])
            self._fact["draining"].append(f"agent {agent_id}")
        for agent in self._moved:
            self._agents.telephone_given(agent)
        self._fact["removed"] = self._sweep()

    def _add_agent(self, profile: AgentProfile) -> None:
        agent = new_agent(profile)
        self._state.agents[profile.agent_id] = agent
        self._assignments.register(agent)

    def _restore_agent(self, agent: Agent) -> None:
        """The agent was to go after the present call, and comes back before its end: as if nothing
        had been. Queues that were gone meanwhile and are back with the agent are theirs again."""
        state = self._state
        state.note_availability(agent)
        back = {
            queue_id: how
            for queue_id, how in agent.profile.queues.items()
            if queue_id not in agent.queues and f"queue {queue_id}" in self._fact["added"]
        }
        if back:
            self._assignments.assign(agent, agent.skills, {**agent.queues, **back}, "settings")

    def _change_agent(self, agent: Agent, old: AgentProfile, new: AgentProfile) -> None:
        """Apply changed settings of an agent; what was changed on request stays, unless the
        settings change it too."""
        agent.profile = new
        skills = new.skills if old.skills != new.skills else agent.skills
        queues = new.queues if old.queues != new.queues else agent.queues
        plan = self._state.plan
        # A queue that goes is served to its end.
        ending = {name: how for name, how in agent.queues.items() if name not in plan.queues}
        queues = {**queues, **ending}
        if old.contact != new.contact:
            self._agents.telephones.moved(agent, new.contact)
            self._moved.append(agent)
        if old.node_id != new.node_id:
            agent.node_id = new.node_id
            self._phones.node_changed(new.node_id)
        queues = {name: how for name, how in queues.items() if name in self._state.queues}
        self._assignments.assign(agent, dict(skills), dict(queues), "settings")
        if agent.state not in ("logged_out", "ringing", "talking"):
            self._agents.fit_line(agent)

    # -- what is drained -----------------------------------------------------------------------

    def sweep(self) -> bool:
        """Remove what is drained by now; whether there was anything."""
        removed = self._sweep()
        if removed:
            now = self._state.now_us
            self._state.facts.append(SettingsApplied(now, (), (), (), tuple(removed)))
        return bool(removed)

    def _sweep(self) -> list[str]:
        """Remove drained queues and agents that nothing refers to any more; returns which."""
        state = self._state
        removed = []
        plan = state.plan
        for queue_id in [known for known in state.queues if known not in plan.queues]:
            queue = state.queues[queue_id]
            if queue.calls or queue.conversations or queue.ringing:
                continue
            for _, agent in sorted(state.agents_of.get(queue_id, {}).items()):
                rest = {name: how for name, how in agent.queues.items() if name != queue_id}
                self._assignments.assign(agent, agent.skills, rest, "settings")
            state.agents_of.pop(queue_id, None)
            state.staff_changed.pop(queue_id, None)
            state.matcher.remove_queue(queue_id)
            del state.queues[queue_id]
            removed.append(f"queue {queue_id}")
        for agent_id in [known for known in state.agents if known not in plan.agents]:
            agent = state.agents[agent_id]
            if agent.state == "logged_out" and not agent.offer_id:
                self._assignments.unregister(agent)
                del state.agents[agent_id]
                removed.append(f"agent {agent_id}")
        state.has_removed = len(state.queues) > len(plan.queues) or len(state.agents) > len(
            plan.agents
        )
        return removed
