"""The journal's files: how events and snapshots lie on disk.

A folder holds generations. One generation is a snapshot and the events after it:

    00000000000000001200.snapshot    the state after event 1200
    00000000000000001201.journal     events 1201 and on

A journal file is 16 bytes of head (`JOURNAL_MAGIC`, then the number of its first event as a
little-endian 64-bit integer) and records: length (32 bits), CRC-32 of the payload (32 bits),
payload (`acdengine.runtime.journal_records`). A snapshot is `SNAPSHOT_MAGIC`, the number of the
last event in it, length (64 bits), CRC-32 (32 bits), the version of the engine's state (32 bits),
and the engine's state. A record that is not whole ends the file: it was being written when the
process died.

The last digit of a magic is the version of the file. Older versions are read, newer ones refused.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from acdengine.engine.snapshot import VERSION as STATE_VERSION
from acdengine.errors import ACDError
from acdengine.events import AnyEvent
from acdengine.runtime.journal_records import RecordVersionUnknown, Skipped, decode_record

JOURNAL_MAGIC: Final = b"ACDJRNL2"
SNAPSHOT_MAGIC: Final = b"ACDSNAP2"
_OLDER_JOURNALS: Final = (b"ACDJRNL1",)
HEAD: Final = struct.Struct("<8sQ")
FRAME: Final = struct.Struct("<II")
_SNAPSHOT_HEAD: Final = struct.Struct("<8sQQII")
#: Version 1 had no version of the state: it was 1.
_SNAPSHOT_HEAD_1: Final = struct.Struct("<8sQQI")
_SNAPSHOT_MAGIC_1: Final = b"ACDSNAP1"
_MAGIC_NAME: Final = 7


class JournalDamaged(ACDError):
    """The journal cannot be read as a whole: events are missing between what can be read."""


class Stretch(NamedTuple):
    """What could be read of one journal file."""

    events: list[tuple[int, AnyEvent]]
    #: Events and deadlines that the engine did not take.
    skipped: list[Skipped]
    #: Bytes after the last whole record.
    torn_bytes: int


def journal_path(folder: Path, first_seq: int) -> Path:
    """The file of the events from ``first_seq`` on."""
    return folder / f"{first_seq:020d}.journal"


def snapshot_path(folder: Path, seq: int) -> Path:
    """The file of the state after event ``seq``."""
    return folder / f"{seq:020d}.snapshot"


def numbered(folder: Path, suffix: str) -> list[tuple[int, Path]]:
    """The files of one kind with their numbers, oldest first; other files are passed over."""
    found = [
        (int(path.stem), path)
        for path in folder.glob(f"*{suffix}")
        if path.stem.isascii() and path.stem.isdigit()
    ]
    return sorted(found)


def write_snapshot(path: Path, seq: int, state: bytes) -> None:
    """Put a snapshot on disk, whole or not at all."""
    write_snapshot_parts(path, seq, [state])


def write_snapshot_parts(path: Path, seq: int, parts: Sequence[bytes]) -> int:
    """The same with a state that comes in parts, which are never copied into one: in a thread that
    would hold up the loop. Returns its bytes."""
    size = check = 0
    for part in parts:
        size += len(part)
        check = zlib.crc32(part, check)
    head = _SNAPSHOT_HEAD.pack(SNAPSHOT_MAGIC, seq, size, check, STATE_VERSION)
    unfinished = path.with_suffix(".unfinished")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        for part in (head, *parts):
            write_all(handle, part)
        os.fsync(handle)
    except OSError:
        # Half a snapshot is of no use, and may be what the disk is full with.
        unfinished.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)
    unfinished.rename(path)
    sync_folder(path.parent)
    return size


def read_snapshot(path: Path) -> bytes | None:
    """Read the engine's state; None where the snapshot is not whole.

    The engine migrates a state of an older version (`acdengine.engine.snapshot_migrations`).

    Raises:
        JournalDamaged: it was written by a newer version.
    """
    content = path.read_bytes()
    magic = content[: len(SNAPSHOT_MAGIC)]
    head = _SNAPSHOT_HEAD_1 if magic == _SNAPSHOT_MAGIC_1 else _SNAPSHOT_HEAD
    if len(content) < head.size:
        return None
    _refuse_newer(path, magic, SNAPSHOT_MAGIC)
    if magic == _SNAPSHOT_MAGIC_1:
        _, _, length, check = head.unpack_from(content)
        version = 1
    else:
        _, _, length, check, version = head.unpack_from(content)
    state = content[head.size :]
    if magic not in (SNAPSHOT_MAGIC, _SNAPSHOT_MAGIC_1):
        return None
    if len(state) != length or zlib.crc32(state) != check:
        return None
    if version > STATE_VERSION:
        raise JournalDamaged(
            f"{path} holds a state of version {version}, this acdengine reads up to {STATE_VERSION}"
        )
    return state


def _refuse_newer(path: Path, magic: bytes, own: bytes) -> None:
    if magic[:_MAGIC_NAME] == own[:_MAGIC_NAME] and magic > own:
        raise JournalDamaged(f"{path} was written by a newer version of acdengine")


def read_journal(path: Path, first_seq: int) -> Stretch:
    """Read the whole records of a journal file, up to the first that is not.

    Raises:
        JournalDamaged: it is a journal of something else, or of a newer version.
    """
    content = path.read_bytes()
    if len(content) < HEAD.size:
        return Stretch([], [], len(content))
    magic, first = HEAD.unpack_from(content)
    _refuse_newer(path, magic, JOURNAL_MAGIC)
    if magic not in (JOURNAL_MAGIC, *_OLDER_JOURNALS) or first != first_seq:
        raise JournalDamaged(f"{path} does not hold the journal from event {first_seq} on")
    events: list[tuple[int, AnyEvent]] = []
    skipped: list[Skipped] = []
    end = HEAD.size
    try:
        for seq, record, after in _records(content, HEAD.size):
            if isinstance(record, Skipped):
                skipped.append(record)
            elif seq == first_seq + len(events):
                events += enumerate(record, seq)
            else:
                break
            end = after
    except RecordVersionUnknown as error:
        raise JournalDamaged(f"{path}: {error}") from error
    return Stretch(events, skipped, len(content) - end)


def _records(content: bytes, start: int) -> Iterator[tuple[int, list[AnyEvent] | Skipped, int]]:
    """Whole records with the place after each."""
    view = memoryview(content)
    while start + FRAME.size <= len(content):
        length, check = FRAME.unpack_from(content, start)
        begin = start + FRAME.size
        start = begin + length
        payload = view[begin:start]
        if len(payload) < length or zlib.crc32(payload) != check:
            return
        try:
            seq, record = decode_record(payload)
        except msgspec.DecodeError:
            return
        yield seq, record, start


def write_all(handle: int, content: bytes | bytearray) -> None:
    """Write everything; the system may take less at once, on a disk that is nearly full.

    Raises:
        OSError: it cannot be written.
    """
    written = os.write(handle, content)
    while written < len(content):
        written += os.write(handle, memoryview(content)[written:])


def sync_folder(folder: Path) -> None:
    """Have the folder's list of files on disk, so that a new name outlives a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
