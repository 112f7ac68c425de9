"""Loads what comes from outside: costs, schedules, scores, head counts and departures, from CSV.

A file has one line of names and one line a row. All of it is read before anything is written: with
a line that cannot be used nothing is loaded, and every such line is told of.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, and_, delete, insert, select

from acdengine.records.schema import costs, departures, head_counts, quality_scores, schedules

Row: TypeAlias = dict[str, str | int]
#: What is told of a line: its number, and what is wrong.
Problem: TypeAlias = tuple[int, str]

_MOST_SCORE: Final = 100
_LARGEST: Final = 10**15


class UnusableFile(ValueError):
    """A file whose lines cannot all be used.

    Attributes:
        problems: of its lines; number 1 is the line of names.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"line {number}: {words}" for number, words in problems))
        self.problems = tuple(problems)


def _name(text: str, _: ZoneInfo) -> str:
    if not text:
        raise ValueError("is empty")
    return text


def _full_id(text: str, _: ZoneInfo) -> str:
    tenant, slash, name = text.partition("/")
    if not (tenant and slash and name):
        raise ValueError(f"is {text!r}; expected TENANT/NAME, such as acme/kim")
    return text


def _team(text: str, zone: ZoneInfo) -> str:
    return _full_id(text, zone) if text else ""


def _moment(text: str, zone: ZoneInfo) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"is {text!r}; expected a time such as 2026-12-01T08:30") from None
    at = at if at.tzinfo else at.replace(tzinfo=zone)
    return round(at.timestamp() * 1e6)


def _cents(text: str, _: ZoneInfo) -> int:
    try:
        amount = Decimal(text) * 100
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or abs(amount) > _LARGEST or amount != amount.to_integral_value():
        raise ValueError(f"is {text!r}; expected an amount such as 1250.00")
    return int(amount)


def _whole(most: int) -> Callable[[str, ZoneInfo], int]:
    def read(text: str, _: ZoneInfo) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
            raise ValueError(f"is {text!r}; expected a whole number from 0 to {most}")
        if int(text) > most:
            raise ValueError(f"is {text!r}; expected a whole number from 0 to {most}")
        return int(text)

    return read


@dataclass(frozen=True, slots=True)
class Outside:
    """A table that is loaded from files.

    Attributes:
        table: of the database.
        columns: name in the file to the column and how it is read.
        has_tenant: the tenant stands in the file; else it is the one of the agent.
    """

    table: Table
    columns: Mapping[str, tuple[str, Callable[[str, ZoneInfo], str | int]]]
    has_tenant: bool = False


_STRETCH: Final = {"from": ("started_at_us", _moment), "to": ("ended_at_us", _moment)}
TABLES: Final = {
    "costs": Outside(
        costs,
        {"tenant": ("tenant_id", _name), "what": ("what", _name), **_STRETCH,
         "amount": ("amount_cents", _cents)},
        has_tenant=True,
    ),
    "schedules": Outside(schedules, {"agent": ("agent_id", _full_id), **_STRETCH}),
    "quality-scores": Outside(
        quality_scores,
        {"call": ("call_id", _name), "agent": ("agent_id", _full_id), "at": ("at_us", _moment),
         "score": ("score", _whole(_MOST_SCORE)), "by": ("scored_by", _name)},
    ),
    "head-counts": Outside(
        head_counts,
        {"tenant": ("tenant_id", _name), "team": ("team_id", _team), **_STRETCH,
         "heads": ("heads", _whole(1_000_000))},
        has_tenant=True,
    ),
    "departures": Outside(
        departures,
        {"agent": ("agent_id", _full_id), "team": ("team_id", _team), "at": ("at_us", _moment)},
    ),
}  # fmt: skip


