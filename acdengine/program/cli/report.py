"""`acdengine report`: figures of the centre from its records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from acdengine.program.cli.choices import want_choice
from acdengine.program.cli.period import Since, Until, Zone, check_tables, period_of
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
    rank: Annotated[
        str,
        typer.Option(
            metavar="METRIC",
            help="Groups by this metric, the highest value first.",
            show_default="by name",
        ),
    ] = "",
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
    if rank and (not group or rank not in (metrics or USUAL)):
        raise typer.BadParameter("--rank goes with --group, and names a metric of the report")
    with database_of(config, db) as (engine, _), engine.connect() as connection:
        check_tables(connection)
        try:
            period = period_of(connection, by, since, until, zone, tenant)
            if explain:
                _explain(connection, metrics, period, group, tenant, only, file_format)
            else:
                goals = targets_of(target or ())
                _report(connection, metrics, period, group, tenant, file_format, goals, rank)
        except ACDError as error:
            _stop(str(error))


def _list() -> None:
    from acdengine.reports.metrics import METRICS

    for metric in METRICS.values():
        typer.echo(f"{metric.name:28} {metric.title}: {metric.formula}")
        for one in metric.parameters:
            typer.echo(f"{'':28}   {one.name}={one.default}: {one.what}")


def _report(
    connection: Connection,
    metrics: list[str] | None,
    period: Intervals,
    group: str,
    tenant: str,
    file_format: str,
    targets: Mapping[str, Target],
    rank: str,
) -> None:
    from acdengine.reports import output
    from acdengine.reports.page import as_html
    from acdengine.reports.report import ranked
    from acdengine.reports.report import report as work_out
    from acdengine.reports.sums import Scope

    found = work_out(
        connection, metrics or USUAL, period, group or None, Scope(tenant)  # type: ignore[arg-type] # checked before
    )  # fmt: skip
    if rank:
        found = ranked(found, rank)
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
