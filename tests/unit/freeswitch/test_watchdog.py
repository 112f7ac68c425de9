"""Silence is noticed, waits grow, and a long queue stops its source."""

from __future__ import annotations

import random

import pytest

from adapters.freeswitch.backoff import Backoff
from adapters.freeswitch.inbox import Inbox
from adapters.freeswitch.watchdog import Verdict, Watchdog


def test_silence_is_probed_and_then_is_death() -> None:
    dog = Watchdog(quiet_s=2, answer_s=3, now_s=100)
    assert dog.look(101.9) is Verdict.FINE
    assert dog.look(102) is Verdict.PROBE
    assert dog.look(104.9) is Verdict.FINE
    assert dog.look(105) is Verdict.DEAD
    assert dog.tick_s == 0.5


def test_any_sign_of_life_begins_anew() -> None:
    dog = Watchdog(quiet_s=2, answer_s=3, now_s=0)
    assert dog.look(2) is Verdict.PROBE
    dog.heard(4.9)
    assert dog.look(6.8) is Verdict.FINE
    assert dog.look(6.9) is Verdict.PROBE
    dog.excuse(9.8)
    assert dog.look(9.9) is Verdict.FINE


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


def test_a_long_queue_stops_its_source_until_it_is_short() -> None:
    said: list[str] = []
    inbox: Inbox[int] = Inbox(
        3, 1, pause=lambda: said.append("pause"), resume=lambda: said.append("resume")
    )
    for number in range(5):
        inbox.put(number)
    assert said == ["pause"]
    assert [inbox.take() for _ in range(3)] == [0, 1, 2]
    assert (said, len(inbox)) == (["pause"], 2)
    assert inbox.take() == 3
    assert said == ["pause", "resume"]
    inbox.take()
    with pytest.raises(IndexError):
        inbox.take()
    assert inbox.pauses == 1


@pytest.mark.parametrize(("high", "low"), [(1, 1), (0, -1), (5, 6)])
def test_marks_that_make_no_sense(high: int, low: int) -> None:
    with pytest.raises(ValueError, match="is needed"):
        Inbox(high, low, pause=print, resume=print)
