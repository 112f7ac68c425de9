"""The estimated wait and how it is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queues.estimate import WaitEstimate, rounded_up
from queues.policy import EstimatePolicy


@given(st.integers(0, 500), st.integers(1, 100), st.floats(0, 0.9), st.integers(1, 600))
def test_the_formula(ahead: int, agents: int, abandon_share: float, handle_s: int) -> None:
    estimate = WaitEstimate(EstimatePolicy(initial_handle_us=handle_s * 10**6))
    expected = (ahead * (1 - abandon_share) + 1) * handle_s * 10**6 / agents
    told = estimate.wait_us(ahead, agents, abandon_share)
    assert told == pytest.approx(expected, abs=1)
    assert told is not None
    further = estimate.wait_us(ahead + 1, agents, abandon_share)
    more_staff = estimate.wait_us(ahead, agents + 1, abandon_share)
    assert further is not None
    assert more_staff is not None
    assert more_staff <= told <= further


def test_nothing_can_be_said_without_agents() -> None:
    assert WaitEstimate(EstimatePolicy()).wait_us(0, 0, 0) is None


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20))
def test_the_first_twenty_calls_give_their_plain_mean(handle: list[int]) -> None:
    estimate = WaitEstimate(EstimatePolicy())
    for one in handle:
        estimate.handled(one)
    assert estimate.handle_us == pytest.approx(sum(handle) / len(handle))


@given(st.lists(st.integers(0, 10**9), min_size=21, max_size=60))
def test_later_calls_move_the_mean_by_a_twentieth(handle: list[int]) -> None:
    estimate = WaitEstimate(EstimatePolicy())
    for one in handle[:-1]:
        estimate.handled(one)
    before = estimate.handle_us
    estimate.handled(handle[-1])
    assert estimate.handle_us == pytest.approx(0.95 * before + 0.05 * handle[-1])


def test_the_error_is_the_mean_of_what_was_told_too_much_or_too_little() -> None:
    estimate = WaitEstimate(EstimatePolicy())
    assert estimate.mean_error_us() is None
    estimate.checked(100, 70)
    estimate.checked(100, 200)
    assert estimate.mean_error_us() == 65


@given(st.integers(0, 10**10), st.integers(1, 10**9))
def test_estimates_are_rounded_up_to_whole_steps_and_never_to_nothing(
    estimate_us: int, step_us: int
) -> None:
    told = rounded_up(estimate_us, step_us)
    assert told % step_us == 0
    assert told >= max(estimate_us, step_us)
    assert told - step_us < max(estimate_us, 1)


def test_without_a_step_the_estimate_is_told_as_it_is() -> None:
    assert rounded_up(12345, 0) == 12345
