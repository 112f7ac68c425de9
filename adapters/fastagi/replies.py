"""What Asterisk answers to AGI commands.

Source: ``ast_agi_send`` and the handlers of ``res_agi.c``: ``200 result=N``, with ``(text)``,
``endpos=P`` or both behind it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

OK: Final = 200
#: The channel is hung up.
DEAD: Final = 511

_REPLY: Final = re.compile(
    r"(\d{3})(?: result=(-?\d{0,18}))?(?: \((.*)\))?(?: endpos=(-?\d{1,18}))?", re.DOTALL | re.ASCII
)


@dataclass(frozen=True, slots=True)
class AgiReply:
    """One reply.

    Attributes:
        code: 200, 510, 511 or 520; 0 for a line that is no reply.
        result: the number behind ``result=``; None where there is none.
        text: what stands in parentheses.
        endpos: how far a file was played or recorded, in samples.
    """

    code: int
    result: int | None = None
    text: str = ""
    endpos: int = 0

    @property
    def key(self) -> str:
        """The key that ended a command; empty where none did."""
        result = self.result
        return chr(result) if result is not None and 32 < result < 127 else ""

    @property
    def value(self) -> str | None:
        """The value of a variable; None where it has none."""
        return self.text if self.result == 1 else None


def read_reply(line: str) -> AgiReply:
    """Read a reply without the end of its last line."""
    found = _REPLY.match(line)
    if found is None:
        return AgiReply(0)
    code, result, text, endpos = found.groups()
    number = int(result) if result and result != "-" else None
    return AgiReply(int(code), number, text or "", int(endpos or 0))
