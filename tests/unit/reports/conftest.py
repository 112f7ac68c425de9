"""The small day in a database of each kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from acdengine.records.database import engine_of
from tests.unit.records.conftest import postgres
from tests.unit.records.postgres import Postgres
from tests.unit.reports.centre import keep, small_day

__all__ = ["postgres"]


@pytest.fixture(
    scope="session",
    params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.service, pytest.mark.slow])],
)
def small_day_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Records of the small day, which no test changes."""
    if request.param == "sqlite":
        found = f"sqlite:///{tmp_path_factory.mktemp('reports')}/records.db"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        found = server.new_database("reports")
    engine = engine_of(found)
    keep(engine, small_day(), last_s=3600)
    engine.dispose()
    return found


@pytest.fixture
def connection(small_day_url: str) -> Iterator[Connection]:
    """To records of the small day."""
    engine = engine_of(small_day_url)
    with engine.connect() as found:
        yield found
    engine.dispose()
