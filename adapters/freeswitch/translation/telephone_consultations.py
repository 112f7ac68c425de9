"""Calls that agents' telephones make by themselves while the agent has a caller.

Such a call is the agent's own consultation, and the only one that the agent's telephone may leave
the caller to (attended transfer, REFER with Replaces). FreeSWITCH joins whatever call on the switch
a REFER names; it refuses while `deny_refer_requests` is set on one of the four legs, which it is
on every caller's leg. For a consultation it is taken off the legs concerned, and set again after.

Source: `sofia_handle_sip_i_refer` of mod_sofia.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from adapters.freeswitch.legs.leg_table import AgentLeg, Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.protocol.channel_fields import (
    DENY_TRANSFERS_VARIABLE,
    ChannelFields,
    Hearing,
)
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.quoting import is_leg_uuid, leg_uuid

#: A consultation's leg ends up to 40 ms before the agent's does; a busy switch takes longer.
_REMEMBERED_S: Final = 5.0


class Dialled(NamedTuple):
    """A leg that FreeSWITCH has made for another one, or for a program."""

    number: str
    for_leg: str


class Consultation(NamedTuple):
    """A call of an agent's telephone beside that with the caller."""

    offer_id: str
    call_id: str
    number: str


class Consultations:
    """Those of one node, and what is known of legs that the engine did not order.

    Args:
        legs: the engine's.
        wire: to the switch.
        later: calls something after so many seconds.
    """

    def __init__(
        self,
        legs: Legs,
        wire: Wire,
        later: Callable[[float, Callable[[], object]], object],
    ) -> None:
        self._legs = legs
        self._wire = wire
        self._later = later
        #: `user@domain` of the telephone at the end of a leg.
        self._telephones: dict[str, str] = {}
        self._dialled: dict[str, Dialled] = {}
        self._own: dict[str, Consultation] = {}
        self.hearing: Hearing = {
            "CHANNEL_ORIGINATE": self._originated,
            "CHANNEL_HANGUP_COMPLETE": self._ended,
        }

    # -- questions -----------------------------------------------------------------------------

    def telephone_on(self, leg_id: str) -> str:
        """`user@domain` of the telephone at the end of a leg; empty where it is none."""
        return self._telephones.get(leg_id, "")

    def number_of(self, leg_id: str) -> str:
        """What was dialled for a leg; for one that called, who calls."""
        dialled = self._dialled.get(leg_id)
        if dialled is not None and dialled.number:
            return dialled.number
        return self.telephone_on(leg_id).partition("@")[0]

    def made_for(self, leg_id: str) -> str:
        """The leg that rings, or has rung last, for a leg."""
        return next(
            (made for made, one in reversed(self._dialled.items()) if one.for_leg == leg_id), ""
        )

    def is_made_for(self, leg_id: str, other_id: str) -> bool:
        """Whether the dialplan of the other leg has made a leg."""
        dialled = self._dialled.get(leg_id)
        return dialled is not None and dialled.for_leg == other_id

    def of(self, leg_id: str, agent: AgentLeg) -> Consultation | None:
        """The consultation on a leg, if it is this agent's own."""
        own = self._own.get(leg_id)
        return own if own is not None and own.offer_id == agent.offer_id else None

    # -- what is told of legs ------------------------------------------------------------------

    def _originated(self, fields: ChannelFields) -> None:
        legs, leg_id = self._legs, fields.unique_id
        offer = legs.agents.get(leg_id) or legs.agents.get(fields.offer)
        if offer is not None:
            offer.telephone = address(fields.presence)
        elif leg_id in legs.lines:
            legs.lines[leg_id].telephone = address(fields.presence)
        elif leg_id not in legs.outside and leg_id not in legs.parties:
            number = fields.other_leg_number or fields.destination_number
            self._dialled[leg_id] = Dialled(number, fields.other_leg_id)

    def read(self, fields: ChannelFields) -> None:
        """A leg that is none of the engine's, read from the switch."""
        leg_id = fields.unique_id
        if fields.direction == "inbound":
            self._telephones[leg_id] = address(f"{fields.user_name}@{fields.domain_name}")
        else:
            self._telephones[leg_id] = address(fields.presence)
            self._dialled[leg_id] = Dialled(fields.destination_number, fields.other_leg_id)

    def go_on(self) -> None:
        """The engine knows what was read: calls of telephones that have a caller."""
        for leg_id, telephone in list(self._telephones.items()):
            name, _, domain = telephone.rpartition("@")
            if name:
                self.entered(leg_id, name, domain)

    def entered(self, leg_id: str, name: str, domain: str) -> None:
        """The telephone of this user is at the end of a leg."""
        telephone = self._telephones[leg_id] = f"{name}@{domain}"
        if leg_id in self._dialled:
            return  # FreeSWITCH calls it
        for agent in self._legs.agents.values():
            if self._telephone_of(agent) == telephone and self._has_caller(agent):
                caller = self._legs.callers.get(leg_id)
                number = "" if caller is None else caller.dnis
                self._own[leg_id] = Consultation(agent.offer_id, agent.call_id, number)
                self._set(agent, leg_id, "false")

    def _telephone_of(self, agent: AgentLeg) -> str:
        line = self._legs.lines.get(agent.line_id)
        return agent.telephone if line is None else line.telephone

    def _has_caller(self, agent: AgentLeg) -> bool:
        caller = self._legs.callers.get(agent.call_id)
        return caller is not None and caller.bridged_to == agent.offer_id

    def _set(self, agent: AgentLeg, leg_id: str, value: str) -> None:
        """Whether a transfer between these two calls is refused."""
        for one in (agent.call_id, agent.leg_id, leg_id):
            if is_leg_uuid(one):
                argument = f"{leg_uuid(one)} {DENY_TRANSFERS_VARIABLE} {value}"
                self._wire.tell(api("uuid_setvar", argument))

    def _ended(self, fields: ChannelFields) -> None:
        leg_id = fields.unique_id
        self._telephones.pop(leg_id, None)
        self._dialled.pop(leg_id, None)
        own = self._own.get(leg_id)
        if own is not None:
            self._later(_REMEMBERED_S, lambda: self._over(leg_id))

    def _over(self, leg_id: str) -> None:
        own = self._own.pop(leg_id, None)
        if own is None or any(one.call_id == own.call_id for one in self._own.values()):
            return
        if own.call_id in self._legs.callers:
            name = leg_uuid(own.call_id)
            self._wire.tell(api("uuid_setvar", f"{name} {DENY_TRANSFERS_VARIABLE} true"))

    def forget(self) -> None:
        """The switch is gone, with all legs."""
        self._telephones.clear()
        self._dialled.clear()
        self._own.clear()


def address(presence: str) -> str:
    """`user@domain` as `Channel-Presence-ID` tells it; empty where it names no user."""
    name, _, domain = presence.rpartition("@")
    return f"{name}@{domain.lower()}" if name else ""
