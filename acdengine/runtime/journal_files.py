"""The journal's files: how events and snapshots lie on disk.

A folder holds generations. One generation is a snapshot and the events after it:

    00000000000000001200.snapshot    the state after event 1200
    00000000000000001201.journal     events 1201 and on

A journal file is 16 bytes of head (`JOURNAL_MAGIC`, then the number of its first event as a
little-endian 64-bit integer) and records: length (32 bits), CRC-32 of the payload (32 bits),
payload: msgpack of the event's number and the event. A snapshot is `SNAPSHOT_MAGIC`, the number of
the last event in it, length (64 bits), CRC-32 (32 bits), and the engine's own bytes. Whatever is
not whole is not there: a record that was being written when the process died ends the file.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from acdengine.errors import ACDError
from acdengine.events import AnyEvent

JOURNAL_MAGIC: Final = b"ACDJRNL1"
SNAPSHOT_MAGIC: Final = b"ACDSNAP1"
HEAD: Final = struct.Struct("<8sQ")
FRAME: Final = struct.Struct("<II")
_SNAPSHOT_HEAD: Final = struct.Struct("<8sQQI")

_decoder: Final = msgspec.msgpack.Decoder(tuple[int, AnyEvent])


class JournalDamaged(ACDError):
    """The journal cannot be read as a whole: events are missing between what can be read."""


class Stretch(NamedTuple):
    """What could be read of one journal file."""

    events: list[tuple[int, AnyEvent]]
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
    head = _SNAPSHOT_HEAD.pack(SNAPSHOT_MAGIC, seq, len(state), zlib.crc32(state))
    unfinished = path.with_suffix(".unfinished")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        write_all(handle, head + state)
        os.fsync(handle)
    except OSError:
        # Half a snapshot is of no use, and may be what the disk is full with.
        unfinished.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)
    unfinished.rename(path)
    sync_folder(path.parent)


def read_snapshot(path: Path) -> bytes | None:
    """The engine's bytes of a snapshot; None where it is not whole."""
    content = path.read_bytes()
    if len(content) < _SNAPSHOT_HEAD.size:
        return None
    magic, _, length, check = _SNAPSHOT_HEAD.unpack_from(content)
    state = content[_SNAPSHOT_HEAD.size :]
    if magic != SNAPSHOT_MAGIC or len(state) != length or zlib.crc32(state) != check:
        return None
    return state


def read_journal(path: Path, first_seq: int) -> Stretch:
    """The whole records of a journal file, up to the first that is not.

    Raises:
        JournalDamaged: it is a journal of something else.
    """
    content = path.read_bytes()
    if len(content) < HEAD.size:
        return Stretch([], len(content))
    magic, first = HEAD.unpack_from(content)
    if magic != JOURNAL_MAGIC or first != first_seq:
        raise JournalDamaged(f"{path} does not hold the journal from event {first_seq} on")
    events: list[tuple[int, AnyEvent]] = []
    end = HEAD.size
    for seq, event, after in _records(content, HEAD.size):
        if seq != first_seq + len(events):
            break
        events.append((seq, event))
        end = after
    return Stretch(events, len(content) - end)


def _records(content: bytes, start: int) -> Iterator[tuple[int, AnyEvent, int]]:
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
            seq, event = _decoder.decode(payload)
        except msgspec.DecodeError:
            return
        yield seq, event, start


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
