"""The keys of a choice in a menu: literal ones, and regular expressions as patterns of keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from acdengine.ivr.key_patterns import PatternError, options_of

_PLACE: Final = re.compile(r"(\\d|\[[0-9*#-]+\]|[0-9]|\\\*|\\?#|\()(?:\{(\d+)\})?|\)")
_LONGEST: Final = 16


class NoPattern(ValueError):
    """Why keys cannot be had as a pattern, in words."""


@dataclass(frozen=True, slots=True)
class Keys:
    """A pattern of keys, and the parts that `$1`, `$2` and so on stand for.

    Attributes:
        pattern: as menus of flows have it.
        groups: of each, the place of its first key, from 1, and how many keys it has.
    """

    pattern: str
    groups: tuple[tuple[int, int], ...] = ()


def keys_of(digits: str) -> Keys:
    """The keys of an entry's `digits`, `/regular expression/` or as they are.

    Raises:
        NoPattern: they are no keys, or an expression whose length is not fixed.
    """
    if len(digits) > 1 and digits.startswith("/") and digits.endswith("/"):
        keys = _of_expression(digits[1:-1])
    elif re.fullmatch(r"[0-9*#]+", digits):
        keys = Keys(digits)
    else:
        raise NoPattern(f"'{digits}' are no keys")
    try:
        options_of(keys.pattern)
    except PatternError as error:
        raise NoPattern(f"{digits}: {error}") from None
    return keys


def _of_expression(expression: str) -> Keys:
    if not expression.startswith("^") or not expression.endswith("$"):
        raise NoPattern(f"/{expression}/ fits keys of any length; name them from ^ to $")
    body = expression[1:-1]
    places: list[str] = []
    opened: list[int] = []
    groups: dict[int, tuple[int, int]] = {}
    order: list[int] = []
    at = 0
    while at < len(body):
        found = _PLACE.match(body, at)
        if found is None:
            raise NoPattern(f"/{expression}/ cannot be written as keys such as 10XX")
        at = found.end()
        if found[0] == ")":
            if not opened:
                raise NoPattern(f"/{expression}/ closes what it does not open")
            first = opened.pop()
            groups[first] = (first + 1, len(places) - first)
        elif found[1] == "(":
            if found[2]:
                raise NoPattern(f"/{expression}/ cannot be written as keys such as 10XX")
            opened.append(len(places))
            order.append(len(places))
        else:
            places += [_place(found[1])] * int(found[2] or 1)
        if len(places) > _LONGEST:
            raise NoPattern(f"/{expression}/ is longer than {_LONGEST} keys")
    if opened:
        raise NoPattern(f"/{expression}/ does not close what it opens")
    return Keys("".join(places), tuple(groups[first] for first in order))


def _place(mark: str) -> str:
    return "X" if mark in (r"\d", "[0-9]") else mark.removeprefix("\\")
