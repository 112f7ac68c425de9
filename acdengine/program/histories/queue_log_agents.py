"""Agents of a ``queue_log``: who is in which queues, and what they are doing."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

from acdengine.centre_facts import AgentStateChanged
from acdengine.facts import AnyFact
from acdengine.program.histories.history import Centre
from acdengine.program.histories.queue_log_calls import LoggedEvent

_AUTO: Final = "Auto-Unpause"
_EVERYWHERE: Final = "*"


class _LoggedAgent(Struct):
    #: Queues that the agent is in, and those in which the agent is paused.
    queues: dict[str, None] = field(default_factory=dict)
    paused: dict[str, None] = field(default_factory=dict)
    reason: str = ""
    is_logged_in: bool = False
    is_talking: bool = False
    state: str = "logged_out"
    told_reason: str = ""
    since_us: int = 0


class LoggedAgents:
    """Makes facts of the states of agents.

    Args:
        centre: whose they are.
    """

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._agents: dict[str, _LoggedAgent] = {}
        self._facts: list[AnyFact] = []

    def drain(self) -> list[AnyFact]:
        """The facts since the last time."""
        facts, self._facts = self._facts, []
        return facts

    def _of(self, agent_id: str) -> _LoggedAgent:
        return self._agents.setdefault(agent_id, _LoggedAgent())

    def _named(self, event: LoggedEvent) -> tuple[str, _LoggedAgent]:
        if not event.agent:
            raise ValueError(f"{event.name} names no agent")
        agent_id = self._centre.full_id(event.agent)
        return agent_id, self._of(agent_id)

    def _tell(self, agent_id: str, agent: _LoggedAgent, at_us: int) -> None:
        """Tell the state where it has changed."""
        if not agent.is_logged_in:
            state = "logged_out"
        elif agent.is_talking:
            state = "talking"
        elif _EVERYWHERE in agent.paused or (
            agent.paused and all(queue in agent.paused for queue in agent.queues)
        ):
            state = "not_ready"
        else:
            state = "ready"
        reason = agent.reason if state == "not_ready" else ""
        if (state, reason) == (agent.state, agent.told_reason):
            return
        lasted_us = at_us - agent.since_us if agent.since_us else 0
        self._facts.append(
            AgentStateChanged(at_us, agent_id, agent.state, state, reason, lasted_us, 0, "")
        )
        agent.state, agent.told_reason, agent.since_us = state, reason, at_us

    def added(self, event: LoggedEvent) -> None:
        """In a queue from now on; ``PAUSED`` where paused."""
        agent_id, agent = self._named(event)
        agent.queues[event.queue] = None
        agent.is_logged_in = True
        if event.text(0).upper() == "PAUSED":
            agent.paused[event.queue] = None
        self._tell(agent_id, agent, event.at_us)

    def removed(self, event: LoggedEvent) -> None:
        """In a queue no longer; in none: gone."""
        agent_id, agent = self._named(event)
        agent.queues.pop(event.queue, None)
        agent.paused.pop(event.queue, None)
        if not agent.queues:
            agent.is_logged_in = False
            agent.paused.clear()
        self._tell(agent_id, agent, event.at_us)

    def logged_in(self, event: LoggedEvent) -> None:
        """At work."""
        agent_id, agent = self._named(event)
        agent.is_logged_in = True
        self._tell(agent_id, agent, event.at_us)

    def logged_off(self, event: LoggedEvent) -> None:
        """Gone."""
        agent_id, agent = self._named(event)
        agent.is_logged_in = False
        agent.paused.clear()
        self._tell(agent_id, agent, event.at_us)

    def paused(self, event: LoggedEvent) -> None:
        """Paused in a queue, or everywhere, with a reason or without."""
        agent_id, agent = self._named(event)
        agent.paused[event.queue or _EVERYWHERE] = None
        agent.reason = event.text(0)
        agent.is_logged_in = True
        self._tell(agent_id, agent, event.at_us)

    def unpaused(self, event: LoggedEvent) -> None:
        """No longer; when only the reason changes Asterisk unpauses and pauses again."""
        agent_id, agent = self._named(event)
        if event.text(0) == _AUTO:
            return
        if event.queue:
            agent.paused.pop(event.queue, None)
            agent.paused.pop(_EVERYWHERE, None)
        else:
            agent.paused.clear()
        agent.is_logged_in = True
        self._tell(agent_id, agent, event.at_us)

    def reason_told(self, event: LoggedEvent) -> None:
        """QueueMetrics: why the agent is paused."""
        agent_id, agent = self._named(event)
        agent.reason = event.text(0)
        self._tell(agent_id, agent, event.at_us)

    def talking(self, agent_id: str, at_us: int) -> None:
        """Talking with a caller; whoever is first seen so is at work."""
        agent = self._of(agent_id)
        agent.is_logged_in = agent.is_talking = True
        self._tell(agent_id, agent, at_us)

    def over(self, agent_id: str, at_us: int) -> None:
        """The conversation is over."""
        agent = self._of(agent_id)
        agent.is_talking = False
        self._tell(agent_id, agent, at_us)
