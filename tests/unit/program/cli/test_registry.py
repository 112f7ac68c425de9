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


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("completion foo", "'foo' is not known here, expected bash, zsh or fish"),
        ("completion bsh", "'bsh' is not known here (did you mean 'bash'?), expected bash"),
        ("clock foo", "'foo' is not known here, expected show or step"),
        ("account add x --role foo", "'foo' is not known here, expected admin"),
        ("run --speed abc", "'abc' is no number"),
        ("run --speed nan", "nan is less than 0.01"),
        ("run --http 99999", "99999 is more than 65535"),
        ("run --seconds 0", "0 is less than 0.1"),
        ("simulate x.yaml --replications abc", "'abc' is no whole number"),
    ],
)
def test_what_is_typed_wrongly_is_told_in_plain_words(line: str, told: str) -> None:
    done = CliRunner().invoke(app, line.split(), env={"COLUMNS": "200"})
    assert done.exit_code == 2
    assert told in done.output
    assert "Value error" not in done.output


@pytest.mark.slow
def test_the_command_line_starts_without_the_engine() -> None:
    code = (
        "import sys, acdengine.__main__;"
        "heavy = {'pydantic', 'aiohttp', 'acdengine.engine', 'acdengine.settings'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
