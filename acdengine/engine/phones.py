"""Agents' phones: registered or lost, busy with calls of their own, at a node that is not there."""

from __future__ import annotations

from acdengine.engine.agents import Agents
from acdengine.engine.nodes import PHONE_REASONS, unreachable
from acdengine.engine.offers import Offers
from acdengine.engine.part import Handlers, Part
from acdengine.engine.state import EngineState
from acdengine.events import PhoneChanged
from routing.agent import Agent


class Phones(Part):
    """Makes agents ready or not ready as their telephones register, get lost or are busy."""

    def __init__(self, state: EngineState, agents: Agents, offers: Offers) -> None:
        self._state = state
        self._agents = agents
        self._offers = offers

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            PhoneChanged: self.phone_changed,
        }

    def phone_changed(self, event: PhoneChanged) -> None:
        """A phone that is lost or busy takes the agent out of ready, and brings it back."""
        agent = self._state.agents.get(event.agent_id)
        if agent is None:
            self._state.count("late_events")
            return
        if event.state in ("registered", "unregistered"):
            agent.registered = event.state == "registered"
            if event.node_id and agent.registered:
                agent.node_id = event.node_id
        else:
            agent.phone_busy = event.state == "busy"
            if agent.phone_busy:
                self._take_back(agent)
        self._look_again(agent)

    def _take_back(self, agent: Agent) -> None:
        """A private call begins while an offer rings: another agent gets it, and none is missed."""
        state = self._state
        offer = state.offers.get(agent.offer_id)
        if offer is None or offer.leg_id:
            return  # the telephone is busy with the offer's own leg
        if offer.state == "ringing" and not offer.consult:
            self._offers.give_up(state.calls[offer.call_id], offer, "withdrawn")

    def _look_again(self, agent: Agent) -> None:
        """The telephone's state has changed: make the agent not ready, or ready again."""
        if agent.state == "ready" and unreachable(self._state, agent):
            self._state.matcher.make_busy(agent)
            self._agents.become_available(agent)
        elif agent.reason in PHONE_REASONS and agent.resumes_ready:
            self._agents.become_available(agent)

    def calls(self, agent_id: str, change: int) -> None:
        """The agent's telephone has begun a call of its own to the centre, or one has ended: an
        agent is not rung for their own call."""
        calling = self._state.calling
        calling[agent_id] = calling.get(agent_id, 0) + change
        if not calling[agent_id]:
            del calling[agent_id]
        agent = self._state.agents.get(agent_id)
        if agent is not None:
            self._look_again(agent)

    def node_changed(self, node_id: str) -> None:
        """The phones of a switch node can no longer be rung, or can again."""
        for agent in self._state.agents.values():
            if agent.node_id == node_id:
                self._look_again(agent)
