"""Distributions of durations, in whole microseconds, with their mean known.

A distribution is data. `sampler(stream)` binds it to a random stream and gives a function without
arguments that draws: about half a microsecond a draw, since everything it needs is bound once.
Several samplers may share a stream.

Draws are cut to whole microseconds, which makes every mean up to half a microsecond smaller than
`mean_us` says.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

# 146,000 years: a time that can be added to and compared with others, and never comes.
NEVER_US = 1 << 62

Sampler = Callable[[], int]


class DistributionError(ValueError):
    """A distribution that cannot be: the message says which value is wrong."""


class Distribution(Protocol):
    """A duration that is drawn at random."""

    @property
    def mean_us(self) -> float:
        """The mean in microseconds; `math.inf` where the duration can be endless."""
        ...

    def sampler(self, stream: Random) -> Sampler:
        """A function that draws one duration in microseconds, 0 to `NEVER_US`."""
        ...


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same duration."""

    value_us: int

    def __post_init__(self) -> None:
        _at_least_zero("the value", self.value_us)

    @property
    def mean_us(self) -> float:
        return float(self.value_us)

    def sampler(self, stream: Random) -> Sampler:
        value_us = self.value_us
        return lambda: value_us


@dataclass(frozen=True, slots=True)
class Never:
    """Endless: the caller who waits for ever, the agent who takes no break."""

    @property
    def mean_us(self) -> float:
        return math.inf

    def sampler(self, stream: Random) -> Sampler:
        return lambda: NEVER_US


@dataclass(frozen=True, slots=True)
class Exponential:
    """The memoryless distribution of the Erlang formulas; standard deviation equals mean."""

    mean_us: float

    def __post_init__(self) -> None:
        _above_zero("the mean", self.mean_us)

    def sampler(self, stream: Random) -> Sampler:
        random, log, minus_mean = stream.random, math.log, -self.mean_us
        return lambda: int(minus_mean * log(1.0 - random()))


@dataclass(frozen=True, slots=True)
class Uniform:
    """Any duration from `low_us` to `high_us`, all equally likely."""

    low_us: float
    high_us: float

    def __post_init__(self) -> None:
        _at_least_zero("the lower end", self.low_us)
        _finite("the upper end", self.high_us)
        if self.high_us < self.low_us:
            raise DistributionError("the upper end is below the lower end")

    @property
    def mean_us(self) -> float:
        return (self.low_us + self.high_us) / 2

    def sampler(self, stream: Random) -> Sampler:
        random, low_us, width_us = stream.random, self.low_us, self.high_us - self.low_us
        return lambda: int(low_us + width_us * random())


@dataclass(frozen=True, slots=True)
class Triangular:
    """From `low_us` to `high_us`, most often near `mode_us`: what people say who have no record
    ("two to ten minutes, four as a rule")."""

    low_us: float
    mode_us: float
    high_us: float

    def __post_init__(self) -> None:
        _at_least_zero("the lower end", self.low_us)
        _finite("the upper end", self.high_us)
        if not self.low_us <= self.mode_us <= self.high_us:
            raise DistributionError("the mode lies outside the two ends")

    @property
    def mean_us(self) -> float:
        return (self.low_us + self.mode_us + self.high_us) / 3

    def sampler(self, stream: Random) -> Sampler:
        draw, low_us, high_us, mode_us = stream.triangular, self.low_us, self.high_us, self.mode_us
        return lambda: int(draw(low_us, high_us, mode_us))


@dataclass(frozen=True, slots=True)
class Lognormal:
    """The logarithm is normal: what talk times look like (Brown et al., JASA 100, 2005).

    Attributes:
        mean_us: mean of the duration itself, not of its logarithm.
        cv: coefficient of variation, standard deviation ÷ mean.
    """

    mean_us: float
    cv: float

    def __post_init__(self) -> None:
        _above_zero("the mean", self.mean_us)
        _at_least_zero("the coefficient of variation", self.cv)

    @property
    def sigma(self) -> float:
        """Standard deviation of the logarithm: σ² = ln(1 + cv²)."""
        return math.sqrt(math.log1p(self.cv * self.cv))

    def sampler(self, stream: Random) -> Sampler:
        gauss, exp, sigma = stream.gauss, math.exp, self.sigma
        mu = math.log(self.mean_us) - sigma * sigma / 2
        return lambda: int(exp(gauss(mu, sigma)))


