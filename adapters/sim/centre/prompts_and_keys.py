"""What callers of the simulated switch hear and press: prompts, music, keys, recordings.

The collection of keys is the one that every adapter runs (`acdengine.digit_collection`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from acdengine.commands import (
    AnyCommand,
    Collect,
    PlayMusic,
    PlayPrompt,
    PlayPrompts,
    ReadVariable,
    RecordCaller,
    SetVariable,
    StopCollect,
    StopPrompt,
    StopRecord,
)
from acdengine.digit_collection import DigitCollection, masked
from acdengine.events import (
    AnyEvent,
    CallerHungUp,
    CallerRecorded,
    DigitPressed,
    DigitsCollected,
    PromptFinished,
    PromptHeard,
    PromptsFinished,
    RecordEnd,
    VariableRead,
)
from acdengine.prompts import AnyPrompt, SilencePrompt
from acdengine.speech_input import Recognised
from adapters.sim.centre.diverted_calls import Diversions
from adapters.sim.centre.event_schedule import Action, EventSchedule
from adapters.sim.centre.exchange_interfaces import Callers
from adapters.sim.centre.legs import CallerLeg
from adapters.sim.scenarios.switch_latencies import Latencies

#: Names of variables that may be read and written begin so, as with FreeSWITCH when nothing else is
#: said there.
_ALLOWED = "flow_"
#: How long callers speak, with the recogniser's time, and how soon they try who were not heard.
_UTTERANCE_US = 1_500_000
_PAUSE_US = 500_000


class _Row:
    """A row of prompts, and how many of them were heard."""

    __slots__ = ("command", "heard")

    def __init__(self, command: PlayPrompts) -> None:
        self.command = command
        self.heard = 0


class _Keys:
    """A collection of keys."""

    __slots__ = ("collection", "command")

    def __init__(self, command: Collect) -> None:
        self.command = command
        self.collection = DigitCollection(command)


class _Recording:
    """A recording of the caller."""

    __slots__ = ("began_us", "command")

    def __init__(self, command: RecordCaller, began_us: int) -> None:
        self.command = command
        self.began_us = began_us


class CallerInputs:
    """Steps on callers' legs.

    Args:
        agenda: the time.
        report: takes each event at the moment it happens.
        caller_legs: by call.
        latencies: how long prompts and what callers say are.
        stream: for these latencies.
        diversions: what a caller may be busy with besides.
    """

    def __init__(
        self,
        agenda: EventSchedule,
        report: Callable[[AnyEvent], None],
        caller_legs: Mapping[str, CallerLeg],
        latencies: Latencies,
        stream: Random,
        diversions: Diversions,
    ) -> None:
        self._agenda = agenda
        self._report = report
        self._caller_legs = caller_legs
        self._diversions = diversions
        self._draw_prompt = latencies.prompt.sampler(stream)
        self._draw_speech = latencies.message.sampler(stream)
        self.callers: Callers | None = None
        #: What sensitive tokens stand for.
        self.secrets: dict[str, str] = {}

    def orders(self) -> dict[type[AnyCommand], Action]:
        """The commands that are carried out here."""
        return {
            PlayMusic: self._play_music,
            PlayPrompt: self._play_prompt,
            StopPrompt: self._stop_prompt,
            PlayPrompts: self._play_row,
            Collect: self._collect,
            StopCollect: self._stop_collect,
            RecordCaller: self._record,
            StopRecord: self._stop_record,
            SetVariable: self._set_variable,
            ReadVariable: self._read_variable,
        }

    def _leg(self, call_id: str) -> CallerLeg | None:
        leg = self._caller_legs.get(call_id)
        if leg is None:
            self._report(CallerHungUp(self._agenda.now_us, call_id, "no_such_leg"))
        return leg

    # -- music, and single prompts -------------------------------------------------------------

    def _play_music(self, command: PlayMusic) -> None:
        leg = self._caller_legs.get(command.call_id)
        if leg is not None:
            self.cancel(leg)
            if leg.occupied:
                self._diversions.interrupt(leg)

    def _play_prompt(self, command: PlayPrompt) -> None:
        leg = self._leg(command.call_id)
        if leg is None:
            return
        self._interrupt(leg)
        what = (leg, leg.begun, command.prompt_id)
        self._agenda.after(self._draw_prompt(), self._prompt_over, what)

    def _prompt_over(self, what: tuple[CallerLeg, int, str]) -> None:
        leg, begun, prompt_id = what
        if leg.up and leg.begun == begun:
            self._report(PromptFinished(self._agenda.now_us, leg.call_id, prompt_id))

    def _stop_prompt(self, command: StopPrompt) -> None:
        leg = self._caller_legs.get(command.call_id)
        if leg is not None:
            self._interrupt(leg)

    def _interrupt(self, leg: CallerLeg) -> None:
        self.cancel(leg)
        self._diversions.interrupt(leg)

    def _length_us(self, prompts: tuple[AnyPrompt, ...]) -> int:
        return sum(
            one.us if isinstance(one, SilencePrompt) else self._draw_prompt() for one in prompts
        )

    # -- steps ---------------------------------------------------------------------------------

    def cancel(self, leg: CallerLeg) -> None:
        """Something else begins on the leg: its step, if any, is over, and keys are told again."""
        leg.hides_keys = False
        step, leg.step = leg.step, None
        if isinstance(step, _Row):
            self._row_over(leg, step, "", is_cancelled=True)
        elif isinstance(step, _Keys):
            step.collection.cancel()
            self._collected(leg, step)
        elif isinstance(step, _Recording):
            self._recorded(leg, step, "cancelled")

    def leg_down(self, leg: CallerLeg) -> None:
        """The caller has hung up: of what was said there is a file."""
        step, leg.step = leg.step, None
        if isinstance(step, _Recording) and step.began_us < self._agenda.now_us:
            self._recorded(leg, step, "hangup")

    def _begin(self, leg: CallerLeg, step: _Row | _Keys | _Recording) -> None:
        self._interrupt(leg)
        command = step.command
        leg.hides_keys = (isinstance(command, Collect) and command.is_sensitive) or (
            isinstance(command, PlayPrompts) and command.hides_keys
        )
        leg.step = step

    def press(self, leg: CallerLeg, key: str) -> None:
        """The caller presses a key."""
        now, step = self._agenda.now_us, leg.step
        if leg.hides_keys and not isinstance(step, _Keys):
            return
        number = leg.keys.press(key)
        if isinstance(step, _Keys):
            step.collection.press(key, now)
            self._settle(leg, step)
        elif isinstance(step, _Row | _Recording) and key in step.command.end_keys:
            if isinstance(step, _Row):
                leg.step = None
                self._row_over(leg, step, key)
            elif step.began_us <= now:
                leg.step = None
                self._recorded(leg, step, "key", key)
        else:
            self._report(DigitPressed(now, leg.call_id, key, number))

    def say(self, leg: CallerLeg, words: str, confidence: int) -> None:
        """The caller says something: it counts where a question listens. Where it will listen only
        after its prompts, the caller waits for that."""
        step = leg.step
        if not isinstance(step, _Keys) or not step.collection.is_listening:
            return
        speech, command = step.command.speech, step.command
        if step.collection.plays and not (
            command.barge_in and speech is not None and speech.module
        ):
            self._agenda.after(_PAUSE_US, self._say_later, (leg, step, words, confidence))
            return
        step.collection.speech_began(self._agenda.now_us)
        self._settle(leg, step)
        heard = Recognised(words, confidence)
        self._agenda.after(_UTTERANCE_US, self._understood, (leg, step, heard))

    def _say_later(self, what: tuple[CallerLeg, _Keys, str, int]) -> None:
        leg, step, words, confidence = what
        if leg.up and leg.step is step:
            self.say(leg, words, confidence)

    def _understood(self, what: tuple[CallerLeg, _Keys, Recognised]) -> None:
        leg, step, heard = what
        if leg.up and leg.step is step:
            step.collection.understood(heard)
            self._settle(leg, step)

    def _play_row(self, command: PlayPrompts) -> None:
        leg = self._leg(command.call_id)
        if leg is None:
            return
        if isinstance(leg.step, _Row) and leg.step.command.prompt_id == command.prompt_id:
            return
        step = _Row(command)
        self._begin(leg, step)
        self._play_next(leg, step)

    def _play_next(self, leg: CallerLeg, step: _Row) -> None:
        length_us = self._length_us(step.command.prompts[step.heard : step.heard + 1])
        self._agenda.after(length_us, self._heard, (leg, step))

    def _heard(self, what: tuple[CallerLeg, _Row]) -> None:
        leg, step = what
        if not leg.up or leg.step is not step:
            return
        step.heard += 1
        if step.heard < len(step.command.prompts):
            now, prompt_id = self._agenda.now_us, step.command.prompt_id
            self._report(PromptHeard(now, leg.call_id, prompt_id, step.heard))
            self._play_next(leg, step)
        else:
            leg.step = None
            self._row_over(leg, step, "")

    def _row_over(
        self, leg: CallerLeg, step: _Row, key: str, *, is_cancelled: bool = False
    ) -> None:
        now, prompt_id = self._agenda.now_us, step.command.prompt_id
        self._report(PromptsFinished(now, leg.call_id, prompt_id, key, is_cancelled))

    # -- keys ----------------------------------------------------------------------------------

    def _collect(self, command: Collect) -> None:
        leg = self._leg(command.call_id)
        if leg is None:
            return
        if isinstance(leg.step, _Keys) and leg.step.command.collect_id == command.collect_id:
            return
        step = _Keys(command)
        self._begin(leg, step)
        step.collection.start(self._agenda.now_us, leg.keys.after(command.heard))
        if step.collection.plays:
            length_us = self._length_us(command.prompts)
            self._agenda.after(length_us, self._question_asked, (leg, step))
        self._settle(leg, step)
        if self.callers is not None and leg.step is step:
            self.callers.asked(leg, command)

    def _question_asked(self, what: tuple[CallerLeg, _Keys]) -> None:
        leg, step = what
        if leg.up and leg.step is step:
            step.collection.prompts_over(self._agenda.now_us)
            self._settle(leg, step)

    def _settle(self, leg: CallerLeg, step: _Keys) -> None:
        collection = step.collection
        if collection.outcome:
            leg.step = None
            self._collected(leg, step)
        elif collection.due_us:
            self._agenda.at(collection.due_us, self._time_is_up, (leg, step, collection.due_us))

    def _time_is_up(self, what: tuple[CallerLeg, _Keys, int]) -> None:
        leg, step, due_us = what
        if leg.up and leg.step is step and step.collection.due_us == due_us:
            step.collection.pass_time(due_us)
            self._settle(leg, step)

    def _collected(self, leg: CallerLeg, step: _Keys) -> None:
        command, result = step.command, step.collection.result(leg.keys.count)
        token, digits, ahead = "", result.digits, result.typed_ahead
        if command.is_sensitive:
            is_value, ahead = result.outcome == "value", ""
            if is_value:
                token = f"{leg.call_id}:{command.collect_id}"
                self.secrets[token] = digits
            digits = masked(digits, command.shown_digits) if is_value else ""
        self._report(
            DigitsCollected(
                self._agenda.now_us, leg.call_id, command.collect_id, result.outcome, digits,
                result.terminator, ahead, result.heard, token, result.spoken,
            )
        )  # fmt: skip

    def _stop_collect(self, command: StopCollect) -> None:
        leg = self._leg(command.call_id)
        if leg is None or not isinstance(leg.step, _Keys):
            return
        if leg.step.command.collect_id == command.collect_id:
            self.cancel(leg)

    # -- recordings of the caller --------------------------------------------------------------

    def _record(self, command: RecordCaller) -> None:
        leg = self._leg(command.call_id)
        if leg is None:
            return
        if isinstance(leg.step, _Recording) and leg.step.command.record_id == command.record_id:
            return
        began_us = self._agenda.now_us + self._length_us(command.prompts)
        step = _Recording(command, began_us)
        self._begin(leg, step)
        said_us = self._draw_speech() + command.silence_us
        length_us = min(said_us, command.max_us) if command.silence_us else command.max_us
        ended_by: RecordEnd = "limit" if length_us == command.max_us else "silence"
        self._agenda.at(began_us + length_us, self._said, (leg, step, ended_by))

    def _said(self, what: tuple[CallerLeg, _Recording, RecordEnd]) -> None:
        leg, step, ended_by = what
        if leg.up and leg.step is step:
            leg.step = None
            self._recorded(leg, step, ended_by)

    def _recorded(
        self, leg: CallerLeg, step: _Recording, ended_by: RecordEnd, key: str = ""
    ) -> None:
        now, command = self._agenda.now_us, step.command
        length_us = max(now - step.began_us, 0)
        file = command.file if length_us else ""
        self._report(
            CallerRecorded(now, leg.call_id, command.record_id, file, length_us, ended_by, key)
        )

    def _stop_record(self, command: StopRecord) -> None:
        leg = self._leg(command.call_id)
        if leg is None or not isinstance(leg.step, _Recording):
            return
        if leg.step.command.record_id == command.record_id:
            self.cancel(leg)

    # -- variables -----------------------------------------------------------------------------

    def _set_variable(self, command: SetVariable) -> None:
        leg = self._leg(command.call_id)
        if leg is None:
            return
        if command.name.startswith(_ALLOWED):
            leg.variables.pop(command.name, None)
            if command.value:
                leg.variables[command.name] = command.value
        self._tell_variable(leg, command)

    def _read_variable(self, command: ReadVariable) -> None:
        leg = self._leg(command.call_id)
        if leg is not None:
            self._tell_variable(leg, command)

    def _tell_variable(self, leg: CallerLeg, command: SetVariable | ReadVariable) -> None:
        value = leg.variables.get(command.name) if command.name.startswith(_ALLOWED) else None
        self._report(VariableRead(self._agenda.now_us, leg.call_id, command.read_id, value))
