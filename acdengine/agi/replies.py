"""The forms of the replies to a script (``ast_agi_send`` in ``res_agi.c``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

UNKNOWN_COMMAND: Final = "510 Invalid or unknown command"
DEAD_CHANNEL: Final = "511 Command Not Permitted on a dead channel or intercept routine"
HANG_UP: Final = "HANGUP"


@dataclass(frozen=True)
class Reply:
    """What a command is answered.

    ``text`` is empty where a script's next command has stopped this one: it gets no reply.
    ``is_failure``: the script's status becomes FAILURE, unless the caller has hung up.
    ``shows_usage``: the usage of the command follows the reply.
    """

    text: str
    is_failure: bool = False
    shows_usage: bool = False


#: The next command has stopped this one.
UNANSWERED: Final = Reply("")


class UsageProblem(Exception):
    """The words after a command's name are not what it takes."""


def result(value: int | str, more: str = "", *, is_failure: bool | None = None) -> Reply:
    """``200 result=VALUE MORE``; a negative number is a failure if nothing else is said."""
    failed = isinstance(value, int) and value < 0 if is_failure is None else is_failure
    return Reply(f"200 result={value} {more}" if more else f"200 result={value}", failed)


def with_value(value: str) -> Reply:
    """``200 result=1 (VALUE)``, the value as it is."""
    return Reply(f"200 result=1 ({value})")


def key_code(key: str) -> int:
    """The code of a key in ASCII, 0 for none."""
    return ord(key) if key else 0


def usage_block(usage: str) -> str:
    """The lines that tell how a command is used."""
    return f"520-Invalid command syntax.  Proper usage follows:\n{usage}\n520 End of proper usage."
