"""When callers come: Poisson streams with changing rates, busy days, retrials, recorded traffic."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from adapters.sim.draws.distributions import Distribution
from adapters.sim.draws.random_streams import Name, Streams

US = 1_000_000
DAY_US = 86_400 * US


@dataclass(frozen=True, slots=True)
class RateProfile:
    """Calls per second, constant in each interval.

    Attributes:
        starts_us: where the intervals begin, from 0, rising.
        rates_per_s: the rate of each.
        period_us: after this time the profile begins again; None: the last rate stays.
    """

    starts_us: tuple[int, ...]
    rates_per_s: tuple[float, ...]
    period_us: int | None = None

    def __post_init__(self) -> None:
        if not self.starts_us or self.starts_us[0] != 0:
            raise ValueError("a rate profile begins at 0")
        if any(later <= earlier for earlier, later in itertools.pairwise(self.starts_us)):
            raise ValueError("the intervals of a rate profile must begin one after the other")
        if len(self.starts_us) != len(self.rates_per_s):
            raise ValueError(f"{len(self.starts_us)} intervals but {len(self.rates_per_s)} rates")
        if any(rate < 0 or not math.isfinite(rate) for rate in self.rates_per_s):
            raise ValueError("an arrival rate must be 0 or more")
        if self.period_us is not None and self.period_us <= self.starts_us[-1]:
            raise ValueError("a rate profile cannot repeat before its last interval begins")

    @classmethod
    def constant(cls, rate_per_s: float) -> RateProfile:
        """The same rate at all times."""
        return cls((0,), (rate_per_s,))

    @classmethod
    def of_counts(
        cls, calls: Sequence[float], interval_us: int, *, repeat: bool = True
    ) -> RateProfile:
        """The profile with these mean numbers of calls in intervals of equal length.

        Args:
            calls: mean calls of each interval, 48 for the half hours of a day.
            interval_us: length of each interval.
            repeat: begin again after the last; otherwise no call comes after it.
        """
        starts_us = [place * interval_us for place in range(len(calls))]
        rates = [number * US / interval_us for number in calls]
        length_us = len(calls) * interval_us
        if repeat:
            return cls(tuple(starts_us), tuple(rates), length_us)
        return cls((*starts_us, length_us), (*rates, 0.0))

    def stretches(
        self, origin_us: int, from_us: int, until_us: int
    ) -> Iterator[tuple[int, int, float, int]]:
        """The stretches of constant rate in a time span: (from, until, rate per second, day).

        Args:
            origin_us: the time at which the profile is at 0, and from which days are counted.
            from_us: beginning of the span, not before the origin.
            until_us: its end.

        Raises:
            ValueError: the span begins before the origin.
        """
        if from_us < origin_us:
            raise ValueError("a rate profile says nothing of the time before its origin")
        at_us = from_us
        while at_us < until_us:
            phase_us = at_us - origin_us
            day = phase_us // DAY_US
            next_us = min(until_us, origin_us + (day + 1) * DAY_US)
            if self.period_us is not None:
                phase_us %= self.period_us
            following = bisect_right(self.starts_us, phase_us)
            end_us = (
                self.starts_us[following] if following < len(self.starts_us) else self.period_us
            )
            if end_us is not None:
                next_us = min(next_us, at_us + end_us - phase_us)
            yield at_us, next_us, self.rates_per_s[following - 1], day
            at_us = next_us


def every_day_alike(day: int) -> float:
    """The day factor of a centre whose days are all equally busy."""
    return 1.0


class GammaDayFactors:
    """How much busier than usual each day is: a gamma distributed factor with mean 1.

    Real arrivals vary from day to day far more than a Poisson stream of known rate does; a
    factor on the whole day is the usual model (Avramidis, Deslauriers and L'Ecuyer, Management
    Science 50, 2004). The factor of a day depends on the seed, the name and the day alone.

    Args:
        cv: coefficient of variation of the factor; 0 makes all days alike.
        streams: where to draw from.
        name: of the factor; call types that name the same factor are busy on the same days.
    """

    def __init__(self, cv: float, streams: Streams, *name: Name) -> None:
        if cv < 0 or not math.isfinite(cv):
            raise ValueError(f"the variation of the day factor is {cv}, expected 0 or more")
        self._variance = cv * cv
        self._streams = streams
        self._name = name
        self._factors: dict[int, float] = {}

    def __call__(self, day: int) -> float:
        """The factor of this day, counted from the origin of the traffic."""
        factor = self._factors.get(day)
        if factor is None:
            stream = self._streams.child(*self._name).stream("day", day)
            factor = 1.0
            if self._variance:
                factor = stream.gammavariate(1 / self._variance, self._variance)
            self._factors[day] = factor
        return factor


def poisson_arrivals(
    profile: RateProfile,
    stream: Random,
    *,
    origin_us: int,
    until_us: int,
    from_us: int | None = None,
    day_factor: Callable[[int], float] = every_day_alike,
) -> Iterator[int]:
    """Times of arrival of a Poisson stream with the rates of the profile, never decreasing.

    Exact, not thinned or rounded to intervals: the time to the next call is drawn as an
    exponential amount of expected calls (mean 1), and what an interval leaves of it is used up in
    the next. One draw a call at any rates, so that two profiles compared under the same
    seed stay in step.

    Args:
        profile: the rates.
        stream: the random stream of this traffic alone.
        origin_us: the time at which the profile is at 0.
        until_us: no call at or after this.
        from_us: no call before this; the origin if not given.
        day_factor: multiplies the rates of a day, counted from the origin.
    """
    random, log = stream.random, math.log
    left = -log(1.0 - random())
    span = profile.stretches(origin_us, origin_us if from_us is None else from_us, until_us)
    for begin_us, end_us, rate_per_s, day in span:
        rate = rate_per_s * day_factor(day) / US
        if rate <= 0.0:
            continue
        length_us = end_us - begin_us
        passed_us = 0.0
        while (next_us := passed_us + left / rate) < length_us:
            yield begin_us + int(next_us)
            passed_us = next_us
            left = -log(1.0 - random())
        left -= (length_us - passed_us) * rate
        # Rounding alone can bring it below nothing.
        left = max(left, 0.0)


@dataclass(frozen=True, slots=True)
class Retrials:
    """Callers who met busy, gave up or were turned away, and ring again.

    Attributes:
        probability: that a caller tries again, the same after every attempt.
        delay: time until they do.
        most: attempts after the first that one caller makes at most.
        redraws: each attempt has a patience and a length of conversation of its own; otherwise
            those of the caller's first attempt.
        turned_away: callers whom the centre refused or turned away ring again too.
    """

    probability: float
    delay: Distribution
    most: int
    redraws: bool = True
    turned_away: bool = True

    def __post_init__(self) -> None:
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"the probability is {self.probability}, expected 0 to 1")
        if self.most < 0:
            raise ValueError(f"at most {self.most} retrials: expected 0 or more")

    def sampler(self, stream: Random) -> Callable[[int], int | None]:
        """A function of the retrials already made: time until the next, None when there is none.

        Microseconds. Both decision and delay are drawn each time, so that the same callers are
        drawn at any probability.
        """
        random, draw_delay = stream.random, self.delay.sampler(stream)
        probability, most = self.probability, self.most

        def draw(made: int) -> int | None:
            again, delay_us = random() < probability, draw_delay()
            return delay_us if again and made < most else None

        return draw
