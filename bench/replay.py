"""`python -m bench replay`: a recorded day through the engine once more, and what that costs.

A day of the simulator is recorded (`acdengine simulate --record`), then replayed: with nothing
beside it; compared with its facts file, fact by fact; and with records on, each fact put into the
spool that the records' writer reads. Rates are by the processor's time of one core; the cost of a
call is also in heap pairs (`bench.core.HeapPair`), which hardly depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from acdengine.records.spool import Spool
from acdengine.replay.comparison import compare
from acdengine.replay.journal_replay import JournalReplay
from acdengine.replay.recorded_facts import facts_files, recorded_facts
from acdengine.replay.recording import open_recording
from adapters.sim.runs.run_recorder import FACTS_FILE, RunRecorder
from adapters.sim.runs.simulation import run
from adapters.sim.scenarios.scenario_file import load_scenario
from bench.core import HeapPair, is_compiled
from bench.machine import describe_machine

_SCENARIO: Final = "config/scenarios/contact-centre.yaml"


def _bare(folder: Path, _: Path) -> int:
    calls = 0
    for decided in JournalReplay(open_recording(folder)).run():
        calls += type(decided.event).__name__ == "CallArrived"
    return calls


def _compared(folder: Path, _: Path) -> int:
    recording = open_recording(folder)
    facts = recorded_facts(facts_files(folder / FACTS_FILE), recording.seq)
    verdict = compare(JournalReplay(recording), facts)
    if verdict.difference is not None or not verdict.compared:
        raise SystemExit(f"the replay differs: {verdict.difference}")
    return verdict.calls


def _with_records(folder: Path, spool_folder: Path) -> int:
    calls = 0
    spool = Spool(spool_folder, "replay")
    for decided in JournalReplay(open_recording(folder)).run():
        calls += type(decided.event).__name__ == "CallArrived"
        if decided.facts:
            spool.take(decided.seq, decided.facts)
        if not decided.seq % 1000:
            spool.flush()
    spool.close()
    return calls


#: What there is beside the replay.
_WAYS: Final[dict[str, Callable[[Path, Path], int]]] = {
    "bare": _bare, "compared": _compared, "with_records": _with_records,
}  # fmt: skip


def _timed(replay: Callable[[Path, Path], int], folder: Path, rounds: int) -> tuple[int, float]:
    """Calls, and seconds of the processor in the best of the rounds."""
    best_s, calls = float("inf"), 0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as spool_folder:
            begun = time.process_time()
            calls = replay(folder, Path(spool_folder))
            best_s = min(best_s, time.process_time() - begun)
    return calls, best_s


def measure(scenario: Path, rounds: int, seed: int) -> dict[str, Any]:
    """Record a day and replay it.

    Args:
        scenario: the day.
        rounds: the best of so many counts.
        seed: of the day.
    """
    with tempfile.TemporaryDirectory() as folder:
        day = Path(folder) / "day"
        recorder = RunRecorder(day)
        try:
            run(load_scenario(scenario).scenario, seed, recorder=recorder)
        finally:
            recorder.close()
        pair_s = HeapPair().time_us() / 1e6
        found: dict[str, Any] = {
            "machine": describe_machine(), "compiled": is_compiled(), "seed": seed,
        }  # fmt: skip
        for name, replay in _WAYS.items():
            calls, spent_s = _timed(replay, day, rounds)
            found["calls"] = calls
            found[f"{name}_calls_per_s"] = calls / spent_s
            found[f"{name}_heap_pairs_per_call"] = spent_s / calls / pair_s
    return found


def main(argv: list[str]) -> int:
    """Run the measurement and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench replay", description=__doc__)
    parser.add_argument("--scenario", type=Path, default=Path(_SCENARIO))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args(argv)
    found = measure(options.scenario, options.rounds, options.seed)
    for name, value in found.items():
        print(f"{name:32} {value:,.1f}" if isinstance(value, float) else f"{name:32} {value}")
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=2))
    return 0
