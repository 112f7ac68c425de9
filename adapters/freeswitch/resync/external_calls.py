"""Legs to numbers outside, as they are found on a node that is read through."""

from __future__ import annotations

from collections.abc import Mapping

from acdengine.events import AnyEvent, CallbackFailed, NumberEnded
from adapters.freeswitch.dialling.callback_customers import CallbackCustomers
from adapters.freeswitch.dialling.external_calls import ExternalCalls
from adapters.freeswitch.legs.leg_table import ExternalLeg, Legs
from adapters.freeswitch.protocol.channel_fields import (
    CUSTOMER_VARIABLE,
    NUMBER_VARIABLE,
    OUTSIDE_VARIABLE,
    TRUNK_VARIABLE,
)
from adapters.freeswitch.resync.live_channels import Dump


def settle_outside(
    legs: Legs, dumps: Mapping[str, Dump], outside: ExternalCalls, customers: CallbackCustomers
) -> list[AnyEvent]:
    """Bring the tables of legs outside to what is live.

    Args:
        legs: the tables.
        dumps: of all legs that were live a moment ago.
        outside: is told of legs for which there is no caller any more.
        customers: is told of customers who have answered.

    Returns:
        What the engine is to be told once it has been told of everything that is live.
    """
    ended: list[AnyEvent] = [
        NumberEnded(0, leg.call_id, leg.is_answered, "normal", leg.attempt)
        for leg in _missing(legs.outside, dumps)
    ]
    ended += [CallbackFailed(0, leg.call_id, "failed") for leg in _missing(legs.customers, dumps)]
    for leg_id, dump in dumps.items():
        call_id = dump.variable(OUTSIDE_VARIABLE)
        customer_id = dump.variable(CUSTOMER_VARIABLE)
        if call_id:
            leg = legs.outside.setdefault(leg_id, ExternalLeg(leg_id, call_id))
            _learn(leg, dump)
            if call_id not in dumps:
                outside.end(leg)
        elif customer_id and leg_id not in legs.callers and not dump.is_answered:
            _learn(legs.customers.setdefault(customer_id, ExternalLeg(leg_id, customer_id)), dump)
        elif customer_id:
            # Answered: `synced` takes it in as a caller.
            legs.customers.pop(customer_id, None)
    return ended


def _missing(table: dict[str, ExternalLeg], dumps: Mapping[str, Dump]) -> list[ExternalLeg]:
    """The legs of a table that have gone, taken out of it."""
    gone = [key for key, leg in table.items() if leg.leg_id not in dumps and not leg.is_dialling]
    return [table.pop(key) for key in gone]


def _learn(leg: ExternalLeg, dump: Dump) -> None:
    leg.number = dump.variable(NUMBER_VARIABLE)
    leg.trunk_id = dump.variable(TRUNK_VARIABLE)
    is_parked = dump.variable("current_application") == "park" and dump.is_answered
    leg.read(is_answered=dump.is_answered, is_parked=is_parked)
