"""The spool: every fact once, whatever the daemon, the reader or the disk does."""

from __future__ import annotations

from pathlib import Path

import pytest

from acdengine.records.spool import Spool, SpoolReader, source_of, spooled_sources
from tests.unit.records.history import Told, of_a_busy_day


def read(reader: SpoolReader) -> list[tuple[int, int]]:
    """The keys of what is there."""
    return [
        (seq, first + place)
        for events in reader.read(1_000_000)
        for seq, first, facts in events
        for place in range(len(facts))
    ]


def keys(told: list[Told]) -> list[tuple[int, int]]:
    return [(seq, place) for seq, facts in told for place in range(len(facts))]


def test_what_is_appended_is_read_in_order(tmp_path: Path) -> None:
    told = of_a_busy_day()
    spool, reader = Spool(tmp_path, "a"), SpoolReader(tmp_path, "a")
    found = []
    for seq, facts in told:
        spool.take(seq, facts)
        spool.flush()
        found += read(reader)
    assert found == keys(told)
    assert [*reader.read(10)] == []


def test_the_reader_goes_on_after_what_the_database_has(tmp_path: Path) -> None:
    told = of_a_busy_day()
    spool = Spool(tmp_path, "a")
    for seq, facts in told:
        spool.take(seq, facts)
    spool.close()
    everything = keys(told)
    for place in (0, 5, len(everything) - 1):
        reader = SpoolReader(tmp_path, "a", everything[place])
        assert read(reader) == everything[place + 1 :]


def test_facts_that_are_told_again_after_a_crash_are_there_once(tmp_path: Path) -> None:
    told = of_a_busy_day()
    first = Spool(tmp_path, "a")
    for seq, facts in told[:9]:
        first.take(seq, facts)
    # Of the last event only a part.
    first.take(told[9][0], told[9][1][:1])
    first.flush()
    second = Spool(tmp_path, "a")
    for seq, facts in told:
        second.take(seq, facts)
    second.flush()
    assert read(SpoolReader(tmp_path, "a")) == keys(told)


@pytest.mark.parametrize("cut", [1, 5, 9, 40])
def test_what_was_being_written_when_the_daemon_died_is_told_again(
    tmp_path: Path, cut: int
) -> None:
    told = of_a_busy_day()
    first = Spool(tmp_path, "a")
    for seq, facts in told[:9]:
        first.take(seq, facts)
    first.close()
    file = tmp_path / "a" / "facts.spool"
    file.write_bytes(file.read_bytes()[:-cut])
    # A writer of the dead daemon is in the middle of that frame.
    reader = SpoolReader(tmp_path, "a")
    found = read(reader)
    second = Spool(tmp_path, "a")
    for seq, facts in told:
        second.take(seq, facts)
    second.flush()
    assert found + read(reader) == keys(told)
    assert reader.damaged == 0


def test_large_files_are_followed_by_others_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("acdengine.records.spool._ROTATE_BYTES", 300)
    told = of_a_busy_day()
    spool, reader = Spool(tmp_path, "a"), SpoolReader(tmp_path, "a")
    found = []
    for seq, facts in told:
        spool.take(seq, facts)
        spool.flush()
        if seq % 5 == 0:
            found += read(reader)
    assert len([*(tmp_path / "a").glob("facts.*.spool")]) > 3
    found += read(reader)
    assert found == keys(told)
    reader.remove_done()
    assert len([*(tmp_path / "a").glob("facts.*.spool")]) == 0


def test_a_full_spool_loses_facts_and_counts_them(tmp_path: Path) -> None:
    told = of_a_busy_day()
    spool = Spool(tmp_path, "a", limit_bytes=1)
    spool.take(*told[0])
    spool.flush()
    assert spool.trouble == "the spool is full"
    spool.take(*told[1])
    assert (spool.facts, spool.facts_lost) == (
        len(told[0][1]) + len(told[1][1]),
        len(told[1][1]),
    )


def test_a_journal_that_goes_on_keeps_its_numbering(tmp_path: Path) -> None:
    new = source_of(tmp_path)
    # A journal that was not begun after all.
    begun = source_of(tmp_path)
    assert begun != new
    (tmp_path / "00000000000000000000.snapshot").touch()
    assert source_of(tmp_path) == begun
    (tmp_path / "00000000000000000000.snapshot").unlink()
    assert source_of(tmp_path) != begun
    assert source_of(None) != source_of(None)


def test_a_spool_knows_its_sources(tmp_path: Path) -> None:
    assert spooled_sources(tmp_path / "none") == []
    Spool(tmp_path, "a").close()
    (tmp_path / "writer.lock").touch()
    assert spooled_sources(tmp_path) == ["a"]
