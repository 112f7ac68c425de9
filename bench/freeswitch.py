"""`python -m bench freeswitch`: calls given out on a real FreeSWITCH, by us and mod_callcenter.

For each rung a FreeSWITCH of its own is started on loopback, callers are put into the queue over
SIP, and when so many wait the agents begin to work. An agent is a `null/` leg that answers at once
and hangs up as soon as it is bridged (this process hears of the bridge and ends it), so what limits
the rate is how fast calls are given out. A served caller is followed by another: the
number waiting stays. Counted are CHANNEL_BRIDGE events in a window after a warm-up. Both sides have
the same switch, callers, legs, agents and window, one after the other, in as many rounds as are
asked for; the medians of the rounds are compared.

It needs a checkout, FREESWITCH_BIN and SIPp.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

import msgspec

from bench.freeswitch_callers import FRAME_MS, Callers
from bench.freeswitch_distributors import CALLCENTER, Callcenter, Distributor, OurEngine
from bench.freeswitch_rung import Rung, Side, say
from bench.machine import describe_machine

#: Waiting callers, and agents at work.
RUNGS: Final = {100: 100, 400: 100, 800: 150, 1600: 200}
#: Rounds by default; at 1,600 both sides take all that the machine has, and a bad
#: minute of it is one side's bad round.
ROUNDS: Final = {1600: 3}
OURS: Final = "acdengine"
THEIRS: Final = "mod_callcenter"


class Report(msgspec.Struct):
    """One rung as it goes into the JSON; `None` where a side could not be measured.

    Rates and their ratio are medians of the rounds, the share that of all rounds together.
    """

    waiting: int
    agents: int
    rate: float | None = None
    rate_mod_callcenter: float | None = None
    ratio: float | None = None
    engine_cpu_share: float | None = None
    acdengine: list[Side] = []
    mod_callcenter: list[Side] = []
    errors: dict[str, str] = {}


class Bench:
    """All rungs, both sides of each."""

    def __init__(self, binary: Path, options: argparse.Namespace) -> None:
        self._binary = binary
        self._options = options
        self._begun_s = time.monotonic()
        self.reports: list[Report] = []

    async def measure(self, rungs: dict[int, int]) -> None:
        """All rungs, in order; the JSON is written after each.

        A signal to end ends the measuring, and everything that was started.
        """
        task = asyncio.current_task()
        assert task is not None
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, task.cancel)
        for waiting, agents in rungs.items():
            report = Report(waiting, agents, errors={}, acdengine=[], mod_callcenter=[])
            self.reports.append(report)
            for _ in range(self._options.rounds or ROUNDS.get(waiting, 1)):
                report.acdengine += await self._side(OURS, report)
                report.mod_callcenter += await self._side(THEIRS, report)
                compare(report)
                self.write(rungs)

    async def _side(self, name: str, report: Report) -> list[Side]:
        """One round of one side; nothing where it could not be measured."""
        folder = Path(tempfile.mkdtemp(prefix="acdengine-bench-"))
        say(f"  {name}: {report.waiting:,} waiting, {report.agents} agents")
        try:
            music: bool = self._options.music
            rung = Rung(self._binary, folder, report.waiting, report.agents, music=music)
            distributor: Distributor = (
                Callcenter(rung.switch, report.agents)
                if name == THEIRS
                else OurEngine(rung.switch, folder / "engine", report.agents, music=music)
            )
            side = await rung.run(distributor, self._options.warm_up, self._options.window)
        except RuntimeError as error:
            say(f"    not measured: {error}")
            report.errors[name] = str(error)
            return []
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        say(f"    {side.rate:.1f} a second, FreeSWITCH {side.freeswitch_cpu_s:.1f} s of processor")
        return [side]

    def write(self, rungs: dict[int, int]) -> str:
        """The JSON of what there is so far, also into the file."""
        options = self._options
        report = {
            "bench": "freeswitch",
            "machine": describe_machine(),
            "freeswitch": version_of(self._binary),
            # Nothing is drawn by chance.
            "seed": None,
            "rungs_asked_for": list(rungs),
            "all_rungs": [report.waiting for report in self.reports] == list(RUNGS),
            "frame_ms": FRAME_MS,
            "music": options.music,
            "warm_up_s": options.warm_up,
            "window_s": options.window,
            "mod_callcenter": CALLCENTER,
            "took_s": round(time.monotonic() - self._begun_s),
            "goals": goals(self.reports),
            "rungs": msgspec.to_builtins(self.reports),
        }
        text = json.dumps(report, indent=2)
        if options.json is not None:
            options.json.write_text(text + "\n", encoding="utf-8")
        return text


def compare(report: Report) -> None:
    """Work out what the rounds there are come to."""
    ours, theirs = report.acdengine, report.mod_callcenter
    if ours:
        report.rate = round(statistics.median(side.rate for side in ours), 2)
        freeswitch_s = sum(side.freeswitch_cpu_s for side in ours)
        engine_s = sum(side.distributor_cpu_s for side in ours)
        report.engine_cpu_share = round(engine_s / (freeswitch_s or 1), 4)
    if theirs:
        report.rate_mod_callcenter = round(statistics.median(side.rate for side in theirs), 2)
    if report.rate is not None and report.rate_mod_callcenter:
        report.ratio = round(report.rate / report.rate_mod_callcenter, 2)
    say(
        f"{report.waiting:,} waiting, {report.agents} agents: {report.rate} a second, "
        f"mod_callcenter {report.rate_mod_callcenter}; engine's share {report.engine_cpu_share}"
    )


def goals(reports: list[Report]) -> dict[str, bool | None]:
    """Which were met by the rungs there are; None where that was not measured."""
    ratios = [report.ratio for report in reports if report.ratio is not None]
    top = [report.ratio for report in reports if report.waiting == 1600]
    shares = [one.engine_cpu_share for one in reports if one.engine_cpu_share is not None]
    return {
        "never_slower": min(ratios) >= 1 if ratios else None,
        "twice_as_fast_at_1600": top[0] >= 2 if top and top[0] is not None else None,
        "engine_cpu_share_at_most_5_percent": max(shares) <= 0.05 if shares else None,
    }


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


def main(argv: list[str]) -> int:
    """Command line of `python -m bench freeswitch`."""
    parser = argparse.ArgumentParser(prog="python -m bench freeswitch", description=__doc__)
    parser.add_argument("--rungs", default=",".join(map(str, RUNGS)), metavar="W,W,…")
    parser.add_argument("--agents", type=int, default=0, help="for every rung; 0: as usual")
    parser.add_argument("--warm-up", type=float, default=10.0, metavar="S")
    parser.add_argument("--window", type=float, default=20.0, metavar="S")
    parser.add_argument(
        "--rounds", type=int, default=0, metavar="N", help="of each rung; 0: as usual"
    )
    parser.add_argument(
        "--silent", dest="music", action="store_false", help="no music while callers wait"
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(argv)
    rungs = {
        waiting: options.agents or RUNGS.get(waiting, 100)
        for waiting in map(int, options.rungs.split(","))
    }
    try:
        bench = Bench(find_freeswitch(), options)
        asyncio.run(bench.measure(rungs))
    except RuntimeError as error:
        say(f"bench freeswitch: {error}")
        return 1
    except asyncio.CancelledError:
        say("bench freeswitch: ended before its time")
        return 130
    print(bench.write(rungs))
    return 1 if any(report.errors for report in bench.reports) else 0
