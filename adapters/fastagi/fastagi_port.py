"""The callers of all Asterisks of the settings, as a port of the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import structlog

from acdengine import commands as cmd
from acdengine.commands import AnyCommand
from acdengine.events import CallArrived, CallBlocked, OfferEnded, SwitchSynced
from acdengine.ports import Inbox
from adapters.fastagi.agent_leg import AgentLeg
from adapters.fastagi.agi_environment import AgiRequest
from adapters.fastagi.asterisk_context import AsteriskContext
from adapters.fastagi.asterisk_settings import Asterisk
from adapters.fastagi.caller_leg import CARRIED_OUT, CallerLeg
from adapters.fastagi.causes import BUSY_CAUSES
from adapters.fastagi.command_failures import ends_of
from adapters.fastagi.connection import AgiConnection, ChannelGone
from adapters.fastagi.lines import Lines, UnlimitedLines
from adapters.fastagi.quoting import command

_log = structlog.get_logger("acdengine.fastagi")


class FastAgiPort:
    """A `Port` to the callers that Asterisks hand over.

    Args:
        asterisks: who hands over.
        inbox: takes the engine's events.
        now_us: the time.
        new_id: gives each call its name.
        lines: channels of trunk groups; without them nothing is counted.
    """

    def __init__(
        self,
        asterisks: Sequence[Asterisk],
        inbox: Inbox,
        now_us: Callable[[], int],
        new_id: Callable[[], str],
        lines: Lines | None = None,
    ) -> None:
        self._inbox = inbox
        self._now_us = now_us
        self._new_id = new_id
        self._lines = lines or UnlimitedLines()
        self._desks: list[AsteriskContext] = []
        self._callers: dict[str, CallerLeg] = {}
        self.use(asterisks)
        #: Legs that are dialled for callers, by their ids.
        self._agents: dict[str, AgentLeg] = {}

    @property
    def node_ids(self) -> list[str]:
        """The engine's names of the Asterisks."""
        return [desk.asterisk.node_id for desk in self._desks]

    def use(self, asterisks: Sequence[Asterisk]) -> list[str]:
        """Serve these Asterisks from now on; returns those that are new. One that is not among them
        hands over no further call, and is let go of when its calls have ended."""
        known = {desk.asterisk.node_id: desk for desk in self._desks}
        wanted: list[AsteriskContext] = []
        new: list[str] = []
        for asterisk in asterisks:
            desk = known.pop(asterisk.node_id, None)
            if desk is None:
                desk = AsteriskContext(asterisk, self._inbox.post, self._now_us, self._lines)
                new.append(asterisk.node_id)
            else:
                desk.use(asterisk)
            wanted.append(desk)
        for desk in known.values():
            desk.is_leaving = True
        self._desks = [*wanted, *known.values()]
        self._let_go()
        return new

    def _let_go(self) -> None:
        self._desks = [
            desk
            for desk in self._desks
            if not desk.is_leaving or self.legs_of(desk.asterisk.node_id)[0]
        ]

    def legs_of(self, node_id: str) -> tuple[int, int]:
        """Callers that an Asterisk has handed over, and legs that are dialled for them."""
        callers = [leg for leg in self._callers.values() if leg.node_id == node_id]
        of_them = {leg.call_id for leg in callers}
        return len(callers), sum(leg.call_id in of_them for leg in self._agents.values())

    def is_leaving(self, node_id: str) -> bool:
        """Whether the settings no longer name this Asterisk."""
        return any(desk.is_leaving for desk in self._desks if desk.asterisk.node_id == node_id)

    def forget_before(self, node_ids: Sequence[str]) -> None:
        """Tell the engine that none of the calls before is here any more: a connection ends with
        the daemon that had it, and the caller goes on in the dialplan."""
        for node_id in node_ids:
            self._inbox.post(SwitchSynced(0, node_id, (), ()))

    def desk_of(self, address: str) -> AsteriskContext | None:
        """The Asterisk that connects from an address; None where there is none."""
        return next((desk for desk in self._desks if desk.asterisk.has(address)), None)

    @staticmethod
    def carried_out() -> dict[type[AnyCommand], str]:
        """What becomes of each command, in the words of the table of adapters; `refused` else."""
        done = (
            *CARRIED_OUT, cmd.PlayMusic, cmd.StopPrompt, cmd.StopCollect, cmd.Bridge,
            cmd.AskToAccept, cmd.CancelRing,
        )  # fmt: skip
        nothing = (cmd.RetrieveCall, cmd.PauseRecording, cmd.ResumeRecording)
        return {
            **dict.fromkeys(done, "yes"),
            **dict.fromkeys(nothing, "nothing"),
            cmd.StopRecord: "late",
            cmd.Reply: "-",
        }

    # -- commands ------------------------------------------------------------------------------

    def execute(self, commands: Sequence[AnyCommand]) -> None:
        """Carry out commands of the engine."""
        for order in commands:
            if isinstance(order, cmd.Bridge | cmd.AskToAccept | cmd.CancelRing):
                self._order_leg(order)
                continue
            caller = self._callers.get(getattr(order, "call_id", ""))
            if caller is not None:
                caller.order(order)
            else:
                for event in ends_of(order):
                    self._inbox.post(event)

    def _order_leg(self, order: cmd.Bridge | cmd.AskToAccept | cmd.CancelRing) -> None:
        leg = self._agents.get(order.offer_id)
        if leg is None:
            self._inbox.post(OfferEnded(0, order.offer_id, "hangup"))
        elif isinstance(order, cmd.CancelRing):
            caller = self._callers.get(leg.call_id)
            if caller is not None:
                caller.cancel_ring(leg)
            else:
                leg.cancel()
        else:
            leg.order(order)

    # -- connections ---------------------------------------------------------------------------

    async def serve(
        self, desk: AsteriskContext, request: AgiRequest, connection: AgiConnection
    ) -> None:
        """Serve a channel until its connection ends, or is let go."""
        if request.kind == "control":
            await desk.control.serve(connection)
        elif request.kind in ("ringing", "answered"):
            await self._serve_dialled(desk, request, connection)
        elif not desk.is_leaving:
            await self._serve_caller(desk, request, connection)

    async def _serve_dialled(
        self, desk: AsteriskContext, request: AgiRequest, connection: AgiConnection
    ) -> None:
        leg = self._agents.get(request.name)
        if leg is None or not leg.is_of(desk):
            # Dialled by the daemon before this one, or for a caller who is gone.
            _log.info("a leg that nothing is known of", leg=request.name, kind=request.kind)
            if request.kind == "answered":
                await _refuse(connection)
        elif request.kind == "ringing":
            leg.rings(request.channel)
        else:
            await leg.answered(connection, request.channel)
        await connection.close()

    async def _serve_caller(
        self, desk: AsteriskContext, request: AgiRequest, connection: AgiConnection
    ) -> None:
        call_id = self._new_id()
        trunk_id = desk.asterisk.trunk_id
        busy = self._lines.arrive(desk.asterisk.node_id, call_id, trunk_id)
        try:
            if busy is not None:
                ani = "" if request.is_withheld else request.number
                self._inbox.post(CallBlocked(0, ani, request.dialled, trunk_id, busy))
                await connection.execute("Hangup", BUSY_CAUSES[busy])
                return
            await connection.ask(command("SET VARIABLE", "ACD_CALL", call_id))
            await self._serve_taken(desk, request, connection, call_id)
        except ChannelGone:
            return
        finally:
            self._lines.end(desk.asterisk.node_id, call_id)

    async def _serve_taken(
        self, desk: AsteriskContext, request: AgiRequest, connection: AgiConnection, call_id: str
    ) -> None:
        leg = CallerLeg(call_id, request.channel, connection, desk, self._agents)
        self._callers[call_id] = leg
        arguments = _arguments(request.variables)
        priority = arguments.get("priority", "")
        self._inbox.post(
            CallArrived(
                0, call_id, request.variables.get("uniqueid", "")[:64] or call_id,
                request.number, request.dialled, desk.asterisk.trunk_id, request.caller_name,
                priority=int(priority) if _is_small(priority) else 0,
                node_id=desk.asterisk.node_id,
                customer_id=arguments.get("customer", ""),
                wanted_queue=request.name if request.kind == "queue" else "",
                withheld=request.is_withheld,
                wanted_flow=request.name if request.kind == "flow" else "",
            )
        )  # fmt: skip
        try:
            await leg.run()
        finally:
            del self._callers[call_id]
            if desk.is_leaving:
                self._let_go()


async def _refuse(connection: AgiConnection) -> None:
    """Have ``Dial`` take the leg down, and go on with the caller."""
    try:
        await connection.ask(command("SET VARIABLE", "GOSUB_RESULT", "CONTINUE"))
    except ChannelGone:
        return


def _arguments(variables: Mapping[str, str]) -> dict[str, str]:
    """What the dialplan says of a call, ``NAME=VALUE`` in each argument of ``AGI()``."""
    pairs = (
        value.partition("=") for name, value in variables.items() if name.startswith("arg_")
    )  # fmt: skip
    return {name: value[:64] for name, _, value in pairs}


def _is_small(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= 4
