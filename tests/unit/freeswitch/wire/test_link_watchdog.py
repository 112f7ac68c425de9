"""Silence is noticed, waits grow, and a long queue stops its source."""

from __future__ import annotations

import random

import pytest

from adapters.freeswitch.wire.backoff import Backoff
from adapters.freeswitch.wire.link_watchdog import Verdict, Watchdog


def looked(dog: Watchdog, start_s: float, end_s: float) -> Verdict:
    """Look at every tick from one time to another; the last verdict."""
    verdict = Verdict.FINE
    for tick in range(int(start_s / dog.tick_s), int(end_s / dog.tick_s) + 1):
        verdict = dog.look(tick * dog.tick_s)
    return verdict


def test_silence_is_probed_and_then_is_death() -> None:
    dog = Watchdog(quiet_s=2, answer_s=3, now_s=100)
    assert dog.tick_s == 0.5
    assert looked(dog, 100.5, 101.5) is Verdict.FINE
    assert dog.look(102) is Verdict.PROBE
    assert looked(dog, 102.5, 104.5) is Verdict.FINE
    assert dog.look(105) is Verdict.DEAD


def test_any_sign_of_life_begins_anew() -> None:
    dog = Watchdog(quiet_s=2, answer_s=3, now_s=0)
    assert looked(dog, 0.5, 2) is Verdict.PROBE
    assert looked(dog, 2.5, 4.5) is Verdict.FINE
    dog.heard(4.9)
    assert looked(dog, 5, 6.5) is Verdict.FINE
    assert dog.look(7) is Verdict.PROBE
    dog.excuse(7.1)
    assert looked(dog, 7.5, 9) is Verdict.FINE


def test_time_in_which_the_process_stood_still_does_not_count() -> None:
    dog = Watchdog(quiet_s=2, answer_s=3, now_s=0)
    assert dog.look(60) is Verdict.FINE
    assert looked(dog, 60.5, 61) is Verdict.FINE
    assert looked(dog, 61.5, 61.5) is Verdict.PROBE
    assert dog.look(120) is Verdict.FINE
    assert looked(dog, 120.5, 122) is Verdict.FINE
    assert looked(dog, 122.5, 124) is Verdict.DEAD


def test_waits_double_up_to_the_longest_and_begin_again() -> None:
    drawn: list[tuple[float, float]] = []

    def highest(low: float, high: float) -> float:
        drawn.append((low, high))
        return high

    backoff = Backoff(1, 5, highest)
    assert [backoff.next_s() for _ in range(5)] == [1, 2, 4, 5, 5]
    assert drawn == [(0.5, 1), (1, 2), (2, 4), (2.5, 5), (2.5, 5)]
    backoff.reset()
    assert backoff.next_s() == 1


def test_two_clients_do_not_come_back_together() -> None:
    waits = [Backoff(1, 60, random.Random(seed).uniform).next_s() for seed in range(100)]
    assert len(set(waits)) == 100
    assert min(waits) >= 0.5
    assert max(waits) <= 1


@pytest.mark.parametrize(("base_s", "cap_s"), [(0, 1), (2, 1), (-1, 1)])
def test_waits_that_make_no_sense(base_s: float, cap_s: float) -> None:
    with pytest.raises(ValueError, match="is needed"):
        Backoff(base_s, cap_s, random.Random(1).uniform)
