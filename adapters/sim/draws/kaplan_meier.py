"""Patience estimated from callers most of whom were answered before they lost it.

A caller who was answered after 40 s tells only that their patience was more than 40 s. The
product-limit estimator (Kaplan and Meier, JASA 53, 1958) uses that; the mean wait of those who
gave up, the usual shortcut, makes callers look far less patient than they are.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from adapters.sim.draws.distributions import NEVER_US, DistributionError, Sampler
from adapters.sim.statistics.scipy_extra import require_scipy


class Tail(StrEnum):
    """What becomes of those who are still waiting at the last observation.

    The estimate ends there unless the very last one gave up, so this is a choice, not a finding.
    """

    EXPONENTIAL = "exponential"
    """They go on giving up at the average rate of the whole curve: S(t) = S(T)^(t/T) beyond the
    last observation T (Brown, Hollander and Kong 1974). Keeps the curve continuous."""

    LAST = "last"
    """They all give up at the last observation (Efron 1967). Makes callers less patient."""

    NEVER = "never"
    """They wait for ever (Gill 1980). Makes callers more patient."""


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """P(patience > t), a falling step function.

    Attributes:
        times_us: where it falls, ascending.
        survival: its value from each of those times on, falling, from below 1 down to 0 at least.
        last_us: the last observation, at or after the last fall; beyond it nothing is known.
    """

    times_us: tuple[int, ...]
    survival: tuple[float, ...]
    last_us: int

    def __post_init__(self) -> None:
        if len(self.times_us) != len(self.survival):
            raise DistributionError(
                f"{len(self.times_us)} times but {len(self.survival)} survival probabilities"
            )
        before_us, before = -1, 1.0
        for time_us, value in zip(self.times_us, self.survival, strict=True):
            if time_us <= before_us:
                raise DistributionError("the times of a survival curve must rise, from 0 on")
            if not 0.0 <= value <= before:
                raise DistributionError(
                    f"survival must fall from 1 to 0, found {value} after {before}"
                )
            before_us, before = time_us, value
        if self.last_us < max(before_us, 0):
            raise DistributionError("the last observation is before the last fall of the curve")

    def at(self, wait_us: float) -> float:
        """P(patience > wait) as far as observed: the last value goes on for ever."""
        place = bisect_right(self.times_us, wait_us)
        return self.survival[place - 1] if place else 1.0

    @property
    def final(self) -> float:
        """What part was still waiting at the last observation."""
        return self.survival[-1] if self.survival else 1.0

    @property
    def area_us(self) -> float:
        """Mean of the patience cut off at the last observation: the area under the curve."""
        pieces = []
        before_us, before = 0, 1.0
        for time_us, value in zip(self.times_us, self.survival, strict=True):
            pieces.append((time_us - before_us) * before)
            before_us, before = time_us, value
        pieces.append((self.last_us - before_us) * before)
        return math.fsum(pieces)


def estimate_survival(observations: Iterable[tuple[int, bool]]) -> SurvivalCurve:
    """The product-limit estimate from pairs (wait in microseconds, gave up?).

    At equal waits those who were answered count as still at risk when the others gave up: their
    patience was longer than their wait.

    Raises:
        DistributionError: no observation, or a wait below 0.
        MissingScipyError: scipy is not installed.
    """
    gave_up: list[int] = []
    answered: list[int] = []
    for wait_us, abandoned in observations:
        (gave_up if abandoned else answered).append(wait_us)
    if not gave_up and not answered:
        raise DistributionError("patience cannot be estimated from no calls at all")
    shortest_us, last_us = min(gave_up + answered), max(gave_up + answered)
    if shortest_us < 0:
        raise DistributionError(f"a wait of {shortest_us} µs: expected 0 or more")
    require_scipy()
    # Here, not above: it takes half a second to load, and only traces are estimated from.
    from scipy.stats import CensoredData, ecdf

    curve = ecdf(CensoredData(uncensored=gave_up, right=answered)).sf
    survival = curve.probabilities.tolist()
    steps = [
        (int(wait_us), value)
        for wait_us, value, before in zip(
            curve.quantiles.tolist(), survival, [1.0, *survival], strict=False
        )
        if value < before
    ]
    return SurvivalCurve(
        tuple(wait_us for wait_us, _ in steps), tuple(value for _, value in steps), last_us
    )


@dataclass(frozen=True, slots=True)
class KaplanMeier:
    """Durations drawn from a survival curve, with a rule for what lies beyond it."""

    curve: SurvivalCurve
    tail: Tail = Tail.EXPONENTIAL
    _falling: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # bisect needs rising values: the falling curve is negated.
        object.__setattr__(self, "_falling", tuple(-value for value in self.curve.survival))

    @property
    def mean_us(self) -> float:
        """The area under the curve and its tail; infinite where some never give up."""
        curve = self.curve
        if curve.final == 0.0 or self.tail is Tail.LAST:
            return curve.area_us
        if self.tail is Tail.NEVER or self._tail_mean_us == math.inf:
            return math.inf
        return curve.area_us + curve.final * self._tail_mean_us

    @property
    def _tail_mean_us(self) -> float:
        """Mean further patience beyond the last observation, under the exponential rule.

        A curve that reached 0 has no tail, yet a caller may be said to have waited longer than
        anyone in it; then the mean of the whole curve is all that is left to go by.
        """
        final = self.curve.final
        if final == 0.0:
            return self.curve.area_us
        if final == 1.0:
            return math.inf
        return -self.curve.last_us / math.log(final) or math.inf

    def sampler(self, stream: Random) -> Sampler:
        """A function that draws a patience. See `Tail` for draws beyond the last observation."""
        random, falling, times_us = stream.random, self._falling, self.curve.times_us
        final, beyond = self.curve.final, self._beyond(stream)

        def draw() -> int:
            level = 1.0 - random()
            if level <= final:
                return beyond(0)
            return times_us[bisect_right(falling, -level)]

        return draw

    def sampler_beyond(self, stream: Random) -> Callable[[int], int]:
        """A function of a wait that draws a patience longer than it.

        For a recorded caller who was answered after that wait: all that is known of their
        patience is that it was longer. With u uniform it is the first time at which the curve is
        below u · S(wait), so it is distributed as patience is among those who waited longer.
        """
        random, falling, times_us = stream.random, self._falling, self.curve.times_us
        curve, final, beyond = self.curve, self.curve.final, self._beyond(stream)

        def draw(wait_us: int) -> int:
            level = (1.0 - random()) * curve.at(wait_us)
            if level <= final:
                return beyond(wait_us)
            return times_us[bisect_right(falling, -level)]

        return draw

    def _beyond(self, stream: Random) -> Callable[[int], int]:
        """Patience beyond the last step of the curve, longer than this wait."""
        last_us, tail, mean_us = self.curve.last_us, self.tail, self._tail_mean_us
        random, log = stream.random, math.log

        def draw(wait_us: int) -> int:
            if tail is Tail.LAST:
                return max(last_us, wait_us + 1)
            if tail is Tail.NEVER or mean_us == math.inf:
                return NEVER_US
            further_us = int(-mean_us * log(1.0 - random()))
            return max(last_us, wait_us) + 1 + further_us

        return draw
