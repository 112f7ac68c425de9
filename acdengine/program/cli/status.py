"""`acdengine status`: a running daemon in figures."""

from __future__ import annotations

import typer

from acdengine.program.cli.control.session import Session, control
from acdengine.program.cli.quick import QuickCommand

app = typer.Typer(add_completion=False)


@app.command(cls=QuickCommand)
@control
def status(session: Session) -> None:
    """Show a running daemon in figures."""
    from acdengine.program.cli.control.formatters import format_state

    session.show(session.daemon.get("/v1/state"), format_state)
