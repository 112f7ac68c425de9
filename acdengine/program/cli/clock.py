"""`acdengine clock`: the centre's clock beside the system's, and setting it."""

from __future__ import annotations

from typing import Annotated

import typer

from acdengine.program.cli.choices import want_choice
from acdengine.program.cli.control.session import Session, control
from acdengine.program.cli.quick import QuickCommand

app = typer.Typer(add_completion=False)


@app.command(cls=QuickCommand)
@control
def clock(
    session: Session,
    action: Annotated[
        str,
        typer.Argument(metavar="[step]", help="step: set it forward to the system's clock now."),
    ] = "show",
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it; without it step only says what would happen.")
    ] = False,
) -> None:
    """Show the centre's clock beside the system's, or set it forward.

    Everything that was to happen in the time between happens at once: see what that is first.
    """
    from acdengine.program.cli.control.formatters import format_clock

    want_choice(action, ("show", "step"), "ACTION")
    if action == "show":
        session.show(session.daemon.get("/v1/clock"), format_clock)
        return
    answer = session.daemon.post("/v1/clock/step", {"check_only": not yes})
    session.show(answer, format_clock)
