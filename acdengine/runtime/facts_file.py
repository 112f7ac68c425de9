"""Facts as JSON lines: the raw material of every report.

A line is the fact's own fields behind its key and the name of its kind. The key is the number of
the event that caused the fact, and the place among the facts of that event::

    {"seq":1042,"index":0,"type":"CallQueued","at_us":1767603000000000,"call_id":"c7",...}
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from glob import escape as glob_escape
from pathlib import Path
from typing import Final

import msgspec

from acdengine.facts import AnyFact
from acdengine.ports import FactKeys
from acdengine.runtime.masking import Masks
from acdengine.runtime.rotating_file import RotatingFile

_DAY_US: Final = 86_400_000_000
_COMMA: Final = ord(",")
_SEQ: Final = re.compile(rb'\{"seq":[0-9]+,')


class FactsFile:
    """Writes facts, in order, a file a day (UTC).

    Args:
        path: of the present file.
        masks: for callers' numbers; None: they are written in clear.
        after_seq: facts of events up to this one are there already.

    Raises:
        FileInUse: another process writes to it.
        OSError: the file cannot be opened.
    """

    def __init__(self, path: Path, masks: Masks | None, after_seq: int = 0) -> None:
        self.file = RotatingFile(path, alone=True)
        self._masks = masks
        self._after_seq = after_seq
        self._keys = FactKeys()
        self._encoder = msgspec.json.Encoder()
        self._day_number = -1
        self._day = ""

    def resume(self) -> None:
        """Continue at the end of the file: facts that are in it are not written again."""
        self._after_seq = last_seq(self.file.path)
        self.file.measure()

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Add the facts of one event."""
        if seq <= self._after_seq or not facts:
            return
        encode_into, masks = self._encoder.encode_into, self._masks
        head = b'{"seq":%d,"index":' % seq
        index = self._keys.first(seq, len(facts))
        lines = bytearray()
        for fact in facts:
            if masks is not None:
                fact = masks.fact(fact)
            lines += head
            lines += b"%d" % index
            index += 1
            begin = len(lines)
            encode_into(fact, lines, begin)
            # The fact's own fields go on where its object began.
            lines[begin] = _COMMA
            lines += b"\n"
        # All or none of an event: after a crash its facts are told again, or are there.
        self.file.append(bytes(lines), self._day_of(facts[0].at_us), len(facts))

    def _day_of(self, at_us: int) -> str:
        number = at_us // _DAY_US
        if number != self._day_number:
            self._day_number = number
            self._day = datetime.fromtimestamp(number * _DAY_US / 1e6, UTC).date().isoformat()
        return self._day

    def flush(self) -> bool:
        """Write what is buffered; returns whether the system took all."""
        return self.file.flush()

    def keep(self) -> bool:
        """What must be done before a snapshot: a flush. Whether the system took all."""
        return self.flush()

    @property
    def name(self) -> str:
        """As the log calls it."""
        return str(self.file.path)

    @property
    def trouble(self) -> str:
        """Why the last write failed; empty when it did not."""
        return self.file.trouble

    def close(self) -> None:
        """Write what is left."""
        self.file.close()


def last_seq(path: Path) -> int:
    """The number of the last event whose facts are in a file; 0 where there is none.

    A line that was being written when the process died does not count, nor do those before it that
    came of the same event: they are cut off, to be told again. Where the present file holds nothing
    yet, the one before it counts.
    """
    return _last_seq_in(path) or max(map(_last_seq_in, _newest_before(path)), default=0)


def _newest_before(path: Path) -> list[Path]:
    """The file that was renamed last (`RotatingFile`)."""
    renamed = path.parent.glob(f"{glob_escape(path.stem)}.*{glob_escape(path.suffix)}")
    return sorted(renamed, key=lambda other: other.stat().st_mtime_ns)[-1:]


def _last_seq_in(path: Path) -> int:
    try:
        with path.open("r+b") as file:
            size = file.seek(0, 2)
            start = max(0, size - 1024 * 1024)
            file.seek(start)
            tail = file.read()
            whole = tail.rfind(b"\n") + 1
            if torn := _SEQ.match(tail, whole):
                whole = tail.find(torn[0])
            if whole < len(tail) and (whole or not start):
                file.truncate(start + whole)
    except FileNotFoundError:
        return 0
    lines = tail[:whole].splitlines()
    if not lines:
        return 0
    return msgspec.json.decode(lines[-1], type=_Numbered).seq


class _Numbered(msgspec.Struct):
    seq: int
