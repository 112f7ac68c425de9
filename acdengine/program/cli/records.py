"""`acdengine records`: the database of records."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from acdengine.program.cli.choices import want_choice
from acdengine.program.cli.records_database import ConfigOption, UrlOption, database_of
from acdengine.wording import counted

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sqlalchemy import Engine

    from acdengine.settings.whole import Settings

app = typer.Typer(add_completion=False, no_args_is_help=True)

#: Seconds that a running daemon is waited for: it begins a new file of the spool each minute.
_CLEAR_S: Final = 180.0

_TENANT: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")

Tenant = Annotated[str, typer.Option(help="Only this tenant; without it all.")]


@app.callback()
def records() -> None:
    """Look after the database of records: tables, exports, retention, erasure."""


@app.command()
def migrate(config: ConfigOption = None, db: UrlOption = "") -> None:
    """Make the tables, or bring them up to date; the views are defined again."""
    from acdengine.records import migrating

    with database_of(config, db) as (engine, _):
        before = migrating.revision_of(engine)
        migrating.migrate(engine)
        if problem := migrating.schema_problem(engine):
            _stop(problem)
        newest = migrating.newest_revision()
    typer.echo(f"revision {newest}" if before != newest else f"revision {newest} as it was")


@app.command()
def status(config: ConfigOption = None, db: UrlOption = "") -> None:
    """Show what the database holds, and what waits in the spool."""
    from sqlalchemy import func, select

    from acdengine.records import migrating, schema

    with database_of(config, db) as (engine, settings):
        problem = migrating.schema_problem(engine)
        typer.echo(problem or f"revision {migrating.revision_of(engine)}")
        if problem:
            raise typer.Exit(1)
        with engine.connect() as connection:
            for table in schema.metadata.tables.values():
                count = connection.scalar(select(func.count()).select_from(table))
                typer.echo(f"{table.name:16} {count:>12,}")
            last_us = connection.scalar(select(func.max(schema.sources.c.last_at_us)))
        if last_us:
            typer.echo(f"up to            {datetime.fromtimestamp(last_us / 1e6, UTC):%F %T} UTC")
        if settings is not None:
            waiting = [*Path(settings.daemon.records.spool).glob("*/*.spool")]
            size = sum(path.stat().st_size for path in waiting)
            typer.echo(f"spool            {size:>12,} bytes in {counted(len(waiting), 'file')}")


@app.command()
def export(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A table or view: calls.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="To be written.")],
    file_format: Annotated[
        str, typer.Option("--format", help="csv, jsonl or parquet.", show_default="by the file")
    ] = "",
    since: Annotated[
        str, typer.Option("--from", metavar="DATE", help="What began then or later (UTC).")
    ] = "",
    until: Annotated[
        str, typer.Option("--to", metavar="DATE", help="What began before then (UTC).")
    ] = "",
    config: ConfigOption = None,
    db: UrlOption = "",
) -> None:
    """Write a table or a view to a file: CSV, JSON lines, or Parquet (extra parquet)."""
    with database_of(config, db) as (engine, _):
        from acdengine.records import export as exporting

        want_choice(table, exporting.EXPORTED, "TABLE")
        file_format = file_format or file.suffix.removeprefix(".")
        want_choice(file_format, tuple(exporting.FORMATS), "--format")
        try:
            count = exporting.export(
                engine, table, file, file_format, from_us=_us(since, "--from"),
                to_us=_us(until, "--to"),
            )  # fmt: skip
        except ModuleNotFoundError as error:
            _stop(f"{error.name} is not installed: pip install 'acdengine[parquet]' has it")
        except (OSError, ValueError) as error:
            _stop(str(error))
    typer.echo(f"{counted(count, 'row')} in {file}")


@app.command()
def load(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Histories.")],
    file_format: Annotated[str, typer.Option("--format", help="bank1999, queue_log or cdr-csv.")],
    tenant: Annotated[str, typer.Option(help="Whose calls they are.")] = "history",
    zone: Annotated[
        str, typer.Option(metavar="ZONE", help="Time zone of the files' times of day.")
    ] = "UTC",
    config: ConfigOption = None,
    db: UrlOption = "",
) -> None:
    """Load histories of other systems; what is loaded already is passed over.

    Lines that cannot be used are told with file, line and reason, and counted.
    """
    info = _clock(zone)
    if not _TENANT.fullmatch(tenant):
        raise typer.BadParameter(
            f"{tenant!r} is no name of letters, digits and _ . -", param_hint="--tenant"
        )
    with database_of(config, db) as (engine, _):
        from acdengine.program.histories.history import Centre, HistoryError
        from acdengine.program.histories.loading import READERS, load
        from acdengine.records import migrating

        want_choice(file_format, tuple(READERS), "--format")
        migrating.migrate(engine)
        if problem := migrating.schema_problem(engine):
            _stop(problem)

        def tell(file: Path, number: int, reason: str) -> None:
            typer.echo(f"{file}:{number}: {reason}", err=True)

        try:
            loaded = load(engine, file_format, files, Centre(tenant, info), tell)
        except HistoryError as error:
            _stop(str(error))
    typer.echo(
        f"{counted(loaded.calls, 'call')} in {counted(loaded.rows, 'row')} from"
        f" {counted(loaded.lines, 'line')}, {loaded.known:,} of them loaded before"
    )
    for reason, count in loaded.left_out.most_common():
        typer.echo(f"left out {count:>8,}  {reason}")


@app.command("load-table")
def load_table(
    table: Annotated[
        str,
        typer.Argument(
            metavar="TABLE", help="costs, schedules, quality-scores, head-counts or departures."
        ),
    ],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with a line of names.")],
    zone: Annotated[
        str, typer.Option(metavar="ZONE", help="Time zone of times without one.")
    ] = "UTC",
    config: ConfigOption = None,
    db: UrlOption = "",
) -> None:
    """Load what reports need from outside: costs, schedules, scores, head counts, departures.

    A row that is there already is brought up to date. Lines that cannot be used are told, and then
    nothing is loaded.
    """
    clock = _clock(zone)
    with database_of(config, db) as (engine, _):
        from acdengine.records import migrating, outside

        want_choice(table, tuple(outside.TABLES), "TABLE")
        migrating.migrate(engine)
        if problem := migrating.schema_problem(engine):
            _stop(problem)
        try:
            rows = outside.read(table, file, clock)
            with engine.begin() as connection:
                outside.load(connection, table, rows)
        except outside.UnusableFile as error:
            for number, words in error.problems:
                typer.echo(f"{file}:{number}: {words}", err=True)
            _stop("nothing is loaded")
        except OSError as error:
            _stop(str(error))
    typer.echo(f"{counted(len(rows), 'row')} of {table} from {file}")


@app.command()
def retention(config: ConfigOption = None, db: UrlOption = "") -> None:
    """Remove what is older than the tenants' settings keep it, as a running daemon does hourly."""
    import time

    from acdengine.program.daemon.records import keeping_of, recording_folders

    with database_of(config, db) as (engine, settings):
        from acdengine.records.retention import apply_retention

        if settings is None:
            _stop("the settings say how long records are kept: --config FILE names them")
        folders = [Path(folder) for folder in recording_folders(settings)]
        counts = apply_retention(engine, keeping_of(settings), int(time.time() * 1e6), folders)
    for name, count in counts.items():
        typer.echo(f"{name:16} {count:>12,}")
    if not counts:
        typer.echo("no tenant has records that are kept for a time only")


