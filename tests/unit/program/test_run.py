"""`acdengine run`, as people run it: in a process of its own, to its end."""

from __future__ import annotations

import gc
import logging
import os
import re
import resource
import signal
import socket
import sys
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from acdengine.engine import Engine
from acdengine.plan import Plan
from acdengine.program.cli.run import app
from acdengine.program.daemon.options import Options
from acdengine.program.daemon.running import run
from acdengine.program.daemon.simulation import simulation_of
from acdengine.runtime.facts_file import FactsFile
from acdengine.runtime.journal import Journal
from acdengine.runtime.recovery import recover
from acdengine.settings.centre import load_centre
from tests.unit.program.daemon_process import PROFILE, SETTINGS, TOKEN, DaemonProcess

pytestmark = pytest.mark.slow


def test_a_simulated_day_at_speed_leaves_facts_metrics_and_a_clean_end(tmp_path: Path) -> None:
    with DaemonProcess(tmp_path, "--seconds", "3", "--speed", "60", "--at", "10:30") as daemon:
        metrics = daemon.started().get("metrics")
        status, output, errors = daemon.end()
    assert (status, errors) == (0, "")
    samples = {
        (sample.name, sample.labels.get("queue", "")): sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
    }
    assert samples["acdengine_queue_agents_working", "sales"] > 0
    assert samples["acdengine_decision_seconds_count", ""] > 100
    facts = daemon.lines("var/facts.jsonl")
    kinds = {fact["type"] for fact in facts}
    assert {"CallStarted", "CallQueued", "OfferMade", "CallConnected", "CallEnded"} <= kinds
    log = (tmp_path / "var/queue_log").read_text().splitlines()
    assert log[0].endswith("|NONE|NONE|NONE|QUEUESTART|")
    queued = sum(fact["type"] == "CallQueued" for fact in facts)
    assert sum("|ENTERQUEUE|" in line for line in log) == queued > 0
    numbers = [fact["ani"] for fact in facts if "ani" in fact]
    assert all(number.startswith("***") and "~" in number for number in numbers)
    said = [line for line in output.splitlines() if "offered" in line]
    assert said[0].startswith("Mon 5 Jan 2026 10:3")
    logged = [line["event"] for line in daemon.lines("var/log.jsonl")]
    assert logged == ["started", "the time is up", "stopped"]
    recovered = recover(tmp_path / "var" / "journal")
    assert recovered is not None
    assert (recovered.replayed, recovered.torn_bytes) == (0, 0)
    assert recovered.seq > 100


def test_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    with DaemonProcess(tmp_path, "--speed", "10") as daemon:
        daemon.started().process.send_signal(signal.SIGINT)
        status, _, errors = daemon.end()
    assert (status, errors) == (0, "")
    assert daemon.lines("var/log.jsonl")[-1]["event"] == "stopped"


def test_after_a_kill_it_goes_on_where_it_was(tmp_path: Path) -> None:
    """Without a switch: the agents signed in are those before the kill."""
    with DaemonProcess(tmp_path, "--no-sim") as daemon:
        daemon.started()
        daemon.control("POST", "/v1/agents/acme%2Fs01/sign-in", {})
        daemon.control("POST", "/v1/agents/acme%2Fs01/ready", {})
        daemon.process.kill()
        daemon.end()
    os.truncate(newest_journal(tmp_path), newest_journal(tmp_path).stat().st_size - 1)
    more = SETTINGS.replace("s{01..08}", "s{01..09}")
    with DaemonProcess(tmp_path, "--no-sim", settings=more) as daemon:
        agent = daemon.started().control("GET", "/v1/agents/acme%2Fs01")
        added = daemon.control("GET", "/v1/agents/acme%2Fs09")
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.end()[0] == 0
    assert agent["state"] == "not_ready", "the last request was torn"
    assert added["state"] == "logged_out", "the settings have changed meanwhile"
    (told,) = [line for line in daemon.lines("var/log.jsonl") if line["event"] == "recovered"]
    assert (told["events"], told["seq"]) == (1, 1)
    assert told["torn_bytes"] > 0
    seqs = [fact["seq"] for fact in daemon.lines("var/facts.jsonl")]
    assert seqs == sorted(seqs)


