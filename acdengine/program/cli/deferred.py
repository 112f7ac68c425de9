"""Commands that are imported when they are called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperCommand

from acdengine.program.cli import COMMANDS

_FOLDER: Final = "acdengine.program.cli"

if TYPE_CHECKING:
    from typer._click.core import Command, Context


def add_commands(app: typer.Typer, commands: Mapping[str, str] = COMMANDS) -> None:
    """Give an application the commands of a table, none of them imported yet."""
    for name, help_line in commands.items():
        app.command(name, cls=_deferred(name), help=help_line)(_nothing)


def load(name: str) -> Command:
    """The command, or group of commands, of a name: `app` of the module that is called so."""
    return typer.main.get_command(import_module(f"{_FOLDER}.{name}").app)


def _nothing() -> None:
    """Stands for a command that is not imported."""


def _deferred(name: str) -> type[TyperCommand]:
    class Deferred(TyperCommand):
        """Shows its line of help; the imported command does the rest."""

        def make_context(
            self,
            info_name: str | None,
            args: list[str],
            parent: Context | None = None,
            **extra: Any,  # noqa: ANN401 - passed on to the command line library
        ) -> Context:
            return load(name).make_context(info_name, args, parent, **extra)

    return Deferred
