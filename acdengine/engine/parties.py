"""Parties: legs to numbers outside and to supervisors, from the dialling to the hang-up.

Here a leg is dialled, known to be up, and taken down. What follows for the call is decided above,
by the party's role: see `acdengine.engine.party_reports`.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from msgspec import structs

from acdengine.commands import DialParty, EndParty
from acdengine.engine.confirmation import REPEAT_US, repeats
from acdengine.engine.floor import Floor
from acdengine.engine.records import Call, Party
from acdengine.events import PartyAnswered, PartyEnded
from queues.policy import SECOND_US

#: A consulted party or a supervisor is rung for so long.
RING_US: Final = 30 * SECOND_US
#: The switch's own limit is a little later than the engine's.
_GRACE_US: Final = 3 * SECOND_US


#: What a party's deadline was for: one set for an answered party, a dialled party that did not
#: answer and is taken down, or a leg that is being taken down.
Due: TypeAlias = Literal["answered", "no_answer", "clearing"]


class Parties:
    """Dials parties and takes their legs down."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def dial(
        self,
        call: Call,
        role: Literal["consulted", "supervisor"],
        number: str = "",
        contact: str = "",
    ) -> Party:
        """Dial a party for a call: a number outside, or a supervisor's telephone."""
        floor = self._floor
        call.offers_made += 1
        party_id = f"{call.call_id}-{call.offers_made}"
        party = Party(party_id, call.call_id, role, floor.now_us, call.node_id)
        floor.parties[party_id] = party
        floor.arm_leg(party, floor.now_us + RING_US)
        limit_us = RING_US + _GRACE_US
        order = DialParty(party_id, call.call_id, number, contact, limit_us)
        if number:
            tenant = floor.tenant(call.tenant_id)
            order = structs.replace(order, allow=tenant.dial_allow, route=tenant.dial)
        else:
            order = structs.replace(order, node_id=self._node_of(call.tenant_id, contact))
        floor.commands.append(order)
        return party

    def _node_of(self, tenant_id: str, contact: str) -> str:
        """Where a telephone is, which is known of those of agents."""
        floor = self._floor
        nodes = (
            agent.node_id
            for agent in floor.agents.values()
            if agent.contact == contact and agent.tenant_id == tenant_id
        )
        return next(nodes, "")

    def answered(self, event: PartyAnswered) -> Party | None:
        """The party has answered; None where that comes too late or the party is unknown, whose leg
        is taken down."""
        floor = self._floor
        party = floor.parties.get(event.party_id)
        if party is None:
            floor.count("late_events")
            floor.commands.append(EndParty(event.party_id))
            return None
        if party.role == "consulted" and party.state == "ringing":
            floor.expect_consult(floor.calls[party.call_id], "answered")
        if not floor.move_party(party, "answered"):
            return None
        party.answered_us = floor.now_us
        if event.node_id:
            party.node_id = event.node_id
        floor.disarm_leg(party)
        return party

    def ended(self, event: PartyEnded) -> Party | None:
        """The leg is down; None where that was ordered, or the party is unknown."""
        floor = self._floor
        party = floor.parties.get(event.party_id)
        if party is None:
            floor.count("late_events")
            return None
        was_ordered = party.state == "clearing"
        floor.move_party(party, "ended")
        floor.disarm_leg(party)
        del floor.parties[party.party_id]
        return None if was_ordered else party

    def drop(self, party: Party) -> None:
        """Take the party's leg down, at any stage."""
        floor = self._floor
        if not floor.move_party(party, "withdrawn"):
            return
        floor.commands.append(EndParty(party.party_id))
        party.repeats = 0
        floor.arm_leg(party, floor.now_us + REPEAT_US)

    def call_over(self, call: Call) -> None:
        """The caller has hung up; the party bridged with the caller is taken down."""
        party = self._floor.parties.get(call.party_id)
        if party is not None:
            self.drop(party)

    def due(self, party: Party) -> Due:
        """No answer in time, or no confirmation that the leg is down."""
        floor = self._floor
        party.deadline = 0
        if party.state == "answered":
            return "answered"
        if party.state == "ringing":
            self.drop(party)
            return "no_answer"
        if repeats(floor, party):
            floor.commands.append(EndParty(party.party_id))
            floor.arm_leg(party, floor.now_us + REPEAT_US)
        else:
            self.ended(PartyEnded(floor.now_us, party.party_id, "failed"))
        return "clearing"
