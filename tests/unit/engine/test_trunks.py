from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acdengine.plan import TrunkGroup
from acdengine.trunks import E1_CHANNELS, Trunk, trunks_of

S = 1_000_000


def test_a_group_takes_as_many_calls_as_it_has_channels() -> None:
    trunk = Trunk(TrunkGroup(trunk_id="e1", kind="e1", channels=E1_CHANNELS))
    assert [trunk.take(0) for _ in range(31)] == [None] * 30 + ["channels"]
    trunk.give_back()
    assert trunk.take(0) is None


def test_what_was_not_taken_cannot_be_given_back() -> None:
    with pytest.raises(ValueError, match="no call to end"):
        Trunk(TrunkGroup(trunk_id="t")).give_back()


def test_a_carrier_lets_through_so_many_calls_a_second() -> None:
    trunk = Trunk(TrunkGroup(trunk_id="t", channels=1000, calls_per_s=4))
    assert [trunk.take(10 * S) for _ in range(6)] == [None] * 4 + ["rate"] * 2
    assert trunk.take(10 * S + 250_000) is None
    assert trunk.take(10 * S + 250_000) == "rate"
    assert [trunk.take(20 * S) for _ in range(5)] == [None] * 4 + ["rate"]


def test_fewer_calls_than_one_a_second() -> None:
    trunk = Trunk(TrunkGroup(trunk_id="t", channels=10, calls_per_s=0.5))
    assert trunk.take(0) is None
    assert trunk.take(1_999_999) == "rate"
    assert trunk.take(2 * S) is None


def test_a_call_turned_away_by_the_rate_takes_no_channel() -> None:
    trunk = Trunk(TrunkGroup(trunk_id="t", channels=10, calls_per_s=1))
    assert [trunk.take(0), trunk.take(0)] == [None, "rate"]
    assert trunk.busy == 1


@given(
    st.lists(st.integers(0, 300_000), max_size=60),
    st.sampled_from([0.7, 1, 3, 10]),
)
def test_never_more_in_a_second_than_twice_the_rate_and_one(
    gaps: list[int], calls_per_s: float
) -> None:
    """A full bucket and what flows in meanwhile, at any times of arrival."""
    trunk = Trunk(TrunkGroup(trunk_id="t", channels=10_000, calls_per_s=calls_per_s))
    at_us, taken = 0, []
    for gap in gaps:
        at_us += gap
        if trunk.take(at_us) is None:
            taken.append(at_us)
    for begin in taken:
        assert sum(begin <= at < begin + S for at in taken) <= 2 * max(1, calls_per_s) + 1


def test_groups_by_id() -> None:
    trunks = trunks_of([TrunkGroup(trunk_id="a"), TrunkGroup(trunk_id="b", channels=2)])
    assert {name: trunk.channels for name, trunk in trunks.items()} == {"a": 30, "b": 2}
