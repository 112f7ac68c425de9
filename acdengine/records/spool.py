"""The spool: facts on disk between the event loop and the records' writer.

``FOLDER/SOURCE/facts.spool`` is appended to, and renamed ``facts.FIRST.N.spool`` when it is large
or old, where FIRST is the number of its first event; what the database has is removed by the
reader. A frame is its length (32 bits), the CRC-32 of its payload (32 bits) and the payload: a
list of events in MessagePack, each its number, the index of its first fact, and facts. The facts of
one turn of an event lie in one frame: they are there whole or not at all.
"""

from __future__ import annotations

import os
import secrets
import struct
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from acdengine.facts import AnyFact
from acdengine.ports import FactKeys
from acdengine.runtime.rotating_file import RotatingFile

_FRAME: Final = struct.Struct("<II")
_NAME: Final = "facts.spool"
_ROTATE_BYTES: Final = 16 * 1024 * 1024
_ROTATE_S: Final = 60.0
_READ_BYTES: Final = 1 << 20
#: In the journal's folder: the name of its numbering of events.
_SOURCE_FILE: Final = "records-source"
#: In a source's folder: its calls are simulated.
_SIMULATED: Final = "simulated"


#: The number of an event, the index of the first of these facts of it, and the facts.
Spooled: TypeAlias = tuple[int, int, list[AnyFact]]
#: Events of one frame at most.
_FRAME_EVENTS: Final = 128


class Spool:
    """A `FactSink` that appends facts to the spool of one source.

    Args:
        folder: of all sources.
        source: the numbering of events.
        is_simulated: its calls are simulated.
        limit_bytes: of files that the database does not have yet; beyond it facts are lost and
            counted, and calls go on.

    Raises:
        FileInUse: another daemon writes there.
        OSError: it cannot be written.
    """

    def __init__(
        self, folder: Path, source: str, *, is_simulated: bool = False, limit_bytes: int = 1 << 32
    ) -> None:
        self.folder = folder
        self.source = source
        self._own = folder / source
        #: Nothing of the source is there: it begins now, or its files were lost.
        self.is_new = not self._own.exists()
        self._own.mkdir(parents=True, exist_ok=True, mode=0o700)
        if is_simulated:
            (self._own / _SIMULATED).touch()
        self._after = _put_aside(self._own)
        self.file = RotatingFile(self._own / _NAME, limit_bytes=1 << 62, alone=True)
        self._limit_bytes = limit_bytes
        self._encoder = msgspec.msgpack.Encoder()
        self._keys = FactKeys()
        #: Events of the frame that is being made.
        self._events: list[tuple[int, int, Sequence[AnyFact]]] = []
        #: The first event of the present file, as its name will say; the last event.
        self._first = ""
        self._last = 0
        self._rotate_at = 0.0
        #: Bytes of the files that were renamed and are still there.
        self._waiting_bytes = 0
        #: Facts taken, and those lost because the spool was full.
        self.facts = 0
        self.facts_lost = 0

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Append the facts of one event; those that are there already are passed over."""
        if not facts:
            return
        index = self._keys.first(seq, len(facts))
        after_seq, after_count = self._after
        if seq <= after_seq:
            known = max(0, after_count - index) if seq == after_seq else len(facts)
            facts = facts[known:]
            index += known
            if not facts:
                return
        self.facts += len(facts)
        if self.is_full:
            self.facts_lost += len(facts)
            return
        if not self._first:
            self._first = f"{seq:020d}"
        self._last = seq
        self._events.append((seq, index, facts))
        if len(self._events) >= _FRAME_EVENTS:
            self._end_frame()

    def _end_frame(self) -> None:
        events = self._events
        if not events:
            return
        payload = self._encoder.encode(events)
        frame = _FRAME.pack(len(payload), zlib.crc32(payload)) + payload
        self.file.append(frame, self._first, sum(len(facts) for _, _, facts in events))
        events.clear()

    @property
    def is_full(self) -> bool:
        """Whether the files that wait for the database have reached the limit."""
        return self._waiting_bytes + self.file.size >= self._limit_bytes

    def flush(self) -> bool:
        """Hand what is there to the system; begin a new file when the present one is large or
        old. Returns whether all could be written."""
        self._end_frame()
        done = self.file.flush()
        now = time.monotonic()
        if not self._rotate_at:
            self._rotate_at = now + _ROTATE_S
        if self.file.size and (self.file.size >= _ROTATE_BYTES or now >= self._rotate_at):
            self._first = f"{self._last + 1:020d}"
            self.file.append(b"", self._first, 0)
            self._rotate_at = now + _ROTATE_S
        self._waiting_bytes = sum(_size(path) for path in self._own.iterdir() if path.name != _NAME)
        return done

    def keep(self) -> bool:
        """What must be done before a snapshot: a flush. Whether the system took all."""
        return self.flush()

    @property
    def name(self) -> str:
        """As the log calls it."""
        return str(self._own)

    @property
    def trouble(self) -> str:
        """Why facts are not kept; empty while they are."""
        return self.file.trouble or ("the spool is full" if self.is_full else "")

    @property
    def bytes_waiting(self) -> int:
        """Of all files of the source."""
        return self._waiting_bytes + self.file.size

    def close(self) -> None:
        """Write what is left."""
        self._end_frame()
        self.file.close()


def source_of(journal: Path | None) -> str:
    """The name of the numbering of events: the one of a journal that goes on, else a new one.

    Raises:
        OSError: it cannot be kept in the journal's folder.
    """
    new = secrets.token_hex(8)
    if journal is None:
        return new
    path = journal / _SOURCE_FILE
    goes_on = any(journal.glob("*.snapshot"))
    if goes_on and path.exists() and (name := path.read_text(encoding="ascii").strip()):
        return name
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(new, encoding="ascii")
    unfinished.rename(path)
    return new


def spooled_sources(folder: Path) -> list[str]:
    """The sources with files in a spool, the longest unchanged first."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if path.is_dir()]
    return [path.name for path in sorted(found, key=lambda path: path.stat().st_mtime_ns)]


