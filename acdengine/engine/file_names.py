"""Names of files that people are to find again: when, which queue, who, which call.

Times are UTC. Of whatever a name is made, no more than letters, digits and a few signs are left, so
that a name can stand in any place and leads nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from queues.policy import SECOND_US

#: What may stand in braces in a pattern.
FIELDS: Final = ("tenant", "queue", "agent", "caller", "call_id", "date", "time")

_UNFIT: Final = re.compile(r"[^A-Za-z0-9+_@.-]+")
_FIELD: Final = re.compile(r"\{([a-z_]*)\}")
_LONGEST: Final = 64
#: File systems allow 255 bytes; a number and an ending follow.
_LONGEST_NAME: Final = 240
#: Digits of a number that are left where callers are not to be known by a file's name.
_SHOWN: Final = 3


#: Fields that callers choose: without the sign that stands between fields, so that no word is made
#: of two of them.
_CALLERS: Final = ("caller", "call_id")


def plain(text: str) -> str:
    """A text as a part of a file's name; `none` where nothing is left of it."""
    return _cut(text, _LONGEST)


def _cut(text: str, longest: int) -> str:
    return _UNFIT.sub("-", text)[:longest].strip(".-") or "none"


def caller_part(number: str, masked: bool) -> str:
    """A caller's number in a file's name: all of it, or its last digits."""
    if not masked or not number:
        return number
    return f"x{number[-_SHOWN:]}" if len(number) > 2 * _SHOWN else "x"


def file_name(pattern: str, fields: Mapping[str, str], at_us: int) -> str:
    """A path below the folder of recordings, without an ending.

    Args:
        pattern: with `FIELDS` in braces, and `/` between folders.
        fields: all but the time.
        at_us: the time.
    """
    at = datetime.fromtimestamp(at_us // SECOND_US, UTC)
    known = {**fields, "date": f"{at:%Y-%m-%d}", "time": f"{at:%Y%m%d-%H%M%S}"}
    for name in _CALLERS:
        known[name] = known.get(name, "").replace("_", "-")
    filled = _FIELD.sub(lambda found: plain(known.get(found[1], "")), pattern)
    return "/".join(_cut(part, _LONGEST_NAME) for part in filled.split("/") if part)
