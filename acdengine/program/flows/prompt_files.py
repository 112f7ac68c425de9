"""Prompts of flows as files: which there are, which are missing, and those made of texts.

In a folder of sounds the prompt NAME of a language is `LANGUAGE/NAME.wav`. At a further rate it is
`LANGUAGE/RATE/NAME.wav`, which FreeSWITCH takes for a leg of that rate by itself
(`sndfile_file_open` of mod_sndfile.c).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from acdengine.ivr.spoken import prompts_named_by
from acdengine.settings.flows.library import PROMPTS_FOLDER, FlowLibrary
from acdengine.speech.audio import NotSound, read_sound
from acdengine.speech.speech_cache import SpeechCache

#: Which files of a folder were made here, with the hash of what was written.
_MADE: Final = ".made-by-acdengine.json"
_ENDS_S: Final = 0.05
#: Names that are files below the folder of their language.
_NAME: Final = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9_ +-]*(/[A-Za-z0-9_+-][A-Za-z0-9_ +-]*)*")


@dataclass(frozen=True, slots=True)
class PromptFile:
    """One prompt in one language.

    Attributes:
        text: its words; empty: there are none.
        recording: the file beside the flows that takes their place, if any.
        flows: which name it; none: it is not used.
    """

    language: str
    name: str
    text: str
    recording: Path | None
    flows: tuple[str, ...]

    @property
    def is_there(self) -> bool:
        """Whether a sound can be had of it."""
        return bool(self.text) or self.recording is not None


def prompts_of(library: FlowLibrary) -> list[PromptFile]:
    """All prompts of some flows: those that are there, and those that a flow needs."""
    used: dict[tuple[str, str], dict[str, None]] = {}
    for flow, definition in library.definitions.items():
        for name in dict.fromkeys(prompts_named_by(definition)):
            for language in definition.languages:
                used.setdefault((language, name), {})[flow] = None
    known = {(language, name) for language, texts in library.prompts.items() for name in texts}
    folders = dict.fromkeys(path.parent / PROMPTS_FOLDER for path in library.paths.values())
    return [
        PromptFile(
            language,
            name,
            library.prompts.get(language, {}).get(name, ""),
            _recording(folders, language, name),
            tuple(used.get((language, name), ())),
        )
        for language, name in sorted(known | set(used))
    ]


def _recording(folders: Iterable[Path], language: str, name: str) -> Path | None:
    files = (folder / language / f"{name}.wav" for folder in folders)
    return next((file for file in files if file.is_file()), None)


def path_in(folder: Path, prompt: PromptFile, rate: int, first: int) -> Path:
    """Where a prompt is in a folder of sounds."""
    name = f"{prompt.name}.wav"
    language = folder / prompt.language
    return language / name if rate == first else language / str(rate) / name


class PromptMaker:
    """Fills a folder of sounds.

    Args:
        folder: the one that the switch plays from.
        cache: what texts are made with.
        rates: samples a second; the first is that of the files without a rate in their path.
    """

    def __init__(self, folder: Path, cache: SpeechCache, rates: Sequence[int]) -> None:
        self._folder = folder
        self._cache = cache
        self._rates = rates
        self._made: dict[str, str] = {}

    def make(self, prompts: Sequence[PromptFile], tell: Callable[[str], None]) -> int:
        """Write every prompt that is there; files that were put there by hand are kept.

        Args:
            tell: gets a line for each file that is written or kept.

        Returns:
            How many files were written.

        Raises:
            SpeechFailed: a text cannot be read out.
            NotSound: a recording cannot be read.
            OSError: a file cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._made = self._read_made()
        written = 0
        try:
            for prompt in prompts:
                if prompt.is_there:
                    written += sum(self._write(prompt, rate, tell) for rate in self._rates)
        finally:
            text = json.dumps(self._made, indent=1, sort_keys=True) + "\n"
            (self._folder / _MADE).write_text(text, encoding="utf-8")
        return written

    def _write(self, prompt: PromptFile, rate: int, tell: Callable[[str], None]) -> bool:
        if not _NAME.fullmatch(prompt.name):
            raise NotSound(
                f"'{prompt.name}' cannot be the name of a sound file, expected letters,"
                " digits, spaces and _ + -"
            )
        path = path_in(self._folder, prompt, rate, self._rates[0])
        key = path.relative_to(self._folder).as_posix()
        there = path.read_bytes() if path.is_file() else None
        if there is not None and self._made.get(key) != _hash(there):
            tell(f"kept {path}: it was not made here")
            return False
        content = self._content(prompt, rate)
        if content == there:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.unfinished")
        unfinished.write_bytes(content)
        unfinished.replace(path)
        self._made[key] = _hash(content)
        tell(f"made {path}")
        return True

    def _content(self, prompt: PromptFile, rate: int) -> bytes:
        if prompt.recording is None:
            return self._cache.make(prompt.text, prompt.language, rate=rate).read_bytes()
        try:
            audio, form = read_sound(prompt.recording)
        except NotSound as error:
            raise NotSound(f"{prompt.recording} {error}") from None
        if form.bits != 16:
            raise NotSound(f"{prompt.recording} has samples of {form.bits} bits, expected 16")
        if (form.rate, form.channels) == (rate, 1):
            return prompt.recording.read_bytes()
        converted = self._folder / ".converted.wav"
        try:
            audio.trimmed(_ENDS_S).at_rate(rate).write(converted)
            return converted.read_bytes()
        finally:
            converted.unlink(missing_ok=True)

    def _read_made(self) -> dict[str, str]:
        try:
            made = json.loads((self._folder / _MADE).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return made if isinstance(made, dict) else {}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
