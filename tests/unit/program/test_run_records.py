"""`acdengine run` with records, in a process of its own."""

from __future__ import annotations

import signal
import sqlite3
import time
from pathlib import Path

import pytest

from tests.unit.program.daemon_process import SETTINGS, DaemonProcess

pytestmark = pytest.mark.slow


def test_a_simulated_day_that_was_killed_goes_on_and_its_records_are_whole(tmp_path: Path) -> None:
    """Killed twice, with people who ask for things; the third time it ends cleanly, and a fourth
    run begins a new day."""
    settings = SETTINGS.replace(
        "  journal:", """  records: { url: "sqlite:///var/records.db", migrate: true, batch_s: 1 }
  privacy: { masked: [] }
  journal:"""
    )  # fmt: skip
    arguments = ("--speed", "60", "--at", "10:30", "--seed", "4")
    for _ in range(2):
        with DaemonProcess(tmp_path, *arguments, settings=settings) as daemon:
            daemon.started()
            for number in range(10):
                daemon.control("POST", f"/v1/agents/acme/s0{number % 8 + 1}/not-ready",
                               {"reason": "break"})  # fmt: skip
                time.sleep(0.1)
            last = calls_of(daemon)
            daemon.process.kill()
    with DaemonProcess(tmp_path, *arguments, "--seconds", "2", settings=settings) as daemon:
        daemon.started()
        assert len({*last} & {*calls_of(daemon)}) >= len(last) / 2, "calls of before go on"
        assert daemon.wait_for_log("the simulated day goes on")["calls"] > 0
        assert daemon.end()[0] == 0
    facts = daemon.lines("var/facts.jsonl")
    keys = [(fact["seq"], fact["index"]) for fact in facts]
    assert keys == sorted(set(keys))
    started = {fact["call_id"] for fact in facts if fact["type"] == "CallStarted"}
    ended = {fact["call_id"] for fact in facts if fact["type"] == "CallEnded"}
    connected = [fact["call_id"] for fact in facts if fact["type"] == "CallConnected"]
    with sqlite3.connect(tmp_path / "var" / "records.db") as database:
        rows = database.execute("SELECT call_id, ended_at_us, answers FROM calls").fetchall()
        assert database.execute("SELECT COUNT(*) FROM sources").fetchone() == (1,)
    assert len(rows) == len(started)
    assert {row[0] for row in rows} == started
    assert {row[0] for row in rows if row[1] is not None} == ended
    assert sum(row[2] for row in rows) == len(connected) > 50
    log = (tmp_path / "var" / "queue_log").read_text().splitlines()
    queued = [fact for fact in facts if fact["type"] == "CallQueued"]
    assert sum("|ENTERQUEUE|" in line for line in log) == len(queued)
    with DaemonProcess(tmp_path, *arguments, "--seconds", "1", settings=settings) as daemon:
        assert daemon.end()[0] == 0
    said = [line["event"] for line in daemon.lines("var/log.jsonl")]
    assert said.count("the simulated day goes on") == 2


def test_while_the_database_is_away_calls_go_on_and_the_operator_sees_it(tmp_path: Path) -> None:
    settings = SETTINGS.replace(
        "  journal:", """  records: { url: "sqlite:///away/records.db", migrate: true }
  privacy: { masked: [] }
  journal:"""
    )  # fmt: skip
    with DaemonProcess(tmp_path, "--speed", "60", "--at", "10:30", settings=settings) as daemon:
        daemon.started()
        logged = daemon.wait_for_log("records cannot be written")
        assert "unable to open database file" in logged["reason"]
        assert "acdengine_records_connected 0" in daemon.get("metrics")
        ready = daemon.control("GET", "/v1/ready")
        assert (ready["status"], ready["records"]) == ("ok", "waiting")
        before = len(calls_of(daemon))
        assert before > 0
        (tmp_path / "away").mkdir()
        daemon.wait_for_log("records written again")
        assert daemon.control("GET", "/v1/ready")["records"] == "written"
        assert "acdengine_records_facts_lost_total 0" in daemon.get("metrics")
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.end()[0] == 0
    facts = daemon.lines("var/facts.jsonl")
    started = {fact["call_id"] for fact in facts if fact["type"] == "CallStarted"}
    with sqlite3.connect(tmp_path / "away" / "records.db") as database:
        rows = {row[0] for row in database.execute("SELECT call_id FROM calls")}
    assert rows == started


def test_a_tenant_and_an_agent_that_are_removed_keep_their_records(tmp_path: Path) -> None:
    settings = SETTINGS.replace(
        "  journal:", """  records: { url: "sqlite:///records.db", migrate: true }
  journal:"""
    ) + """  globex:
    queues: { loans: {} }
    agents: { dora: { name: Dora, queues: [loans] } }
"""  # fmt: skip
    with DaemonProcess(tmp_path, "--no-sim", settings=settings) as daemon:
        daemon.started()
        daemon.control("POST", "/v1/agents/globex/dora/sign-in", {})
        daemon.control("POST", "/v1/agents/acme/s01/sign-in", {})
        fewer = settings[: settings.index("  globex:")].replace("s{01..08}", "s{01..07}")
        (tmp_path / "settings.yaml").write_text(fewer)
        daemon.control("POST", "/v1/reload", {})
        daemon.wait_for_log("settings reloaded")
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.end()[0] == 0
    with sqlite3.connect(tmp_path / "records.db") as database:
        names = database.execute("SELECT agent_id, name, until_us IS NULL FROM agents").fetchall()
        states = database.execute("SELECT agent_id, state FROM agent_states").fetchall()
    assert ("globex/dora", "Dora", 1) in names, "of a tenant that is gone all stays"
    assert ("acme/s08", "s08", 0) in names
    assert ("acme/s07", "s07", 1) in names
    assert ("globex/dora", "not_ready") in states


def calls_of(daemon: DaemonProcess) -> list[str]:
    """The calls that there are."""
    return [call["call_id"] for call in daemon.control("GET", "/v1/calls?limit=500")["items"]]
