"""Which simulated traffic the daemon runs on: a day, a scenario, or recorded calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from acdengine.plan import Plan
from acdengine.program.daemon.options import BUSY_HOUR_US, Options, StartError
from acdengine.runtime.clock import ScaledClock
from acdengine.runtime.loop import Runtime
from acdengine.settings.errors import SettingsError
from adapters.sim.centre.simulated_world import World
from adapters.sim.draws.random_streams import Streams
from adapters.sim.runs.real_time import RealTimeWorld
from adapters.sim.runs.simulation import Traffic, seeded
from adapters.sim.runs.trace_replay import replay
from adapters.sim.scenarios.day_profile import ProfileError, read_day_profile
from adapters.sim.scenarios.day_traffic import day_scenario, east_us, midnight_us
from adapters.sim.scenarios.scenario import Scenario
from adapters.sim.scenarios.scenario_file import load_scenario
from adapters.sim.scenarios.systems import systems_beside
from adapters.sim.traces.trace import TraceError
from adapters.sim.traces.trace_formats import read_trace

#: A day on which, with the example settings, callers wait from the first minute shown.
_LIVELY_SEED: Final = 2


@dataclass(frozen=True, slots=True)
class Simulation:
    """Traffic, and the moment at which people begin to look.

    Attributes:
        scenario: who calls and who answers, with the plan that they are part of.
        start_us: what the clock says at first; what comes before is caught up with at once.
        title: what the console says of it.
        east_us: how far the clock of the centre's people is ahead of UTC.
        traffic: recorded calls, besides the scenario's own.
        owns_plan: the plan is the scenario's, not that of the settings files.
    """

    scenario: Scenario
    start_us: int
    title: str
    east_us: int = 0
    traffic: Traffic | None = None
    owns_plan: bool = True

    @property
    def plan(self) -> Plan:
        """What the engine is told."""
        return self.scenario.plan

    @property
    def is_silent(self) -> bool:
        """No calls can come: there is no trunk group, or no number that leads to a queue."""
        return not self.scenario.call_types and self.traffic is None

    @property
    def ends_us(self) -> int:
        """When nothing is left to be seen."""
        scenario = self.scenario
        return scenario.origin_us + scenario.horizon_us + scenario.run_out_us

    def clock(self, speed: float) -> ScaledClock:
        """The clock of the simulated centre, which runs from now on."""
        return ScaledClock(self.start_us, speed)

    def world(self, runtime: Runtime) -> RealTimeWorld:
        """The world in real time, not begun."""
        world, begin = self.drawn()
        return RealTimeWorld(world, runtime, begin)

    def drawn(self) -> tuple[World, Callable[[], None]]:
        """The same world as that of the first replication of `acdengine simulate`, and what begins
        it."""
        scenario, traffic = self.scenario, self.traffic
        streams = Streams(scenario.seed).child("replication", 0)
        world = World(scenario, streams)
        begin: Callable[[], None] = world.begin
        if traffic is not None:

            def begin() -> None:
                world.begin()
                traffic.begin(world, streams)

        return world, begin


def simulation_of(options: Options, plan: Plan) -> Simulation:
    """The traffic that was asked for.

    Args:
        options: which.
        plan: of the settings files; a day's traffic is made for it.

    Raises:
        StartError: a file of it cannot be used.
    """
    try:
        if options.trace_format:
            return _trace(options)
        if options.scenario is not None:
            return _scenario(options)
        return _day(options, plan)
    except (ProfileError, SettingsError, TraceError) as error:
        raise StartError(str(error)) from error


def _day(options: Options, plan: Plan) -> Simulation:
    profile = read_day_profile(options.profile)
    at_us = _at_us(options, BUSY_HOUR_US)
    seed = _LIVELY_SEED if options.seed is None else options.seed
    scenario = day_scenario(plan, profile, at_us, seed, systems_beside(options.profile))
    start_us = midnight_us(plan) + at_us
    title = f"simulated day: {options.profile.name}"
    return Simulation(scenario, start_us, title, east_us(plan, start_us), owns_plan=False)


def _scenario(options: Options) -> Simulation:
    assert options.scenario is not None
    scenario = _drawn_from(load_scenario(options.scenario).scenario, options.seed)
    start_us = scenario.origin_us + _at_us(options, scenario.warm_up_us)
    return Simulation(scenario, start_us, f"scenario: {scenario.name}")


def _trace(options: Options) -> Simulation:
    recorded = read_trace(options.trace_format, options.trace_files)
    replayed = replay(recorded.calls)
    scenario = _drawn_from(replayed.scenario, options.seed)
    start_us = scenario.origin_us + _at_us(options, BUSY_HOUR_US)
    title = f"recorded calls: {options.trace_format}"
    return Simulation(scenario, start_us, title, traffic=replayed.traffic)


def _at_us(options: Options, otherwise_us: int) -> int:
    """Since the midnight that begins the simulation."""
    at_us = options.from_midnight_us
    return otherwise_us if at_us is None else at_us


def _drawn_from(scenario: Scenario, seed: int | None) -> Scenario:
    """The scenario under a seed, its own unless one is given; the engine's own draws too."""
    seed = scenario.seed if seed is None else seed
    return replace(scenario, seed=seed, plan=seeded(scenario.plan, seed, 0))
