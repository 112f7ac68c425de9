"""Files written into a folder that may hold others, and edited ones."""

from __future__ import annotations

import difflib
import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from adapters.freeswitch.setup.config_files import File, secrets_of

_OPEN: Final = 0o644
_CLOSED: Final = 0o600


def differences(folder: Path, files: Iterable[File]) -> Iterator[str]:
    """Lines of a unified diff for every file that is there and would be another.

    Of passwords only the names are shown.

    Raises:
        OSError: a file is there and cannot be read.
    """
    for file in files:
        path = folder / file.path
        if not path.exists():
            continue
        before = path.read_text("utf-8")
        if before == file.text:
            continue
        old, new = _shown(file, before), _shown(file, file.text)
        lines = list(difflib.unified_diff(old, new, str(path), f"{path} (new)", lineterm=""))
        yield from lines or [f"--- {path}", "+++ passwords differ"]


def _shown(file: File, text: str) -> list[str]:
    return list(secrets_of(text)) if file.is_secret else text.splitlines()


def write(folder: Path, files: Iterable[File]) -> None:
    """Write files, each whole or not at all: a full disk leaves the one before in its place. One
    with secrets is readable by its owner alone from its first byte on.

    Raises:
        OSError: something cannot be written.
    """
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = _CLOSED if file.is_secret else _OPEN
        if path.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        if path.exists() and not file.is_secret:
            # Keeps its mode; a secret is readable by its owner alone.
            mode = path.stat().st_mode & 0o777
        unfinished = path.with_name(f".{path.name}.unfinished")
        try:
            _write(unfinished, file.text, mode)
            unfinished.replace(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise


def _write(path: Path, text: str, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, mode), "w", encoding="utf-8") as out:
        if mode != _OPEN:
            os.fchmod(out.fileno(), mode)
        out.write(text)