@dataclass(frozen=True, slots=True)
class Weibull:
    """P(longer than t) = exp(−(t ÷ scale)^shape).

    Shape below 1: who has waited long will wait longer still, as patience is often found to be.
    Shape 1: exponential. Above 1: ever more likely to end.
    """

    scale_us: float
    shape: float

    def __post_init__(self) -> None:
        _above_zero("the scale", self.scale_us)
        _above_zero("the shape", self.shape)

    @classmethod
    def of_mean(cls, mean_us: float, shape: float) -> Weibull:
        """The Weibull distribution of this mean: scale = mean ÷ Γ(1 + 1/shape)."""
        _above_zero("the mean", mean_us)
        _above_zero("the shape", shape)
        return cls(mean_us * math.exp(-math.lgamma(1 + 1 / shape)), shape)

    @property
    def mean_us(self) -> float:
        return self.scale_us * math.exp(math.lgamma(1 + 1 / self.shape))

    def sampler(self, stream: Random) -> Sampler:
        random, log, scale_us, power = stream.random, math.log, self.scale_us, 1 / self.shape
        # A shape near 0 has draws longer than any number can say.
        limit = NEVER_US / scale_us

        def draw() -> int:
            try:
                stretch = (-log(1.0 - random())) ** power
            except OverflowError:
                return NEVER_US
            return int(scale_us * stretch) if stretch < limit else NEVER_US

        return draw


@dataclass(frozen=True, slots=True)
class Gamma:
    """Gamma distribution; cv = 1 ÷ √shape. Shape 1 is the exponential."""

    mean_us: float
    shape: float

    def __post_init__(self) -> None:
        _above_zero("the mean", self.mean_us)
        _above_zero("the shape", self.shape)

    def sampler(self, stream: Random) -> Sampler:
        draw, shape, scale_us = stream.gammavariate, self.shape, self.mean_us / self.shape
        return lambda: int(draw(shape, scale_us))


@dataclass(frozen=True, slots=True)
class Erlang:
    """The sum of `stages` exponential durations of equal mean; cv = 1 ÷ √stages."""

    mean_us: float
    stages: int

    # Up to here a product of uniform numbers is faster than the rejection method, and cannot
    # come near the smallest number there is.
    _FEW = 8

    def __post_init__(self) -> None:
        _above_zero("the mean", self.mean_us)
        if self.stages < 1:
            raise DistributionError("an Erlang distribution has at least one stage")

    def sampler(self, stream: Random) -> Sampler:
        if self.stages > self._FEW:
            return Gamma(self.mean_us, float(self.stages)).sampler(stream)
        random, log, minus_stage = stream.random, math.log, -self.mean_us / self.stages
        more = range(self.stages - 1)

        def draw() -> int:
            product = 1.0 - random()
            for _ in more:
                product *= 1.0 - random()
            return int(minus_stage * log(product))

        return draw


@dataclass(frozen=True, slots=True)
class Empirical:
    """One of the observed durations, drawn with replacement.

    Attributes:
        values_us: the observations, in any order, at least one.
        weights: how often each counts; empty for once each.
    """

    values_us: tuple[int, ...]
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.values_us:
            raise DistributionError("an empirical distribution needs at least one value")
        for value_us in self.values_us:
            _at_least_zero("each value", value_us)
        if not self.weights:
            return
        if len(self.weights) != len(self.values_us):
            raise DistributionError(f"{len(self.values_us)} values but {len(self.weights)} weights")
        for weight in self.weights:
            _at_least_zero("each weight", weight)
        _above_zero("the sum of the weights", sum(self.weights))

    @property
    def mean_us(self) -> float:
        if not self.weights:
            return sum(self.values_us) / len(self.values_us)
        weighed = math.fsum(v * w for v, w in zip(self.values_us, self.weights, strict=True))
        return weighed / math.fsum(self.weights)

    def sampler(self, stream: Random) -> Sampler:
        random, values_us = stream.random, self.values_us
        if not self.weights:
            count = len(values_us)
            return lambda: values_us[int(count * random())]
        cumulated = list(itertools.accumulate(self.weights))
        total = cumulated[-1]
        # The last value that can come: rounding must not reach past it into weights of zero.
        last = max(place for place, weight in enumerate(self.weights) if weight > 0)
        return lambda: values_us[min(bisect_right(cumulated, total * random()), last)]


def _finite(what: str, value: float) -> None:
    if not math.isfinite(value):
        raise DistributionError(f"{what} is {value}, expected a finite number")


def _at_least_zero(what: str, value: float) -> None:
    _finite(what, value)
    if value < 0:
        raise DistributionError(f"{what} is {value}, expected 0 or more")


def _above_zero(what: str, value: float) -> None:
    _finite(what, value)
    if value <= 0:
        raise DistributionError(f"{what} is {value}, expected more than 0")
