"""Families and keys that outlive calls and restarts: Asterisk's database (``main/db.c``)."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

#: A family and a key, with the slashes, and a value: no longer.
KEY_CHARS: Final = 256
VALUE_BYTES: Final = 65_536


class AgiDatabase:
    """One tenant's families of keys, in SQLite.

    Args:
        path: the file; it and its folder are made. ``:memory:`` keeps nothing.
        tenant_id: whose; no other tenant's keys are seen.

    Raises:
        sqlite3.Error: the file is none of SQLite's, or cannot be written.
    """

    def __init__(self, path: Path | str, tenant_id: str) -> None:
        if isinstance(path, Path):
            path.parent.mkdir(parents=True, exist_ok=True)
        self._tenant_id = tenant_id
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS agi (tenant TEXT, key TEXT, value TEXT,"
            " PRIMARY KEY (tenant, key)) WITHOUT ROWID"
        )

    def get(self, family: str, key: str) -> str | None:
        """The value; None where there is none."""
        row = self._connection.execute(
            "SELECT value FROM agi WHERE tenant = ? AND key = ?",
            (self._tenant_id, _path(family, key)),
        ).fetchone()
        return None if row is None else str(row[0])

    def put(self, family: str, key: str, value: str) -> bool:
        """Keep a value; False where family, key or value is too long."""
        place = _path(family, key)
        if len(place) > KEY_CHARS or len(value.encode(errors="surrogateescape")) > VALUE_BYTES:
            return False
        self._connection.execute(
            "INSERT INTO agi VALUES (?, ?, ?)"
            " ON CONFLICT (tenant, key) DO UPDATE SET value = excluded.value",
            (self._tenant_id, place, _text(value)),
        )
        return True

    def delete(self, family: str, key: str) -> bool:
        """Drop a value; False where there was none."""
        found = self._connection.execute(
            "DELETE FROM agi WHERE tenant = ? AND key = ?", (self._tenant_id, _path(family, key))
        )
        return found.rowcount > 0

    def delete_tree(self, family: str, tree: str = "") -> int:
        """Drop a family, or what is below one of its keys; returns how many there were."""
        top = _path(family, tree) if tree else f"/{_text(family)}"
        found = self._connection.execute(
            "DELETE FROM agi WHERE tenant = ? AND (key = ? OR substr(key, 1, ?) = ?)",
            (self._tenant_id, top, len(top) + 1, top + "/"),
        )
        return found.rowcount

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _path(family: str, key: str) -> str:
    return f"/{_text(family)}/{_text(key)}"


def _text(value: str) -> str:
    """Bytes that are not UTF-8 as characters that SQLite takes, and back again the same."""
    return value.encode(errors="surrogateescape").decode("utf-8", "backslashreplace")
