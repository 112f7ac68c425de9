"""What a plain YAML scalar means: the core schema of YAML 1.2.2, section 10.3.2.

`no`, `on` and `12:30:00` are text, `010` is the number 10, `0o10` is 8: unlike YAML 1.1, in which
the first two are false and true, the third is 45000 and the fourth is 8.
"""

from __future__ import annotations

import re
from typing import TypeAlias

CoreValue: TypeAlias = bool | int | float | str | None

# Longer than any number that a setting can mean; the limit keeps conversion cheap.
_NUMBER_LENGTH = 40

_WORDS: dict[str, CoreValue] = {
    "": None,
    "~": None,
    **dict.fromkeys(["null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
    **dict.fromkeys([".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"], float("inf")),
    **dict.fromkeys(["-.inf", "-.Inf", "-.INF"], float("-inf")),
    **dict.fromkeys([".nan", ".NaN", ".NAN"], float("nan")),
}
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o([0-7]+)")
_HEXADECIMAL = re.compile(r"0x([0-9a-fA-F]+)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def core_value(text: str) -> CoreValue:
    """The value of a scalar written without quotes: null, a truth value, a number or the text."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _NUMBER_LENGTH:
        return text
    if _DECIMAL.fullmatch(text):
        return int(text)
    if octal := _OCTAL.fullmatch(text):
        return int(octal[1], 8)
    if hexadecimal := _HEXADECIMAL.fullmatch(text):
        return int(hexadecimal[1], 16)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
