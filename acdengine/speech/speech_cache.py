"""Sound files of texts, kept by content: what was made once is not made again."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from acdengine.speech.audio import Audio, NotSound, read_sound
from acdengine.speech.speech_command import SpeechCommand, SpeechFailed

#: A change of how files are finished makes all of them again.
_FORM: Final = "1"
#: Silence that is left at the ends of what the command makes.
_ENDS_S: Final = 0.05
#: Readable by the switch, which is another user.
_FILE_MODE: Final = 0o644
_FOLDER_MODE: Final = 0o755


class SpeechCache:
    """Files in a folder: the name says command, voice, text and rate.

    Args:
        command: makes what is not there.
        folder: absolute; made when it is needed.
    """

    def __init__(self, command: SpeechCommand, folder: Path) -> None:
        self.command = command
        self._folder = folder

    def path_of(self, text: str, language: str, voice: str = "", rate: int = 8_000) -> Path:
        """Where the file of a text is, or would be."""
        voice = self.command.voice_of(language, voice)
        about = [_FORM, *self.command.words_for(language, voice, "{file}"), text, str(rate)]
        name = hashlib.sha256("\0".join(about).encode()).hexdigest()[:40]
        return self._folder / name[:2] / f"{name}.wav"

    def make(self, text: str, language: str, voice: str = "", rate: int = 8_000) -> Path:
        """The file of a text, made where it is not there yet; it is whole or not there.

        Raises:
            SpeechFailed: it could not be made.
        """
        path = self.path_of(text, language, voice, rate)
        try:
            os.utime(path)
            return path
        except FileNotFoundError:
            pass
        except OSError as error:
            raise SpeechFailed(f"{path}: {error.strerror or error}") from None
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
            with tempfile.TemporaryDirectory(dir=path.parent) as folder:
                made = Path(folder) / "made.wav"
                self.command.run(text, language, self.command.voice_of(language, voice), made)
                finished = made.with_name("finished.wav")
                self._read(made).trimmed(_ENDS_S).at_rate(rate).write(finished)
                finished.chmod(_FILE_MODE)
                finished.replace(path)
        except OSError as error:
            raise SpeechFailed(f"{path}: cannot be written: {error.strerror or error}") from None
        return path

    def prune(self, keep: int) -> int:
        """Remove all files but the ``keep`` that were used last; returns how many."""
        files = sorted(self._files(), key=lambda one: one[0], reverse=True)
        for _, path in files[keep:]:
            path.unlink(missing_ok=True)
        return len(files[keep:])

    def _files(self) -> Iterator[tuple[float, Path]]:
        for path in self._folder.glob("*/*.wav"):
            try:
                yield path.stat().st_mtime, path
            except OSError:
                continue

    def _read(self, path: Path) -> Audio:
        try:
            audio, form = read_sound(path)
        except NotSound as error:
            raise SpeechFailed(f"what {self.command.words[0]} wrote {error}") from None
        if form.bits != 16 or not audio.samples:
            raise SpeechFailed(f"what {self.command.words[0]} wrote is no sound of 16 bits")
        return audio
