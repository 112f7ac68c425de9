"""The daemon is killed, again and again, with callers in menus: each goes on at its step."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.sipp_calls import Caller, SippWorld
from tests.live.test_daemon import at_work, ended, until
from tests.live.test_flows import with_flows
from tests.unit.program.daemon_process import DaemonProcess

CALLERS = 50
#: How often the daemon is killed.
ROUNDS = int(os.environ.get("FLOW_KILLS", "2"))
#: Longer than all rounds take: every caller is in `choice` at every kill.
LONGEST_S = 10 + 4 * ROUNDS
FLOW = f"""
flow: 1
languages: [en]
steps:
  welcome: {{play: greeting}}
  choice:
    menu: []
    keys: {{1: bye}}
    first_digit_s: {LONGEST_S}
    noinput: {{tries: 0, then: bye}}
  bye: {{hangup: normal}}
"""


def left(daemon: DaemonProcess, step: str) -> Counter[str]:
    """How often each call has left this step."""
    path = daemon.folder / "var" / "facts.jsonl"
    return Counter(
        fact["call_id"]
        for fact in (daemon.lines("var/facts.jsonl") if path.exists() else [])
        if fact["type"] == "FlowStepLeft" and fact["step"] == step
    )


def test_callers_in_menus_outlive_every_daemon(
    freeswitch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path
) -> None:
    written = with_flows(tmp_path, freeswitch, "", main=FLOW)
    (tmp_path / "flows" / "prompts").mkdir()
    (tmp_path / "flows" / "prompts" / "en.yaml").write_text("greeting: Good day.\n")
    written = written.replace(str(freeswitch.sounds), f"{tmp_path}/sounds")
    (tmp_path / "sounds" / "en").mkdir(parents=True)
    for name in ("moh", "greeting.wav"):
        (tmp_path / "sounds" / name).symlink_to(freeswitch.sounds / name)
    (tmp_path / "sounds" / "en" / "greeting.wav").symlink_to(freeswitch.sounds / "greeting.wav")
    with at_work(tmp_path, written) as daemon:
        sipp.call(freeswitch.trunk_port, Caller("5001"), calls=CALLERS)
        until(lambda: len(left(daemon, "welcome")) == CALLERS)
        assert not left(daemon, "choice")
        os.kill(daemon.process.pid, signal.SIGKILL)
        daemon.end()
    for _ in range(ROUNDS - 1):
        with at_work(tmp_path, written) as daemon:
            assert len(left(daemon, "welcome")) == CALLERS
            assert not left(daemon, "choice")
            os.kill(daemon.process.pid, signal.SIGKILL)
            daemon.end()
    with at_work(tmp_path, written) as daemon:
        until(lambda: len(left(daemon, "choice")) == CALLERS, LONGEST_S + 20)
        ended(daemon, CALLERS)
        once = dict.fromkeys(left(daemon, "choice"), 1)
        assert left(daemon, "welcome") == left(daemon, "choice") == left(daemon, "bye") == once
