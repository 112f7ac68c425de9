"""`python -m bench records`: facts into a database, and what that costs the engine's loop.

Facts of whole calls (the load of `bench core`) are put into a spool. Timed are: the writer from the
spool to SQLite, beside plain ``sqlite3.executemany`` of the same rows into the same tables in the
same run, and to PostgreSQL where ``--postgres`` names an empty database; the spool's share of the
loop for each fact, in microseconds and in heap pairs (`bench.core.HeapPair`); and the decision, the
time of `Engine.handle` for each event, with spool and a writer's process beside it and without, in
turns. Rates are by the processor's time of one core: other work beside it does not change them.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import select

from acdengine.commands import AnyCommand
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact
from acdengine.records.database import engine_of
from acdengine.records.migrating import migrate
from acdengine.records.orders import Orders, WriterStatus
from acdengine.records.schema import SOURCED
from acdengine.records.spool import Spool
from acdengine.records.writer import RecordsWriter, settle_memory
from bench.core import HeapPair, Load
from bench.machine import describe_machine

_SOURCE: Final = "bench"
_WAITING: Final = 200
#: Events after which the facts of all are passed on, as the daemon's turns do.
_TURN: Final = 64
#: With and without records take turns, so many times.
_ROUNDS: Final = 10
_PER_TRANSACTION: Final = 20_000

Told = tuple[int, list[AnyFact]]


class _Keeping:
    """The engine of a load, whose facts are kept, and whose events are timed."""

    def __init__(self, load: Load) -> None:
        self._engine = load.engine
        self.told: list[Told] = []
        self.ns: list[int] = []
        self._seq = 0

    def handle(self, event: AnyEvent) -> list[AnyCommand]:
        """One event."""
        begun = time.perf_counter_ns()
        commands = self._engine.handle(event)
        self.ns.append(time.perf_counter_ns() - begun)
        self._seq += 1
        return commands

    def drain_facts(self) -> list[AnyFact]:
        """The facts since the last time."""
        facts = self._engine.drain_facts()
        if facts:
            self.told.append((self._seq, facts))
        return facts


def _loaded(agents: int, seed: int) -> Load:
    load = Load(agents, 64, seed)
    load.occupy(agents)
    load.fill(_WAITING)
    return load


def _spooled(folder: Path, told: Sequence[Told]) -> float:
    """Put facts into a spool; microseconds of the processor for each."""
    spool = Spool(folder, _SOURCE)
    facts = sum(len(facts) for _, facts in told)
    begun = time.process_time_ns()
    for place, (seq, one) in enumerate(told):
        spool.take(seq, one)
        if not place % 1000:
            spool.flush()
    spool.flush()
    spent = time.process_time_ns() - begun
    spool.close()
    return spent / facts / 1000


def _write(folder: Path, url: str) -> tuple[float, WriterStatus]:
    """Have all of a spool written; seconds of the processor, and what the writer says of it."""
    migrate(engine_of(url))
    told: list[WriterStatus] = []
    writer = RecordsWriter(
        Orders(url, str(folder), _SOURCE, _PER_TRANSACTION), lambda status: told.append(status)
    )
    begun = time.process_time()
    writer.run(lambda _: True)
    return time.process_time() - begun, told[-1]


def _plainly(url: str, folder: Path) -> float:
    """Seconds of the processor for plain ``executemany`` of the rows of a database into another."""
    copy = f"sqlite:///{folder}/plain.db"
    migrate(engine_of(copy))
    held: list[tuple[str, list[tuple[Any, ...]]]] = []
    with engine_of(url).connect() as connection:
        for table in SOURCED:
            if table.name != "sources":
                rows = [tuple(row) for row in connection.execute(select(table))]
                held.append((table.name, sorted(rows)))
    plain = sqlite3.connect(f"{folder}/plain.db", isolation_level=None)
    plain.execute("PRAGMA journal_mode=WAL")
    plain.execute("PRAGMA synchronous=NORMAL")
    begun = time.process_time()
    for name, rows in held:
        for start in range(0, len(rows), _PER_TRANSACTION):
            part = rows[start : start + _PER_TRANSACTION]
            marks = ", ".join("?" * len(part[0]))
            plain.execute("BEGIN")
            plain.executemany(f"INSERT INTO {name} VALUES ({marks})", part)
            plain.execute("COMMIT")
    plain.close()
    return time.process_time() - begun


def _p99_us(ns: list[int]) -> float:
    return sorted(ns)[len(ns) * 99 // 100] / 1000


def _decisions(agents: int, calls: int, folder: Path) -> dict[str, float]:
    """The decision's 99th percentile without records and with them, in turns."""
    load = _loaded(agents, 2)
    keeping = _Keeping(load)
    spool = Spool(folder / "live", _SOURCE)
    orders = Orders(f"sqlite:///{folder}/live.db", str(folder / "live"), _SOURCE, migrate=True)
    writer = subprocess.Popen(
        [sys.executable, "-m", "acdengine.records.writer"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    assert writer.stdin is not None
    writer.stdin.write(msgspec.json.encode(orders) + b"\n")
    writer.stdin.flush()
    ns: dict[bool, list[int]] = {False: [], True: []}
    for number in range(2 * _ROUNDS):
        with_records = bool(number % 2)
        keeping.ns = ns[with_records]
        for _ in range(max(1, calls // _ROUNDS // _TURN)):
            load.live(_TURN // 8, keeping)
            if with_records:
                for seq, facts in keeping.told:
                    spool.take(seq, facts)
                spool.flush()
            keeping.told.clear()
    spool.close()
    writer.stdin.close()
    writer.wait()
    without, beside = _p99_us(ns[False]), _p99_us(ns[True])
    return {
        "decision_p99_us": without,
        "decision_p99_us_with_records": beside,
        "decision_p99_ratio": beside / without,
    }


def _measure(agents: int, calls: int, postgres: str, folder: Path) -> dict[str, object]:
    load = _loaded(agents, 1)
    keeping = _Keeping(load)
    load.live(calls, keeping)
    settle_memory()
    facts = sum(len(facts) for _, facts in keeping.told)
    pair_us = HeapPair().time_us()
    spool_us = _spooled(folder / "spool", keeping.told)
    url = f"sqlite:///{folder}/records.db"
    seconds, status = _write(folder / "spool", url)
    plain_s = _plainly(url, folder)
    measured: dict[str, object] = {
        "calls": calls,
        "facts": facts,
        "rows": status.rows,
        "calls_per_s": calls / seconds,
        "facts_per_s": facts / seconds,
        "us_per_row": seconds * 1e6 / status.rows,
        "ratio_executemany": plain_s / seconds,
        "spool_us_per_fact": spool_us,
        "spool_pairs_per_fact": spool_us / pair_us,
        **_decisions(agents, calls, folder),
    }
    if postgres:
        _spooled(folder / "again", keeping.told)
        seconds, status = _write(folder / "again", postgres)
        measured["postgresql_calls_per_s"] = calls / seconds
        measured["postgresql_us_per_row"] = seconds * 1e6 / status.rows
    return measured


def main(argv: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench records", description=__doc__)
    parser.add_argument("--agents", type=int, default=500)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--postgres", default="", metavar="URL", help="an empty database")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        measured = _measure(options.agents, options.calls, options.postgres, Path(folder))
    for name, value in measured.items():
        print(f"{name:32} {value:>14,.2f}")
    if options.json is not None:
        options.json.write_text(json.dumps({**describe_machine(), **measured}, indent=1))
    return 0
