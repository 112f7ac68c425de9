"""Offers that ring several telephones of one user: the first to answer has the offer.

All of them ring by one `originate` of `user/NAME`. With `return_ring_ready` FreeSWITCH would ring
one of them alone, and `origination_uuid` names one leg, perhaps not the one that answers. So these
legs have uuids of their own and bear the offer's id (`acd_offer`); the leg that is parked has won,
and goes by the offer's id from then on. The others end with LOSE_RACE by themselves.
"""

from __future__ import annotations

from collections.abc import Callable

from adapters.freeswitch.legs.leg_table import AgentLeg, Legs
from adapters.freeswitch.protocol.channel_fields import OFFER_VARIABLE, ChannelFields
from adapters.freeswitch.protocol.command_lines import Command, api
from adapters.freeswitch.protocol.quoting import is_leg_uuid, leg_uuid


class ParallelRinging:
    """Offers of one node that ring several telephones.

    Args:
        legs: the table.
        report_answer: tells the engine that an agent has answered, once.
    """

    def __init__(self, legs: Legs, report_answer: Callable[[AgentLeg], None]) -> None:
        self._legs = legs
        self._report_answer = report_answer

    def take(self, fields: ChannelFields) -> None:
        """Handles each event before the others: what is for the leg of such an offer
        is from here on for the offer."""
        if fields.event_name == "CHANNEL_PARK" and fields.offer and fields.direction == "outbound":
            agent = self._legs.agents.get(fields.offer)
            if agent is not None:
                self.won(agent, fields.unique_id)
        born = self._legs.answered_legs
        if not born:
            return
        leg_id = fields.unique_id
        if leg_id in born:
            fields.unique_id = born[leg_id]
            fields.direction = "outbound"  # also that of a leg that has dialled a pick-up code
        fields.bridge_a_id = born.get(fields.bridge_a_id, fields.bridge_a_id)
        fields.bridge_b_id = born.get(fields.bridge_b_id, fields.bridge_b_id)
        if fields.event_name == "CHANNEL_HANGUP_COMPLETE":
            born.pop(leg_id, None)

    def won(self, agent: AgentLeg, leg_id: str) -> None:
        """One of the telephones has answered."""
        if not agent.rings_several or agent.answered_leg or not is_leg_uuid(leg_id):
            return
        agent.answered_leg = leg_id
        agent.advance("answered")
        self._legs.answered_legs[leg_id] = agent.offer_id
        if not agent.is_cancelled:
            self._report_answer(agent)


def end_of(agent: AgentLeg, cause: str) -> Command:
    """End the leg that has won, or all that ring."""
    if agent.rings_several and not agent.answered_leg:
        return api("hupall", f"{cause or 'NORMAL_CLEARING'} {OFFER_VARIABLE} {agent.offer_id}")
    return api("uuid_kill", leg_uuid(agent.leg_id) + (f" {cause}" if cause else ""))
