"""Names of music and prompts, as the settings have them, to what FreeSWITCH plays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from adapters.freeswitch.protocol.quoting import bare_word, file_path

#: What begins the name of endless music for `playback`.
STREAM: Final = "local_stream://"
_MINUTE_S: Final = 60


class Part(msgspec.Struct, frozen=True):
    """One application on the caller's leg, and its argument as it is meant."""

    application: str
    argument: str


@dataclass(frozen=True, slots=True)
class Sounds:
    """Where the sounds are.

    Attributes:
        music: name to a local stream's name (mod_local_stream); a name that is not here is the
            stream's own.
        prompts: name to the absolute path of a sound file on the switch. ``position``,
            ``estimate`` and ``estimate_over`` are said before the number, ``position_after``,
            ``estimate_after`` and ``estimate_over_after`` behind it, where they are given.
        language: of the module that says numbers (`mod_say_en`: ``en``).
        folder: absolute path on the switch, of prompts that are not listed: each ``NAME.wav``;
            empty: there are no others.
        speech_engine: the switch's module that reads texts out (`flite`, `tts_commandline`); empty:
            texts are not read out.
        speech_voice: its voice, where a prompt names none.
        tenants: by tenant, where that has sounds of its own.
    """

    music: Mapping[str, str] = field(default_factory=dict)
    prompts: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    folder: str = ""
    tenants: Mapping[str, Sounds] = field(default_factory=dict)
    speech_engine: str = ""
    speech_voice: str = ""

    def of(self, tenant_id: str) -> Sounds:
        """What callers of a tenant hear."""
        return self.tenants.get(tenant_id, self)

    def stream(self, name: str) -> str:
        """What `playback` is given for music.

        Raises:
            Unrepresentable: no stream can be named so.
        """
        return STREAM + bare_word("music", self.music.get(name, name))

    def parts(self, prompt: str) -> tuple[Part, ...]:
        """What is played for a prompt, in order; nothing when no sound is known for it.

        Estimates are told in whole minutes, rounded up.

        Raises:
            Unrepresentable: a path is not one.
        """
        kind, colon, number = prompt.partition(":")
        if not colon:
            return self._listed(prompt) or self._in_folder(prompt)
        if not number.isascii() or not number.isdigit():
            return ()
        count = int(number) if kind == "position" else -(-int(number) // _MINUTE_S)
        language = bare_word("language", self.language)
        said = Part("say", f"{language} number pronounced {count}")
        return (*self._listed(kind), said, *self._listed(f"{kind}_after"))

    def _listed(self, name: str) -> tuple[Part, ...]:
        path = self.prompts.get(name)
        return () if path is None else (Part("playback", file_path("prompt", path)),)

    def _in_folder(self, name: str) -> tuple[Part, ...]:
        if not self.folder or not name:
            return ()
        return (Part("playback", file_path("prompt", f"{self.folder}/{name}.wav")),)
