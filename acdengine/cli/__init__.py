"""The command line's commands, one file each.

A file defines `app`, a `typer.Typer` with one command or a group of them, and is imported only when
its command is called, so that `acdengine --help` need not load the engine. To add a command, write
the file and a line of `COMMANDS`.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Line(NamedTuple):
    """A command in the list that `acdengine --help` shows."""

    module: str
    help: str


COMMANDS: Final[dict[str, Line]] = {
    "check": Line("acdengine.cli.check", "Check settings files and say everything that is wrong."),
    "run": Line("acdengine.cli.run", "Run the daemon, on simulated trunks unless told otherwise."),
    "schema": Line("acdengine.cli.schema", "Write the JSON Schema of the settings, for editors."),
}
