"""Patterns of keys: `X` for 0-9, `Z` for 1-9, `N` for 2-9, `[1-4]` for a choice, `.` at the end for
one key or more; every other sign stands for itself. Matching is linear in the digits."""

from __future__ import annotations

from typing import Final

KEYS: Final = "0123456789*#"
_DIGITS: Final = "0123456789"
_CLASSES: Final = {"X": _DIGITS, "Z": _DIGITS[1:], "N": _DIGITS[2:]}
OPTIONS_LIMIT: Final = 1_000
"""Inputs that the keys of one menu may stand for, all patterns together."""
LENGTH_LIMIT: Final = 64
"""Keys of a pattern."""


class PatternError(Exception):
    """A pattern that cannot be read."""


def places_of(pattern: str) -> tuple[str, ...]:
    """What may stand in each place; an empty text at the end for `.`.

    Raises:
        PatternError: it is not a pattern.
    """
    places: list[str] = []
    at = 0
    while at < len(pattern):
        mark = pattern[at]
        if mark == "[":
            end = pattern.find("]", at)
            if end < 0:
                raise PatternError("a '[' is not closed")
            places.append(_choice(pattern[at + 1 : end]))
            at = end
        elif mark == "." and at == len(pattern) - 1 and places:
            places.append("")
        elif mark in _CLASSES:
            places.append(_CLASSES[mark])
        elif mark in KEYS:
            places.append(mark)
        else:
            raise PatternError(f"'{mark}' is no key")
        at += 1
    if not places:
        raise PatternError("there are no keys in it")
    if len(places) > LENGTH_LIMIT:
        raise PatternError("it is too long")
    return tuple(places)


def _choice(text: str) -> str:
    chosen: list[str] = []
    at = 0
    while at < len(text):
        if text[at + 1 : at + 2] == "-" and text[at + 2 : at + 3]:
            first, last = text[at], text[at + 2]
            if first not in _DIGITS or last not in _DIGITS or first > last:
                raise PatternError(f"'{text[at : at + 3]}' is no range of digits")
            chosen += _DIGITS[int(first) : int(last) + 1]
            at += 3
        elif text[at] in KEYS:
            chosen.append(text[at])
            at += 1
        else:
            raise PatternError(f"'{text[at]}' is no key")
    if not chosen:
        raise PatternError("a choice has no keys in it")
    return "".join(dict.fromkeys(chosen))


def matches(pattern: str, digits: str) -> bool:
    """Whether digits fit a pattern as a whole."""
    places = places_of(pattern)
    if places[-1] == "":
        places = places[:-1]
        if len(digits) <= len(places):
            return False
    elif len(digits) != len(places):
        return False
    return all(digit in place for digit, place in zip(digits, places, strict=False))


def options_of(pattern: str) -> list[str]:
    """Every input that a menu's pattern stands for.

    Raises:
        PatternError: it is no pattern, has no end, or stands for too many inputs.
    """
    options = [""]
    for place in places_of(pattern):
        if place == "":
            raise PatternError("'.' has no end")
        if len(options) * len(place) > OPTIONS_LIMIT:
            raise PatternError(f"it stands for more than {OPTIONS_LIMIT} inputs")
        options = [option + key for option in options for key in place]
    return options


def overlap(one: str, other: str) -> bool:
    """Whether two patterns without `.` fit some input both."""
    places, others = places_of(one), places_of(other)
    return len(places) == len(others) and all(
        any(key in there for key in here) for here, there in zip(places, others, strict=True)
    )