def read(name: str, file: Path, zone: ZoneInfo) -> list[tuple[int, Row]]:
    """The rows of a file and the lines that they stand in.

    Args:
        name: of `TABLES`.
        file: CSV in UTF-8, columns in any order.
        zone: of times without one.

    Raises:
        UnusableFile: a column or a value is missing or wrong.
        OSError: the file cannot be read.
    """
    outside = TABLES[name]
    rows: list[tuple[int, Row]] = []
    problems: list[Problem] = []
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        try:
            named = [one.strip() for one in reader.fieldnames or ()]
            if sorted(named) != sorted(outside.columns):
                expected = ", ".join(outside.columns)
                raise UnusableFile([(1, f"columns are {', '.join(named)}; expected {expected}")])
            reader.fieldnames = named
            for values in reader:
                try:
                    rows.append((reader.line_num, _row(outside, values, zone)))
                except ValueError as error:
                    problems.append((reader.line_num, str(error)))
        except (UnicodeDecodeError, csv.Error) as error:
            problems.append((reader.line_num + 1, f"no CSV in UTF-8: {error}"))
    if problems:
        raise UnusableFile(problems)
    return rows


def _row(outside: Outside, values: Mapping[str | None, Any], zone: ZoneInfo) -> Row:
    if None in values or None in values.values():
        raise ValueError(f"expected {len(outside.columns)} values")
    row: Row = {}
    for name, (column, as_value) in outside.columns.items():
        try:
            row[column] = as_value(values[name].strip(), zone)
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None
    if not outside.has_tenant:
        row["tenant_id"] = str(row["agent_id"]).partition("/")[0]
    if "ended_at_us" in row and int(row["ended_at_us"]) <= int(row["started_at_us"]):
        raise ValueError("to is not after from")
    team = str(row.get("team_id", ""))
    if team and team.partition("/")[0] != row["tenant_id"]:
        raise ValueError(f"team is {team!r}; expected one of tenant {row['tenant_id']}")
    return row


def load(connection: Connection, name: str, rows: Sequence[tuple[int, Row]]) -> None:
    """Write rows; those that are there already are brought up to date.

    Args:
        connection: within a transaction.
        name: of `TABLES`.
        rows: and the lines that they stand in.

    Raises:
        UnusableFile: two rows are of one key, or of one time, where there can be but one.
    """
    table = TABLES[name].table
    keys = [column.name for column in table.primary_key.columns]
    key_of = itemgetter(*keys)
    lines: dict[Any, int] = {}
    problems: list[Problem] = []
    for number, row in rows:
        first = lines.setdefault(key_of(row), number)
        if first != number:
            problems.append((number, f"the same {', '.join(keys)} as line {first}"))
    if "ended_at_us" in table.columns and not problems:
        problems = list(_overlaps(connection, table, rows))
    if problems:
        raise UnusableFile(problems)
    for _, row in rows:
        connection.execute(delete(table).where(and_(*(table.c[key] == row[key] for key in keys))))
    if rows:
        connection.execute(insert(table), [row for _, row in rows])


def _overlaps(
    connection: Connection, table: Table, rows: Sequence[tuple[int, Row]]
) -> Iterable[Problem]:
    """Rows of which one begins before another of the same agent, team or purpose has ended."""
    owner = [column.name for column in table.primary_key.columns if column.name != "started_at_us"]
    found: dict[tuple[Any, ...], dict[Any, tuple[Any, int]]] = {}
    wanted = {tuple(row[name] for name in owner) for _, row in rows}
    for held in connection.execute(select(table)).mappings():
        key = tuple(held[name] for name in owner)
        if key in wanted:
            found.setdefault(key, {})[held["started_at_us"]] = (held["ended_at_us"], 0)
    for number, row in rows:
        key = tuple(row[name] for name in owner)
        found.setdefault(key, {})[row["started_at_us"]] = (row["ended_at_us"], number)
    for key, stretches in found.items():
        ordered = sorted(stretches.items())
        for (_, (ended_us, first)), (begun_us, (_, second)) in pairwise(ordered):
            if begun_us < ended_us:
                other = first if second else second
                words = f"line {other}" if other else "a row that is there already"
                yield second or first, f"overlaps {words} of {' '.join(filter(None, key))}"
