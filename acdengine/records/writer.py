"""The records' writer: from the spool to the database, in a process of its own.

The daemon starts it (`acdengine.records.process`) and gives it its orders as one line of JSON on
standard input, which it then keeps open: when that ends, so does the writer, after what is in the
spool. It tells the daemon how it fares in lines of JSON on standard output.
"""

from __future__ import annotations

import fcntl
import gc
import os
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from msgspec import structs
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from acdengine.records.database import (
    Place,
    RecordsDatabase,
    engine_of,
    without_nul,
)
from acdengine.records.migrating import migrate, schema_problem
from acdengine.records.orders import Orders, WriterStatus
from acdengine.records.projector import Projector
from acdengine.records.regions import Regions
from acdengine.records.retention import apply_retention
from acdengine.records.spool import SpoolReader, is_simulated, spooled_sources

#: How often the spool is looked at.
_LOOK_S: Final = 0.1
#: Seconds between two attempts to reach a database that is away: the first, the longest.
_RETRY_S: Final = (0.5, 15.0)
#: Seconds that an ending writer goes on at most; the rest is written after the next start.
_ENDING_S: Final = 10.0
_RETENTION_S: Final = 3600.0
#: How many facts are read and worked on at a time: between these the processor is let go.
_READ_LIMIT: Final = 500
#: Objects between two looks for cycles.
_GC_THRESHOLDS: Final = (200_000, 50, 100)
_PIPE_BYTES: Final = 1 << 16


class SchemaUnusable(Exception):
    """The database has other tables than this version writes."""


