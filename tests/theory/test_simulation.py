"""The engine against queueing theory: the exact value lies inside the confidence interval.

Each figure is the mean of independent replications; the interval is the 99 % one, as several are
looked at. The seeds are fixed, so a failure is a change of the engine or the simulator, and never
chance. The exact values come from `acdengine.planning.erlang`, which `test_formulas` holds
against published tables.
"""

from __future__ import annotations

import pytest

from acdengine.planning.erlang import (
    erlang_a_figures,
    erlang_b,
    erlang_c_figures,
    priority_mean_waits_s,
)
from adapters.sim.runs.simulation import estimates, replicate
from adapters.sim.scenarios.scenario import Scenario
from adapters.sim.statistics.estimates import Estimate
from tests.theory.centres import centre

REPLICATIONS = 10


def simulated(scenario: Scenario, seed: int) -> dict[str, dict[str, dict[str, Estimate]]]:
    return estimates(replicate(scenario, REPLICATIONS, seed), confidence=0.99)


def assert_contains(estimate: Estimate, exact: float, what: str, precision: float) -> None:
    """Inside the interval, and the interval narrow enough to say something."""
    assert estimate.contains(exact), f"{what}: {exact} is not in {estimate}"
    assert estimate.half_width is not None
    assert estimate.half_width <= precision * exact, f"{what}: {estimate} says too little"


@pytest.mark.parametrize(
    ("calls", "interval_s", "service_s", "agents", "within_s", "hours"),
    [(100, 1800, 180, 14, 20, 24), (360, 1800, 240, 55, 15, 6), (60, 3600, 240, 6, 20, 80)],
)
def test_patient_callers_wait_as_erlang_c_says(
    calls: int, interval_s: int, service_s: int, agents: int, within_s: int, hours: int
) -> None:
    exact = erlang_c_figures(calls / interval_s, service_s, agents, within_s)
    scenario = centre(
        rates_per_s=(calls / interval_s,),
        service_s=service_s,
        agents=agents,
        hours=hours,
        answer_within_s=within_s,
    )
    all_calls = simulated(scenario, seed=1)["total"]["all"]
    assert_contains(all_calls["p_wait"], exact.p_wait, "P(wait)", 0.4)
    assert_contains(all_calls["mean_wait_s"], exact.mean_wait_s, "mean wait", 0.7)
    assert_contains(all_calls["service_level"], exact.service_level, "service level", 0.15)


@pytest.mark.parametrize(
    ("rate_per_s", "service_s", "agents", "patience_s", "within_s", "hours"),
    [(48 / 60, 60, 50, 120, 20, 2), (100 / 1800, 180, 10, 60, 20, 20)],
)
def test_impatient_callers_leave_as_erlang_a_says(
    rate_per_s: float, service_s: int, agents: int, patience_s: int, within_s: int, hours: int
) -> None:
    exact = erlang_a_figures(rate_per_s, service_s, agents, patience_s, within_s)
    scenario = centre(
        rates_per_s=(rate_per_s,),
        service_s=service_s,
        agents=agents,
        hours=hours,
        patience_s=patience_s,
        answer_within_s=within_s,
    )
    all_calls = simulated(scenario, seed=2)["total"]["all"]
    assert_contains(all_calls["p_abandon"], exact.p_abandon, "P(abandon)", 0.5)
    assert_contains(all_calls["p_wait"], exact.p_wait, "P(wait)", 0.3)
    assert_contains(all_calls["mean_wait_s"], exact.mean_wait_s, "mean wait", 0.5)


@pytest.mark.parametrize(("lines", "erlangs", "hours"), [(25, 20, 8), (10, 10, 8)])
def test_callers_meet_busy_lines_as_erlang_b_says(lines: int, erlangs: int, hours: int) -> None:
    service_s = 120
    scenario = centre(
        rates_per_s=(erlangs / service_s,),
        service_s=service_s,
        agents=lines,
        hours=hours,
        lines=lines,
    )
    all_calls = simulated(scenario, seed=5)["total"]["all"]
    assert_contains(all_calls["p_blocked"], erlang_b(lines, erlangs), "P(blocked)", 0.4)
    assert all_calls["mean_wait_s"].mean == 0


@pytest.mark.parametrize(
    ("rates_per_s", "service_s", "agents", "hours"),
    [((1.0, 2.0, 1.0), 1.0, 5, 0.5), ((0.02, 0.04), 180.0, 13, 24)],
)
def test_classes_wait_as_the_exact_priority_formula_says(
    rates_per_s: tuple[float, ...], service_s: float, agents: int, hours: float
) -> None:
    exact = priority_mean_waits_s(rates_per_s, service_s, agents)
    scenario = centre(rates_per_s=rates_per_s, service_s=service_s, agents=agents, hours=hours)
    types = simulated(scenario, seed=4)["call_types"]
    for number, wait_s in enumerate(exact):
        estimate = types[f"class{number}"]["mean_wait_s"]
        assert_contains(estimate, wait_s, f"mean wait of class {number}", 0.7)
