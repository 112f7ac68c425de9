"""Prompts as AGI commands: files, and values that Asterisk says in the channel's language.

The place in line and the estimate are said with the sounds of Asterisk's own queues
(``say_position`` of ``app_queue.c``). Source of the commands: ``res_agi.c``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final, NamedTuple

from acdengine.prompts import AnyPrompt, SayPrompt, SilencePrompt, SoundPrompt, SpeechPrompt
from adapters.fastagi.connection import AgiConnection
from adapters.fastagi.quoting import Unrepresentable, command

_MINUTE_S: Final = 60
_MS_US: Final = 1_000
_GENDERS: Final = {"masculine": "m", "feminine": "f", "neuter": "n"}
#: ``ast_say_date_with_format``.
_FORMATS: Final = {"date": "ABdY", "time": "IMp", "datetime": "ABdY IMp"}

#: A command, once the keys that stop it are known.
Line = Callable[[str], str]


class Played(NamedTuple):
    """How prompts ended: by a key, by another command (`is_cancelled`), or at their end."""

    key: str = ""
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class SoundFiles:
    """Where prompts are.

    Attributes:
        folder: below Asterisk's folder of sounds, where the prompts of the settings are; empty:
            that folder itself.
        music: name of music to the class of ``musiconhold.conf``; one that is not here is the
            class's own name.
    """

    folder: str = ""
    music: Mapping[str, str] = field(default_factory=dict)

    def file(self, name: str) -> str:
        """The file of a prompt, without the ending of its format."""
        return f"{self.folder}/{name}" if self.folder else name

    def class_of(self, music: str) -> str:
        """The class of music on hold."""
        return self.music.get(music, music)


def lines_of(prompt: AnyPrompt | str, sounds: SoundFiles) -> Sequence[Line]:
    """The commands of a prompt, in order; none for one that cannot be played."""
    if isinstance(prompt, str):
        return _named(prompt, sounds)
    if isinstance(prompt, SoundPrompt):
        return _named(prompt.name, sounds)
    if isinstance(prompt, SilencePrompt):
        return (_silence(prompt.us),)
    if isinstance(prompt, SpeechPrompt):
        return (_file(prompt.file.removesuffix(".wav")),) if prompt.file else ()
    return _said(prompt)


def _named(name: str, sounds: SoundFiles) -> Sequence[Line]:
    kind, colon, number = name.partition(":")
    if not colon:
        return (_file(sounds.file(name)),) if name else ()
    if not (number.isascii() and number.isdigit()):
        return ()
    if kind == "position":
        if int(number) <= 1:
            return (_file("queue-youarenext"),)
        return (_file("queue-thereare"), _number(number), _file("queue-callswaiting"))
    minutes = max(-(-int(number) // _MINUTE_S), 1)
    unit = "queue-minute" if minutes == 1 else "queue-minutes"
    return (_file("queue-holdtime"), _number(str(minutes)), _file(unit))


def _said(prompt: SayPrompt) -> Sequence[Line]:
    kind, value = prompt.kind, prompt.value
    if kind == "number":
        return _any_number(value, _GENDERS.get(prompt.gender, ""))
    if kind in _FORMATS:
        return (_moment(kind, value),)
    if kind == "duration":
        seconds = int(value)
        parts = ((seconds // _MINUTE_S, "minutes"), (seconds % _MINUTE_S, "seconds"))
        said = [
            (number, unit)
            for number, unit in parts
            if number or (unit == "seconds" and not seconds)
        ]
        return [line for number, unit in said for line in (_number(str(number)), _file(unit))]
    if kind in ("digits", "telephone", "spelled"):
        text = value.removeprefix("+") if kind == "telephone" else value
        return (lambda keys: command("SAY ALPHA", text, keys),)
    return ()


def _any_number(value: str, gender: str) -> Sequence[Line]:
    minus, whole_and_rest = value.startswith("-"), value.removeprefix("-")
    whole, point, decimals = whole_and_rest.partition(".")
    lines = [_file("digits/minus")] if minus else []
    lines.append(_number(whole, gender))
    if point:
        lines += [_file("letters/dot"), lambda keys: command("SAY DIGITS", decimals, keys)]
    return lines


def _file(name: str) -> Line:
    return lambda keys: command("STREAM FILE", name, keys)


def _number(value: str, gender: str = "") -> Line:
    more = (gender,) if gender else ()
    return lambda keys: command("SAY NUMBER", value, keys, *more)


def _silence(us: int) -> Line:
    return lambda _: command("WAIT FOR DIGIT", max(us // _MS_US, 1))


def _moment(kind: str, value: str) -> Line:
    if kind == "date":
        moment = datetime.combine(date.fromisoformat(value), time(12))
    elif kind == "time":
        moment = datetime.combine(date(2000, 1, 1), time.fromisoformat(value))
    else:
        moment = datetime.fromisoformat(value)
    epoch_s = int(moment.replace(tzinfo=UTC).timestamp())
    return lambda keys: command("SAY DATETIME", epoch_s, keys, _FORMATS[kind], "UTC")


async def play(
    connection: AgiConnection, prompt: AnyPrompt | str, sounds: SoundFiles, keys: str = ""
) -> Played:
    """Play a prompt until its end, one of ``keys``, or `AgiConnection.interrupt`.

    Raises:
        ChannelGone: the connection ends meanwhile.
    """
    try:
        lines = [line(keys) for line in lines_of(prompt, sounds)]
    except (Unrepresentable, ValueError):
        return Played()
    for line in lines:
        reply = await connection.play(line)
        if reply is None:
            return Played(is_cancelled=True)
        if reply.key and reply.key in keys:
            return Played(reply.key)
    return Played(is_cancelled=connection.is_hung_up)
