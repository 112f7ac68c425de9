"""Replications of a scenario on all cores, with their progress, and what there is when it is broken
off.

A replication depends on its number and the seed alone, so the results are the same on any number
of cores.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.pool import IMapIterator
from typing import Any, Final

from adapters.sim.runs import simulation
from adapters.sim.runs.simulation import Run, Traffic
from adapters.sim.scenarios.scenario import Scenario

#: Seconds between two looks at the progress.
_LOOK_S: Final = 0.2

#: Told which share of all replications is done, 0 to 1.
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Work:
    """What is replicated.

    Attributes:
        scenario: what to simulate.
        replications: how many independent runs.
        seed: the scenario's own when None.
        traffic: further calls.
    """

    scenario: Scenario
    replications: int
    seed: int | None = None
    traffic: Traffic | None = None


@dataclass(frozen=True, slots=True)
class Replicated:
    """What came of it.

    Attributes:
        runs: the replications that ended, in the order of their numbers.
        broken_off: Ctrl-C was pressed before all had ended.
    """

    runs: list[Run]
    broken_off: bool = False


def replicate_on_cores(
    work: Work, progress: Progress = lambda share: None, cores: int | None = None
) -> Replicated:
    """Run all replications, as many at a time as there are cores.

    Args:
        work: what to run.
        progress: told now and then.
        cores: processes at most; those of the machine when None.
    """
    processes = min(work.replications, cores or len(os.sched_getaffinity(0)))
    runs: dict[int, Run] = {}
    try:
        for one in (
            _one_by_one(work, progress) if processes == 1 else _at_once(work, progress, processes)
        ):
            runs[one.replication] = one
    except KeyboardInterrupt:
        return Replicated([runs[number] for number in sorted(runs)], broken_off=True)
    return Replicated([runs[number] for number in sorted(runs)])


def _one_by_one(work: Work, progress: Progress) -> Iterator[Run]:
    for number in range(work.replications):

        def tell(share: float, number: int = number) -> None:
            progress((number + share) / work.replications)

        yield simulation.run(work.scenario, work.seed, number, work.traffic, tell)


def _at_once(work: Work, progress: Progress, processes: int) -> Iterator[Run]:
    # Never forked from this process: it may have threads, and a lock that one of them holds would
    # stay locked in the new process for ever.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    shares = context.Array("d", work.replications, lock=False)
    with context.Pool(processes, _begin, (work, shares)) as pool:
        ended = pool.imap_unordered(_run, range(work.replications))
        for _ in range(work.replications):
            yield _next(ended, lambda: progress(sum(shares) / work.replications))


def _next(ended: IMapIterator[Run], look: Callable[[], None]) -> Run:
    while True:
        try:
            return ended.next(_LOOK_S)
        except multiprocessing.TimeoutError:
            look()


#: Of this process, where it is one of the pool: the work, and the progress of each replication.
_mine: list[Any] = []


def _begin(work: Work, shares: Any) -> None:  # noqa: ANN401 - a ctypes array
    # Ctrl-C goes to all processes of the terminal; the first of them decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _mine[:] = [work, shares]


def _run(number: int) -> Run:
    work, shares = _mine

    def tell(share: float) -> None:
        shares[number] = share

    return simulation.run(work.scenario, work.seed, number, work.traffic, tell)
