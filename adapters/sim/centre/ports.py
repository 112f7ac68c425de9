"""What the simulated switch tells the people at its telephones."""

from __future__ import annotations

from typing import Protocol

from adapters.sim.centre.agents import SimulatedAgent
from adapters.sim.centre.callers import Caller
from adapters.sim.centre.legs import AgentLeg, CallerLeg, LineLeg


class Callers(Protocol):
    """What callers are told of their legs."""

    def talking(self, leg: CallerLeg) -> None:
        """An agent is on the line."""

    def left_alone(self, leg: CallerLeg) -> None:
        """Nobody and nothing else is on the line any more, the caller still is."""

    def leg_down(self, leg: CallerLeg, by_centre: bool) -> None:
        """The call is over for the caller's telephone."""

    def rung_back(self, call_id: str) -> tuple[Caller, int | None]:
        """The centre rings a customer: who, and after how long they answer (None: never)."""


class Phones(Protocol):
    """What agents are told of their phones."""

    def find(self, agent_id: str) -> SimulatedAgent | None:
        """The agent whose phone is rung."""

    def rings(self, leg: AgentLeg, timeout_us: int, auto_answer: bool) -> None:
        """The phone rings."""

    def line_rings(self, line: LineLeg, timeout_us: int, auto_answer: bool) -> None:
        """The phone rings for the agent's own line."""

    def talking(self, leg: AgentLeg, caller: Caller) -> None:
        """A caller is on the line."""

    def leg_down(self, leg: AgentLeg) -> None:
        """The phone is free again."""
