"""Which simulated traffic the daemon runs on."""

from __future__ import annotations

from dataclasses import dataclass

from acdengine.app.options import Options, StartError
from acdengine.plan import Plan
from acdengine.runtime.clock import ScaledClock
from adapters.sim.day_profile import ProfileError, read_day_profile
from adapters.sim.day_traffic import day_scenario, east_us, midnight_us
from adapters.sim.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Simulation:
    """Traffic, and the moment at which people begin to look.

    Attributes:
        scenario: who calls and who answers, with the plan that they are part of.
        start_us: what the clock says at first; what comes before is caught up with at once.
        title: what the console says of it.
    """

    scenario: Scenario
    start_us: int
    title: str

    @property
    def plan(self) -> Plan:
        """What the engine is told."""
        return self.scenario.plan

    @property
    def east_us(self) -> int:
        """How far the clock of the centre's people is ahead of UTC."""
        return east_us(self.plan, self.start_us)

    def clock(self, speed: float) -> ScaledClock:
        """The clock of the simulated day, which runs from now on."""
        return ScaledClock(self.start_us, speed)


def simulation_of(options: Options, plan: Plan) -> Simulation:
    """The traffic that was asked for.

    Raises:
        StartError: a file of it cannot be used.
    """
    try:
        profile = read_day_profile(options.profile)
    except ProfileError as error:
        raise StartError(str(error)) from error
    at_us = options.from_midnight_us
    scenario = day_scenario(plan, profile, at_us, options.seed or 1)
    return Simulation(scenario, midnight_us(plan) + at_us, f"simulated day: {options.profile.name}")
