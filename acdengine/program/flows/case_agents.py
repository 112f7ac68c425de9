"""Agents who call in a test case or a trial: their PINs and states, as simple as they can be."""

from __future__ import annotations

from acdengine.ivr.effects import ChangeAgent, CheckPin
from acdengine.ivr.inputs import AgentChanged, PinChecked
from acdengine.ivr.turn import AgentSeen
from acdengine.settings.flows.cases import AgentCase
from routing.agent import REASON_SIGNED_IN


class CaseAgents:
    """The agents of one case, known by their numbers."""

    def __init__(self, agents: dict[str, AgentCase]) -> None:
        self._agents = agents
        self._now = {
            number: AgentSeen(number, agent.name, agent.state, agent.reason)
            for number, agent in agents.items()
        }

    def seen(self, number: str) -> AgentSeen | None:
        """An agent as it is now."""
        return self._now.get(number)

    def states(self) -> dict[str, str]:
        """All agents' states, such as `not_ready break`."""
        return {number: f"{seen.state} {seen.reason}".strip() for number, seen in self._now.items()}

    def answer(
        self, asked: CheckPin | ChangeAgent, secrets: dict[str, str]
    ) -> PinChecked | AgentChanged:
        """What becomes of a PIN, given the digits by their handles, or of a change."""
        if isinstance(asked, ChangeAgent):
            return AgentChanged(asked.ticket, self._change(asked))
        agent = self._agents.get(asked.number)
        if agent is not None and agent.locked:
            return PinChecked(asked.ticket, "locked")
        if agent is None or secrets.get(asked.secret) != agent.pin:
            return PinChecked(asked.ticket, "refused")
        return PinChecked(asked.ticket, "accepted", asked.number)

    def _change(self, asked: ChangeAgent) -> str:
        """Change a state; returns what is in the way."""
        about, now = self._agents[asked.agent_id], self._now[asked.agent_id]
        if about.problem:
            return about.problem
        if now.state == "logged_out" and asked.change in ("ready", "not_ready"):
            return "not signed in"
        after, reason = now.state, now.reason
        if asked.change == "sign_in" and now.state == "logged_out":
            after, reason = "not_ready", REASON_SIGNED_IN
        elif asked.change == "sign_out":
            after, reason = "logged_out", ""
        elif asked.change in ("ready", "not_ready"):
            after, reason = asked.change, asked.reason
        self._now[asked.agent_id] = AgentSeen(now.number, now.name, after, reason)
        return ""
