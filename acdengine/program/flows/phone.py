"""A telephone in virtual time with a caller in a flow: plays prompts as long as they are, collects
keys as every adapter does, and lets whoever holds it answer for queues, agents and systems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from acdengine.commands import Collect as CollectKeys
from acdengine.digit_collection import DigitCollection, masked
from acdengine.ivr.effects import (
    AnyEffect,
    Audio,
    ChangeAgent,
    CheckPin,
    Collect,
    FlowEnded,
    GoTo,
    HangUp,
    HttpRequest,
    LeaveQueue,
    Music,
    PlaceCallback,
    Play,
    PromptAudio,
    Record,
    RunScript,
    SpokenText,
    StepLeft,
    StopPlay,
    Wake,
)
from acdengine.ivr.expressions.functions import luhn
from acdengine.ivr.expressions.values import Values
from acdengine.ivr.inputs import (
    AgentAnswered,
    AnyInput,
    HungUp,
    InputEnded,
    PlayFinished,
    ReachEnded,
    Recorded,
    TimePassed,
)
from acdengine.ivr.interpreter import Interpreter
from acdengine.prompts import SilencePrompt
from queues.policy import SECOND_US

PROMPT_US: Final = 2 * SECOND_US
#: A text is read at so many characters a second.
_READ_PER_S: Final = 15
_SOUND: Final = (SilencePrompt(PROMPT_US),)
_OUTCOMES: Final = {"value": "value", "no_input": "noinput"}


def audio_us(audio: Audio) -> int:
    """How long some audio is."""
    if isinstance(audio, SpokenText):
        return max(len(audio.text) * SECOND_US // _READ_PER_S, SECOND_US // 2)
    return PROMPT_US


def said(audio: Audio) -> str:
    """Some audio in words: a prompt's name, a text, or `money 12.5 EUR`."""
    if isinstance(audio, PromptAudio):
        return audio.name
    if isinstance(audio, SpokenText):
        return audio.text
    return f"{audio.as_} {audio.value}" + (f" {audio.currency}" if audio.currency else "")


