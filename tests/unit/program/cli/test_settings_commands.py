"""`acdengine check` and `acdengine schema` as they are called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acdengine.__main__ import app
from acdengine.settings.json_schema import settings_schema

ROOT = Path(__file__).parents[4]


def test_the_example_is_checked_and_counted() -> None:
    done = CliRunner().invoke(app, ["check", str(ROOT / "config" / "acdengine.yaml")])
    assert done.exit_code == 0
    assert done.output == "OK: 2 tenants, 6 queues, 42 agents, 12 flows, 3 trunk groups\n"


def test_every_problem_is_a_line_and_the_status_is_one(tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("tenants:\n  acme:\n    queues: {sales: {max_lenght: 5}}\n")
    two.write_text("daemon: {metrics: {port: no}}\n")
    done = CliRunner().invoke(app, ["check", str(one), str(two), str(tmp_path / "none.yaml")])
    assert done.exit_code == 1
    assert done.stdout == f"{tmp_path}/none.yaml: cannot be read: No such file or directory\n"
    done = CliRunner().invoke(app, ["check", str(one), str(two)])
    assert done.exit_code == 1
    assert [line.partition(", expected")[0] for line in done.stdout.splitlines()] == [
        f"{one}:3:22 tenants.acme.queues.sales.max_lenght: is not a known key "
        + "(did you mean 'max_length'?)",
        f"{two}:1:26 daemon.metrics.port: 'no' is text",
    ]
    assert done.stderr == "2 problems\n"


def test_one_problem_is_counted_as_one(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text("tenant: {}")
    assert CliRunner().invoke(app, ["check", str(file)]).stderr == "1 problem\n"


def test_files_make_one_whole(tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("tenants: {acme: {}}\n")
    two.write_text("tenants: {globex: {}}\ntrunks: {a: {tenant: acme}}\n")
    done = CliRunner().invoke(app, ["check", str(one), str(two)])
    assert done.output == "OK: 2 tenants, 0 queues, 0 agents, 0 flows, 1 trunk group\n"


def test_what_is_odd_is_a_warning_and_a_problem_when_it_is_strict(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text("tenants: { acme: { queues: { q: {} }, numbers: { '1': { queue: q } } } }\n")
    says = f"warning: {file}:1:30 tenants.acme.queues.q: no agent serves this queue\n"
    done = CliRunner().invoke(app, ["check", str(file)])
    assert (done.exit_code, done.stderr) == (0, says)
    assert done.stdout.endswith("0 flows, 0 trunk groups; 1 warning\n")
    done = CliRunner().invoke(app, ["check", "--strict", str(file)])
    assert (done.exit_code, done.stdout, done.stderr) == (1, says, "1 warning\n")


def test_the_examples_are_strictly_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACDENGINE_FREESWITCH_PASSWORD", "there")
    for name in ("acdengine", "freeswitch-centre"):
        file = ROOT / "config" / f"{name}.yaml"
        assert CliRunner().invoke(app, ["check", "--strict", str(file)]).exit_code == 0


def test_the_schema_goes_to_the_screen_or_to_a_file(tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["schema"])
    assert json.loads(shown.output) == settings_schema()
    file = tmp_path / "schema.json"
    assert CliRunner().invoke(app, ["schema", "--output", str(file)]).output == ""
    assert file.read_text() == shown.output


def test_a_schema_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["schema", "--output", str(tmp_path / "no" / "file")])
    assert done.exit_code == 1
    assert done.stderr == f"{tmp_path}/no/file: cannot be written: No such file or directory\n"
