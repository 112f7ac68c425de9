"""Offers that fail cost the one to whom that is laid: the agent, the call, or neither."""

from __future__ import annotations

from acdengine.centre_facts import AgentStateChanged
from acdengine.events import AnyEvent, OfferEnded, SwitchSynced
from acdengine.facts import (
    AnyFact,
    CallConnected,
    CallQueued,
    CallSteppedBack,
    OfferClosed,
    OfferMade,
)
from acdengine.requests import SettingsChanged
from adapters.sim.seeds.checkers.checker import CheckFailed, HandledEvent, need

_PAYS = ("miss-delay", "missed")


class _BrokenTelephones:
    """No call steps back for a telephone that has failed before with a call that another agent has
    then answered, unless the call has failed at several others as well."""

    def __init__(self) -> None:
        #: Agent to the calls that have failed there in a row; call to where it has.
        self._calls: dict[str, set[str]] = {}
        self._agents: dict[str, set[str]] = {}
        #: Agent to the calls in a row that have failed there, and that others have answered.
        self._good: dict[str, set[str]] = {}

    def forget(self) -> None:
        """Nothing is known of any telephone or call."""
        self._calls.clear()
        self._agents.clear()
        self._good.clear()

    def look(self, event: AnyEvent, fact: AnyFact, back: dict[str, CallSteppedBack]) -> None:
        """Follow the ends of offers."""
        if isinstance(fact, CallConnected):
            self._reached(fact.call_id, fact.agent_id)
        elif isinstance(fact, AgentStateChanged):
            if fact.before == "logged_out" or fact.state == "talking":
                self._works(fact.agent_id)
        elif isinstance(fact, OfferClosed) and isinstance(event, OfferEnded):
            if fact.outcome in ("no_answer", "busy", "rejected"):
                self._works(fact.agent_id)
                self._agents.pop(fact.call_id, None)
            elif fact.outcome == "failed" and event.cause == "failed":
                self._failed(fact.call_id, fact.agent_id, back.get(fact.call_id))

    def calls_at(self, agent_id: str) -> set[str]:
        """The calls that have failed in a row at this agent. Where else they count as failed is
        not told: other telephones may have been found broken since."""
        return self._calls.get(agent_id, set())

    def _works(self, agent_id: str) -> None:
        self._calls.pop(agent_id, None)
        self._good.pop(agent_id, None)

    def _reached(self, call_id: str, agent_id: str) -> None:
        self._works(agent_id)
        for other in self._agents.pop(call_id, ()):
            if call_id in self._calls.get(other, ()):
                self._good.setdefault(other, set()).add(call_id)

    def _failed(self, call_id: str, agent_id: str, back: CallSteppedBack | None) -> None:
        is_broken = bool(self._good.get(agent_id, set()) - {call_id})
        if back is not None and back.agents < 3 and is_broken:
            raise CheckFailed(f"{call_id} steps back for the broken telephone of {agent_id}")
        self._agents.setdefault(call_id, set()).add(agent_id)
        self._calls.setdefault(agent_id, set()).add(call_id)


class FailedOffers:
    """Agents stay ready, and a call that has stepped back is not offered before its time."""

    def __init__(self) -> None:
        self._agent_of: dict[str, str] = {}
        self._back: dict[str, int] = {}
        self._telephones = _BrokenTelephones()

    def look(self, moment: HandledEvent) -> None:
        """Follow offers and calls through the facts."""
        event = moment.event
        is_back = isinstance(event, SwitchSynced)
        if isinstance(event, OfferEnded) and event.cause == "not_rung":
            agent_id = self._agent_of.get(event.offer_id, "")
            for fact in moment.facts:
                if isinstance(fact, AgentStateChanged) and fact.agent_id == agent_id:
                    need(fact.reason not in _PAYS, f"{agent_id} pays for {event.offer_id}")
        if is_back or isinstance(event, SettingsChanged):
            self._telephones.forget()
        back = {fact.call_id: fact for fact in moment.facts if isinstance(fact, CallSteppedBack)}
        for fact in moment.facts:
            self._telephones.look(event, fact, back)
            if isinstance(fact, OfferMade):
                self._agent_of[fact.offer_id] = fact.agent_id
                until_us = 0 if is_back else self._back.get(fact.call_id, 0)
                need(fact.at_us >= until_us, f"{fact.call_id} is offered, and has stepped back")
            elif isinstance(fact, CallSteppedBack):
                self._back[fact.call_id] = fact.until_us
            elif isinstance(fact, CallQueued):
                self._back.pop(fact.call_id, None)
            elif isinstance(fact, OfferClosed) and not back:
                # Where the telephone is broken these are offered again at once.
                for call_id in self._telephones.calls_at(fact.agent_id):
                    self._back.pop(call_id, None)
        if is_back:
            self._back.clear()

    def forget(self) -> None:
        """A fresh engine does not know that calls had stepped back."""
        self._back.clear()
        self._telephones.forget()

    def finish(self) -> None:
        """Nothing is left to compare."""
