"""`acdengine completion`: the shell completes commands, and names of the running daemon."""

from __future__ import annotations

from typing import Annotated, Final

import typer
from typer._completion_shared import get_completion_script

from acdengine.program.cli.choices import want_choice

app = typer.Typer(add_completion=False)

_SHELLS: Final = ("bash", "zsh", "fish")


@app.command()
def completion(
    shell: Annotated[
        str, typer.Argument(metavar="SHELL", help=f"The shell: {', '.join(_SHELLS)}.")
    ],
) -> None:
    """Have a shell complete commands, and names of agents, queues and calls.

    Writes what the shell must read, for bash: `eval "$(acdengine completion bash)"` in ~/.bashrc.
    Names are asked of the daemon that the commands themselves would ask.
    """
    want_choice(shell, _SHELLS, "SHELL")
    typer.echo(
        get_completion_script(
            prog_name="acdengine", complete_var="_ACDENGINE_COMPLETE", shell=shell
        )
    )
