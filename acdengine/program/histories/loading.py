"""Loading histories into the database of records.

Each file is a source of its own, known again by its format, its tenant and its first record; the
number of a line is that of its facts' event. A file that is loaded again goes on behind the last
line that is in the rows: the same file adds nothing, a log that has grown what is new.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from acdengine.facts import AnyFact, CallConnected, CallQueued, CallStarted
from acdengine.program.histories.bank1999 import read_bank
from acdengine.program.histories.cdr_csv import read_cdr_csv
from acdengine.program.histories.history import Centre, Reader
from acdengine.program.histories.queue_log import read_queue_log
from acdengine.records.database import Place, RecordsDatabase, without_nul
from acdengine.records.named import CentreNames, Named, NamedAgent, NamedTenant
from acdengine.records.projector import Projector
from acdengine.records.regions import Regions

READERS: Final[dict[str, Reader]] = {
    "bank1999": read_bank,
    "queue_log": read_queue_log,
    "cdr-csv": read_cdr_csv,
}
#: Facts of one transaction.
_BATCH_FACTS: Final = 20_000


@dataclass(slots=True)
class Loaded:
    """What became of the files.

    Attributes:
        lines: read; known: of these, in the rows already.
        calls, rows: new ones.
        left_out: lines that are no records, by reason.
    """

    lines: int = 0
    known: int = 0
    calls: int = 0
    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


#: Told of each line that is left out: file, number, reason.
OnLeftOut = Callable[[Path, int, str], None]


def load(
    engine: Engine, file_format: str, files: Sequence[Path], centre: Centre, on_left_out: OnLeftOut
) -> Loaded:
    """Load files, one after the other.

    Raises:
        HistoryError: a file cannot be read; those before it are loaded.
    """
    loaded = Loaded()
    database = RecordsDatabase(engine)
    try:
        for file in files:
            _load(database, file_format, file, centre, loaded, on_left_out)
    finally:
        database.let_go()
    return loaded


def _load(
    database: RecordsDatabase,
    file_format: str,
    file: Path,
    centre: Centre,
    loaded: Loaded,
    on_left_out: OnLeftOut,
) -> None:
    names = _Names(centre)
    batch: _Batch | None = None
    before = loaded.lines
    for line in READERS[file_format](file, centre):
        loaded.lines += 1
        if line.left_out:
            loaded.left_out[line.left_out] += 1
            on_left_out(file, line.number, line.left_out)
        if batch is None:
            if not line.facts:
                continue
            batch = _Batch(database, _source(file_format, centre, line.facts))
            if batch.place.seq:
                # The lines before the first record.
                loaded.known += loaded.lines - before - 1
        if line.number <= batch.place.seq:
            loaded.known += 1
            continue
        names.see(line.facts)
        loaded.calls += sum(type(fact) is CallStarted for fact in line.facts)
        loaded.rows += batch.add(line.number, line.facts)
    if batch is not None:
        loaded.rows += batch.write(is_closed=True)
        database.add_names(names.seen())


def _source(file_format: str, centre: Centre, facts: Sequence[AnyFact]) -> str:
    first = hashlib.sha256(repr(facts).encode()).hexdigest()
    return f"{file_format}:{centre.tenant_id}:{first[:16]}"


class _Batch:
    """Rows of one source, on their way to the database."""

    def __init__(self, database: RecordsDatabase, source: str) -> None:
        self._database = database
        self.place: Place = database.open_source(source, is_simulated=False)
        self._projector = Projector(self.place.source_id, Regions({}))
        for table, rows in database.open_rows(self.place.source_id):
            self._projector.resume(table, rows)
        self._facts = 0

    def add(self, number: int, facts: Sequence[AnyFact]) -> int:
        """Take the facts of a line; returns rows that were written."""
        if not facts:
            return 0
        self._facts += self._projector.take_all([(number, 0, facts)])
        self.place = self.place._replace(
            seq=number, idx=len(facts) - 1, last_at_us=self._projector.last_at_us
        )
        return self.write() if self._facts >= _BATCH_FACTS else 0

    def write(self, *, is_closed: bool = False) -> int:
        """Write what was taken; returns how many rows."""
        drained = without_nul(self._projector.drain())
        self._database.write(drained, self.place, is_closed=is_closed)
        self._facts = 0
        return drained.row_count


class _Names:
    """Queues and agents that a history tells of."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._queues: dict[str, None] = {}
        self._agents: dict[str, None] = {}

    def see(self, facts: Sequence[AnyFact]) -> None:
        """Take the names of some facts."""
        for fact in facts:
            if isinstance(fact, CallQueued):
                self._queues[fact.queue_id] = None
            elif isinstance(fact, CallConnected) and fact.agent_id:
                self._agents[fact.agent_id] = None

    def seen(self) -> CentreNames:
        """All of them."""
        tenant_id = self._centre.tenant_id
        return CentreNames(
            0,
            (NamedTenant(tenant_id, tenant_id, str(self._centre.zone)),),
            (),
            tuple(Named(queue_id, _short(queue_id)) for queue_id in self._queues),
            tuple(NamedAgent(agent_id, _short(agent_id), "") for agent_id in self._agents),
        )


def _short(full_id: str) -> str:
    return full_id.partition("/")[2]
