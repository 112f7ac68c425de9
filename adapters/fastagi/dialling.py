"""``Dial`` on a caller's connection: the agent is rung, or a number outside, and the result read.

Variables that ``Dial`` leaves behind: DIALSTATUS, HANGUPCAUSE, ANSWEREDTIME, DIALEDPEERNUMBER
(``app_dial.c``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from typing import Final

import structlog

from acdengine.commands import DialNumber, RingAgent, ShownCaller
from acdengine.events import AnyEvent, NumberEnded, OfferCause, OfferEnded
from adapters.fastagi.agent_leg import AgentLeg, OutsideLeg
from adapters.fastagi.asterisk_context import AsteriskContext
from adapters.fastagi.causes import end_of_number, end_of_offer, is_final
from adapters.fastagi.connection import AgiConnection, ChannelGone
from adapters.fastagi.dial_strings import device_of, device_of_number, dial_argument
from adapters.fastagi.quoting import Unrepresentable, command, display
from adapters.fastagi.replies import DEAD

_log = structlog.get_logger("acdengine.fastagi")

_SECOND_US: Final = 1_000_000
#: Inherited by the dialled channel, for its sub-routine `ringing`.
_INHERITED: Final = "_"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be reported, and whether the caller has talked, and has hung up meanwhile."""

    events: tuple[AnyEvent, ...]
    is_caller_gone: bool = False
    was_answered: bool = False


@dataclass(frozen=True, slots=True)
class _Result:
    """How one ``Dial`` ended."""

    status: str
    cause: int
    is_caller_gone: bool


