"""A rotating file of lines, buffered, that is written from the event loop."""

from __future__ import annotations

import fcntl
import os
from bisect import bisect_right
from pathlib import Path
from typing import Final

_FULL_BYTES: Final = 64 * 1024
_MODE: Final = 0o640
#: Lines that could not be written are kept up to so much; beyond it they are lost and counted.
_KEPT_BYTES: Final = 8 * 1024 * 1024


class FileInUse(OSError):
    """Another process writes to this file."""


class RotatingFile:
    """Appends to a file; a full one is renamed and a new one begun.

    ``calls.jsonl`` becomes ``calls.2026-01-05.1.jsonl``, by the day that the writer names, and so
    on by number. A failed write is tried again at each `flush`. A partial write is
    cut back to whole lines, so that a reader meets no half line, and no line twice.

    Args:
        path: made with its folders.
        limit_bytes: a new file begins when one has reached this size.
        alone: no other process may write to it meanwhile.

    Raises:
        FileInUse: another process writes to it.
        OSError: the file cannot be opened.
    """

    def __init__(
        self, path: Path, limit_bytes: int = 256 * 1024 * 1024, *, alone: bool = False
    ) -> None:
        self.path = path
        self._limit_bytes = limit_bytes
        self._alone = alone
        path.parent.mkdir(parents=True, exist_ok=True)
        self._buffer = bytearray()
        #: Where in the buffer each `append` ends, and how many lines are in it up to there.
        self._ends: list[int] = []
        self._counts: list[int] = []
        self._day = ""
        self._is_rotation_due = False
        self.size = 0
        #: Why the last write failed; empty when it did not.
        self.trouble = ""
        #: Lines handed to the system, failed writes, and lines lost for good.
        self.lines_written = 0
        self.failures = 0
        self.lines_lost = 0
        self._handle = self._open()

    def _open(self) -> int:
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _MODE)
        if self._alone:
            try:
                # The system releases it when the process ends, also after a crash.
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(handle)
                raise FileInUse(error.errno, "another process writes to it") from error
        self.size = os.fstat(handle).st_size
        return handle

    def measure(self) -> None:
        """Read the file's length again, after its writer has cut it."""
        self.size = os.fstat(self._handle).st_size

    @property
    def inode(self) -> int:
        """Of the open file: another file may have its name by now."""
        return os.fstat(self._handle).st_ino

    def follow_name(self) -> bool:
        """Begin a new file where another program has renamed or removed this one.

        Call it when nothing is left to be written; whether a new file was begun.
        """
        try:
            if os.stat(self.path).st_ino == self.inode:
                return False
        except FileNotFoundError:
            pass
        except OSError:
            return False
        old = self._handle
        try:
            self._handle = self._open()
        except OSError as error:
            self.trouble = error.strerror or str(error)
            self.failures += 1
            return False
        os.close(old)
        return True

    def append(self, line: bytes, day: str = "", count: int = 1) -> None:
        """Add a line, or several that belong together; each brings its own end of line.

        Args:
            line: to be written sooner or later.
            day: that the line belongs to; when it changes a new file begins.
            count: of lines.
        """
        if day != self._day:
            if self._day:
                self.flush()
                self._rotate()
            self._day = day
        if len(self._buffer) + len(line) > _KEPT_BYTES:
            self.lines_lost += count
            return
        self._buffer += line
        self._ends.append(len(self._buffer))
        self._counts.append(count)
        if len(self._buffer) >= _FULL_BYTES:
            self.flush()

    def flush(self) -> bool:
        """Hand what is there to the system.

        Returns:
            Whether it took all.
        """
        if self._buffer:
            written, self.trouble = _written(self._handle, self._buffer)
            if self.trouble:
                self.failures += 1
                written = self._cut_back(written)
            self._forget(written)
        if not self._buffer and (self._is_rotation_due or self.size >= self._limit_bytes):
            self._rotate()
        return not self._buffer

    def _cut_back(self, written: int) -> int:
        """Have what was written in part end with the last whole `append`; returns where that is."""
        whole = self._ends[place - 1] if (place := bisect_right(self._ends, written)) else 0
        if whole == written:
            return whole
        try:
            end = os.fstat(self._handle).st_size
            # Something else has written there as well, or it is no file: it goes on from here.
            if end != self.size + written:
                return written
            os.ftruncate(self._handle, self.size + whole)
        except OSError:
            return written
        return whole

    def _forget(self, written: int) -> None:
        """So many bytes of the buffer are in the file."""
        self.size += written
        whole = bisect_right(self._ends, written)
        self.lines_written += sum(self._counts[:whole])
        del self._counts[:whole]
        self._ends = [end - written for end in self._ends[whole:]]
        del self._buffer[:written]

    def _rotate(self) -> None:
        """Begin a new file; where that fails the old one goes on until the next `flush`."""
        if self._buffer:
            # What is left belongs to the old file.
            self._is_rotation_due = True
            return
        self._is_rotation_due = False
        if self.size == 0:
            return
        old = self._free_name()
        size = self.size
        try:
            self.path.rename(old)
        except OSError:
            self._rotation_failed()
            return
        try:
            handle = self._open()
        except OSError:
            self.size = size
            old.rename(self.path)
            self._rotation_failed()
            return
        os.close(self._handle)
        self._handle = handle

    def _rotation_failed(self) -> None:
        self.failures += 1
        self._is_rotation_due = True

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


def _written(handle: int, content: bytearray) -> tuple[int, str]:
    """How many bytes the system has taken, and why not all; a nearly full disk takes a part."""
    written = 0
    with memoryview(content) as view:
        try:
            while written < len(content):
                written += os.write(handle, view[written:])
        except OSError as error:
            return written, error.strerror or str(error)
    return written, ""
