"""Agents by formula, against published values, and with the forecast's own uncertainty."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acdengine.planning.erlang import erlang_a_figures, erlang_c_figures
from acdengine.planning.staffing import StaffingError, Target, _factors, staff

USUAL = Target(handle_s=180, most_occupied=1.0)


def test_the_textbook_example() -> None:
    """100 calls in half an hour of 180 s, 80 % in 20 s: 14 agents, 20 with 30 % shrinkage
    (pyworkforce; service level 0.88835, occupancy 0.714, ASA 7.836 s)."""
    found = staff(100, 30, USUAL)
    assert (found.agents, found.paid) == (14, 20)
    assert found.service_level == pytest.approx(0.88835, abs=1e-5)
    assert found.occupancy == pytest.approx(0.714, abs=1e-3)
    assert found.asa_s == pytest.approx(7.83594, abs=1e-4)
    assert found.abandoned == 0


@given(
    st.floats(0.1, 3000), st.floats(20, 900), st.floats(0.3, 0.99), st.floats(0, 60),
    st.one_of(st.none(), st.floats(20, 600)), st.floats(0.5, 1),
)  # fmt: skip
def test_they_are_enough_and_one_less_is_not(
    calls: float, handle_s: float, level: float, within_s: float, patience_s: float | None,
    most_occupied: float,
) -> None:  # fmt: skip
    target = Target(handle_s, level, within_s, patience_s, most_occupied, 0.0)
    found = staff(calls, 30, target)

    def reaches(agents: int) -> bool:
        if agents < 1:
            return False
        rate = calls / 1800
        figures = (
            erlang_c_figures(rate, handle_s, agents, within_s)
            if patience_s is None
            else erlang_a_figures(rate, handle_s, agents, patience_s, within_s)
        )
        return figures.service_level >= level and figures.occupancy <= most_occupied

    assert reaches(found.agents)
    assert not reaches(found.agents - 1)


def test_occupancy_has_a_limit_where_the_group_is_large() -> None:
    free, capped = (staff(2000, 30, Target(300, most_occupied=most)) for most in (1.0, 0.85))
    assert free.occupancy > 0.9
    assert capped.occupancy <= 0.85
    assert capped.agents > free.agents


def test_impatient_callers_need_fewer_agents_and_some_are_lost() -> None:
    all_wait, some_leave = staff(300, 30, USUAL), staff(300, 30, Target(180, patience_s=60))
    assert some_leave.agents <= all_wait.agents
    assert 0 < some_leave.abandoned < 0.1


def test_an_uncertain_forecast_needs_more_agents() -> None:
    sure, unsure = (staff(300, 30, Target(180, patience_s=120, spread=one)) for one in (0.0, 0.25))
    assert unsure.agents > sure.agents
    assert unsure.service_level >= 0.8


@pytest.mark.parametrize("spread", [0.05, 0.2, 0.5])
def test_points_of_the_distribution_have_its_mean_and_nearly_its_deviation(spread: float) -> None:
    points = _factors(spread)
    mean = sum(points) / len(points)
    deviation = math.sqrt(sum((one - mean) ** 2 for one in points) / len(points))
    assert mean == pytest.approx(1)
    assert deviation == pytest.approx(spread, rel=0.2)


def test_no_calls_need_no_agents() -> None:
    assert staff(0, 30, USUAL).agents == 0


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        (Target(0), "handle time 0; expected 0.001"),
        (Target(180, service_level=1), "service level 1; expected 0 to 0.9999"),
        (Target(180, patience_s=-1), "patience -1"),
        (Target(180, shrinkage=1), "shrinkage 1; expected 0 to 0.95"),
        (Target(180, most_occupied=0), "occupancy 0"),
        (Target(math.nan), "handle time nan"),
    ],
)
def test_targets_that_mean_nothing(target: Target, problem: str) -> None:
    with pytest.raises(StaffingError, match=problem):
        staff(100, 30, target)


def test_more_agents_than_there_are_is_an_error() -> None:
    with pytest.raises(StaffingError, match="more than 100,000 agents"):
        staff(1e9, 30, USUAL)
