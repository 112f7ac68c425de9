"""A daemon in a process of its own, started from the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PROFILE = Path(__file__).parents[3] / "config" / "profiles" / "day.csv"
TOKEN = "a token of the tests"
SETTINGS = """
daemon:
  control:
    tokens:
      tests: { role: admin, token: "${env:ACDENGINE_TEST_TOKEN}" }
  log: { file: var/log.jsonl }
  facts: { file: var/facts.jsonl }
  queue_log: { file: var/queue_log }
  journal: { folder: var/journal }
trunks:
  pstn: { kind: sip, channels: 60 }
tenants:
  acme:
    numbers: { "100": { queue: sales }, "200": { queue: support } }
    queues:
      sales: { announcements: { estimate: true, first_after_s: 10 } }
      support: {}
    agents:
      s{01..08}: { queues: [sales] }
      t{01..08}: { queues: [support] }
"""


class DaemonProcess:
    """`acdengine run --headless` with more arguments, in a folder of its own."""

    def __init__(self, folder: Path, *arguments: str, settings: str = SETTINGS) -> None:
        self.folder = folder
        (folder / "settings.yaml").write_text(settings)
        environ = {**os.environ, "ACDENGINE_TEST_TOKEN": TOKEN}
        command = [
            "run", "--headless", "--config", "settings.yaml", "--profile", str(PROFILE),
            "--http", "0", "--metrics", "0", *arguments,
        ]  # fmt: skip
        self.process = self.begin(command, folder, environ)
        self.addresses: dict[str, str] = {}

    @staticmethod
    def begin(
        command: Sequence[str], folder: Path, environ: Mapping[str, str]
    ) -> subprocess.Popen[str]:
        """Begin `acdengine` with these arguments."""
        return subprocess.Popen(
            [sys.executable, "-m", "acdengine", *command],
            cwd=folder, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def started(self) -> DaemonProcess:
        """Wait until it says where it listens."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            what, _, where = line.strip().partition(": ")
            self.addresses[what] = where
            if what == "control":
                return self
        raise AssertionError(self.process.communicate()[1])

    def get(self, what: str, path: str = "") -> str:
        """The text at an address."""
        return self._ask(urllib.request.Request(self.addresses[what] + path))

    def control(self, method: str, path: str, body: object = None) -> Any:
        """What the control interface answers."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(
            self.addresses["control"] + path, data=data, method=method,
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        )  # fmt: skip
        return json.loads(self._ask(request))

    def get_agents(self) -> str:
        """The first page of agents."""
        return str(self.control("GET", "/v1/agents?limit=50"))

    def _ask(self, request: urllib.request.Request) -> str:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return str(answer.read().decode())

    def end(self, timeout_s: float = 30) -> tuple[int, str, str]:
        """Wait for the end: exit status, output and errors."""
        output, errors = self.process.communicate(timeout=timeout_s)
        return self.process.returncode, output, errors

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The lines of a file of its folder."""
        return [json.loads(line) for line in (self.folder / name).read_text().splitlines()]

    def wait_for_log(self, event: str) -> dict[str, Any]:
        """The first line of the log that says this."""
        for _ in range(2000):
            for line in self.lines("var/log.jsonl"):
                if line["event"] == event:
                    return line
            self.process.poll()
            time.sleep(0.01)
        raise AssertionError(f"the log never says {event!r}")

    def __enter__(self) -> DaemonProcess:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
