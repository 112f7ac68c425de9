"""Agents who are asked for the key that accepts a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from acdengine.commands import AskToAccept
from acdengine.events import AnyEvent, OfferKeyPressed
from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.centre.exchange_interfaces import Phones
from adapters.sim.centre.legs import ANSWERED, HEARD, HEARING, AgentLeg
from adapters.sim.draws.distributions import Sampler


class Accepting:
    """The agent presses the key once the prompt is over; a voicemail presses none."""

    phones: Phones

    def __init__(
        self,
        agenda: EventSchedule,
        report: Callable[[AnyEvent], None],
        agent_legs: Mapping[str, AgentLeg],
        draw_prompt: Sampler,
    ) -> None:
        self._agenda = agenda
        self._report = report
        self._agent_legs = agent_legs
        self._draw_prompt = draw_prompt

    def ask(self, command: AskToAccept) -> None:
        """Play the prompt to the agent alone."""
        leg = self._agent_legs.get(command.offer_id)
        if leg is None or leg.state != ANSWERED or leg.whisper == HEARING:
            return
        if self.phones.presses(leg):
            leg.whisper = HEARING
            self._agenda.after(self._draw_prompt(), self._presses, (leg, command.key))

    def _presses(self, what: tuple[AgentLeg, str]) -> None:
        leg, key = what
        leg.whisper = HEARD
        if leg.state == ANSWERED and not leg.is_cut:
            self._report(OfferKeyPressed(self._agenda.now_us, leg.offer_id, key))
