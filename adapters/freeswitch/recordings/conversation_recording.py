"""Recordings of conversations: FreeSWITCH writes what the caller's leg hears and says.

The file's name is on the caller's leg (`acd_recording`), so that an engine that lost its memory
does not begin another. RECORD_STOP tells that a file is complete and how long it is, also after
the caller has hung up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from acdengine.commands import (
    AnyCommand,
    PauseRecording,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from acdengine.events import AnyEvent, RecordingBegan, RecordingEnded
from adapters.freeswitch.legs.leg_table import Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.protocol.channel_fields import (
    RECORDING_VARIABLE,
    ChannelFields,
    Hearing,
    whole_number,
)
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.errors import EslError, Unrepresentable
from adapters.freeswitch.protocol.quoting import api_word, leg_uuid, setvar_value
from adapters.freeswitch.protocol.reply_matching import Reply
from adapters.freeswitch.recordings.recording_folder import Storage

_MS_US: Final = 1_000


class Recorder:
    """Recordings on one node.

    Args:
        legs: the table.
        wire: to the switch.
        storage: where they go.
        report: takes the engine's events.
    """

    def __init__(
        self,
        legs: Legs,
        wire: Wire,
        storage: Storage,
        report: Callable[[AnyEvent], None],
    ) -> None:
        self._legs = legs
        self._wire = wire
        self._storage = storage
        self._report = report
        self.hearing: Hearing = {"RECORD_STOP": self._heard}

    def commands(self) -> dict[type[AnyCommand], Callable[..., None]]:
        """What is to be done at which command."""
        return {
            StartRecording: self.start,
            PauseRecording: lambda command: self._tell(command, "mask"),
            ResumeRecording: lambda command: self._tell(command, "unmask"),
            StopRecording: lambda command: self._tell(command, "stop"),
        }

    def start(self, command: StartRecording) -> None:
        """Record; nothing but the report when that is under way."""
        call_id, file = command.call_id, command.file
        leg = self._legs.callers.get(call_id)
        if leg is None:
            self._report(RecordingEnded(0, call_id, file, 0, "no_such_leg"))
            return
        if file in leg.recordings:
            self._report(RecordingBegan(0, call_id, file))
            return
        try:
            path = self._storage.path(file)
            variables = {
                **({} if command.by_script else {RECORDING_VARIABLE: file}),
                "RECORD_STEREO": "true" if command.stereo else "false",
                "RECORD_READ_ONLY": "false",
                # A conversation of a second is on record too.
                "RECORD_MIN_SEC": "0",
            }
            orders = [
                api("uuid_setvar", f"{leg_uuid(call_id)} {name} {setvar_value(name, value)}")
                for name, value in variables.items()
            ]
            start = f"{leg_uuid(call_id)} start {api_word('recording', path)}"
            begin = api("uuid_record", start)
        except Unrepresentable:
            self._report(RecordingEnded(0, call_id, file, 0, "no_such_file"))
            return
        for order in orders:
            self._wire.tell(order)

        def replied(outcome: Reply | EslError) -> None:
            if isinstance(outcome, EslError):
                return  # reading through the switch will tell
            if outcome.is_refusal:
                leg.recordings.pop(file, None)
                self._report(RecordingEnded(0, call_id, file, 0, "not_recorded"))
            else:
                self._report(RecordingBegan(0, call_id, file))

        leg.recordings[file] = None
        self._wire.tell(begin, replied)

    def _tell(self, command: PauseRecording | ResumeRecording | StopRecording, what: str) -> None:
        """Mask (silence of the same length), unmask or stop; what has ended needs none of it."""
        path = api_word("recording", self._storage.path(command.file))
        self._wire.tell(api("uuid_record", f"{leg_uuid(command.call_id)} {what} {path}"))

    def _heard(self, fields: ChannelFields) -> None:
        file = self._storage.file(fields.record_path)
        leg = self._legs.callers.get(fields.unique_id)
        if leg is not None and leg.message == file:
            return  # a message, which is another's
        if leg is not None:
            leg.recordings.pop(file, None)
        if file and fields.recording:
            self._report(RecordingEnded(0, fields.unique_id, file, _length_us(fields.record_ms)))


def _length_us(record_ms: str) -> int:
    try:
        return whole_number(record_ms) * _MS_US
    except ValueError:
        return 0
