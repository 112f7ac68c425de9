"""What becomes of records when the database, the disk or the spool is not there."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from acdengine.engine import Engine
from acdengine.program.daemon.files import Files
from acdengine.records import migrating
from acdengine.records.database import Place, RecordsDatabase, engine_of
from acdengine.records.migrating import migrate, revision_of, schema_problem
from acdengine.records.orders import Orders, WriterStatus
from acdengine.records.spool import Spool
from acdengine.records.writer import RecordsWriter
from acdengine.runtime.journal import Journal
from acdengine.runtime.logs import LogFile
from tests.unit.records.history import of_a_busy_day, of_a_seed, tables_of
from tests.unit.records.test_writer import held, same, spooled, write
from tests.unit.runtime.centre import busy_day, plan

HOUR_S = 3600.0


def test_a_database_that_is_away_for_an_hour_gets_everything_afterwards(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In virtual time; calls go on meanwhile."""
    told = of_a_seed(3)
    spool = Spool(tmp_path, "one")
    now_s, tries, given = 0.0, 0, 0
    plain = RecordsDatabase.open_source

    def away(database: RecordsDatabase, name: str, *, is_simulated: bool) -> Place:
        nonlocal tries
        if now_s < HOUR_S:
            tries += 1
            raise OperationalError("SELECT", {}, OSError("connection refused"))
        return plain(database, name, is_simulated=is_simulated)

    def is_over(wait_s: float) -> bool:
        nonlocal now_s, given
        now_s += wait_s or 0.01
        until = min(len(told), int(len(told) * now_s / HOUR_S))
        for seq, facts in told[given:until]:
            spool.take(seq, facts)
        given = max(given, until)
        spool.flush()
        return now_s > HOUR_S + 60

    monkeypatch.setattr(RecordsDatabase, "open_source", away)
    seen: list[WriterStatus] = []
    writer = RecordsWriter(
        Orders(url, str(tmp_path), "one", migrate=True), seen.append, lambda: now_s
    )
    writer.run(is_over)
    assert 200 < tries < 300, "every 15 seconds, not in a loop"
    assert writer.status.failures == tries
    assert writer.status.is_connected
    assert given == len(told)
    assert spool.facts_lost == 0
    assert same(held(url), tables_of(told))


def test_a_disk_that_is_full_for_a_while_loses_nothing_that_memory_could_hold(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = of_a_busy_day()
    spool = Spool(tmp_path, "one")
    full = True
    plain = os.write

    def write_or_not(handle: int, content: bytes) -> int:
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return plain(handle, content)

    monkeypatch.setattr("acdengine.runtime.rotating_file.os.write", write_or_not)
    for seq, facts in told[:20]:
        spool.take(seq, facts)
        assert not spool.flush()
    assert spool.trouble == "No space left on device"
    full = False
    for seq, facts in told[20:]:
        spool.take(seq, facts)
    assert spool.flush()
    assert spool.trouble == ""
    spool.close()
    assert (spool.facts_lost, spool.file.lines_lost) == (0, 0)
    write(url, tmp_path)
    assert same(held(url), tables_of(told))


def test_tables_of_an_older_version_have_facts_wait_until_they_are_migrated(
    url: str, tmp_path: Path
) -> None:
    engine = engine_of(url)
    with engine.begin() as connection:
        config = migrating._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    told = of_a_busy_day()
    spooled(tmp_path, told)
    seen: list[str] = []
    writer = RecordsWriter(
        Orders(url, str(tmp_path), "one"), lambda status: seen.append(status.trouble)
    )
    writer.run(lambda wait_s: True)
    assert seen == [f"SchemaUnusable: {schema_problem(engine)}"]
    assert "of an older acdengine (revision 0001, wanted" in seen[0]
    assert revision_of(engine) == "0001"
    migrate(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT COUNT(*) FROM v_agents")) == 0
    write(url, tmp_path)
    assert same(held(url), tables_of(told))


def test_a_spool_that_was_lost_is_made_again_from_the_journal(url: str, tmp_path: Path) -> None:
    """From its oldest snapshot; the database takes what it does not have."""
    folder = tmp_path / "journal"
    engine, journal = Engine(plan()), Journal(folder, "never", keep_s=1e9)
    told = []
    events = [*busy_day(12)]
    for seq, event in enumerate(events, 1):
        if seq in (1, len(events) // 3, 2 * len(events) // 3):
            journal.rotate(seq - 1, engine.snapshot())
        journal.append(seq, event)
        engine.handle(event)
        facts = engine.drain_facts()
        if facts:
            told.append((seq, facts))
    journal.close()
    # The database has the first of them, and the spool is gone.
    spooled(tmp_path / "spool", told[:4])
    write(url, tmp_path / "spool")
    for path in (tmp_path / "spool" / "one").iterdir():
        path.unlink()
    (tmp_path / "spool" / "one").rmdir()
    spool = Spool(tmp_path / "spool", "one")
    assert spool.is_new
    files = Files(LogFile(None), None, None, None, None, spool)
    recovered = files.recover(folder)
    assert recovered is not None
    assert recovered.engine.snapshot() == engine.snapshot()
    spool.close()
    assert spool.facts == sum(len(facts) for _, facts in told)
    write(url, tmp_path / "spool")
    assert same(held(url), tables_of(told))
