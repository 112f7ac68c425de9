"""Finds the gateway for a number to which an agent's telephone has redirected its offer (302)."""

from __future__ import annotations

import re
from typing import Final

from acdengine.commands import RingAgent
from adapters.freeswitch.legs.inter_node_routes import Way
from adapters.freeswitch.legs.leg_table import AgentLeg
from adapters.freeswitch.protocol.channel_fields import NUMBER_VARIABLE, TRUNK_VARIABLE
from adapters.freeswitch.protocol.errors import Unrepresentable
from adapters.freeswitch.trunks.trunk_capacity import TrunkCapacity

_NUMBER: Final = re.compile(r"\+?[0-9]{1,32}")
_PLACE: Final = "{number}"


class RedirectedOffers:
    """Numbers outside that ring in place of an agent's telephone, on one node.

    Args:
        capacity: how many legs there may be.
    """

    def __init__(self, capacity: TrunkCapacity) -> None:
        self._capacity = capacity

    def way(self, command: RingAgent, leg: AgentLeg) -> Way:
        """The first gateway of the tenant with a free channel, which the leg takes.

        Nothing is dialled that does not begin as the tenant allows, and nothing but digits.

        Raises:
            Unrepresentable: there is none, or the number is not to be dialled.
        """
        number, allow = command.number, command.allow
        if not allow or not number.startswith(allow) or not _NUMBER.fullmatch(number):
            raise Unrepresentable("redirection", "a number that may not be dialled")
        for way in command.route.ways:
            if not self._capacity.take(way):
                leg.trunk_id = way.trunk_id
                variables = {NUMBER_VARIABLE: number}
                if way.trunk_id:
                    variables[TRUNK_VARIABLE] = way.trunk_id
                return Way(way.contact.replace(_PLACE, number), variables)
        raise Unrepresentable("redirection", "no gateway with a free channel")
