from __future__ import annotations

import pytest

from acdengine.runtime.clock import SLEW_LIMIT, ScaledClock, UtcClock, clock_offset_us

S = 1_000_000
T0 = 1_767_603_600 * S


class System:
    """The two clocks of a machine."""

    def __init__(self) -> None:
        self.monotonic_us = 5 * S
        self.wall_us = T0

    def pass_us(self, us: int) -> None:
        self.monotonic_us += us
        self.wall_us += us

    def clock(self, not_before_us: int = 0) -> UtcClock:
        return UtcClock(
            not_before_us, lambda: self.monotonic_us * 1000, lambda: self.wall_us * 1000
        )


def test_it_tells_utc() -> None:
    system = System()
    clock = system.clock()
    system.pass_us(3 * S)
    assert clock.now_us() == T0 + 3 * S


@pytest.mark.parametrize("step_us", [-3600 * S, 60 * S])
def test_setting_the_system_clock_moves_nothing_but_is_counted(step_us: int) -> None:
    system = System()
    clock = system.clock()
    system.wall_us += step_us
    system.pass_us(S)
    assert clock.now_us() == T0 + S
    assert clock.watch() == step_us
    assert clock.now_us() == T0 + S
    assert (clock.steps, clock.watch()) == (1, 0)


@pytest.mark.parametrize("step_us", [-2 * S, 2 * S])
def test_a_step_is_made_good_slowly_and_time_never_goes_back(step_us: int) -> None:
    system = System()
    clock = system.clock()
    system.wall_us += step_us
    last = clock.now_us()
    for _ in range(600):
        system.pass_us(S)
        clock.watch()
        now = clock.now_us()
        assert (1 - SLEW_LIMIT) * S - 2 <= now - last <= (1 + SLEW_LIMIT) * S + 2
        last = now
    assert abs(clock.now_us() - system.wall_us) < 100_000
    assert clock.steps == 1


def test_creeping_differences_are_followed_and_are_no_steps() -> None:
    system = System()
    clock = system.clock()
    for _ in range(2000):
        system.monotonic_us += S
        system.wall_us += S + 100  # 100 parts per million
        clock.watch()
    assert clock.steps == 0
    assert abs(clock.now_us() - system.wall_us) < 5_000


def test_after_a_restart_the_time_is_not_before_the_last_event() -> None:
    system = System()
    clock = system.clock(not_before_us=T0 + 30 * S)
    assert clock.now_us() == T0 + 30 * S


def test_a_scaled_clock_runs_at_its_speed() -> None:
    now_ns = 0
    clock = ScaledClock(T0, 60.0, lambda: now_ns)
    now_ns = 2_500_000_000
    assert clock.now_us() == T0 + 150 * S
    assert clock.real_s(60 * S) == 1.0


def test_a_clock_that_stands_still_is_refused() -> None:
    with pytest.raises(ValueError, match="speed 0"):
        ScaledClock(T0, 0)


def test_the_clock_is_set_forward_at_once_and_never_back() -> None:
    system = System()
    clock = system.clock()
    system.wall_us += 7_200 * S
    clock.watch()
    assert clock.step() == 7_200 * S
    assert clock.now_us() == system.wall_us
    assert clock_offset_us(clock) == 0
    assert clock.watch() == 0, "not once more"
    system.pass_us(10 * S)
    assert clock.now_us() == system.wall_us, "at its own pace"
    system.wall_us -= 3_600 * S
    before = clock.now_us()
    assert clock.step() == 0
    assert clock.now_us() == before
    assert clock_offset_us(clock) == -3_600 * S


def test_the_clock_of_what_is_simulated_follows_no_other() -> None:
    assert clock_offset_us(ScaledClock(0)) == 0
