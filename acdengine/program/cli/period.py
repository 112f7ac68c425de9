"""The time that reports are about, as it is written on the command line."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from acdengine.reports.intervals import Intervals

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


def check_tables(connection: Connection) -> None:
    """Stop where the tables are not of this version."""
    from acdengine.records.migrating import schema_problem

    if problem := schema_problem(connection.engine):
        typer.echo(problem, err=True)
        raise typer.Exit(1)


def period_of(
    connection: Connection, by: str, since: str, until: str, zone: str, tenant: str
) -> Intervals:
    """The intervals that are asked for; without times the last day of the records.

    Args:
        connection: to the records.
        by: their kind.
        since, until: as written; empty: not given.
        zone: as written; empty: that of the tenant, or of all tenants.
        tenant: whose; empty: of all.

    Raises:
        typer.BadParameter: a time or the zone is none, or the end is not after the beginning.
        acdengine.reports.intervals.TooManyIntervals: there are too many.
    """
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
