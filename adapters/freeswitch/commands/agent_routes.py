"""Finds what is dialled for an agent: the contact, another node, or a number outside."""

from __future__ import annotations

from collections.abc import Callable

from acdengine.commands import RingAgent
from adapters.freeswitch.dialling.redirected_offers import RedirectedOffers
from adapters.freeswitch.legs.inter_node_routes import TelephoneRoutes, Way
from adapters.freeswitch.legs.leg_table import AgentLeg


class AgentRoutes:
    """Routes from one node to agents.

    Args:
        telephones: routes to telephones, of this node and others.
        redirects: routes to numbers that telephones redirect to.
        are_several: whether a contact is several telephones.
    """

    def __init__(
        self,
        telephones: TelephoneRoutes,
        redirects: RedirectedOffers,
        are_several: Callable[[str], bool],
    ) -> None:
        self._telephones = telephones
        self._redirects = redirects
        self._are_several = are_several

    def to_agent(self, command: RingAgent, leg: AgentLeg) -> tuple[Way, bool]:
        """What is dialled, and whether it may ring several telephones with a leg each.

        Raises:
            Unrepresentable: the number that the telephone redirected to cannot be dialled.
        """
        if command.number:
            # The leg of a number has a uuid of its own: that of the telephone that has redirected
            # may not be free yet.
            return self._redirects.way(command, leg), True
        way = self._telephones.way(
            command.contact,
            command.node_id,
            command.offer_id,
            auto_answer=bool(command.auto_answer),
        )
        return way, way.contact == command.contact and self._are_several(way.contact)
