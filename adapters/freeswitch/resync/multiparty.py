"""Who talks with whom in calls with more than two legs, as it is found on a node that is read
through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from adapters.freeswitch.legs.leg_table import ExternalLeg, Legs
from adapters.freeswitch.protocol.channel_fields import (
    BOND_VARIABLE,
    CONSULT_VARIABLE,
    NUMBER_VARIABLE,
    PARTY_VARIABLE,
)
from adapters.freeswitch.resync.live_channels import Dump


class Asking(NamedTuple):
    """An agent with a call and the leg that the agent consults."""

    offer_id: str
    consult_id: str


def known_as(dumps: Mapping[str, Dump]) -> dict[str, str]:
    """What each leg is known by: an agent's by its offer, which on a nailed-up line is not the
    leg's uuid."""
    return {leg_id: dump.offer_id or leg_id for leg_id, dump in dumps.items()}


def pairs(dumps: Mapping[str, Dump]) -> dict[str, str]:
    """Every bridged leg with the other one."""
    names = known_as(dumps)
    bonds = {
        leg_id: dump.variable(BOND_VARIABLE) for leg_id, dump in dumps.items() if dump.is_bridged
    }
    return {
        names[leg_id]: names[other] for leg_id, other in bonds.items() if bonds.get(other) == leg_id
    }


def hearing(dumps: Mapping[str, Dump]) -> dict[str, str]:
    """Every leg that hears another one, with that."""
    names = known_as(dumps)
    return {
        names[leg_id]: names.get(heard, heard)
        for leg_id, dump in dumps.items()
        for heard in (dump.variable("current_application_data"),)
        if dump.variable("current_application") == "eavesdrop" and not dump.is_bridged
    }


def asking(dumps: Mapping[str, Dump]) -> dict[str, Asking]:
    """Call to the agent who consults, and the consulted leg. Of legs that wait or eavesdrop, only
    those of agents can be distinguished from supervisors."""
    bridged = pairs(dumps)
    names = known_as(dumps)
    found: dict[str, Asking] = {}
    main = {
        dump.call_id: names[leg_id]
        for leg_id, dump in dumps.items()
        if dump.is_agents and dump.is_answered and not dump.variable(CONSULT_VARIABLE)
    }
    for call_id, offer_id in main.items():
        other = bridged.get(offer_id, call_id)
        waiting = [
            names[leg_id]
            for leg_id, dump in dumps.items()
            if dump.is_agents and dump.variable(CONSULT_VARIABLE) and dump.call_id == call_id
        ]
        if other != call_id:
            found[call_id] = Asking(offer_id, other)
        elif waiting:
            found[call_id] = Asking(offer_id, waiting[0])
    return found


def settle_parties(legs: Legs, dumps: Mapping[str, Dump]) -> None:
    """Bring the table of parties to what is live."""
    for party_id in [party_id for party_id in legs.parties if party_id not in dumps]:
        if not legs.parties[party_id].is_dialling:
            del legs.parties[party_id]
    for leg_id, dump in dumps.items():
        call_id = dump.variable(PARTY_VARIABLE)
        if call_id:
            leg = legs.parties.setdefault(leg_id, ExternalLeg(leg_id, call_id))
            leg.number = dump.variable(NUMBER_VARIABLE)
            leg.read(is_answered=dump.is_answered, is_parked=dump.is_answered)
            # The engine may not have heard of it.
            leg.is_known = False
