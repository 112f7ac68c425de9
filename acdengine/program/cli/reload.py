"""`acdengine reload`: the daemon reads its settings again."""

from __future__ import annotations

from typing import Annotated

import typer

from acdengine.program.cli.control.session import Session, control
from acdengine.program.cli.quick import QuickCommand

app = typer.Typer(add_completion=False)


@app.command(cls=QuickCommand)
@control
def reload(
    session: Session,
    check: Annotated[
        bool, typer.Option("--check", help="Say what would change, and change nothing.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Also settings that leave no tenants, queues, agents ..."),
    ] = False,
    flows: Annotated[
        int,
        typer.Option(
            metavar="PERCENT",
            min=1,
            max=100,
            help="Share of their callers on whom changed IVR flows are tried.",
        ),
    ] = 100,
) -> None:
    """Have the daemon read its settings again.

    Settings with mistakes are refused with every one of them, and nothing is changed. So are
    settings that leave nothing of a kind that there was, unless --force is given.
    """
    from acdengine.program.cli.control.formatters import format_changes

    answer = session.daemon.post(
        "/v1/reload", {"check_only": check, "force": force, "flow_percent": flows}
    )
    session.show(answer, format_changes)
