"""The ``queue_log`` as a file, each line once, over restarts too.

Beside the file stands its mark, ``FILE.mark``: how long the file was at an event, and what the
lines after it need of the facts before. After a crash the facts of the last events are told again
and give the same lines: as many as stand behind the mark already are not written again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from acdengine.facts import AnyFact
from acdengine.queue_log.lines import line
from acdengine.queue_log.translation import Logged, Translation
from acdengine.runtime.journal_files import write_all
from acdengine.runtime.masking import Masks
from acdengine.runtime.rotating_file import RotatingFile

_log = structlog.get_logger("acdengine.queue_log")

#: Asterisk's file has no end; what reads it follows one name. ``logrotate`` may rename it.
_NO_LIMIT: Final = 1 << 62
_MODE: Final = 0o640


class Mark(Struct):
    """The file as it was once.

    Attributes:
        seq: the event whose lines are the last in it.
        inode: of the file: another one has been begun where it differs.
        size: bytes.
        logged: what is remembered of the facts up to there.
    """

    seq: int
    inode: int
    size: int
    logged: Logged


class QueueLogFile:
    """Writes the facts into a ``queue_log``. A `FactSink`.

    Args:
        path: of the file; made with its folders.
        translation: facts to lines.
        masks: for callers' numbers; None: they are written in clear, as Asterisk does.

    Raises:
        FileInUse: another process writes to it.
        OSError: the file or its mark cannot be opened.
        ValueError: the mark is not one.
    """

    def __init__(self, path: Path, translation: Translation, masks: Masks | None) -> None:
        self.file = RotatingFile(path, _NO_LIMIT, alone=True)
        self._mark_path = path.with_name(f"{path.name}.mark")
        self._translation = translation
        self._masks = masks
        self._seq = 0
        #: Lines that are told again and stand in the file already.
        self._lines_there = 0

    def resume(self) -> None:
        """Go on where the file ends, before facts are told again.

        Raises:
            OSError: the mark cannot be read.
            ValueError: it is not one.
        """
        try:
            mark = msgspec.json.decode(self._mark_path.read_bytes(), type=Mark)
        except FileNotFoundError:
            return
        except msgspec.MsgspecError as error:
            raise ValueError(f"{self._mark_path} is not the mark of a queue_log: {error}") from None
        self._seq = mark.seq
        self._translation.restore(mark.logged)
        status = self.file.path.stat()
        if status.st_ino == mark.inode and status.st_size >= mark.size:
            self._lines_there = self._whole_lines_after(mark.size)

    def _whole_lines_after(self, size: int) -> int:
        """Lines behind the mark; one that was being written is cut off."""
        with self.file.path.open("r+b") as file:
            file.seek(size)
            tail = file.read()
            whole = tail.rfind(b"\n") + 1
            if whole < len(tail):
                file.truncate(size + whole)
        self.file.measure()
        return tail.count(b"\n", 0, whole)

    def start(self, at_us: int) -> None:
        """Write that the log begins, as Asterisk does at each start, after all was told again."""
        self._lines_there = 0
        self.file.append(line(at_us, "QUEUESTART").encode())
        self.keep()

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Add the lines of one event."""
        if seq <= self._seq or not facts:
            return
        if self._masks is not None:
            facts = [self._masks.fact(fact) for fact in facts]
        lines = self._translation.lines(facts).splitlines(keepends=True)
        self._seq = seq
        there = min(self._lines_there, len(lines))
        self._lines_there -= there
        if there < len(lines):
            count = len(lines) - there
            self.file.append("".join(lines[there:]).encode(), count=count)

    def flush(self) -> bool:
        """Hand what is there to the system, and follow the name where the file was renamed;
        whether the system took all."""
        if not self.file.flush():
            return False
        return not self.file.follow_name() or self.keep()

    def keep(self) -> bool:
        """Flush, and write the mark; whether both were done."""
        if not self.file.flush():
            return False
        mark = Mark(self._seq, self.file.inode, self.file.size, self._translation.logged)
        try:
            unfinished = self._mark_path.with_name(f"{self._mark_path.name}.new")
            handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE)
            try:
                write_all(handle, msgspec.json.encode(mark))
            finally:
                os.close(handle)
            unfinished.replace(self._mark_path)
        except OSError as error:
            _log.warning("mark not written", file=str(self._mark_path), reason=error.strerror)
            return False
        return True

    @property
    def name(self) -> str:
        """As the log calls it."""
        return str(self.file.path)

    @property
    def trouble(self) -> str:
        """Why the last write failed; empty when it did not."""
        return self.file.trouble

    def close(self) -> None:
        """Write what is left, and the mark."""
        self.keep()
        self.file.close()