def newest_journal(folder: Path) -> Path:
    return sorted((folder / "var" / "journal").glob("*.journal"))[-1]


def test_the_settings_are_read_again_while_it_runs(tmp_path: Path) -> None:
    with DaemonProcess(tmp_path, "--no-sim") as daemon:
        daemon.started()
        (tmp_path / "settings.yaml").write_text(SETTINGS.replace("s{01..08}", "s{01..09}"))
        tried = daemon.control("POST", "/v1/reload", {"check_only": True})
        assert "acme/s09" in str(tried)
        assert "acme/s09" not in daemon.get_agents()
        daemon.control("POST", "/v1/reload", {})
        assert "acme/s09" in daemon.get_agents()
        assert daemon.get("control", "/v1/ready")
        (tmp_path / "settings.yaml").write_text("tenants: { acme: { queus: {} } }")
        daemon.process.send_signal(signal.SIGHUP)
        refused = daemon.wait_for_log("settings refused")
        assert "settings.yaml:1:20" in str(refused)
        assert "acme/s09" in daemon.get_agents()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to start a daemon in, within this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACDENGINE_TEST_TOKEN", TOKEN)
    (tmp_path / "settings.yaml").write_text(SETTINGS)
    root = logging.getLogger()
    kept = root.handlers, root.level
    thresholds, interval_s = gc.get_threshold(), sys.getswitchinterval()
    yield tmp_path
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    sys.setswitchinterval(interval_s)
    root.handlers, level = kept
    root.setLevel(level)
    structlog.reset_defaults()


CONFIG = Path(__file__).parents[3] / "config"


def options(**more: Any) -> Options:
    settings: dict[str, Any] = {
        "config": (Path("settings.yaml"),), "profile": PROFILE, "headless": True, "seconds": 0.1,
        "http_port": 0, "metrics_port": 0,
    }  # fmt: skip
    return Options(**{**settings, **more})


@pytest.mark.parametrize(
    ("settings", "more", "says"),
    [
        ("tenants: { acme: { queus: {} } }", {}, "settings.yaml:1:20"),
        (SETTINGS, {"profile": Path("nowhere.csv")}, "nowhere.csv: cannot be read"),
        (SETTINGS, {"config": (Path("nowhere.yaml"),)}, "nowhere.yaml: cannot be read"),
        (SETTINGS.replace("ACDENGINE_TEST_TOKEN", "NOT_SET_HERE"), {}, "NOT_SET_HERE is not set"),
        (SETTINGS.replace("var/log.jsonl", "settings.yaml/log"), {}, "log settings.yaml/log"),
        (SETTINGS.replace("var/facts.jsonl", "settings.yaml/f"), {}, "facts file settings.yaml/f"),
        (SETTINGS.replace("var/journal", "settings.yaml/j"), {}, "journal in settings.yaml/j"),
    ],
)
def test_what_cannot_start_says_why(
    here: Path, capsys: pytest.CaptureFixture[str], settings: str, more: dict[str, Any], says: str
) -> None:
    (here / "settings.yaml").write_text(settings)
    assert run(options(**more)) == 1
    assert says in capsys.readouterr().err


