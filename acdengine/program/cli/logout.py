"""`acdengine logout`: the end of a session."""

from __future__ import annotations

import typer

from acdengine.program.cli.control.daemon import RefusedByDaemon
from acdengine.program.cli.control.session import Session, control
from acdengine.program.cli.quick import QuickCommand

app = typer.Typer(add_completion=False)


@app.command(cls=QuickCommand)
@control
def logout(session: Session) -> None:
    """End the session that `acdengine login` has begun."""
    from acdengine.program.cli.control.formatters import format_log_out
    from acdengine.program.cli.control.saved_sessions import forget_session

    try:
        answer = session.daemon.post("/v1/logout")
    except RefusedByDaemon as error:
        if error.status == 401:
            # It has ended already: nothing is left of it here either.
            forget_session(session.daemon.url)
        raise
    forget_session(session.daemon.url)
    session.show(answer, format_log_out)
