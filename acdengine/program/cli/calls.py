"""`acdengine calls`: the calls of a running daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from acdengine.program.cli.control import completion
from acdengine.program.cli.control.daemon import path_of, whole_id
from acdengine.program.cli.control.session import Session, control
from acdengine.program.cli.quick import QuickCommand

app = typer.Typer(add_completion=False)


@app.command(cls=QuickCommand)
@control
def calls(
    session: Session,
    queue: Annotated[
        str,
        typer.Option(
            help="Only waiting in this queue, in the order of service.",
            autocompletion=completion.queue_ids,
        ),
    ] = "",
    state: Annotated[str, typer.Option(help="Only in this state, such as talking.")] = "",
    limit: Annotated[int, typer.Option(min=0, help="Rows at most; 0: all.")] = 100,
) -> None:
    """List the calls: who waits where and how long, who talks with whom."""
    from acdengine.program.cli.control.formatters import format_calls

    if queue and not state:
        rows = session.daemon.rows(path_of("queues", whole_id("queue", queue), "calls"), limit)
    else:
        rows = session.daemon.rows("/v1/calls", limit, queue=queue, state=state)
    session.show(rows, format_calls)