def test_a_port_that_is_taken_is_said_and_what_had_begun_has_ended(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run(options(http_port=port)) == 1
    said = capsys.readouterr().err
    assert said == (
        f"cannot listen on 127.0.0.1, port {port}: Address already in use;"
        " --http PORT names another\n"
    )
    Journal(here / "var" / "journal").close()


def test_a_simulated_day_that_nobody_calls_in_is_known(here: Path) -> None:
    assert simulation_of(options(), Plan()).is_silent
    assert not simulation_of(
        options(), load_centre((here / "settings.yaml",), os.environ)[1]
    ).is_silent


def test_a_simulation_that_is_over_ends_the_daemon(here: Path) -> None:
    scenario = (CONFIG / "scenarios" / "mmc.yaml").read_text()
    (here / "short.yaml").write_text(scenario.replace("horizon_s: 86400", "horizon_s: 3601"))
    assert run(options(scenario=Path("short.yaml"), speed=100_000, seconds=60)) == 0
    assert "the simulation is over" in (here / "var" / "log.jsonl").read_text()


def test_a_simulation_leaves_the_journal_of_a_real_centre_alone(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = here / "var" / "journal"
    assert run(options(simulated=False)) == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert run(options()) == 1
    assert "var/journal holds the journal of a centre that is not simulated" in (
        capsys.readouterr().err
    )
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert run(options(force=True)) == 0
    assert run(options()) == 0, "that of a simulation gives way to the next"


def test_what_was_simulated_is_not_gone_on_with(here: Path) -> None:
    assert run(options(speed=60)) == 0
    assert newest_journal(here).stat().st_size > 0
    assert run(options(simulated=False)) == 0
    assert "recovered" not in (here / "var" / "log.jsonl").read_text()
    assert run(options()) == 1, "it is a real centre's by now"


def test_two_daemons_do_not_write_one_journal(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Journal(here / "var" / "journal")
    assert run(options()) == 1
    other.close()
    assert "another process writes the journal" in capsys.readouterr().err


def test_a_second_daemon_in_a_folder_is_refused_and_leaves_the_first_alone(tmp_path: Path) -> None:
    """Without tokens, journal or facts; also after the first was killed."""
    settings = SETTINGS[SETTINGS.index("trunks:") :]
    access = tmp_path / "var" / "control.access"
    with DaemonProcess(tmp_path, settings=settings) as first:
        first.started()
        left = access.read_text()
        with DaemonProcess(tmp_path, settings=settings) as second:
            status, _, errors = second.end()
        assert status == 1
        assert f"another acdengine runs in this folder (process {first.process.pid})" in errors
        assert access.read_text() == left
        first.process.kill()
        first.end()
    with DaemonProcess(tmp_path, settings=settings) as third:
        third.started()
        assert access.read_text() != left
        third.process.send_signal(signal.SIGTERM)
        assert third.end()[0] == 0
    assert not access.exists()


def test_two_daemons_do_not_write_one_facts_file(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "settings.yaml").write_text(SETTINGS.replace("var/journal", "var/other"))
    other = FactsFile(here / "var" / "facts.jsonl", None)
    assert run(options()) == 1
    other.close()
    assert "facts.jsonl cannot be opened: another process writes" in capsys.readouterr().err


def test_a_disk_that_is_full_for_a_moment_costs_no_fact_and_no_state(tmp_path: Path) -> None:
    facts = tmp_path / "var" / "facts.jsonl"
    with DaemonProcess(tmp_path, "--speed", "60", "--at", "10:30") as daemon:
        daemon.started()
        limited(daemon, facts.stat().st_size + 1501)
        assert daemon.wait_for_log("file cannot be written")["reason"] == "File too large"
        daemon.lines("var/facts.jsonl")  # each is whole
        limited(daemon, newest_journal(tmp_path).stat().st_size + 501)
        assert daemon.wait_for_log("journal broken")["reason"] == "File too large"
        limited(daemon, resource.RLIM_INFINITY)
        daemon.wait_for_log("file written again")
        assert daemon.wait_for_log("journal whole again")["reason"] == "File too large"
        metrics = daemon.get("metrics")
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.end()[0] == 0
    lines = facts.read_text().splitlines()
    # The compiled build shows whole numbers as 12.0.
    (total,) = re.findall(r"^acdengine_facts_total ([0-9]+)(?:\.0)?$", metrics, re.MULTILINE)
    assert len(lines) == len(set(lines)) >= int(total)
    told = daemon.lines("var/facts.jsonl")
    begun = {fact["call_id"] for fact in told if fact["type"] == "CallStarted"}
    ended = {fact["call_id"] for fact in told if fact["type"] == "CallEnded"}
    assert ended <= begun
    assert [fact["seq"] for fact in told] == sorted(fact["seq"] for fact in told)
    recovered = recover(tmp_path / "var" / "journal")
    assert recovered is not None
    assert begun - ended == set(recovered.engine.state.calls)


def limited(daemon: DaemonProcess, size: int) -> None:
    """The files of the process may not grow beyond so much: it takes a part of what is written."""
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_half_requests_without_end_keep_nobody_out(tmp_path: Path) -> None:
    """With few descriptors, on both ports; a folded header tells the log no token."""
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, most))
    try:
        daemon = DaemonProcess(tmp_path, "--no-sim")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(few, 2048), most))
    with daemon:
        daemon.started()
        held = []
        for what in ("control", "metrics"):
            host, port = daemon.addresses[what].split("/")[2].split(":")
            for _ in range(150):
                held.append(socket.create_connection((host, int(port))))
                held[-1].sendall(b"GET / HTTP/1.1\r\n")
        assert "s01" in daemon.get_agents()
        assert "acdengine_http_connections" in daemon.get("metrics")
        folded = b"GET /v1/state HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer\r\n " + TOKEN.encode()
        host, port = daemon.addresses["control"].split("/")[2].split(":")
        with socket.create_connection((host, int(port))) as stranger:
            stranger.sendall(folded + b"\r\n\r\n")
            assert b" 400 " in stranger.recv(100)
        daemon.wait_for_log("request not understood")
        for one in held:
            one.close()
    log = (tmp_path / "var" / "log.jsonl").read_text()
    assert TOKEN not in log
    closed = [
        line for line in daemon.lines("var/log.jsonl") if line["event"] == "connection closed"
    ]
    assert {line["server"] for line in closed} == {"control", "metrics"}
    assert len(closed) <= 6


