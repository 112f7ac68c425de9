from __future__ import annotations

import math
import statistics
from random import Random

import pytest

from adapters.sim.draws.distribution_settings import DISTRIBUTION_KINDS, parse_distribution
from adapters.sim.draws.distributions import (
    NEVER_US,
    Constant,
    Distribution,
    DistributionError,
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    Lognormal,
    Never,
    Uniform,
    Weibull,
)
from adapters.sim.draws.kaplan_meier import KaplanMeier, SurvivalCurve, Tail

US = 1_000_000
COUNT = 40_000


def sampled(distribution: Distribution, count: int = COUNT, seed: int = 1) -> list[int]:
    draw = distribution.sampler(Random(seed))
    return [draw() for _ in range(count)]


# Each with its mean in seconds and its coefficient of variation, worked out by hand.
KNOWN: list[tuple[dict[str, object], float, float]] = [
    ({"kind": "constant", "value_s": 12.5}, 12.5, 0.0),
    ({"kind": "exponential", "mean_s": 180}, 180, 1.0),
    ({"kind": "uniform", "low_s": 2, "high_s": 8}, 5, 6 / math.sqrt(12) / 5),
    # Variance (a² + b² + c² - ab - ac - bc) / 18.
    ({"kind": "triangular", "low_s": 2, "mode_s": 4, "high_s": 12}, 6, math.sqrt(84 / 18) / 6),
    ({"kind": "lognormal", "mean_s": 180, "cv": 1.2}, 180, 1.2),
    ({"kind": "lognormal", "mean_s": 200, "sd_s": 100}, 200, 0.5),
    ({"kind": "weibull", "mean_s": 100, "shape": 2}, 100, math.sqrt(4 / math.pi - 1)),
    ({"kind": "weibull", "scale_s": 100, "shape": 0.5}, 200, math.sqrt(5)),
    ({"kind": "gamma", "mean_s": 90, "cv": 0.5}, 90, 0.5),
    ({"kind": "gamma", "mean_s": 90, "shape": 0.25}, 90, 2.0),
    ({"kind": "erlang", "mean_s": 60, "stages": 4}, 60, 0.5),
    ({"kind": "erlang", "mean_s": 60, "stages": 25}, 60, 0.2),
    ({"kind": "empirical", "values_s": [10, 20, 60]}, 30, math.sqrt(1400 / 3) / 30),
    ({"kind": "empirical", "values_s": [10, 50], "weights": [3, 1]}, 20, math.sqrt(300) / 20),
    (
        {"kind": "kaplan_meier", "times_s": [10, 40], "survival": [0.5, 0.0]},
        25,
        15 / 25,
    ),
]


@pytest.mark.parametrize(("data", "mean_s", "cv"), KNOWN)
def test_the_mean_is_known_and_drawn(data: dict[str, object], mean_s: float, cv: float) -> None:
    distribution = parse_distribution(data)
    assert distribution.mean_us == pytest.approx(mean_s * US, rel=1e-12)

    values = sampled(distribution)
    assert all(type(value) is int and value >= 0 for value in values)
    # Five standard errors, and a microsecond for the cut.
    allowed = 5 * cv * mean_s * US / math.sqrt(COUNT) + 1
    assert statistics.fmean(values) == pytest.approx(mean_s * US, abs=allowed)
    assert statistics.pstdev(values) / distribution.mean_us == pytest.approx(cv, rel=0.1, abs=1e-9)


@pytest.mark.parametrize(
    ("distribution", "at_s", "longer"),
    [
        (Exponential(100 * US), 150, math.exp(-1.5)),
        (Weibull(100 * US, 0.5), 150, math.exp(-math.sqrt(1.5))),
        (Weibull(100 * US, 3.0), 80, math.exp(-(0.8**3))),
        (Uniform(0, 200 * US), 150, 0.25),
        # The median of a lognormal is mean ÷ √(1 + cv²).
        (Lognormal(100 * US, 1.0), 100 / math.sqrt(2), 0.5),
        # Two stages of 50 s each: e^(−x)(1 + x) with x = t/50.
        (Erlang(100 * US, 2), 150, math.exp(-3) * 4),
        (Gamma(100 * US, 2.0), 150, math.exp(-3) * 4),
    ],
)
def test_the_shape_is_the_one_named(distribution: Distribution, at_s: float, longer: float) -> None:
    values = sampled(distribution)
    part = sum(value > at_s * US for value in values) / COUNT
    assert part == pytest.approx(longer, abs=5 * math.sqrt(longer * (1 - longer) / COUNT))


def test_the_same_stream_gives_the_same_durations() -> None:
    distribution = Lognormal(180 * US, 1.1)
    assert sampled(distribution, 20) == sampled(distribution, 20)
    assert sampled(distribution, 20) != sampled(distribution, 20, seed=2)


