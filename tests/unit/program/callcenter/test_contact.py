"""Dial strings taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acdengine.program.installation.callcenter.contact import taken_apart


@pytest.mark.parametrize(
    ("text", "address", "variables"),
    [
        ("user/1@d", "user/1@d", {}),
        ("[leg_timeout=10]user/1@d", "user/1@d", {"leg_timeout": "10"}),
        ("{a=${b},c=${d,e}}user/1@d", "user/1@d", {"a": "${b}", "c": "${d,e}"}),
        ("<a=1>{b=2}[c=3]x", "x", {"a": "1", "b": "2", "c": "3"}),
        ("{a='1,2',b=x}y", "y", {"a": "1,2", "b": "x"}),
        ("{a='}',b=x}y", "y", {"a": "}", "b": "x"}),
        ("{a=1\\,2}y", "y", {"a": "1,2"}),
        ("{^^:a=1,2:b=3}y", "y", {"a": "1,2", "b": "3"}),
        ("{}y", "y", {}),
        ("", "", {}),
    ],
)
def test_variables_and_address(text: str, address: str, variables: dict[str, str]) -> None:
    found = taken_apart(text)
    assert (found.address, found.variables, found.problem) == (address, variables, "")


@pytest.mark.parametrize("text", ["{a=1user/1@d", "[a=1", "{a=${b}user/1", "{a='}x"])
def test_what_is_not_closed_has_no_address(text: str) -> None:
    assert taken_apart(text).address == ""
    assert "is not closed" in taken_apart(text).problem


@given(st.text(alphabet="{}[]<>$'\\,=a^:", max_size=40))
def test_no_text_is_too_odd(text: str) -> None:
    found = taken_apart(text)
    assert not found.address[:1] or found.address[0] not in "{[<"
