"""`acdengine run --config` as a process of its own, driving a real FreeSWITCH."""

from __future__ import annotations

import os
import signal
import time
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.live.freeswitch_config import SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, Phone, SippWorld, at
from tests.unit.program.daemon_process import DaemonProcess

SETTINGS = """
daemon:
  control:
    tokens:
      tests: {{ role: admin, token: "${{env:ACDENGINE_TEST_TOKEN}}" }}
  log: {{ file: var/log.jsonl }}
  facts: {{ file: var/facts.jsonl }}
  journal: {{ folder: var/journal }}
  privacy: {{ masked: [] }}
switches:
  fs1: {{ port: {port}, password: "${{file:{folder}/password}}" }}
sounds: {{ folder: {sounds}, music: {{ default: moh }} }}
tenants:
  t:
    numbers: {{ "*": {{ queue: sales }} }}
    wrap_up: {{ default: {{ mode: none }} }}
    queues:
      sales: {{ announcements: {{ greeting: greeting }} }}
    agents:
      anna: {{ queues: [sales], contact: "{contact}" }}
"""


def settings(folder: Path, switch: FreeSwitchInstance, contact: str = "user/1000@acd.test") -> str:
    (folder / "password").write_text(switch.esl_password)
    return SETTINGS.format(
        port=switch.esl_port, folder=folder, sounds=switch.sounds, contact=contact
    )


