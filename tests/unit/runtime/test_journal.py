"""The journal: after any failure of the process or the disk, what can be read is true."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from acdengine.engine import Engine
from acdengine.events import AnyEvent
from acdengine.runtime.journal import Journal, JournalInUse, SyncPolicy, discard
from acdengine.runtime.journal_files import JournalDamaged, journal_path, snapshot_path
from acdengine.runtime.recovery import recover
from tests.unit.runtime.centre import busy_day, plan

Day = tuple[list[AnyEvent], list[bytes]]


def states_of(events: list[AnyEvent]) -> list[bytes]:
    """The state before the first event, and after each."""
    engine = Engine(plan())
    engine.drain_facts()
    states = [engine.snapshot()]
    for event in events:
        engine.handle(event)
        engine.drain_facts()
        states.append(engine.snapshot())
    return states


def state_of(folder: Path) -> tuple[int, bytes]:
    recovered = recover(folder)
    assert recovered is not None
    recovered.engine.drain_facts()
    return recovered.seq, recovered.engine.snapshot()


def written(folder: Path, events: list[AnyEvent], states: list[bytes], every: int = 0) -> None:
    """A journal of events, with a generation begun every so many of them."""
    journal = Journal(folder, "never")
    journal.rotate(0, states[0])
    for seq, event in enumerate(events, 1):
        journal.append(seq, event)
        journal.write()
        if every and seq % every == 0:
            journal.rotate(seq, states[seq])
    journal.close()


@pytest.fixture(scope="module")
def day() -> Day:
    events = busy_day()
    return events, states_of(events)


def test_without_a_journal_there_is_nothing_to_recover(tmp_path: Path) -> None:
    assert recover(tmp_path) is None


def test_recovery_gives_the_state_after_the_last_event(tmp_path: Path, day: Day) -> None:
    events, states = day
    written(tmp_path, events, states)
    assert state_of(tmp_path) == (len(events), states[-1])


@pytest.mark.slow
def test_a_kill_at_any_byte_leaves_the_state_after_the_last_whole_event(
    tmp_path: Path, day: Day
) -> None:
    events, states = day
    written(tmp_path, events, states)
    path = journal_path(tmp_path, 1)
    whole = path.read_bytes()
    seen = []
    # Every byte would take long and say nothing more: all places around record ends, and a comb.
    places = sorted({*range(500), *range(0, len(whole), 53), *range(len(whole) - 200, len(whole))})
    for length in places:
        path.write_bytes(whole[:length])
        recovered = recover(tmp_path)
        assert recovered is not None
        recovered.engine.drain_facts()
        assert recovered.engine.snapshot() == states[recovered.seq]
        seen.append(recovered.seq)
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert seen[-1] == len(events) - 1


def test_a_torn_record_is_reported(tmp_path: Path, day: Day) -> None:
    events, states = day
    written(tmp_path, events, states)
    path = journal_path(tmp_path, 1)
    path.write_bytes(path.read_bytes()[:-5])
    recovered = recover(tmp_path)
    assert recovered is not None
    assert recovered.seq == len(events) - 1
    assert recovered.torn_bytes > 0


def test_a_changed_byte_ends_what_is_believed(tmp_path: Path, day: Day) -> None:
    events, states = day
    written(tmp_path, events, states)
    path = journal_path(tmp_path, 1)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x40
    path.write_bytes(content)
    seq, state = state_of(tmp_path)
    assert 0 < seq < len(events)
    assert state == states[seq]


def test_work_goes_on_after_a_torn_end(tmp_path: Path, day: Day) -> None:
    events, states = day
    written(tmp_path, events[:10], states)
    path = journal_path(tmp_path, 1)
    path.write_bytes(path.read_bytes()[:-3])
    seq, state = state_of(tmp_path)
    journal = Journal(tmp_path, "never")
    journal.rotate(seq, state)
    for number in range(seq + 1, len(events) + 1):
        journal.append(number, events[number - 1])
    journal.close()
    assert state_of(tmp_path) == (len(events), states[-1])


def test_an_unreadable_snapshot_is_made_good_by_the_generation_before(
    tmp_path: Path, day: Day
) -> None:
    events, states = day
    written(tmp_path, events, states, every=10)
    newest = sorted(tmp_path.glob("*.snapshot"))[-1]
    newest.write_bytes(newest.read_bytes()[:-1])
    recovered = recover(tmp_path)
    assert recovered is not None
    assert recovered.bad_snapshots == 1
    assert state_of(tmp_path) == (len(events), states[-1])


def test_a_generation_missing_in_between_is_not_passed_over(tmp_path: Path, day: Day) -> None:
    events, states = day
    written(tmp_path, events, states, every=10)
    snapshots = sorted(tmp_path.glob("*.snapshot"))
    snapshots[-1].write_bytes(b"")
    journals = sorted(tmp_path.glob("*.journal"))
    journals[-2].unlink()
    with pytest.raises(JournalDamaged, match="are not in"):
        recover(tmp_path)


def test_events_without_a_snapshot_are_no_journal(tmp_path: Path, day: Day) -> None:
    events, states = day
    written(tmp_path, events, states)
    snapshot_path(tmp_path, 0).unlink()
    with pytest.raises(JournalDamaged, match="no snapshot"):
        recover(tmp_path)


def test_old_generations_are_removed_but_the_one_before_is_kept(tmp_path: Path, day: Day) -> None:
    events, states = day
    written(tmp_path, events, states, every=5)
    last = len(events) // 5 * 5
    snapshots = [int(path.stem) for path in sorted(tmp_path.glob("*.snapshot"))]
    journals = [int(path.stem) for path in sorted(tmp_path.glob("*.journal"))]
    assert snapshots == [last - 5, last]
    assert journals == [last - 4, last + 1]


def test_generations_are_kept_for_replays_as_long_as_wanted(tmp_path: Path, day: Day) -> None:
    """From every moment of that time on: the generation that was going on then is kept, too."""
    events, states = day
    journal = Journal(tmp_path, "never", keep_s=3600)
    now_s = time.time()
    ages_s = (20_000, 10_000, 3_000, 1_000, 0)
    for seq, age_s in enumerate(ages_s):
        journal.rotate(seq, states[seq])
        os.utime(snapshot_path(tmp_path, seq), (now_s - age_s, now_s - age_s))
        journal.append(seq + 1, events[seq])
    journal.rotate(len(ages_s), states[len(ages_s)])
    journal.close()
    kept = [int(path.stem) for path in sorted(tmp_path.glob("*.snapshot"))]
    assert kept == [1, 2, 3, 4, 5]
    assert [int(path.stem) for path in sorted(tmp_path.glob("*.journal"))] == [2, 3, 4, 5, 6]


def test_a_full_disk_breaks_the_journal_until_the_next_generation(
    tmp_path: Path, day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    events, states = day
    journal = Journal(tmp_path, "never")
    journal.rotate(0, states[0])
    journal.append(1, events[0])
    assert journal.write()

    def full(handle: int, content: bytes | bytearray) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("acdengine.runtime.journal.write_all", full)
        journal.append(2, events[1])
        assert not journal.write()
        journal.append(3, events[2])
    assert (journal.broken, journal.failures, journal.events_lost) == (True, 1, 2)
    journal.rotate(3, states[3])
    journal.append(4, events[3])
    journal.close()
    assert not journal.broken
    assert state_of(tmp_path) == (4, states[4])


def test_a_system_that_takes_a_few_bytes_at_a_time_is_waited_for(
    tmp_path: Path, day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    events, states = day
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, view: write(handle, bytes(view[:50])))
    written(tmp_path, events, states)
    assert state_of(tmp_path) == (len(events), states[-1])


def test_two_processes_cannot_write_one_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with pytest.raises(JournalInUse):
        Journal(tmp_path)
    with pytest.raises(JournalInUse):
        discard(tmp_path)
    journal.close()
    discard(tmp_path)


def test_only_the_owner_can_read_it(tmp_path: Path, day: Day) -> None:
    events, states = day
    written(tmp_path, events, states)
    for path in tmp_path.iterdir():
        assert path.stat().st_mode & 0o077 == 0


def test_synced_at_each_turn_or_now_and_then(tmp_path: Path, day: Day) -> None:
    events, states = day
    policies: list[tuple[SyncPolicy, bool]] = [
        ("turn", False),
        ("interval", True),
        ("never", False),
    ]
    for policy, wanted in policies:
        journal = Journal(tmp_path / policy, policy)
        journal.rotate(0, states[0])
        handle = journal.sync_wanted()
        if handle is not None:
            os.close(handle)
        journal.append(1, events[0])
        journal.write()
        handle = journal.sync_wanted()
        assert (handle is not None) == wanted
        if handle is not None:
            os.close(handle)
        journal.close()
