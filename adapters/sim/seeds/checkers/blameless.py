"""An offer that failed for no telephone's fault costs no agent and no later call anything."""

from __future__ import annotations

from acdengine.centre_facts import AgentStateChanged
from acdengine.events import OfferEnded, SwitchSynced
from acdengine.facts import CallQueued, CallSteppedBack, OfferMade
from adapters.sim.seeds.checkers.moment import Moment, need

_PAYS = ("miss-delay", "missed")


class Blameless:
    """Agents stay ready, and a call that has stepped back is not offered before its time."""

    def __init__(self) -> None:
        self._agent_of: dict[str, str] = {}
        self._back: dict[str, int] = {}

    def look(self, moment: Moment) -> None:
        """Follow offers and calls through the facts."""
        event = moment.event
        is_back = isinstance(event, SwitchSynced)
        if isinstance(event, OfferEnded) and event.cause == "not_rung":
            agent_id = self._agent_of.get(event.offer_id, "")
            for fact in moment.facts:
                if isinstance(fact, AgentStateChanged) and fact.agent_id == agent_id:
                    need(fact.reason not in _PAYS, f"{agent_id} pays for {event.offer_id}")
        for fact in moment.facts:
            if isinstance(fact, OfferMade):
                self._agent_of[fact.offer_id] = fact.agent_id
                until_us = 0 if is_back else self._back.get(fact.call_id, 0)
                need(fact.at_us >= until_us, f"{fact.call_id} is offered, and has stepped back")
            elif isinstance(fact, CallSteppedBack):
                self._back[fact.call_id] = fact.until_us
            elif isinstance(fact, CallQueued):
                self._back.pop(fact.call_id, None)
        if is_back:
            self._back.clear()

    def forget(self) -> None:
        """A fresh engine does not know that calls had stepped back."""
        self._back.clear()

    def finish(self) -> None:
        """Nothing is left to compare."""
