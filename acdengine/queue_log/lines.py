"""One line of a ``queue_log``.

``epoch|callid|queue|agent|EVENT|data1|data2|...``: seconds since 1970, then what the event is
about, ``NONE`` where there is nothing to name (Asterisk, ``main/logger.c``, `ast_queue_log`).
"""

from __future__ import annotations

import re
from typing import Final

NONE: Final = "NONE"
_US_PER_S: Final = 1_000_000
#: What would end a field or a line: a caller's number, a name or a leg's id may hold it.
_BREAKS: Final = re.compile(r"[|\x00-\x1f\x7f\x85\u2028\u2029]")


def line(
    at_us: int, event: str, *data: object, call_id: str = "", queue: str = "", agent: str = ""
) -> str:
    """Write one line, with its end.

    Args:
        at_us: when it happened (UTC, microseconds); the line has whole seconds.
        event: its name, as Asterisk has it.
        data: the fields of the event. A line without any ends with a bar, as Asterisk's does.
        call_id, queue, agent: what it is about; empty: `NONE`.
    """
    fields = (at_us // _US_PER_S, call_id or NONE, queue or NONE, agent or NONE, event, *data)
    return "|".join(_field(value) for value in fields) + ("\n" if data else "|\n")


def _field(value: object) -> str:
    return _BREAKS.sub("_", str(value))
