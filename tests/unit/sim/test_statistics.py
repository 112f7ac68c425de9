from __future__ import annotations

import statistics
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sim.statistics.estimates import (
    Estimate,
    TimeAverage,
    Welford,
    estimate,
    ratio_estimate,
)

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40)


def test_a_mean_with_its_interval() -> None:
    # Law, Simulation Modeling and Analysis, example 4.26: ten observations.
    values = [1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09]
    found = estimate(values, 0.90)
    assert found.mean == pytest.approx(1.343, abs=1e-9)
    assert found.half_width == pytest.approx(0.24, abs=0.005)
    assert found.low == pytest.approx(1.10, abs=0.01)
    assert found.high == pytest.approx(1.58, abs=0.01)
    assert found.contains(1.2)
    assert not found.contains(1.6)


def test_too_few_values_have_no_interval() -> None:
    assert estimate([]) == Estimate(None, None, 0)
    one = estimate([3.0])
    assert one == Estimate(3.0, None, 1)
    assert (one.low, one.high) == (None, None)
    assert not one.contains(3.0)


def test_the_interval_holds_as_often_as_it_says() -> None:
    stream = Random(1)
    hits = sum(estimate([stream.gauss(10, 3) for _ in range(5)]).contains(10) for _ in range(4000))
    assert hits / 4000 == pytest.approx(0.95, abs=0.015)


def test_a_ratio_weighs_each_replication_by_its_calls() -> None:
    # Two quiet days with all calls in time, one busy day with half of them.
    found = ratio_estimate([10, 10, 50], [10, 10, 100])
    assert found.mean == pytest.approx(70 / 120)
    # By hand: differences part - ratio x whole are 4.1667, 4.1667, -8.3333, sd 7.2169; t(2) 4.3027.
    assert found.half_width == pytest.approx(4.3027 * 7.2169 / 3**0.5 / 40, rel=1e-4)


def test_a_ratio_of_one_replication_or_of_none() -> None:
    assert ratio_estimate([3], [4]) == Estimate(0.75, None, 1)
    assert ratio_estimate([3, 0], [4, 0]) == Estimate(0.75, None, 1)
    assert ratio_estimate([0, 0], [0, 0]) == Estimate(None, None, 0)


def test_the_interval_of_a_ratio_holds_as_often_as_it_says() -> None:
    """Days whose level moves both the calls and the share in time: the true ratio is
    E[level x share] / E[level]; the mean of the daily ratios misses it."""
    random = Random(5)

    def day() -> tuple[float, float]:
        calls = 1000 * random.uniform(0.5, 1.5)
        return calls * (1.2 - calls / 2000) * random.uniform(0.9, 1.1), calls

    # E[x(1.2 - x/2)] / E[x] with x uniform on 0.5 to 1.5: E[x] = 1, E[x²] = 13/12.
    truth = 1.2 - 13 / 24
    held = missed = 0
    for _ in range(1000):
        days = [day() for _ in range(20)]
        held += ratio_estimate([x for x, _ in days], [y for _, y in days]).contains(truth)
        missed += not estimate([x / y for x, y in days]).contains(truth)
    assert 930 <= held <= 970
    assert missed > 100


@given(VALUES)
def test_welford_equals_the_definition(values: list[float]) -> None:
    spread = Welford()
    for value in values:
        spread.add(value)
    assert spread.count == len(values)
    assert spread.mean == pytest.approx(statistics.fmean(values), rel=1e-9, abs=1e-6)
    assert spread.variance == pytest.approx(statistics.variance(values), rel=1e-9, abs=1e-3)
    assert (spread.smallest, spread.largest) == (min(values), max(values))


def test_welford_keeps_its_digits_far_from_zero() -> None:
    spread = Welford()
    for value in (1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16):
        spread.add(value)
    assert spread.variance == pytest.approx(30.0, rel=1e-9)
    assert spread.sd == pytest.approx(30**0.5)


@given(VALUES, st.integers(0, 40))
def test_merged_is_as_if_added(values: list[float], cut: int) -> None:
    whole, first, second = Welford(), Welford(), Welford()
    for place, value in enumerate(values):
        whole.add(value)
        (first if place < cut else second).add(value)
    first.merge(second)
    assert first.count == whole.count
    assert first.mean == pytest.approx(whole.mean, rel=1e-9, abs=1e-6)
    assert first.variance == pytest.approx(whole.variance, rel=1e-9, abs=1e-3)
    assert (first.smallest, first.largest) == (whole.smallest, whole.largest)


def test_the_average_over_time() -> None:
    waiting = TimeAverage(1_000_000)
    assert waiting.mean(1_000_000) is None
    waiting.change(3_000_000, 4)
    waiting.change(4_000_000, 1)
    waiting.change(4_000_000, 2)
    assert waiting.mean(6_000_000) == 8 / 5
    assert waiting.area_us(6_000_000) == 8_000_000
    assert waiting.largest == 4
    waiting.restart(6_000_000)
    assert waiting.mean(8_000_000) == 2.0
    assert waiting.largest == 2
    with pytest.raises(ValueError, match="after one at"):
        waiting.change(5_000_000, 0)
    with pytest.raises(ValueError, match="average until"):
        waiting.area_us(5_000_000)


def test_the_area_is_exact_over_years() -> None:
    waiting = TimeAverage(0, 3)
    year_us = 365 * 86_400 * 1_000_000
    waiting.change(year_us, 10**6)
    waiting.change(2 * year_us + 1, 0)
    assert waiting.area_us(3 * year_us) == 3 * year_us + 10**6 * (year_us + 1)
