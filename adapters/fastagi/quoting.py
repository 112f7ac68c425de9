"""AGI commands and arguments of applications: the one place that quotes them.

Source: ``parse_args`` of ``res_agi.c``. A word in double quotes may hold anything but the end of
the line; ``"`` and ``\\`` are escaped by a backslash. Arguments of dialplan applications have
separators of their own (``, & ^ ( )`` and ``${}``) that cannot be escaped, so what goes there has
to be a bare word.
"""

from __future__ import annotations

import re
from typing import Final

#: Bytes of a command: older Asterisks cut a longer line and take the rest for another command.
LINE_BYTES: Final = 2_000

_NAME: Final = re.compile(r"[A-Z]+( [A-Z]+)*")
_BARE: Final = re.compile(r"[A-Za-z0-9_.:/@+*#-]{1,200}")


class Unrepresentable(ValueError):
    """A value that no command can hold."""


def command(name: str, *arguments: object) -> str:
    """A command with its arguments, each in quotes, without the end of the line.

    Raises:
        Unrepresentable: it has an end of line in it, or is too long.
    """
    if not _NAME.fullmatch(name):
        raise Unrepresentable(f"{name[:40]!r} is no AGI command")
    line = " ".join((name, *(_quoted(str(argument)) for argument in arguments)))
    if len(line.encode(errors="surrogateescape")) > LINE_BYTES:
        raise Unrepresentable(f"{name} with more than {LINE_BYTES} bytes")
    return line


def _quoted(text: str) -> str:
    if any(char in text for char in "\r\n\0"):
        raise Unrepresentable("a value with an end of line")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def bare(what: str, value: str) -> str:
    """A value as it may stand in the arguments of an application.

    Raises:
        Unrepresentable: it may not.
    """
    if not _BARE.fullmatch(value):
        raise Unrepresentable(f"{what} {value[:40]!r} is no bare word")
    return value


def display(text: str, most: int = 120) -> str:
    """A text for people, without control characters and cut to its first characters."""
    return "".join(char for char in text if char.isprintable())[:most]
