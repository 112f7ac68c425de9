"""The command line: `acdengine COMMAND`."""

from __future__ import annotations

import typer

import acdengine
from acdengine.cli.deferred import add_commands
from acdengine.cli.quick import QuickGroup

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
    app()


if __name__ == "__main__":
    main()
