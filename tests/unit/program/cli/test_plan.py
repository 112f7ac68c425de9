"""`acdengine plan` as it is called."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("numpy")

from acdengine.__main__ import app
from tests.unit.planning.test_forecast import made


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Sixteen weeks of calls."""
    file = tmp_path_factory.mktemp("plan") / "calls.csv"
    history = made(weeks=16, noise=0.05)
    rows = [
        f"{day.date}T{history.begins(n)},{one:.0f}"
        for day in history.days
        for n, one in enumerate(day.calls)
    ]
    file.write_text("\n".join(["time,calls", *rows]) + "\n")
    return str(file)


def called(*arguments: str, status: int = 0) -> str:
    done = CliRunner().invoke(app, ["plan", *arguments])
    assert done.exit_code == status, done.output
    return done.output


def test_the_next_days_are_forecast(calls: str) -> None:
    page = called("forecast", calls, "--minutes", "60", "--days", "2", "--closed", "2026-04-27")
    lines = [line.split() for line in page.splitlines()]
    assert lines[0] == ["date", "time", "calls"]
    assert [line[0] for line in lines[1::4]] == ["2026-04-28", "2026-04-29"]
    found = json.loads(called("forecast", calls, "--minutes", "60", "--format", "json"))
    assert {row["date"] for row in found} == {f"2026-04-{day}" for day in range(27, 31)} | {
        "2026-05-01"
    }


def test_a_backtest_shows_errors_by_lead(calls: str) -> None:
    page = called("backtest", calls, "--minutes", "60")
    assert page.splitlines()[1].startswith("1 day ahead")
    assert "a day's total, one day ahead: ± " in page


def test_agents_of_each_interval(calls: str) -> None:
    asked = ("staff", calls, "--minutes", "60", "--handle-s", "200", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(called(*asked, "--spread", "0"))))
    assert len(rows) == 4
    unsure = list(csv.DictReader(io.StringIO(called(*asked))))
    assert sum(int(row["agents"]) for row in unsure) >= sum(int(row["agents"]) for row in rows)
    assert all(float(row["level %"]) >= 80 for row in unsure)


@pytest.mark.parametrize(
    ("words", "status", "problem"),
    [
        (["forecast", "nothing.csv"], 1, "nothing.csv"),
        (["forecast", "CALLS", "--from", "2026-01-01"], 2, "the history goes up to 2026-04-24"),
        (["forecast", "CALLS", "--from", "soon"], 2, "is no date such as"),
        (["forecast", "CALLS", "--calls", "x"], 1, "no column 'x'"),
        (["forecast", "CALLS", "--format", "xls"], 2, "table, csv"),
        (["staff", "CALLS", "--handle-s", "-5"], 1, "handle time -5; expected"),
        (["backtest", "CALLS", "--test-days", "60"], 1, "expected 100 or more"),
    ],
)
def test_what_is_asked_wrongly(calls: str, words: list[str], status: int, problem: str) -> None:
    page = called(*(calls if word == "CALLS" else word for word in words), status=status)
    assert problem in " ".join(page.replace("│", " ").split())


def test_agents_by_simulation_are_shown_by_group_and_period(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(
        "name: small\nhorizon_s: 3600\nsettings:\n  trunks: { lines: { channels: 50 } }\n"
        "  tenants:\n    centre:\n      numbers: { '100': { queue: q } }\n      queues: { q: {} }\n"
        "      teams: { all: { queues: [q] } }\n      agents: { 'a{1..9}': { team: all } }\n"
        "call_types:\n  calls: { dnis: '100', arrivals: 40, "
        "service: { kind: exponential, mean_s: 120 } }\n"
        "agent_groups:\n  all: { team: all }\n"
    )
    options = ("--replications", "2", "--minutes", "30")
    page = called("simulate", str(file), *options)
    lines = [line.split() for line in page.splitlines()]
    assert lines[0] == ["day", "time", "all", "agents", "paid", "calls", "%"]
    assert [line[:2] for line in lines[1:3]] == [["1", "00:00"], ["1", "00:30"]]
    assert all(1 < int(line[2]) == int(line[3]) < int(line[4]) for line in lines[1:3])
    rows = json.loads(called("simulate", str(file), *options, "--format", "json"))
    assert [row["all"] for row in rows] == [int(line[2]) for line in lines[1:3]]
    told = called(
        "simulate", str(file), *options, "--service-level", "0.9999", "--most-occupied", "0.01",
    )  # fmt: skip
    assert "occupancy: all" in told
    file.write_text(file.read_text().replace("a{1..9}", "a1"))
    assert "calls stays below 80% from 00:00 on" in called(
        "simulate", str(file), *options, status=1
    )
