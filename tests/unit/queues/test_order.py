"""Ranks, urgency and positions against the plain definitions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
)

from queues.line import Line
from queues.order import (
    band_and_key,
    band_of,
    boost_us,
    equally_urgent,
    rank_of,
    urgency,
    weight_of,
    what_differs,
    with_key,
)
from queues.policy import OrderPolicy
from tests.unit.state_machines import run_state_machine

S = 1_000_000
BANDS = st.integers(-1000, 1000)
KEYS = st.integers(-(10**15), 4 * 10**15)
SERIALS = st.integers(0, 2**40 - 1)
#: Such that nothing is rounded.
WEIGHTS = st.sampled_from([0.25, 0.5, 1.0, 2.0, 4.0])


@given(st.lists(st.tuples(BANDS, KEYS, SERIALS), min_size=2, max_size=2))
def test_ranks_are_ordered_by_band_then_key_then_serial(
    places: list[tuple[int, int, int]],
) -> None:
    one, other = (rank_of(*place) for place in places)
    assert (one < other) == (places[0] < places[1])
    assert (one == other) == (places[0] == places[1])


@given(BANDS, KEYS, SERIALS, KEYS)
def test_a_rank_gives_back_what_it_was_made_of(band: int, key: int, serial: int, new: int) -> None:
    rank = rank_of(band, key, serial)
    assert band_and_key(rank) == (band, key)
    assert with_key(rank, new) == rank_of(band, new, serial)


@given(BANDS, KEYS, SERIALS, BANDS, KEYS, SERIALS)
def test_what_tells_two_ranks_apart(
    band: int, key: int, serial: int, band2: int, key2: int, serial2: int
) -> None:
    best, other = sorted([(band, key, serial), (band2, key2, serial2)])
    if best == other:
        return
    said = what_differs(rank_of(*best), rank_of(*other))
    if best[0] != other[0]:
        assert said == "higher band"
    elif best[1] != other[1]:
        assert said == "longer wait"
    else:
        assert said == "arrived first"


@pytest.mark.parametrize(
    ("best", "other", "said"),
    [
        ((0, 5, 1), (1, 5, 1), "higher band"),
        ((0, 5, 1), (0, 6, 1), "longer wait"),
        ((0, 5, 1), (0, 5, 2), "arrived first"),
        ((0, 5, 0), (0, 5, (1 << 40) - 1), "arrived first"),
    ],
)
def test_the_least_difference_tells_two_ranks_apart(
    best: tuple[int, int, int], other: tuple[int, int, int], said: str
) -> None:
    assert what_differs(rank_of(*best), rank_of(*other)) == said


@pytest.mark.parametrize(
    ("order", "priority", "boost", "band", "weight"),
    [
        (OrderPolicy(), 2, 120 * S, 0, 1.0),
        (OrderPolicy(), -1, -60 * S, 0, 1.0),
        (OrderPolicy(boosts_us={2: 7}), 2, 7, 0, 1.0),
        (OrderPolicy(boosts_us={2: 7}), 3, 0, 0, 1.0),
        (OrderPolicy(mode="bands"), 2, 0, -2, 1.0),
        (OrderPolicy(mode="weights", weights={2: 3.5}), 2, 0, 0, 3.5),
        (OrderPolicy(mode="weights", weights={2: 3.5}), 1, 0, 0, 1.0),
        (OrderPolicy(weights={2: 3.5}), 2, 120 * S, 0, 1.0),
    ],
)
def test_what_a_priority_is_worth(
    order: OrderPolicy, priority: int, boost: int, band: int, weight: float
) -> None:
    assert boost_us(order, priority) == boost
    assert band_of(order, priority) == band
    assert weight_of(order, priority) == weight


@given(st.integers(0, 10**9), st.integers(0, 10**9), WEIGHTS, SERIALS)
def test_urgency_is_weight_times_wait(key: int, waited: int, weight: float, serial: int) -> None:
    now = key + waited
    _, at = band_and_key(urgency(rank_of(0, key, serial), weight, now))
    assert now - at == int(weight * waited)


@given(st.integers(0, 10**6), st.integers(0, 10**6), WEIGHTS, WEIGHTS)
def test_who_waits_and_ages_at_least_as_much_is_at_least_as_urgent(
    waited: int, more: int, weight: float, other: float
) -> None:
    now = 10**9
    slow, fast = sorted([weight, other])
    first = urgency(rank_of(0, now - waited - more, 1), fast, now)
    second = urgency(rank_of(0, now - waited, 2), slow, now)
    assert first <= second


@given(st.integers(0, 10**6), WEIGHTS)
def test_equally_urgent_is_the_opposite_of_urgency(waited: int, weight: float) -> None:
    now = 10**9
    rank = rank_of(0, now - waited * 1000, 5)
    assert urgency(equally_urgent(rank, weight, now), weight, now) == rank


class LineAgainstAList(RuleBasedStateMachine):
    """Calls of several weights join, leave and come back; positions by counting."""

    def __init__(self) -> None:
        super().__init__()
        self.line = Line()
        self.present: list[tuple[float, int]] = []
        self.left: list[tuple[float, int]] = []
        self.serial = 0
        self.now_us = 10**12

    @rule(weight=WEIGHTS, earlier_ms=st.integers(0, 5000), band=st.sampled_from([0, 0, 0, 1]))
    def join(self, weight: float, earlier_ms: int, band: int) -> None:
        self.serial += 1
        rank = rank_of(band, self.now_us - earlier_ms * 1000, self.serial)
        self.line.add(weight, rank)
        self.present.append((weight, rank))

    @rule(weight=WEIGHTS)
    def many_join_at_the_end(self, weight: float) -> None:
        for _ in range(50):
            self.now_us += 1000
            self.join(weight, 0, 0)

    @rule(place=st.integers(0, 10**6))
    def leave(self, place: int) -> None:
        if self.present:
            gone = self.present.pop(place % len(self.present))
            self.line.remove(*gone)
            self.left.append(gone)

    @rule()
    def many_leave_from_the_front(self) -> None:
        for _ in range(min(40, len(self.present))):
            first = min(self.present, key=lambda place: place[1])
            self.present.remove(first)
            self.line.remove(*first)
            self.left.append(first)

    @rule(place=st.integers(0, 10**6))
    def come_back(self, place: int) -> None:
        if self.left:
            back = self.left.pop(place % len(self.left))
            self.line.add(*back)
            self.present.append(back)

    @rule(ms=st.integers(1, 100_000))
    def wait(self, ms: int) -> None:
        self.now_us += ms * 1000

    @rule(place=st.integers(0, 10**6))
    def position(self, place: int) -> None:
        if self.present:
            weight, rank = self.present[place % len(self.present)]
            mine = urgency(rank, weight, self.now_us)
            ahead = sum(urgency(r, w, self.now_us) < mine for w, r in self.present)
            assert self.line.ahead(weight, rank, self.now_us) == ahead

    @invariant()
    def same_calls(self) -> None:
        assert len(self.line) == len(self.present)
        assert sorted(self.line) == sorted(rank for _, rank in self.present)


def test_the_line_against_a_list() -> None:
    run_state_machine(LineAgainstAList)
