"""What AGI scripts can use, as tables from the code's own."""

from __future__ import annotations

import inspect
import re

from acdengine.agi.applications.table import APPLICATIONS
from acdengine.agi.command_table import COMMANDS
from acdengine.agi.dialplan.functions import READERS, WRITERS


def commands() -> str:
    """Every command: its words, whether it is carried out after a hang-up, what it does."""
    rows = [
        f"| `{f'{command.name} {command.usage}'.strip()}` | "
        f"{'yes' if command.is_for_dead else ''} | {_does(command.carry_out)} |"
        for command in COMMANDS
    ]
    return "\n".join(
        ["| command | after a hang-up | what it does |", "| --- | --- | --- |", *rows]
    ).replace("ON|OFF", "ON\\|OFF")


def applications() -> str:
    """Every application of EXEC."""
    rows = [f"| `{name}` | {_does(run)} |" for name, run in sorted(APPLICATIONS.items())]
    rows.append("| `exec`, `tryexec`, `execif` | run the application in their argument |")
    return "\n".join(["| application | what it does |", "| --- | --- |", *sorted(rows)])


def functions() -> str:
    """Every function, and whether it can be set."""
    rows = [f"| `{name}` | {'yes' if name in WRITERS else ''} |" for name in sorted(READERS)]
    return "\n".join(["| function | can be set |", "| --- | --- |", *rows])


def _does(handler: object) -> str:
    text = " ".join(inspect.cleandoc(inspect.getdoc(handler) or "").split())
    return re.sub(r"``", "`", text).replace("|", "\\|")
