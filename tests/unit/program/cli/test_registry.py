"""Every command of the table can be loaded, and none is loaded before it is called."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from acdengine.__main__ import app
from acdengine.program.cli import COMMANDS
from acdengine.program.cli.deferred import add_commands, load


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_of_itself_what_the_table_says(name: str) -> None:
    own = load(name).help
    assert own is not None
    assert own.splitlines()[0] == COMMANDS[name]


def test_the_help_names_every_command() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    assert [name for name in COMMANDS if name not in shown] == []


def test_a_command_is_imported_only_when_it_is_called() -> None:
    lazy = typer.Typer(add_completion=False)
    lazy.callback()(lambda: None)
    add_commands(lazy, {"gone": "A command of which the file is gone."})
    assert "A command of which" in CliRunner().invoke(lazy, ["--help"]).output
    with pytest.raises(ModuleNotFoundError):
        CliRunner().invoke(lazy, ["gone"], catch_exceptions=False)


def test_the_command_line_starts_without_the_engine() -> None:
    code = (
        "import sys, acdengine.__main__;"
        "heavy = {'pydantic', 'aiohttp', 'acdengine.engine', 'acdengine.settings'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
