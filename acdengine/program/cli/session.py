"""`acdengine session`: whose token or session the commands use."""

from __future__ import annotations

import typer

from acdengine.program.cli.control.session import Session, control
from acdengine.program.cli.quick import QuickCommand

app = typer.Typer(add_completion=False)


@app.command(cls=QuickCommand)
@control
def session(session: Session) -> None:
    """Show with whose token or session the commands ask, and what it may do."""
    from acdengine.program.cli.control.formatters import format_session

    session.show(session.daemon.get("/v1/session"), format_session)
