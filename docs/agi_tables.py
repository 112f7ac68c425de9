"""What AGI scripts can use, as tables from the code's own."""

from __future__ import annotations

import inspect
import re

from acdengine.agi.applications.table import APPLICATIONS
from acdengine.agi.command_table import COMMANDS
from acdengine.agi.dialplan.expansion import BUILT_IN
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
    """Every function, whether it can be set, and what it does."""
    rows = [
        f"| `{name}` | {'yes' if name in WRITERS else ''} | {_does(READERS[name])} |"
        for name in sorted(READERS)
    ]
    head = ["| function | can be set | what it does |", "| --- | --- | --- |"]
    return "\n".join([*head, *rows])


def variables() -> str:
    """Every variable that Asterisk gives a value, or that commands and applications set."""
    rows = [f"| `{name}` | {what} |" for name, (what, _) in BUILT_IN.items()]
    rows += [f"| `{name}` | set by {', '.join(by)} |" for name, by in sorted(_set_by().items())]
    return "\n".join(["| variable | what it is |", "| --- | --- |", *rows])


def _set_by() -> dict[str, list[str]]:
    """Variables that commands and applications say that they set, with those that do."""
    found: dict[str, list[str]] = {}
    handlers: dict[str, object] = {f"`{command.name}`": command.carry_out for command in COMMANDS}
    handlers |= {f"`{name}`": run for name, run in APPLICATIONS.items()}
    for name, handler in handlers.items():
        for listed in re.findall(r"[Ss]ets ((?:[A-Z_]+(?:, | and )?)+)", _does(handler)):
            for variable in re.findall(r"[A-Z_]{3,}", listed):
                found.setdefault(variable, []).append(name)
    return found


def _does(handler: object) -> str:
    text = " ".join(inspect.cleandoc(inspect.getdoc(handler) or "").split())
    return re.sub(r"``", "`", text).replace("|", "\\|")
