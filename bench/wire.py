"""`python -m bench wire`: the engine and its FreeSWITCH adapter against the stand-in, over TCP.

Two processes, each on a core of its own where there are two. A whole call is: it comes in and is
parked, the engine answers it, plays music, queues it, has an agent's telephone rung, bridges them
when the agent answers; the caller hangs up. Telephones answer at once, and the stand-in neither
polls nor waits for frames, so that what is measured is ours.

Two phases. Saturated: as many calls under way as keep both busy; `calls_per_s` counts whole calls.
Paced: calls begin evenly at a stated rate; `event_to_command_ms` is the time from the moment at
which the stand-in hands an event's bytes to the kernel until the bytes of the command that the
event brings about arrive there (CHANNEL_PARK to the first command for the caller; an agent's
CHANNEL_ANSWER to `uuid_bridge`). FreeSWITCH's own poll of 20 ms is left out: it comes on top.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from bench.machine import describe_machine
from bench.pinning import cores_for
from bench.wire_engine import Said
from bench.wire_switch import Counted

GOALS: Final = {"calls_per_s": 500.0, "event_to_command_ms_p99": 2.0}


class Process:
    """One of the two, spoken to line by line."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"bench.{module}", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def ask(self, line: str = "") -> str:
        """Say something, if anything, and wait for the answer.

        Raises:
            RuntimeError: the process has ended.
        """
        send, receive = self._process.stdin, self._process.stdout
        assert send is not None
        assert receive is not None
        if line:
            send.write(f"{line}\n")
            send.flush()
        answer = receive.readline()
        if not answer:
            raise RuntimeError("a process of the benchmark has ended: see what it printed")
        return answer


@dataclass(frozen=True, slots=True)
class Phase:
    """What a phase found: as the switch counted, and the engine's processor time meanwhile."""

    counted: Counted
    engine_cpu_s: float
    said: Said

    @property
    def calls_per_s(self) -> float:
        """Whole calls a second."""
        return self.counted.calls / self.counted.seconds


def run_phase(switch: Process, engine: Process, order: str) -> Phase:
    """Have one phase done; the engine's processor time is that of the whole phase."""
    before = msgspec.json.decode(engine.ask("say"), type=Said)
    counted = msgspec.json.decode(switch.ask(order), type=Counted)
    after = msgspec.json.decode(engine.ask("say"), type=Said)
    return Phase(counted, after.cpu_s - before.cpu_s, after)


def percentile(values: list[float], share: float) -> float:
    """The value that this share of them does not pass."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Run both phases."""
    switch_core, engine_core = cores_for(2)
    shared = ("--agents", str(options.agents))
    seeded = ("--seed", str(options.seed), "--core", str(switch_core))
    with Process("wire_switch", *shared, *seeded) as switch:
        port = str(json.loads(switch.ask())["port"])
        profile = ("--profile", options.profile) if options.profile else ()
        where = ("--port", port, "--core", str(engine_core), *profile)
        with Process("wire_engine", *shared, *where) as engine:
            engine.ask()
            run_phase(switch, engine, f"saturate {options.in_flight} {options.seconds / 4}")
            full = run_phase(switch, engine, f"saturate {options.in_flight} {options.seconds}")
            paced = run_phase(switch, engine, f"pace {options.rate} {options.seconds}")
    return summary(full, paced, options)


def summary(full: Phase, paced: Phase, options: argparse.Namespace) -> dict[str, Any]:
    """The figures as they are written."""
    waits = [us / 1000 for us in paced.counted.event_to_command_us]
    found: dict[str, Any] = {
        "bench": "wire",
        "calls_per_s": round(full.calls_per_s, 1),
        "engine_core_share": round(full.engine_cpu_s / full.counted.whole_s, 3),
        "switch_core_share": round(full.counted.cpu_share, 3),
        "event_to_command_ms_p50": round(percentile(waits, 0.5), 3),
        "event_to_command_ms_p99": round(percentile(waits, 0.99), 3),
        "event_to_command_at_calls_per_s": round(paced.calls_per_s, 1),
        "events_timed": len(waits),
        "engine_cpu_us_per_call": round(_cpu_us_per_call(paced), 1),
        "calls_left_over": full.counted.left + paced.counted.left,
        "port_errors": paced.said.port_errors,
        "invalid_transitions": paced.said.invalid_transitions,
        "compiled": paced.said.compiled,
        "switch_poll_ms": 0,
        "agents": options.agents,
        "in_flight": options.in_flight,
        "seconds": options.seconds,
        "seed": options.seed,
        "machine": describe_machine(),
        "goals": GOALS,
    }
    found["goals_met"] = (
        found["calls_per_s"] >= GOALS["calls_per_s"]
        and found["event_to_command_ms_p99"] <= GOALS["event_to_command_ms_p99"]
    )
    return found


def _cpu_us_per_call(phase: Phase) -> float:
    """The phase begins calls for a fifth longer than it counts them."""
    calls = phase.counted.calls * 1.2
    return phase.engine_cpu_s / calls * 1e6 if calls else 0.0


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m bench wire", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--in-flight", type=int, default=60, help="calls under way, saturated")
    parser.add_argument("--rate", type=float, default=250.0, help="calls a second, paced")
    parser.add_argument("--seconds", type=float, default=10.0, help="counted in each phase")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--profile", default="", help="a cProfile of the engine goes there")
    options = parser.parse_args(argv)
    found = measure(options)
    print(
        f"{found['calls_per_s']:,.0f} whole calls a second (goal: at least "
        f"{GOALS['calls_per_s']:.0f}); the engine's core {found['engine_core_share']:.0%} "
        f"busy, the switch's {found['switch_core_share']:.0%}\n"
        f"event to command at {found['event_to_command_at_calls_per_s']:,.0f} calls a second: p50 "
        f"{found['event_to_command_ms_p50']} ms, p99 {found['event_to_command_ms_p99']} ms (goal: "
        f"at most {GOALS['event_to_command_ms_p99']:g}), {found['events_timed']:,} timed\n"
        f"engine: {found['engine_cpu_us_per_call']:,.0f} us CPU a call, "
        f"compiled: {'true' if found['compiled'] else 'false'}"
    )
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0
