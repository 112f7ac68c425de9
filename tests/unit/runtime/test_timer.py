from __future__ import annotations

import asyncio
from typing import Any

import pytest

from acdengine.runtime.clock import ScaledClock
from acdengine.runtime.timer import Timer
from queues.deadlines import NEVER_US
from tests.unit.runtime.virtual_loop import VirtualLoop, run_virtual

S = 1_000_000


class SlowClock:
    """Behind the loop's own time, so that every timer of the loop comes early, as uvloop's may."""

    def __init__(self, speed: float, loop: VirtualLoop) -> None:
        self._clock = ScaledClock(0, speed, loop.now_ns)

    def now_us(self) -> int:
        return self._clock.now_us()

    def real_s(self, wait_us: int) -> float:
        return wait_us / 1e6


def fired_at(
    loop: VirtualLoop, *dues: int, slow: bool = False
) -> tuple[list[tuple[int, int]], Timer]:
    """(asked for, fired at) of a timer that is armed for each time in turn, at once."""
    clock = SlowClock(0.999 if slow else 1.0, loop)
    fired: list[tuple[int, int]] = []
    timer = Timer(clock, lambda due_us: fired.append((due_us, clock.now_us())))

    async def main() -> None:
        for due_us in dues:
            timer.arm(due_us)
        await asyncio.sleep(60)

    run_virtual(main(), loop)
    return fired, timer


def test_it_fires_when_the_time_has_come() -> None:
    fired, _ = fired_at(VirtualLoop(), 3 * S)
    assert [due for due, _ in fired] == [3 * S]
    assert 3 * S <= fired[0][1] <= 3 * S + 1000


def test_a_loop_that_is_early_does_not_make_it_early() -> None:
    fired, timer = fired_at(VirtualLoop(), 3 * S, slow=True)
    assert fired[0][1] >= 3 * S
    assert timer.early > 0


def test_arming_again_replaces_what_was_waited_for() -> None:
    fired, _ = fired_at(VirtualLoop(), 3 * S, 5 * S, 4 * S)
    assert [due for due, _ in fired] == [4 * S]


def test_what_moves_to_a_later_time_leaves_the_loops_timer_as_it_is() -> None:
    loop = VirtualLoop()
    set_for: list[float] = []
    call_later = loop.call_later

    def counted(delay: float, *rest: Any, **more: Any) -> asyncio.TimerHandle:
        set_for.append(delay)
        return call_later(delay, *rest, **more)

    loop.call_later = counted  # type: ignore[assignment, method-assign]
    fired, timer = fired_at(loop, 3 * S, 5 * S, 4 * S, 6 * S)
    assert [due for due, _ in fired] == [6 * S]
    assert 6 * S <= fired[0][1] <= 6 * S + 1000
    # For the first, when that is over for the last, and the test's own sleep.
    assert sorted(map(round, set_for)) == [3, 3, 60]
    assert timer.early == 0


def test_after_it_has_fired_it_can_be_armed_for_an_earlier_time() -> None:
    loop = VirtualLoop()
    clock = ScaledClock(0, 1.0, loop.now_ns)
    fired: list[int] = []

    async def main() -> None:
        timer = Timer(clock, fired.append)
        timer.arm(3 * S)
        timer.arm(5 * S)
        await asyncio.sleep(4)
        timer.arm(4 * S + 500_000)
        await asyncio.sleep(2)
        timer.arm(7 * S)
        await asyncio.sleep(5)

    run_virtual(main(), loop)
    assert fired == [4 * S + 500_000, 7 * S]


@pytest.mark.parametrize("before", [[3 * S], [3 * S, 5 * S]])
def test_nothing_due_fires_nothing(before: list[int]) -> None:
    fired, timer = fired_at(VirtualLoop(), *before, NEVER_US)
    assert fired == []
    assert timer.due_us == NEVER_US


def test_what_was_due_no_more_can_be_again() -> None:
    fired, _ = fired_at(VirtualLoop(), 3 * S, NEVER_US, 7 * S)
    assert [due for due, _ in fired] == [7 * S]
    assert 7 * S <= fired[0][1] <= 7 * S + 1000


def test_disarmed_it_leaves_no_timer_behind() -> None:
    loop = VirtualLoop()
    looked: list[float] = []

    def looking_ns() -> int:
        looked.append(loop.now_s)
        return loop.now_ns()

    async def main() -> None:
        timer = Timer(ScaledClock(0, 1.0, looking_ns), lambda _: None)
        timer.arm(3 * S)
        timer.disarm()
        looked.clear()
        await asyncio.sleep(5)

    run_virtual(main(), loop)
    assert looked == []


def test_what_is_past_fires_at_once() -> None:
    fired, _ = fired_at(VirtualLoop(), -5)
    assert fired == [(-5, 0)]


def test_a_fast_clock_waits_less() -> None:
    loop = VirtualLoop()
    clock = ScaledClock(0, 60.0, loop.now_ns)
    fired: list[float] = []

    async def main() -> None:
        timer = Timer(clock, lambda _: fired.append(loop.now_s))
        timer.arm(120 * S)
        await asyncio.sleep(5)

    run_virtual(main(), loop)
    assert 1002.0 <= fired[0] <= 1002.002
