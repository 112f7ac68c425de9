"""Commands that are imported when they are called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand

from acdengine.cli import COMMANDS, Line

if TYPE_CHECKING:
    from typer._click.core import Command, Context


def add_commands(app: typer.Typer, lines: Mapping[str, Line] = COMMANDS) -> None:
    """Give an application the commands of a table, none of them imported yet."""
    for name, line in lines.items():
        app.command(name, cls=_deferred(line.module), help=line.help)(_nothing)


def load(module: str) -> Command:
    """The command, or group of commands, that a module's `app` is."""
    return typer.main.get_command(import_module(module).app)


def _nothing() -> None:
    """Stands for a command that is not imported."""


def _deferred(module: str) -> type[TyperCommand]:
    class Deferred(TyperCommand):
        """Shows its line of help; whatever else is asked of it, the command itself does."""

        def make_context(
            self,
            info_name: str | None,
            args: list[str],
            parent: Context | None = None,
            **extra: Any,  # noqa: ANN401 - passed on to the command line library
        ) -> Context:
            return load(module).make_context(info_name, args, parent, **extra)

    return Deferred
