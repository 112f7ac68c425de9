"""The leg of an agent, or of a number outside, that ``Dial`` brings up for a caller.

Two sub-routines of the dialplan run on it and connect to us: one before it rings, which tells the
channel's name, and one when it has answered. The second is held until the engine says what is to
become of the leg: when its connection closes, Asterisk joins the leg with the caller.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Literal

from acdengine.commands import AskToAccept, Bridge
from acdengine.digit_collection import KEYS
from acdengine.events import CallBridged, NumberAnswered, OfferAnswered, OfferKeyPressed
from adapters.fastagi.asterisk_context import AsteriskContext
from adapters.fastagi.connection import AgiConnection, ChannelGone
from adapters.fastagi.prompt_playback import play
from adapters.fastagi.quoting import command

_FOR_EVER: Final = "-1"

Stage = Literal["ordered", "dialled", "answered", "bridged", "over"]


class AgentLeg:
    """One leg.

    Attributes:
        leg_id: the offer's id; of a number outside one of our own.
        stage: how far it is.
        channel: its name, once it is known.
        is_cancelled: its end is ordered.
    """

    def __init__(self, leg_id: str, call_id: str, desk: AsteriskContext) -> None:
        self.leg_id = leg_id
        self.call_id = call_id
        self.stage: Stage = "ordered"
        self.channel = ""
        self.is_cancelled = False
        self.was_answered = False
        self._desk = desk
        self._orders: deque[Bridge | AskToAccept] = deque()
        self._connection: AgiConnection | None = None

    def is_of(self, desk: AsteriskContext) -> bool:
        """Whether it is a leg of this Asterisk."""
        return desk is self._desk

    # -- orders --------------------------------------------------------------------------------

    def order(self, order: Bridge | AskToAccept) -> None:
        """Join it with the caller, or ask the agent for a key."""
        self._orders.append(order)
        self._interrupt()

    def cancel(self) -> None:
        """End it."""
        self.is_cancelled = True
        if self._connection is not None:
            self._interrupt()
        elif self.stage != "ordered":
            self._desk.control.hang_up(self.channel)

    def _interrupt(self) -> None:
        if self._connection is not None:
            self._connection.interrupt()

    # -- what the sub-routines tell ------------------------------------------------------------

    def rings(self, channel: str) -> None:
        """The channel is made."""
        self.channel = channel
        if self.is_cancelled:
            self._desk.control.hang_up(channel)

    async def answered(self, connection: AgiConnection, channel: str) -> None:
        """The far end has answered: hold it until it is known what becomes of it."""
        self.channel = channel
        self._connection = connection
        try:
            if await self._hold(connection):
                return
            if self.is_cancelled:
                await connection.ask(command("SET VARIABLE", "GOSUB_RESULT", "CONTINUE"))
        except ChannelGone:
            pass  # `Dial` tells how it ended
        finally:
            self._connection = None
            await connection.close()

    async def _hold(self, connection: AgiConnection) -> bool:
        """Whether the leg was let go to the caller, once that is decided."""
        if self.is_cancelled:
            return False
        self.stage, self.was_answered = "answered", True
        self.tell_answered()
        while not self._is_to_end(connection):
            connection.resume()
            if not self._orders:
                await connection.wait_interrupt()
            elif await self._carry_out(self._orders.popleft(), connection):
                return True
        return False

    def _is_to_end(self, connection: AgiConnection) -> bool:
        return self.is_cancelled or connection.is_hung_up

    def tell_answered(self) -> None:
        """Report the answer."""
        self._desk.report(OfferAnswered(0, self.leg_id))

    def tell_joined(self) -> None:
        """Report that caller and agent hear each other."""
        self._desk.report(CallBridged(0, self.call_id, self.leg_id))

    async def _carry_out(self, order: Bridge | AskToAccept, connection: AgiConnection) -> bool:
        """Whether the leg is let go to the caller."""
        if isinstance(order, AskToAccept):
            await self._ask(order, connection)
            return False
        if order.whisper:
            await play(connection, order.whisper, self._desk.asterisk.sounds)
        if self._is_to_end(connection):
            return False
        self.stage = "bridged"
        # Before the event, so that a cancel that follows goes by the control channel.
        self._connection = None
        await connection.close()
        self.tell_joined()
        return True

    async def _ask(self, order: AskToAccept, connection: AgiConnection) -> None:
        """Play the prompts, then tell each key, until the next order."""
        for prompt in order.prompts:
            played = await play(connection, prompt, self._desk.asterisk.sounds, KEYS)
            if played.key:
                self._pressed(played.key)
        while not connection.is_interrupted and not connection.is_hung_up:
            reply = await connection.play(command("WAIT FOR DIGIT", _FOR_EVER))
            if reply is None or reply.result in (None, -1):
                return
            if reply.key in KEYS:
                self._pressed(reply.key)

    def _pressed(self, key: str) -> None:
        if key:
            self._desk.report(OfferKeyPressed(0, self.leg_id, key))


class OutsideLeg(AgentLeg):
    """The leg of a number outside: joined with the caller as soon as it answers.

    Args:
        attempt: of the order to dial it.
    """

    def __init__(self, leg_id: str, call_id: str, desk: AsteriskContext, attempt: int) -> None:
        super().__init__(leg_id, call_id, desk)
        self._attempt = attempt

    def tell_answered(self) -> None:
        """Nothing is to be decided."""
        self.order(Bridge(self.call_id, self.leg_id))

    def tell_joined(self) -> None:
        """Report that caller and number hear each other."""
        self._desk.report(NumberAnswered(0, self.call_id, self._attempt))
