"""The database of the records: what the writer does there, in SQLite and PostgreSQL alike.

Rows and the place of the last fact in them are written in one transaction: a row is there exactly
once, whenever the writer or the database dies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    Boolean,
    Connection,
    Engine,
    Table,
    create_engine,
    delete,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from acdengine.records.named import CentreNames
from acdengine.records.names import add_names, keep_names
from acdengine.records.open_rows import Values
from acdengine.records.projector import Drained, storable
from acdengine.records.rows import CHANGING
from acdengine.records.schema import LASTING, SOURCED, metadata, queue_intervals, sources

_KEY: Final = ("source_id", "seq", "idx")
#: Milliseconds that a writer of SQLite waits for another, a report that ends or a migration.
_BUSY_MS: Final = 10_000
#: Seconds after which a PostgreSQL that does not answer counts as away.
_CONNECT_S: Final = 10


class Place(NamedTuple):
    """A source, and the last fact of it that is in the rows; event 0 where there is none."""

    source_id: int
    seq: int
    idx: int
    last_at_us: int


def engine_of(url: str) -> Engine:
    """An engine for a database; nothing is opened yet.

    Args:
        url: ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST/NAME``.

    Raises:
        sqlalchemy.exc.ArgumentError: it is no URL of a database.
        ModuleNotFoundError: its driver is not installed.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        engine = create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            poolclass=NullPool,
            connect_args={
                "connect_timeout": _CONNECT_S,
                "keepalives_idle": _CONNECT_S,
                "tcp_user_timeout": 3 * _CONNECT_S * 1000,
                "application_name": "acdengine",
            },
        )
    else:
        engine = create_engine(parsed, poolclass=NullPool)
        event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own
    # Readers go on while rows are written, and a loss of power costs the last moments, which the
    # spool still has.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")


