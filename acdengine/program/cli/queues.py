"""`acdengine queues`: the queues of a running daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from acdengine.program.cli.control.session import Session, control
from acdengine.program.cli.quick import QuickCommand

app = typer.Typer(add_completion=False)


@app.command(cls=QuickCommand)
@control
def queues(
    session: Session,
    limit: Annotated[int, typer.Option(min=0, help="Rows at most; 0: all.")] = 100,
) -> None:
    """List the queues: who waits, how long, the service level."""
    from acdengine.program.cli.control.formatters import format_queues

    session.show(session.daemon.rows("/v1/queues", limit), format_queues)
