"""`acdengine analyse`: what lies behind the figures of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from acdengine.program.cli.choices import want_choice
from acdengine.program.cli.period import Since, Until, Zone, check_tables, period_of
from acdengine.program.cli.records_database import ConfigOption, UrlOption, database_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from acdengine.reports.drops import Work
    from acdengine.reports.intervals import Intervals

app = typer.Typer(add_completion=False, no_args_is_help=True)

TenantOption = Annotated[str, typer.Option("--tenant", help="Only this tenant.")]


@app.callback()
def analyse() -> None:
    """Look into the records: an agent's day, repeat callers, lines, lost service level."""


@app.command()
def timeline(
    agent: Annotated[str, typer.Argument(metavar="AGENT", help="As TENANT/NAME.")],
    since: Since = "",
    until: Until = "",
    zone: Zone = "",
    config: ConfigOption = None,
    db: UrlOption = "",
) -> None:
    """Show an agent's day: states one after the other, and the time in each."""
    tenant = agent.partition("/")[0]
    with _records(config, db, "total", (since, until, zone), tenant) as (connection, period):
        from acdengine.reports.timeline import by_state
        from acdengine.reports.timeline import timeline as stretches_of

        stretches = stretches_of(connection, agent, period.from_us, period.to_us)
        if not stretches:
            typer.echo(f"the records have no states of {agent} in that time", err=True)
            raise typer.Exit(1)
        _table(
            ("from", "to", "for", "state", "reason", "call", "queue"),
            [
                (
                    _clock(one.from_us, period),
                    _clock(one.to_us, period),
                    _length(one.to_us - one.from_us),
                    one.state,
                    one.reason,
                    one.call_id,
                    one.queue_id,
                )
                for one in stretches
            ],
        )
        typer.echo()
        _table(
            ("state", "reason", "together"),
            [(state, reason, _length(us)) for (state, reason), us in by_state(stretches).items()],
        )


@app.command("repeat-callers")
def repeat_callers(
    least: Annotated[int, typer.Option(min=2, help="Calls that make a repeat caller.")] = 2,
    rows: Annotated[int, typer.Option(min=1, help="Numbers at most.")] = 50,
    since: Since = "",
    until: Until = "",
    zone: Zone = "",
    tenant: TenantOption = "",
    config: ConfigOption = None,
    db: UrlOption = "",
) -> None:
    """List numbers from which several calls came, the most frequent first."""
    with _records(config, db, "total", (since, until, zone), tenant) as (connection, period):
        from acdengine.reports.callers import repeat_callers as callers
        from acdengine.reports.sums import Scope

        found = callers(connection, period.from_us, period.to_us, least, rows, Scope(tenant))
        _table(
            ("tenant", "number", "calls", "answered", "abandoned", "first", "last"),
            [
                (
                    one.tenant_id,
                    one.ani,
                    str(one.calls),
                    str(one.answered),
                    str(one.abandoned),
                    _clock(one.first_us, period),
                    _clock(one.last_us, period),
                )
                for one in found
            ],
        )


@app.command()
def lines(
    by: Annotated[str, typer.Option(help="half-hour, hour, day, week, month or total.")] = "hour",
    since: Since = "",
    until: Until = "",
    zone: Zone = "",
    tenant: TenantOption = "",
    config: ConfigOption = None,
    db: UrlOption = "",
) -> None:
    """Show the use of trunk groups: traffic, most calls at once, calls that met busy."""
    with _records(config, db, by, (since, until, zone), tenant) as (connection, period):
        from acdengine.reports.lines import line_use
        from acdengine.reports.sums import Scope

        table = []
        for (number, trunk_id), use in line_use(connection, period, Scope(tenant)).items():
            length_us = period.edges_us[number + 1] - period.edges_us[number]
            table.append((period.label(number), trunk_id, f"{use.busy_us / length_us:.2f}",
                          str(use.peak), str(use.blocked)))  # fmt: skip
        _table((by, "trunk group", "erlangs", "most at once", "met busy"), table)


@app.command("service-level")
def service_level(
    metric: Annotated[
        str, typer.Argument(metavar="METRIC", help="The service level, with its parameters.")
    ] = "service-level",
    by: Annotated[str, typer.Option(help="half-hour, hour or day.")] = "half-hour",
    weeks: Annotated[
        int, typer.Option(min=1, max=52, help="Weeks before, whose mean is what was expected.")
    ] = 4,
    since: Since = "",
    until: Until = "",
    zone: Zone = "",
    tenant: TenantOption = "",
    config: ConfigOption = None,
    db: UrlOption = "",
) -> None:
    """Show why the service level dropped against the same time of the weeks before.

    Of the rise in load on each agent, volume, staff and handle time have their shares.
    """
    want_choice(by, ("half-hour", "hour", "day"), "--by")
    with _records(config, db, by, (since, until, zone), tenant) as (connection, period):
        from acdengine.reports.drops import drops
        from acdengine.reports.sums import Scope

        found = drops(connection, metric, period, weeks, Scope(tenant))
        if not found:
            typer.echo("the service level is not below that of the weeks before")
            return
        _table(
            (by, "level", "calls", "handle time", "agents", "load", "because of"),
            [
                (
                    period.label(one.interval),
                    *_now_and_before(one.now, one.before, _length_of(period, one.interval)),
                    _because(one.shares),
                )
                for one in found
            ],
        )
        typer.echo("\nnow / mean of the weeks before; shares are of the rise in load on each agent")


def _now_and_before(now: Work, before: Work, length_s: float) -> tuple[str, ...]:
    both = (now, before)
    return (
        " / ".join(f"{100 * (one.level or 0):.1f} %" for one in both),
        " / ".join(f"{one.waits:.1f}" for one in both),
        " / ".join(f"{one.handle_s:.0f} s" for one in both),
        " / ".join(f"{one.staff_s / length_s:.1f}" for one in both),
        " / ".join(f"{one.load:.2f}" for one in both),
    )


def _length_of(period: Intervals, number: int) -> float:
    return (period.edges_us[number + 1] - period.edges_us[number]) / 1e6


def _because(shares: dict[str, float]) -> str:
    if not shares:
        return "no more load: skills, routing, missed offers"
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {100 * share:.0f} %" for name, share in ordered)


@contextmanager
def _records(
    config: list[str] | None, db: str, by: str, times: tuple[str, str, str], tenant: str
) -> Iterator[tuple[Connection, Intervals]]:
    """A connection to the records, and the time that is asked for."""
    from acdengine.errors import ACDError
    from acdengine.reports.intervals import BY

    want_choice(by, BY, "--by")
    with database_of(config, db) as (engine, _), engine.connect() as connection:
        check_tables(connection)
        try:
            yield connection, period_of(connection, by, *times, tenant)
        except ACDError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from error


def _clock(at_us: int, period: Intervals) -> str:
    return f"{datetime.fromtimestamp(at_us / 1e6, UTC).astimezone(period.zone):%F %T}"


def _length(us: int) -> str:
    minutes, seconds = divmod(round(us / 1e6), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for line in (head, *rows):
        cells = (f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())
