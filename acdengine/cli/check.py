"""`acdengine check`: everything that is wrong with settings files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from acdengine.settings.compile import load_plan
from acdengine.settings.errors import SettingsError

app = typer.Typer(add_completion=False)


@app.command()
def check(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Settings files, read as one.")
    ],
) -> None:
    """Check settings files and say everything that is wrong.

    Each problem is a line `file:line:column path: what is wrong, expected ...`; the exit status is
    1 when there is one.
    """
    try:
        _, plan = load_plan(files)
    except SettingsError as error:
        typer.echo(str(error))
        count = len(error.problems)
        typer.echo("1 problem" if count == 1 else f"{count} problems", err=True)
        raise typer.Exit(1) from None
    counts = {
        "tenant": len(plan.tenants),
        "queue": len(plan.queues),
        "agent": len(plan.agents),
        "flow": len(plan.flows),
        "trunk group": len(plan.trunks),
    }
    told = [f"{count} {noun}{'' if count == 1 else 's'}" for noun, count in counts.items()]
    typer.echo(f"OK: {', '.join(told)}")
