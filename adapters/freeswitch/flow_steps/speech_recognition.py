"""What hears a caller beside the keys of a collection: a module of the switch, or a recording that
a recogniser over HTTP is sent.

`detect_speech` listens by a media bug while other applications play. With `fire_asr_events` its
results are events: begin-speaking, then detected-speech with the result as the body. A recogniser
that has its own time for no input is told to go on: how long a caller is waited for is the
collection's. A recording ends by silence of the caller, and RECORD_STOP tells why.

Source: `speech_thread` and `switch_ivr_detect_speech_init` of switch_ivr_async.c, `record_callback`
there for the causes, `detect_speech_function` of mod_dptools.c.
"""

from __future__ import annotations

from typing import Final, Protocol

from acdengine.digit_collection import DigitCollection
from acdengine.speech_input import Recognised, SpeechInput
from adapters.freeswitch.flow_steps.step_context import StepContext
from adapters.freeswitch.legs.leg_table import CallerLeg
from adapters.freeswitch.media.sounds import Part
from adapters.freeswitch.protocol.channel_fields import ChannelFields
from adapters.freeswitch.protocol.command_lines import api, execute
from adapters.freeswitch.protocol.quoting import api_word, bare_word, leg_uuid
from adapters.freeswitch.protocol.recognition_result import NothingSaid, read_result
from adapters.freeswitch.recordings.voicemail import NOT_BY_SILENCE, recording_variables

#: Below the folder of recordings: utterances, for as long as they are being recognised.
UTTERANCES: Final = "utterances"
_SECOND_US: Final = 1_000_000
_MS_US: Final = 1_000
_APPLICATION: Final = "detect_speech"
_GRAMMAR: Final = "acd"
#: The switch's own time behind the collection's, in which it tells of the end of a recording.
_GRACE_US: Final = 2_000_000
#: As a recording tells that it ended before the caller said anything.
_NO_INPUT: Final = "no-input-timeout"


class Hearing(Protocol):
    """What hears the caller during one collection.

    Attributes:
        hears_prompts: it listens while the prompts play.
    """

    hears_prompts: bool

    def parts(self) -> tuple[Part, ...]:
        """The applications that begin it."""

    def began(self) -> None:
        """It listens now, and the prompts are over."""

    def told(self, fields: ChannelFields) -> None:
        """A DETECTED_SPEECH of the leg."""

    def stop(self) -> None:
        """Listen no longer."""


class SwitchHearing:
    """A module of the switch listens."""

    hears_prompts = True

    def __init__(
        self, speech: SpeechInput, collection: DigitCollection, leg: CallerLeg, tools: StepContext
    ) -> None:
        self._speech = speech
        self._collection = collection
        self._leg = leg
        self._tools = tools
        self._is_on = False

    def parts(self) -> tuple[Part, ...]:
        """Open the module, set its parameters, and give it the grammar, by which it begins."""
        speech = self._speech
        module = bare_word("module", speech.module)
        grammar = api_word("grammar", speech.grammar.replace("{language}", speech.language))
        parameters = [
            f"param {bare_word('parameter', name)} {api_word('parameter', value)}"
            for name, value in speech.parameters.items()
        ]
        self._is_on = True
        self._tools.set_variables(self._leg.call_id, {"fire_asr_events": "true"})
        orders = (f"init {module}", *parameters, f"{module} {grammar} {_GRAMMAR}")
        return tuple(Part(_APPLICATION, order) for order in orders)

    def began(self) -> None:
        """The time of the collection is the time to say something."""

    def told(self, fields: ChannelFields) -> None:
        """The caller speaks, or something was recognised."""
        if not self._is_on:
            return
        if fields.speech_type == "begin-speaking":
            self._collection.speech_began(self._tools.now_us())
        elif fields.speech_type == "detected-speech":
            try:
                self._collection.understood(read_result(fields.body))
            except NothingSaid:
                self._order("resume")

    def stop(self) -> None:
        """Close the module."""
        if self._is_on:
            self._is_on = False
            self._order("stop")

    def _order(self, what: str) -> None:
        wire = self._tools.wire
        wire.tell(execute(self._leg.call_id, _APPLICATION, what, wire.new_id()))


class RecordedHearing:
    """What the caller says is recorded, and recognised over HTTP.

    Attributes:
        path: the file on the switch.
    """

    hears_prompts = False

    def __init__(
        self, speech: SpeechInput, collection: DigitCollection, leg: CallerLeg, tools: StepContext,
        settle: _Settle,
    ) -> None:  # fmt: skip
        self.path = tools.storage.path(f"{UTTERANCES}/{tools.wire.new_id()}.wav")
        self._speech = speech
        self._collection = collection
        self._leg = leg
        self._tools = tools
        self._settle = settle
        self._is_on = False

    def parts(self) -> tuple[Part, ...]:
        """Record the caller until silence."""
        speech, first_us = self._speech, self._collection.command.first_digit_us
        variables = recording_variables(speech.silence_us)
        variables["RECORD_INITIAL_TIMEOUT_MS"] = str(max(first_us // _MS_US, 1))
        self._tools.set_variables(self._leg.call_id, variables)
        self._is_on = True
        longest_s = -(-(first_us + speech.longest_us) // _SECOND_US)
        return (Part("record_session", f"{self.path} +{longest_s}"),)

    def began(self) -> None:
        """The end of the recording tells whether something was said."""
        speech, command = self._speech, self._collection.command
        longest_us = command.first_digit_us + speech.longest_us + speech.silence_us + _GRACE_US
        self._collection.wait_for_speech(self._tools.now_us() + longest_us)

    def told(self, fields: ChannelFields) -> None:
        """No module of the switch listens."""

    def stopped(self, fields: ChannelFields) -> None:
        """RECORD_STOP: the file is complete."""
        tools, collection = self._tools, self._collection
        was_on, self._is_on = self._is_on, False
        tools.set_variables(self._leg.call_id, dict.fromkeys(NOT_BY_SILENCE, ""))
        is_said = fields.completion_cause != _NO_INPUT
        if not (was_on and is_said and collection.is_listening and tools.is_on(self._leg)):
            tools.recogniser.discard(self.path)
            if was_on:
                collection.nothing_said()
                self._settle()
            return
        answer_us = self._speech.answer_us + _GRACE_US
        collection.wait_for_speech(tools.now_us() + answer_us, is_said=True)
        self._settle()
        tools.recogniser.ask(self._leg.call_id, self._speech, self.path, self._understood)

    def _understood(self, heard: Recognised) -> None:
        self._collection.understood(heard)
        self._settle()

    def stop(self) -> None:
        """End the recording; RECORD_STOP follows, and the file is removed."""
        if self._is_on:
            self._is_on = False
            path = api_word("recording", self.path)
            self._tools.wire.tell(api("uuid_record", f"{leg_uuid(self._leg.call_id)} stop {path}"))


class _Settle(Protocol):
    def __call__(self) -> None: ...