class Dialling:
    """What is dialled for one caller, one leg at a time.

    Args:
        call_id: the caller's.
        connection: to the caller's channel.
        desk: what the legs of the Asterisk share.
        agents: all legs that are dialled, by their ids.
    """

    def __init__(
        self,
        call_id: str,
        connection: AgiConnection,
        desk: AsteriskContext,
        agents: dict[str, AgentLeg],
    ) -> None:
        self._call_id = call_id
        self._connection = connection
        self._desk = desk
        self._agents = agents
        #: The leg that is dialled or talks, and the one that follows it.
        self._leg: AgentLeg | None = None
        self._next: AgentLeg | None = None
        self._ordered_us = 0
        self._serial = count(1)
        #: `Dial` runs.
        self.is_busy = False

    @property
    def leg_id(self) -> str:
        """The leg that is dialled or talks; empty: none."""
        return "" if self._leg is None else self._leg.leg_id

    def order(self, order: RingAgent) -> AgentLeg | None:
        """Take a telephone that is to ring; None where that cannot be done by ``Dial``, or while
        another one rings that is to ring on."""
        if order.consult or order.line_id or order.leg_id or order.number:
            return None
        if self._next is not None or (self._leg is not None and not self._leg.is_cancelled):
            return None
        leg = self._next = AgentLeg(order.offer_id, self._call_id, self._desk)
        self._agents[order.offer_id] = leg
        self._ordered_us = self._desk.now_us()
        return leg

    def forget(self, leg_id: str) -> None:
        """The leg is over."""
        leg = self._agents.pop(leg_id, None)
        if leg is not None:
            leg.stage = "over"
        if leg is self._next:
            self._next = None
        elif leg is self._leg:
            self._leg = None

    # -- agents --------------------------------------------------------------------------------

    async def ring(self, order: RingAgent) -> Outcome:
        """Ring the agent and wait until that is over, talk included.

        Raises:
            ChannelGone: the caller's connection ends meanwhile.
        """
        leg, self._next = self._next, None
        if leg is None or leg.leg_id != order.offer_id:
            return Outcome(())
        self._leg = leg
        cause: OfferCause = "hangup"
        is_gone = False
        try:
            if not leg.is_cancelled:
                cause, is_gone = await self._ring(order, leg)
        except ChannelGone:
            self._end_lost(leg)
            raise
        was_bridged = leg.stage == "bridged"
        self.forget(order.offer_id)
        return Outcome((OfferEnded(0, order.offer_id, cause),), is_gone, was_bridged)

    async def _ring(self, order: RingAgent, leg: AgentLeg) -> tuple[OfferCause, bool]:
        desk = self._desk
        try:
            device = device_of(order.contact, desk.asterisk.telephone)
        except Unrepresentable as error:
            _log.warning("ring refused", offer=order.offer_id, reason=str(error))
            return "unreachable", False
        if not await self._has_subroutines():
            return "not_rung", False
        try:
            music = desk.asterisk.sounds.class_of(order.music)
            left_us = order.timeout_us - (desk.now_us() - self._ordered_us)
            argument = dial_argument(device, left_us, desk.asterisk.context, leg.leg_id, music)
            await self._show(order)
        except Unrepresentable as error:
            _log.warning("ring refused", offer=order.offer_id, reason=str(error))
            return "not_rung", False
        if leg.is_cancelled:
            return "hangup", False
        result = await self._dial(argument, leg)
        if leg.was_answered or leg.is_cancelled:
            return "hangup", result.is_caller_gone
        if result.status == "ANSWER":
            # The sub-routine has not reached us: its dialplan takes the leg down.
            _log.error("an answer was not told", offer=order.offer_id, node=desk.asterisk.node_id)
            return "failed", result.is_caller_gone
        return end_of_offer(result.status, result.cause), result.is_caller_gone

    def _end_lost(self, leg: AgentLeg) -> None:
        """The caller's connection is broken; what becomes of the two is not known any more."""
        leg.cancel()
        self.forget(leg.leg_id)
        self._desk.report(OfferEnded(0, leg.leg_id, "hangup"))

    async def _has_subroutines(self) -> bool:
        """Whether the dialplan has what ``Dial`` is told to run."""
        desk = self._desk
        if not desk.has_subroutines:
            context = desk.asterisk.context
            found = [
                (await self._connection.ask(command("GET FULL VARIABLE", expression))).text == "1"
                for expression in (
                    f"${{DIALPLAN_EXISTS({context},s,1)}}",
                    f"${{DIALPLAN_EXISTS({context},ringing,1)}}",
                )
            ]
            desk.has_subroutines = all(found)
            if not desk.has_subroutines:
                _log.error(
                    "the dialplan lacks what rings agents", node=desk.asterisk.node_id,
                    expected=f"context {context} with s and ringing, see docs/asterisk.md",
                )  # fmt: skip
        return desk.has_subroutines

    async def _show(self, order: RingAgent) -> None:
        """Write what the telephone and its sub-routine are to show.

        Raises:
            Unrepresentable: a value of it cannot be written.
        """
        variables = {
            "CALL": self._call_id,
            "OFFER": order.offer_id,
            "AUTO_ANSWER": order.auto_answer,
        }
        pop = order.screen_pop
        if pop is not None:
            variables |= {
                "QUEUE": pop.queue_id,
                "CUSTOMER": pop.customer_id,
                "WAITED": str(pop.waited_us // _SECOND_US),
            }
        for name, value in variables.items():
            await self._set(f"{_INHERITED}ACD_{name}", value)
        if order.shown is not None:
            await self._show_caller(order.shown)

    async def _show_caller(self, shown: ShownCaller) -> None:
        await self._set("CALLERID(num)", shown.number)
        await self._set("CALLERID(name)", shown.name)

    async def _set(self, name: str, value: str) -> None:
        await self._connection.ask(command("SET VARIABLE", name, display(value)))

    # -- numbers outside -----------------------------------------------------------------------

    async def number(self, order: DialNumber) -> Outcome:
        """Dial a number outside and wait until that is over, talk included: by one way after the
        other, until one reaches the number.

        Raises:
            ChannelGone: the caller's connection ends meanwhile.
        """
        cause, answered, is_gone = "trunk_failed", False, False
        node_id = self._desk.asterisk.node_id
        for way in order.route.ways:
            leg = OutsideLeg(
                f"{self._call_id}.out{next(self._serial)}", self._call_id, self._desk, order.attempt
            )
            try:
                device = device_of_number(way.contact, order.number, order.allow)
                if not await self._has_subroutines():
                    break
                argument = dial_argument(
                    device, order.route.ring_timeout_us, self._desk.asterisk.context, leg.leg_id,
                    self._desk.asterisk.sounds.class_of(order.route.music),
                )  # fmt: skip
            except Unrepresentable as error:
                _log.warning("number not dialled", call_id=self._call_id, reason=str(error))
                continue
            if self._desk.lines.arrive(node_id, leg.leg_id, way.trunk_id) is not None:
                cause = "trunk_busy"
                continue
            if order.route.caller_number:
                shown = ShownCaller(order.route.caller_name, order.route.caller_number)
                await self._show_caller(shown)
            self._leg = self._agents[leg.leg_id] = leg
            try:
                result = await self._dial(argument, leg)
            finally:
                self.forget(leg.leg_id)
                self._desk.lines.end(node_id, leg.leg_id)
            answered, is_gone = leg.was_answered, result.is_caller_gone
            cause = "normal" if answered else end_of_number(result.status, result.cause)
            if answered or is_gone or is_final(cause):
                break
        ended = NumberEnded(0, self._call_id, answered, cause, order.attempt)
        return Outcome((ended,), is_gone, answered)

    # -- one leg -------------------------------------------------------------------------------

    async def _dial(self, argument: str, leg: AgentLeg) -> _Result:
        connection = self._connection
        await self._desk.control.order(connection)
        self.is_busy = True
        leg.stage = "dialled"
        try:
            reply = await connection.execute("Dial", argument)
            status = await connection.ask(command("GET VARIABLE", "DIALSTATUS"))
            cause = await connection.ask(command("GET VARIABLE", "HANGUPCAUSE"))
            is_gone = connection.is_hung_up
            if not is_gone and reply.result != 0:
                state = await connection.ask("CHANNEL STATUS")
                is_gone = state.code == DEAD or connection.is_hung_up
        finally:
            self.is_busy = False
        told = cause.text
        number = int(told) if re.fullmatch("[0-9]{1,3}", told) else 0
        return _Result(status.text, number, is_gone)
