"""What callers say, as keys."""

from __future__ import annotations

import pytest

from acdengine.ivr.phrases import Phrases

MENU = Phrases({"Sales": "1", "opening hours": "2", "hours": "3", "neue Tür": "4"}, as_row=False)
DIGITS = Phrases({"zero": "0", "oh": "0", "one": "1", "double one": "11"}, as_row=True)


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ("sales", "1"),
        ("Sales, please.", "1"),
        ("I want SALES. Sales!", "1"),
        ("your opening hours", "2"),
        ("hours", "3"),
        ("die neue TÜR", "4"),
        ("sales or hours", ""),
        ("salesman", ""),
        ("", ""),
        ("?!", ""),
        ("number 2", "2"),
    ],
)
def test_a_phrase_of_a_menu_is_found_among_other_words(said: str, keys: str) -> None:
    assert MENU.keys_of(said) == keys


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ("one oh one", "101"),
        ("double one zero", "110"),
        ("1 2 3", "123"),
        ("123, one", "1231"),
        ("one please", ""),
        ("", ""),
    ],
)
def test_a_number_is_a_row_of_phrases_and_nothing_else(said: str, keys: str) -> None:
    assert DIGITS.keys_of(said) == keys
