"""Whoever distributes the calls in `python -m bench freeswitch`: our engine, or mod_callcenter."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Final, Protocol

from tests.live.freeswitch_instance import FreeSwitchInstance

#: Queue of `tests.live.freeswitch_config`: longest-idle-agent, music, no limits; all else default.
CALLCENTER_QUEUE: Final = "support@default"
#: What is set there, for the report.
CALLCENTER: Final = {
    "strategy": "longest-idle-agent",
    "moh-sound": "local_stream://moh",
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


class OurEngine:
    """`bench.freeswitch_engine` in a process of its own."""

    did = "5001"

    def __init__(self, switch: FreeSwitchInstance, folder: Path, agents: int, seed: int) -> None:
        self._switch = switch
        self._folder = folder
        self._agents = agents
        self._seed = seed
        self._process: Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it has read the switch."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.freeswitch_engine", "--folder", str(self._folder)),
            *("--port", str(self._switch.esl_port), "--agents", str(self._agents)),
            *("--seed", str(self._seed)),
            stdin=PIPE,
            stdout=PIPE,
        )
        await self._ask(self._switch.esl_password)
        for _ in range(_SYNC_TRIES):
            if (await self._ask("how"))["syncs"]:
                return
            await asyncio.sleep(0.1)
        raise RuntimeError("the engine has not read the switch")

    async def work(self) -> None:
        """All agents sign in."""
        await self._ask(f"work {self._agents}")

    async def waiting(self) -> int:
        """Callers in the queue."""
        return (await self._ask("how"))["waiting"]

    def pid(self) -> int:
        """The engine's process."""
        return self._running().pid

    async def stop(self) -> dict[str, int]:
        """End it in good order, or by force."""
        process = self._process
        if process is None:
            return {}
        counted: dict[str, int] = {}
        try:
            if process.returncode is None:
                counted = await self._ask("how")
                self._write("quit")
                await asyncio.wait_for(process.wait(), _ANSWER_LIMIT_S)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return counted

    def _running(self) -> Process:
        if self._process is None:
            raise RuntimeError("not started")
        return self._process

    def _write(self, order: str) -> None:
        stdin = self._running().stdin
        assert stdin is not None
        stdin.write(f"{order}\n".encode())

    async def _ask(self, order: str) -> dict[str, int]:
        """Raises `RuntimeError` when the process has ended."""
        self._write(order)
        stdout = self._running().stdout
        assert stdout is not None
        line = await asyncio.wait_for(stdout.readline(), _ANSWER_LIMIT_S)
        if not line:
            raise RuntimeError("the engine's process has ended")
        answer: dict[str, int] = json.loads(line)
        return answer


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
        """All agents become available."""

        def sign_in() -> None:
            with self._switch.esl() as peer:
                for name in self._names:
                    command = f"agent set status {name} Available"
                    self._command(peer.api(f"callcenter_config {command}"), command)

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
