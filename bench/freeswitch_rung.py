"""One rung of `python -m bench freeswitch` and one side: everything started, measured, ended."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import time
from pathlib import Path
from typing import Final

import msgspec

from bench.freeswitch_agents import Agents
from bench.freeswitch_callers import Callers, CallersEnded
from bench.freeswitch_distributors import Distributor
from tests.live.esl_peer import EslError
from tests.live.freeswitch_config import SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance, SwitchNotReady

#: SIPp begins so many calls a second at the most: faster than calls are given out.
CALLS_PER_S: Final = 200
_FILL_LIMIT_S: Final = 120.0
_SAY_EVERY_S: Final = 5.0
_TROUBLE: Final = (
    OSError, EslError, SwitchNotReady, CallersEnded, AssertionError, sqlite3.Error,
)  # fmt: skip
#: Apart from the kernel's ephemeral ports, and enough for 2,000 callers.
_CORE: Final = {"rtp-start-port": "20000", "rtp-end-port": "31998"}


class Side(msgspec.Struct):
    """What one side did in the window of a rung.

    `distributor_cpu_s` is of the process that decides, where that is not FreeSWITCH itself.
    """

    rate: float
    bridged: int
    window_s: float
    waiting_before: int
    waiting_after: int
    freeswitch_cpu_s: float
    distributor_cpu_s: float
    callers_failed: int
    load_before: float
    counted: dict[str, int]


class Rung:
    """One number of waiting callers, one side."""

    def __init__(
        self, binary: Path, folder: Path, waiting: int, agents: int, *, music: bool
    ) -> None:
        options = SwitchOptions(
            log_level="warning",
            heartbeat_s=20,
            core=_CORE,
            callcenter_music=music,
        )
        self.switch = FreeSwitchInstance(binary, folder / "switch", options)
        self.folder = folder
        self.waiting = waiting
        self.agents = agents

    async def run(self, distributor: Distributor, warm_up_s: float, window_s: float) -> Side:
        """Start everything, measure, end everything.

        Raises:
            RuntimeError: it does not come to measuring; with what is missing.
        """
        callers: Callers | None = None
        hands = Agents(self.switch)
        load = os.getloadavg()[0]
        try:
            await asyncio.to_thread(self.switch.start)
            await hands.start()
            await distributor.start()
            # So many wait, and one more for each agent is being served or on the way.
            callers = Callers(
                self.folder / "callers",
                self.switch.trunk_port,
                distributor.did,
                self.waiting + self.agents,
                CALLS_PER_S,
            )
            await self._filled(distributor, callers)
            await distributor.work()
            await asyncio.sleep(warm_up_s)
            side = await self._window(distributor, hands, callers, window_s)
            side.load_before = load
            side.counted = await distributor.stop()
            return side
        except _TROUBLE as error:
            raise RuntimeError(f"{type(error).__name__}: {error}") from error
        finally:
            await distributor.stop()
            hands.close()
            if callers is not None:
                callers.close()
            await asyncio.to_thread(self.switch.kill9)

    async def _filled(self, distributor: Distributor, callers: Callers) -> None:
        begun_s = time.monotonic()
        said_s = begun_s
        while (waiting := await distributor.waiting()) < self.waiting + self.agents:
            callers.failed()
            now_s = time.monotonic()
            if now_s - begun_s > _FILL_LIMIT_S:
                raise RuntimeError(f"only {waiting} callers wait after {_FILL_LIMIT_S:g} s")
            if now_s - said_s > _SAY_EVERY_S:
                said_s = now_s
                say(f"    {waiting:,} wait")
            await asyncio.sleep(0.5)
        say(f"    {waiting:,} wait after {time.monotonic() - begun_s:.0f} s")

    async def _window(
        self, distributor: Distributor, hands: Agents, callers: Callers, window_s: float
    ) -> Side:
        pids = [pid for pid in (self.switch.pid, distributor.pid()) if pid]
        waiting_before = await distributor.waiting()
        begun_s, bridged = time.monotonic(), hands.bridged
        before = [cpu_s(pid) for pid in pids]
        await asyncio.sleep(window_s)
        spent = [cpu_s(pid) - earlier for pid, earlier in zip(pids, before, strict=True)]
        passed_s, bridged = time.monotonic() - begun_s, hands.bridged - bridged
        return Side(
            rate=bridged / passed_s,
            bridged=bridged,
            window_s=passed_s,
            waiting_before=waiting_before,
            waiting_after=await distributor.waiting(),
            freeswitch_cpu_s=spent[0],
            distributor_cpu_s=spent[1] if len(spent) > 1 else 0.0,
            callers_failed=callers.failed(),
            load_before=0.0,
            counted={},
        )


def say(line: str) -> None:
    """A line of progress."""
    print(line, file=sys.stderr, flush=True)


def cpu_s(pid: int) -> float:
    """Processor time of a process and its threads so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
