"""The command line: `acdengine COMMAND`."""

from __future__ import annotations

import os
from typing import Final

import typer

import acdengine
from acdengine.program.cli.deferred import add_commands
from acdengine.program.cli.quick import QuickGroup

#: What the shell sets when it asks what could come next.
VARIABLE: Final = "_ACDENGINE_COMPLETE"

app = typer.Typer(
    name="acdengine",
    cls=QuickGroup,
    help="Automatic call distribution: queues, skill-based routing, agents.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback(invoke_without_command=True)
def acdengine_command(
    version: bool = typer.Option(False, "--version", help="Print the version and stop."),
) -> None:
    """Automatic call distribution: queues, skill-based routing, agents."""
    if version:
        print(acdengine.__version__)
        raise typer.Exit


add_commands(app)


def main() -> None:
    """Run the command line; the console script `acdengine` starts here."""
    if VARIABLE in os.environ:
        # The shell asks what could come next: the library then needs its part for shells.
        from typer._completion_classes import completion_init

        completion_init()
    app(prog_name="acdengine")


if __name__ == "__main__":
    main()
