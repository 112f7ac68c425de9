"""Dial strings of agents: the telephone, and the variables that stand before it.

`{name=value,...}`, `[...]` and `<...>` hold variables, separated by commas that stand in no quotes
and no `${...}`; `^^:` at the beginning makes `:` the separator (switch_ivr_originate.c and
switch_event_create_brackets of FreeSWITCH 1.11.1).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_CLOSING: Final = {"{": "}", "[": "]", "<": ">"}
_QUOTE: Final = "'"


@dataclass(slots=True)
class Contact:
    """A dial string taken apart.

    Attributes:
        address: what is dialled, without variables.
        variables: name to value, the last of a name.
        problem: why the string cannot be taken apart; empty: it can.
    """

    address: str
    variables: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def taken_apart(text: str) -> Contact:
    """The address and the variables of a dial string."""
    rest = text.strip()
    variables: dict[str, str] = {}
    while rest and rest[0] in _CLOSING:
        end = _end_of_group(rest)
        if end < 0:
            return Contact("", variables, f"{rest[0]} is not closed")
        variables |= _pairs(rest[1:end])
        rest = rest[end + 1 :].lstrip()
    return Contact(rest, variables)


def _end_of_group(text: str) -> int:
    """Where the group that begins the text ends; -1: nowhere. Groups and `${...}` may be nested."""
    expected: list[str] = []
    quoted = escaped = False
    for at, char in enumerate(text):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == _QUOTE:
            quoted = not quoted
        elif char == "{" or (char == text[0] and not quoted):
            expected.append(_CLOSING[char])
        elif expected and char == expected[-1] and (not quoted or len(expected) > 1):
            expected.pop()
            if not expected:
                return at
    return -1


def _pairs(text: str) -> dict[str, str]:
    separator = ","
    if text.startswith("^^") and len(text) > 2:
        separator, text = text[2], text[3:]
    found: dict[str, str] = {}
    for piece in _pieces(text, separator):
        name, _, value = piece.partition("=")
        if name.strip():
            found[name.strip()] = value.strip().strip(_QUOTE)
    return found


def _pieces(text: str, separator: str) -> list[str]:
    pieces = [""]
    depth, quoted, escaped = 0, False, False
    for char in text:
        if escaped:
            pieces[-1] += char
            escaped = False
            continue
        if char == "\\":
            escaped = True
            continue
        if char == _QUOTE:
            quoted = not quoted
        depth += (char == "{") - (char == "}")
        if char == separator and not quoted and depth <= 0:
            pieces.append("")
        else:
            pieces[-1] += char
    return pieces
