"""Contacts that stand for a registration."""

from __future__ import annotations

import re
from typing import Final

#: A telephone that registers: `user/NAME@DOMAIN`.
_REGISTERED: Final = re.compile(r"user/([^@/,]+)@([^@/,]+)")


def registered(contact: str) -> tuple[str, str] | None:
    """User and domain of a contact that stands for a registration."""
    found = _REGISTERED.fullmatch(contact)
    return (found[1], found[2]) if found else None
