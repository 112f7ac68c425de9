"""Tables and views of the records as files: CSV, JSON lines, Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from sqlalchemy import Engine, Select, column, select, table

from acdengine.records.schema import metadata
from acdengine.records.views import VIEWS

Rows: TypeAlias = Iterator[Sequence[Sequence[Any]]]
#: Rows that are in memory at a time.
_AT_A_TIME: Final = 5000

#: What can be exported.
EXPORTED: Final = (*metadata.tables, *VIEWS)


def export(
    engine: Engine, name: str, file: Path, file_format: str, *, from_us: int = 0, to_us: int = 0
) -> int:
    """Write a table or view to a file; returns how many rows.

    Args:
        engine: of the database.
        name: one of `EXPORTED`.
        file: to be written; it is there whole or not at all.
        file_format: one of `FORMATS`.
        from_us, to_us: only what began in this time; 0: no limit. Views and `sources` have none.

    Raises:
        ValueError: the table has no time.
        ModuleNotFoundError: the format needs a library that is not installed.
        OSError: the file cannot be written.
    """
    query = _query(name, from_us, to_us)
    unfinished = file.with_name(file.name + ".unfinished")
    with engine.connect().execution_options(stream_results=True) as connection:
        result = connection.execute(query)
        names = list(result.keys())
        rows = ([tuple(row) for row in part] for part in result.partitions(_AT_A_TIME))
        count = FORMATS[file_format](unfinished, names, rows)
    unfinished.replace(file)
    return count


def _query(name: str, from_us: int, to_us: int) -> Select[Any]:
    known = metadata.tables.get(name)
    if known is None or name == "sources":
        if from_us or to_us:
            raise ValueError(f"{name} is not limited by time, expected a table such as calls")
        return select(column("*", is_literal=True)).select_from(table(name))
    moments = ("started_at_us", "at_us", "interval_at_us")
    moment = next(known.c[moment] for moment in moments if moment in known.c)
    query = select(known).order_by(moment)
    if from_us:
        query = query.where(moment >= from_us)
    if to_us:
        query = query.where(moment < to_us)
    return query


def _as_csv(file: Path, names: Sequence[str], parts: Rows) -> int:
    count = 0
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(names)
        for rows in parts:
            writer.writerows(rows)
            count += len(rows)
    return count


def _as_json_lines(file: Path, names: Sequence[str], parts: Rows) -> int:
    count = 0
    with file.open("w", encoding="utf-8") as out:
        for rows in parts:
            for row in rows:
                out.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False))
                out.write("\n")
            count += len(rows)
    return count


def _as_parquet(file: Path, names: Sequence[str], parts: Rows) -> int:
    import pyarrow
    import pyarrow.parquet

    count = 0
    writer: Any = None
    try:
        for rows in parts:
            columns = list(zip(*rows, strict=True))
            table_part = pyarrow.table(dict(zip(names, columns, strict=True)))
            if writer is None:
                writer = pyarrow.parquet.ParquetWriter(file, _wide(pyarrow, table_part.schema))
            writer.write_table(table_part.cast(writer.schema))
            count += len(rows)
        if writer is None:
            empty = pyarrow.table({name: pyarrow.array([], pyarrow.string()) for name in names})
            pyarrow.parquet.write_table(empty, file)
    finally:
        if writer is not None:
            writer.close()
    return count


def _wide(pyarrow: Any, schema: Any) -> Any:  # noqa: ANN401 - the library has no types
    """The types of the first rows; a column that is empty there holds numbers later on."""
    fields = [
        pyarrow.field(field.name, pyarrow.int64() if field.type == pyarrow.null() else field.type)
        for field in schema
    ]
    return pyarrow.schema(fields)


#: Formats by name.
FORMATS: Final[dict[str, Callable[[Path, Sequence[str], Rows], int]]] = {
    "csv": _as_csv,
    "jsonl": _as_json_lines,
    "parquet": _as_parquet,
}
