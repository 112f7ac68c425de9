"""Reading the words of a command, as C's ``sscanf`` and ``atoi`` do."""

from __future__ import annotations

import re
from typing import Final

from acdengine.agi.replies import UsageProblem

_WHOLE: Final = re.compile(r"\s*([+-]?\d+)", re.ASCII)
_DECIMAL: Final = re.compile(r"\s*([+-]?(\d+(\.\d*)?|\.\d+))", re.ASCII)
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
    if found is None:
        raise UsageProblem(f"{text[:40]!r} is no number")
    return max(-_LARGEST, min(int(found.group(1)), _LARGEST))


def number_or_zero(text: str) -> int:
    """The number that a text begins with, 0 where it begins with none."""
    return whole_number(text) if _WHOLE.match(text) else 0


def decimal_number(text: str) -> float:
    """The number with a fraction that a text begins with.

    Raises:
        UsageProblem: it begins with none.
    """
    found = _DECIMAL.match(text)
    if found is None:
        raise UsageProblem(f"{text[:40]!r} is no number")
    return float(found.group(1))


def keys_of(text: str) -> str:
    """The keys in a list of escape digits; other characters are none."""
    return "".join(key for key in KEYS if key in text.upper())
