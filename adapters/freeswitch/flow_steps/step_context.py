"""What every step needs of the node: the wire, the sounds, the time, and where to report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from acdengine.events import AnyEvent
from acdengine.prompts import AnyPrompt, SoundPrompt
from acdengine.runtime.rate_limited_log import RateLimitedLog
from acdengine.speech_input import Recognised, SpeechInput
from adapters.freeswitch.legs.leg_table import CallerLeg, Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.media.prompt_playback import ZONE_S, needs_zone, parts_of
from adapters.freeswitch.media.sounds import Part
from adapters.freeswitch.media.tenant_sounds import TenantSounds
from adapters.freeswitch.protocol.channel_fields import HIDES_KEYS_VARIABLE
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.quoting import leg_uuid, setvar_value, variable_name
from adapters.freeswitch.recordings.recording_folder import Storage

_SECOND_US = 1_000_000
_log = structlog.get_logger("acdengine.freeswitch")


class PromptParts:
    """The parts of several prompts in one row, and where in it each prompt ends.

    Attributes:
        parts: all of them.
    """

    __slots__ = ("_heard", "_left_behind", "parts")

    def __init__(self, prompts: list[tuple[Part, ...]]) -> None:
        self.parts = tuple(part for prompt in prompts for part in prompt)
        #: Of each prompt, how many parts are behind its last one.
        self._left_behind = []
        left = len(self.parts)
        for prompt in prompts:
            left -= len(prompt)
            self._left_behind.append(left)
        self._heard = 0

    def heard(self, left: int) -> int:
        """How many prompts are over now that one part plays and ``left`` are to come; 0: none that
        was not told before."""
        heard = sum(behind > left for behind in self._left_behind)
        if heard <= self._heard:
            return 0
        self._heard = heard
        return heard


class KeepsSecrets(Protocol):
    """Where the digits of a sensitive collection are kept."""

    def keep(self, call_id: str, value: str) -> str:
        """Keep a value; returns the token that stands for it."""


class RecognisesUtterances(Protocol):
    """What understands recorded utterances."""

    def ask(
        self, call_id: str, speech: SpeechInput, path: str, then: Callable[[Recognised], None]
    ) -> None:
        """Have the file of an utterance recognised, and removed; ``then`` gets the answer."""

    def discard(self, path: str) -> None:
        """Remove the file of an utterance."""


class NoRecogniser:
    """Nothing is understood, where there is no daemon with settings; files stay."""

    def ask(
        self, call_id: str, speech: SpeechInput, path: str, then: Callable[[Recognised], None]
    ) -> None:
        """Answer that nothing is understood."""
        then(Recognised())

    def discard(self, path: str) -> None:
        """Leave the file where it is."""


@dataclass(frozen=True, slots=True)
class StepContext:
    """The parts of the node that steps use.

    Attributes:
        legs: the table.
        wire: to the switch.
        sounds: names of music and prompts.
        storage: where recordings go.
        secrets: where sensitive digits go.
        recogniser: what understands recorded utterances.
        report: takes the engine's events.
        monotonic_s: a clock that is never set.
        later: calls something after so many seconds.
        lines: what is said in the log of prompts.
    """

    legs: Legs
    wire: Wire
    sounds: TenantSounds
    storage: Storage
    secrets: KeepsSecrets
    recogniser: RecognisesUtterances
    report: Callable[[AnyEvent], None]
    monotonic_s: Callable[[], float]
    later: Callable[[float, Callable[[], object]], object]
    lines: RateLimitedLog = field(default_factory=RateLimitedLog)

    def now_us(self) -> int:
        """The time of the clock that is never set."""
        return int(self.monotonic_s() * _SECOND_US)

    def row(self, call_id: str, prompts: tuple[AnyPrompt, ...]) -> PromptParts:
        """What is played for prompts; the leg is told in which zone times are said."""
        if needs_zone(prompts):
            self.set_variables(call_id, {"timezone": str(ZONE_S)})
        parts = parts_of(prompts, self.sounds.of_call(call_id))
        for prompt, played in zip(prompts, parts, strict=True):
            if not played:
                # What is to be said may be a caller's; the name of a sound is the settings'.
                name = prompt.name if isinstance(prompt, SoundPrompt) else type(prompt).__name__
                event = "prompt cannot be played"
                self.lines.say(_log.warning, name, event, prompt=name, call_id=call_id)
        return PromptParts(parts)

    def set_variables(self, call_id: str, values: Mapping[str, str]) -> None:
        """Write variables of the leg; an empty value removes one.

        Raises:
            Unrepresentable: no variable can hold one of the values.
        """
        name = leg_uuid(call_id)
        for variable, value in values.items():
            said = f" {setvar_value(variable, value)}" if value else ""
            self.wire.tell(api("uuid_setvar", f"{name} {variable_name(variable)}{said}"))

    def hide_keys(self, leg: CallerLeg, *, hides: bool) -> None:
        """Have the switch tell of no key, or of each.

        Behind sensitive input they stay hidden until something else begins: a caller may type more
        than is asked for.
        """
        if leg.hides_keys != hides:
            leg.hides_keys = hides
            self.set_variables(leg.call_id, {HIDES_KEYS_VARIABLE: "true" if hides else ""})

    def is_on(self, leg: CallerLeg) -> bool:
        """Whether the leg is still there."""
        return self.legs.callers.get(leg.call_id) is leg