class Phone:
    """One caller in one flow.

    Attributes:
        at_us: the virtual time.
        heard: what has been played, in order.
        effects: all effects so far.
        request: what a system has been asked and has not answered.
        script: the script that runs.
        agent: what is asked of the agent who calls: a PIN to be checked, or a change.
        secrets: sensitive digits by their handles.
        recording: the recording that runs.
        away: where the call has been sent; `waits_in_queue` while the flow goes on meanwhile.
        ended: how the flow ended; empty while it goes on.
    """

    def __init__(self, interpreter: Interpreter, version: str, flow_id: str, at_us: int) -> None:
        self._interpreter = interpreter
        self._version = version
        self._flow_id = flow_id
        self.at_us = at_us
        self.heard: list[Audio] = []
        self.effects: list[AnyEffect] = []
        self.request: HttpRequest | None = None
        self.script: RunScript | None = None
        self.agent: CheckPin | ChangeAgent | None = None
        self.secrets: dict[str, str] = {}
        self.recording: Record | None = None
        self.away: GoTo | PlaceCallback | None = None
        #: Where a caller waits whose callback is yet to be placed.
        self._waits: GoTo | PlaceCallback | None = None
        self.collect: Collect | None = None
        self.music = ""
        self.ended = ""
        self._collection: DigitCollection | None = None
        self._play: Play | None = None
        #: When what plays is over; 0: nothing plays.
        self._play_ends_us = 0
        self._wakes: list[Wake] = []
        self._typed = ""

    def start(self, call: Values, arguments: Values) -> None:
        """The caller comes into the flow."""
        self.run, effects = self._interpreter.start(
            "call-1", self._version, self._flow_id, call, self.at_us, arguments
        )
        self._apply(effects)

    @property
    def variables(self) -> Values:
        """Those of the flow in which the caller began or went on, as they were last."""
        frames = self.run.frames
        return frames[0].variables if frames else self.run.results or {}

    # -- what the caller does ------------------------------------------------------------------

    def press(self, key: str) -> None:
        """The caller presses a key."""
        collection, play = self._collection, self._play
        if collection is not None:
            collection.press(key, self.at_us)
            self._look_at_keys(collection)
            return
        if play is None or play.keep_keys:
            self._typed += key
        if play is not None and play.barge_in:
            self._play_over(play)

    def say(self, phrase: str) -> None:
        """The caller says something where it is listened to."""
        if self.collect is not None:
            ticket = self._collected()
            self.give(InputEnded(ticket, "value", spoken=phrase))

    def speak(self, seconds: float) -> None:
        """The caller speaks so long into the recording that runs."""
        if self.recording is not None:
            ticket, self.recording = self.recording.ticket, None
            self.at_us += int(seconds * SECOND_US)
            file = f"recording-{ticket}.wav" if seconds else ""
            self.give(Recorded(ticket, file, seconds))

    def hang_up(self) -> None:
        """The caller hangs up."""
        self.give(HungUp())
        self.ended = self.ended or "caller hung up"

    # -- what others do ------------------------------------------------------------------------

    def agent_answers(self) -> None:
        """An agent takes the call that waits."""
        if self.away is not None:
            self.give(AgentAnswered(self.away.ticket))

    def come_back(self, outcome: str) -> None:
        """The call comes back from where it was sent."""
        if self.away is not None:
            ticket = self.away.ticket
            self.away = self._waits if outcome != "placed" else None
            self._waits = None
            self.give(ReachEnded(ticket, outcome))

    def give(self, given: AnyInput) -> None:
        """Tell the flow something."""
        self._apply(self._interpreter.handle(self.run, given, self.at_us))

    # -- time ----------------------------------------------------------------------------------

    @property
    def due_us(self) -> int:
        """When something happens by itself; 0: nothing will."""
        due = [wake.at_us for wake in self._wakes]
        if self._play_ends_us:
            due.append(self._play_ends_us)
        if self._collection is not None and self._collection.due_us:
            due.append(self._collection.due_us)
        return min(due, default=0)

    def advance(self, to_us: int) -> None:
        """Let time pass to a moment at which something is due, or before that."""
        self.at_us = max(to_us, self.at_us)
        if self._play_ends_us and self._play_ends_us <= self.at_us:
            self._play_ends_us = 0
            if self._collection is not None:
                self._collection.prompts_over(self.at_us)
                self._look_at_keys(self._collection)
            elif self._play is not None:
                self._play_over(self._play)
        elif self._collection is not None and 0 < self._collection.due_us <= self.at_us:
            self._collection.pass_time(self.at_us)
            self._look_at_keys(self._collection)
        else:
            for wake in self._wakes:
                if wake.at_us <= self.at_us:
                    self._wakes.remove(wake)
                    self.give(TimePassed(wake.ticket))
                    return

    # -- effects -------------------------------------------------------------------------------

    def _apply(self, effects: list[AnyEffect]) -> None:
        self.effects += effects
        for effect in effects:
            if isinstance(effect, StepLeft):
                continue
            if isinstance(effect, Play):
                self._play = effect
                self._hear(effect.audio)
            elif isinstance(effect, Collect):
                self._listen(effect)
            elif isinstance(effect, StopPlay):
                self._stop()
            elif isinstance(effect, Wake):
                self._wakes.append(effect)
            elif isinstance(effect, (HangUp, FlowEnded)):
                self._stop()
                self.ended = "hung up" if isinstance(effect, HangUp) else effect.reason
            else:
                self._apply_other(effect)
        self._look_ahead()

    def _apply_other(self, effect: AnyEffect) -> None:
        if isinstance(effect, (GoTo, PlaceCallback)):
            is_beside = isinstance(effect, PlaceCallback) and effect.waits
            self._waits = self.away if is_beside else None
            self.away = effect
        elif isinstance(effect, LeaveQueue):
            self.away = None
        elif isinstance(effect, HttpRequest):
            self.request = effect
        elif isinstance(effect, RunScript):
            self.script = effect
        elif isinstance(effect, (CheckPin, ChangeAgent)):
            self.agent = effect
        elif isinstance(effect, Record):
            self.heard += effect.audio
            self.recording = effect
        elif isinstance(effect, Music):
            self.music = effect.music

    def _hear(self, audio: tuple[Audio, ...]) -> None:
        self.heard += audio
        self._play_ends_us = self.at_us + sum(map(audio_us, audio)) if audio else 0

    def _look_ahead(self) -> None:
        """A prompt that a key typed ahead has stopped before it began."""
        play = self._play
        if play is not None and play.barge_in and play.keep_keys and self._typed:
            self._play_over(play)

    def _listen(self, effect: Collect) -> None:
        rules = effect.rules
        self._play = None
        self._hear(effect.audio)
        typed, self._typed = (self._typed if effect.type_ahead else ""), ""
        self.collect = effect
        collection = DigitCollection(
            CollectKeys(
                "call-1",
                str(effect.ticket),
                _SOUND if effect.audio else (),
                effect.barge_in,
                rules.least,
                rules.most,
                rules.terminators,
                rules.first_digit_us,
                rules.inter_digit_us,
                rules.options,
                rules.ambiguity_us,
                effect.type_ahead,
                typed,
            )
        )
        self._collection = collection
        collection.start(self.at_us)
        self._look_at_keys(collection)

    def _look_at_keys(self, collection: DigitCollection) -> None:
        if not collection.plays:
            self._play_ends_us = 0
        effect = self.collect
        if not collection.outcome or effect is None:
            return
        result = collection.result(0)
        self._typed = result.typed_ahead
        ticket = self._collected()
        outcome = _OUTCOMES.get(result.outcome, "nomatch")
        if effect.sensitive and outcome == "value":
            self.give(self._secret(effect, result.digits))
        else:
            self.give(InputEnded(ticket, outcome, result.digits, result.terminator))  # type: ignore[arg-type]

    def _secret(self, effect: Collect, digits: str) -> InputEnded:
        """Digits as they are told where only the switch knows them."""
        if effect.check == "luhn" and not luhn(digits):
            return InputEnded(effect.ticket, "nomatch")
        handle = f"secret-{len(self.secrets) + 1}"
        self.secrets[handle] = digits
        shown = masked(digits, effect.shown_digits)
        return InputEnded(effect.ticket, "value", secret=handle, masked=shown)

    def _collected(self) -> int:
        ticket = self.collect.ticket if self.collect is not None else 0
        self._collection = self.collect = None
        self._play_ends_us = 0
        return ticket

    def _play_over(self, play: Play) -> None:
        self._play = None
        self._play_ends_us = 0
        self.give(PlayFinished(play.ticket))

    def _stop(self) -> None:
        self._play = self._collection = self.collect = None
        self._play_ends_us = 0

    def spoken(self) -> Iterator[str]:
        """What has been played, in words."""
        return (said(audio) for audio in self.heard)
