"""What a caller hears, typed: sounds, values that are said, synthesised speech and silence.

A value that is said keeps its type, so that each switch says it by its own rules of language and
gender. `problem_of` tells what is wrong with a prompt before any switch sees it.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Final, Literal, TypeAlias

from msgspec import Struct

SayKind = Literal[
    "number", "ordinal", "digits", "date", "time", "datetime", "duration", "money", "telephone",
    "spelled",
]  # fmt: skip
Gender = Literal["", "masculine", "feminine", "neuter"]

#: Characters that a text to speech may have, and a value that is spelled.
_TEXT_CHARS: Final = 4_000
_SPELLED_CHARS: Final = 64
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


class Prompt(Struct, frozen=True, gc=False, tag=True):
    """Something to be heard."""


class SoundPrompt(Prompt, frozen=True, gc=False, tag=True):
    """A recorded prompt, by its name in the settings."""

    name: str


class SayPrompt(Prompt, frozen=True, gc=False, tag=True):
    """A value to be said.

    ``value`` by ``kind``: number ``-12.5``; ordinal ``3``; digits ``0*12#``, key by key; date
    ``2026-12-01``; time ``17:05`` or ``17:05:00``; datetime ``2026-12-01T17:05:00``, already in
    the caller's zone; duration in whole seconds ``90``; money ``12.50``, of ``currency``;
    telephone ``+4930123``; spelled ``AB1``.
    ``language`` as in ``en`` or ``de-AT``, empty for the tenant's own.
    ``currency``: the code of ISO 4217.
    """

    kind: SayKind
    value: str
    language: str = ""
    gender: Gender = ""
    currency: str = ""


class SpeechPrompt(Prompt, frozen=True, gc=False, tag=True):
    """A text that is read out: by the switch's speech engine, or as ``file``, the absolute path of
    a sound file that was made of it."""

    text: str
    language: str = ""
    voice: str = ""
    file: str = ""


class SilencePrompt(Prompt, frozen=True, gc=False, tag=True):
    """Silence, so long."""

    us: int


AnyPrompt: TypeAlias = SoundPrompt | SayPrompt | SpeechPrompt | SilencePrompt

_FORMS: Final[dict[str, tuple[re.Pattern[str], str]]] = {
    "number": (re.compile(r"-?\d{1,15}(\.\d{1,6})?"), "a number"),
    "ordinal": (re.compile(r"\d{1,15}"), "a whole number"),
    "digits": (re.compile(r"[0-9*#]{1,64}"), "keys"),
    "duration": (re.compile(r"\d{1,9}"), "whole seconds"),
    "money": (re.compile(r"-?\d{1,12}(\.\d{1,2})?"), "an amount"),
    "telephone": (re.compile(r"\+?[0-9*#]{1,32}"), "a telephone number"),
}


def problem_of(prompt: AnyPrompt) -> str:
    """What is wrong with a prompt; empty where it can be said."""
    if isinstance(prompt, SoundPrompt):
        return "" if prompt.name else "a sound without a name"
    if isinstance(prompt, SilencePrompt):
        return "" if prompt.us > 0 else f"silence of {prompt.us} us, expected more than 0"
    if prompt.language and not _LANGUAGE.fullmatch(prompt.language):
        return f"language {prompt.language!r}, expected one such as en or de-AT"
    if isinstance(prompt, SpeechPrompt):
        if not prompt.text.strip():
            return "a text to speech that is empty"
        too_long = len(prompt.text) > _TEXT_CHARS
        return f"a text of more than {_TEXT_CHARS} characters" if too_long else ""
    return _problem_of_value(prompt)


def _problem_of_value(prompt: SayPrompt) -> str:
    kind, value = prompt.kind, prompt.value
    if kind in ("date", "time", "datetime"):
        return _problem_of_moment(kind, value)
    if kind == "spelled":
        is_fit = 0 < len(value) <= _SPELLED_CHARS and value.isprintable()
        return "" if is_fit else f"a value to spell has 1 to {_SPELLED_CHARS} characters"
    form, expected = _FORMS[kind]
    if not value.isascii() or not form.fullmatch(value):
        return f"{kind} of {value[:40]!r}, expected {expected}"
    if kind == "money" and not _CURRENCY.fullmatch(prompt.currency):
        return f"currency {prompt.currency[:8]!r}, expected a code such as EUR"
    return ""


def _problem_of_moment(kind: SayKind, value: str) -> str:
    try:
        if kind == "date":
            date.fromisoformat(value)
        elif kind == "time":
            time.fromisoformat(value)
        else:
            datetime.fromisoformat(value)
    except ValueError:
        return f"{kind} of {value[:40]!r}, expected ISO 8601"
    return ""
