"""Facts for tests of the records: of a small centre, and of random centres with faults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from acdengine.commands import AnyCommand
from acdengine.engine import Engine
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact
from acdengine.records.projector import Drained, Projector
from acdengine.records.rows import CHANGING, TABLE_OF
from adapters.sim.draws.random_streams import Streams
from adapters.sim.seeds.faulty_run import FaultyRun
from adapters.sim.seeds.random_scenarios import draw_scenario
from tests.unit.runtime.centre import busy_day, plan

STRUCT_OF = {table: struct for struct, table in TABLE_OF.items()}
#: The number of an event, and the facts that it caused.
Told = tuple[int, list[AnyFact]]


def of_a_busy_day(calls: int = 12) -> list[Told]:
    """Facts by event of a small centre."""
    engine = Engine(plan())
    told = []
    for seq, event in enumerate(busy_day(calls), start=1):
        engine.handle(event)
        facts = engine.drain_facts()
        if facts:
            told.append((seq, facts))
    return told


class _Watch:
    def __init__(self) -> None:
        self.told: list[Told] = []
        self._seq = 0

    def handled(
        self, event: AnyEvent, commands: Sequence[AnyCommand], facts: Sequence[AnyFact]
    ) -> None:
        self._seq += 1
        if facts:
            self.told.append((self._seq, list(facts)))

    def forgotten(self) -> None: ...


def of_a_seed(seed: int) -> list[Told]:
    """Facts by event of a random centre with faults."""
    watch = _Watch()
    FaultyRun(draw_scenario(seed), Streams(seed), watch).run()
    return watch.told


class Tables:
    """What a database would hold: rows by table and key, counts added up."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[tuple[Any, ...], tuple[Any, ...]]] = {}
        self.intervals: dict[tuple[Any, ...], list[int]] = {}

    def write(self, drained: Drained) -> None:
        for table, rows in drained.new.items():
            held = self.rows.setdefault(table, {})
            for row in rows:
                assert row[:3] not in held, "inserted once"
                held[row[:3]] = row
        for table, rows in drained.changed.items():
            for *values, source_id, seq, idx in rows:
                key = (source_id, seq, idx)
                names = STRUCT_OF[table].__struct_fields__
                fields = dict(zip(names, self.rows[table][key], strict=True))
                fields.update(zip(CHANGING[table], values, strict=True))
                self.rows[table][key] = tuple(fields.values())
        for _, queue_id, at_us, _, *counts in drained.queue_intervals:
            sums = self.intervals.setdefault((queue_id, at_us), [0] * len(counts))
            for place, count in enumerate(counts):
                sums[place] += int(count)

    def open_rows(self, table: str, end: int) -> list[tuple[Any, ...]]:
        rows = sorted(self.rows.get(table, {}).items())
        return [row for _, row in rows if row[end] is None]


def tables_of(told: Sequence[Told], source_id: int = 1) -> Tables:
    """The tables after these facts, worked out in one go."""
    projector, tables = Projector(source_id), Tables()
    for seq, facts in told:
        projector.take(seq, 0, facts)
    tables.write(projector.drain())
    return tables
