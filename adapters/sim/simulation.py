"""One run of a scenario, and many: the figures with the doubt that belongs to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from acdengine.engine import Engine
from acdengine.plan import Plan
from adapters.sim.fact_digest import FactDigest
from adapters.sim.measures import Labels, Measures
from adapters.sim.scenario import Scenario
from adapters.sim.statistics import Estimate, estimate
from adapters.sim.streams import Streams, derived_seed
from adapters.sim.tally import Figures
from adapters.sim.virtual_time import run_virtual
from adapters.sim.world import World, with_readers

Sections = dict[str, dict[str, Figures]]


@dataclass(frozen=True, slots=True)
class Run:
    """What one run gave.

    Attributes:
        seed, replication: what it was drawn from.
        figures: section to name to figure to value, see `Measures.figures`.
        intervals: call type to the counts of each interval, see `measures.INTERVAL_COUNTS`.
        events: handled by the engine.
        digest: of all facts.
    """

    seed: int
    replication: int
    figures: Sections
    intervals: dict[str, list[list[int]]]
    events: int
    digest: str


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
) -> Run:
    """Simulate a scenario once.

    Args:
        scenario: what to simulate.
        seed: the scenario's own unless given.
        replication: which of the independent runs under this seed.
        traffic: further calls.
    """
    seed = scenario.seed if seed is None else seed
    streams = Streams(seed).child("replication", replication)
    world = World(scenario, streams)
    measures = Measures(world.agenda, scenario, None if traffic is None else traffic.labels)
    world.callers.on_arrival = measures.arrived
    world.callers.on_busy = measures.met_busy
    engine = Engine(seeded(scenario.plan, seed, replication))
    world.begin()
    if traffic is not None:
        traffic.begin(world, streams)
    digest = FactDigest()
    events = run_virtual(
        engine,
        world,
        with_readers(measures.readers(), world.readers()),
        scenario.origin_us + scenario.horizon_us + scenario.run_out_us,
        digest,
    )
    measures.finish()
    return Run(seed, replication, measures.figures(), measures.intervals, events, digest.value())


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
    """Every figure over the runs: mean and confidence interval.

    A run in which a figure could not be worked out (no call of the type came) does not count for
    that figure.
    """
    first = runs[0].figures
    return {
        section: {
            name: {
                figure: estimate(_values(runs, section, name, figure), confidence)
                for figure in figures
            }
            for name, figures in rows.items()
        }
        for section, rows in first.items()
    }


def _values(runs: Sequence[Run], section: str, name: str, figure: str) -> list[float]:
    values = [one.figures[section].get(name, {}).get(figure) for one in runs]
    return [value for value in values if value is not None]
