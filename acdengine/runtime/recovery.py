"""Recovery: from the newest snapshot that is whole and the events after it, the same engine again.

Commands that come of the events are not carried out again; after a restart every adapter tells
what is live on its switch (`SwitchSynced`), and the engine orders anew what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from acdengine.engine import Engine
from acdengine.errors import ACDError, InvalidTransition
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact
from acdengine.runtime.event_application import apply_event
from acdengine.runtime.journal_files import (
    JournalDamaged,
    numbered,
    read_journal,
    read_snapshot,
)

OnFacts = Callable[[int, Sequence[AnyFact]], None]

#: A journal in which more events than this bring the engine down is of no use.
_POISONED_LIMIT = 10


class Recovered(Struct):
    """An engine as it was, and what had to be done for it."""

    engine: Engine
    #: The number of the last event in it.
    seq: int
    #: Events after the snapshot.
    replayed: int
    #: The number of the snapshot's last event.
    snapshot_seq: int
    #: Bytes at the end of files that were no whole record: what was being written at the end.
    torn_bytes: int
    #: Snapshots that could not be read.
    bad_snapshots: int
    #: Events that the tables did not allow (as when they first came).
    refused: int
    #: Events that brought the engine down and were left out.
    poisoned: list[int]
    #: Deadlines that did, and do not fire any more: how many.
    voided: int = 0


def recover(
    folder: Path,
    on_facts: OnFacts | None = None,
    leave_out: Sequence[int] = (),
    void: Sequence[tuple[int, int]] = (),
) -> Recovered | None:
    """The engine of a journal; None when there is none to recover.

    Args:
        folder: of the journal; nothing is written to it.
        on_facts: told of the facts of the events after the snapshot, once more.
        leave_out: events that are known to bring the engine down.
        void: deadlines that are known to do so: before which event, and the deadline's serial.

    Raises:
        JournalDamaged: there is a journal, but not one from which a state can be worked out.
    """
    snapshots = numbered(folder, ".snapshot")
    if not snapshots:
        if numbered(folder, ".journal"):
            raise JournalDamaged(f"{folder} holds events, but no snapshot that they follow")
        return None
    bad = 0
    for snapshot_seq, path in reversed(snapshots):
        state = read_snapshot(path)
        if state is None:
            bad += 1
            continue
        events, torn_bytes = _events_after(folder, snapshot_seq)
        recovered = _replayed(state, events, _Left(list(leave_out), list(void)), on_facts)
        recovered.snapshot_seq = snapshot_seq
        recovered.seq = events[-1][0] if events else snapshot_seq
        recovered.torn_bytes = torn_bytes
        recovered.bad_snapshots = bad
        return recovered
    raise JournalDamaged(f"none of the {bad} snapshots in {folder} is whole")


def _events_after(folder: Path, snapshot_seq: int) -> tuple[list[tuple[int, AnyEvent]], int]:
    events: list[tuple[int, AnyEvent]] = []
    torn_bytes = 0
    expected = snapshot_seq + 1
    for first_seq, path in numbered(folder, ".journal"):
        if first_seq <= snapshot_seq:
            continue
        if first_seq > expected:
            raise JournalDamaged(f"events {expected} to {first_seq - 1} are not in {folder}")
        stretch = read_journal(path, first_seq)
        torn_bytes += stretch.torn_bytes
        # A file that begins before the last one ended: what was torn there was written again.
        events = [*events[: first_seq - snapshot_seq - 1], *stretch.events]
        expected = snapshot_seq + 1 + len(events)
    return events, torn_bytes


class _Left(Struct):
    """What brings the engine down: events, and deadlines with the event that they fire before."""

    events: list[int]
    deadlines: list[tuple[int, int]]

    def add(self, seq: int, deadline: int, error: Exception) -> None:
        """The engine was brought down at this event, by a deadline where one is given."""
        if deadline:
            self.deadlines.append((seq, deadline))
        else:
            self.events.append(seq)
        if len(self.events) + len(self.deadlines) > _POISONED_LIMIT:
            found = sorted({*self.events, *(at for at, _ in self.deadlines)})
            raise JournalDamaged(f"events {found} all bring the engine down") from error


def _replayed(
    state: bytes,
    events: Sequence[tuple[int, AnyEvent]],
    left: _Left,
    on_facts: OnFacts | None,
) -> Recovered:
    """The engine after the events, without what it cannot take."""
    engine = _restored(state)
    told = 0
    refused = 0

    def count(_: InvalidTransition, __: AnyEvent) -> None:
        nonlocal refused
        refused += 1

    place = 0
    while place < len(events):
        seq, event = events[place]
        place += 1
        for before, deadline in left.deadlines:
            if before == seq:
                engine.void_deadline(deadline)
        if seq in left.events:
            continue
        try:
            apply_event(engine, event, count)
        except Exception as error:  # noqa: BLE001 - whatever it is, the engine is half changed
            # A defect that leaves the engine half changed: begin again without its cause.
            left.add(seq, engine.failed_deadline, error)
            engine, place, refused = _restored(state), 0, 0
            continue
        facts = engine.drain_facts()
        if facts and on_facts is not None and seq > told:
            on_facts(seq, facts)
            told = seq
    return Recovered(
        engine, 0, len(events), 0, 0, 0, refused, left.events, len(left.deadlines)
    )  # fmt: skip


def _restored(state: bytes) -> Engine:
    try:
        return Engine.restore(state)
    except (msgspec.DecodeError, ACDError) as error:
        raise JournalDamaged(f"the snapshot is whole, but not of this engine: {error}") from error
