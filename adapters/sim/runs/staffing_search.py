"""The fewest agents of each group with which a scenario's calls reach their service level.

No formula knows skills, priorities, overflow and people who carry on after their shift; a
simulation of the real settings does. All trials have the same callers (common random numbers), so
that one agent more or less is all that is between two of them. Periods are taken in their order:
first agents are added where they help most, until all periods so far reach the level; then those
are taken away who are not missed. What is found is a local optimum: no single agent can be spared.
It is reported with the figures of other callers than those it was searched with, for a choice looks
better on the draws that it was made on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from acdengine.errors import ACDError
from adapters.sim.draws.timetable import Timetable
from adapters.sim.runs.measures import INTERVAL_COUNTS
from adapters.sim.runs.simulation import Run, replicate
from adapters.sim.scenarios.scenario import AgentGroup, Scenario
from queues.policy import AbandonTreatment

#: Group to its agents at work in each period.
Numbers = dict[str, tuple[int, ...]]
#: Call type to its service level in each period; None without calls.
Levels = dict[str, tuple[float | None, ...]]

#: The seeds of the search and of the figures that are reported are so far apart.
_FRESH: Final = 1_000_003


class StaffingSearchError(ACDError):
    """No number of the scenario's agents reaches the service level."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What the agents are for.

    Attributes:
        service_level: of each call type in each period, by the definition of the scenario.
        most_occupied: a group talks at most so much of its time (talking ÷ (talking + ready)).
        replications: days that are simulated for each trial.
    """

    service_level: float = 0.8
    most_occupied: float = 0.88
    replications: int = 8


@dataclass(frozen=True, slots=True)
class Staffed:
    """What was found.

    Attributes:
        starts_us: when each period begins, after the scenario's origin.
        numbers: agents at work.
        levels: service levels of fresh replications.
        occupancy: group to its share of time in conversations, of the same.
        trials: staffings that were simulated.
    """

    starts_us: tuple[int, ...]
    numbers: Numbers
    levels: Levels
    occupancy: dict[str, float | None]
    trials: int


def periods(scenario: Scenario, every_us: int = 0) -> tuple[int, ...]:
    """When the number of agents may change: at each change of the scenario's own numbers, or every
    so many microseconds."""
    if every_us:
        return tuple(range(0, scenario.horizon_us, every_us))
    starts = {0}
    for group in scenario.groups:
        if group.number is not None:
            starts.update(at_us for at_us, _ in group.number.changes(scenario.horizon_us))
    return tuple(sorted(starts))


def staff_by_simulation(
    scenario: Scenario,
    aim: Aim,
    every_us: int = 0,
    progress: Callable[[float], None] = lambda share: None,
) -> Staffed:
    """Search the agents of each group and period.

    Args:
        scenario: who calls, and who may be at work.
        aim: what is to be reached.
        every_us: length of the periods; 0: those of the scenario.
        progress: told after each period which share of them is done.

    Raises:
        StaffingSearchError: all agents at work are too few.
    """
    search = _Search(scenario, aim, periods(scenario, every_us))
    count = len(search.starts_us)
    for period in range(count):
        search.staff_period(period)
        progress((period + 1) / count)
    search.ease_groups()
    runs = search.runs(count - 1, _FRESH)
    return Staffed(
        search.starts_us, search.numbers, search.levels(runs), _occupancy(runs), search.trials
    )


class _Search:
    """The numbers so far, and what is known of them."""

    def __init__(self, scenario: Scenario, aim: Aim, starts_us: tuple[int, ...]) -> None:
        self.starts_us = starts_us
        self.trials = 0
        self._aim = aim
        self._scenario = replace(scenario, interval_us=math.gcd(scenario.horizon_us, *starts_us))
        self._groups = {group.name: group for group in scenario.groups}
        self._treatment: dict[str, AbandonTreatment] = {
            kind.name: (kind.target or scenario.target).abandons for kind in scenario.call_types
        }
        self.numbers: Numbers = {
            group.name: tuple(_usual(group, at_us) for at_us in starts_us)
            for group in scenario.groups
        }

    # -- trials --------------------------------------------------------------------------------

    def runs(self, period: int, seed: int = 0, numbers: Numbers | None = None) -> list[Run]:
        """Days with some numbers, up to the end of a period."""
        self.trials += 1
        ends_us = (*self.starts_us[1:], self._scenario.horizon_us)
        tried = self.numbers if numbers is None else numbers
        scenario = replace(
            self._scenario,
            horizon_us=ends_us[period],
            groups=tuple(
                replace(group, number=Timetable(self.starts_us, tried[group.name]))
                for group in self._scenario.groups
            ),
        )
        return replicate(scenario, self._aim.replications, self._scenario.seed + seed)

    def levels(self, runs: Sequence[Run]) -> Levels:
        """The service levels of some runs, all together."""
        found: Levels = {}
        for name, treatment in self._treatment.items():
            queued = any(run.figures["call_types"][name]["queued"] for run in runs)
            days = [run.intervals[name] for run in runs if queued and name in run.intervals]
            found[name] = tuple(
                _level([row for day in days for row in day[first:last]], treatment)
                for first, last in self._intervals()
            )
        return found

    def _intervals(self) -> Iterator[tuple[int, int]]:
        """First and last interval of each period."""
        every_us = self._scenario.interval_us
        for start_us, end_us in pairwise((*self.starts_us, self._scenario.horizon_us)):
            yield start_us // every_us, end_us // every_us

    def _short(self, period: int, numbers: Numbers) -> dict[str, float]:
        """How far each call type is below the level, over the periods up to one; those that reach
        it are not in it."""
        short = {}
        for name, levels in self.levels(self.runs(period, numbers=numbers)).items():
            missing = sum(
                max(0.0, self._aim.service_level - level)
                for level in levels[: period + 1]
                if level is not None
            )
            if missing > 0:
                short[name] = missing
        return short

    # -- steps ---------------------------------------------------------------------------------

    def staff_period(self, period: int) -> None:
        """Add and take away agents of one period until none can be spared."""
        end_us = (*self.starts_us[1:], self._scenario.horizon_us)[period]
        if end_us <= self._scenario.warm_up_us:
            return
        self._add(period)
        self._spare(period)

    def _add(self, period: int) -> None:
        """Add agents where each of them helps most, ever more at once."""
        short = self._short(period, self.numbers)
        most = 1
        while short:
            more = {name: min(most, self._free(name, period)) for name in self._groups}
            tried = {
                name: self._short(period, self._with(name, period, count))
                for name, count in more.items()
                if count
            }
            if not tried:
                raise StaffingSearchError(self._too_few(period, short))
            gain = {
                name: (sum(short.values()) - sum(left.values())) / more[name]
                for name, left in tried.items()
            }
            best = max(gain, key=lambda name: gain[name])
            self.numbers = self._with(best, period, more[best])
            short = tried[best]
            most *= 2

    def _spare(self, period: int) -> None:
        """Take away in ever smaller steps, the largest group first."""
        step = max(1, max(numbers[period] for numbers in self.numbers.values()) // 2)
        while step:
            spared = False
            for name in sorted(self._groups, key=lambda name: -self.numbers[name][period]):
                if self.numbers[name][period] >= step:
                    fewer = self._with(name, period, -step)
                    if not self._short(period, fewer):
                        self.numbers, spared = fewer, True
            if not spared:
                step //= 2

    def ease_groups(self) -> None:
        """Add agents to groups that are occupied too much, in their busiest periods."""
        while True:
            occupied = _occupancy(self.runs(len(self.starts_us) - 1))
            over = [
                name
                for name, share in occupied.items()
                if (share or 0.0) > self._aim.most_occupied and self._busiest(name) is not None
            ]
            if not over:
                return
            for name in over:
                period = self._busiest(name)
                assert period is not None
                self.numbers = self._with(name, period, 1)

    def _busiest(self, group: str) -> int | None:
        """The period with the most agents of a group at work where there may be more."""
        most = len(self._groups[group].agents)
        free = [
            (-number, period)
            for period, number in enumerate(self.numbers[group])
            if 0 < number < most
        ]
        return min(free)[1] if free else None

    def _free(self, group: str, period: int) -> int:
        """Agents who are not at work."""
        return len(self._groups[group].agents) - self.numbers[group][period]

    def _with(self, group: str, period: int, more: int) -> Numbers:
        numbers = list(self.numbers[group])
        numbers[period] += more
        return {**self.numbers, group: tuple(numbers)}

    def _too_few(self, period: int, short: Mapping[str, float]) -> str:
        minutes = self.starts_us[period] // 60_000_000
        return (
            f"with all agents at work {', '.join(sorted(short))} stays below"
            f" {self._aim.service_level:.0%} from {minutes // 60:02d}:{minutes % 60:02d} on;"
            " expected more agents in the settings, or a lower level"
        )


def _usual(group: AgentGroup, at_us: int) -> int:
    return len(group.agents) if group.number is None else group.number.at(at_us)


def _level(rows: Sequence[Sequence[int]], treatment: AbandonTreatment) -> float | None:
    """The service level of some intervals, as `adapters.sim.runs.call_figures` defines it; None
    without calls."""
    sums = dict(zip(INTERVAL_COUNTS, map(sum, zip(*rows, strict=True)), strict=False))
    counted = sums.get("answered", 0)
    if treatment != "answered":
        counted += sums.get("abandoned", 0) + sums.get("turned_away", 0)
    if treatment == "late_only":
        counted -= sums.get("abandoned_in_time", 0)
    if counted:
        return sums["in_time"] / counted
    # Callers who still wait at the very end are in none of the sums.
    return 0.0 if sums.get("offered") else None


def _occupancy(runs: Sequence[Run]) -> dict[str, float | None]:
    """Group to talking ÷ (talking + ready), over all runs."""
    found: dict[str, float | None] = {}
    for name in runs[0].ratios["groups"]:
        parts = [run.ratios["groups"][name]["occupancy"] for run in runs]
        whole = sum(part.whole for part in parts)
        found[name] = sum(part.part for part in parts) / whole if whole else None
    return found
