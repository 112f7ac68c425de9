"""What Asterisk tells of a channel before its first command (``setup_env`` of ``res_agi.c``)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from acdengine.caller_id import name_of, number_of
from adapters.fastagi.quoting import display

#: Lines of the block, and characters of each.
_MOST_LINES: Final = 200
LINE_BYTES: Final = 8_192
#: The bits of `agi_callingpres` that tell whether the number may be shown (Q.931, octet 3a).
_PRESENTATION: Final = 0x60
_RESTRICTED: Final = 0x20
_UNKNOWN: Final = "unknown"

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}(/[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63})?")
_WANTED: Final = {
    "queue": _NAME,
    "flow": _NAME,
    "number": re.compile(r"\+?[A-Za-z0-9_.*#-]{1,40}"),
    "ringing": re.compile(r"[A-Za-z0-9_.-]{1,140}"),
    "answered": re.compile(r"[A-Za-z0-9_.-]{1,140}"),
    "control": re.compile(r""),
}
_DIALLED: Final = re.compile(r"\+?[A-Za-z0-9_.*#@-]{1,64}")


class BadRequest(ValueError):
    """What a channel asks for is not served, or its environment is no environment."""


@dataclass(frozen=True, slots=True)
class AgiRequest:
    """What a channel wants.

    Attributes:
        kind: the first word of the address's path: ``queue``, ``flow``, ``number``, ``ringing``,
            ``answered`` or ``control``.
        name: what follows it.
        variables: the environment, names without ``agi_``.
    """

    kind: str
    name: str
    variables: Mapping[str, str]

    @property
    def channel(self) -> str:
        """The channel's name."""
        return self.variables.get("channel", "")

    @property
    def number(self) -> str:
        """Who calls; empty where that is not known."""
        return display(number_of(_known(self.variables, "callerid")), 64)

    @property
    def caller_name(self) -> str:
        """The caller's name."""
        return display(name_of(_known(self.variables, "calleridname")))

    @property
    def is_withheld(self) -> bool:
        """Whether the caller does not want to be known."""
        told = self.variables.get("callingpres", "")
        bits = int(told) if re.fullmatch("[0-9]{1,3}", told) else 0
        return not self.number or bits & _PRESENTATION == _RESTRICTED

    @property
    def dialled(self) -> str:
        """The number that was dialled: the address's, else DNID, else the extension."""
        if self.kind == "number":
            return self.name
        for key in ("dnid", "extension"):
            told = _known(self.variables, key)
            if _DIALLED.fullmatch(told):
                return told
        return ""


def _known(variables: Mapping[str, str], key: str) -> str:
    value = variables.get(key, "")
    return "" if value == _UNKNOWN else value


async def read_request(reader: asyncio.StreamReader) -> AgiRequest:
    """Read the environment of a new connection.

    Raises:
        BadRequest: it is none, or asks for something that is not served.
        OSError, ValueError: the connection breaks, or a line is too long.
    """
    variables: dict[str, str] = {}
    for _ in range(_MOST_LINES):
        data = await reader.readline()
        line = data.decode(errors="replace").rstrip("\r\n")
        if not data.endswith(b"\n"):
            raise BadRequest("it ends within the environment")
        if not line:
            return _request(variables)
        key, colon, value = line.partition(":")
        if not colon or not key.startswith("agi_"):
            raise BadRequest("no line of an AGI environment")
        variables.setdefault(key.removeprefix("agi_"), value.strip())
    raise BadRequest(f"more than {_MOST_LINES} lines")


def _request(variables: dict[str, str]) -> AgiRequest:
    path = urlsplit(variables.get("request", "")).path.strip("/")
    kind, _, name = path.partition("/")
    pattern = _WANTED.get(kind)
    if pattern is None or not pattern.fullmatch(name):
        raise BadRequest(f"{path[:80]!r}, expected queue/NAME, flow/NAME or number/NUMBER")
    return AgiRequest(kind, name, variables)
