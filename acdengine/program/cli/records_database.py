"""The database of records as commands find it: that of the settings, or one that is named."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from acdengine.program.cli.control.session import settings_found
from acdengine.program.daemon.options import StartError, default_config

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from acdengine.settings.whole import Settings

ConfigOption = Annotated[
    list[str] | None,
    typer.Option(
        "--config",
        help="Settings file; several are read as one.",
        show_default="that of the daemon",
    ),
]
UrlOption = Annotated[
    str, typer.Option("--db", metavar="URL", help="Another database than that of the settings.")
]


@contextmanager
def database_of(config: list[str] | None, url: str) -> Iterator[tuple[Engine, Settings | None]]:
    """The database of the settings, or another, and the settings; None where another
    is named and there are none here.

    Without files the settings are those that a daemon started here would have: of this folder, of
    the service, or, where no database is named, the example.

    Args:
        config: settings files.
        url: of the database, in place of that of the settings; empty: that of the settings.

    Raises:
        typer.Exit: there is none, or it cannot be used; why is said on standard error.
    """
    from acdengine.program.daemon.records import database_url, known_url
    from acdengine.settings.compile import load_plan

    files = config or settings_found() or ([] if url else [str(default_config())])
    settings = load_plan(files)[0] if files else None
    try:
        if settings is None or url:
            url = known_url(url, "--db")
        else:
            url = database_url(settings.daemon.records, os.environ)
    except StartError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    from sqlalchemy.exc import SQLAlchemyError

    from acdengine.records.database import engine_of

    try:
        yield engine_of(url), settings
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        typer.echo(f"the database cannot be used: {reason}", err=True)
        raise typer.Exit(1) from error