@app.command()
def erase(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The caller's number.")],
    tenant: Tenant = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without it nothing is done.")] = False,
    config: ConfigOption = None,
    db: UrlOption = "",
) -> None:
    """Erase one caller from database, spool and recordings; calls stay, and are counted."""
    from acdengine.records import retention as rules

    with database_of(config, db) as (engine, settings):
        if not yes:
            _stop("this cannot be undone: --yes does it")
        folders = []
        if settings is not None:
            folders = [Path(switch.recordings.folder) for switch in settings.switches.values()]
            _clear_spool(settings, engine)
        try:
            erased = rules.erase_caller(engine, number, tenant, folders)
        except ValueError as error:
            _stop(str(error))
    typer.echo(
        f"{counted(erased.calls, 'call')}, {counted(erased.segments, 'segment')},"
        f" {counted(erased.callbacks, 'callback')}, {counted(erased.tags, 'tag')};"
        f" {counted(len(erased.files_removed), 'file')} removed"
    )
    for name in erased.files_missing:
        typer.echo(f"not found here, to be removed on the switch: {name}")


def _clear_spool(settings: Settings, engine: Engine) -> None:
    from acdengine.records.spool_clearing import clear

    folder = Path(settings.daemon.records.spool)
    url = engine.url.render_as_string(hide_password=False)
    if not clear(folder, url, _CLEAR_S):
        _stop(f"{folder} still holds facts from before: is the database written? Nothing is erased")


def _clock(name: str) -> ZoneInfo:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise typer.BadParameter(
            f"{name!r} is no time zone such as Europe/Berlin", param_hint="--zone"
        ) from None


def _us(text: str, option: str) -> int:
    """A date or time as microseconds; 0 for none."""
    if not text:
        return 0
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no date such as 2026-12-01 or 2026-12-01T08:30", param_hint=option
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1e6)


def _stop(words: str) -> NoReturn:
    typer.echo(words, err=True)
    raise typer.Exit(1)