class RecordsDatabase:
    """Writes rows, and reads back what the projector goes on with."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._connection: Connection | None = None
        self._is_postgresql = engine.dialect.name == "postgresql"
        self._mark = "%s" if self._is_postgresql else "?"
        self._inserts = {table.name: self._insert(table) for table in SOURCED}
        self._copies = {
            table.name: f"COPY {table.name} ({', '.join(table.columns.keys())}) FROM STDIN"
            for table in SOURCED
        }
        self._updates = {name: self._update(name) for name in CHANGING}
        self._add_counts = self._upsert_counts()

    # -- sources ----------------------------------------------------------------------------------

    def open_source(self, name: str, *, is_simulated: bool) -> Place:
        """The place of a source in the rows; a new one is begun.

        A simulated day begins with nothing: the rows of simulated ones before it go.
        """
        with self.engine.begin() as connection:
            found = connection.execute(
                select(
                    sources.c.source_id, sources.c.seq, sources.c.idx, sources.c.last_at_us
                ).where(sources.c.name == name)
            ).first()
            if found is not None:
                return Place(*found)
            if is_simulated:
                self._forget_simulated(connection)
            result = connection.execute(
                insert(sources).values(
                    name=name, is_simulated=is_simulated, seq=0, idx=0,
                    last_at_us=0, is_closed=False,
                )
            )  # fmt: skip
            key: Any = result.inserted_primary_key
            return Place(int(key[0]), 0, 0, 0)

    def _forget_simulated(self, connection: Connection) -> None:
        old = connection.scalars(select(sources.c.source_id).where(sources.c.is_simulated)).all()
        if not old:
            return
        for table in SOURCED:
            connection.execute(delete(table).where(table.c.source_id.in_(old)))

    def unfinished_sources(self, but: str) -> list[str]:
        """Sources from which nothing more comes but one, with rows that are still open."""
        with self.engine.connect() as connection:
            return list(
                connection.scalars(
                    select(sources.c.name)
                    .where(~sources.c.is_closed, sources.c.name != but)
                    .order_by(sources.c.source_id)
                )
            )

    def keep_names(self, names: CentreNames) -> None:
        """Bring names, and the teams of agents, up to date."""
        with self.engine.begin() as connection:
            keep_names(connection, names)

    def add_names(self, names: CentreNames) -> None:
        """Add names that are not there yet, as a history tells of."""
        with self.engine.begin() as connection:
            add_names(connection, names)

    # -- rows -------------------------------------------------------------------------------------

    def open_rows(self, source_id: int) -> Iterator[tuple[str, Sequence[Sequence[Any]]]]:
        """The rows of a source that have no end yet, by table."""
        with self.engine.connect() as connection:
            for table in LASTING:
                query = (
                    select(table)
                    .where(table.c.source_id == source_id, table.c.ended_at_us.is_(None))
                    .order_by(table.c.seq, table.c.idx)
                )
                yield table.name, [tuple(row) for row in connection.execute(query)]

    def write(self, drained: Drained, place: Place, *, is_closed: bool = False) -> None:
        """Write rows and the place after them, all or nothing.

        The connection is kept for the next time: closing it would have SQLite put its log in order
        after each batch.
        """
        if self._connection is None:
            self._connection = self.engine.connect()
        try:
            self._write(self._connection, drained, place, is_closed=is_closed)
        except BaseException:
            self.let_go()
            raise

    def let_go(self) -> None:
        """Close the connection, as after a failure or at the end."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _write(
        self, connection: Connection, drained: Drained, place: Place, *, is_closed: bool
    ) -> None:
        with connection.begin():
            for table, rows in drained.new.items():
                self._insert_all(connection, table, rows)
            for table, rows in drained.changed.items():
                connection.exec_driver_sql(self._updates[table], rows)
            if drained.queue_intervals:
                connection.exec_driver_sql(self._add_counts, drained.queue_intervals)
            connection.execute(
                update(sources)
                .where(sources.c.source_id == place.source_id)
                .values(
                    seq=place.seq, idx=place.idx, last_at_us=place.last_at_us, is_closed=is_closed
                )
            )

    def _insert_all(self, connection: Connection, table: str, rows: list[tuple[Any, ...]]) -> None:
        """Insert rows that are not there; PostgreSQL takes them twice as fast by COPY."""
        if not self._is_postgresql:
            connection.exec_driver_sql(self._inserts[table], rows)
            return
        statement = self._copies[table]
        driver: Any = connection.connection.driver_connection
        errors: Any = connection.dialect.loaded_dbapi.Error
        try:
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        except errors as error:
            raise DBAPIError.instance(statement, None, error, errors) from error

    def _insert(self, table: Table) -> str:
        names = [column.name for column in table.columns]
        return (
            f"INSERT INTO {table.name} ({', '.join(names)})"
            f" VALUES ({', '.join([self._mark] * len(names))})"
        )

    def _update(self, table: str) -> str:
        """Bring a row up to date; what never changes is left out, and with it most indexes."""
        columns = metadata.tables[table].columns
        # PostgreSQL makes no flag of a number by itself.
        cast = "::int::boolean" if self._is_postgresql else ""
        sets = ", ".join(
            f"{name} = {self._mark}{cast if isinstance(columns[name].type, Boolean) else ''}"
            for name in CHANGING[table]
        )
        key = " AND ".join(f"{name} = {self._mark}" for name in _KEY)
        return f"UPDATE {table} SET {sets} WHERE {key}"

    def _upsert_counts(self) -> str:
        """Add to the counts of a quarter of an hour."""
        name = queue_intervals.name
        key = [column.name for column in queue_intervals.primary_key.columns]
        sets = [
            f"{column.name} = {name}.{column.name} + excluded.{column.name}"
            for column in queue_intervals.columns
            if column.name not in (*key, "tenant_id")
        ]
        return (
            f"{self._insert(queue_intervals)} ON CONFLICT ({', '.join(key)})"
            f" DO UPDATE SET {', '.join(sets)}"
        )


def without_nul(drained: Drained) -> Drained:
    """The same with what PostgreSQL takes in no text left out: NUL, and halves of characters."""
    return drained._replace(new=_storable(drained.new), changed=_storable(drained.changed))


def _storable(tables: Values) -> Values:
    return {
        table: [
            tuple(storable(value) if isinstance(value, str) else value for value in row)
            for row in rows
        ]
        for table, rows in tables.items()
    }
