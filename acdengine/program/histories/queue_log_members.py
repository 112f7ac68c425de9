"""Agents of a ``queue_log``: the members of queues, and what they are doing."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

from acdengine.centre_facts import AgentStateChanged
from acdengine.facts import AnyFact
from acdengine.program.histories.history import Centre
from acdengine.program.histories.queue_log_calls import LoggedEvent

_AUTO: Final = "Auto-Unpause"
_EVERYWHERE: Final = "*"


class _Member(Struct):
    #: Queues that the agent is in, and those in which the agent is paused.
    queues: dict[str, None] = field(default_factory=dict)
    paused: dict[str, None] = field(default_factory=dict)
    reason: str = ""
    is_logged_in: bool = False
    is_talking: bool = False
    state: str = "logged_out"
    told_reason: str = ""
    since_us: int = 0


class Members:
    """Makes facts of the states of agents.

    Args:
        centre: whose they are.
    """

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._members: dict[str, _Member] = {}
        self._facts: list[AnyFact] = []

    def drain(self) -> list[AnyFact]:
        """The facts since the last time."""
        facts, self._facts = self._facts, []
        return facts

    def _of(self, agent_id: str) -> _Member:
        return self._members.setdefault(agent_id, _Member())

    def _named(self, event: LoggedEvent) -> tuple[str, _Member]:
        if not event.agent:
            raise ValueError(f"{event.name} names no agent")
        agent_id = self._centre.full_id(event.agent)
        return agent_id, self._of(agent_id)

    def _tell(self, agent_id: str, member: _Member, at_us: int) -> None:
        """Tell the state where it has changed."""
        if not member.is_logged_in:
            state = "logged_out"
        elif member.is_talking:
            state = "talking"
        elif _EVERYWHERE in member.paused or (
            member.paused and all(queue in member.paused for queue in member.queues)
        ):
            state = "not_ready"
        else:
            state = "ready"
        reason = member.reason if state == "not_ready" else ""
        if (state, reason) == (member.state, member.told_reason):
            return
        lasted_us = at_us - member.since_us if member.since_us else 0
        self._facts.append(
            AgentStateChanged(at_us, agent_id, member.state, state, reason, lasted_us, 0, "")
        )
        member.state, member.told_reason, member.since_us = state, reason, at_us

    def added(self, event: LoggedEvent) -> None:
        """A member of a queue from now on; ``PAUSED`` where paused."""
        agent_id, member = self._named(event)
        member.queues[event.queue] = None
        member.is_logged_in = True
        if event.text(0).upper() == "PAUSED":
            member.paused[event.queue] = None
        self._tell(agent_id, member, event.at_us)

    def removed(self, event: LoggedEvent) -> None:
        """No member of a queue any more; of none: gone."""
        agent_id, member = self._named(event)
        member.queues.pop(event.queue, None)
        member.paused.pop(event.queue, None)
        if not member.queues:
            member.is_logged_in = False
            member.paused.clear()
        self._tell(agent_id, member, event.at_us)

    def logged_in(self, event: LoggedEvent) -> None:
        """At work."""
        agent_id, member = self._named(event)
        member.is_logged_in = True
        self._tell(agent_id, member, event.at_us)

    def logged_off(self, event: LoggedEvent) -> None:
        """Gone."""
        agent_id, member = self._named(event)
        member.is_logged_in = False
        member.paused.clear()
        self._tell(agent_id, member, event.at_us)

    def paused(self, event: LoggedEvent) -> None:
        """Paused in a queue, or everywhere, with a reason or without."""
        agent_id, member = self._named(event)
        member.paused[event.queue or _EVERYWHERE] = None
        member.reason = event.text(0)
        member.is_logged_in = True
        self._tell(agent_id, member, event.at_us)

    def unpaused(self, event: LoggedEvent) -> None:
        """No longer; when only the reason changes Asterisk unpauses and pauses again."""
        agent_id, member = self._named(event)
        if event.text(0) == _AUTO:
            return
        if event.queue:
            member.paused.pop(event.queue, None)
            member.paused.pop(_EVERYWHERE, None)
        else:
            member.paused.clear()
        member.is_logged_in = True
        self._tell(agent_id, member, event.at_us)

    def reason_told(self, event: LoggedEvent) -> None:
        """QueueMetrics: why the agent is paused."""
        agent_id, member = self._named(event)
        member.reason = event.text(0)
        self._tell(agent_id, member, event.at_us)

    def talking(self, agent_id: str, at_us: int) -> None:
        """Talking with a caller; whoever is first seen so is at work."""
        member = self._of(agent_id)
        member.is_logged_in = member.is_talking = True
        self._tell(agent_id, member, at_us)

    def over(self, agent_id: str, at_us: int) -> None:
        """The conversation is over."""
        member = self._of(agent_id)
        member.is_talking = False
        self._tell(agent_id, member, at_us)