def is_simulated(folder: Path, source: str) -> bool:
    """Whether the calls of a source are simulated."""
    return (folder / source / _SIMULATED).exists()


class SpoolReader:
    """Reads the facts of one source in order, as they are appended, and removes what is done with.

    Args:
        folder: of all sources.
        source: the numbering of events.
        after: the last fact that is known already: number of its event and index.
    """

    def __init__(self, folder: Path, source: str, after: tuple[int, int] = (0, 0)) -> None:
        self._own = folder / source
        self._after = after
        self._decoder = msgspec.msgpack.Decoder(list[Spooled])
        self._handle = -1
        #: What was read and is no whole frame yet, and where in the file it begins. It is read
        #: again when more is there: on a full disk the daemon takes back what is not whole.
        self._rest = b""
        self._offset = 0
        #: Files read to their end, to be removed when the database has their facts.
        self._done: list[Path] = []
        self._inode = 0
        #: Frames that could not be read.
        self.damaged = 0

    def read(self, limit: int) -> Iterator[list[Spooled]]:
        """Facts that are there now and not known yet, up to about so many, a frame at a time."""
        count = 0
        while count < limit:
            for events in self._whole_frames():
                count += sum([len(facts) for _, _, facts in events])
                yield events
                if count >= limit:
                    return
            if not self._more() and not self._next_file():
                return

    def _whole_frames(self) -> Iterator[list[Spooled]]:
        start = 0
        rest = self._rest
        try:
            while len(rest) - start >= _FRAME.size:
                length, check = _FRAME.unpack_from(rest, start)
                end = start + _FRAME.size + length
                if end > len(rest):
                    return
                payload = rest[start + _FRAME.size : end]
                start = end
                events = self._decoded(payload, check)
                if events:
                    yield events
        finally:
            self._rest = rest[start:]
            self._offset += start

    def _decoded(self, payload: bytes, check: int) -> list[Spooled]:
        """What a frame holds that is not known."""
        if zlib.crc32(payload) != check:
            self.damaged += 1
            return []
        try:
            events = self._decoder.decode(payload)
        except msgspec.DecodeError:
            self.damaged += 1
            return []
        if events and events[0][0] <= self._after[0]:
            events = [event for event in map(self._unknown, events) if event[2]]
        if events:
            seq, index, facts = events[-1]
            self._after = (seq, index + len(facts) - 1)
        return events

    def _unknown(self, event: Spooled) -> Spooled:
        """An event with those of its facts that are not known."""
        seq, index, facts = event
        after_seq, after_index = self._after
        if seq < after_seq:
            return seq, index, []
        if seq == after_seq:
            known = max(0, after_index + 1 - index)
            facts, index = facts[known:], index + known
        return seq, index, facts

    def _more(self) -> bool:
        if self._handle < 0:
            return False
        before = len(self._rest)
        self._rest = os.pread(self._handle, before + _READ_BYTES, self._offset)
        return len(self._rest) > before

    def _next_file(self) -> bool:
        """Go on to the next file, once the present one has been renamed and read to its end."""
        if self._handle >= 0:
            try:
                present = os.stat(self._own / _NAME).st_ino
            except FileNotFoundError:
                present = 0
            if present == self._inode or self._more():
                # It may have grown between the last look and its new name.
                return present != self._inode
            os.close(self._handle)
            self._handle = -1
            # What is no whole frame was being written when the daemon died, and is told again.
            self._rest, self._offset = b"", 0
            self._done += [
                path for path in self._files() if path.name != _NAME and _inode(path) == self._inode
            ]
        for path in self._files():
            if path not in self._done:
                try:
                    self._handle = os.open(path, os.O_RDONLY)
                except FileNotFoundError:
                    # It was renamed in this very moment.
                    return True
                self._inode = os.fstat(self._handle).st_ino
                return True
        return False

    def _files(self) -> list[Path]:
        return _files(self._own)

    def remove_done(self) -> None:
        """Remove the files that were read to their end: the database has their facts."""
        for path in self._done:
            path.unlink(missing_ok=True)
        self._done.clear()

    def remove_all(self) -> None:
        """Remove the source: nothing more comes of it, and the database has all."""
        self.close()
        for path in [*self._own.iterdir()]:
            path.unlink(missing_ok=True)
        self._own.rmdir()

    def close(self) -> None:
        """Let go of the file."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def _files(own: Path) -> list[Path]:
    """The files of a source, oldest first; the one that is appended to is the last."""
    renamed = sorted(own.glob("facts.*.spool"))
    present = own / _NAME
    return [*renamed, present] if present.exists() else renamed


def _put_aside(own: Path) -> tuple[int, int]:
    """Rename the file that a daemon before has left, which may end within a frame.

    It is not gone on with: a reader may be in the middle of that frame.

    Returns:
        The number of the last event, and how many of its facts are there; (0, 0): there are none.
    """
    after = (0, 0)
    for path in _files(own)[-2:]:
        first, last = _ends_of(path)
        if last != (0, 0):
            after = last
        if path.name == _NAME:
            path.rename(own / f"facts.{first:020d}.0.spool")
    return after


def _ends_of(path: Path) -> tuple[int, tuple[int, int]]:
    """The number of the first event in a file, and the last with how many of its facts."""
    decoder = msgspec.msgpack.Decoder(list[tuple[int, int, list[msgspec.Raw]]])
    first, last = 0, (0, 0)
    content = path.read_bytes()
    start = 0
    while len(content) - start >= _FRAME.size:
        length, check = _FRAME.unpack_from(content, start)
        end = start + _FRAME.size + length
        payload = content[start + _FRAME.size : end]
        if end > len(content) or zlib.crc32(payload) != check:
            break
        for seq, index, facts in decoder.decode(payload):
            first = first or seq
            last = (seq, index + len(facts))
        start = end
    return first, last


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
