"""Values of expressions, and the limits on them.

A value is missing (None) where there is none: a variable that was never set, a division by zero, a
number that a text does not hold. Arithmetic with a missing value is missing, a comparison with one
is false, and in a text it is empty.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Kind = Literal["text", "number", "flag", "list", "secret", "nothing"]
"""Types of values. `secret` is what a caller typed in secret, which no expression reads; `nothing`
is the type of `missing` alone, which fits every other."""

#: A list holds texts. A secret is the name under which the switch's side keeps the digits.
Value: TypeAlias = str | int | float | bool | tuple[str, ...] | None
Values: TypeAlias = dict[str, Value]

TEXT_LIMIT: Final = 1_000
"""Characters of a text; what an expression makes longer is cut."""
LIST_LIMIT: Final = 100
"""Texts of a list; further ones are left out."""
NUMBER_LIMIT: Final = 10**15
"""A number of this size or larger is missing."""


def limited(number: int | float) -> int | float | None:
    """A result of arithmetic: whole numbers as `int`, None beyond the limit."""
    if not -NUMBER_LIMIT < number < NUMBER_LIMIT:
        return None
    if isinstance(number, float) and number == int(number):
        return int(number)
    return number


def as_text(value: Value) -> str:
    """A value within a text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(value)[:TEXT_LIMIT]
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return str(value)


def as_number(text: str) -> int | float | None:
    """The number that a text holds, written with digits, a sign and a point; None for any other."""
    stripped = text.strip()
    digits = stripped[1:] if stripped[:1] in ("-", "+") else stripped
    whole, _, fraction = digits.partition(".")
    if not (whole + fraction).isascii() or not (whole + fraction).isdigit() or len(digits) > 30:
        return None
    return limited(float(stripped) if "." in digits else int(stripped))


def fits(value: Value, kind: Kind) -> bool:
    """Whether a value is of a type; a missing one is of every type."""
    if value is None:
        return True
    if isinstance(value, bool):
        return kind == "flag"
    if isinstance(value, (int, float)):
        return kind == "number"
    if isinstance(value, tuple):
        return kind == "list"
    return kind in ("text", "secret")
