"""Customers of callbacks as the simulated switch rings them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from acdengine.commands import CancelDial, DialCustomer
from acdengine.events import AnyEvent, CallbackAnswered, CallbackFailed
from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.centre.exchange_interfaces import Callers
from adapters.sim.centre.legs import Caller, CallerLeg


class RingBack:
    """The part of the switch for customers who are being rung.

    Args:
        agenda: the time.
        report: takes what happens.
        caller_legs: of the switch.
        new_leg: makes a leg for a customer who has answered.
    """

    callers: Callers

    def __init__(
        self,
        agenda: EventSchedule,
        report: Callable[[AnyEvent], None],
        caller_legs: Mapping[str, CallerLeg],
        new_leg: Callable[[str, Caller], CallerLeg],
    ) -> None:
        self._agenda = agenda
        self._report = report
        self._caller_legs = caller_legs
        self._new_leg = new_leg
        self._serial = 0
        #: Customers being rung: call id to the number of the attempt, so that a late end is known.
        self._dialled: dict[str, int] = {}

    def dial(self, command: DialCustomer) -> None:
        """Ring a customer, who answers or not."""
        call_id = command.call_id
        now = self._agenda.now_us
        leg = self._caller_legs.get(call_id)
        if leg is not None:
            self._report(CallbackAnswered(now, call_id, leg.leg_id, leg.node_id))
            return
        if call_id in self._dialled:
            return
        self._serial += 1
        self._dialled[call_id] = self._serial
        caller, answers_us = self.callers.rung_back(call_id)
        if answers_us is None or answers_us > command.timeout_us:
            what = (call_id, self._serial, caller, False)
            self._agenda.after(command.timeout_us, self._over, what)
        else:
            self._agenda.after(answers_us, self._over, (call_id, self._serial, caller, True))

    def _over(self, what: tuple[str, int, Caller, bool]) -> None:
        call_id, serial, caller, answered = what
        if self._dialled.get(call_id) != serial:
            return
        del self._dialled[call_id]
        now = self._agenda.now_us
        if not answered:
            self._report(CallbackFailed(now, call_id, "no_answer"))
            return
        leg = self._new_leg(call_id, caller)
        caller.leg = leg
        self._report(CallbackAnswered(now, call_id, leg.leg_id, leg.node_id))
        self.callers.left_alone(leg)

    def cancel(self, command: CancelDial) -> None:
        """Stop ringing a customer."""
        call_id = command.call_id
        leg = self._caller_legs.get(call_id)
        if leg is not None:
            # The customer was faster than the command: that they are there has been reported.
            self._report(CallbackAnswered(self._agenda.now_us, call_id, leg.leg_id, leg.node_id))
            return
        self._dialled.pop(call_id, None)
        self._report(CallbackFailed(self._agenda.now_us, call_id, "cancelled"))

    def lose_node(self) -> None:
        """The node that rings customers is gone."""
        self._dialled.clear()
