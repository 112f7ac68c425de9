"""Legs that agents' telephones have dialled to pick up a call: each becomes the leg of its offer.

The leg came in as a caller's and is parked. It is marked as the agent's and answered, and goes by
the offer's id from then on, as that of one of several telephones does
(`adapters.freeswitch.agents.parallel_ringing`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from acdengine.commands import RingAgent
from acdengine.events import AnyEvent, OfferEnded
from adapters.freeswitch.legs.leg_table import AgentLeg, Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.protocol.channel_fields import (
    AGENT_VARIABLE,
    CALL_VARIABLE,
    HOLD_MUSIC,
    HOLD_MUSIC_VARIABLE,
    OFFER_VARIABLE,
    STAYS,
)
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.quoting import leg_uuid, setvar_value, variable_name

#: It ends with its conversation, as other agents' legs do.
_ENDS_WITH_IT: Final = {**STAYS, "park_after_bridge": "false"}


class PickupLegs:
    """Pick-up legs of one node.

    Args:
        legs: the table.
        wire: to the switch.
        report: takes the engine's events.
    """

    def __init__(self, legs: Legs, wire: Wire, report: Callable[[AnyEvent], None]) -> None:
        self._legs = legs
        self._wire = wire
        self._report = report

    def take(self, command: RingAgent, music: str) -> None:
        """Make the leg that the command names the agent's, and answer it.

        Raises:
            Unrepresentable: no variable can hold one of the ids; nothing was sent.
        """
        leg_id = command.leg_id
        caller = self._legs.callers.get(leg_id)
        if caller is None:
            self._report(OfferEnded(0, command.offer_id, "not_rung"))  # it has ended meanwhile
            return
        marks = {
            AGENT_VARIABLE: command.agent_id,
            CALL_VARIABLE: command.call_id,
            OFFER_VARIABLE: command.offer_id,
            **_ENDS_WITH_IT,
        }
        if music != HOLD_MUSIC:
            marks[HOLD_MUSIC_VARIABLE] = music
        leg = leg_uuid(leg_id)
        orders = [
            api("uuid_setvar", f"{leg} {variable_name(name)} {setvar_value(name, value)}")
            for name, value in marks.items()
        ]
        del self._legs.callers[leg_id]
        agent = AgentLeg(command.offer_id, command.call_id, command.agent_id)
        agent.answered_leg = leg_id
        agent.advance("parked")
        self._legs.agents[agent.offer_id] = agent
        self._legs.answered_legs[leg_id] = agent.offer_id
        if caller.has_fallback:
            self._wire.tell(api("sched_del", leg))
        for order in orders:
            self._wire.tell(order)
        self._wire.tell(api("uuid_answer", leg))
