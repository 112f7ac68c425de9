"""`acdengine agents`: the agents of a running daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from acdengine.program.cli.control import completion
from acdengine.program.cli.control.session import Session, control
from acdengine.program.cli.quick import QuickCommand

app = typer.Typer(add_completion=False)


@app.command(cls=QuickCommand)
@control
def agents(
    session: Session,
    team: Annotated[
        str,
        typer.Option(help="Only of this team, as TENANT/TEAM.", autocompletion=completion.team_ids),
    ] = "",
    queue: Annotated[
        str, typer.Option(help="Only who serve this queue.", autocompletion=completion.queue_ids)
    ] = "",
    state: Annotated[str, typer.Option(help="Only in this state, such as ready.")] = "",
    limit: Annotated[int, typer.Option(min=0, help="Rows at most; 0: all.")] = 100,
) -> None:
    """List the agents: their states, since when, with which call."""
    from acdengine.program.cli.control.formatters import format_agents

    rows = session.daemon.rows("/v1/agents", limit, team=team, queue=queue, state=state)
    session.show(rows, format_agents)
