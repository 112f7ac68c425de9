"""The language of requirements against a plain evaluator of its trees."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.requirements import RequirementError, accepts_everybody, parse_requirement

Tree: TypeAlias = tuple[Any, ...]  # ("skill", op, level) or (word, tree, ...)

NAMES: Final = ["english", "sales", "order", "nothing", "band-2", "_x", "Not", "über"]
COMPARE: Final[dict[str, Callable[[int, int], bool]]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}

LEAVES: Final = st.one_of(
    st.tuples(st.sampled_from(NAMES[:7]), st.none(), st.none()),
    st.tuples(st.sampled_from(NAMES[:7]), st.sampled_from(list(COMPARE)), st.integers(0, 10)),
)
TREES: Final = st.recursive(
    LEAVES,
    lambda below: st.one_of(
        st.tuples(st.just("not"), below),
        st.tuples(st.sampled_from(["and", "or"]), below, below),
        st.tuples(st.sampled_from(["and", "or"]), below, below, below),
    ),
    max_leaves=12,
)
BINDS: Final = {"or": 0, "and": 1, "not": 2}


def evaluate(tree: Tree, skills: dict[str, int]) -> bool:
    if tree[0] == "not" and len(tree) == 2:
        return not evaluate(tree[1], skills)
    if tree[0] == "and" and isinstance(tree[1], tuple):
        return all(evaluate(below, skills) for below in tree[1:])
    if tree[0] == "or" and isinstance(tree[1], tuple):
        return any(evaluate(below, skills) for below in tree[1:])
    name, compare, level = tree
    have = skills.get(name, 0)
    return have >= 1 if compare is None else COMPARE[compare](have, level)


def write(tree: Tree, outside: int, gap: Callable[[], str]) -> str:
    """The tree as text, with as few parentheses as its shape allows."""
    if tree[0] == "not" and len(tree) == 2:
        return f"not {gap()}{write(tree[1], 2, gap)}"
    if tree[0] in ("and", "or") and isinstance(tree[1], tuple):
        binds = BINDS[tree[0]]
        text = f" {gap()}{tree[0]} ".join(write(below, binds + 1, gap) for below in tree[1:])
        return f"({gap()}{text})" if binds < outside else text
    name, compare, level = tree
    return str(name) if compare is None else f"{name}{gap()}{compare}{gap()}{level}"


def positive(tree: Tree, negated: bool = False) -> list[str]:
    """The skills named outside of "not", in order."""
    if tree[0] == "not" and len(tree) == 2:
        return positive(tree[1], not negated)
    if isinstance(tree[1], tuple):
        return [name for below in tree[1:] for name in positive(below, negated)]
    return [] if negated else [tree[0]]


@given(
    TREES,
    st.dictionaries(st.sampled_from(NAMES[:7]), st.integers(0, 10)),
    st.lists(st.sampled_from(["", " ", "  ", "\t", "\n"]), min_size=1, max_size=7),
)
def test_a_text_means_what_its_tree_means(
    tree: Tree, skills: dict[str, int], gaps: list[str]
) -> None:
    turn = iter(gaps * 1000)
    requirement = parse_requirement(write(tree, 0, lambda: next(turn)))
    assert requirement.test(skills) == evaluate(tree, skills)
    assert requirement.skills == tuple(dict.fromkeys(positive(tree)))


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_asked_accepts_everybody(text: str) -> None:
    requirement = parse_requirement(text)
    assert requirement.test({})
    assert requirement.skills == ()


def test_the_example_of_the_documentation() -> None:
    test = parse_requirement("english >= 5 and (billing >= 3 or sales) and not trainee").test
    assert test({"english": 5, "billing": 3})
    assert test({"english": 9, "sales": 1})
    assert not test({"english": 9, "sales": 1, "trainee": 1})
    assert not test({"english": 4, "billing": 10})
    assert not test({"english": 5, "billing": 2})


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("english >", 10, "a proficiency from 0 to 10"),
        ("english > 11", 11, "a proficiency from 0 to 10"),
        ("english > sales", 11, "a proficiency from 0 to 10"),
        ("english sales", 9, "'and', 'or' or the end"),
        ("(english", 9, "')'"),
        ("english)", 8, "'and', 'or' or the end"),
        ("and english", 1, "a skill, 'not' or '('"),
        ("english and", 12, "a skill, 'not' or '('"),
        ("english and 5", 13, "a skill, 'not' or '('"),
        ("english ?", 9, "a skill, a number or an operator"),
        ("   !", 4, "a skill, a number or an operator"),
        ("not", 4, "a skill, 'not' or '('"),
        ("5", 1, "a skill, 'not' or '('"),
        ("()", 2, "a skill, 'not' or '('"),
        ("english = 5", 9, "a skill, a number or an operator"),
    ],
)
def test_what_cannot_be_read_says_where_and_what_was_expected(
    text: str, column: int, expected: str
) -> None:
    with pytest.raises(RequirementError) as caught:
        parse_requirement(text)
    assert (caught.value.column, caught.value.expected) == (column, expected)


def test_a_requirement_without_end_is_refused() -> None:
    with pytest.raises(RequirementError):
        parse_requirement(" and ".join(["english"] * 200))
    with pytest.raises(RequirementError):
        parse_requirement("(" * 5000 + "english")


@given(st.text(alphabet="abn o r d t ( ) > = < ! 1 2 . é", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        column, test = 1, parse_requirement(text).test
    except RequirementError as problem:
        column, test = problem.column, accepts_everybody
    assert 1 <= column <= len(text) + 1
    assert test({}) in (True, False)
