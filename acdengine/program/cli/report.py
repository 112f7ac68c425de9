"""`acdengine report`: figures of the centre from its records."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final, NoReturn
from zoneinfo import ZoneInfo

import typer

from acdengine.program.cli.choices import want_choice
from acdengine.program.cli.records_database import ConfigOption, UrlOption, database_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from acdengine.reports.intervals import Intervals
    from acdengine.reports.targets import Target

app = typer.Typer(add_completion=False)

#: What is shown where no metric is named.
USUAL: Final = (
    "received", "answered", "abandoned", "service-level", "asa", "abandon-rate", "handle-time",
)  # fmt: skip
_FORMATS: Final = ("table", "csv", "json", "html")

Metrics = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="METRIC", show_default=" ".join(USUAL),
        help="Metrics, perhaps with parameters: service-level:within_s=30,abandons=answered.",
    ),
]  # fmt: skip
By = Annotated[str, typer.Option(help="half-hour, hour, day, week, month or total.")]
GroupBy = Annotated[
    str,
    typer.Option(
        "--group",
        help="queue, agent, team, tenant, dnis, trunk-group, call-type or region.",
        show_default="none",
    ),
]
Since = Annotated[
    str,
    typer.Option("--from", metavar="TIME", help="From then on.", show_default="midnight today"),
]
Until = Annotated[
    str, typer.Option("--to", metavar="TIME", help="Before then.", show_default="the day after")
]
Zone = Annotated[
    str,
    typer.Option(
        help="Time zone of days and hours.", show_default="the tenant's, where all have one; UTC"
    ),
]
FormatOption = Annotated[str, typer.Option("--format", help="table, csv, json or html.")]


@app.command()
def report(
    metrics: Metrics = None,
    by: By = "total",
    group: GroupBy = "",
    since: Since = "",
    until: Until = "",
    zone: Zone = "",
    tenant: Annotated[str, typer.Option(help="Only this tenant.")] = "",
    file_format: FormatOption = "table",
    target: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TARGET",
            help="What misses it is marked in a table or page: asa<=20, service-level>=80%, or"
            " usual for those of the field; several.",
            show_default="none",
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="List the calls and states behind the figures.")
    ] = False,
    only: Annotated[
        str | None, typer.Option(help="With --explain: only this queue, agent, and so on.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List all metrics and stop.")] = False,
    config: ConfigOption = None,
    db: UrlOption = "",
) -> None:
    """Report figures of the centre, by interval and by group, from its records.

    Each figure has one definition (docs/reports.md). Days are those of the zone, also where the
    clock changes; what a day has is the sum of its half hours.
    """
    from acdengine.errors import ACDError
    from acdengine.reports import intervals as periods
    from acdengine.reports.groups import GROUPS
    from acdengine.reports.targets import targets_of

    if listed:
        _list()
        return
    want_choice(by, periods.BY, "--by")
    want_choice(file_format, _FORMATS, "--format")
    if group:
        want_choice(group, GROUPS, "--group")
    if only is not None and not (explain and group):
        raise typer.BadParameter("--only goes with --explain and --group")
    with database_of(config, db) as (engine, _), engine.connect() as connection:
        _check(connection)
        try:
            period = _period(connection, by, since, until, zone, tenant)
            if explain:
                _explain(connection, metrics, period, group, tenant, only, file_format)
            else:
                goals = targets_of(target or ())
                _report(connection, metrics, period, group, tenant, file_format, goals)
        except ACDError as error:
            _stop(str(error))


def _list() -> None:
    from acdengine.reports.metrics import METRICS

    for metric in METRICS.values():
        typer.echo(f"{metric.name:28} {metric.title}: {metric.formula}")
        for one in metric.parameters:
            typer.echo(f"{'':28}   {one.name}={one.default}: {one.what}")


def _check(connection: Connection) -> None:
    from acdengine.records.migrating import schema_problem

    if problem := schema_problem(connection.engine):
        _stop(problem)


def _period(
    connection: Connection, by: str, since: str, until: str, zone: str, tenant: str
) -> Intervals:
    """The intervals that are asked for; without times the last day of the records."""
    from acdengine.reports.intervals import intervals, local, midnight_us
    from acdengine.reports.sums import recorded_until_us

    clock = _clock(zone) if zone else _own_zone(connection, tenant)
    today = local(max(recorded_until_us(connection) - 1, 0), clock).date()
    from_us = _moment(since, "--from", clock) if since else midnight_us(today, clock)
    following = local(from_us, clock).date() + timedelta(days=1)
    if not since:
        following = today + timedelta(days=1)
    to_us = _moment(until, "--to", clock) if until else midnight_us(following, clock)
    if to_us <= from_us:
        raise typer.BadParameter("--to is not after --from")
    return intervals(by, from_us, to_us, clock)  # type: ignore[arg-type] # checked before


def _clock(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise typer.BadParameter(
            f"{name!r} is no time zone such as Europe/Berlin", param_hint="--zone"
        ) from None


def _own_zone(connection: Connection, tenant: str) -> ZoneInfo:
    """The zone of the tenant, or the one of all tenants; UTC where they differ."""
    from sqlalchemy import select

    from acdengine.records.schema import tenants

    query = select(tenants.c.zone).distinct()
    if tenant:
        query = query.where(tenants.c.tenant_id == tenant)
    zones = [row[0] for row in connection.execute(query) if row[0]]
    return ZoneInfo(zones[0] if len(zones) == 1 else "UTC")


def _moment(text: str, option: str, zone: ZoneInfo) -> int:
    from acdengine.reports.intervals import us_of

    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no date such as {date(2026, 12, 1)} or 2026-12-01T08:30",
            param_hint=option,
        ) from None
    return us_of(found if found.tzinfo else found.replace(tzinfo=zone))


def _report(
    connection: Connection,
    metrics: list[str] | None,
    period: Intervals,
    group: str,
    tenant: str,
    file_format: str,
    targets: Mapping[str, Target],
) -> None:
    from acdengine.reports import output
    from acdengine.reports.page import as_html
    from acdengine.reports.report import report as work_out
    from acdengine.reports.sums import Scope

    found = work_out(
        connection, metrics or USUAL, period, group or None, Scope(tenant)  # type: ignore[arg-type] # checked before
    )  # fmt: skip
    if file_format == "json":
        typer.echo(json.dumps(output.as_json(found), indent=2))
    elif file_format == "csv":
        typer.echo(output.as_csv(found), nl=False)
    elif file_format == "html":
        typer.echo(as_html(found, targets), nl=False)
    else:
        typer.echo(output.as_table(found, targets))


def _explain(
    connection: Connection,
    metrics: list[str] | None,
    period: Intervals,
    group: str,
    tenant: str,
    only: str | None,
    file_format: str,
) -> None:
    from acdengine.reports import output
    from acdengine.reports.explanation import explain as reasons_of
    from acdengine.reports.report import Asked
    from acdengine.reports.sums import Scope

    for written in metrics or USUAL:
        asked = Asked.of(written)
        reasons = reasons_of(
            connection, asked, period, group or None, Scope(tenant), only  # type: ignore[arg-type] # checked before
        )  # fmt: skip
        if file_format == "json":
            typer.echo(output.reasons_json(reasons, period))
            continue
        typer.echo(f"{written}: {asked.metric.formula}")
        for line in output.reasons_table(reasons, period):
            typer.echo(line)


def _stop(words: str) -> NoReturn:
    typer.echo(words, err=True)
    raise typer.Exit(1)
