"""Agents for a number of calls, by formula, with the forecast's own uncertainty."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from acdengine.errors import ACDError
from acdengine.planning.erlang import QueueFigures, erlang_a_figures, erlang_c_figures

#: Points of the forecast's distribution that are averaged over.
_POINTS: Final = 15
#: More agents than any group has.
_MOST_AGENTS: Final = 100_000


class StaffingError(ACDError):
    """What is asked for cannot be reached, or means nothing."""


@dataclass(frozen=True, slots=True)
class Target:
    """What the agents are for.

    Attributes:
        handle_s: mean handle time: talk, hold and wrap-up.
        service_level: share of the calls answered within ``within_s``.
        within_s: seconds.
        patience_s: mean patience of callers (Erlang A); None: all wait (Erlang C).
        most_occupied: occupancy is at most so much.
        shrinkage: share of the paid time that agents are not there for calls: breaks, training,
            illness.
        spread: relative standard deviation of the calls around the forecast.
    """

    handle_s: float
    service_level: float = 0.8
    within_s: float = 20.0
    patience_s: float | None = None
    most_occupied: float = 0.88
    shrinkage: float = 0.3
    spread: float = 0.0

    def check(self) -> None:
        """See that it means something.

        Raises:
            StaffingError: it does not; names the value and what was expected.
        """
        for name, value, low, high in (
            ("handle time", self.handle_s, 0.001, 1e6),
            ("service level", self.service_level, 0.0, 0.9999),
            ("threshold", self.within_s, 0.0, 1e6),
            ("patience", 1.0 if self.patience_s is None else self.patience_s, 0.001, 1e9),
            ("occupancy", self.most_occupied, 0.01, 1.0),
            ("shrinkage", self.shrinkage, 0.0, 0.95),
            ("spread", self.spread, 0.0, 2.0),
        ):
            if not low <= value <= high:
                raise StaffingError(f"{name} {value:g}; expected {low:g} to {high:g}")


@dataclass(frozen=True, slots=True)
class Staffing:
    """Agents of an interval.

    Attributes:
        calls: expected.
        agents: at work, ready for calls or in them.
        paid: with shrinkage: on the schedule.
        service_level, asa_s, occupancy, abandoned: to be expected with these agents; of
            ``abandoned`` 0 by Erlang C. ``asa_s`` is infinite where the queue may grow for ever.
    """

    calls: float
    agents: int
    paid: int
    service_level: float
    asa_s: float
    occupancy: float
    abandoned: float


def staff(calls: float, minutes: int, target: Target) -> Staffing:
    """The fewest agents that reach a target in an interval.

    Without uncertainty the queue is taken to be in its steady state (SIPP: each interval by itself;
    Green, Kolesar and Soares, Operations Research 49 (2001) 549–564). With it, service level and
    occupancy are means over the distribution of the calls (lognormal), each point weighed by its
    calls: a day that is busier than the forecast has more calls that wait.

    Args:
        calls: expected in the interval.
        minutes: its length.
        target: what the agents are for.

    Raises:
        StaffingError: the target means nothing.
    """
    target.check()
    if calls <= 0:
        return Staffing(0.0, 0, 0, 1.0, 0.0, 0.0, 0.0)
    rates = [calls * factor / (60 * minutes) for factor in _factors(target.spread)]
    low, high = 0, max(1, math.ceil(calls / (60 * minutes) * target.handle_s))
    while not _reaches(rates, high, target):
        low, high = high, 2 * high
        if high > _MOST_AGENTS:
            raise StaffingError(f"more than {_MOST_AGENTS:,} agents for {calls:,.0f} calls")
    while high - low > 1:
        middle = (low + high) // 2
        if _reaches(rates, middle, target):
            high = middle
        else:
            low = middle
    found = _expected(rates, high, target)
    return Staffing(calls, high, math.ceil(high / (1 - target.shrinkage) - 1e-9), *found)


def _factors(spread: float) -> list[float]:
    """Equally likely points of a lognormal distribution with mean 1 and a relative deviation."""
    if not spread:
        return [1.0]
    sigma = math.sqrt(math.log(1 + spread * spread))
    normal = NormalDist()
    points = [
        math.exp(sigma * normal.inv_cdf((n + 0.5) / _POINTS) - sigma * sigma / 2)
        for n in range(_POINTS)
    ]
    mean = sum(points) / _POINTS
    return [point / mean for point in points]


def _reaches(rates: Sequence[float], agents: int, target: Target) -> bool:
    if agents < 1:
        return False
    level, _, occupancy, _ = _expected(rates, agents, target)
    return level >= target.service_level and occupancy <= target.most_occupied


def _expected(
    rates: Sequence[float], agents: int, target: Target
) -> tuple[float, float, float, float]:
    """Service level, ASA, occupancy and abandoned calls, over the points of the forecast."""
    total = sum(rates)
    figures = [_figures(rate, agents, target) for rate in rates]

    def mean(value: Callable[[QueueFigures], float]) -> float:
        return sum(rate * value(one) for rate, one in zip(rates, figures, strict=True)) / total

    return (
        mean(lambda one: one.service_level),
        mean(lambda one: one.asa_s),
        sum(one.occupancy for one in figures) / len(figures),
        mean(lambda one: one.p_abandon),
    )


def _figures(rate: float, agents: int, target: Target) -> QueueFigures:
    if target.patience_s is None:
        return erlang_c_figures(rate, target.handle_s, agents, target.within_s)
    return erlang_a_figures(rate, target.handle_s, agents, target.patience_s, target.within_s)


def staff_day(calls: Sequence[float], minutes: int, target: Target) -> Iterator[Staffing]:
    """The agents of each interval of a day."""
    for one in calls:
        yield staff(one, minutes, target)
