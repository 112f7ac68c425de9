"""`python -m bench freeswitch`: calls given out on a real FreeSWITCH, by us and mod_callcenter.

For each rung a FreeSWITCH of its own is started on loopback, callers are put into the queue over
SIP, and when so many wait the agents begin to work. An agent is a `null/` leg that answers at once
and hangs up as soon as it is bridged (this process hears of the bridge and ends it), so what limits
the rate is how fast calls are given out. Whoever was served is followed by another caller: the
number waiting stays. Counted are CHANNEL_BRIDGE events in a window after a warm-up. Both sides have
the same switch, callers, legs, agents and window, one after the other.

It needs a checkout, FREESWITCH_BIN and SIPp.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import msgspec

from bench.freeswitch_agents import Agents
from bench.freeswitch_callers import FRAME_MS, Callers, CallersEnded
from bench.freeswitch_distributors import CALLCENTER, Callcenter, Distributor, OurEngine
from bench.machine import describe_machine
from tests.live.esl_peer import EslError
from tests.live.freeswitch_config import SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance, SwitchNotReady

#: Waiting callers, and agents at work.
RUNGS: Final = {100: 100, 400: 100, 800: 150, 1600: 200}
#: SIPp begins so many calls a second at the most: faster than calls are given out.
CALLS_PER_S: Final = 400
_FILL_LIMIT_S: Final = 120.0
_SAY_EVERY_S: Final = 5.0
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

    def __init__(self, binary: Path, folder: Path, waiting: int, agents: int) -> None:
        options = SwitchOptions(log_level="warning", heartbeat_s=20, core=_CORE)
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
            await distributor.work()
            # So many wait, and one more for each agent is being served or on the way.
            callers = Callers(
                self.folder / "callers",
                self.switch.trunk_port,
                distributor.did,
                self.waiting + self.agents,
                CALLS_PER_S,
            )
            await self._filled(distributor, callers)
            await asyncio.sleep(warm_up_s)
            side = await self._window(distributor, hands, callers, window_s)
            side.load_before = load
            side.counted = await distributor.stop()
            return side
        except (OSError, EslError, SwitchNotReady, CallersEnded) as error:
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
        while (waiting := await distributor.waiting()) < self.waiting:
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


class Bench:
    """All rungs, both sides of each."""

    def __init__(self, binary: Path, options: argparse.Namespace) -> None:
        self._binary = binary
        self._warm_up_s: float = options.warm_up
        self._window_s: float = options.window
        self.version = ""

    async def rung(self, waiting: int, agents: int) -> dict[str, object]:
        """Measure one rung; how it goes into the JSON."""
        ours = await self._side("acdengine", waiting, agents)
        theirs = await self._side("mod_callcenter", waiting, agents)
        share = ours.distributor_cpu_s / ours.freeswitch_cpu_s if ours.freeswitch_cpu_s else 0.0
        say(
            f"{waiting:,} waiting, {agents} agents: {ours.rate:.1f} a second, mod_callcenter "
            f"{theirs.rate:.1f}; engine {share:.1%} of FreeSWITCH's processor time"
        )
        return {
            "waiting": waiting,
            "agents": agents,
            "rate": round(ours.rate, 2),
            "rate_mod_callcenter": round(theirs.rate, 2),
            "ratio": round(ours.rate / theirs.rate, 2) if theirs.rate else None,
            "engine_cpu_share": round(share, 4),
            "acdengine": msgspec.to_builtins(ours),
            "mod_callcenter": msgspec.to_builtins(theirs),
        }

    async def _side(self, name: str, waiting: int, agents: int) -> Side:
        folder = Path(tempfile.mkdtemp(prefix="acdengine-bench-"))
        try:
            say(f"  {name}: {waiting:,} waiting, {agents} agents")
            rung = Rung(self._binary, folder, waiting, agents)
            distributor: Distributor = (
                Callcenter(rung.switch, agents)
                if name == "mod_callcenter"
                else OurEngine(rung.switch, folder / "engine", agents)
            )
            side = await rung.run(distributor, self._warm_up_s, self._window_s)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        say(f"    {side.rate:.1f} a second, FreeSWITCH {side.freeswitch_cpu_s:.1f} s of processor")
        return side


def version_of(binary: Path) -> str:
    """What the binary says of itself."""
    said = subprocess.run(
        [str(binary), "-version"], capture_output=True, text=True, check=False, timeout=30
    )
    return said.stdout.strip()


def find_freeswitch() -> Path:
    """The binary that FREESWITCH_BIN names.

    Raises:
        RuntimeError: it names none, or SIPp is missing.
    """
    found = shutil.which(os.environ.get("FREESWITCH_BIN", ""))
    if found is None:
        raise RuntimeError("FREESWITCH_BIN names no FreeSWITCH binary")
    if missing := Callers.missing():
        raise RuntimeError(missing)
    return Path(found)


async def measure(bench: Bench, rungs: dict[int, int]) -> list[dict[str, object]]:
    """All rungs, in order. A signal to end ends the measuring, and everything that was started."""
    task = asyncio.current_task()
    assert task is not None
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, task.cancel)
    return [await bench.rung(waiting, agents) for waiting, agents in rungs.items()]


def main(argv: list[str]) -> int:
    """Command line of `python -m bench freeswitch`."""
    parser = argparse.ArgumentParser(prog="python -m bench freeswitch", description=__doc__)
    parser.add_argument("--rungs", default=",".join(map(str, RUNGS)), metavar="W,W,…")
    parser.add_argument("--agents", type=int, default=0, help="for every rung; 0: as usual")
    parser.add_argument("--warm-up", type=float, default=8.0, metavar="S")
    parser.add_argument("--window", type=float, default=20.0, metavar="S")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(argv)
    begun_s = time.monotonic()
    rungs = {
        waiting: options.agents or RUNGS.get(waiting, 100)
        for waiting in map(int, options.rungs.split(","))
    }
    try:
        binary = find_freeswitch()
        reports = asyncio.run(measure(Bench(binary, options), rungs))
    except RuntimeError as error:
        say(f"bench freeswitch: {error}")
        return 1
    except asyncio.CancelledError:
        say("bench freeswitch: ended before its time")
        return 130
    report = {
        "bench": "freeswitch",
        "machine": describe_machine(),
        "freeswitch": version_of(binary),
        "seed": options.seed,
        "rungs_asked_for": list(rungs),
        "all_rungs": list(rungs) == list(RUNGS),
        "frame_ms": FRAME_MS,
        "warm_up_s": options.warm_up,
        "window_s": options.window,
        "mod_callcenter": CALLCENTER,
        "took_s": round(time.monotonic() - begun_s),
        "goals": {
            "never_slower": all(_at_least(rung, 1.0) for rung in reports),
            "twice_as_fast_at_1600": [
                _at_least(rung, 2.0) for rung in reports if rung["waiting"] == 1600
            ],
            "engine_cpu_share_at_most_5_percent": all(
                float(str(rung["engine_cpu_share"])) <= 0.05 for rung in reports
            ),
        },
        "rungs": reports,
    }
    text = json.dumps(report, indent=2)
    if options.json is not None:
        options.json.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


def _at_least(rung: dict[str, object], times: float) -> bool:
    return float(str(rung["rate"])) >= times * float(str(rung["rate_mod_callcenter"]))
