"""The command that reads a text out into a WAV file, such as espeak-ng."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

#: How to have well-known ones.
_HOW_TO_HAVE: Final = {
    "espeak-ng": "apt install espeak-ng",
    "pico2wave": "apt install libttspico-utils",
}
_ERROR_CHARS: Final = 200


class SpeechFailed(Exception):
    """Why no speech could be made, in words."""


@dataclass(frozen=True, slots=True)
class SpeechCommand:
    """A command and its voices.

    Attributes:
        words: program and arguments; `{voice}`, `{language}` and `{file}` in them are replaced.
            Nothing of it goes through a shell, and the text is on standard input.
        voices: language to the command's name of a voice; the language itself, where none is given.
        timeout_s: it may take.
    """

    words: Sequence[str]
    voices: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 20.0

    def voice_of(self, language: str, voice: str = "") -> str:
        """The voice of a language: the one named, or the settings', or the language's own."""
        main = language.partition("-")[0]
        return voice or self.voices.get(language) or self.voices.get(main) or language.lower()

    def missing(self) -> str:
        """What has to be installed; empty where the program is there."""
        program = self.words[0]
        if shutil.which(program):
            return ""
        how = _HOW_TO_HAVE.get(program, f"install {program}")
        return (
            f"the speech command {program} is not installed: {how}, or name another one in the"
            " settings (sounds.speech.command)"
        )

    def words_for(self, language: str, voice: str, file: str) -> list[str]:
        """Program and arguments for one text."""
        given = {"{voice}": voice, "{language}": language, "{file}": file}
        words = []
        for word in self.words:
            for name, value in given.items():
                word = word.replace(name, value)
            words.append(word)
        return words

    def run(self, text: str, language: str, voice: str, file: Path) -> None:
        """Have a text read out into a file.

        Raises:
            SpeechFailed: the program is missing, fails or takes too long, or wrote nothing.
        """
        if missing := self.missing():
            raise SpeechFailed(missing)
        program = self.words[0]
        try:
            with subprocess.Popen(
                self.words_for(language, voice, str(file)),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            ) as process:
                try:
                    _, errors = process.communicate(text.encode(), self.timeout_s)
                except subprocess.TimeoutExpired:
                    # With all that it has started.
                    os.killpg(process.pid, signal.SIGKILL)
                    process.communicate()
                    message = f"{program} took longer than {self.timeout_s:g} s"
                    raise SpeechFailed(message) from None
        except OSError as error:
            raise SpeechFailed(f"{program} cannot be started: {error.strerror}") from None
        said = errors.decode("utf-8", "replace").strip()[-_ERROR_CHARS:]
        if process.returncode:
            raise SpeechFailed(f"{program} ended with status {process.returncode}: {said}")
        if not file.is_file() or not file.stat().st_size:
            raise SpeechFailed(f"{program} wrote no file for the voice '{voice}': {said}")
