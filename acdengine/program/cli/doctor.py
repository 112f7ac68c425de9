"""`acdengine doctor`: is everything right for calls to come?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from adapters.freeswitch.doctor.findings import Finding

app = typer.Typer(add_completion=False)

_MARKS: Final = {"ok": "[green]ok[/]", "warning": "[yellow]warning[/]", "error": "[red]error[/]"}

Config = Annotated[list[Path], typer.Option(help="Settings file; several are read as one.")]
Switch = Annotated[str, typer.Option(metavar="NAME", help="Only this switch.")]
Call = Annotated[bool, typer.Option("--call/--no-call", help="Make the test call.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command()
def doctor(config: Config, switch: Switch = "", call: Call = True, json: Json = False) -> None:
    """Look at this machine and the switches, and say what to do about what is wrong.

    On each switch a call is made through park, music, ring, bridge, record and hang-up; no one is
    rung and no trunk is used. The exit status is 1 when there is an error.
    """
    import asyncio

    import msgspec

    from acdengine.program.switches.doctor import diagnose
    from acdengine.settings.compile import load_plan
    from acdengine.settings.errors import SettingsError

    try:
        settings, plan = load_plan(config)
        if switch and switch not in settings.switches:
            raise typer.BadParameter(f"there is no switch {switch}", param_hint="--switch")
        found = asyncio.run(diagnose(settings, plan, os.environ, only=switch, with_call=call))
    except SettingsError as failure:
        typer.echo(failure, err=True)
        raise typer.Exit(1) from None
    if json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        _show(found)
    if any(finding.level == "error" for part in found.values() for finding in part):
        raise typer.Exit(1)


def _show(found: dict[str, list[Finding]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    for name, findings in found.items():
        table = Table(title=escape(name), title_justify="left", box=None, padding=(0, 2, 0, 0))
        for heading in ("", "", "seen"):
            table.add_column(heading, overflow="fold")
        table.add_column("ms", justify="right")
        for finding in findings:
            seen = escape(finding.seen)
            if finding.advice:
                seen += f"\n[bold]{escape(finding.advice)}[/]"
            took = "" if finding.took_ms is None else f"{finding.took_ms:.0f}"
            table.add_row(_MARKS[finding.level], escape(finding.check), seen, took)
        console.print(table)
        console.print()
    levels = [finding.level for findings in found.values() for finding in findings]
    counts = {kind: levels.count(kind) for kind in ("error", "warning")}
    told = [f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in counts.items()]
    console.print(f"{', '.join(told)}, {levels.count('ok')} ok")
