"""Tables, migrations and views."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from acdengine.records.database import engine_of
from acdengine.records.migrating import migrate, newest_revision, revision_of, schema_problem
from acdengine.records.orders import Orders
from acdengine.records.rows import TABLE_OF
from acdengine.records.schema import metadata
from acdengine.records.views import VIEWS
from acdengine.records.writer import RecordsWriter
from docs.records_tables import PAGE, filled_in


def test_a_row_has_the_columns_of_its_table() -> None:
    for struct, table in TABLE_OF.items():
        columns = tuple(column.name for column in metadata.tables[table].columns)
        assert columns == struct.__struct_fields__


def test_migrations_make_the_tables_of_the_schema(url: str) -> None:
    engine = engine_of(url)
    migrate(engine)
    migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert schema_problem(engine) == ""


def test_every_view_can_be_asked(url: str) -> None:
    engine = engine_of(url)
    migrate(engine)
    with engine.connect() as connection:
        for name in VIEWS:
            assert connection.execute(text(f"SELECT * FROM {name}")).all() == []


@pytest.mark.parametrize(
    ("revision", "problem"),
    [
        ("", "the database has no tables: acdengine records migrate, or daemon.records.migrate"),
        (
            "9999",
            (
                "the tables are of a newer acdengine (revision 9999, this one knows"
                f" {newest_revision()}): upgrade acdengine"
            ),
        ),
    ],
)
def test_tables_that_are_not_of_this_version_are_named_and_left_alone(
    tmp_path: Path, revision: str, problem: str
) -> None:
    url = f"sqlite:///{tmp_path}/records.db"
    engine = engine_of(url)
    if revision:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
            connection.execute(text(f"INSERT INTO alembic_version VALUES ('{revision}')"))
        migrate(engine)
    assert schema_problem(engine) == problem
    seen: list[str] = []
    writer = RecordsWriter(
        Orders(url, str(tmp_path), "one"), lambda status: seen.append(status.trouble)
    )
    writer.run(lambda wait_s: True)
    assert seen == [f"SchemaUnusable: {problem}"[:300]]
    assert revision_of(engine) == revision


def test_the_page_shows_the_tables_as_they_are() -> None:
    page = PAGE.read_text()
    assert page == filled_in(page), "run `make pages`"


def test_the_queries_of_the_page_run(url: str) -> None:
    engine = engine_of(url)
    migrate(engine)
    (block,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
    with engine.connect() as connection:
        for query in block.split(";")[:-1]:
            assert connection.execute(text(query)).all() == []
