"""Parties: legs to numbers outside and to supervisors, from the dialling to the hang-up.

What such a leg is for is decided in `acdengine.engine.consults` and `acdengine.engine.supervision`;
here it is only rung, known to be there, and taken down for certain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, Protocol

from msgspec import structs

from acdengine.commands import DialParty, EndParty
from acdengine.engine.floor import Floor
from acdengine.engine.offers import REPEAT_LIMIT, REPEAT_US
from acdengine.engine.records import Call, Party
from acdengine.events import PartyAnswered, PartyEnded
from queues.policy import SECOND_US

if TYPE_CHECKING:
    from acdengine.engine.endings import Endings

#: A consulted party or a supervisor is rung for so long.
RING_US: Final = 30 * SECOND_US
#: The switch's own limit is a little later than the engine's.
_GRACE_US: Final = 3 * SECOND_US


class Purpose(Protocol):
    """What parties of one role are there for."""

    def party_answered(self, call: Call, party: Party) -> None:
        """The party has answered."""

    def party_gone(self, call: Call, party: Party, cause: str) -> None:
        """The party's leg is down, though nobody had ordered it; `party.answered_us` tells whether
        it had been answered."""

    def party_due(self, call: Call, party: Party) -> None:
        """The deadline set for an answered party is there."""


class Parties:
    """The parties' part of the engine."""

    #: By role.
    purposes: dict[str, Purpose]

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def dial(
        self,
        call: Call,
        role: Literal["consulted", "supervisor"],
        number: str = "",
        contact: str = "",
    ) -> Party:
        """Ring somebody for a call."""
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

    def answered(self, event: PartyAnswered) -> None:
        """Somebody is there; one whom nobody knows is let go."""
        floor = self._floor
        party = floor.parties.get(event.party_id)
        if party is None:
            floor.count("late_events")
            floor.commands.append(EndParty(event.party_id))
            return
        if party.role == "consulted" and party.state == "ringing":
            floor.expect_consult(floor.calls[party.call_id], "answered")
        if not floor.move_party(party, "answered"):
            return
        party.answered_us = floor.now_us
        if event.node_id:
            party.node_id = event.node_id
        floor.disarm_leg(party)
        self.purposes[party.role].party_answered(floor.calls[party.call_id], party)

    def ended(self, event: PartyEnded) -> None:
        """The leg is down: ordered, or not."""
        floor = self._floor
        party = floor.parties.get(event.party_id)
        if party is None:
            floor.count("late_events")
            return
        was_ordered = party.state == "clearing"
        floor.move_party(party, "ended")
        floor.disarm_leg(party)
        del floor.parties[party.party_id]
        if not was_ordered:
            call = floor.calls[party.call_id]
            self.purposes[party.role].party_gone(call, party, event.cause)

    def drop(self, party: Party) -> None:
        """Take the party's leg down, at any stage."""
        floor = self._floor
        if not floor.move_party(party, "withdrawn"):
            return
        floor.commands.append(EndParty(party.party_id))
        party.repeats = 0
        floor.arm_leg(party, floor.now_us + REPEAT_US)

    def call_over(self, call: Call) -> None:
        """The caller has gone; whoever was joined with the caller goes too."""
        party = self._floor.parties.get(call.party_id)
        if party is not None:
            self.drop(party)

    def due(self, party: Party) -> None:
        """Nobody answered in time, or nobody confirmed an order."""
        floor = self._floor
        party.deadline = 0
        if party.state == "clearing":
            self._repeat_drop(party)
            return
        call = floor.calls[party.call_id]
        if party.state == "ringing":
            self.drop(party)
            self.purposes[party.role].party_gone(call, party, "no_answer")
        else:
            self.purposes[party.role].party_due(call, party)

    def _repeat_drop(self, party: Party) -> None:
        floor = self._floor
        party.repeats += 1
        floor.count("repeated_orders")
        if party.repeats > REPEAT_LIMIT:
            floor.count("unconfirmed_orders")
            self.ended(PartyEnded(floor.now_us, party.party_id, "failed"))
            return
        floor.commands.append(EndParty(party.party_id))
        floor.arm_leg(party, floor.now_us + REPEAT_US)


class Outside:
    """A party that the caller was left with: the call ends with it."""

    def __init__(self, endings: Endings) -> None:
        self._endings = endings

    def party_answered(self, call: Call, party: Party) -> None:
        """It had answered before."""

    def party_gone(self, call: Call, party: Party, cause: str) -> None:
        """The caller is let go."""
        if call.state == "outside":
            self._endings.hang_up(call, "diverted", cause)

    def party_due(self, call: Call, party: Party) -> None:
        """Nothing is due for it."""
