"""One run of a scenario, and replications: figures with their confidence intervals."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from acdengine.engine import Engine
from acdengine.plan import Plan
from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.centre.simulated_world import World, with_readers
from adapters.sim.draws.random_streams import Streams, derived_seed
from adapters.sim.runs.call_figures import Figures, Ratios
from adapters.sim.runs.fact_digest import FactDigest
from adapters.sim.runs.measures import Labels, Measures
from adapters.sim.runs.run_recorder import RunRecorder
from adapters.sim.runs.virtual_time import run_virtual
from adapters.sim.scenarios.scenario import Scenario
from adapters.sim.statistics.estimates import Estimate, estimate, ratio_estimate

#: How often a run tells its progress.
_STEPS: Final = 100
Sections = dict[str, dict[str, Figures]]


@dataclass(frozen=True, slots=True)
class Run:
    """What one run gave.

    Attributes:
        seed, replication: what it was drawn from.
        figures: section to name to figure to value, see `Measures.figures`.
        ratios: section to name to figure to its two parts, for figures that are ratios.
        intervals: call type to the counts of each interval, see `measures.INTERVAL_COUNTS`.
        events: handled by the engine.
        digest: of all facts.
        processor_s: seconds of the processor that it took.
    """

    seed: int
    replication: int
    figures: Sections
    ratios: dict[str, dict[str, Ratios]]
    intervals: dict[str, list[list[int]]]
    events: int
    digest: str
    processor_s: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Calls that come from elsewhere than the arrivals of a scenario's call types.

    Attributes:
        begin: puts them on the agenda of a world, with draws from its streams.
        labels: under which names a caller's calls are counted.
    """

    begin: Callable[[World, Streams], None]
    labels: Labels


def run(
    scenario: Scenario,
    seed: int | None = None,
    replication: int = 0,
    traffic: Traffic | None = None,
    progress: Callable[[float], None] | None = None,
    recorder: RunRecorder | None = None,
) -> Run:
    """Simulate a scenario once.

    Args:
        scenario: what to simulate.
        seed: the scenario's own unless given.
        replication: which of the independent runs under this seed.
        traffic: further calls.
        progress: told now and then which share of the horizon has been simulated.
        recorder: writes journal and facts of the run.
    """
    begin_s = time.process_time()
    seed = scenario.seed if seed is None else seed
    streams = Streams(seed).child("replication", replication)
    world = World(scenario, streams)
    measures = Measures(world.agenda, scenario, None if traffic is None else traffic.labels)
    world.callers.on_arrival = measures.arrived
    world.callers.on_busy = measures.met_busy
    engine = Engine(seeded(scenario.plan, seed, replication))
    if recorder is not None:
        recorder.begin(engine)
    world.begin()
    if traffic is not None:
        traffic.begin(world, streams)
    if progress is not None:
        _tell_progress(world.agenda, scenario, progress)
    digest = FactDigest()
    events = run_virtual(
        engine,
        world,
        with_readers(measures.readers(), world.readers()),
        scenario.origin_us + scenario.horizon_us + scenario.run_out_us,
        digest,
        recorder,
    )
    measures.finish()
    return Run(
        seed, replication, measures.figures(), measures.ratios(), measures.intervals, events,
        digest.value(), time.process_time() - begin_s,
    )  # fmt: skip


def _tell_progress(
    agenda: EventSchedule, scenario: Scenario, progress: Callable[[float], None]
) -> None:
    """Have the share of the horizon told at each hundredth of it."""
    for step in range(1, _STEPS + 1):
        agenda.at(
            scenario.origin_us + scenario.horizon_us * step // _STEPS, progress, step / _STEPS
        )


def seeded(plan: Plan, seed: int, replication: int) -> Plan:
    """The plan with a seed for the engine's own draws that belongs to this run."""
    own = derived_seed(seed, "engine", replication) % (1 << 63)
    return msgspec.structs.replace(plan, seed=own)


def replicate(
    scenario: Scenario,
    replications: int,
    seed: int | None = None,
    each: Callable[[Run], None] | None = None,
    traffic: Traffic | None = None,
) -> list[Run]:
    """Independent runs under one seed, one after the other.

    Args:
        scenario: what to simulate.
        replications: how many runs.
        seed: the scenario's own unless given.
        each: told of every run as it ends.
        traffic: further calls.
    """
    runs = []
    for replication in range(replications):
        one = run(scenario, seed, replication, traffic)
        runs.append(one)
        if each is not None:
            each(one)
    return runs


def estimates(
    runs: Sequence[Run], confidence: float = 0.95
) -> dict[str, dict[str, dict[str, Estimate]]]:
    """Every figure over the runs with its confidence interval: the mean of a count, the ratio of
    the means of a ratio (`adapters.sim.statistics.estimates.ratio_estimate`)."""
    names = {section: dict.fromkeys(_names(runs, section)) for section in runs[0].figures}
    return {
        section: {name: _row(runs, section, name, confidence) for name in found}
        for section, found in names.items()
    }


def _names(runs: Sequence[Run], section: str) -> Iterator[str]:
    for one in runs:
        yield from one.figures[section]


def _row(runs: Sequence[Run], section: str, name: str, confidence: float) -> dict[str, Estimate]:
    """One name's figures. A label that no call of a run had does not count in that run."""
    there = [one for one in runs if name in one.figures[section]]
    row: dict[str, Estimate] = {}
    for figure in there[0].figures[section][name]:
        if figure in there[0].ratios[section][name]:
            ratios = [one.ratios[section][name][figure] for one in there]
            row[figure] = ratio_estimate(
                [ratio.part for ratio in ratios], [ratio.whole for ratio in ratios], confidence
            )
        else:
            values = [one.figures[section][name][figure] for one in there]
            row[figure] = estimate([value for value in values if value is not None], confidence)
    return row
