"""The functions that expressions can use. Each is linear in the size of what it is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from acdengine.ivr.expressions.values import TEXT_LIMIT, Kind, Value, as_number, limited


@dataclass(frozen=True, slots=True)
class Function:
    """One function: the types that each argument may have, the type of the result, and what it
    does to values none of which is missing."""

    arguments: tuple[tuple[Kind, ...], ...]
    result: Kind
    apply: Callable[[list[Value]], Value]
    says: str


def _text(value: Value) -> str:
    return cast(str, value)


def _number(value: Value) -> int | float:
    return cast("int | float", value)


def _list(value: Value) -> tuple[str, ...]:
    return cast("tuple[str, ...]", value)


def _part(values: list[Value]) -> Value:
    start, count = int(_number(values[1])) - 1, int(_number(values[2]))
    return _text(values[0])[start : start + count] if start >= 0 and count > 0 else ""


def _last(values: list[Value]) -> Value:
    count = int(_number(values[1]))
    return _text(values[0])[-count:] if count > 0 else ""


def _item(values: list[Value]) -> Value:
    items, place = _list(values[0]), int(_number(values[1]))
    return items[place - 1] if 0 < place <= len(items) else None


def _round(values: list[Value]) -> Value:
    places = min(max(int(_number(values[1])), 0), 6)
    factor = 10**places
    number = _number(values[0])
    # Half away from zero, as people round amounts.
    whole = int(abs(number) * factor + 0.5)
    return limited((whole if number >= 0 else -whole) / factor)


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it (ISO/IEC 7812-1, annex B)."""
    if not digits.isascii() or not digits.isdigit():
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + place % 2)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def _replace(values: list[Value]) -> Value:
    text, old, new = (_text(value) for value in values)
    return text.replace(old, new)[:TEXT_LIMIT] if old else text


_TEXT: Final[tuple[Kind, ...]] = ("text",)
_NUMBER: Final[tuple[Kind, ...]] = ("number",)
_LIST: Final[tuple[Kind, ...]] = ("list",)
_SIZED: Final[tuple[Kind, ...]] = ("text", "list")

FUNCTIONS: Final[dict[str, Function]] = {
    "length": Function(
        (_SIZED,), "number", lambda v: len(cast("str | tuple[str, ...]", v[0])),
        "characters of a text, or texts of a list",
    ),
    "lower": Function((_TEXT,), "text", lambda v: _text(v[0]).lower(), "in small letters"),
    "upper": Function((_TEXT,), "text", lambda v: _text(v[0]).upper(), "in capital letters"),
    "trim": Function(
        (_TEXT,), "text", lambda v: _text(v[0]).strip(), "without spaces at both ends"
    ),
    "digits": Function(
        (_TEXT,), "text", lambda v: "".join(c for c in _text(v[0]) if c in "0123456789"),
        "the digits of a text alone",
    ),
    "starts_with": Function(
        (_TEXT, _TEXT), "flag", lambda v: _text(v[0]).startswith(_text(v[1])),
        "whether a text begins with another",
    ),
    "ends_with": Function(
        (_TEXT, _TEXT), "flag", lambda v: _text(v[0]).endswith(_text(v[1])),
        "whether a text ends with another",
    ),
    "part": Function(
        (_TEXT, _NUMBER, _NUMBER), "text", _part,
        "part(text, from, count): so many characters from a place on, the first being 1",
    ),
    "last": Function((_TEXT, _NUMBER), "text", _last, "last(text, count): the last characters"),
    "replace": Function(
        (_TEXT, _TEXT, _TEXT), "text", _replace,
        "replace(text, old, new): each old part by the new one",
    ),
    "number": Function(
        (_TEXT,), "number", lambda v: as_number(_text(v[0])),
        "the number that a text holds; missing where it holds none",
    ),
    "round": Function(
        (_NUMBER, _NUMBER), "number", _round, "round(number, places): half is rounded up"
    ),
    "floor": Function(
        (_NUMBER,), "number", lambda v: int(_number(v[0]) // 1), "the whole number below"
    ),
    "abs": Function((_NUMBER,), "number", lambda v: abs(_number(v[0])), "without its sign"),
    "min": Function(
        (_NUMBER, _NUMBER), "number", lambda v: min(_number(v[0]), _number(v[1])),
        "the smaller of two",
    ),
    "max": Function(
        (_NUMBER, _NUMBER), "number", lambda v: max(_number(v[0]), _number(v[1])),
        "the larger of two",
    ),
    "item": Function(
        (_LIST, _NUMBER), "text", _item,
        "item(list, place): one text of a list, the first being 1; missing where there is none",
    ),
    "join": Function(
        (_LIST, _TEXT), "text", lambda v: _text(v[1]).join(_list(v[0]))[:TEXT_LIMIT],
        "join(list, between): the texts of a list as one",
    ),
    "luhn": Function(
        (_TEXT,), "flag", lambda v: luhn(_text(v[0])),
        "whether the last digit is right by the check of card numbers",
    ),
}  # fmt: skip
"""Functions whose result is missing when an argument is. `text`, `is_missing` and `if`, which take
missing values, are known to the compiler itself."""
