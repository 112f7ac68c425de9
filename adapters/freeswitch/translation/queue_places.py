"""Writes each call's place in its queue on its leg, for an engine that has lost its memory."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from acdengine.facts import AnyFact, CallQueued, CallStarted, PriorityChanged
from adapters.freeswitch.legs.legs import Legs
from adapters.freeswitch.protocol.channel_fields import PLACE_VARIABLE, STAYS, Place, place_text
from adapters.freeswitch.protocol.errors import Unrepresentable
from adapters.freeswitch.translation.command_executor import CommandExecutor

_log = structlog.get_logger("acdengine.freeswitch")


class QueuePlaces:
    """A `FactSink` that sets the place variable of callers' legs on one node."""

    def __init__(self, legs: Legs, orders: CommandExecutor) -> None:
        self._legs = legs
        self._orders = orders
        self._places: dict[str, Place] = {}

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Write the places that these facts change."""
        for fact in facts:
            # Not isinstance, which is slow on these classes.
            if type(fact) is CallStarted:
                self._orders.keep(fact.call_id)
            elif type(fact) is CallQueued:
                self._write(
                    fact.call_id,
                    Place(fact.queue_id, fact.queued_at_us, fact.priority, fact.boost_us),
                )
            elif type(fact) is PriorityChanged and fact.call_id in self._places:
                place = self._places[fact.call_id]
                self._write(fact.call_id, place._replace(priority=fact.priority))

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
            self._orders.set_variables(call_id, values)
        except Unrepresentable as error:
            # An engine that has lost its memory puts the call at the end of the queue.
            _log.warning("place not written", leg=call_id, reason=str(error))

    def forget(self, call_id: str) -> None:
        """The caller's leg is down."""
        self._places.pop(call_id, None)

    def clear(self) -> None:
        """The switch is lost with all its legs."""
        self._places.clear()
