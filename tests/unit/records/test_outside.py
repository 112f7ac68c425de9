"""Costs, schedules, scores, head counts and departures from CSV files."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from acdengine.program.cli.records import app
from acdengine.records.database import engine_of
from acdengine.records.outside import TABLES, UnusableFile, load, read

BERLIN = ZoneInfo("Europe/Berlin")

GOOD = {
    "costs": "tenant,what,from,to,amount\nacme,wages,2026-12-01,2027-01-01,12345.67\n",
    "schedules": "to,from,agent\n2026-12-01T12:00,2026-12-01T08:00,acme/kim\n",
    "quality-scores": "call,agent,at,score,by\nc1,acme/kim,2026-12-01T09:00Z,85,sam\n",
    "head-counts": "tenant,team,from,to,heads\nacme,,2026-01-01,2027-01-01,40\n",
    "departures": "agent,team,at\nacme/max,acme/one,2026-12-01\n",
}


def file_of(folder: Path, text: str | bytes) -> Path:
    file = folder / "file.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def run(folder: Path, table: str, text: str | bytes, *more: str) -> Any:
    file = file_of(folder, text)
    url = f"sqlite:///{folder}/records.db"
    return CliRunner().invoke(app, ["load-table", table, str(file), "--db", url, *more])


def rows_of(folder: Path, table: str) -> list[dict[str, Any]]:
    with engine_of(f"sqlite:///{folder}/records.db").connect() as connection:
        return [dict(row) for row in connection.execute(select(TABLES[table].table)).mappings()]


@pytest.mark.parametrize("table", TABLES)
def test_a_file_is_loaded_and_may_be_loaded_again(tmp_path: Path, table: str) -> None:
    for _ in range(2):
        done = run(tmp_path, table, GOOD[table], "--zone", "Europe/Berlin")
        assert done.exit_code == 0, done.output
        assert done.output.startswith(f"1 row of {table} from ")
        (row,) = rows_of(tmp_path, table)
        assert row["tenant_id"] == "acme"


def test_times_are_of_the_zone_and_amounts_in_hundredths(tmp_path: Path) -> None:
    (found,) = read("costs", file_of(tmp_path, GOOD["costs"]), BERLIN)
    assert found == (
        2,
        {
            "tenant_id": "acme", "what": "wages", "started_at_us": 1_796_079_600_000_000,
            "ended_at_us": 1_798_758_000_000_000, "amount_cents": 1_234_567,
        },
    )  # fmt: skip


def test_a_row_is_brought_up_to_date(tmp_path: Path) -> None:
    assert run(tmp_path, "costs", GOOD["costs"]).exit_code == 0
    assert run(tmp_path, "costs", GOOD["costs"].replace("12345.67", "1")).exit_code == 0
    assert [row["amount_cents"] for row in rows_of(tmp_path, "costs")] == [100]


@pytest.mark.parametrize(
    ("table", "text", "problems"),
    [
        ("costs", "", [(1, "columns are ; expected tenant, what, from, to, amount")]),
        ("costs", "tenant,what\n", [(1, "columns are tenant, what; expected tenant, what, from,")]),
        (
            "costs",
            (
                "tenant,what,from,to,amount\nacme,x,soon,2026-01-02,1\nacme,x,2026-01-02,2026-01-02,1\n"
                "acme,x,2026-01-01,2026-01-02,much\nacme,x,2026-01-01,2026-01-02,1.005\nacme,x\n"
                ",x,2026-01-01,2026-01-02,1\n"
            ),
            [
                (2, "from is 'soon'; expected a time such as 2026-12-01T08:30"),
                (3, "to is not after from"),
                (4, "amount is 'much'; expected an amount such as 1250.00"),
                (5, "amount is '1.005'"),
                (6, "expected 5 values"),
                (7, "tenant is empty"),
            ],
        ),
        (
            "quality-scores",
            (
                "call,agent,at,score,by\nc,kim,2026-01-01,5,s\nc,a/kim,2026-01-01,101,s\n"
                "c,a/kim,2026-01-01,-1,s\n"
            ),
            [
                (2, "agent is 'kim'; expected TENANT/NAME, such as acme/kim"),
                (3, "score is '101'; expected a whole number from 0 to 100"),
                (4, "score is '-1'"),
            ],
        ),
        (
            "departures",
            "agent,team,at\nacme/kim,globex/one,2026-01-01\n",
            [(2, "team is 'globex/one'; expected one of tenant acme")],
        ),
        ("costs", b"tenant,what,from,to,amount\n\xff\xfe", [(1, "no CSV in UTF-8")]),
    ],
)
def test_lines_that_cannot_be_used_are_all_told(
    tmp_path: Path, table: str, text: str, problems: list[tuple[int, str]]
) -> None:
    with pytest.raises(UnusableFile) as caught:
        read(table, file_of(tmp_path, text), BERLIN)
    found = caught.value.problems
    assert [number for number, _ in found] == [number for number, _ in problems]
    for (_, words), (_, expected) in zip(found, problems, strict=True):
        assert words.startswith(expected)


def test_shifts_of_one_agent_that_overlap_are_refused_and_nothing_is_loaded(tmp_path: Path) -> None:
    held = "agent,from,to\nacme/kim,2026-12-01T08:00,2026-12-01T12:00\n"
    assert run(tmp_path, "schedules", held).exit_code == 0
    more = "agent,from,to\nacme/lee,2026-12-01T08:00,2026-12-01T12:00\n"
    more += "acme/lee,2026-12-01T11:00,2026-12-01T13:00\n"
    more += "acme/kim,2026-12-01T11:59,2026-12-01T13:00\n"
    done = run(tmp_path, "schedules", more)
    assert done.exit_code == 1
    assert "file.csv:3: overlaps line 2 of acme/lee" in done.output
    assert "file.csv:4: overlaps a row that is there already of acme/kim" in done.output
    assert "nothing is loaded" in done.output
    assert len(rows_of(tmp_path, "schedules")) == 1


def test_a_row_that_stands_twice_in_a_file_is_refused(tmp_path: Path) -> None:
    with engine_of(f"sqlite:///{tmp_path}/records.db").begin() as connection:
        rows = read("departures", file_of(tmp_path, GOOD["departures"]), BERLIN)
        with pytest.raises(UnusableFile, match="line 3: the same agent_id, at_us as line 2"):
            load(connection, "departures", [*rows, (3, rows[0][1])])
