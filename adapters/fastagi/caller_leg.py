"""A caller's leg: one AGI connection, and what the engine orders for it, one thing after the other.

Asterisk carries out one command at a time on a channel. What plays is stopped by the next order;
``Dial`` takes none until it is over, and what is ordered meanwhile is told as not done, but for
hanging up, which goes by the `ControlChannel`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import unquote

import structlog

from acdengine import commands as cmd
from acdengine.commands import AnyCommand, DialNumber, RingAgent
from acdengine.digit_collection import KEYS, PressedKeys
from acdengine.events import (
    AnyEvent,
    CallerHungUp,
    DigitPressed,
    HoldChanged,
    OfferEnded,
    PromptFinished,
    VariableRead,
)
from adapters.fastagi import collect_and_record
from adapters.fastagi.agent_leg import AgentLeg
from adapters.fastagi.asterisk_context import AsteriskContext
from adapters.fastagi.causes import ordered_cause
from adapters.fastagi.command_failures import ends_of
from adapters.fastagi.connection import AgiConnection, ChannelGone
from adapters.fastagi.dialling import Dialling, Outcome
from adapters.fastagi.prompt_playback import play
from adapters.fastagi.quoting import Unrepresentable, command

_log = structlog.get_logger("acdengine.fastagi")

#: The next order mostly comes with the event that it follows from.
_SOON_S: Final = 0.005
#: What ends that which plays, or is collected or recorded.
_ENDS_STEP: Final = (
    cmd.PlayPrompt, cmd.PlayPrompts, cmd.Collect, cmd.RecordCaller, cmd.RecordMessage,
    cmd.DialNumber, cmd.HangUpCall, cmd.RejectCall,
)  # fmt: skip
_HANGS_UP: Final = (cmd.HangUpCall, cmd.RejectCall)


#: Keys that are sent; Asterisk takes `w` and `W` for pauses too.
_KEYS: Final = "0123456789*#ABCDwW"


class CallerLeg:
    """One caller.

    Args:
        call_id: the engine's name of the call.
        channel: Asterisk's name of the leg.
        connection: to it.
        desk: what the legs of its Asterisk share.
        agents: legs that are dialled for callers, by their ids.
    """

    def __init__(
        self,
        call_id: str,
        channel: str,
        connection: AgiConnection,
        desk: AsteriskContext,
        agents: dict[str, AgentLeg],
    ) -> None:
        self.call_id = call_id
        self._channel = channel
        self._connection = connection
        self._desk = desk
        self._orders: deque[AnyCommand] = deque()
        self._keys = PressedKeys()
        #: Name of the music that is wanted, and class of the one that plays.
        self._music = self._plays = ""
        #: Id of the step under way.
        self._step = ""
        self._is_idle = self._is_recording = self._is_over = False
        self._is_ended_by_us = False
        self._dialling = Dialling(call_id, connection, desk, agents)
        #: Told once the end of the caller is.
        self._afterwards: list[AnyEvent] = []

    @property
    def node_id(self) -> str:
        """The engine's name of its Asterisk."""
        return self._desk.asterisk.node_id

    # -- orders --------------------------------------------------------------------------------

    def order(self, order: AnyCommand) -> None:
        """Take an order of the engine."""
        if self._is_over:
            self._refuse(order)
        elif isinstance(order, RingAgent):
            self._order_ring(order)
        elif isinstance(order, cmd.HoldCall):
            self._refuse_hold(order)
        elif isinstance(order, cmd.PlayMusic):
            self._order_music(order.music)
        elif self._dialling.is_busy:
            self._order_while_dialling(order)
        elif self._is_recording and isinstance(order, _HANGS_UP):
            self._hang_up_by_control(order)
        elif isinstance(order, cmd.StopPrompt):
            self._music = ""
            self._connection.interrupt()
        elif isinstance(order, cmd.StopCollect | cmd.StopRecord):
            self._stop(order)
        elif type(order) in CARRIED_OUT:
            self._orders.append(order)
            if self._is_idle or isinstance(order, _ENDS_STEP):
                self._connection.interrupt()
        else:
            self._refuse(order)

    def _order_ring(self, order: RingAgent) -> None:
        leg = self._dialling.order(order)
        if leg is None:
            self._refuse(order)
            return
        self._orders.append(order)
        if self._is_idle:
            self._connection.interrupt()

    def cancel_ring(self, leg: AgentLeg) -> None:
        """End an agent's leg; one that has not been dialled yet is over at once."""
        for order in self._orders:
            if isinstance(order, RingAgent) and order.offer_id == leg.leg_id:
                self._orders.remove(order)
                self._dialling.forget(leg.leg_id)
                self._desk.report(OfferEnded(0, leg.leg_id, "hangup"))
                return
        leg.cancel()

    def _order_music(self, music: str) -> None:
        self._music = music
        if self._is_idle or self._step:
            self._connection.interrupt()

    def _order_while_dialling(self, order: AnyCommand) -> None:
        """`Dial` takes no command: it answers the caller itself, and plays its own music."""
        if isinstance(order, _HANGS_UP):
            self._hang_up_by_control(order)
        elif not isinstance(order, cmd.AnswerCall | cmd.OpenMedia | cmd.StopPrompt):
            self._refuse(order)

    def _hang_up_by_control(self, order: AnyCommand) -> None:
        """The channel takes no command: another one hangs it up, or else it is done later."""
        self._is_ended_by_us = True
        self._orders.append(order)
        self._desk.control.hang_up(self._channel)

    def _stop(self, order: cmd.StopCollect | cmd.StopRecord) -> None:
        step = order.collect_id if isinstance(order, cmd.StopCollect) else order.record_id
        if step == self._step:
            self._connection.interrupt()
            return
        waiting = [one for one in self._orders if _step_of(one) == step]
        for one in waiting:
            self._orders.remove(one)
        self._refuse(order)

    def _refuse_hold(self, order: cmd.HoldCall) -> None:
        """A caller cannot be held: the engine is told that they are not."""
        self._desk.report(HoldChanged(0, self.call_id, self._dialling.leg_id, is_held=False))

    def _refuse(self, order: AnyCommand) -> None:
        for event in ends_of(order):
            self._desk.report(event)

    # -- life ----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Carry out what is ordered until the caller has hung up or the connection ends.

        Where it is cancelled, as the daemon ends, nothing is reported: the caller has not hung up.
        """
        cause = "normal"
        try:
            while not self._connection.is_hung_up:
                if self._orders:
                    await self._carry_out(self._orders.popleft())
                else:
                    await self._idle()
        except ChannelGone:
            cause = "normal" if self._is_ended_by_us else "lost"
        self._end(cause)
        await self._connection.close()

    def _end(self, cause: str) -> None:
        self._is_over = True
        self._desk.report(CallerHungUp(0, self.call_id, cause))
        for event in self._afterwards:
            self._desk.report(event)
        while self._orders:
            order = self._orders.popleft()
            if isinstance(order, RingAgent):
                self._dialling.forget(order.offer_id)
                self._desk.report(OfferEnded(0, order.offer_id, "hangup"))

    async def _idle(self) -> None:
        """Music, until there is an order; keys are told."""
        connection = self._connection
        connection.resume()
        await self._play_music()
        if self._orders:
            return
        self._is_idle = True
        try:
            if await connection.is_interrupted_within(_SOON_S):
                return
            if not self._desk.asterisk.hears_keys:
                await connection.wait_interrupt()
                return
            reply = await connection.play(command("WAIT FOR DIGIT", -1))
            if reply is not None and reply.key in KEYS and reply.key:
                number = self._keys.press(reply.key)
                self._desk.report(DigitPressed(0, self.call_id, reply.key, number))
            elif reply is not None and not connection.is_hung_up:
                await connection.wait_interrupt()  # the hang-up follows
        finally:
            self._is_idle = False

    async def _play_music(self) -> None:
        wanted = self._desk.asterisk.sounds.class_of(self._music) if self._music else ""
        if wanted == self._plays:
            return
        order = ("ON", wanted) if wanted else ("OFF",)
        try:
            await self._connection.ask(command("SET MUSIC", *order))
        except Unrepresentable:
            _log.warning("no such music", music=self._music[:40])
        self._plays = wanted

    async def _carry_out(self, order: AnyCommand) -> None:
        self._connection.resume()
        if any(isinstance(later, _ENDS_STEP) for later in self._orders) and _step_of(order):
            self._connection.interrupt()
        carry_out = CARRIED_OUT[type(order)]
        try:
            await carry_out(self, order)
        except Unrepresentable as error:
            _log.warning("command not carried out", call_id=self.call_id, reason=str(error))
            self._refuse(order)

    # -- each order ----------------------------------------------------------------------------

    async def _answer(self, _: cmd.AnswerCall) -> None:
        await self._connection.ask("ANSWER")

    async def _open_media(self, _: cmd.OpenMedia) -> None:
        await self._connection.execute("Progress")

    async def _hang_up(self, order: cmd.HangUpCall | cmd.RejectCall) -> None:
        self._is_ended_by_us = True
        await self._connection.execute("Hangup", str(ordered_cause(order.cause)))
        # The hang-up of the channel is told by its own line.
        await self._connection.wait_interrupt()

    async def _prompt(self, order: cmd.PlayPrompt) -> None:
        # What plays ends the music; it begins again with the next pause.
        self._plays = ""
        await play(self._connection, order.prompt, self._desk.asterisk.sounds)
        self._desk.report(PromptFinished(0, self.call_id, order.prompt_id))

    async def _prompts(self, order: cmd.PlayPrompts) -> None:
        await self._begin(order.prompt_id)
        await collect_and_record.play_row(self._connection, self._desk, order)
        self._step = ""

    async def _collect(self, order: cmd.Collect) -> None:
        if order.is_sensitive:
            collect_and_record.refuse_sensitive(self._desk, order)
            return
        await self._begin(order.collect_id)
        await collect_and_record.collect(self._connection, self._desk, self._keys, order)
        self._step = ""

    async def _record(self, order: cmd.RecordCaller) -> None:
        await self._begin(order.record_id)
        self._is_recording = True
        await collect_and_record.record(self._connection, self._desk, order)
        self._is_recording, self._step = False, ""

    async def _message(self, order: cmd.RecordMessage) -> None:
        await self._begin(order.box)
        self._is_recording = True
        await collect_and_record.take_message(self._connection, self._desk, order)
        self._is_recording, self._step = False, ""

    async def _begin(self, step: str) -> None:
        """A step has no music."""
        self._step, self._music = step, ""
        await self._play_music()

    async def _send_keys(self, order: cmd.SendKeys) -> None:
        """Tones of the length asked for, a quarter of a second apart."""
        keys = "".join(key for key in order.keys if key in _KEYS)
        arguments = f"{keys},250,{max(order.tone_us // 1_000, 1)}"
        await self._connection.ask(command("EXEC", "SendDTMF", arguments))

    async def _set_variable(self, order: cmd.SetVariable) -> None:
        value = None
        if self._desk.asterisk.allows_variable(order.name):
            await self._connection.ask(command("SET VARIABLE", order.name, order.value))
            value = await self._value_of(order.name)
        self._desk.report(VariableRead(0, self.call_id, order.read_id, value))

    async def _read_variable(self, order: cmd.ReadVariable) -> None:
        value = None
        if self._desk.asterisk.allows_variable(order.name):
            value = await self._value_of(order.name)
        self._desk.report(VariableRead(0, self.call_id, order.read_id, value))

    async def _value_of(self, name: str) -> str | None:
        # Encoded: a value may hold an end of line, which would begin another reply.
        reply = await self._connection.ask(
            command("GET FULL VARIABLE", f"${{URIENCODE(${{{name}}})}}")
        )
        return unquote(reply.value) if reply.value else None

    async def _ring(self, order: RingAgent) -> None:
        before = self._begin_dialling()
        self._after(await self._dialling.ring(order), before)

    async def _dial_number(self, order: DialNumber) -> None:
        before = self._begin_dialling()
        self._after(await self._dialling.number(order), before)

    def _begin_dialling(self) -> str:
        """`Dial` plays its own music; returns what played before it."""
        before, self._music, self._plays = self._music, "", ""
        return before

    def _after(self, outcome: Outcome, music: str) -> None:
        """Music goes on for a caller who has talked to no one. The caller's own end is told first:
        it is what ended the leg."""
        if not outcome.was_answered:
            self._music = self._music or music
        if outcome.is_caller_gone:
            self._afterwards.extend(outcome.events)
        else:
            for event in outcome.events:
                self._desk.report(event)


def _step_of(order: AnyCommand) -> str:
    """The id of a step that an order begins."""
    if isinstance(order, cmd.PlayPrompt | cmd.PlayPrompts):
        return order.prompt_id
    if isinstance(order, cmd.Collect):
        return order.collect_id
    return order.record_id if isinstance(order, cmd.RecordCaller) else ""


#: What is carried out, and how.
CARRIED_OUT: Final[dict[type[AnyCommand], Callable[[CallerLeg, Any], Awaitable[None]]]] = {
    cmd.AnswerCall: CallerLeg._answer,
    cmd.OpenMedia: CallerLeg._open_media,
    cmd.RejectCall: CallerLeg._hang_up,
    cmd.HangUpCall: CallerLeg._hang_up,
    cmd.PlayPrompt: CallerLeg._prompt,
    cmd.PlayPrompts: CallerLeg._prompts,
    cmd.Collect: CallerLeg._collect,
    cmd.RecordCaller: CallerLeg._record,
    cmd.RecordMessage: CallerLeg._message,
    cmd.SendKeys: CallerLeg._send_keys,
    cmd.SetVariable: CallerLeg._set_variable,
    cmd.ReadVariable: CallerLeg._read_variable,
    cmd.RingAgent: CallerLeg._ring,
    cmd.DialNumber: CallerLeg._dial_number,
}
