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


SpeechName = Annotated[
    str,
    Field(pattern=r"^([A-Za-z0-9_.][A-Za-z0-9_.-]*)?$", max_length=64),
    Expected("a name of letters, digits and _ . -"),
]


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
    speech_engine: SpeechName = ""
    """The switch's module that reads texts out, such as `flite` or `tts_commandline`; empty: texts
    are not read out."""
    speech_voice: SpeechName = ""
    """Its voice, where a prompt names none."""
    music: dict[str, Stream] = {}
    """Name of music to the local stream; a name that is not here is the stream's own."""
    prompts: dict[str, SoundPath] = {}
    """Name of a prompt to its file on the switch, absolute or within `folder`."""
    tenants: dict[Name, TenantSoundsSettings] = {}
    """Tenants with sounds of their own."""
