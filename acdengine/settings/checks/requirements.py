"""Checks of requirements: that they can be read, and that their skills exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from acdengine.settings.model import Remark
from acdengine.settings.names import Scope
from acdengine.settings.tree import Keys
from routing.requirements import RequirementError, parse_requirement

_WORD: Final = re.compile(r"[A-Za-z_][\w-]*")
_OPERATORS: Final = ("and", "or", "not")


def requirement_remarks(scope: Scope, text: str, path: Keys) -> Iterator[Remark]:
    """What is wrong with a requirement written at `path`; columns count from its first letter."""
    try:
        parse_requirement(text)
    except RequirementError as error:
        message = f"'{text}' cannot be read at its column {error.column}"
        yield Remark(path, message, error.expected)
        return
    told: dict[str, None] = {}
    for word in _WORD.finditer(text):
        name = word[0]
        if name in _OPERATORS or name in told:
            continue
        told[name] = None
        for remark in scope.refer("skills", name, path):
            message = f"{remark.message} at its column {word.start() + 1}"
            yield Remark(path, message, remark.expected, lacks=remark.lacks)
