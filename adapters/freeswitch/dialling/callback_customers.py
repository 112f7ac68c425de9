"""Customers who are rung back: dialled like any number outside, and callers once they answer.

The customer's leg has the call's id, like that of every caller. The caller's own leg had it before,
so nothing is dialled until that has gone from the switch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from acdengine.commands import AnyCommand, CancelDial, DialCustomer
from acdengine.events import AnyEvent, CallbackAnswered, CallbackFailed
from adapters.freeswitch.dialling.dialler import Dialler
from adapters.freeswitch.legs.leg_table import CallerLeg, ExternalLeg, Legs
from adapters.freeswitch.protocol.channel_fields import (
    CALLER_VARIABLE,
    CUSTOMER_VARIABLE,
    STAYS,
    ChannelFields,
    Hearing,
)

_SECOND_US: Final = 1_000_000
_CANCELLED: Final = "cancelled"


class CallbackCustomers:
    """Callbacks on one node.

    Args:
        node_id: of the switch.
        legs: the table.
        dialler: dials.
        new_caller: enters a caller's leg in the table.
        report: takes the engine's events.
    """

    def __init__(
        self,
        node_id: str,
        legs: Legs,
        dialler: Dialler,
        new_caller: Callable[[str], CallerLeg],
        report: Callable[[AnyEvent], None],
    ) -> None:
        self._node_id = node_id
        self._legs = legs
        self._dialler = dialler
        self._new_caller = new_caller
        self._report = report
        #: After the handlers of the other parts.
        self.hearing: Hearing = {
            "CHANNEL_PARK": self._parked,
            "CHANNEL_HANGUP_COMPLETE": self._down,
        }

    # -- the engine's orders -------------------------------------------------------------------

    def commands(self) -> dict[type[AnyCommand], Callable[..., None]]:
        """The commands that are executed here."""
        return {DialCustomer: self.dial, CancelDial: self.cancel}

    def dial(self, command: DialCustomer) -> None:
        """Ring a customer; nothing when that is under way."""
        call_id = command.call_id
        if call_id in self._legs.callers:
            self._report(CallbackAnswered(0, call_id, call_id, self._node_id))
            return
        if call_id in self._legs.customers:
            return
        route = command.route
        leg = ExternalLeg(
            call_id,
            call_id,
            command.number,
            ways=route.ways,
            # FreeSWITCH ends it up to a second too soon, and never too late.
            limit_s=-(-command.timeout_us // _SECOND_US) + 1,
            shown_number=route.caller_number,
            shown_name=route.caller_name,
            variables={
                CUSTOMER_VARIABLE: call_id,
                CALLER_VARIABLE: "true",
                **STAYS,
            },
            is_dialling=True,
        )
        self._legs.customers[call_id] = leg

        def free(is_free: bool) -> None:
            leg.is_dialling = False
            if leg.is_cancelled:
                self._dialled(leg, _CANCELLED)
            elif is_free:
                self._dialler.dial(leg, command.allow, lambda cause: self._dialled(leg, cause))
            else:
                self._dialled(leg, "failed")

        self._dialler.when_free(call_id, free)

    def cancel(self, command: CancelDial) -> None:
        """Stop ringing a customer."""
        call_id = command.call_id
        leg = self._legs.customers.get(call_id)
        if call_id in self._legs.callers:
            # The customer was faster than the order.
            self._report(CallbackAnswered(0, call_id, call_id, self._node_id))
        elif leg is None:
            self._report(CallbackFailed(0, call_id, _CANCELLED))
        else:
            self._dialler.cancel(leg, lambda: self._dialled(leg, _CANCELLED))

    # -- what came of it -----------------------------------------------------------------------

    def _dialled(self, leg: ExternalLeg, cause: str) -> None:
        if not cause:
            self.ready(leg)
        elif self._legs.customers.pop(leg.call_id, None) is not None:
            self._report(CallbackFailed(0, leg.call_id, cause))

    def ready(self, leg: ExternalLeg) -> None:
        """A customer is a caller as soon as the leg is answered and may be bridged."""
        if leg.progress != "ready" or leg.is_cancelled:
            return
        if self._legs.customers.pop(leg.call_id, None) is None:
            return
        caller = self._new_caller(leg.call_id)
        caller.ani, caller.trunk_id, caller.is_answered = leg.number, leg.trunk_id, True
        self._report(CallbackAnswered(0, leg.call_id, leg.leg_id, self._node_id))

    def _parked(self, fields: ChannelFields) -> None:
        leg = self._legs.customers.get(fields.unique_id)
        if leg is not None:
            if fields.answer_state == "answered":
                leg.advance("parked")
            self.ready(leg)

    def _down(self, fields: ChannelFields) -> None:
        leg = self._legs.customers.get(fields.unique_id)
        if leg is not None and not leg.is_dialling:
            self._dialled(leg, _CANCELLED if leg.is_cancelled else "rejected")
