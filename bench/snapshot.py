"""`python -m bench snapshot`: for how long a snapshot stops the engine's loop.

The load of `bench core`, with more and more calls that are over and still remembered. Timed are the
whole state at once, as at the start and the end of the daemon, and in slices, as while it runs: the
longest slice is what stops the loop (``longest_slice_ms``).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Final

from acdengine.runtime.journal import Journal
from bench.core import Load
from bench.machine import describe_machine

_WAITING: Final = 200
_TIMES: Final = 3


def _sliced(journal: Journal, seq: int, load: Load) -> tuple[float, int]:
    """The longest slice in milliseconds, and bytes."""
    begun = time.perf_counter_ns()
    journal.begin(seq, load.engine.snapshot_in_slices())
    held = [time.perf_counter_ns() - begun]
    size = asyncio.run(journal.finish(held.append))
    return max(held) / 1e6, size


def _measure(agents: int, histories: list[int], folder: Path) -> list[dict[str, float]]:
    load = Load(agents, 64, 1)
    load.occupy(agents)
    load.fill(_WAITING)
    journal = Journal(folder)
    journal.rotate(0, load.engine.snapshot())
    rows, seq, over = [], 0, 0
    for history in histories:
        load.live(history - over)
        over = history
        begun = time.perf_counter_ns()
        state = load.engine.snapshot()
        at_once_ms = (time.perf_counter_ns() - begun) / 1e6
        slices = []
        for _ in range(_TIMES):
            seq += 1
            slices.append(_sliced(journal, seq, load)[0])
        rows.append(
            {
                "calls_over": history,
                "megabytes": len(state) / 1e6,
                "at_once_ms": at_once_ms,
                "longest_slice_ms": sorted(slices)[_TIMES // 2],
            }
        )
    journal.close()
    return rows


def main(argv: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench snapshot", description=__doc__)
    parser.add_argument("--agents", type=int, default=500)
    parser.add_argument("--calls", default="1000,5000,15000", help="calls that are over")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    options = parser.parse_args(argv)
    histories = [int(number) for number in options.calls.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        rows = _measure(options.agents, histories, Path(folder))
    for row in rows:
        print("  ".join(f"{name} {value:,.2f}" for name, value in row.items()))
    if options.json is not None:
        options.json.write_text(json.dumps({**describe_machine(), "rows": rows}, indent=1))
    return 0
