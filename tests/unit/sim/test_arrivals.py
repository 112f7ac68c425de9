from __future__ import annotations

import itertools
import math
import statistics
from bisect import bisect_right
from collections.abc import Iterator
from random import Random

import pytest

from adapters.sim.draws.arrivals import (
    DAY_US,
    GammaDayFactors,
    RateProfile,
    Retrials,
    poisson_arrivals,
)
from adapters.sim.draws.distributions import Constant, Exponential
from adapters.sim.draws.random_streams import Streams
from adapters.sim.traces.arrivals import trace_arrivals
from adapters.sim.traces.trace import TraceCall, TraceOutcome

US = 1_000_000
HOUR_US = 3600 * US
ORIGIN_US = 900_000_000 * US


def times(
    profile: RateProfile, hours: float, seed: int = 1, from_us: int | None = None
) -> list[int]:
    until_us = ORIGIN_US + round(hours * HOUR_US)
    return list(
        poisson_arrivals(
            profile, Random(seed), origin_us=ORIGIN_US, until_us=until_us, from_us=from_us
        )
    )


class EvenStream(Random):
    """Draws that make every exponential exactly its mean."""

    def random(self) -> float:
        return 1.0 - math.exp(-1.0)


def test_a_constant_rate_is_poisson() -> None:
    arrivals = times(RateProfile.constant(0.5), hours=10)
    assert len(arrivals) == pytest.approx(18_000, abs=5 * math.sqrt(18_000))
    gaps = [later - earlier for earlier, later in itertools.pairwise(arrivals)]
    assert min(gaps) >= 0
    assert statistics.fmean(gaps) == pytest.approx(2 * US, rel=0.04)
    # Exponential gaps: the deviation equals the mean, and P(gap > 2 means) = e^(−2).
    assert statistics.pstdev(gaps) == pytest.approx(2 * US, rel=0.05)
    assert sum(gap > 4 * US for gap in gaps) / len(gaps) == pytest.approx(math.exp(-2), abs=0.02)


def test_what_an_interval_leaves_of_a_gap_is_used_in_the_next() -> None:
    # A call is due at each whole number of expected calls: 4.5 in the first interval, none in the
    # second, 3 in the third.
    profile = RateProfile((0, 45 * US, 60 * US), (0.1, 0.0, 0.2), 75 * US)
    arrivals = poisson_arrivals(
        profile, EvenStream(), origin_us=ORIGIN_US, until_us=ORIGIN_US + 90 * US
    )
    due_s = [10, 20, 30, 40, 62.5, 67.5, 72.5, 80]
    assert [at_us - ORIGIN_US for at_us in arrivals] == pytest.approx(
        [at_s * US for at_s in due_s], abs=10
    )


