"""The agents' legs of a call are found without looking through all legs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.freeswitch.legs.leg_table import AgentLeg, AgentTable

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
            known = table.get(offer_id)
            assert (known is not None) == (offer_id in table)
            assert table.pop(offer_id) is known
            assert offer_id not in table
        elif number == 0:
            table.clear()
        for one in ("c0", "c1"):
            listed = [leg for leg in table.values() if leg.call_id == one]
            assert table.of_call(one) == listed


def test_an_offer_that_is_made_again_has_the_new_leg() -> None:
    table = AgentTable()
    table["o"] = AgentLeg("o", "c", "anna")
    table["o"] = again = AgentLeg("o", "d", "anna")
    assert (len(table), list(table), table["o"] is again) == (1, ["o"], True)
    assert (table.of_call("c"), table.of_call("d")) == ([], [again])
    with pytest.raises(KeyError):
        table["p"]
