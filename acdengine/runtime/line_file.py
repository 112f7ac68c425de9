"""A file of lines that is written from the loop: buffered, rotated, and never in anybody's way."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from acdengine.runtime.journal_files import write_all

_FULL_BYTES: Final = 64 * 1024
_MODE: Final = 0o640
#: Lines that could not be written are kept up to so much; beyond it they are lost and counted.
_KEPT_BYTES: Final = 8 * 1024 * 1024


class LineFile:
    """Appends to a file; a full one is renamed and a new one begun.

    ``calls.jsonl`` becomes ``calls.2026-01-05.1.jsonl``, by the day that the writer names, and so
    on by number. A disk that takes no more is tried again at each `flush`.

    Args:
        path: made with its folders.
        limit_bytes: a new file begins when one has reached this size.

    Raises:
        OSError: the file cannot be opened.
    """

    def __init__(self, path: Path, limit_bytes: int = 256 * 1024 * 1024) -> None:
        self.path = path
        self._limit_bytes = limit_bytes
        path.parent.mkdir(parents=True, exist_ok=True)
        self._buffer = bytearray()
        self._lines = 0
        self._day = ""
        self.size = 0
        #: Lines handed to the system, failed writes, and lines lost for good.
        self.lines_written = 0
        self.failures = 0
        self.lines_lost = 0
        self._handle = self._open()

    def _open(self) -> int:
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _MODE)
        self.size = os.fstat(handle).st_size
        return handle

    def append(self, line: bytes, day: str = "", count: int = 1) -> None:
        """Add a line, or several that belong together; each brings its own end of line.

        Args:
            line: to be written sooner or later.
            day: that the line belongs to; when it changes a new file begins.
            count: of lines.
        """
        if day != self._day:
            if self._day:
                self._rotate()
            self._day = day
        if len(self._buffer) + len(line) > _KEPT_BYTES:
            self.lines_lost += count
            return
        self._buffer += line
        self._lines += count
        if len(self._buffer) >= _FULL_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hand what is there to the system."""
        if not self._buffer:
            return
        try:
            write_all(self._handle, self._buffer)
        except OSError:
            self.failures += 1
            return
        self.size += len(self._buffer)
        self.lines_written += self._lines
        self._buffer.clear()
        self._lines = 0
        if self.size >= self._limit_bytes:
            self._rotate()

    def _rotate(self) -> None:
        self.flush()
        if self.size == 0:
            return
        try:
            self.path.rename(self._free_name())
            handle = self._open()
        except OSError:
            # The old file goes on; it is tried again with the next full one.
            self.failures += 1
            return
        os.close(self._handle)
        self._handle = handle

    def _free_name(self) -> Path:
        day = f".{self._day}" if self._day else ""
        number = 1
        while True:
            name = self.path.with_name(f"{self.path.stem}{day}.{number}{self.path.suffix}")
            if not name.exists():
                return name
            number += 1

    def close(self) -> None:
        """Write what is left, to the disk."""
        self.flush()
        try:
            os.fsync(self._handle)
        except OSError:
            # A pipe or a terminal cannot be synced, and needs not.
            pass
        os.close(self._handle)
