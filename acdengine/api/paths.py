"""Paths of routes: ids of queues and agents hold a slash, which may be sent as it is or as %2F."""

from __future__ import annotations

import re
from typing import Final

_PART: Final = re.compile(r"\{(\w+)\}")
#: Exactly two parts with a slash between them, encoded or not; never more, so that what follows
#: the id in a path is not taken for a part of it.
_TENANT_AND_NAME: Final = r"(?:(?!%2F)[^/])+(?:/|%2F)(?:(?!%2F)[^/])+"
_ONE_PART: Final = r"[^/]+"


def parts_of(path: str) -> list[str]:
    """The names of a path's variable parts."""
    return _PART.findall(path)


def has_slash(part: str) -> bool:
    """Whether this part is ``tenant/name``."""
    return part.endswith("_id") and part != "call_id"


def documented(path: str) -> str:
    """The path as clients know it: ``tenant/name`` as two parts."""

    def two(match: re.Match[str]) -> str:
        name = match[1]
        return f"{{tenant}}/{{{name.removesuffix('_id')}}}" if has_slash(name) else match[0]

    return _PART.sub(two, path)


def pattern_of(path: str) -> str:
    """The path as the router takes it."""

    def pattern(match: re.Match[str]) -> str:
        name = match[1]
        return f"{{{name}:{_TENANT_AND_NAME if has_slash(name) else _ONE_PART}}}"

    return _PART.sub(pattern, path)
