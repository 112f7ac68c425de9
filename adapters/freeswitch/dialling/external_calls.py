"""Callers who are put through to a number outside.

The number is dialled on a leg of its own while the caller hears a ringing tone or music; the two
are joined when it has answered. Who of them hangs up takes the other down: the number by the
engine's order, which hears of it (`NumberEnded`), the caller at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from acdengine.commands import DialNumber
from acdengine.events import AnyEvent, NumberAnswered, NumberEnded
from adapters.freeswitch.dialling.dialler import Dialler
from adapters.freeswitch.legs.bridging import Bridging
from adapters.freeswitch.legs.leg_table import CallerLeg, ExternalLeg, Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.media.tenant_sounds import TenantSounds
from adapters.freeswitch.protocol.channel_fields import (
    CALLER_VARIABLE,
    OUTSIDE_VARIABLE,
    ChannelFields,
    Hearing,
)
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.errors import EslError, Unrepresentable
from adapters.freeswitch.protocol.hangup_causes import end_of_caller
from adapters.freeswitch.protocol.quoting import leg_uuid
from adapters.freeswitch.protocol.reply_matching import Reply

_SECOND_US: Final = 1_000_000
#: The ringing tone of most of Europe (ITU-T E.180, supplement 2): 425 Hz, a second in five.
RINGING_TONE: Final = "tone_stream://%(1000,4000,425);loops=-1"
#: A leg that was answered and is not joined for so long has been forgotten by an engine that died.
_PARKED_AT_MOST: Final = "30:NORMAL_TEMPORARY_FAILURE"


class ExternalCalls:
    """Numbers outside on one node.

    Args:
        legs: the table.
        wire: to the switch.
        dialler: dials.
        bridging: is told when a caller is alone again.
        sounds: names of music.
        report: takes the engine's events.
        fit: of variables for a new leg, those that may be set.
    """

    def __init__(
        self,
        legs: Legs,
        wire: Wire,
        dialler: Dialler,
        bridging: Bridging,
        sounds: TenantSounds,
        report: Callable[[AnyEvent], None],
        fit: Callable[[Mapping[str, str]], dict[str, str]],
    ) -> None:
        self._legs = legs
        self._wire = wire
        self._dialler = dialler
        self._bridging = bridging
        self._sounds = sounds
        self._report = report
        self._fit = fit
        #: After the handlers of the other parts.
        self.hearing: Hearing = {
            "CHANNEL_PARK": self._parked,
            "CHANNEL_BRIDGE": self._bridged,
            "CHANNEL_HANGUP": self._caller_left,
            "CHANNEL_HANGUP_COMPLETE": self._down,
        }

    # -- the engine's order --------------------------------------------------------------------

    def dial(self, command: DialNumber, caller: CallerLeg) -> None:
        """Put a caller through; nothing when that is under way."""
        if self._legs.outside_of(command.call_id) is not None:
            return
        route = command.route
        leg = ExternalLeg(
            self._wire.new_uuid(),
            command.call_id,
            command.number,
            command.attempt,
            ways=route.ways,
            limit_s=-(-route.ring_timeout_us // _SECOND_US),
            shown_number=route.caller_number or caller.ani,
            shown_name=route.caller_name or caller.name,
            is_withheld=caller.is_withheld and not route.caller_number,
            variables={
                **self._fit(command.variables),
                OUTSIDE_VARIABLE: command.call_id,
                "park_timeout": _PARKED_AT_MOST,
            },
        )
        self._legs.outside[leg.leg_id] = leg
        # An engine that lost its memory is to know the caller, who may never have been in a queue.
        self._wire.tell(api("uuid_setvar", f"{leg_uuid(leg.call_id)} {CALLER_VARIABLE} true"))
        caller.player.music(self._meanwhile(leg.call_id, route.music))
        self._dialler.dial(leg, command.allow, lambda cause: self._dialled(leg, cause))

    def _meanwhile(self, call_id: str, music: str) -> str:
        try:
            return self._sounds.of_call(call_id).stream(music) if music else RINGING_TONE
        except Unrepresentable:
            return RINGING_TONE

    def _dialled(self, leg: ExternalLeg, cause: str) -> None:
        if cause:
            self._over(leg, False, cause)
        else:
            self.join(leg)

    # -- joining -------------------------------------------------------------------------------

    def join(self, leg: ExternalLeg) -> None:
        """Join the caller and a number that has answered, as soon as both can be."""
        caller = self._legs.callers.get(leg.call_id)
        if caller is None:
            self.end(leg)
        if caller is None or leg.progress != "ready" or leg.is_cancelled:
            return
        if caller.bridging or caller.bridged_to or caller.player.is_renewing:
            # The agent before is still being taken down, or the leg parked afresh.
            return
        caller.bridging = leg.leg_id
        caller.player.off()

        def replied(outcome: Reply | EslError) -> None:
            if isinstance(outcome, Reply) and outcome.is_refusal:
                self._bridging.apart(caller)

        legs = f"{leg_uuid(caller.call_id)} {leg_uuid(leg.leg_id)}"
        self._wire.tell(api("uuid_bridge", legs), replied)

    def found(self, leg: ExternalLeg) -> None:
        """The switch was read through: the caller hears the ringing again, or is joined."""
        caller = self._legs.callers.get(leg.call_id)
        if caller is not None and not leg.is_answered:
            caller.player.music(RINGING_TONE)
        self.join(leg)

    def end(self, leg: ExternalLeg) -> None:
        """Hang up a leg whose caller has gone."""
        self._dialler.cancel(leg, lambda: self._over(leg, False, "cancelled"))

    def _over(self, leg: ExternalLeg, answered: bool, cause: str) -> None:
        if self._legs.outside.pop(leg.leg_id, None) is not None:
            caller = self._legs.callers.get(leg.call_id)
            if caller is not None:
                caller.player.music("")
                self._report(NumberEnded(0, leg.call_id, answered, cause, leg.attempt))

    # -- what the switch tells -----------------------------------------------------------------

    def _parked(self, fields: ChannelFields) -> None:
        leg = self._legs.outside.get(fields.unique_id)
        if leg is not None:
            if fields.answer_state == "answered":
                leg.advance("parked")
        else:
            leg = self._legs.outside_of(fields.unique_id)
        if leg is not None:
            self.join(leg)

    def _bridged(self, fields: ChannelFields) -> None:
        one, other = fields.bridge_a_id, fields.bridge_b_id
        leg = self._legs.outside.get(one) or self._legs.outside.get(other)
        if leg is not None and leg.is_adopted:
            return  # FreeSWITCH has joined it, and that is told already
        caller = None if leg is None else self._legs.callers.get(leg.call_id)
        if leg is not None and caller is not None:
            caller.bridging = ""
            caller.bridged_to = leg.leg_id
            caller.player.music("")
            self._report(NumberAnswered(0, leg.call_id, leg.attempt))

    def _caller_left(self, fields: ChannelFields) -> None:
        # Told of a caller in conversation twice, of others by CHANNEL_HANGUP_COMPLETE alone.
        leg = self._legs.outside_of(fields.unique_id)
        if leg is not None and not leg.is_cancelled:
            self.end(leg)

    def _down(self, fields: ChannelFields) -> None:
        self._caller_left(fields)
        leg = self._legs.outside.get(fields.unique_id)
        if leg is None or leg.is_dialling:
            return  # `originate` tells how it ended
        caller = self._legs.callers.get(leg.call_id)
        if caller is not None and caller.bridging == leg.leg_id:
            self._bridging.apart(caller)
        was_answered = leg.is_answered or not leg.is_adopted
        self._over(leg, was_answered, end_of_caller(fields.hangup_cause))
