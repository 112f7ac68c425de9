"""Parties: legs to numbers outside and to supervisors, from the dialling to the hang-up.

Here a leg is dialled, known to be up, and taken down. What follows for the call is decided above,
by the party's role: see `acdengine.engine.party_reports`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from msgspec import structs

from acdengine.commands import DialParty, EndParty
from acdengine.engine.confirmation import REPEAT_US, repeats
from acdengine.engine.part import Part, Shares, table
from acdengine.engine.records import Call, Party
from acdengine.engine.state import EngineState
from acdengine.events import PartyAnswered, PartyEnded
from queues.policy import SECOND_US

#: A consulted party or a supervisor is rung for so long.
RING_US: Final = 30 * SECOND_US
#: The switch's own limit is a little later than the engine's.
_GRACE_US: Final = 3 * SECOND_US


#: What a party's deadline was for: one set for an answered party, a dialled party that did not
#: answer and is taken down, or a leg that is being taken down.
Due: TypeAlias = Literal["answered", "no_answer", "clearing"]


class Parties(Part):
    """Dials parties and takes their legs down."""

    def __init__(self, state: EngineState) -> None:
        self._state = state

    def shares(self) -> Shares:
        """The parties."""
        return {"parties": table(list[Party], self._state.parties, lambda party: party.party_id)}

    def check(self) -> Iterator[str]:
        """Each party has a call that knows it, in the party's role."""
        state = self._state
        for party_id, party in state.parties.items():
            name = f"party {party_id} ({party.role}, {party.state})"
            if party.state in ("ringing", "clearing") and not party.deadline:
                yield f"{name} has no deadline"
            if party.state == "clearing":
                continue
            call = state.calls.get(party.call_id)
            if call is None:
                yield f"{name} has no call"
                continue
            consult_id = call.consult.consult_id if call.consult is not None else ""
            if party_id not in (consult_id, call.supervisor_id, call.party_id):
                yield f"{name} is unknown to its call"
        for call in state.calls.values():
            for role, party_id in (("supervisor", call.supervisor_id), ("outside", call.party_id)):
                known = state.parties.get(party_id)
                if known is not None and (known.call_id != call.call_id or known.role != role):
                    yield f"call {call.call_id} names {party_id} as its {role}, which it is not"

    def dial(
        self,
        call: Call,
        role: Literal["consulted", "supervisor"],
        number: str = "",
        contact: str = "",
    ) -> Party:
        """Dial a party for a call: a number outside, or a supervisor's telephone."""
        state = self._state
        call.offers_made += 1
        party_id = f"{call.call_id}-{call.offers_made}"
        party = Party(party_id, call.call_id, role, state.now_us, call.node_id)
        state.parties[party_id] = party
        state.arm_leg(party, state.now_us + RING_US)
        limit_us = RING_US + _GRACE_US
        order = DialParty(party_id, call.call_id, number, contact, limit_us)
        if number:
            tenant = state.tenant(call.tenant_id)
            order = structs.replace(order, allow=tenant.dial_allow, route=tenant.dial)
        else:
            order = structs.replace(order, node_id=self._node_of(call.tenant_id, contact))
        state.commands.append(order)
        return party

    def _node_of(self, tenant_id: str, contact: str) -> str:
        """Where a telephone is, which is known of those of agents."""
        state = self._state
        nodes = (
            agent.node_id
            for agent in state.agents.values()
            if agent.contact == contact and agent.tenant_id == tenant_id
        )
        return next(nodes, "")

    def answered(self, event: PartyAnswered) -> Party | None:
        """The party has answered; None where that comes too late or the party is unknown, whose leg
        is taken down."""
        state = self._state
        party = state.parties.get(event.party_id)
        if party is None:
            state.count("late_events")
            state.commands.append(EndParty(event.party_id))
            return None
        if party.role == "consulted" and party.state == "ringing":
            state.expect_consult(state.calls[party.call_id], "answered")
        if not state.move_party(party, "answered"):
            return None
        party.answered_us = state.now_us
        if event.node_id:
            party.node_id = event.node_id
        state.disarm_leg(party)
        return party

    def ended(self, event: PartyEnded) -> Party | None:
        """The leg is down; None where that was ordered, or the party is unknown."""
        state = self._state
        party = state.parties.get(event.party_id)
        if party is None:
            state.count("late_events")
            return None
        was_ordered = party.state == "clearing"
        state.move_party(party, "ended")
        state.disarm_leg(party)
        del state.parties[party.party_id]
        return None if was_ordered else party

    def drop(self, party: Party) -> None:
        """Take the party's leg down, at any stage."""
        state = self._state
        if not state.move_party(party, "withdrawn"):
            return
        state.commands.append(EndParty(party.party_id))
        party.repeats = 0
        state.arm_leg(party, state.now_us + REPEAT_US)

    def call_over(self, call: Call) -> None:
        """The caller has hung up; the party bridged with the caller is taken down."""
        party = self._state.parties.get(call.party_id)
        if party is not None:
            self.drop(party)

    def due(self, party: Party) -> Due:
        """No answer in time, or no confirmation that the leg is down."""
        state = self._state
        party.deadline = 0
        if party.state == "answered":
            return "answered"
        if party.state == "ringing":
            self.drop(party)
            return "no_answer"
        if repeats(state, party):
            state.commands.append(EndParty(party.party_id))
            state.arm_leg(party, state.now_us + REPEAT_US)
        else:
            self.ended(PartyEnded(state.now_us, party.party_id, "failed"))
        return "clearing"
