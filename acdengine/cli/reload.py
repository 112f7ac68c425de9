"""`acdengine reload`: the daemon reads its settings again."""

from __future__ import annotations

from typing import Annotated

import typer

from acdengine.cli.control.session import Session, control
from acdengine.cli.quick import QuickCommand

app = typer.Typer(add_completion=False)


@app.command(cls=QuickCommand)
@control
def reload(
    session: Session,
    check: Annotated[
        bool, typer.Option("--check", help="Say what would change, and change nothing.")
    ] = False,
) -> None:
    """Have the daemon read its settings again.

    Settings with mistakes are refused with every one of them, and nothing is changed.
    """
    from acdengine.cli.control.pictures import changes_picture

    session.show(session.daemon.post("/v1/reload", {"check_only": check}), changes_picture)
