"""`acdengine doctor`: what it shows, and its exit status."""

from __future__ import annotations

import json
import resource
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acdengine.__main__ import app
from acdengine.program.switches.doctor import local
from acdengine.settings.daemon import DaemonSettings


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


def test_a_switch_that_is_not_there_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    monkeypatch.setenv("ESL", "ClueCon")
    settings = tmp_path / "acd.yaml"
    settings.write_text(f"switches: {{fs1: {{port: {closed_port}, password: '${{env:ESL}}'}}}}\n")
    done = CliRunner().invoke(app, ["doctor", "--config", str(settings), "--json"])
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert list(found) == ["this machine", "fs1"]
    assert [(one["check"], one["level"]) for one in found["fs1"]] == [
        ("connection", "error"), ("password", "error"), ("way", "ok"),
    ]  # fmt: skip
    shown = CliRunner().invoke(app, ["doctor", "--config", str(settings)])
    assert shown.exit_code == 1
    assert "nobody listens there" in shown.stdout
    assert "2 errors" in shown.stdout


def test_without_a_switch_only_this_machine_is_looked_at(tmp_path: Path) -> None:
    settings = tmp_path / "acd.yaml"
    settings.write_text(f"daemon: {{journal: {{folder: {tmp_path}/journal}}}}\n")
    done = CliRunner().invoke(app, ["doctor", "--config", str(settings), "--json"])
    assert done.exit_code == 0
    (findings,) = json.loads(done.stdout).values()
    found = {one["check"]: one["level"] for one in findings}
    assert found["journal"] == "ok"
    assert found["switches"] == "warning"


def test_what_is_wrong_with_the_settings_is_told(tmp_path: Path) -> None:
    settings = tmp_path / "acd.yaml"
    settings.write_text("switches: {fs1: {password: '${env:NOT_SET_ANYWHERE}'}}\n")
    done = CliRunner().invoke(app, ["doctor", "--config", str(settings)])
    assert done.exit_code == 1
    assert "NOT_SET_ANYWHERE is not set" in done.output
    other = CliRunner().invoke(app, ["doctor", "--config", str(settings), "--switch", "fs2"])
    assert other.exit_code == 2
    assert "no switch fs2" in other.output


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    settings = DaemonSettings.model_validate(
        {"journal": {"folder": "/proc/acdengine/journal"}, "facts": {"file": f"{tmp_path}/f.jsonl"}}
    )
    found = {finding.check: finding for finding in local(settings)}
    assert found["journal"].level == "error"
    assert found["facts"].level == "ok"
    assert "log" not in found
    assert {one.check: one.level for one in local(DaemonSettings())}["journal"] == "warning"


def test_few_open_files_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4096))
    found = {finding.check: finding for finding in local(DaemonSettings())}
    assert found["open files"].level == "warning"
