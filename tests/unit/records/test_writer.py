"""The writer: every row exactly once, whatever dies, and whenever."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from acdengine.facts import CallStarted
from acdengine.records.database import Place, RecordsDatabase, engine_of, without_nul
from acdengine.records.migrating import migrate
from acdengine.records.orders import Orders, WriterStatus
from acdengine.records.projector import Drained
from acdengine.records.schema import SOURCED, queue_intervals, sources
from acdengine.records.spool import Spool
from acdengine.records.writer import RecordsWriter
from tests.unit.records.history import Tables, Told, of_a_busy_day, of_a_seed, tables_of


def spooled(folder: Path, told: list[Told], source: str = "one") -> None:
    spool = Spool(folder, source)
    for seq, facts in told:
        spool.take(seq, facts)
    spool.close()


def write(url: str, folder: Path, source: str = "one", **orders: Any) -> WriterStatus:
    """Have a writer write all that is there, or die."""
    writer = RecordsWriter(
        Orders(url, str(folder), source, migrate=True, **orders), lambda status: None
    )
    writer.run(lambda wait_s: True)
    return writer.status


def held(url: str, source: str = "one") -> Tables:
    """What a database holds of a source."""
    tables = Tables()
    engine = engine_of(url)
    with engine.connect() as connection:
        source_id = connection.scalar(select(sources.c.source_id).where(sources.c.name == source))
        for table in SOURCED:
            if table in (sources, queue_intervals):
                continue
            rows = connection.execute(select(table).where(table.c.source_id == source_id))
            found = {(1, *row[1:3]): (1, *row[1:]) for row in rows}
            if found:
                tables.rows[table.name] = found
        rows = connection.execute(
            select(queue_intervals).where(queue_intervals.c.source_id == source_id)
        )
        tables.intervals = {(row[1], row[2]): list(row[4:]) for row in rows}
    return tables


def same(found: Tables, wanted: Tables) -> bool:
    """Whether both hold the same, apart from what PostgreSQL takes in no text."""
    assert found.intervals == wanted.intervals
    for table, rows in wanted.rows.items():
        cleaned = [
            without_nul(Drained({table: list(of.values())}, {}, [])).new[table]
            for of in (found.rows[table], rows)
        ]
        assert set(cleaned[0]) == set(cleaned[1])
        assert found.rows[table].keys() == rows.keys()
    return found.rows.keys() == wanted.rows.keys()


def test_a_day_is_written_as_it_was_projected(url: str, tmp_path: Path) -> None:
    told = of_a_busy_day()
    spooled(tmp_path, told)
    status = write(url, tmp_path)
    assert same(held(url), tables_of(told))
    assert status.is_connected
    assert status.facts == sum(len(facts) for _, facts in told)


@pytest.mark.parametrize("seed", [0, 2, 3])
def test_a_writer_that_dies_again_and_again_writes_every_row_once(
    url: str, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, random = of_a_seed(seed), Random(seed)
    plain = RecordsDatabase.write

    class Killed(BaseException): ...

    deaths = 0

    def dying(database: RecordsDatabase, drained: Drained, place: Place, **wish: bool) -> None:
        nonlocal deaths
        moment = random.random()
        if moment < 0.2:
            deaths += 1
            raise Killed
        plain(database, drained, place, **wish)
        if moment > 0.8:
            deaths += 1
            raise Killed

    monkeypatch.setattr(RecordsDatabase, "write", dying)
    told_so_far = 0
    while told_so_far < len(told):
        # The daemon dies as well: it tells the facts of its last events again.
        begin = max(0, told_so_far - random.randrange(20))
        told_so_far = min(len(told), told_so_far + random.randrange(200))
        spooled(tmp_path, told[begin:told_so_far])
        for _ in range(4):
            try:
                write(url, tmp_path, batch_facts=random.choice((1, 20, 500)))
            except Killed:
                continue
            break
    monkeypatch.setattr(RecordsDatabase, "write", plain)
    write(url, tmp_path)
    assert deaths
    assert same(held(url), tables_of(told))


def test_facts_wait_while_the_database_is_away(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = of_a_busy_day()
    spooled(tmp_path, told)
    tries = []
    plain = RecordsDatabase.open_source

    def away(database: RecordsDatabase, name: str, *, is_simulated: bool) -> Place:
        tries.append(name)
        if len(tries) < 4:
            raise OperationalError("SELECT", {}, OSError("password=secret connection refused"))
        return plain(database, name, is_simulated=is_simulated)

    monkeypatch.setattr(RecordsDatabase, "open_source", away)
    seen: list[str] = []
    writer = RecordsWriter(
        Orders(url, str(tmp_path), "one", migrate=True), lambda status: seen.append(status.trouble)
    )
    waits: list[float] = []

    def is_over(wait_s: float) -> bool:
        waits.append(wait_s)
        return len(tries) >= 4

    writer.run(is_over)
    assert waits[:3] == [0.5, 1.0, 2.0]
    assert seen[0].startswith("OSError: ")
    assert writer.status.failures == 3
    assert same(held(url), tables_of(told))


def test_what_a_source_had_open_ends_when_another_begins(url: str, tmp_path: Path) -> None:
    told = of_a_busy_day(4)
    spooled(tmp_path, told[:12])
    write(url, tmp_path)
    spooled(tmp_path, told[12:])
    spooled(tmp_path, told[:3], "two")
    write(url, tmp_path, "two")
    assert not (tmp_path / "one").exists()
    calls = held(url).rows["calls"]
    assert all(row[15] is not None for row in calls.values())
    assert "lost" in {row[16] for row in calls.values()}
    assert same(held(url, "two"), tables_of(told[:3]))


def test_a_simulated_day_takes_the_place_of_the_one_before(url: str, tmp_path: Path) -> None:
    told = of_a_busy_day()
    spooled(tmp_path, told, "real")
    write(url, tmp_path, "real")
    for source in ("first", "second"):
        spool = Spool(tmp_path, source, is_simulated=True)
        for seq, facts in told:
            spool.take(seq, facts)
        spool.close()
        write(url, tmp_path, source)
    with engine_of(url).connect() as connection:
        names = connection.scalars(select(sources.c.name).order_by(sources.c.source_id)).all()
    assert names == ["real", "second"]
    assert same(held(url, "second"), tables_of(told))
    assert len(held(url, "real").rows["calls"]) == len(tables_of(told).rows["calls"])


def test_characters_that_no_database_takes_are_left_out(url: str, tmp_path: Path) -> None:
    bad = CallStarted(1, "c1", "acme", "+49\x0030", "8\x0000", "t", "", 0, "")
    spooled(tmp_path, [(1, [bad])])
    status = write(url, tmp_path)
    assert status.failures == 0
    (row,) = held(url).rows["calls"].values()
    assert row[6].replace("\0", "") == "+4930"


def test_two_databases_of_one_spool_are_no_matter_of_chance(url: str, tmp_path: Path) -> None:
    engine = engine_of(url)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(
            insert(sources).values(
                name="elsewhere", is_simulated=False, seq=0, idx=0, last_at_us=0, is_closed=False
            )
        )
    assert RecordsDatabase(engine).unfinished_sources("one") == ["elsewhere"]
    spooled(tmp_path, of_a_busy_day())
    write(url, tmp_path)
    assert RecordsDatabase(engine).unfinished_sources("one") == []
