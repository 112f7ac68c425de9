"""`acdengine completion`: the shell completes commands, and names of the running daemon."""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from typer._completion_shared import get_completion_script

app = typer.Typer(add_completion=False)


@app.command()
def completion(
    shell: Annotated[
        Literal["bash", "zsh", "fish"], typer.Argument(help="The shell that it is for.")
    ],
) -> None:
    """Have a shell complete commands, and names of agents, queues and calls.

    Writes what the shell must read, for bash: `eval "$(acdengine completion bash)"` in ~/.bashrc.
    Names are asked of the daemon that the commands themselves would ask.
    """
    typer.echo(
        get_completion_script(
            prog_name="acdengine", complete_var="_ACDENGINE_COMPLETE", shell=shell
        )
    )