def test_each_interval_has_its_own_rate() -> None:
    profile = RateProfile.of_counts([100, 0, 400, 50], HOUR_US)
    days = 200
    arrivals = times(profile, hours=4 * days)
    counts = [0] * 4
    for at_us in arrivals:
        counts[(at_us - ORIGIN_US) // HOUR_US % 4] += 1
    assert counts[1] == 0
    for hour, mean in ((0, 100), (2, 400), (3, 50)):
        assert counts[hour] / days == pytest.approx(mean, abs=5 * math.sqrt(mean / days))


def test_counts_of_intervals_are_poisson_across_boundaries() -> None:
    """Intervals far shorter than a gap: only exact carrying keeps the variance right."""
    profile = RateProfile.of_counts([0.02, 0.08], 10 * US)
    arrivals = times(profile, hours=500)
    counts = [0] * 500
    for at_us in arrivals:
        counts[(at_us - ORIGIN_US) // HOUR_US] += 1
    assert statistics.fmean(counts) == pytest.approx(18, abs=5 * math.sqrt(18 / 500))
    assert statistics.variance(counts) == pytest.approx(18, rel=0.3)


def test_the_same_seed_keeps_profiles_in_step() -> None:
    """Under twice the rate the same calls come in half the time."""
    slow = times(RateProfile.constant(0.1), hours=2)
    fast = times(RateProfile.constant(0.2), hours=1)
    assert len(slow) == len(fast)
    for at_us, sooner_us in zip(slow, fast, strict=True):
        assert (at_us - ORIGIN_US) / 2 == pytest.approx(sooner_us - ORIGIN_US, abs=2)


def test_a_profile_that_does_not_repeat_ends() -> None:
    profile = RateProfile.of_counts([50, 50], HOUR_US, repeat=False)
    arrivals = times(profile, hours=48)
    assert 50 < len(arrivals) < 150
    assert max(arrivals) < ORIGIN_US + 2 * HOUR_US


def test_traffic_may_begin_in_the_middle_of_a_day() -> None:
    profile = RateProfile.of_counts([0, 0, 0, 60], HOUR_US)
    arrivals = times(profile, hours=8, from_us=ORIGIN_US + 3 * HOUR_US + HOUR_US // 2)
    hours = [(at_us - ORIGIN_US) / HOUR_US for at_us in arrivals]
    assert min(hours) >= 3.5
    assert 15 < sum(hour < 4 for hour in hours) < 45
    assert all(hour < 4 or hour >= 7 for hour in hours)
    with pytest.raises(ValueError, match="before its origin"):
        times(profile, hours=8, from_us=ORIGIN_US - 1)


@pytest.mark.parametrize(
    ("starts_us", "rates", "period_us", "message"),
    [
        ((), (), None, "begins at 0"),
        ((5,), (1.0,), None, "begins at 0"),
        ((0, 5, 5), (1.0, 1.0, 1.0), None, "one after the other"),
        ((0,), (1.0, 2.0), None, "1 intervals but 2 rates"),
        ((0,), (-1.0,), None, "0 or more"),
        ((0, 5), (1.0, 1.0), 5, "cannot repeat"),
    ],
)
def test_profiles_that_cannot_be(
    starts_us: tuple[int, ...], rates: tuple[float, ...], period_us: int | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        RateProfile(starts_us, rates, period_us)


def test_day_factors_have_mean_one_and_the_variation_asked_for() -> None:
    factors = GammaDayFactors(0.3, Streams(1), "day factor")
    drawn = [factors(day) for day in range(4000)]
    assert statistics.fmean(drawn) == pytest.approx(1.0, abs=0.03)
    assert statistics.stdev(drawn) == pytest.approx(0.3, rel=0.1)
    assert GammaDayFactors(0.0, Streams(1), "day factor")(5) == 1.0
    with pytest.raises(ValueError, match="-1"):
        GammaDayFactors(-1, Streams(1), "day factor")


def test_a_day_has_its_factor_whatever_was_asked_before() -> None:
    forward = GammaDayFactors(0.3, Streams(1), "day factor")
    in_order = [forward(day) for day in range(3)]
    backward = GammaDayFactors(0.3, Streams(1), "day factor")
    assert [backward(day) for day in (2, 1, 0)] == in_order[::-1]
    other = GammaDayFactors(0.3, Streams(1), "another")
    assert other(0) != in_order[0]


def test_day_factors_multiply_the_rates_of_their_day() -> None:
    def factor(day: int) -> float:
        return (0.5, 2.0, 0.0)[day]

    arrivals = poisson_arrivals(
        RateProfile.constant(1000 / 86_400),
        Random(1),
        origin_us=ORIGIN_US,
        until_us=ORIGIN_US + 3 * DAY_US,
        day_factor=factor,
    )
    counts = [0, 0, 0]
    for at_us in arrivals:
        counts[(at_us - ORIGIN_US) // DAY_US] += 1
    assert counts[0] == pytest.approx(500, abs=5 * math.sqrt(500))
    assert counts[1] == pytest.approx(2000, abs=5 * math.sqrt(2000))
    assert counts[2] == 0


def test_retrials_are_decided_delayed_and_limited() -> None:
    draw = Retrials(0.25, Constant(60 * US), most=2).sampler(Random(1))
    first = [draw(0) for _ in range(8000)]
    assert dict.fromkeys(first) == {None: None, 60 * US: None}
    assert first.count(60 * US) / 8000 == pytest.approx(0.25, abs=0.025)
    assert any(draw(1) is not None for _ in range(100))
    assert all(draw(2) is None for _ in range(100))


def test_retrials_draw_the_same_callers_whatever_the_probability() -> None:
    often = Retrials(0.8, Exponential(60 * US), most=1).sampler(Random(1))
    seldom = Retrials(0.2, Exponential(60 * US), most=1).sampler(Random(1))
    pairs = [(often(0), seldom(0)) for _ in range(200)]
    assert all(less is None or less == more for more, less in pairs)
    assert any(less is not None for _, less in pairs)


@pytest.mark.parametrize(("probability", "most"), [(-0.1, 1), (1.1, 1), (math.nan, 1), (0.5, -1)])
def test_retrials_that_cannot_be(probability: float, most: int) -> None:
    with pytest.raises(ValueError, match="expected 0"):
        Retrials(probability, Constant(US), most)


def recorded(at_us: int) -> TraceCall:
    return TraceCall(
        at_us, f"call {at_us}", None, 0, "PS", TraceOutcome.ABANDONED, 5 * US, 0, None, None, ""
    )


def test_recorded_calls_are_cut_and_moved() -> None:
    calls = [recorded(at_us) for at_us in (10, 20, 20, 30, 40)]

    def moved(arrivals: Iterator[tuple[int, TraceCall]]) -> list[tuple[int, int]]:
        return [(at_us, call.at_us) for at_us, call in arrivals]

    assert moved(trace_arrivals(calls)) == [(10, 10), (20, 20), (20, 20), (30, 30), (40, 40)]
    assert moved(trace_arrivals(calls, from_us=20, until_us=40, moved_us=100)) == [
        (120, 20), (120, 20), (130, 30),
    ]  # fmt: skip


def test_stretches_cover_the_span_without_gaps() -> None:
    profile = RateProfile((0, 7 * HOUR_US, 19 * HOUR_US), (0.0, 1.0, 0.5), DAY_US)
    stretches = list(profile.stretches(0, 3 * HOUR_US, 2 * DAY_US + HOUR_US))
    assert stretches[0][0] == 3 * HOUR_US
    assert stretches[-1][1] == 2 * DAY_US + HOUR_US
    assert all(one[1] == following[0] for one, following in itertools.pairwise(stretches))
    for begin_us, _, rate, day in stretches:
        place = bisect_right(profile.starts_us, begin_us % DAY_US) - 1
        assert (rate, day) == (profile.rates_per_s[place], begin_us // DAY_US)
