"""Migrations of the engine's state: snapshots of older versions are read.

A change of what a snapshot holds raises `acdengine.engine.snapshot.VERSION` and adds one function
here, from the version before to the new one. New fields with a default need neither.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from acdengine.engine.snapshot import VERSION as STATE_VERSION

__all__ = ["STATE_MIGRATIONS", "STATE_VERSION", "migrate_state"]

#: From each older version to the next: takes and gives the snapshot's fields by name.
STATE_MIGRATIONS: Final[dict[int, Callable[[dict[str, Any]], dict[str, Any]]]] = {}


def migrate_state(state: bytes, version: int) -> bytes:
    """The state of an older version as one of this version."""
    if version == STATE_VERSION:
        return state
    fields = msgspec.msgpack.decode(state, type=dict[str, Any])
    while version < STATE_VERSION:
        fields = STATE_MIGRATIONS[version](fields)
        version += 1
    return msgspec.msgpack.encode({**fields, "version": STATE_VERSION})
