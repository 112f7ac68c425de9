"""`acdengine watch`: what happens in a running daemon, as it happens."""

from __future__ import annotations

from typing import Annotated

import typer

from acdengine.program.cli.control import completion
from acdengine.program.cli.control.session import Session, control
from acdengine.program.cli.quick import QuickCommand

app = typer.Typer(add_completion=False)


@app.command(cls=QuickCommand)
@control
def watch(
    session: Session,
    queue: Annotated[
        list[str] | None,
        typer.Option(
            help="Only of these queues.", show_default=False, autocompletion=completion.queue_ids
        ),
    ] = None,
    agent: Annotated[
        list[str] | None,
        typer.Option(
            help="Only of these agents.", show_default=False, autocompletion=completion.agent_ids
        ),
    ] = None,
    fact: Annotated[
        list[str] | None,
        typer.Option(
            help="Only these kinds of facts.",
            show_default=False,
            autocompletion=completion.fact_names,
        ),
    ] = None,
    count: Annotated[int, typer.Option(min=0, help="End after so many facts; 0: never.")] = 0,
) -> None:
    """Print what happens as it happens, a line of JSON for each fact."""
    # Not of the standard library, and slow to import: the one command that needs it may wait.
    from acdengine.program.cli.control.live import follow

    wish = {"queues": queue or [], "agents": agent or [], "facts": fact or []}
    follow(session.daemon, wish, count)
