"""Legs of which it matters that they are about to go: all that talk with more than one other."""

from __future__ import annotations

from adapters.freeswitch.legs.legs import Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.protocol.channel_fields import WATCHED_VARIABLE
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.quoting import leg_uuid


def is_multiparty(legs: Legs, call_id: str) -> bool:
    """Whether somebody besides the caller and one agent has, or is to have, part in a call."""
    return any(party.call_id == call_id for party in legs.parties.values()) or any(
        agent.is_consult for agent in legs.offers_of(call_id)
    )


def watch_agents(legs: Legs, wire: Wire, call_id: str) -> None:
    """Have FreeSWITCH tell when the legs of a call's agents begin to end. Those of nailed-up lines,
    of consulted agents and of whoever joins later are born so."""
    for agent in legs.offers_of(call_id):
        if not agent.line_id and not agent.is_consult:
            wire.tell(api("uuid_setvar", f"{leg_uuid(agent.leg_id)} {WATCHED_VARIABLE} true"))
