"""The distributors of `python -m bench freeswitch`: our engine, or mod_callcenter."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final, Protocol

from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.unit.program.daemon_process import DaemonProcess

#: Queue of `tests.live.freeswitch_config`: longest-idle-agent, music, no limits; all else default.
CALLCENTER_QUEUE: Final = "support@default"
#: What is set there, for the report.
CALLCENTER: Final = {
    "strategy": "longest-idle-agent",
    "time-base-score": "queue",
    "max-wait-time": "0",
    "max-wait-time-with-no-agent": "0",
    "discard-abandoned-after": "60",
    "agents": "callback, null/ contact, wrap_up_time and all delay times 0, one level",
    "database": "its own default, SQLite",
}
_ANSWER_LIMIT_S: Final = 30.0
_SYNC_TRIES: Final = 200


class Distributor(Protocol):
    """Takes callers in, and gives them to agents once these are at work."""

    #: The number that callers of it dial.
    did: str

    async def start(self) -> None:
        """Be ready for callers."""

    async def work(self) -> None:
        """All agents sign in and want calls."""

    async def waiting(self) -> int:
        """Callers in the queue."""

    def pid(self) -> int:
        """The process that decides; 0 where that is FreeSWITCH itself."""

    async def stop(self) -> dict[str, int]:
        """End; what it counted."""


SETTINGS: Final = """
daemon:
  control:
    rate_per_s: 10000
    rate_burst: 10000
    tokens:
      bench: {{ role: admin, token: "${{env:ACDENGINE_TEST_TOKEN}}" }}
  log: {{ file: var/log.jsonl }}
  facts: {{ file: var/facts.jsonl }}
  journal: {{ folder: var/journal }}
switches:
  fs1: {{ port: {port}, password: "${{file:{folder}/password}}" }}
sounds: {{ folder: {sounds}, music: {{ default: moh }} }}
tenants:
  bench:
    numbers: {{ "*": {{ queue: q }} }}
    wrap_up: {{ default: {{ mode: none }} }}
    queues: {{ q: {{ strategy: longest_idle, announcements: {{ music: "{music}" }} }} }}
    agents:
      "a{{0001..{agents:04}}}": {{ queues: [q], contact: "null/{{agent}}" }}
"""


class OurEngine:
    """`acdengine run` in a process of its own, with its journal, facts file, metrics and all."""

    did = "5001"

    def __init__(
        self, switch: FreeSwitchInstance, folder: Path, agents: int, *, music: bool
    ) -> None:
        self._switch = switch
        self._music = "default" if music else ""
        self._folder = folder
        self._agents = [f"a{number:04}" for number in range(1, agents + 1)]
        self._daemon: DaemonProcess | None = None

    async def start(self) -> None:
        """Start it, and wait until it has read the switch."""
        await asyncio.to_thread(self._start)

    def _start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "password").write_text(self._switch.esl_password, "utf-8")
        settings = SETTINGS.format(
            port=self._switch.esl_port,
            folder=self._folder,
            sounds=self._switch.sounds,
            agents=len(self._agents),
            music=self._music,
        )
        self._daemon = DaemonProcess(self._folder, settings=settings)
        self._daemon.started()
        for _ in range(_SYNC_TRIES):
            if self._ask("/v1/switches")["items"][0]["state"] == "up":
                return
            time.sleep(0.1)
        raise RuntimeError("the daemon has not read the switch")

    def _ask(self, path: str) -> dict[str, Any]:
        return self._post("GET", path, None)

    def _post(self, method: str, path: str, body: object) -> dict[str, Any]:
        if self._daemon is None:
            raise RuntimeError("not started")
        answer: dict[str, Any] = self._daemon.control(method, path, body)
        return answer

    async def work(self) -> None:
        """All agents sign in."""

        def sign_in() -> None:
            for name in self._agents:
                self._post("POST", f"/v1/agents/bench/{name}/sign-in", {})
                self._post("POST", f"/v1/agents/bench/{name}/ready", {})

        await asyncio.to_thread(sign_in)

    async def waiting(self) -> int:
        """Callers in the queue."""
        queue = await asyncio.to_thread(self._ask, "/v1/queues/bench%2Fq")
        return int(queue["waiting"])

    def pid(self) -> int:
        """The daemon's process."""
        return self._daemon.process.pid if self._daemon is not None else 0

    async def stop(self) -> dict[str, int]:
        """End it in good order, or by force."""
        return await asyncio.to_thread(self._stop)

    def _stop(self) -> dict[str, int]:
        daemon, self._daemon = self._daemon, None
        if daemon is None:
            return {}
        try:
            with daemon:
                if daemon.process.poll() is not None:
                    raise RuntimeError(f"the daemon has ended: {daemon.end()[2][-2000:]}")
                (view,) = daemon.control("GET", "/v1/switches")["items"]
                daemon.process.terminate()
                daemon.end(_ANSWER_LIMIT_S)
        except subprocess.TimeoutExpired:
            return {}
        return {name: view[name] for name in ("connects", "losses", "gaps", "callers", "agents")}


class Callcenter:
    """mod_callcenter in the same FreeSWITCH, by its own commands."""

    did = "8001"

    def __init__(self, switch: FreeSwitchInstance, agents: int) -> None:
        self._switch = switch
        self._names = [f"a{number:04}" for number in range(agents)]

    async def start(self) -> None:
        """Agents and their levels, everybody logged out; all times between calls are 0."""
        await asyncio.to_thread(self._configure)

    def _configure(self) -> None:
        with self._switch.esl() as peer:
            for name in self._names:
                for command in (
                    f"agent add {name} callback",
                    f"agent set contact {name} null/{name}",
                    f"agent set status {name} 'Logged Out'",
                    f"agent set wrap_up_time {name} 0",
                    f"agent set max_no_answer {name} 0",
                    f"agent set no_answer_delay_time {name} 0",
                    f"agent set reject_delay_time {name} 0",
                    f"agent set busy_delay_time {name} 0",
                    f"tier add {CALLCENTER_QUEUE} {name} 1 1",
                ):
                    self._command(peer.api(f"callcenter_config {command}"), command)

    @staticmethod
    def _command(printed: str, command: str) -> None:
        if not printed.startswith("+OK"):
            raise RuntimeError(f"callcenter_config {command}: {printed.strip()}")

    async def work(self) -> None:
        """All agents become available, at once.

        Written into its database, where it looks for them: its own command for it waits for a pass
        over all waiting callers, for each agent, and 200 of them take minutes with 1,600 waiting.
        """

        def sign_in() -> None:
            path = self._switch.folder / "db" / "callcenter.db"
            with closing(sqlite3.connect(path, timeout=_ANSWER_LIMIT_S)) as database, database:
                database.execute("UPDATE agents SET status = 'Available'")

        await asyncio.to_thread(sign_in)

    async def waiting(self) -> int:
        """Callers in the queue."""

        def count() -> int:
            with self._switch.esl() as peer:
                printed = peer.api(
                    f"callcenter_config queue count members {CALLCENTER_QUEUE} Waiting"
                )
            return int(printed.split()[0])

        return await asyncio.to_thread(count)

    def pid(self) -> int:
        """FreeSWITCH itself does it."""
        return 0

    async def stop(self) -> dict[str, int]:
        """Nothing to be done: FreeSWITCH is ended with it."""
        return {}
