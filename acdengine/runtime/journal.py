"""The file journal, the first `EventLog`: every event is in a file before its commands go out.

After a restart the engine is rebuilt from the last snapshot and the events after it
(`acdengine.runtime.recovery`). The journal holds callers' numbers and keys in clear, because a
replay needs them: only the owner of its files can read them.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter_ns
from typing import Final, Literal

import msgspec
import structlog

from acdengine.engine.snapshot import Slices
from acdengine.errors import ACDError
from acdengine.events import AnyEvent
from acdengine.runtime.event_log import OnCommitted
from acdengine.runtime.journal_files import (
    FRAME,
    HEAD,
    JOURNAL_MAGIC,
    journal_path,
    numbered,
    snapshot_path,
    sync_folder,
    write_all,
    write_snapshot,
    write_snapshot_parts,
)
from acdengine.runtime.journal_records import RECORD_VERSION, Skipped
from acdengine.runtime.recovery import Recovered, recover

_log = structlog.get_logger("acdengine.runtime")

#: ``turn``: on disk before the commands of the same turn go out, outlives a loss of power.
#: ``interval``: handed to the system at each turn, on disk within the interval: outlives the death
#: of the process, and of a loss of power all but the last moment. ``never``: as the system does it.
SyncPolicy = Literal["turn", "interval", "never"]

#: Generations kept: the present one, and the one before in case its snapshot cannot be read.
_GENERATIONS: Final = 2
#: The loop is let go after so long at a snapshot.
_SLICE_NS: Final = 1_000_000


class JournalInUse(ACDError):
    """Another process writes to this journal."""


class Journal:
    """Writes events to the newest generation of a folder.

    A full disk does not stop the calls: the journal is then `broken`, counts what it
    could not write, and `rotate` makes it whole again with a snapshot.

    Args:
        folder: made if it is not there.
        sync: when events are on disk for certain.
        keep_s: seconds for which generations are kept that a recovery does not need.
        whole_up_to_bytes: events of old generations are kept while all together are no larger.

    Raises:
        JournalInUse: another process has the folder.
        OSError: the folder cannot be made or written to.
    """

    def __init__(
        self,
        folder: Path,
        sync: SyncPolicy = "interval",
        keep_s: float = 0,
        whole_up_to_bytes: int = 0,
    ) -> None:
        self.folder = folder
        self._keep_s = keep_s
        self._whole_up_to_bytes = whole_up_to_bytes
        self.sync_policy = sync
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _locked(folder)
        self._encoder = msgspec.msgpack.Encoder()
        self._buffer = bytearray()
        #: Events of the turn that are not in the buffer yet, and the number of the first.
        self._turn: list[AnyEvent] = []
        self._turn_seq = 0
        self._handle = -1
        self._unsynced = False
        #: The last event of a state that is still to be written, and the state.
        self._unfinished: tuple[int, Slices] | None = None
        #: Nothing is written until the next `rotate`.
        self.broken = True
        #: Why; empty before the first generation, and while all is well.
        self.trouble = ""
        #: Bytes and events written since the start; bytes in the present file.
        self.bytes_written = 0
        self.events_written = 0
        self.file_bytes = 0
        #: Failed writes, and events that are not on disk because of them.
        self.failures = 0
        self.events_lost = 0
        self._buffered = 0

    # -- events -----------------------------------------------------------------------------------

    def append(self, seq: int, event: AnyEvent) -> None:
        """Put an event in line for `commit`."""
        if self.broken:
            self.events_lost += 1
            return
        turn = self._turn
        if seq != self._turn_seq + len(turn):
            self._end_turn()
            self._turn_seq = seq
        turn.append(event)
        self._buffered += 1

    def skip(self, skipped: Skipped) -> None:
        """Put in line for `commit` that the engine did not take an event."""
        if not self.broken:
            self._end_turn()
            self._put(self._encoder.encode((RECORD_VERSION, skipped.seq, skipped)))

    def _end_turn(self) -> None:
        """Put the events of the turn into the buffer, in one record: many are encoded faster
        together. The next turn begins with another number."""
        turn = self._turn
        if turn:
            self._put(self._encoder.encode((RECORD_VERSION, self._turn_seq, turn)))
            turn.clear()
        self._turn_seq = -1

    def _put(self, payload: bytes) -> None:
        self._buffer += FRAME.pack(len(payload), zlib.crc32(payload))
        self._buffer += payload

    def commit(self, seq: int, done: OnCommitted) -> None:
        """Write what was appended; done at once."""
        was_broken = self.broken
        if not self.write() and not was_broken:
            _log.error("journal broken", folder=self.name, reason=self.trouble)
        done(seq)

    def write(self) -> bool:
        """Hand what was appended to the system, and see it to the disk if the policy says so.

        Returns:
            Whether all is well; if not, the journal is broken.
        """
        self._end_turn()
        if not self._buffer:
            return not self.broken
        try:
            write_all(self._handle, self._buffer)
            if self.sync_policy == "turn":
                os.fdatasync(self._handle)
        except OSError as error:
            self.events_lost += self._buffered
            self.break_off(error)
        else:
            self.bytes_written += len(self._buffer)
            self.file_bytes += len(self._buffer)
            self.events_written += self._buffered
            self._unsynced = self.sync_policy == "interval"
        self._buffer.clear()
        self._buffered = 0
        return not self.broken

    def break_off(self, error: OSError) -> None:
        """What was written is not certain to be on disk: nothing more is, until `rotate`."""
        self.failures += 1
        self.broken = True
        self.trouble = error.strerror or str(error)

    def sync_wanted(self) -> int | None:
        """A file handle to be synced, in a thread and then closed; None when there is no need."""
        if not self._unsynced or self.broken:
            return None
        self._unsynced = False
        return os.dup(self._handle)

    @property
    def name(self) -> str:
        """The folder."""
        return str(self.folder)

    def recover(self, leave_out: Sequence[int] = ()) -> Recovered | None:
        """Rebuild the engine from the last snapshot and the events since.

        Raises:
            OSError: the journal is broken, or cannot be read.
            JournalDamaged: it does not give a state.
        """
        if self.broken or not self.write():
            raise OSError(f"the journal in {self.folder} cannot be written: {self.trouble}")
        return recover(self.folder, leave_out=leave_out)

    # -- generations ------------------------------------------------------------------------------

    def rotate(self, seq: int, state: bytes) -> None:
        """Begin a generation with the state after event ``seq``.

        Raises:
            OSError: it cannot be written; the journal is broken then.
        """
        self.write()
        try:
            write_snapshot(snapshot_path(self.folder, seq), seq, state)
            self._begin_file(seq + 1)
        except OSError as error:
            self.break_off(error)
            raise
        self._forget_old()

    def begin(self, seq: int, slices: Slices) -> None:
        """Begin a generation after event ``seq``; its state is written by `finish`. Until that is
        done a recovery begins with the generation before.

        Raises:
            OSError: events cannot be written; the journal is broken then.
        """
        self.write()
        try:
            self._begin_file(seq + 1)
        except OSError as error:
            self.break_off(error)
            raise
        self._unfinished = (seq, slices)

    async def finish(self, on_slice: Callable[[int], None]) -> int:
        """Encode and write the state of the generation that was begun, a slice at a time and the
        disk's part in a thread; returns its bytes.

        Args:
            on_slice: told for how many nanoseconds each slice held up the loop.

        Raises:
            OSError: it cannot be written; the generation before is kept.
        """
        if self._unfinished is None:
            return 0
        (seq, slices), self._unfinished = self._unfinished, None
        parts = []
        begun_ns = perf_counter_ns()
        for part in slices:
            parts.append(part)
            held_ns = perf_counter_ns() - begun_ns
            if held_ns > _SLICE_NS:
                on_slice(held_ns)
                await asyncio.sleep(0)
                begun_ns = perf_counter_ns()
        path = snapshot_path(self.folder, seq)
        loop = asyncio.get_running_loop()
        size = await loop.run_in_executor(None, write_snapshot_parts, path, seq, parts)
        self._forget_old()
        return size

    def _begin_file(self, first_seq: int) -> None:
        path = journal_path(self.folder, first_seq)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        self._close_file()
        self._handle = handle
        write_all(handle, HEAD.pack(JOURNAL_MAGIC, first_seq))
        sync_folder(self.folder)
        self.broken = False
        self.trouble = ""
        self.file_bytes = HEAD.size
        self._unsynced = True

    def _forget_old(self) -> None:
        for path in self.folder.glob("*.unfinished"):
            path.unlink(missing_ok=True)
        snapshots = numbered(self.folder, ".snapshot")
        if len(snapshots) <= _GENERATIONS:
            return
        oldest = snapshots[-_GENERATIONS][0]
        if self._keep_s:
            # A generation goes when the next one's snapshot is as old: all events since are kept.
            since = time.time() - self._keep_s
            old = [seq for seq, path in snapshots if path.stat().st_mtime <= since]
            oldest = min(oldest, max(old, default=-1))
        events = numbered(self.folder, ".journal")
        is_whole = sum(path.stat().st_size for _, path in events) <= self._whole_up_to_bytes
        for number, path in snapshots[is_whole:]:
            if number < oldest:
                path.unlink(missing_ok=True)
        if is_whole:
            return
        for number, path in events:
            if number <= oldest:
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Write and sync what is left, and let others have the folder."""
        self.write()
        if self._handle >= 0 and not self.broken:
            os.fdatasync(self._handle)
        self._close_file()
        os.close(self._lock)

    def _close_file(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def discard(folder: Path) -> None:
    """Remove all generations of a folder.

    Raises:
        JournalInUse: another process has the folder.
    """
    if not folder.is_dir():
        return
    lock = _locked(folder)
    try:
        for suffix in (".snapshot", ".journal", ".unfinished"):
            for path in folder.glob(f"*{suffix}"):
                path.unlink()
    finally:
        os.close(lock)


def _locked(folder: Path) -> int:
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise JournalInUse(f"another process writes the journal in {folder}") from error
    return handle
