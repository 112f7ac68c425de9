"""Sounds: what is played for the names of music and prompts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from acdengine.settings.model import Expected, SettingsModel
from acdengine.settings.values import Name

SoundPath = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_/. +-]*[A-Za-z0-9_/.+-]$", max_length=400),
    Expected("a path of letters, digits, spaces and _ / . + - on the switch"),
]
Folder = Annotated[
    str,
    Field(pattern=r"^(/[A-Za-z0-9_/. +-]*[A-Za-z0-9_/.+-])?$", max_length=400),
    Expected("an absolute path on the switch, such as /var/lib/acdengine/sounds"),
]
Language = Annotated[
    str,
    Field(pattern=r"^[a-z]{2,3}(-[a-z]{2,3})?$"),
    Expected("a language that the switch can say numbers in, such as en"),
]
Stream = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_/.][A-Za-z0-9_/.-]*$", max_length=200),
    Expected("the name of a local stream of the switch, such as moh"),
]


SpeechLanguage = Annotated[
    str,
    Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$"),
    Expected("a language such as en or de-AT"),
]
SpeechName = Annotated[
    str,
    Field(pattern=r"^([A-Za-z0-9_.][A-Za-z0-9_.-]*)?$", max_length=64),
    Expected("a name of letters, digits and _ . -"),
]


SpeechWord = Annotated[str, Field(min_length=1, max_length=400)]


class SpeechSettings(SettingsModel):
    """The command that reads texts out into files, prompts and texts in flows."""

    command: Annotated[list[SpeechWord], Field(min_length=1, max_length=50)] = [
        *("espeak-ng", "-v", "{voice}", "-s", "150", "-w", "{file}", "--stdin")
    ]
    """Program and arguments, without a shell. `{file}` is the WAV file to write, of 16 bits; the
    voice is `{voice}`, the language `{language}`, and the text comes on standard input."""
    voices: dict[SpeechLanguage, SpeechName] = {}
    """Language to its voice, as the command names it; the language itself, where none is given."""
    cache: Folder = ""
    """Folder of the files made of texts in flows, here and on the switch, which plays them. Empty:
    such texts are read out by `speech_engine`, if at all."""
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 20
    """Seconds that the command may take; the text is left out of the call then."""


class TenantSoundsSettings(SettingsModel):
    """Sounds of one tenant, in place of those for all."""

    folder: Folder | None = None
    """Folder of its prompts on the switch."""
    language: Language | None = None
    """Language of numbers that are said."""
    music: dict[str, Stream] = {}
    """Name of music to the local stream."""
    prompts: dict[str, SoundPath] = {}
    """Name of a prompt to its file."""


class SoundsSettings(SettingsModel):
    """What is played for the names of music and prompts.

    The names `position`, `estimate` and `estimate_over` are said before a number, `position_after`
    and so on behind it, where they stand under `prompts`.
    """

    folder: Folder = ""
    """Folder of prompts on the switch: a prompt that is not listed is NAME.wav in it; empty: such a
    prompt is left out."""
    language: Language = "en"
    """Language of numbers that are said (`mod_say_en` for `en`)."""
    speech: SpeechSettings = SpeechSettings()
    """Texts read out by a command."""
    speech_engine: SpeechName = ""
    """The switch's own module that reads texts out in place of the command, such as `flite` or
    `tts_commandline`; empty: none."""
    speech_voice: SpeechName = ""
    """Its voice, where a prompt names none."""
    music: dict[str, Stream] = {}
    """Name of music to the local stream; a name that is not here is the stream's own."""
    prompts: dict[str, SoundPath] = {}
    """Name of a prompt to its file on the switch, absolute or within `folder`."""
    tenants: dict[Name, TenantSoundsSettings] = {}
    """Tenants with sounds of their own."""
