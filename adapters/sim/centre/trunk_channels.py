"""What an adapter writes on the channels of its switch, so that an engine which has lost its memory
finds the calls' places there."""

from __future__ import annotations

from acdengine.facts import CallEnded, CallQueued
from acdengine.live_legs import LiveCall
from adapters.sim.centre.legs import DOWN, CallerLeg


class Channels:
    """Channel variables: the place of each call, from the last time it was queued."""

    def __init__(self) -> None:
        self._places: dict[str, CallQueued] = {}

    def write(self, fact: CallQueued) -> None:
        """A call has a place. It is also written on the leg of a customer who is rung back."""
        self._places[fact.call_id] = fact

    def forget(self, fact: CallEnded) -> None:
        """The call is over, and its channel with it."""
        self._places.pop(fact.call_id, None)

    def live(self, leg: CallerLeg) -> LiveCall:
        """A caller's leg as its channel tells of it."""
        place = self._places.get(leg.call_id)
        partner = leg.asker if leg.asker is not None and leg.asker.state != DOWN else leg.bridged
        brought = leg.caller.kind.call_type
        return LiveCall(
            leg.call_id,
            leg.leg_id,
            leg.caller.ani,
            leg.caller.dnis,
            leg.trunk.trunk_id if leg.trunk is not None else "",
            queue_id=place.queue_id if place is not None else "",
            queued_at_us=place.queued_at_us if place is not None else 0,
            priority=place.priority if place is not None else 0,
            boost_us=place.boost_us if place is not None else 0,
            offer_id=partner.offer_id if partner is not None else "",
            agent_id=partner.agent.agent_id if partner is not None else "",
            diverted_to=leg.occupied,
            recordings=tuple(leg.recordings),
            consult_id=leg.consult_id if leg.asker is not None else "",
            skills=leg.caller.kind.skills,
            customer_id=brought.customer_id,
            wanted_queue=brought.wanted_queue,
        )
