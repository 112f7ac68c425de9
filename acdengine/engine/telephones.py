"""Telephones in use: which agents are signed in on which, so that no two are rung on one."""

from __future__ import annotations

from acdengine.engine.state import EngineState
from routing.agent import Agent


class Telephones:
    """Who is signed in on a telephone."""

    def __init__(self, state: EngineState) -> None:
        self._state = state

    def taken(self, agent: Agent) -> None:
        """An agent has signed in on the telephone of its contact."""
        if agent.contact:
            users = self._state.on_telephone.setdefault(_same(agent.contact), {})
            users[agent.agent_id] = agent

    def left(self, agent: Agent) -> None:
        """The agent has signed out there; no error when the agent was not there."""
        telephone = _same(agent.contact)
        users = self._state.on_telephone.get(telephone)
        if users is not None:
            users.pop(agent.agent_id, None)
            if not users:
                del self._state.on_telephone[telephone]

    def moved(self, agent: Agent, contact: str) -> None:
        """The agent has another telephone from now on."""
        self.left(agent)
        agent.contact = contact
        if agent.state != "logged_out":
            self.taken(agent)

    def others(self, agent: Agent, contact: str) -> list[Agent]:
        """The other agents who are signed in on a telephone, by id."""
        users = self._state.on_telephone.get(_same(contact), {})
        return [user for name, user in sorted(users.items()) if name != agent.agent_id]


def _same(contact: str) -> str:
    """The telephone of a contact; to a registrar, users and domains are the same in any case."""
    return contact.casefold()


def extension_of(contact: str) -> str:
    """The user of a contact: `user/1001@domain`, `sofia/internal/sip:1001@host:port`."""
    return contact.rpartition("/")[2].removeprefix("sip:").partition("@")[0]
