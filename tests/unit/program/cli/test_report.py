"""`acdengine report` as it is called."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("sqlalchemy")

from acdengine.__main__ import app
from acdengine.records.database import engine_of
from tests.unit.reports.centre import keep, small_day


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    found = f"sqlite:///{tmp_path_factory.mktemp('reports')}/records.db"
    keep(engine_of(found), small_day(), last_s=3600)
    return found


def called(*arguments: str, status: int = 0) -> str:
    done = CliRunner().invoke(app, ["report", *arguments])
    assert done.exit_code == status, done.output
    return done.output


def test_the_last_day_of_the_records_is_reported(url: str) -> None:
    page = called("--db", url)
    assert page.splitlines()[1].split()[:4] == ["total", "9", "4", "3"]
    assert "service-level: answered within within_s" in page


def test_figures_by_interval_and_group(url: str) -> None:
    page = called(
        "service-level", "occupancy", "--db", url, "--by", "half-hour", "--group", "agent",
        "--from", "2026-03-02T08:00", "--to", "2026-03-02T09:00",
    )  # fmt: skip
    lines = [line.split() for line in page.splitlines()]
    assert lines[0] == ["half-hour", "agent", "service-level", "occupancy"]
    # From 08:00 to 08:30 Kim talks 340 s and is ready for 80.
    assert ["2026-03-02", "08:00", "acme/kim", "50.0", "%", "81.0", "%"] in lines


def test_csv_has_values_and_parts(url: str) -> None:
    page = called("asa", "received", "--db", url, "--format", "csv", "--group", "queue")
    rows = {row["queue"]: row for row in csv.DictReader(io.StringIO(page))}
    assert float(rows["acme/sales"]["asa"]) == 15
    assert rows["acme/sales"]["asa part"] == "45000000"
    assert rows["acme/sales"]["asa whole"] == "3"
    assert rows[""]["asa"] == ""
    assert float(rows["acme/service"]["received"]) == 2


def test_json_has_definitions(url: str) -> None:
    found = json.loads(called("asa", "--db", url, "--format", "json", "--zone", "Europe/Berlin"))
    assert found["zone"] == "Europe/Berlin"
    assert found["metrics"][0]["formula"].startswith("wait of those")
    assert found["rows"][0]["figures"]["asa"] == {"value": 16.25, "part": 65000000, "whole": 4}


def test_what_is_behind_a_figure(url: str) -> None:
    asked = ["asa", "--db", url, "--group", "queue", "--explain", "--only", "acme/service"]
    page = called(*asked)
    lines = [line.split() for line in page.splitlines()[1:]]
    assert len(lines) == 2
    assert "c3" in lines[0]
    assert lines[0][-2:] == ["20.000", "s"]
    found = [json.loads(line) for line in called(*asked, "--format", "json").splitlines() if line]
    assert {one["call_id"] for one in found} == {"c3"}


def test_one_tenant_alone(url: str) -> None:
    assert called("answered", "--db", url, "--tenant", "globex").splitlines()[1].split()[1] == "0"


def test_all_metrics_are_listed() -> None:
    page = called("--list")
    assert "service-level" in page
    assert "within_s=20.0" in page


@pytest.mark.parametrize(
    ("words", "status", "problem"),
    [
        (["speed"], 1, "no metric is called 'speed'"),
        (["occupancy", "--group", "queue"], 1, "expected agent, team or tenant"),
        (["--by", "fortnight"], 2, "half-hour, hour, day, week, month"),
        (["--format", "xls"], 2, "table, csv"),
        (["--group", "floor"], 2, "queue, agent, team"),
        (["--zone", "Berlin"], 2, "is no time zone such as Europe/Berlin"),
        (["--zone", "../../etc/passwd"], 2, "is no time zone"),
        (["--from", "yesterday"], 2, "is no date"),
        (["--from", "2026-03-02", "--to", "2026-03-01"], 2, "is not after"),
        (["--only", "acme/sales"], 2, "goes with --explain"),
        (["--by", "half-hour", "--from", "2020-01-01"], 1, "longer ones?"),
    ],
)
def test_what_is_asked_wrongly(url: str, words: list[str], status: int, problem: str) -> None:
    page = called(*words, "--db", url, *_to(words), status=status)
    assert problem in " ".join(page.replace("│", " ").split())


def _to(words: list[str]) -> list[str]:
    return ["--to", "2026-01-01"] if "2020-01-01" in words else []


def test_tables_of_another_version_are_named(tmp_path: Path) -> None:
    page = called("--db", f"sqlite:///{tmp_path}/empty.db", status=1)
    assert "migrate" in page


def test_texts_of_callers_are_no_formulas(tmp_path: Path) -> None:
    """A number dialled comes from outside, and ends in a spreadsheet."""
    url = f"sqlite:///{tmp_path}/records.db"
    rows = small_day()
    for place, row in enumerate(rows["calls"]):
        row["dnis"] = "=HYPERLINK(1)" if place else "+4930"
    keep(engine_of(url), rows, last_s=3600)
    page = called("received", "--db", url, "--format", "csv", "--group", "dnis")
    found = {row["dnis"] for row in csv.DictReader(io.StringIO(page))}
    assert found == {"'=HYPERLINK(1)", "+4930"}