def test_samplers_can_share_a_stream() -> None:
    stream = Random(1)
    long, short = Exponential(100 * US).sampler(stream), Exponential(US).sampler(stream)
    alone = sampled(Exponential(100 * US), 3)
    assert [long(), short(), long()] == [alone[0], pytest.approx(alone[1] / 100, abs=1), alone[2]]


def test_endless_is_later_than_everything() -> None:
    assert sampled(Never(), 3) == [NEVER_US] * 3
    assert Never().mean_us == math.inf
    # A shape near 0 draws numbers too large to be numbers.
    wild = sampled(Weibull(1.0, 0.001), 200)
    assert max(wild) == NEVER_US


def test_a_weight_of_zero_never_comes() -> None:
    values = sampled(Empirical((10, 20, 30), (0.0, 1.0, 0.0)), 2000)
    assert dict.fromkeys(values) == {20: None}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (180, Constant(180 * US)),
        (0.25, Constant(250_000)),
        ("never", Never()),
        ({"kind": "never"}, Never()),
        (
            {"kind": "kaplan_meier", "times_s": [10], "survival": [0.4], "tail": "never"},
            KaplanMeier(SurvivalCurve((10 * US,), (0.4,), 10 * US), Tail.NEVER),
        ),
        (
            {"kind": "kaplan_meier", "times_s": [10], "survival": [0.4], "last_s": 30},
            KaplanMeier(SurvivalCurve((10 * US,), (0.4,), 30 * US), Tail.EXPONENTIAL),
        ),
    ],
)
def test_written_forms(data: object, expected: Distribution) -> None:
    assert parse_distribution(data) == expected


def test_every_kind_is_known_to_the_tests() -> None:
    tried = [str(data["kind"]) for data, _, _ in KNOWN]
    assert sorted(dict.fromkeys([*tried, "never"])) == sorted(DISTRIBUTION_KINDS)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "None is no distribution"),
        (True, "True is no distribution"),
        ("often", "'often' is no distribution"),
        (-1, "the duration is -1, expected 0 or more"),
        ({}, "kind is None, expected one of constant, empirical"),
        ({"kind": "normal"}, "kind is 'normal'"),
        ({"kind": "exponential"}, "exponential: mean_s is missing"),
        ({"kind": "exponential", "mean_s": 0}, "exponential: the mean is 0.0, expected more than"),
        ({"kind": "exponential", "mean_s": "2"}, "exponential: mean_s is '2', expected a number"),
        ({"kind": "exponential", "mean_s": math.nan}, "mean_s is nan, expected a number"),
        ({"kind": "exponential", "mean_s": 2, "sd_s": 1}, "sd_s unknown; it takes mean_s"),
        ({"kind": "uniform", "low_s": 3, "high_s": 2}, "upper end is below"),
        ({"kind": "lognormal", "mean_s": 3}, "expected cv or sd_s, neither"),
        ({"kind": "lognormal", "mean_s": 3, "cv": 1, "sd_s": 1}, "expected cv or sd_s, both"),
        ({"kind": "lognormal", "mean_s": 0, "sd_s": 1}, "mean_s is 0"),
        ({"kind": "lognormal", "mean_s": 3, "cv": -1}, "coefficient of variation is -1.0"),
        ({"kind": "weibull", "mean_s": 3, "shape": 0}, "the shape is 0.0"),
        ({"kind": "gamma", "mean_s": 3, "cv": 0}, "cv is 0.0, expected more than 0"),
        ({"kind": "erlang", "mean_s": 3, "stages": 1.5}, "stages is 1.5, expected a whole number"),
        ({"kind": "erlang", "mean_s": 3, "stages": 0}, "at least one stage"),
        ({"kind": "empirical", "values_s": []}, "at least one value"),
        ({"kind": "empirical", "values_s": "12"}, "values_s is '12', expected a list"),
        ({"kind": "empirical", "values_s": [1, -2]}, "values_s 2 is -2"),
        ({"kind": "empirical", "values_s": [1], "weights": [1, 2]}, "1 values but 2 weights"),
        ({"kind": "empirical", "values_s": [1], "weights": [0]}, "sum of the weights is 0"),
        ({"kind": "kaplan_meier", "times_s": [1], "survival": []}, "1 times but 0 survival"),
        ({"kind": "kaplan_meier", "times_s": [2, 1], "survival": [0.5, 0.4]}, "must rise"),
        ({"kind": "kaplan_meier", "times_s": [1, 2], "survival": [0.5, 0.6]}, "must fall"),
        (
            {"kind": "kaplan_meier", "times_s": [2], "survival": [0.5], "last_s": 1},
            "last observation is before",
        ),
        (
            {"kind": "kaplan_meier", "times_s": [2], "survival": [0.5], "tail": "soon"},
            "tail is 'soon', expected one of exponential, last, never",
        ),
    ],
)
def test_what_is_wrong_is_named(data: object, message: str) -> None:
    with pytest.raises(DistributionError) as caught:
        parse_distribution(data)
    assert message in str(caught.value)
