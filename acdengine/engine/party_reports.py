"""What follows for a call when a party answers, hangs up or is due, by the role of the party."""

from __future__ import annotations

from typing import Final, Protocol

from acdengine.engine.consults import Consults
from acdengine.engine.part import DeadlineHandlers, Handlers, Part
from acdengine.engine.parties import Parties
from acdengine.engine.records import Call, Party
from acdengine.engine.state import EngineState
from acdengine.engine.supervision import Supervision
from acdengine.engine.teardown import Teardown
from acdengine.events import PartyAnswered, PartyEnded


class Purpose(Protocol):
    """What a role of parties does when a party answers, ends or has a deadline."""

    def party_answered(self, call: Call, party: Party) -> None:
        """The party has answered."""

    def party_gone(self, call: Call, party: Party, cause: str) -> None:
        """The party's leg is down, without an order; `party.answered_us` tells whether
        it had been answered."""

    def party_due(self, call: Call, party: Party) -> None:
        """The deadline of an answered party has fired."""


class Outside:
    """Parties to whom the caller was left by an agent: the call ends with them."""

    def __init__(self, teardown: Teardown) -> None:
        self._teardown = teardown

    def party_answered(self, call: Call, party: Party) -> None:
        """Nothing follows: the party had answered before the caller was left to it."""

    def party_gone(self, call: Call, party: Party, cause: str) -> None:
        """Hang the caller up."""
        if call.state == "outside":
            self._teardown.hang_up(call, "diverted", cause)

    def party_due(self, call: Call, party: Party) -> None:
        """There is no such deadline."""


class PartyReports(Part):
    """Handles the reports of the switch about parties, and their deadlines."""

    def __init__(
        self,
        state: EngineState,
        parties: Parties,
        consults: Consults,
        supervision: Supervision,
        teardown: Teardown,
    ) -> None:
        self._state = state
        self._parties = parties
        self._purposes: Final[dict[str, Purpose]] = {
            "consulted": consults,
            "supervisor": supervision,
            "outside": Outside(teardown),
        }

    def deadlines(self) -> DeadlineHandlers:
        """No answer in time, or an order that was not confirmed."""
        return {Party: self.due}

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            PartyAnswered: self.answered,
            PartyEnded: self.ended,
        }

    def answered(self, event: PartyAnswered) -> None:
        """The party has answered."""
        party = self._parties.answered(event)
        if party is not None:
            call = self._state.calls[party.call_id]
            self._purposes[party.role].party_answered(call, party)

    def ended(self, event: PartyEnded) -> None:
        """The party's leg is down."""
        party = self._parties.ended(event)
        if party is not None:
            call = self._state.calls[party.call_id]
            self._purposes[party.role].party_gone(call, party, event.cause)

    def due(self, party: Party) -> None:
        """The party did not answer in time, or a command for it was not confirmed."""
        due = self._parties.due(party)
        if due == "no_answer":
            call = self._state.calls[party.call_id]
            self._purposes[party.role].party_gone(call, party, "no_answer")
        elif due == "answered":
            call = self._state.calls[party.call_id]
            self._purposes[party.role].party_due(call, party)
