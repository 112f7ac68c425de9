"""`acdengine drain`: no new calls, those present are served."""

from __future__ import annotations

from typing import Annotated

import typer

from acdengine.program.cli.control import completion
from acdengine.program.cli.control.daemon import path_of, whole_id
from acdengine.program.cli.control.session import Session, control
from acdengine.program.cli.control.times import until_us
from acdengine.program.cli.quick import QuickCommand

app = typer.Typer(add_completion=False)


@app.command(cls=QuickCommand)
@control
def drain(
    session: Session,
    queue: Annotated[
        str,
        typer.Argument(
            metavar="[QUEUE]",
            help="As TENANT/NAME; everything without it.",
            autocompletion=completion.queue_ids,
        ),
    ] = "",
    switch: Annotated[
        str,
        typer.Option(
            help="Only this switch, to restart it.", autocompletion=completion.switch_names
        ),
    ] = "",
    until: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="Until then: 14:30, 2026-12-24T12:00. Not of a switch.",
            show_default="until --off",
        ),
    ] = "",
    off: Annotated[bool, typer.Option("--off", help="Take calls again.")] = False,
) -> None:
    """Take no new calls, in one queue, on one switch or anywhere, or take them again."""
    from acdengine.program.cli.control.formatters import format_drain, format_switches

    if switch:
        if queue:
            raise typer.BadParameter("a queue or a switch, not both")
        if until:
            raise typer.BadParameter("a switch is drained until --off")
        answer = session.daemon.post(path_of("switches", switch, "drain"), {"on": not off})
        session.show({"items": [answer]}, format_switches)
        return
    path = path_of("queues", whole_id("queue", queue), "drain") if queue else "/v1/drain"
    body = {"on": not off, "until_us": until_us(until) if until else 0}
    session.show(session.daemon.post(path, body), format_drain)
