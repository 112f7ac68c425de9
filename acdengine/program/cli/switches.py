"""`acdengine switches`: the switches of a running daemon."""

from __future__ import annotations

import typer

from acdengine.program.cli.control.session import Session, control
from acdengine.program.cli.quick import QuickCommand

app = typer.Typer(add_completion=False)


@app.command(cls=QuickCommand)
@control
def switches(session: Session) -> None:
    """List the switches: connected or not, since when, with how many calls."""
    from acdengine.program.cli.control.formatters import format_switches

    session.show(session.daemon.get("/v1/switches"), format_switches)