def test_settings_that_leave_nothing_are_refused_unless_that_is_forced(tmp_path: Path) -> None:
    """While it runs, and at a restart."""
    file = tmp_path / "settings.yaml"
    none_left = SETTINGS[: SETTINGS.index("    agents:")]
    cut_off = SETTINGS[: SETTINGS.index("tenants:")]
    with DaemonProcess(tmp_path, "--no-sim") as daemon:
        daemon.started()
        for text, says in (
            (none_left, "these settings leave no agents"),
            (cut_off + "tenants: {}\n", "these settings leave no tenants, no queues, no agents"),
            (cut_off, "there are no tenants"),
            ("", "holds no settings"),
        ):
            file.write_text(text)
            for check_only in (True, False):
                with pytest.raises(urllib.error.HTTPError) as refused:
                    daemon.control("POST", "/v1/reload", {"check_only": check_only})
                assert says in refused.value.read().decode()
        daemon.process.send_signal(signal.SIGHUP)
        assert "holds no settings" in str(daemon.wait_for_log("settings refused"))
        assert "acme/s01" in daemon.get_agents()
        daemon.process.send_signal(signal.SIGTERM)
        daemon.end()
    with DaemonProcess(tmp_path, "--no-sim", settings=none_left) as daemon:
        status, _, errors = daemon.end()
        assert (status, "these settings leave no agents" in errors) == (1, True)
    with DaemonProcess(tmp_path, "--no-sim", "--force", settings=none_left) as daemon:
        daemon.started()
        assert "acme/s01" not in daemon.get_agents()
        file.write_text(cut_off)
        assert daemon.control("POST", "/v1/reload", {"force": True})["applied"]
        assert daemon.control("GET", "/v1/queues")["items"] == []


def test_a_damaged_journal_is_not_passed_over(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Journal(here / "var" / "journal").close()
    (here / "var" / "journal" / f"{0:020d}.snapshot").write_bytes(b"no snapshot")
    assert run(options(simulated=False)) == 1
    assert "none of the 1 snapshots" in capsys.readouterr().err


def test_an_engine_that_fails_for_good_ends_the_daemon(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "settings.yaml").write_text(
        SETTINGS.replace("  journal: { folder: var/journal }\n", "")
    )

    def fail(self: Engine, event: object) -> object:
        raise KeyError("a defect")

    monkeypatch.setattr(Engine, "handle", fail)
    assert run(options(seconds=30)) == 1
    assert "the engine failed: KeyError('a defect')" in capsys.readouterr().err
    log = (here / "var" / "log.jsonl").read_text()
    assert "KeyError" in log


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--at", "25:00"], "no time of day"),
        (["--at", "noon"], "no time of day"),
        (["--speed", "0"], "0.01"),
        (["january.txt"], "--trace bank1999 FILE"),
        (["--trace", "bank1999"], "--trace bank1999 FILE"),
        (["--trace", "bank1999", "--scenario", "a.yaml", "b.txt"], "either a scenario or a trace"),
    ],
)
def test_wishes_that_contradict_each_other_are_refused(arguments: list[str], says: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert says in " ".join(result.output.replace("│", " ").split())
