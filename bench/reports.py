"""`python -m bench reports`: how long reports over a year of calls take, beside queries by hand.

A year of calls, spread evenly, lies in the database with a queue wait and a conversation each. Of a
day by half hour and queue, a month by day and a year by month the service level and the speed of
answer are reported, and asked for by a query written by hand for that figure alone; each is the
best of some rounds, in turns.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from acdengine.records.database import engine_of
from acdengine.records.migrating import migrate
from acdengine.records.schema import segments
from acdengine.reports.groups import Group
from acdengine.reports.intervals import By, intervals, us_of
from acdengine.reports.report import report
from bench.machine import describe_machine

_ZONE: Final = ZoneInfo("UTC")
_QUEUES: Final = 20
_AGENTS: Final = 500
_METRICS: Final = ("service-level", "asa")
_AT_ONCE: Final = 50_000
_S: Final = 1_000_000


def _at(month: int, day: int, year: int = 2025) -> int:
    return us_of(datetime(year, month, day, tzinfo=UTC))


_BEGIN_US, _END_US = _at(1, 1), _at(1, 1, 2026)
#: What is reported, and how the interval is written by hand in SQLite and in PostgreSQL.
_CASES: Final[dict[str, tuple[By, Group | None, int, int, str, str]]] = {
    "day_by_half_hour_and_queue": (
        "half-hour", "queue", _at(11, 3), _at(11, 4),
        "(started_at_us - :begin) / 1800000000", "(started_at_us - :begin) / 1800000000",
    ),
    "month_by_day": (
        "day", None, _at(11, 1), _at(12, 1),
        "(started_at_us - :begin) / 86400000000", "(started_at_us - :begin) / 86400000000",
    ),
    "year_by_month": (
        "month", None, _BEGIN_US, _END_US,
        "strftime('%m', started_at_us / 1000000, 'unixepoch')",
        "extract(month from to_timestamp(started_at_us / 1000000) at time zone 'UTC')",
    ),
}  # fmt: skip
_BY_HAND: Final = """
SELECT {interval} AS part, {group} AS of_group,
  sum(CASE WHEN outcome = 'answered' AND waited_us <= 20000000 THEN 1 ELSE 0 END),
  sum(CASE WHEN outcome IN ('answered', 'abandoned') THEN 1 ELSE 0 END),
  sum(CASE WHEN outcome = 'answered' THEN waited_us ELSE 0 END),
  sum(CASE WHEN outcome = 'answered' THEN 1 ELSE 0 END)
FROM segments
WHERE kind = 'queue_wait' AND ended_at_us IS NOT NULL
  AND started_at_us >= :begin AND started_at_us < :end
GROUP BY part, of_group
"""


def _rows(calls: int) -> Iterator[dict[str, Any]]:
    """A queue wait and, where it was answered, a conversation of each call."""
    blank: dict[str, Any] = {
        column.name: ""
        if str(column.type) == "TEXT"
        else False
        if str(column.type) == "BOOLEAN"
        else 0
        for column in segments.columns
    }
    blank |= {"source_id": 1, "tenant_id": "acme", "told_us": -1, "step_at_us": None}
    for number in range(calls):
        at_us = _BEGIN_US + number * (_END_US - _BEGIN_US) // calls
        waited_us = (number * 7919 % 60) * _S
        is_answered = number % 20 != 0
        shared = {
            "call_id": f"c{number}", "queue_id": f"acme/q{number * 31 % _QUEUES}",
            "agent_id": f"acme/a{number * 17 % _AGENTS}" if is_answered else "",
        }  # fmt: skip
        yield blank | shared | {
            "seq": 2 * number, "kind": "queue_wait", "started_at_us": at_us,
            "ended_at_us": at_us + waited_us, "waited_us": waited_us,
            "outcome": "answered" if is_answered else "abandoned",
        }  # fmt: skip
        if is_answered:
            yield blank | shared | {
                "seq": 2 * number + 1, "kind": "talk", "started_at_us": at_us + waited_us,
                "ended_at_us": at_us + waited_us + 200 * _S, "active_us": 200 * _S,
                "outcome": "caller",
            }  # fmt: skip


def _fill(connection: Connection, calls: int) -> None:
    rows: list[dict[str, Any]] = []
    for row in _rows(calls):
        rows.append(row)
        if len(rows) == _AT_ONCE:
            connection.execute(segments.insert(), rows)
            rows = []
    if rows:
        connection.execute(segments.insert(), rows)
    connection.execute(text("ANALYZE"))


def _measure(connection: Connection, rounds: int) -> dict[str, float]:
    measured = {}
    for name, (by, group, begin_us, end_us, sqlite, postgresql) in _CASES.items():
        period = intervals(by, begin_us, end_us, _ZONE)
        is_sqlite = connection.dialect.name == "sqlite"
        query = text(
            _BY_HAND.format(
                interval=sqlite if is_sqlite else postgresql, group="queue_id" if group else "''"
            )
        )
        ours, by_hand = [], []
        for _ in range(rounds):
            begun = time.perf_counter()
            found = report(connection, _METRICS, period, group)
            ours.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            rows = connection.execute(query, {"begin": begin_us, "end": end_us}).all()
            by_hand.append(time.perf_counter() - begun)
            figures = [row.figures for row in found.rows]
            assert sum(row[2] for row in rows) == sum(one[0].part for one in figures)
            assert sum(row[5] for row in rows) == sum(one[1].whole or 0 for one in figures)
        measured[f"{name}_s"] = min(ours)
        measured[f"{name}_by_hand_s"] = min(by_hand)
        measured[f"{name}_ratio"] = min(ours) / min(by_hand)
    return measured


def main(argv: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench reports", description=__doc__)
    parser.add_argument("--calls", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--db", default="", metavar="URL", help="an empty database (SQLite here)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        engine = engine_of(options.db or f"sqlite:///{folder}/records.db")
        migrate(engine)
        with engine.begin() as connection:
            _fill(connection, options.calls)
        with engine.connect() as connection:
            measured = {"calls": options.calls, **_measure(connection, options.rounds)}
        engine.dispose()
    for name, value in measured.items():
        print(f"{name:36} {value:>14,.3f}")
    if options.json is not None:
        options.json.write_text(json.dumps({**describe_machine(), **measured}, indent=1))
    return 0
