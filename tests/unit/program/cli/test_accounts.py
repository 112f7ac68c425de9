"""`acdengine account`, `login`, `session` and `logout`, as people type them."""

from __future__ import annotations

import json
import os
import signal
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from acdengine.__main__ import app
from tests.unit.api.centre import PASSWORD
from tests.unit.api.served import Served
from tests.unit.program.daemon_process import SETTINGS, DaemonProcess

CENTRE = SETTINGS.replace(
    "  control:\n", "  control:\n    accounts_file: var/accounts.yaml\n"
).replace("    queues:\n", "    teams: { front: {} }\n    queues:\n")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("ACDENGINE_TOKEN", raising=False)
    monkeypatch.delenv("ACDENGINE_URL", raising=False)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "acdengine.yaml").write_text(CENTRE)


def run(line: str, password: str = PASSWORD, code: int = 0) -> Result:
    words = line.split()
    done = CliRunner().invoke(app, words, input=f"{password}\n", catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


@pytest.mark.slow
def test_accounts_are_added_listed_changed_and_removed() -> None:
    told = run("account add alice --role agent --tenant acme --agent s01").stdout
    assert told == (
        "alice is added (var/accounts.yaml); `acdengine reload` puts it in force in a running"
        " daemon\n"
    )
    run("account add carol --role supervisor --tenant acme --team front")
    file = Path("var/accounts.yaml")
    before = file.read_text()
    assert PASSWORD not in before
    lines = [line.split() for line in run("account list").stdout.splitlines()]
    assert ["alice", "agent", "acme", "s01"] in lines
    assert ["carol", "supervisor", "acme", "front"] in lines
    assert lines[-1] == ["2", "accounts"]
    run("account passwd alice", "another password")
    assert file.read_text() != before
    run("account remove carol")
    assert run("account list").stdout.splitlines()[-1] == "1 account"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "password", "told"),
    [
        ("account add bob --role agent --tenant acme --agent s1", PASSWORD, "no agent 's1'"),
        ("account add bob --role agent --tenant acme", PASSWORD, "says no agent"),
        ("account add bob --role admin", "short", "a password has 10 to 200 characters"),
        ("account add long-name-of-bob --role admin", "Long-name-of-bob", "expected another"),
        ("account add tests --role admin", PASSWORD, "is the name of a token already"),
        ("account add alice --role admin", PASSWORD, "there is an account 'alice' already"),
        ("account passwd alcie", PASSWORD, "no such account 'alcie' (did you mean 'alice'?)"),
        ("account remove zoe", PASSWORD, "no such account 'zoe'; there are alice"),
        ("account list --config nowhere.yaml", "", "nowhere.yaml: cannot be read"),
    ],
)
def test_what_cannot_be_done_changes_nothing(line: str, password: str, told: str) -> None:
    run("account add alice --role agent --tenant acme --agent s01")
    before = Path("var/accounts.yaml").read_bytes()
    assert told in run(line, password, code=1).stderr
    assert Path("var/accounts.yaml").read_bytes() == before


def test_settings_that_name_no_file_say_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "config" / "acdengine.yaml").write_text(SETTINGS)
    told = run("account list", code=1).stderr
    assert "daemon.control.accounts_file names no file" in told
    (tmp_path / "config" / "acdengine.yaml").unlink()
    assert "--config FILE" in run("account list", code=1).stderr


def test_a_session_is_used_by_the_commands_that_follow(tmp_path: Path) -> None:
    with Served() as served:
        at = f"--url {served.url}"
        assert "alice: agent of acme/alice, until 20" in run(f"login alice {at}").stdout
        (file,) = (tmp_path / "state").rglob("*.json")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert "alice: agent of acme/alice" in run("session").stdout  # of the newest session
        agents = json.loads(run(f"agents --json {at}").stdout)["items"]
        assert [agent["agent_id"] for agent in agents] == ["acme/alice"]
        assert "read_only of all tenants" in run(f"session {at} --token watch").stdout
        assert "alice is logged out" in run("logout").stdout
        assert "asks for a token, and none was found" in run(f"session {at}", code=1).stderr
        assert file.read_text() == "{}"


def test_a_session_that_has_ended_says_so_and_can_be_forgotten(tmp_path: Path) -> None:
    with Served() as served:
        run(f"login alice --url {served.url}")
        (file,) = (tmp_path / "state").rglob("*.json")
        file.write_text(file.read_text().replace('"token": "', '"token": "x'))
        assert "`acdengine login ACCOUNT` begins another" in run("status", code=1).stderr
        run("logout", code=1)
        assert file.read_text() == "{}"


@pytest.mark.parametrize(
    ("line", "password", "told"),
    [
        ("login alice", "wrong", "the account or the password is wrong\n"),
        ("login nobody", PASSWORD, "the account or the password is wrong\n"),
        ("logout --token root", "", "this is a token of the settings"),
    ],
)
def test_what_is_refused(line: str, password: str, told: str) -> None:
    with Served() as served:
        assert told in run(f"{line} --url {served.url}", password, code=1).stderr
    assert not list(Path.cwd().rglob("sessions.json"))


@pytest.mark.slow
def test_the_whole_way_with_a_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An account is added while the daemon runs, put in force, used over HTTP, and taken away."""
    with DaemonProcess(tmp_path, "--no-sim", settings=CENTRE) as daemon:
        url = daemon.started().addresses["control"]
        monkeypatch.setenv("ACDENGINE_URL", url)
        config = "--config settings.yaml"
        run(f"account add alice --role agent --tenant acme --agent s01 {config}")
        run("login alice", code=1)
        daemon.control("POST", "/v1/reload", {})
        run("login alice")
        run("agent acme/s01 sign-in")
        run("agent acme/s01 ready")
        assert "ready" in run("agent acme/s01").stdout
        assert "no such agent" in run("agent acme/s02", code=1).stderr
        daemon.control("POST", "/v1/reload", {})
        assert "alice: agent" in run("session").stdout
        run(f"account passwd alice {config}", "another password")
        (change,) = daemon.control("POST", "/v1/reload", {"check_only": True})["changes"]
        assert (change["kind"], change["id"], change["how"]) == ("account", "alice", "changed")
        daemon.control("POST", "/v1/reload", {})
        assert daemon.control("POST", "/v1/reload", {})["changes"] == []
        run("session", code=1)
        run("login alice", code=1)
        run("login alice", "another password")
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.end()[0] == 0
    log = (tmp_path / "var" / "log.jsonl").read_text()
    assert log.count('"action":"log_in"') == 4
    assert PASSWORD not in log
    assert "another password" not in log
    for token in json.loads(next((tmp_path / "state").rglob("*.json")).read_text()).values():
        assert token["token"] not in log
    assert os.access("var/accounts.yaml", os.R_OK)
