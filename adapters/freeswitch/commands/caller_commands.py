"""Commands that answer, reject and hang up callers' legs."""

from __future__ import annotations

from acdengine.commands import AnswerCall, HangUpCall, OpenMedia, RejectCall
from adapters.freeswitch.commands.command_executor import CommandTable
from adapters.freeswitch.legs.channel_variables import ChannelVariables
from adapters.freeswitch.protocol.channel_fields import CALLER_VARIABLE, STAYS
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.hangup_causes import ordered_cause
from adapters.freeswitch.protocol.quoting import hangup_cause, leg_uuid
from adapters.freeswitch.translation.caller_legs import CallerLegs


class CallerCommands:
    """Commands for callers' legs on one node.

    Args:
        callers: finds the legs.
        variables: writes channel variables.
    """

    def __init__(self, callers: CallerLegs, variables: ChannelVariables) -> None:
        self._callers = callers
        self._variables = variables

    def commands(self) -> CommandTable:
        """The commands that are executed here."""
        return {
            AnswerCall: self._answer,
            OpenMedia: self._open_media,
            RejectCall: self._hang_up,
            HangUpCall: self._hang_up,
        }

    def _answer(self, command: AnswerCall) -> None:
        leg = self._callers.find(command.call_id)
        if leg is None:
            return
        if not leg.stays:
            leg.stays = True
            self._variables.write(leg.call_id, STAYS)
        if not leg.is_answered:
            leg.is_answered = True
            # A prompt leaves its name on the leg: a new daemon would not take it for a caller's.
            self._variables.write(leg.call_id, {CALLER_VARIABLE: "true"})
            self._callers.tell(leg.call_id, api("uuid_answer", leg_uuid(leg.call_id)))

    def _open_media(self, command: OpenMedia) -> None:
        leg = self._callers.find(command.call_id)
        if leg is not None and not leg.is_answered:
            self._callers.tell(leg.call_id, api("uuid_pre_answer", leg_uuid(leg.call_id)))

    def _hang_up(self, command: RejectCall | HangUpCall) -> None:
        leg = self._callers.find(command.call_id)
        if leg is None:
            return
        cause = hangup_cause(ordered_cause(command.cause))
        # `uuid_kill` without a cause ends a leg with NORMAL_CLEARING.
        named = "" if cause == "NORMAL_CLEARING" else f" {cause}"
        self._callers.tell(leg.call_id, api("uuid_kill", leg_uuid(leg.call_id) + named))