class RecordsWriter:
    """Writes the facts of a spool as rows.

    Args:
        orders: of the daemon.
        tell: given the status after each batch and each change.
        monotonic: seconds.
    """

    def __init__(
        self,
        orders: Orders,
        tell: Callable[[WriterStatus], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._orders = orders
        self._tell = tell
        self._monotonic = monotonic
        self._folder = Path(orders.folder)
        self._database = RecordsDatabase(engine_of(orders.url))
        self._is_prepared = False
        self._are_names_due = True
        self._retention_at = 0.0
        self.status = WriterStatus()

    def instruct(self, orders: Orders) -> None:
        """Take what other settings say of retention, names and regions."""
        self._orders = structs.replace(
            self._orders, keeping=orders.keeping, names=orders.names, regions=orders.regions,
            recordings=orders.recordings,
        )  # fmt: skip
        self._are_names_due = True

    def run(self, is_over: Callable[[float], bool]) -> None:
        """Write until it is over, and then what is left.

        Args:
            is_over: waits up to so many seconds for the end; returns whether it has come.
        """
        retry_s = _RETRY_S[0]
        while True:
            try:
                self._prepare()
                if self._are_names_due:
                    self._keep_names()
                self._finish_others()
                self._follow(is_over)
            except (SQLAlchemyError, OSError, SchemaUnusable) as error:
                self._failed(error)
                if is_over(retry_s):
                    return
                retry_s = min(2 * retry_s, _RETRY_S[1])
            else:
                return
            finally:
                self._database.let_go()

    def _failed(self, error: Exception) -> None:
        status = self.status
        status.failures += 1
        status.is_connected = False
        status.trouble = _reason(error)
        self._tell(status)

    def _prepare(self) -> None:
        """Bring the tables up to date where that is asked for.

        Raises:
            SchemaUnusable: they are not, and it is not.
        """
        if self._is_prepared:
            return
        if self._orders.migrate:
            migrate(self._database.engine)
        problem = schema_problem(self._database.engine)
        if problem:
            raise SchemaUnusable(problem)
        self._is_prepared = True

    def _finish_others(self) -> None:
        """Write what earlier daemons have left, and close what they had open."""
        own = self._orders.source
        for source in spooled_sources(self._folder):
            if source != own:
                self._follow_source(source, None)
        for source in self._database.unfinished_sources(own):
            self._close_source(source)

    def _close_source(self, source: str) -> None:
        place = self._database.open_source(source, is_simulated=False)
        projector = self._resumed(place)
        projector.close("lost")
        self._database.write(projector.drain(), place, is_closed=True)

    def _resumed(self, place: Place) -> Projector:
        projector = Projector(place.source_id, Regions(self._orders.regions))
        projector.last_at_us = place.last_at_us
        for table, rows in self._database.open_rows(place.source_id):
            projector.resume(table, rows)
        return projector

    def _follow(self, is_over: Callable[[float], bool]) -> None:
        self._follow_source(self._orders.source, is_over)

    def _follow_source(self, source: str, is_over: Callable[[float], bool] | None) -> None:
        """Write one source, up to its end where nothing more comes of it (``is_over`` None)."""
        simulated = is_simulated(self._folder, source)
        place = self._database.open_source(source, is_simulated=simulated)
        reader = SpoolReader(self._folder, source, (place.seq, place.idx))
        try:
            batches = _Batches(self, reader, self._resumed(place), place)
            batches.report()
            if is_over is None:
                while batches.read():
                    batches.write()
                reader.remove_all()
            else:
                self._write_as_they_come(batches, is_over)
        finally:
            reader.close()

    def _write_as_they_come(self, batches: _Batches, is_over: Callable[[float], bool]) -> None:
        orders, monotonic = self._orders, self._monotonic
        due = monotonic() + orders.batch_s
        ending_at = 0.0
        while True:
            if self._are_names_due:
                self._keep_names()
                batches.projector.use(Regions(self._orders.regions))
            found = batches.read()
            now = monotonic()
            if batches.facts >= orders.batch_facts or (batches.facts and now >= due):
                batches.write()
                due = monotonic() + orders.batch_s
            if ending_at:
                if not found or now >= ending_at:
                    batches.write()
                    return
            elif is_over(0.0 if found else _LOOK_S):
                ending_at = now + _ENDING_S
            elif not found and now >= self._retention_at:
                self._keep_retention()
            if not batches.facts:
                due = max(due, now + orders.batch_s) if not found else due

    def _keep_names(self) -> None:
        self._database.keep_names(self._orders.names)
        self._are_names_due = False

    def _keep_retention(self) -> None:
        self._retention_at = self._monotonic() + _RETENTION_S
        orders = self._orders
        folders = [Path(folder) for folder in orders.recordings]
        now_us = int(time.time() * 1e6)
        apply_retention(self._database.engine, orders.keeping, now_us, folders)

    def write(self, batch: _Batches) -> None:
        """Write a batch; rows with characters that the database does not take, without these."""
        begun_ns = time.perf_counter_ns()
        drained = batch.projector.drain()
        database, place = self._database, batch.place
        try:
            database.write(drained, place)
        except (DBAPIError, UnicodeError) as error:
            if isinstance(error, DBAPIError) and not _is_of_data(error):
                raise
            database.write(without_nul(drained), place)
        status = self.status
        status.batch_ns = time.perf_counter_ns() - begun_ns
        status.batches += 1
        status.facts += batch.facts
        status.rows += drained.row_count
        self.report(batch)

    def report(self, batch: _Batches) -> None:
        """Tell that all is well."""
        status = self.status
        status.is_connected, status.trouble = True, ""
        status.seq, status.at_us = batch.place.seq, batch.place.last_at_us
        status.damaged = batch.reader.damaged
        self._tell(status)


class _Batches:
    """What has been read of one source and is not written yet."""

    def __init__(
        self, writer: RecordsWriter, reader: SpoolReader, projector: Projector, place: Place
    ) -> None:
        self._writer = writer
        self.reader = reader
        self.projector = projector
        self.place = place
        self.facts = 0

    def read(self) -> bool:
        """Work on what the spool has, some of it; returns whether there was any."""
        before, projector = self.facts, self.projector
        for events in self.reader.read(_READ_LIMIT):
            self.facts += projector.take_all(events)
        if self.facts == before:
            return False
        self.place = Place(self.place.source_id, *projector.last, projector.last_at_us)
        return True

    def write(self) -> None:
        """Write what was read."""
        if self.facts:
            self._writer.write(self)
            self.facts = 0
        self.reader.remove_done()

    def report(self) -> None:
        """Tell where the source is."""
        self._writer.report(self)


def _is_of_data(error: DBAPIError) -> bool:
    """Whether a value is at fault, and not the database."""
    return type(error.orig).__name__ in ("DataError", "UntranslatableCharacter", "ValueError")


def _reason(error: Exception) -> str:
    """One line, without the statement and without anything of the URL."""
    original = getattr(error, "orig", None) or error
    return f"{type(original).__name__}: {original}".splitlines()[0][:300]


class _Instructions:
    """Lines of orders from the daemon: the first at once, others when its settings have changed."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._rest = bytearray()
        #: Those that came together with the first.
        self._more: list[Orders] = []
        self._decoder = msgspec.json.Decoder(Orders)

    def first(self) -> Orders:
        """Wait for the orders that the writer begins with."""
        while b"\n" not in self._rest:
            read = os.read(self._handle, _PIPE_BYTES)
            if not read:
                raise SystemExit("the writer was given no orders")
            self._rest += read
        first, *self._more = self._lines()
        return first

    def end_within(self, wait_s: float, take: Callable[[Orders], None]) -> bool:
        """Wait up to so many seconds for the end of the input; orders are taken meanwhile."""
        for orders in self._more:
            take(orders)
        self._more.clear()
        ready, _, _ = select.select([self._handle], [], [], wait_s)
        if not ready:
            return False
        read = os.read(self._handle, _PIPE_BYTES)
        self._rest += read
        for orders in self._lines():
            take(orders)
        return not read

    def _lines(self) -> list[Orders]:
        *lines, rest = bytes(self._rest).split(b"\n")
        self._rest = bytearray(rest)
        return [self._decoder.decode(line) for line in lines]


def settle_memory() -> None:
    """Have what is loaded by now, and what comes and goes with batches, looked at seldom: rows and
    facts hold no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)


def main() -> int:
    """Write as the daemon orders on standard input."""
    settle_memory()
    # The daemon decides when the writer ends, not the terminal.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(5)
    instructions = _Instructions(0)
    orders = instructions.first()
    encoder = msgspec.json.Encoder()

    def tell(status: WriterStatus) -> None:
        try:
            os.write(1, encoder.encode(status) + b"\n")
        except OSError:
            # The daemon has gone, what is in the spool is written all the same.
            pass

    folder = Path(orders.folder)
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "writer.lock", os.O_RDWR | os.O_CREAT, 0o600)
    # A writer whose daemon was killed may still be at it, for some seconds.
    fcntl.flock(lock, fcntl.LOCK_EX)
    writer = RecordsWriter(orders, tell)
    writer.run(lambda wait_s: instructions.end_within(wait_s, writer.instruct))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
