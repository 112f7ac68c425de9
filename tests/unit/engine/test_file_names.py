"""Names of files: found again by people, and leading nowhere else."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from acdengine.engine.file_names import FIELDS, caller_part, file_name
from queues.policy import SECOND_US

AT_US = 1_767_600_000 * SECOND_US + 5


def test_a_name_says_when_where_who_and_which_call() -> None:
    fields = {"tenant": "t", "queue": "sales", "agent": "anna", "caller": "+4930", "call_id": "c1"}
    pattern = "{tenant}/{date}/{time}_{queue}_{agent}_{caller}_{call_id}"
    name = file_name(pattern, fields, AT_US)
    assert name == "t/2026-01-05/20260105-080000_sales_anna_+4930_c1"


def test_what_is_not_known_has_a_name_too() -> None:
    assert file_name("{caller}/{nonsense}", {"caller": ""}, AT_US) == "none/none"


def test_a_caller_is_known_by_the_last_digits_or_not_at_all() -> None:
    numbers = ("", "123456", "+4930123456")
    assert [caller_part(number, True) for number in numbers] == ["", "x", "x456"]
    assert [caller_part(number, False) for number in numbers] == list(numbers)


@given(st.text(max_size=80), st.text(max_size=80))
def test_whatever_it_is_made_of_a_name_stays_below_its_folder(pattern: str, value: str) -> None:
    name = file_name(f"x{pattern}/{{caller}}", dict.fromkeys(FIELDS, value), AT_US)
    assert re.fullmatch(r"[A-Za-z0-9+_@][A-Za-z0-9+_@.-]*(/[A-Za-z0-9+_@][A-Za-z0-9+_@.-]*)*", name)
