"""What a caller says, recorded into a file: prompts, a tone, then the leg's own sound.

As a message is (`recordings.voicemail`): silence is played while the leg is recorded, a key ends
the silence, and RECORD_STOP tells how long the file is.
"""

from __future__ import annotations

from acdengine.commands import RecordCaller
from acdengine.events import CallerRecorded, RecordEnd
from adapters.freeswitch.flow_steps.step_context import StepContext
from adapters.freeswitch.legs.leg_table import CallerLeg
from adapters.freeswitch.media.sounds import Part
from adapters.freeswitch.protocol.channel_fields import SILENCE, ChannelFields, whole_number
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.quoting import api_word, leg_uuid
from adapters.freeswitch.protocol.reply_matching import Reply
from adapters.freeswitch.recordings.voicemail import (
    NOT_BY_SILENCE,
    TONE,
    recording_variables,
)

_SECOND_US = 1_000_000
_MS_US = 1_000
#: Recording goes on for so long after the silence that is played has ended it.
_GRACE_S = 5


class CallerRecording:
    """One recording of a caller.

    Attributes:
        path: the file on the switch.
    """

    hides_keys = False

    __slots__ = ("_command", "_ended_by", "_is_over", "_key", "_leg", "_tools", "name", "path")

    def __init__(
        self, command: RecordCaller, leg: CallerLeg, tools: StepContext, name: str
    ) -> None:
        self.name = name
        self.path = tools.storage.path(command.file)
        self._command = command
        self._leg = leg
        self._tools = tools
        self._key = ""
        self._ended_by: RecordEnd | None = None
        self._is_over = False

    @property
    def is_settled(self) -> bool:
        """Whether nothing more comes of it."""
        return self._is_over or not self._tools.is_on(self._leg)

    @property
    def step_id(self) -> str:
        """The engine's name of it."""
        return self._command.record_id

    def begin(self) -> None:
        """Play the prompts and the tone, then record."""
        command, player = self._command, self._leg.player
        longest_s = -(-command.max_us // _SECOND_US)
        parts = (
            *self._tools.row(command.call_id, command.prompts).parts,
            *((TONE,) if command.has_beep else ()),
            Part("record_session", f"{self.path} +{longest_s + _GRACE_S}"),
            Part("playback", f"{SILENCE}{longest_s * 1000}"),
        )
        # How long an earlier recording of the leg was says nothing of this one.
        variables = recording_variables(command.silence_us)
        self._tools.set_variables(command.call_id, {**variables, "record_ms": ""})
        player.music("")
        player.prompt(self.name, parts, command.end_keys)

    def began(self, left: int) -> None:
        """How far the prompts are is not told."""

    def press(self, key: str) -> bool:
        """A key that ends the recording, or what is played before it."""
        if key not in self._command.end_keys:
            return False
        if self._leg.player.is_on_last_part and self._ended_by is None:
            self._key, self._ended_by = key, "key"
        return True

    def played(self, is_whole: bool) -> None:
        """The silence is over, by a key or at the greatest length: RECORD_STOP follows."""
        if self._is_over:
            return
        if self._ended_by is None:
            self._ended_by = "limit" if is_whole else "cancelled"

        def replied(outcome: Reply | EslError) -> None:
            if isinstance(outcome, Reply) and outcome.is_refusal:
                self._end(self._ended_by or "failed", 0)

        path = api_word("recording", self.path)
        self._tools.wire.tell(
            api("uuid_record", f"{leg_uuid(self._leg.call_id)} stop {path}"), replied
        )

    def stopped(self, fields: ChannelFields) -> None:
        """RECORD_STOP: the file is complete."""
        try:
            length_us = whole_number(fields.record_ms) * _MS_US if fields.record_ms else 0
        except ValueError:
            length_us = 0
        by_itself: RecordEnd = "hangup" if fields.answer_state == "hangup" else "silence"
        self._end(self._ended_by or by_itself, length_us)

    def cancel(self) -> None:
        """End it; what was recorded is kept, and told of when the file is complete."""
        if self._ended_by is None:
            self._ended_by = "cancelled"
        self._leg.step = None
        self._leg.player.stop()

    def _end(self, ended_by: RecordEnd, length_us: int) -> None:
        if self._is_over:
            return
        self._is_over = True
        leg, command = self._leg, self._command
        if ended_by != "hangup":
            self._tools.set_variables(leg.call_id, dict.fromkeys(NOT_BY_SILENCE, ""))
        if leg.step is self:
            leg.step = None
            leg.player.stop()
        file = command.file if length_us else ""
        key = self._key if ended_by == "key" else ""
        self._tools.report(
            CallerRecorded(
                0, leg.call_id, command.record_id, file, length_us,
                ended_by if length_us else _without_file(ended_by), key,
            )
        )  # fmt: skip


def _without_file(ended_by: RecordEnd) -> RecordEnd:
    """How a recording ended of which there is no file."""
    return ended_by if ended_by in ("hangup", "cancelled") else "failed"
