"""`acdengine callback`: place and cancel callbacks."""

from __future__ import annotations

from typing import Annotated

import typer

from acdengine.program.cli.control import completion
from acdengine.program.cli.control.daemon import path_of
from acdengine.program.cli.control.session import Session, control
from acdengine.program.cli.quick import QuickCommand

app = typer.Typer(add_completion=False)


@app.command(cls=QuickCommand)
@control
def callback(
    session: Session,
    queue: Annotated[
        str,
        typer.Argument(
            metavar="QUEUE", help="As TENANT/NAME.", autocompletion=completion.queue_ids
        ),
    ] = "",
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="To be rung.")] = "",
    cancel: Annotated[str, typer.Option(metavar="CALL", help="Give this callback up.")] = "",
) -> None:
    """Put a number in line to be rung back, or take it out again."""
    from acdengine.program.cli.control.formatters import format_one

    if cancel and not queue:
        answer = session.daemon.ask("DELETE", path_of("callbacks", cancel))
    elif queue and number and not cancel:
        wish = {"queue_id": queue, "number": number}
        answer = session.daemon.post("/v1/callbacks", wish)
    else:
        raise typer.BadParameter("either QUEUE and NUMBER, or --cancel CALL")
    session.show(answer, format_one)
