"""What the simulated switch tells the people at its telephones, and what they do there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from acdengine.commands import Collect
from acdengine.events import LineCause, OfferCause
from adapters.sim.centre.legs import AgentLeg, Caller, CallerLeg, LineLeg, SimulatedAgent


class Callers(Protocol):
    """What callers are told of their legs."""

    def talking(self, leg: CallerLeg) -> None:
        """An agent is on the line."""

    def left_alone(self, leg: CallerLeg) -> None:
        """The caller's leg is up and connected to nothing."""

    def leg_down(self, leg: CallerLeg, by_centre: bool) -> None:
        """The call is over for the caller's telephone."""

    def asked(self, leg: CallerLeg, command: Collect) -> None:
        """Keys are asked for."""

    def rung_back(self, call_id: str) -> tuple[Caller, int | None]:
        """The centre rings a customer: who, and after how long they answer (None: never)."""


class Phones(Protocol):
    """What agents are told of their phones."""

    def find(self, agent_id: str) -> SimulatedAgent | None:
        """The agent whose phone is rung."""

    def rings(self, leg: AgentLeg, timeout_us: int, auto_answer: bool) -> None:
        """The phone rings."""

    def presses(self, leg: AgentLeg) -> bool:
        """Whether the key that accepts a call will be pressed."""

    def line_rings(self, line: LineLeg, timeout_us: int, auto_answer: bool) -> None:
        """The phone rings for the agent's own line."""

    def talking(self, leg: AgentLeg, caller: Caller) -> None:
        """A caller is on the line."""

    def leg_down(self, leg: AgentLeg) -> None:
        """The phone is free again."""


class NailedUpLines(Protocol):
    """What agents do with their nailed-up lines."""

    def take_up(self, line: LineLeg) -> None:
        """The agent answers the telephone that rings for the line."""

    def down(self, line: LineLeg, cause: LineCause) -> None:
        """The line ends, and with it the conversation on it."""


class Exchange(Protocol):
    """What callers and agents do with their telephones."""

    @property
    def lines(self) -> NailedUpLines:
        """The nailed-up lines of agents."""

    def arrive(
        self,
        caller: Caller,
        trunk_ids: Sequence[str],
        skills: dict[str, int],
        priority: int,
        customer_id: str = "",
        wanted_queue: str = "",
    ) -> CallerLeg | None:
        """A caller dials in; None where all lines of the trunk groups are busy."""

    def hang_up(self, leg: CallerLeg, cause: str = "normal") -> None:
        """The caller hangs up."""

    def press(self, leg: CallerLeg, digit: str) -> None:
        """The caller presses a key."""

    def say(self, leg: CallerLeg, words: str, confidence: int) -> None:
        """The caller says something, of which a recogniser is so certain (percent)."""

    def take_up(self, leg: AgentLeg) -> None:
        """The agent answers the ringing telephone."""

    def phone_down(self, leg: AgentLeg, cause: OfferCause) -> None:
        """The agent rejects the call, does not answer, or hangs up."""
