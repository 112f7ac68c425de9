"""`python -m adapters.sim.seeds --seeds 1000`: random centres, random traffic, random faults.

Every invariant is checked after every event. A seed that fails prints the one command that repeats
it; the same seed and the same commit always give the same run, under any hash seed.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from acdengine.errors import ACDError
from adapters.sim.draws.random_streams import Streams
from adapters.sim.seeds.checkers.all_checkers import Suite
from adapters.sim.seeds.checkers.checker import CheckFailed
from adapters.sim.seeds.faulty_run import FaultyRun
from adapters.sim.seeds.random_scenarios import draw_scenario

#: Failures after which a series is broken off.
_MOST_FAILURES = 20
#: A run takes a second or two.
_CPU_S = 60.0


@dataclass(frozen=True, slots=True)
class SeedResult:
    """What became of one seed.

    Attributes:
        seed: the seed.
        digest: of all facts up to the end, or up to the failure.
        events: handled by the engine.
        faults: how often each kind was made to happen.
        problem: empty, or what went wrong with the last moments before it.
    """

    seed: int
    digest: str
    events: int
    faults: dict[str, int]
    problem: str = ""


def run_seed(seed: int) -> SeedResult:
    """One run under all checkers, to its end or its first failure."""
    scenario = draw_scenario(seed)
    suite = Suite(scenario.plan)
    run = FaultyRun(scenario, Streams(seed), suite)
    problem = ""
    try:
        with _at_most(_CPU_S):
            run.run()
        suite.finish()
        _everything_is_over(run)
    except (
        ACDError,
        AssertionError,
        AttributeError,
        LookupError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        # A series continues after a failure in any part of the engine.
        problem = _told(error, suite)
    return SeedResult(seed, run.digest.value(), run.events, dict(run.faults), problem)


class Endless(AssertionError):
    """A run used far more processor time than a run takes."""


@contextmanager
def _at_most(cpu_s: float) -> Iterator[None]:
    """Break off a run that uses more processor time: it loops.

    Raises:
        Endless: it did.
    """

    def give_up(_signal: int, _frame: FrameType | None) -> None:
        raise Endless(f"no end after {cpu_s:.0f} s of processor time")

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, cpu_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _everything_is_over(run: FaultyRun) -> None:
    """Liveness: once the faults have stopped, every call ends and every agent is free.

    Raises:
        CheckFailed: something lasts for ever.
    """
    switch = run.world.switch
    legs = [*switch.caller_legs, *switch.agent_legs, *switch.parties.party_legs]
    if legs:
        raise CheckFailed(f"legs still up: {legs}")


def _told(error: Exception, suite: Suite) -> str:
    lines = ["the last moments:"]
    for moment in suite.recent:
        lines.append(f"  {moment.event}")
        lines += [f"    fact {fact}" for fact in moment.facts]
        lines += [f"    command {command}" for command in moment.commands]
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.relpath(where.filename)}:{where.lineno}"
    lines.append(f"{type(error).__name__} ({place}): {error}")
    return "\n".join(lines)


def run_seeds(seeds: Sequence[int], jobs: int = 1) -> Iterator[SeedResult]:
    """Many seeds, in their order, on so many processes."""
    if jobs <= 1:
        yield from map(run_seed, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(run_seed, seeds, chunksize=4)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit status is 1 when a seed failed."""
    parser = argparse.ArgumentParser(
        prog="python -m adapters.sim.seeds", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds (100)")
    parser.add_argument("--first", type=int, default=0, help="the first of them (0)")
    parser.add_argument("--seed", type=int, help="this seed alone")
    parser.add_argument("--jobs", type=int, default=0, help="processes (0: one a processor)")
    parser.add_argument("--digests", action="store_true", help="print each seed with its digest")
    options = parser.parse_args(arguments)
    seeds = range(options.first, options.first + options.seeds)
    if options.seed is not None:
        seeds = range(options.seed, options.seed + 1)
    jobs = options.jobs or os.cpu_count() or 1
    return _report(seeds, min(jobs, len(seeds)), digests=options.digests)


def _report(seeds: range, jobs: int, *, digests: bool) -> int:
    began = time.monotonic()
    faults: Counter[str] = Counter()
    events = failed = done = 0
    for result in run_seeds(seeds, jobs):
        done += 1
        events += result.events
        faults.update(result.faults)
        if digests:
            _print(f"{result.seed} {result.digest}")
        if result.problem:
            failed += 1
            _print(f"seed {result.seed} failed: {result.problem}")
            _print(f"repeat it with: python -m adapters.sim.seeds --seed {result.seed}")
            if failed >= _MOST_FAILURES:
                _print(f"broken off after {failed} failures")
                break
    if not digests:
        told = ", ".join(f"{name} {count:,}" for name, count in sorted(faults.items()))
        _print(f"faults: {told}")
        took = time.monotonic() - began
        _print(f"{done} seeds, {events:,} events, {failed} failed, {took:.1f} s")
    return 1 if failed else 0


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
