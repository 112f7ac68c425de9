"""The agents' legs of a call are found without looking through all legs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.freeswitch.legs import AgentLeg, AgentTable

STEPS = st.lists(
    st.tuples(st.sampled_from(["set", "keep", "pop", "clear"]), st.integers(0, 5)), max_size=40
)


@given(STEPS)
def test_the_legs_of_a_call_are_those_in_the_table(steps: list[tuple[str, int]]) -> None:
    table = AgentTable()
    for step, number in steps:
        offer_id, call_id = f"o{number}", f"c{number % 2}"
        if step == "set":
            table[offer_id] = AgentLeg(offer_id, call_id, "anna")
        elif step == "keep":
            kept = table.setdefault(offer_id, AgentLeg(offer_id, call_id, "anna"))
            assert kept is table[offer_id]
        elif step == "pop":
            assert (table.pop(offer_id, None) is None) or offer_id not in table
        elif number == 0:
            table.clear()
        for one in ("c0", "c1"):
            listed = [leg for leg in table.values() if leg.call_id == one]
            assert table.of_call(one) == listed


def test_what_is_not_there_cannot_be_deleted() -> None:
    table = AgentTable()
    table["o"] = AgentLeg("o", "c", "anna")
    del table["o"]
    assert table.of_call("c") == []
    with pytest.raises(KeyError):
        del table["o"]
