"""`acdengine check`: everything that is wrong with settings files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from acdengine.settings.centre import load_centre
from acdengine.settings.errors import SettingsError

app = typer.Typer(add_completion=False)


@app.command()
def check(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Settings files, read as one.")
    ],
    strict: Annotated[
        bool, typer.Option("--strict", help="What is odd is a problem, too.")
    ] = False,
) -> None:
    """Check settings files and say everything that is wrong.

    Each problem is a line `file:line:column path: what is wrong, expected ...`; the exit status is
    1 when there is one. What is odd and can be run is a line with `warning:` in it, and leaves the
    status 0 unless --strict is given.
    """
    try:
        _, plan, odd = load_centre(files, os.environ)
    except SettingsError as error:
        typer.echo(str(error))
        typer.echo(_many(len(error.problems), "problem"), err=True)
        if any(problem.path == "call_types" for problem in error.problems):
            typer.echo("A file with call_types is a scenario: acdengine simulate FILE", err=True)
        raise typer.Exit(1) from None
    for oddity in odd:
        typer.echo(f"warning: {oddity}", err=not strict)
    if strict and odd:
        typer.echo(_many(len(odd), "warning"), err=True)
        raise typer.Exit(1)
    counts = {
        "tenant": len(plan.tenants),
        "queue": len(plan.queues),
        "agent": len(plan.agents),
        "flow": len(plan.flows) + len(plan.ivr_flows),
        "trunk group": len(plan.trunks),
    }
    told = ", ".join(_many(count, noun) for noun, count in counts.items())
    also = f"; {_many(len(odd), 'warning')}" if odd else ""
    typer.echo(f"OK: {told}{also}")


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
