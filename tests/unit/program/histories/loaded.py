"""Histories in a database, as tests look at them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from acdengine.program.histories.history import Centre
from acdengine.program.histories.loading import Loaded, load
from acdengine.records.database import engine_of
from acdengine.records.migrating import migrate


class History:
    """Loads into a database in a folder."""

    def __init__(self, folder: Path, zone: str = "UTC") -> None:
        self.engine = engine_of(f"sqlite:///{folder}/records.db")
        migrate(self.engine)
        self._centre = Centre("acme", ZoneInfo(zone))
        self.left_out: list[tuple[str, int, str]] = []

    def load(self, file_format: str, *files: Path) -> Loaded:
        def tell(file: Path, number: int, reason: str) -> None:
            self.left_out.append((file.name, number, reason))

        return load(self.engine, file_format, files, self._centre, tell)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]
