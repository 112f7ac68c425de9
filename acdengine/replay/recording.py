"""A recording: a journal's folder, read from its oldest whole snapshot to its last whole event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from acdengine.events import AnyEvent
from acdengine.runtime.journal_files import (
    JournalDamaged,
    numbered,
    read_journal,
    read_snapshot,
)
from acdengine.runtime.journal_records import Skipped

#: In each record of a `Skipped`.
_TAG: Final = Skipped.__name__.encode()


@dataclass(frozen=True, slots=True)
class Recording:
    """Where a journal begins, and what follows.

    Attributes:
        folder: of the journal.
        seq: the last event that is in ``state``; the first recorded one is the next.
        state: the engine's, as the oldest whole snapshot has it.
        snapshots: the later whole ones, by the number of their last event.
        bad_snapshots: those that cannot be read.
        skipped: events and deadlines that the engine did not take, whenever that was found.
    """

    folder: Path
    seq: int
    state: bytes
    snapshots: dict[int, Path] = field(default_factory=dict)
    bad_snapshots: int = 0
    skipped: Sequence[Skipped] = ()

    def stretches(self) -> Iterator[Sequence[tuple[int, AnyEvent]]]:
        """Events after the snapshot with their numbers, a file at a time, oldest first.

        Raises:
            JournalDamaged: events are missing between two files.
            OSError: a file cannot be read.
        """
        files = [one for one in numbered(self.folder, ".journal") if one[0] > self.seq]
        expected = self.seq + 1
        for place, (first, path) in enumerate(files):
            if first > expected:
                raise JournalDamaged(f"events {expected} to {first - 1} are not in {self.folder}")
            stretch = read_journal(path, first)
            # What was torn at the end of a file was written again at the beginning of the next.
            ends = files[place + 1][0] if place + 1 < len(files) else None
            events = [one for one in stretch.events if ends is None or one[0] < ends]
            expected = first + len(events)
            yield events


def open_recording(folder: Path) -> Recording:
    """Open a journal for reading; a running daemon may go on writing to it.

    Raises:
        JournalDamaged: there is no whole snapshot, or it was written by a newer version.
        OSError: the folder cannot be read.
    """
    if not folder.is_dir():
        raise JournalDamaged(f"{folder} is no folder of a journal")
    bad = 0
    begin: tuple[int, bytes] | None = None
    later: dict[int, Path] = {}
    for seq, path in numbered(folder, ".snapshot"):
        state = read_snapshot(path)
        if state is None:
            bad += 1
        elif begin is None:
            begin = seq, state
        else:
            later[seq] = path
    if begin is None:
        raise JournalDamaged(f"{folder} holds no whole snapshot, with which a replay begins")
    return Recording(folder, *begin, later, bad, _skipped_in(folder, begin[0]))


def _skipped_in(folder: Path, after_seq: int) -> list[Skipped]:
    """What all files say of events that were not taken: what is found after a restart stands in a
    later file than the event."""
    found: list[Skipped] = []
    for first, path in numbered(folder, ".journal"):
        # Most files hold none, and are decoded once only.
        if first > after_seq and _TAG in path.read_bytes():
            found += read_journal(path, first).skipped
    return found
