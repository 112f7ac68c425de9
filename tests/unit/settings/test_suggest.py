"""Did you mean: near names are found, far ones are not."""

from __future__ import annotations

import pytest

from acdengine.settings.suggest import did_you_mean, nearest, one_of

KNOWN = ["longest_idle", "ring_all", "round_robin", "random", "vip", "sales"]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("longest_idel", "longest_idle"),  # two letters exchanged
        ("LongestIdle", "longest_idle"),
        ("longest-idle", "longest_idle"),
        ("ringall", "ring_all"),
        ("ring_al", "ring_all"),
        ("round_robbin", "round_robin"),
        ("vipp", "vip"),
        ("sale", "sales"),
        ("longest", "longest_idle"),  # only one begins so
    ],
)
def test_a_slip_finds_its_name(word: str, name: str) -> None:
    assert nearest(word, KNOWN) == name


@pytest.mark.parametrize("word", ["", "x", "vp2", "support", "ra", "ring_everybody"])
def test_another_word_finds_nothing(word: str) -> None:
    assert nearest(word, KNOWN) is None
    assert did_you_mean(word, KNOWN) == ""


def test_the_nearest_wins_and_then_the_first() -> None:
    assert nearest("sale_a", ["sale_bb", "sale_b", "sale_c"]) == "sale_b"
    assert nearest("sales", ["s-ales", "sales"]) == "s-ales"


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a or b"),
        (["a", "b", "c"], "a, b or c"),
        ([str(n) for n in range(14)], "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 or 13"),
        ([str(n) for n in range(15)], "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 or one of 3 more"),
    ],
)
def test_lists_of_names_are_read_aloud(names: list[str], text: str) -> None:
    assert one_of(names) == text
