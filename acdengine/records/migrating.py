"""Bringing the tables up to this version with Alembic, and saying where they are not."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.schema import SetColumnComment, SetTableComment

from acdengine.records.schema import metadata
from acdengine.records.views import VIEWS

_FOLDER: Final = Path(__file__).parent / "migrations"
#: Of the lock that keeps two programs from migrating one PostgreSQL at the same time.
_LOCK: Final = 0x0ACD


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


def newest_revision() -> str:
    """The revision that this version writes."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def revision_of(engine: Engine) -> str:
    """The revision of a database; empty where there are no tables of ours."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def schema_problem(engine: Engine) -> str:
    """Why the tables cannot be written as they are; empty when they can."""
    newest, present = newest_revision(), revision_of(engine)
    if present == newest:
        return ""
    if not present:
        return "the database has no tables: acdengine records migrate, or daemon.records.migrate"
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if present not in known:
        return (
            f"the tables are of a newer acdengine (revision {present}, this one knows {newest}):"
            " upgrade acdengine"
        )
    return (
        f"the tables are of an older acdengine (revision {present}, wanted {newest}):"
        " acdengine records migrate, or daemon.records.migrate"
    )


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest revision, and define the views again.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database refuses.
        alembic.util.CommandError: the tables are of a newer version.
    """
    if schema_problem(engine).startswith("the tables are of a newer"):
        # They work for the version that made them; nothing is taken back.
        return
    config = _config()
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        for name in VIEWS:
            connection.execute(text(f"DROP VIEW IF EXISTS {name}"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        for name, (_, query) in VIEWS.items():
            connection.execute(text(f"CREATE VIEW {name} AS {query}"))
        if engine.dialect.supports_comments:
            _comment(connection)


def _comment(connection: Connection) -> None:
    """Have the database itself say what tables and columns are."""
    for table in metadata.tables.values():
        connection.execute(SetTableComment(table))
        for column in table.columns:
            if column.comment:
                connection.execute(SetColumnComment(column))
