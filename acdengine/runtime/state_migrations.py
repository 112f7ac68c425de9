"""Migrations of the engine's state: snapshots of older versions are read.

The steps from one version to the next belong to the engine: `acdengine.engine.snapshot_migrations`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from acdengine.engine.snapshot import VERSION as STATE_VERSION
from acdengine.engine.snapshot_migrations import MIGRATIONS as STATE_MIGRATIONS

__all__ = ["STATE_MIGRATIONS", "STATE_VERSION", "migrate_state"]


def migrate_state(state: bytes, version: int) -> bytes:
    """The state of an older version as one of this version."""
    if version == STATE_VERSION:
        return state
    fields = msgspec.msgpack.decode(state, type=dict[str, Any])
    while version < STATE_VERSION:
        fields = STATE_MIGRATIONS[version](fields)
        version += 1
    return msgspec.msgpack.encode({**fields, "version": STATE_VERSION})
