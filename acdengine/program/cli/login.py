"""`acdengine login`: a session of an account, for the commands that follow."""

from __future__ import annotations

from typing import Annotated

import typer

from acdengine.program.cli.control.session import Session, control
from acdengine.program.cli.quick import QuickCommand

app = typer.Typer(add_completion=False)


@app.command(cls=QuickCommand)
@control
def login(
    session: Session,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The name of the account.")],
) -> None:
    """Log in with an account; the commands that follow use its session.

    Asks for the password, or reads it as a line of standard input. The session is kept in a file
    that only this user may read, until it ends or `acdengine logout`.
    """
    from acdengine.program.cli.account import read_password
    from acdengine.program.cli.control.formatters import format_session
    from acdengine.program.cli.control.saved_sessions import keep_session

    password = read_password(f"Password of {account}: ")
    answer = session.daemon.post("/v1/login", {"account": account, "password": password})
    keep_session(session.daemon.url, answer["token"], answer["expires_us"])
    session.show(answer, format_session)
