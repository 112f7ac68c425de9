"""Messages into voicemail boxes: an announcement, a tone, and what the caller says.

The three are played and run one after the other on the caller's leg. What is recorded is the leg's
own sound (`record_session`, which makes the folders, as `record` does not) while silence is played
to it: a key ends the silence, and that the message. FreeSWITCH's RECORD_STOP tells that there is a
message, and how long it is; it comes also where the caller simply hangs up, which is how most
messages end, so the engine hears of that only afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from acdengine.commands import RecordMessage
from acdengine.events import AnyEvent, MessageLeft
from adapters.freeswitch.legs.leg_table import CallerLeg, Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.media.sounds import Part
from adapters.freeswitch.media.tenant_sounds import TenantSounds
from adapters.freeswitch.protocol.channel_fields import (
    BOX_VARIABLE,
    CALLER_VARIABLE,
    MESSAGE_VARIABLE,
    SILENCE,
    ChannelFields,
    Hearing,
    whole_number,
)
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.errors import EslError, Unrepresentable
from adapters.freeswitch.protocol.quoting import api_word, leg_uuid, setvar_value, variable_name
from adapters.freeswitch.protocol.reply_matching import Reply
from adapters.freeswitch.recordings.recording_folder import Storage

#: The name of a message's announcement, tone and recording, for the player.
MESSAGE: Final = "message"
_SECOND_US: Final = 1_000_000
_MS_US: Final = 1_000
TONE: Final = Part("playback", "tone_stream://%(300,0,1000)")
#: Variables that are removed behind such a recording: a conversation's is not to end by silence.
NOT_BY_SILENCE: Final = ("RECORD_FINAL_TIMEOUT_MS", "RECORD_INITIAL_TIMEOUT_MS")
#: Recording goes on for so long after the silence that is played has ended it.
_GRACE_S: Final = 5


class Voicemail:
    """Messages on one node.

    Args:
        legs: the table.
        wire: to the switch.
        storage: where they go.
        sounds: names of announcements.
        report: takes the engine's events.
    """

    def __init__(
        self,
        legs: Legs,
        wire: Wire,
        storage: Storage,
        sounds: TenantSounds,
        report: Callable[[AnyEvent], None],
    ) -> None:
        self._legs = legs
        self._wire = wire
        self._storage = storage
        self._sounds = sounds
        self._report = report
        self.hearing: Hearing = {"RECORD_STOP": self._heard}

    def take(self, command: RecordMessage, leg: CallerLeg) -> None:
        """Take a message; nothing when that is under way."""
        if leg.message:
            return
        variables = {
            CALLER_VARIABLE: "true",
            MESSAGE_VARIABLE: command.file,
            BOX_VARIABLE: command.box,
            **recording_variables(command.policy.silence_us),
        }
        try:
            parts = self._parts(command)
            name = leg_uuid(leg.call_id)
            orders = [
                api("uuid_setvar", f"{name} {variable_name(one)} {setvar_value(one, value)}")
                for one, value in variables.items()
            ]
        except Unrepresentable:
            self._report(MessageLeft(0, leg.call_id, "", 0))
            return
        leg.message, leg.box = command.file, command.box
        for order in orders:
            self._wire.tell(order)
        # How long an earlier recording of the leg was says nothing of this one.
        self._wire.tell(api("uuid_setvar", f"{name} record_ms"))
        leg.player.music("")
        leg.player.prompt(MESSAGE, parts, command.policy.end_keys)

    def _parts(self, command: RecordMessage) -> tuple[Part, ...]:
        policy = command.policy
        try:
            spoken = self._sounds.of_call(command.call_id).parts(command.prompt)
        except Unrepresentable:
            spoken = ()
        tone = (TONE,) if policy.beep else ()
        path = self._storage.path(command.file)
        longest_s = -(-policy.max_us // _SECOND_US)
        record = Part("record_session", f"{path} +{longest_s + _GRACE_S}")
        silence = Part("playback", f"{SILENCE}{longest_s * 1000}")
        return (*spoken, *tone, record, silence)

    def finished(self, call_id: str, prompt_id: str, is_whole: bool) -> bool:
        """Something has been played; whether it was a message of ours."""
        if prompt_id != MESSAGE:
            return False
        leg = self._legs.callers.get(call_id)
        if leg is not None and leg.message:
            self._stop(leg)
        return True

    def _stop(self, leg: CallerLeg) -> None:
        """A key was pressed, or the time is up: RECORD_STOP follows, unless nothing is recorded."""

        def replied(outcome: Reply | EslError) -> None:
            if isinstance(outcome, Reply) and outcome.is_refusal and leg.message:
                self._left(leg, 0)

        path = api_word("recording", self._storage.path(leg.message))
        self._wire.tell(api("uuid_record", f"{leg_uuid(leg.call_id)} stop {path}"), replied)

    def _heard(self, fields: ChannelFields) -> None:
        leg = self._legs.callers.get(fields.unique_id)
        if leg is not None and leg.message == self._storage.file(fields.record_path):
            if fields.answer_state != "hangup":
                for name in NOT_BY_SILENCE:
                    self._wire.tell(api("uuid_setvar", f"{leg_uuid(leg.call_id)} {name}"))
            self.stopped(leg, fields.record_ms)

    def stopped(self, leg: CallerLeg, record_ms: str) -> None:
        """A message has ended after so many milliseconds, as the switch says it."""
        try:
            length_us = whole_number(record_ms) * _MS_US if record_ms else 0
        except ValueError:
            length_us = 0
        if leg.message:
            self._left(leg, length_us)

    def _left(self, leg: CallerLeg, length_us: int) -> None:
        file, leg.message = leg.message, ""
        self._report(MessageLeft(0, leg.call_id, file if length_us else "", length_us))


def recording_variables(silence_us: int) -> dict[str, str]:
    """Variables of a caller's leg for a recording of what the caller says, and nothing else.

    Args:
        silence_us: after so much silence it ends; 0: silence does not end it.
    """
    silence_ms = str(silence_us // _MS_US)
    return {
        "RECORD_STEREO": "false",
        "RECORD_READ_ONLY": "true",
        "RECORD_MIN_SEC": "0",
        "RECORD_FINAL_TIMEOUT_MS": silence_ms,
        "RECORD_INITIAL_TIMEOUT_MS": silence_ms,
    }
