"""What an agent lacks is named part by part, and nothing is lacking exactly when it may."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.requirements import parse_requirement
from routing.shortfall import Demand, conjuncts

SKILLS = ("english", "front-and-back", "android", "not_or")
COMPARISONS = st.builds(
    lambda skill, compare, level: f"{skill} {compare} {level}".strip(),
    st.sampled_from(SKILLS),
    st.sampled_from([">=", "<", "==", "!="]),
    st.integers(0, 10),
)
REQUIREMENTS = st.recursive(
    st.one_of(st.sampled_from(SKILLS), COMPARISONS),
    lambda inner: st.one_of(
        st.builds("{} and {}".format, inner, inner),
        st.builds("{} or {}".format, inner, inner),
        st.builds("({})".format, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=6,
)
HAVE = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 10))


@pytest.mark.parametrize(
    ("requirement", "parts"),
    [
        ("", ()),
        ("english", ("english",)),
        ("a >= 5 and (b or c) and not d", ("a >= 5", "(b or c)", "not d")),
        ("a or b and c", ("a or b and c",)),
        ("(a and b)", ("(a and b)",)),
        ("front-and-back >= 2 and android", ("front-and-back >= 2", "android")),
    ],
)
def test_parts_that_must_all_hold_are_taken_apart(requirement: str, parts: tuple[str, ...]) -> None:
    assert conjuncts(requirement) == parts


@pytest.mark.parametrize(
    ("requirement", "have", "lacking"),
    [
        ("english >= 5", {"english": 3}, "english >= 5 (has 3)"),
        ("english >= 5", {"english": 5}, ""),
        ("english and french >= 2", {}, "english (has 0), french >= 2 (has 0)"),
        ("a or b >= 3", {"b": 2}, "a or b >= 3 (has a 0, b 2)"),
        ("not trainee", {"trainee": 4}, "not trainee (has 4)"),
    ],
)
def test_what_is_lacking_is_told_with_what_is_there(
    requirement: str, have: dict[str, int], lacking: str
) -> None:
    assert Demand(requirement).lacking(have) == lacking


def test_a_calls_own_minimums_are_part_of_the_demand_and_told_once() -> None:
    demand = Demand("a or b", (("c", 3), ("d", 1)))
    assert demand.text == "(a or b) and c >= 3 and d >= 1"
    assert Demand("c >= 3", (("c", 3),)).text == "c >= 3"
    assert Demand("").text == ""


@given(REQUIREMENTS, HAVE, st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 10)))
def test_nothing_is_lacking_exactly_when_the_whole_is_met(
    requirement: str, have: dict[str, int], minimums: dict[str, int]
) -> None:
    demand = Demand(requirement, tuple(sorted(minimums.items())))
    met = parse_requirement(requirement).test(have) and all(
        have.get(skill, 0) >= least for skill, least in minimums.items()
    )
    assert demand.is_met(have) == met
    assert (demand.lacking(have) == "") == met
    assert parse_requirement(demand.text).test(have) == met