def until(done: Callable[[], Any], limit_s: float = 20.0) -> Any:
    """What `done` gives, as soon as it gives something."""
    deadline = time.monotonic() + limit_s
    while not (found := done()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def ready(daemon: DaemonProcess) -> Any:
    """The answer of /v1/ready; None where it is 503."""
    try:
        return daemon.control("GET", "/v1/ready")
    except urllib.error.HTTPError as error:
        return None if error.code == 503 else error


@contextmanager
def at_work(folder: Path, written: str) -> Iterator[DaemonProcess]:
    """A daemon with these settings, which has read its switches."""
    with DaemonProcess(folder, settings=written) as daemon:
        daemon.started()
        until(lambda: ready(daemon))
        yield daemon


def calls(daemon: DaemonProcess, state: str) -> list[dict[str, Any]]:
    """The calls in that state."""
    items: list[dict[str, Any]] = daemon.control("GET", f"/v1/calls?state={state}")["items"]
    return items


def ended(daemon: DaemonProcess, count: int = 1) -> list[dict[str, Any]]:
    """The facts file once so many calls have ended in it."""

    def told() -> list[dict[str, Any]]:
        path = daemon.folder / "var" / "facts.jsonl"
        lines = daemon.lines("var/facts.jsonl") if path.exists() else []
        return lines if len([one for one in lines if one["type"] == "CallEnded"]) >= count else []

    found: list[dict[str, Any]] = until(told)
    return found


def outcomes(facts: list[dict[str, Any]]) -> list[str]:
    """What the calls came to."""
    return [fact["outcome"] for fact in facts if fact["type"] == "CallEnded"]


def work(daemon: DaemonProcess) -> None:
    """anna signs in and wants calls."""
    daemon.control("POST", "/v1/agents/t/anna/sign-in", {})
    daemon.control("POST", "/v1/agents/t/anna/ready", {})


def test_a_call_from_the_trunk_to_the_facts(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    phone = sipp.phone(Phone(answer_ms=100, talk_ms=500))
    written = settings(tmp_path, freeswitch, at(phone))
    with DaemonProcess(tmp_path, settings=written) as daemon:
        daemon.started()
        assert until(lambda: ready(daemon)) == {
            "status": "ok", "switches_down": [], "records": "off",
        }  # fmt: skip
        (switch,) = daemon.control("GET", "/v1/switches")["items"]
        assert (switch["name"], switch["state"], switch["calls"]) == ("fs1", "up", 0)
        assert switch["version"].startswith("1.")
        caller = sipp.call(freeswitch.trunk_port, Caller("5001", number="30123"))
        (call,) = until(lambda: calls(daemon, "waiting"))
        assert (call["ani"], call["dnis"], call["queue_id"]) == ("30123", "5001", "t/sales")
        work(daemon)
        caller.wait(20)
        facts = ended(daemon)
        until(lambda: daemon.control("GET", "/v1/switches/fs1")["agents"] == 0)
        metrics = daemon.get("metrics")
        daemon.process.send_signal(signal.SIGTERM)
        status, _, errors = daemon.end()
    assert (status, errors) == (0, "")
    kinds = [fact["type"] for fact in facts]
    story = ["CallStarted", "CallQueued", "OfferMade", "CallConnected", "CallEnded"]
    assert [kind for kind in kinds if kind in story] == story
    (end,) = [fact for fact in facts if fact["type"] == "CallEnded"]
    assert (end["outcome"], end["ended_by"]) == ("answered", "agent")
    assert 'acdengine_switch_connected{switch="fs1"} 1' in metrics
    assert 'acdengine_switch_bridging_seconds_count{switch="fs1"} 1' in metrics
    assert 'acdengine_switch_legs{switch="fs1",kind="caller"} 0' in metrics


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_caller_who_waits_outlives_the_daemon(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path, how: signal.Signals
) -> None:
    phone = sipp.phone(Phone(answer_ms=100, talk_ms=500))
    written = settings(tmp_path, freeswitch, at(phone))
    with at_work(tmp_path, written) as daemon:
        caller = sipp.call(freeswitch.trunk_port, Caller("5001"))
        (before,) = until(lambda: calls(daemon, "waiting"))
        os.kill(daemon.process.pid, how)
        daemon.end()
    with at_work(tmp_path, written) as daemon:
        (after,) = calls(daemon, "waiting")
        assert (after["call_id"], after["queued_at_us"]) == (
            before["call_id"],
            before["queued_at_us"],
        )
        work(daemon)
        caller.wait(20)
        facts = ended(daemon)
    assert outcomes(facts) == ["answered"]
    assert len([fact for fact in facts if fact["type"] == "CallQueued"]) == 1


def test_a_reload_connects_anew_and_lets_go(
    new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance], sipp: SippWorld, tmp_path: Path
) -> None:
    switch = new_freeswitch(SwitchOptions())
    switch.start()
    written = settings(tmp_path, switch)
    (tmp_path / "password").write_text("wrong")
    with DaemonProcess(tmp_path, settings=written) as daemon:
        daemon.started()
        told = until(lambda: daemon.control("GET", "/v1/switches/fs1")["last_error"])
        assert "invalid" in told
        assert ready(daemon) is None
        (tmp_path / "password").write_text(switch.esl_password)
        answer = daemon.control("POST", "/v1/reload", {})
        assert answer["changes"] == [
            {"kind": "switch", "id": "fs1", "how": "changed", "fields": ["password"]}
        ]
        until(lambda: ready(daemon))
        caller = sipp.call(switch.trunk_port, Caller("5001"))
        until(lambda: calls(daemon, "waiting"))
        without = written.replace("  fs1:", "  #").replace("switches:", "switches: {}")
        (tmp_path / "settings.yaml").write_text(without)
        with pytest.raises(urllib.error.HTTPError) as refused:
            daemon.control("POST", "/v1/reload", {})
        assert "leave no switches" in refused.value.read().decode()
        answer = daemon.control("POST", "/v1/reload", {"force": True})
        assert [change["how"] for change in answer["changes"]] == ["drained"]
        (there,) = daemon.control("GET", "/v1/switches")["items"]
        assert (there["state"], there["draining"]) == ("up", True)
        caller.hang_up()
        until(lambda: not daemon.control("GET", "/v1/switches")["items"])
        assert outcomes(ended(daemon)) == ["abandoned"]
