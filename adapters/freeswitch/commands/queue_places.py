"""Writes each call's place in its queue on its leg, for an engine that has lost its memory."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from acdengine.facts import AnyFact, CallQueued, CallStarted, PriorityChanged
from adapters.freeswitch.legs.channel_variables import ChannelVariables
from adapters.freeswitch.legs.leg_table import Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.protocol.channel_fields import PLACE_VARIABLE, STAYS, Place, place_text
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.errors import Unrepresentable
from adapters.freeswitch.protocol.quoting import leg_uuid

_log = structlog.get_logger("acdengine.freeswitch")


class QueuePlaces:
    """A `FactSink` that sets the place variable of callers' legs on one node.

    Args:
        legs: the adapter's table.
        wire: sends commands.
        variables: writes channel variables.
    """

    def __init__(self, legs: Legs, wire: Wire, variables: ChannelVariables) -> None:
        self._legs = legs
        self._wire = wire
        self._variables = variables
        self._places: dict[str, Place] = {}

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Write the places that these facts change."""
        for fact in facts:
            # Not isinstance, which is slow on these classes.
            if type(fact) is CallStarted:
                self.keep(fact.call_id)
            elif type(fact) is CallQueued:
                self._write(
                    fact.call_id,
                    Place(fact.queue_id, fact.queued_at_us, fact.priority, fact.boost_us),
                )
            elif type(fact) is PriorityChanged and fact.call_id in self._places:
                place = self._places[fact.call_id]
                self._write(fact.call_id, place._replace(priority=fact.priority))

    def keep(self, call_id: str) -> None:
        """The engine has taken the call: cancel the transfer that the dialplan has scheduled for
        the case that it does not."""
        leg = self._legs.callers.get(call_id)
        if leg is not None and leg.has_fallback:
            leg.has_fallback = False
            # Scheduled transfers go by the uuid of their leg.
            self._wire.tell(api("sched_del", leg_uuid(call_id)))

    def _write(self, call_id: str, place: Place) -> None:
        leg = self._legs.callers.get(call_id)
        if leg is None:
            return
        self._places[call_id] = place
        values = {PLACE_VARIABLE: place_text(place)}
        if not leg.stays:
            leg.stays = True
            values |= STAYS
        try:
            self._variables.write(call_id, values)
        except Unrepresentable as error:
            # An engine that has lost its memory puts the call at the end of the queue.
            _log.warning("place not written", leg=call_id, reason=str(error))

    def forget(self, call_id: str) -> None:
        """The caller's leg is down."""
        self._places.pop(call_id, None)

    def clear(self) -> None:
        """The switch is lost with all its legs."""
        self._places.clear()
