"""Means of simulation results with their confidence intervals, and averages over time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.sim.statistics.student_t import student_t_quantile


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its confidence interval.

    Attributes:
        mean: None where there was nothing to average.
        half_width: the confidence interval is mean ± this; None with fewer than two values.
        count: values averaged.
    """

    mean: float | None
    half_width: float | None
    count: int

    @property
    def low(self) -> float | None:
        return self._at(-1)

    @property
    def high(self) -> float | None:
        return self._at(1)

    def _at(self, side: int) -> float | None:
        if self.mean is None or self.half_width is None:
            return None
        return self.mean + side * self.half_width

    def contains(self, value: float) -> bool:
        """Whether the value is inside the interval; never where there is none."""
        if self.mean is None or self.half_width is None:
            return False
        return abs(value - self.mean) <= self.half_width


def estimate(values: Sequence[float], confidence: float = 0.95) -> Estimate:
    """Mean and confidence interval of independent values, one a replication.

    Student's t: right for normal values, and near enough for means over a replication each.
    """
    spread = Welford()
    for value in values:
        spread.add(value)
    if spread.count < 2:
        return Estimate(spread.mean if spread.count else None, None, spread.count)
    t = student_t_quantile((1 + confidence) / 2, spread.count - 1)
    return Estimate(spread.mean, t * spread.sd / math.sqrt(spread.count), spread.count)


def ratio_estimate(
    parts: Sequence[float], wholes: Sequence[float], confidence: float = 0.95
) -> Estimate:
    """The ratio of two means over independent replications, and its confidence interval.

    For a share of calls or a mean over calls this is the figure over all calls of all
    replications; the mean of the replications' own ratios is not, where busy days have other
    ratios than quiet ones. The interval is that of the delta method: the variance of
    part - ratio x whole, over the square of the mean whole (Law, Simulation Modeling and Analysis,
    5th ed., section 9.5.3, the classical interval for a ratio), with Student's t.

    Args:
        parts: numerators, one a replication.
        wholes: denominators, in the same order.
        confidence: of the interval.
    """
    count = sum(1 for whole in wholes if whole)
    total = math.fsum(wholes)
    if not total:
        return Estimate(None, None, 0)
    ratio = math.fsum(parts) / total
    if count < 2:
        return Estimate(ratio, None, count)
    spread = Welford()
    for part, whole in zip(parts, wholes, strict=True):
        spread.add(part - ratio * whole)
    runs = len(wholes)
    t = student_t_quantile((1 + confidence) / 2, runs - 1)
    half_width = t * spread.sd / math.sqrt(runs) / (total / runs)
    return Estimate(ratio, half_width, count)


class Welford:
    """Count, mean, variance, smallest and largest of values as they come.

    Welford's method (Technometrics 4, 1962): no loss of digits where the mean is large against
    the deviations, nothing stored.
    """

    __slots__ = ("_squares", "count", "largest", "mean", "smallest")

    def __init__(self) -> None:
        self.count = 0
        self.mean = 0.0
        self.smallest = math.inf
        self.largest = -math.inf
        self._squares = 0.0

    def add(self, value: float) -> None:
        """Take one value into account."""
        self.count += 1
        from_mean = value - self.mean
        self.mean += from_mean / self.count
        self._squares += from_mean * (value - self.mean)
        if value < self.smallest:
            self.smallest = value
        if value > self.largest:
            self.largest = value

    def merge(self, other: Welford) -> None:
        """Take all values of another into account (Chan, Golub and LeVeque 1979)."""
        if not other.count:
            return
        count = self.count + other.count
        apart = other.mean - self.mean
        self._squares += other._squares + apart * apart * self.count * other.count / count
        self.mean += apart * other.count / count
        self.count = count
        self.smallest = min(self.smallest, other.smallest)
        self.largest = max(self.largest, other.largest)

    @property
    def variance(self) -> float:
        """Of the population the values are a sample of (n − 1); 0 with fewer than two."""
        return self._squares / (self.count - 1) if self.count > 1 else 0.0

    @property
    def sd(self) -> float:
        """Standard deviation."""
        return math.sqrt(self.variance)


class TimeAverage:
    """The average over time of a number that changes in steps: queue length, agents busy.

    The area is exact where the values are whole numbers.

    Args:
        at_us: from when on to average.
        value: the number at that time.
    """

    __slots__ = ("_area", "_changed_us", "_from_us", "largest", "value")

    def __init__(self, at_us: int, value: float = 0) -> None:
        self.value = value
        self.largest = value
        self._from_us = self._changed_us = at_us
        self._area: float = 0

    def change(self, at_us: int, value: float) -> None:
        """From now on the number is this.

        Raises:
            ValueError: the time is before the last change.
        """
        if at_us < self._changed_us:
            raise ValueError(f"a change at {at_us} after one at {self._changed_us}")
        self._area += self.value * (at_us - self._changed_us)
        self._changed_us = at_us
        self.value = value
        if value > self.largest:
            self.largest = value

    def restart(self, at_us: int) -> None:
        """Forget what was, keep the number: the end of the warm-up."""
        self.change(at_us, self.value)
        self._from_us = at_us
        self._area = 0
        self.largest = self.value

    def area_us(self, until_us: int) -> float:
        """The number summed over time up to this time, in microseconds.

        Raises:
            ValueError: the time is before the last change.
        """
        if until_us < self._changed_us:
            raise ValueError(f"the average until {until_us} after a change at {self._changed_us}")
        return self._area + self.value * (until_us - self._changed_us)

    def mean(self, until_us: int) -> float | None:
        """The average up to this time; None where no time has passed."""
        area_us = self.area_us(until_us)
        length_us = until_us - self._from_us
        return area_us / length_us if length_us else None
