"""Typed prompts to what FreeSWITCH plays: `playback`, `say` and `speak`.

Times are said as seconds since 1970 in the zone of the leg's variable `timezone`, which mod_say_en
and its like take for an offset in seconds where it is a number. They are given here as they are to
be said, so that the offset is always `ZONE_S`; 0 would be no number to them.

Source: `en_say_time`, `en_say_general_count` and `say_spell` of mod_say_en.c, `say_function` and
`speak_function` of mod_dptools.c.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Final

from acdengine.prompts import AnyPrompt, SayPrompt, SilencePrompt, SoundPrompt, SpeechPrompt
from adapters.freeswitch.media.sounds import Part, Sounds
from adapters.freeswitch.protocol.channel_fields import SILENCE
from adapters.freeswitch.protocol.errors import Unrepresentable
from adapters.freeswitch.protocol.quoting import api_word, bare_word, display_text, file_path

#: The offset that the leg's `timezone` names.
ZONE_S: Final = 1
#: A text to be read out is cut off here.
_TEXT_CHARS: Final = 4_000
_MINUTE_S: Final = 60
_HOUR_S: Final = 3_600
#: What mod_say plays between the whole part and the decimals, and before a number below 0.
_POINT: Final = Part("playback", "digits/dot.wav")
_MINUS: Final = Part("playback", "currency/negative.wav")
_TIMES: Final = {
    "date": "current_date", "time": "current_time", "datetime": "current_date_time",
}  # fmt: skip


def parts_of(prompts: Sequence[AnyPrompt], sounds: Sounds) -> list[tuple[Part, ...]]:
    """What is played for each prompt, in order: nothing for one that cannot be played."""
    return [_parts(prompt, sounds) for prompt in prompts]


def needs_zone(prompts: Sequence[AnyPrompt]) -> bool:
    """Whether the leg's `timezone` has to be `ZONE_S`."""
    return any(isinstance(one, SayPrompt) and one.kind in _TIMES for one in prompts)


def _parts(prompt: AnyPrompt, sounds: Sounds) -> tuple[Part, ...]:
    try:
        if isinstance(prompt, SoundPrompt):
            return sounds.parts(prompt.name)
        if isinstance(prompt, SilencePrompt):
            return (Part("playback", f"{SILENCE}{max(prompt.us // 1000, 1)}"),)
        if isinstance(prompt, SpeechPrompt):
            return _speech(prompt, sounds)
        return _said(prompt, sounds)
    except (Unrepresentable, ValueError):
        return ()


def _speech(prompt: SpeechPrompt, sounds: Sounds) -> tuple[Part, ...]:
    """`speak` hangs the leg up where no engine is named."""
    if prompt.file:
        return (Part("playback", file_path("speech", prompt.file)),)
    if not sounds.speech_engine:
        return ()
    engine = bare_word("speech engine", sounds.speech_engine)
    voice = bare_word("voice", prompt.voice or sounds.speech_voice or "default")
    text = display_text(prompt.text, _TEXT_CHARS).replace("|", " ")
    return (Part("speak", f"{engine}|{voice}|{text}"),)


def _said(prompt: SayPrompt, sounds: Sounds) -> tuple[Part, ...]:
    kind, value = prompt.kind, prompt.value
    if kind == "number":
        return _number(prompt, sounds)
    if kind == "ordinal":
        return (_say(prompt, sounds, "number counted", value),)
    if kind == "digits" and value.isdigit():
        return (_say(prompt, sounds, "number iterated", value),)
    if kind in ("digits", "spelled"):
        return (_say(prompt, sounds, "name_spelled pronounced", value),)
    if kind in _TIMES:
        return (_say(prompt, sounds, f"{_TIMES[kind]} pronounced", str(_epoch_s(kind, value))),)
    if kind == "duration":
        seconds = int(value)
        clock = f"{seconds // _HOUR_S}:{seconds // _MINUTE_S % 60}:{seconds % _MINUTE_S}"
        return (_say(prompt, sounds, "time_measurement pronounced", clock),)
    if kind == "money":
        return (_say(prompt, sounds, "currency pronounced", value),)
    digits = "".join(key for key in value if key.isdigit())
    return (_say(prompt, sounds, "telephone_number iterated", digits),)


def _number(prompt: SayPrompt, sounds: Sounds) -> tuple[Part, ...]:
    minus, value = prompt.value.startswith("-"), prompt.value.removeprefix("-")
    whole, point, decimals = value.partition(".")
    before = (_MINUS,) if minus else ()
    said = _say(prompt, sounds, "number pronounced", whole)
    if not point:
        return (*before, said)
    return (*before, said, _POINT, _say(prompt, sounds, "number iterated", decimals))


def _say(prompt: SayPrompt, sounds: Sounds, how: str, value: str) -> Part:
    language = bare_word("language", (prompt.language or sounds.language).partition("-")[0])
    gender = f" {prompt.gender}" if prompt.gender else ""
    return Part("say", f"{language} {how}{gender} {api_word('value', value)}")


def _epoch_s(kind: str, value: str) -> int:
    if kind == "date":
        moment = datetime.combine(date.fromisoformat(value), time(12))
    elif kind == "time":
        moment = datetime.combine(date(2000, 1, 1), time.fromisoformat(value))
    else:
        moment = datetime.fromisoformat(value)
    return int(moment.replace(tzinfo=UTC).timestamp()) - ZONE_S
