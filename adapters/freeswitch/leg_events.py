"""Handles the events of legs: the table of legs, trunk groups and queue places, in this order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from adapters.freeswitch.commands.queue_places import QueuePlaces
from adapters.freeswitch.legs.leg_table import Legs
from adapters.freeswitch.protocol.channel_fields import ChannelFields
from adapters.freeswitch.protocol.event_reader import Event
from adapters.freeswitch.protocol.hangup_causes import REDIRECTED
from adapters.freeswitch.translation.event_dispatch import EventDispatch
from adapters.freeswitch.translation.refer_transfers import MARK
from adapters.freeswitch.translation.rejoined_callers import RejoinedCallers
from adapters.freeswitch.translation.telephone_consultations import address
from adapters.freeswitch.trunks.trunk_groups import NodeTrunks

#: Events of which `as_much_as_needed` may read more than usual.
_READ_WHOLE: Final = ("CHANNEL_ORIGINATE", "CHANNEL_HANGUP_COMPLETE")


class LegEvents:
    """Events of legs on one node.

    Args:
        legs: the adapter's table.
        dispatch: calls the handlers of an event.
        rejoined: tells which events have to be read whole.
        trunks: counts channels of trunk groups.
        places: queue places of callers.
    """

    def __init__(
        self,
        legs: Legs,
        dispatch: EventDispatch,
        rejoined: RejoinedCallers,
        trunks: NodeTrunks,
        places: QueuePlaces,
    ) -> None:
        self._legs = legs
        self._dispatch = dispatch
        self._rejoined = rejoined
        self._trunks = trunks
        self._places = places

    def read(self, event: Event[ChannelFields]) -> ChannelFields:
        """The fields of an event, see `as_much_as_needed`."""
        if event.fields.event_name not in _READ_WHOLE:
            return event.fields
        return as_much_as_needed(event, self._legs, self._rejoined.is_sudden)

    def take(self, event: Event[ChannelFields], fields: ChannelFields) -> None:
        """Handles an event whose fields were read."""
        leg_id = fields.unique_id  # which becomes the offer's where the switch has chosen it
        agent = self._legs.agents.get(leg_id)
        if fields.event_name == "CHANNEL_ORIGINATE" and agent is not None:
            agent.telephone = address(fields.presence)
            return  # the engine has ordered that leg
        self._dispatch.take(fields)
        if fields.event_name != "CHANNEL_ANSWER" or fields.unique_id not in self._legs.agents:
            # An agent's leg parks as well, and that event is read whole.
            self._trunks.heard(event, leg_id)
        if fields.event_name == "CHANNEL_HANGUP_COMPLETE":
            self._places.forget(leg_id)


def as_much_as_needed(
    event: Event[ChannelFields], legs: Legs, is_sudden: Callable[[str, bytes], bool]
) -> ChannelFields:
    """The fields of an event. It is read whole only where a header is needed that comes behind the
    place at which reading usually stops.

    Args:
        event: of the switch.
        legs: the adapter's table.
        is_sudden: whether FreeSWITCH itself has ended an agent's leg.
    """
    fields = event.fields
    name = fields.event_name
    if name == "CHANNEL_ORIGINATE" and fields.unique_id not in legs.agents:
        return event.whole()  # the destination of a leg that the engine did not order
    if name == "CHANNEL_HANGUP_COMPLETE" and (
        MARK in event.raw
        or fields.hangup_cause == REDIRECTED
        or is_sudden(fields.unique_id, event.raw)
    ):
        return event.whole()  # where a telephone has sent its caller, or its call
    return fields
