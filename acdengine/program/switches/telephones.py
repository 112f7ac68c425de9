"""Agents' telephones: reachable or not, as the switches' registrations and gateways tell, and busy
with private calls or not.

What an agent's telephone is said to be is compared with what the engine believes, again and again,
rather than every change passed on: so a change that was missed, or an agent who signs in on another
telephone, is made good by the next look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from acdengine.events import PhoneChanged, PhoneState
from acdengine.runtime.loop import Runtime
from adapters.freeswitch.node import FreeSwitchNode
from routing.agent import Agent

#: From a change until the agents are looked through: a thousand telephones may come at once.
_SOON_S: Final = 0.05
#: Agents are looked through so often in any case.
_AGAIN_S: Final = 5.0


class Phones:
    """Tells the engine which agents can be rung.

    Args:
        runtime: whose agents they are.
        nodes: gives the switches of the moment.
    """

    def __init__(self, runtime: Runtime, nodes: Callable[[], Iterable[FreeSwitchNode]]) -> None:
        self._runtime = runtime
        self._nodes = nodes
        self._next: asyncio.TimerHandle | None = None
        self._is_soon = False

    def start(self) -> None:
        """Look through the agents from now on."""
        self._plan(_AGAIN_S)

    def stop(self) -> None:
        """Stop watching."""
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def changed(self) -> None:
        """An agent may have become reachable or unreachable."""
        if not self._is_soon and self._next is not None:
            self._next.cancel()
            self._is_soon = True
            self._plan(_SOON_S)

    def _plan(self, wait_s: float) -> None:
        self._next = asyncio.get_running_loop().call_later(wait_s, self._look)

    def _look(self) -> None:
        self._is_soon = False
        self._plan(_AGAIN_S)
        nodes = list(self._nodes())
        # A node that is still being read may have the telephone that the others lack.
        is_complete = not any(
            node.health.state in ("connecting", "reading") or
            (node.health.state == "up" and not node.registrations.is_known)
            for node in nodes
        )  # fmt: skip
        for agent in self._runtime.state.agents.values():
            self._tell_busy(agent, nodes)
            is_there = reachable(agent.contact, nodes)
            node_id = where(agent.contact, agent.node_id, nodes) if is_there else ""
            if is_there is None:
                continue
            if is_there == agent.registered and node_id in ("", agent.node_id):
                continue
            if is_there or is_complete:
                state: PhoneState = "registered" if is_there else "unregistered"
                self._runtime.post(PhoneChanged(0, agent.agent_id, state, node_id))

    def _tell_busy(self, agent: Agent, nodes: list[FreeSwitchNode]) -> None:
        """Whether the agent's telephone is on a call that is none of ours."""
        if all(node.registrations.user_of(agent.contact) is None for node in nodes):
            return  # unknown
        is_busy = any(node.private_calls.is_busy(agent.contact) for node in nodes)
        if is_busy != agent.phone_busy:
            state: PhoneState = "busy" if is_busy else "free"
            self._runtime.post(PhoneChanged(0, agent.agent_id, state))


def where(contact: str, node_id: str, nodes: Iterable[FreeSwitchNode]) -> str:
    """The node at which the telephone of a contact is registered, `node_id` before others; empty
    where it registers nowhere, as behind a gateway, which several nodes may have."""
    if not contact.startswith("user/"):
        return ""
    has_it = [node.node_id for node in nodes if node.registrations.reachable(contact)]
    return node_id if node_id in has_it or not has_it else has_it[0]


def reachable(contact: str, nodes: Iterable[FreeSwitchNode]) -> bool | None:
    """Whether one of the nodes reaches a contact; None where none of them can tell."""
    told = [node.registrations.reachable(contact) for node in nodes]
    known = [one for one in told if one is not None]
    return any(known) if known else None
