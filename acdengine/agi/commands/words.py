"""Reading the words of a command, as C's ``sscanf`` and ``atoi`` do."""

from __future__ import annotations

import re
from typing import Final

from acdengine.agi.replies import UsageProblem

_WHOLE: Final = re.compile(r"\s*([+-]?)0*(\d*)", re.ASCII)
_BEGINS: Final = re.compile(r"\s*[+-]?\d", re.ASCII)
_DECIMAL: Final = re.compile(r"\s*([+-]?(\d+(\.\d*)?|\.\d+))", re.ASCII)
_DIGITS: Final = re.compile(r"[0-9]+")
#: Numbers beyond are cut, so that no time overflows.
_LARGEST: Final = 2**31 - 1
#: The keys of a telephone.
KEYS: Final = "0123456789*#ABCD"


def whole_number(text: str) -> int:
    """The number that a text begins with.

    Raises:
        UsageProblem: it begins with none.
    """
    found = _WHOLE.match(text)
    if found is None or not _BEGINS.match(text):
        raise UsageProblem(f"{text[:40]!r} is no number")
    # Ten digits are enough for what is cut anyway, and Python reads no more than 4,300.
    size = min(int(found.group(2)[:11] or 0), _LARGEST)
    return -size if found.group(1) == "-" else size


def whole_or(text: str, otherwise: int, most: int = _LARGEST) -> int:
    """The number that a text is, ``most`` at the most; ``otherwise`` where it is none."""
    if not _DIGITS.fullmatch(text):
        return otherwise
    return min(int(text.lstrip("0")[:19] or 0), most)


def number_or_zero(text: str) -> int:
    """The number that a text begins with, 0 where it begins with none."""
    return whole_number(text) if _BEGINS.match(text) else 0


def decimal_number(text: str) -> float:
    """The number with a fraction that a text begins with.

    Raises:
        UsageProblem: it begins with none.
    """
    found = _DECIMAL.match(text)
    if found is None:
        raise UsageProblem(f"{text[:40]!r} is no number")
    return max(-_LARGEST, min(float(found.group(1)), _LARGEST))


def keys_of(text: str) -> str:
    """The keys in a list of escape digits; other characters are none."""
    return "".join(key for key in KEYS if key in text.upper())
