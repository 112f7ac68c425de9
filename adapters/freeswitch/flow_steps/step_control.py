"""Begins and ends steps of flows on callers' legs (prompts, collections, recordings), and gives
them the keys that are pressed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from acdengine.commands import (
    AnyCommand,
    Collect,
    PlayPrompts,
    ReadVariable,
    RecordCaller,
    SendKeys,
    SetVariable,
    StopCollect,
    StopRecord,
)
from acdengine.events import CallerHungUp
from adapters.freeswitch.flow_steps.caller_recording import CallerRecording
from adapters.freeswitch.flow_steps.digit_collection import KeyCollection
from adapters.freeswitch.flow_steps.prompt_sequence import PromptRow
from adapters.freeswitch.flow_steps.script_variables import LegVariables
from adapters.freeswitch.flow_steps.sensitive_digit_collection import SensitiveCollection
from adapters.freeswitch.flow_steps.speech_recognition import UTTERANCES, RecordedHearing
from adapters.freeswitch.flow_steps.step_context import StepContext
from adapters.freeswitch.legs.leg_table import CallerLeg
from adapters.freeswitch.protocol.channel_fields import ChannelFields, Hearing
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.quoting import dtmf_keys, leg_uuid

#: How the names of steps begin that the player is given.
_STEP: Final = "step-"

AnyStep = PromptRow | KeyCollection | SensitiveCollection | CallerRecording


class StepControl:
    """Steps on one node.

    Args:
        tools: the parts of the node that steps use.
        variables: those of legs.
    """

    def __init__(self, tools: StepContext, variables: LegVariables) -> None:
        self._tools = tools
        self._variables = variables
        #: By path, until the switch has told of the end.
        self._recordings: dict[str, CallerRecording] = {}
        self._count = 0
        self.hearing: Hearing = {
            "CHANNEL_BRIDGE": self._bridged,
            "RECORD_STOP": self._recorded,
            "DETECTED_SPEECH": self._spoken,
        }

    def commands(self) -> dict[type[AnyCommand], Callable[..., None]]:
        """The commands that are executed here."""
        return {
            PlayPrompts: self._play,
            Collect: self._collect,
            StopCollect: self._stop_collect,
            RecordCaller: self._record,
            StopRecord: self._stop_record,
            SendKeys: self._send,
            SetVariable: self._with_leg(self._variables.write),
            ReadVariable: self._with_leg(self._variables.read),
        }

    # -- commands ------------------------------------------------------------------------------

    def _caller(self, call_id: str) -> CallerLeg | None:
        leg = self._tools.legs.callers.get(call_id)
        if leg is None:
            self._tools.report(CallerHungUp(0, call_id, "no_such_leg"))
        return leg

    def _with_leg(self, do: Callable[[Any], None]) -> Callable[[Any], None]:
        def done(command: SetVariable | ReadVariable) -> None:
            if self._caller(command.call_id) is not None:
                do(command)

        return done

    def _send(self, command: SendKeys) -> None:
        if self._caller(command.call_id) is not None:
            keys = f"{dtmf_keys(command.keys)}@{max(command.tone_us // 1_000, 1)}"
            self._tools.wire.tell(api("uuid_send_dtmf", f"{leg_uuid(command.call_id)} {keys}"))

    def _play(self, command: PlayPrompts) -> None:
        leg = self._caller(command.call_id)
        if leg is not None and not self._is_under_way(leg, PromptRow, command.prompt_id):
            self._begin(leg, PromptRow(command, leg, self._tools, self._name()))

    def _collect(self, command: Collect) -> None:
        leg = self._caller(command.call_id)
        kind = SensitiveCollection if command.is_sensitive else KeyCollection
        if leg is not None and not self._is_under_way(leg, kind, command.collect_id):
            self._begin(leg, kind(command, leg, self._tools, self._name()))

    def _record(self, command: RecordCaller) -> None:
        leg = self._caller(command.call_id)
        if leg is None or self._is_under_way(leg, CallerRecording, command.record_id):
            return
        for path, earlier in list(self._recordings.items()):
            if earlier.is_settled:
                del self._recordings[path]
        recording = CallerRecording(command, leg, self._tools, self._name())
        self._recordings[recording.path] = recording
        self._begin(leg, recording)

    def _stop_collect(self, command: StopCollect) -> None:
        leg = self._caller(command.call_id)
        if leg is None:
            return
        for kind in (KeyCollection, SensitiveCollection):
            if self._is_under_way(leg, kind, command.collect_id):
                self.cancel(leg)
                leg.player.stop()

    def _stop_record(self, command: StopRecord) -> None:
        leg = self._caller(command.call_id)
        if leg is not None and self._is_under_way(leg, CallerRecording, command.record_id):
            self.cancel(leg)

    def _is_under_way(self, leg: CallerLeg, kind: type[AnyStep], step_id: str) -> bool:
        return isinstance(leg.step, kind) and leg.step.step_id == step_id

    def _name(self) -> str:
        self._count += 1
        return f"{_STEP}{self._count}"

    def _begin(self, leg: CallerLeg, step: AnyStep) -> None:
        if leg.step is not None:
            leg.step.cancel()
        self._tools.hide_keys(leg, hides=step.hides_keys)
        leg.step = step
        try:
            step.begin()
        except BaseException:
            # The command is told as failed: nothing of it is left.
            leg.step = None
            raise

    def cancel(self, leg: CallerLeg) -> None:
        """Something else begins on the leg: its step, if any, is over, and keys are told again."""
        step = leg.step
        if step is not None:
            step.cancel()
        if not (isinstance(step, SensitiveCollection) and step.is_reading):
            self._tools.hide_keys(leg, hides=False)

    # -- what the switch tells -----------------------------------------------------------------

    def press(self, leg: CallerLeg, key: str) -> bool:
        """A key is pressed; whether a step takes it."""
        return leg.step is not None and leg.step.press(key)

    def finished(self, call_id: str, prompt_id: str, is_whole: bool) -> bool:
        """Something has been played; whether it was a step's."""
        if not prompt_id.startswith(_STEP):
            return False
        leg = self._tools.legs.callers.get(call_id)
        if leg is not None and leg.step is not None and leg.step.name == prompt_id:
            leg.step.played(is_whole)
            return True
        for recording in list(self._recordings.values()):
            if recording.name == prompt_id:
                recording.played(is_whole)
        return True

    def began(self, call_id: str, prompt_id: str, left: int) -> None:
        """Another part of a prompt has begun."""
        leg = self._tools.legs.callers.get(call_id)
        if leg is not None and leg.step is not None and leg.step.name == prompt_id:
            leg.step.began(left)

    def _bridged(self, fields: ChannelFields) -> None:
        for leg_id in (fields.bridge_a_id, fields.bridge_b_id):
            leg = self._tools.legs.callers.get(leg_id)
            if leg is not None:
                self.cancel(leg)

    def _recorded(self, fields: ChannelFields) -> None:
        path = fields.record_path
        recording = self._recordings.pop(path, None)
        if recording is not None:
            recording.stopped(fields)
        elif self._tools.storage.file(path).startswith(f"{UTTERANCES}/"):
            self._said(fields)

    def _said(self, fields: ChannelFields) -> None:
        """An utterance is recorded; it is for nothing where its question is over."""
        leg = self._tools.legs.callers.get(fields.unique_id)
        step = leg.step if leg is not None else None
        hearing = step.hearing if isinstance(step, KeyCollection) else None
        if isinstance(hearing, RecordedHearing) and hearing.path == fields.record_path:
            hearing.stopped(fields)
        else:
            self._tools.recogniser.discard(fields.record_path)

    def _spoken(self, fields: ChannelFields) -> None:
        leg = self._tools.legs.callers.get(fields.unique_id)
        if leg is not None and isinstance(leg.step, KeyCollection):
            leg.step.spoken(fields)

    def is_recording(self, leg: CallerLeg) -> bool:
        """Whether the caller is being recorded: how that ended is told before the hang-up."""
        return isinstance(leg.step, CallerRecording)
