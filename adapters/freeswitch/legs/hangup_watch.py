"""Legs that report that they begin to end: all legs of calls with more than two legs."""

from __future__ import annotations

from adapters.freeswitch.legs.leg_table import Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.protocol.channel_fields import WATCHED_VARIABLE
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.quoting import leg_uuid


def is_multiparty(legs: Legs, call_id: str) -> bool:
    """Whether a call has, or is to have, more legs than the caller and one agent."""
    return any(party.call_id == call_id for party in legs.parties.values()) or any(
        agent.is_consult for agent in legs.offers_of(call_id)
    )


def watch_agents(legs: Legs, wire: Wire, call_id: str) -> None:
    """Have FreeSWITCH report when the legs of a call's agents begin to end.

    Legs of nailed-up lines, of consulted agents and of parties are created with this variable.
    """
    for agent in legs.offers_of(call_id):
        if not agent.line_id and not agent.is_consult:
            wire.tell(api("uuid_setvar", f"{leg_uuid(agent.leg_id)} {WATCHED_VARIABLE} true"))
