"""Recovery: rebuilds the engine from the newest whole snapshot and the events after it.

Commands of replayed events are not sent again. After a restart every adapter reports what is live
on its switch (`SwitchSynced`), and the engine sends what is missing.
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
from acdengine.runtime.journal_records import Skipped

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
    #: Deadlines that did, and are void: how many.
    voided: int = 0
    #: Of both, those that were found in this recovery: the event log does not hold them yet.
    found: list[Skipped] = []


def recover(
    folder: Path,
    on_facts: OnFacts | None = None,
    leave_out: Sequence[int] = (),
    *,
    from_oldest: bool = False,
) -> Recovered | None:
    """Rebuild the engine of a journal; None when there is none to recover.

    Args:
        folder: of the journal; nothing is written to it.
        on_facts: called with the facts of the events after the snapshot.
        leave_out: numbers of events that the engine is rebuilt without, besides those that the
            journal says are poisoned.
        from_oldest: begin with the oldest snapshot, so that as many facts as can be are told again.

    Raises:
        JournalDamaged: there is a journal, but not one from which a state can be worked out.
    """
    snapshots = numbered(folder, ".snapshot")
    if not snapshots:
        if numbered(folder, ".journal"):
            raise JournalDamaged(f"{folder} holds events, but no snapshot that they follow")
        return None
    bad = 0
    for snapshot_seq, path in snapshots if from_oldest else reversed(snapshots):
        state = read_snapshot(path)
        if state is None:
            bad += 1
            continue
        events, skipped, torn_bytes = events_after(folder, snapshot_seq)
        recovered = _replayed(state, events, _Left.known(skipped, leave_out), on_facts)
        recovered.snapshot_seq = snapshot_seq
        recovered.seq = events[-1][0] if events else snapshot_seq
        recovered.torn_bytes = torn_bytes
        recovered.bad_snapshots = bad
        return recovered
    raise JournalDamaged(f"none of the {bad} snapshots in {folder} is whole")


def events_after(
    folder: Path, snapshot_seq: int
) -> tuple[list[tuple[int, AnyEvent]], list[Skipped], int]:
    """Events after a snapshot, what was skipped of them, and bytes that are no whole record.

    Raises:
        JournalDamaged: some of the events are not there.
    """
    events: list[tuple[int, AnyEvent]] = []
    skipped: list[Skipped] = []
    torn_bytes = 0
    expected = snapshot_seq + 1
    for first_seq, path in numbered(folder, ".journal"):
        if first_seq <= snapshot_seq:
            continue
        if first_seq > expected:
            raise JournalDamaged(f"events {expected} to {first_seq - 1} are not in {folder}")
        stretch = read_journal(path, first_seq)
        torn_bytes += stretch.torn_bytes
        skipped += stretch.skipped
        # A file that begins before the last one ended: what was torn there was written again.
        events = [*events[: first_seq - snapshot_seq - 1], *stretch.events]
        expected = snapshot_seq + 1 + len(events)
    return events, skipped, torn_bytes


class _Left(Struct):
    """What brings the engine down: events, and deadlines with the event that they fire before."""

    events: list[int]
    deadlines: list[tuple[int, int]]
    found: list[Skipped]

    @classmethod
    def known(cls, skipped: Sequence[Skipped], leave_out: Sequence[int]) -> _Left:
        """What the journal says of it, and further events."""
        poisoned = [one.seq for one in skipped if one.reason == "poisoned"]
        events = list(dict.fromkeys((*poisoned, *leave_out)))
        deadlines = [(one.seq, one.deadline) for one in skipped if one.reason == "deadline"]
        return cls(events, deadlines, [])

    def add(self, seq: int, deadline: int, error: Exception) -> None:
        """Leave out the event that brought the engine down, or the deadline where one is given."""
        problem = f"{type(error).__name__}: {error}"
        if deadline:
            self.deadlines.append((seq, deadline))
            self.found.append(Skipped(seq, "deadline", problem, deadline))
        else:
            self.events.append(seq)
            self.found.append(Skipped(seq, "poisoned", problem))
        if len(self.events) + len(self.deadlines) > _POISONED_LIMIT:
            found = sorted({*self.events, *(at for at, _ in self.deadlines)})
            raise JournalDamaged(f"events {found} all bring the engine down") from error


def _replayed(
    state: bytes,
    events: Sequence[tuple[int, AnyEvent]],
    left: _Left,
    on_facts: OnFacts | None,
) -> Recovered:
    """Replay the events, without those that the engine cannot take."""
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
        except Exception as error:  # noqa: BLE001 - after any error the engine may be half changed
            # A defect that leaves the engine half changed: begin again without its cause.
            left.add(seq, engine.failed_deadline, error)
            engine, place, refused = _restored(state), 0, 0
            continue
        facts = engine.drain_facts()
        if facts and on_facts is not None and seq > told:
            on_facts(seq, facts)
            told = seq
    return Recovered(
        engine, 0, len(events), 0, 0, 0, refused, left.events, len(left.deadlines), left.found
    )  # fmt: skip


def _restored(state: bytes) -> Engine:
    try:
        return Engine.restore(state)
    except (msgspec.DecodeError, ACDError) as error:
        raise JournalDamaged(f"the snapshot is whole, but not of this engine: {error}") from error
