"""Every spelling that networks use for a caller who is not to be known, and numbers that are."""

from __future__ import annotations

import pytest

from acdengine.caller_id import name_of, number_of

NONE = [
    "", " ", "anonymous", "Anonymous", "ANONYMOUS", "Anonymous@anonymous.invalid",
    "anonymous@anonymous.invalid", "<sip:anonymous@anonymous.invalid>", "sip:anonymous@10.0.0.1",
    "unavailable@unknown.invalid", "unknown@unknown.invalid", "sip:4930@anonymous.invalid",
    "unknown", "Unknown Number", "restricted", "RESTRICTED", "unavailable", "private",
    "Private Number", "private_number", "Private-Caller", "withheld", "blocked", "hidden",
    "Out Of Area", "out-of-area", "No Caller ID", "Coin line/payphone", "nobody", "_undef_",
    "null", "N/A", "+266696687", "+86282452253", "+8656696", "+7378742833", "+2562533",
    "+7748283", "+94844353", "0", "00", "0000000000", "+0000000000", "+10000000000", "10000000000",
    "anonymous;isup-oli=0", '"Anonymous"',
]  # fmt: skip
NUMBERS = [
    "030123", "+4930123", "004930123", "266696687", "8656696", "2562533", "100", "1000", "10",
    "anna", "anna.smith", "1001@acme.example", "privat", "reload-mod_event_socket", "*21#",
    "+1 202 555 0100", "0800", "10000000001",
]  # fmt: skip


@pytest.mark.parametrize("spelling", NONE)
def test_a_spelling_of_nobody_is_no_number(spelling: str) -> None:
    assert number_of(spelling) == ""


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_is_left_as_it_is(number: str) -> None:
    assert number_of(number) == number


@pytest.mark.parametrize("spelling", ["Anonymous", "unknown", "", "Outofarea", "0000000000"])
def test_such_a_name_is_none(spelling: str) -> None:
    assert name_of(spelling) == ""


@pytest.mark.parametrize(
    "name",
    ["Anna", "'; Anna", "Unknown; Artist", "Anonymous GmbH", "Unknown Artist", "Private Bank AG"],
)
def test_a_name_with_such_a_word_in_it_stays(name: str) -> None:
    assert name_of(name) == name
