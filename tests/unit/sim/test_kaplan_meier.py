from __future__ import annotations

import math
import statistics
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sim.draws.distributions import NEVER_US, DistributionError
from adapters.sim.draws.kaplan_meier import KaplanMeier, SurvivalCurve, Tail, estimate_survival

# Remission times in weeks of 21 patients treated with 6-mercaptopurine (Freireich and others,
# Blood 21, 1963), the usual example in the books; True: the remission ended.
FREIREICH = (
    [(6, True)] * 3
    + [(6, False), (7, True), (9, False), (10, True), (10, False), (11, False)]
    + [(13, True), (16, True), (17, False), (19, False), (20, False), (22, True), (23, True)]
    + [(25, False), (32, False), (32, False), (34, False), (35, False)]
)


def test_the_example_of_the_books() -> None:
    curve = estimate_survival(FREIREICH)
    assert curve.times_us == (6, 7, 10, 13, 16, 22, 23)
    assert [round(value, 3) for value in curve.survival] == [
        0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448,
    ]  # fmt: skip
    assert curve.last_us == 35
    assert curve.at(5) == 1.0
    assert curve.at(6) == pytest.approx(6 / 7)
    assert curve.at(1000) == curve.final == curve.survival[-1]


def test_at_a_tie_those_answered_were_still_at_risk() -> None:
    curve = estimate_survival([(10, True), (10, False), (20, True), (20, False)])
    assert curve.survival == (0.75, 0.375)


def test_without_answered_callers_it_is_the_plain_distribution() -> None:
    curve = estimate_survival([(wait, True) for wait in (1, 2, 2, 5)])
    assert curve.survival == pytest.approx((0.75, 0.25, 0.0))
    assert curve.area_us == pytest.approx(2.5)


def test_no_calls_and_negative_waits_are_refused() -> None:
    with pytest.raises(DistributionError, match="no calls"):
        estimate_survival([])
    with pytest.raises(DistributionError, match="-1"):
        estimate_survival([(-1, True)])


@given(
    st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=60),
    st.integers(0, 60),
    st.integers(0, 2**32),
    st.sampled_from(list(Tail)),
)
def test_draws_are_beyond_the_wait_and_on_the_curve(
    observations: list[tuple[int, bool]], wait: int, seed: int, tail: Tail
) -> None:
    curve = estimate_survival(observations)
    fitted = KaplanMeier(curve, tail)
    beyond = fitted.sampler_beyond(Random(seed))(wait)
    assert beyond > wait
    drawn = fitted.sampler(Random(seed))()
    for value in (beyond, drawn):
        assert value in curve.times_us or value >= curve.last_us
    assert fitted.mean_us >= curve.area_us


def test_draws_follow_the_curve() -> None:
    fitted = KaplanMeier(SurvivalCurve((10, 20, 40), (0.7, 0.3, 0.1), 50), Tail.LAST)
    draw = fitted.sampler(Random(1))
    counts = Counter(draw() for _ in range(20_000))
    assert sorted(counts) == [10, 20, 40, 50]
    assert [counts[value] / 20_000 for value in (10, 20, 40, 50)] == pytest.approx(
        [0.3, 0.4, 0.2, 0.1], abs=0.02
    )


def test_patience_beyond_a_wait_is_the_curve_given_that_it_is_longer() -> None:
    fitted = KaplanMeier(SurvivalCurve((10, 20, 40), (0.7, 0.3, 0.1), 50), Tail.LAST)
    draw = fitted.sampler_beyond(Random(1))
    counts = Counter(draw(10) for _ in range(20_000))
    assert sorted(counts) == [20, 40, 50]
    assert [counts[value] / 20_000 for value in (20, 40, 50)] == pytest.approx(
        [4 / 7, 2 / 7, 1 / 7], abs=0.02
    )


def test_the_tail_goes_on_at_the_rate_of_the_curve() -> None:
    # S(50) = e^(−1): the tail is exponential with mean 50, as the curve was on the average.
    fitted = KaplanMeier(SurvivalCurve((50_000,), (math.exp(-1),), 50_000))
    assert fitted.mean_us == pytest.approx(50_000 + math.exp(-1) * 50_000)
    draw = fitted.sampler(Random(1))
    beyond = [value for value in (draw() for _ in range(30_000)) if value > 50_000]
    assert len(beyond) / 30_000 == pytest.approx(math.exp(-1), abs=0.015)
    assert statistics.fmean(beyond) - 50_000 == pytest.approx(50_000, rel=0.05)


def test_patience_beyond_everything_observed() -> None:
    curve = SurvivalCurve((50,), (0.5,), 60)
    assert KaplanMeier(curve, Tail.NEVER).sampler_beyond(Random(1))(70) == NEVER_US
    assert KaplanMeier(curve, Tail.LAST).sampler_beyond(Random(1))(70) == 71
    # Nobody in the curve waited so long; the mean of the curve is the best guess there is.
    ended = KaplanMeier(SurvivalCurve((50_000,), (0.0,), 50_000)).sampler_beyond(Random(1))
    further = [ended(70_000) - 70_000 for _ in range(20_000)]
    assert min(further) > 0
    assert statistics.fmean(further) == pytest.approx(50_000, rel=0.05)


def test_nobody_gave_up() -> None:
    fitted = KaplanMeier(estimate_survival([(10, False), (30, False)]))
    assert fitted.mean_us == math.inf
    assert fitted.sampler(Random(1))() == NEVER_US


def test_finds_the_patience_it_was_drawn_from() -> None:
    """Answered callers hide most of the patience, and yet the curve is right."""
    stream = Random(1)
    observed = []
    for _ in range(20_000):
        patience, answered = (int(stream.expovariate(1 / mean)) for mean in (2000, 500))
        observed.append((min(patience, answered), patience < answered))
    curve = estimate_survival(observed)
    for time in (200, 500, 1000, 2000):
        assert curve.at(time) == pytest.approx(math.exp(-time / 2000), abs=0.025)
    assert KaplanMeier(curve).mean_us == pytest.approx(2000, rel=0.1)
