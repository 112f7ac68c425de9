"""`acdengine install`: what is beside the program itself, put in its place."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from acdengine.wording import counted

app = typer.Typer(add_completion=False, no_args_is_help=True)

Force = Annotated[bool, typer.Option("--force", help="Overwrite files that differ.")]


@app.callback()
def install() -> None:
    """Put the service, or the examples, in their places."""


@app.command()
def systemd(
    root: Annotated[
        Path, typer.Option(metavar="FOLDER", help="A system's tree that is prepared elsewhere.")
    ] = Path("/"),
    program: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The program of the unit.", show_default="this one"),
    ] = None,
    force: Force = False,
) -> None:
    """Install the daemon as a service of systemd: unit, user, settings, passwords and folders.

    Settings and passwords that are there are kept. Where another file is there and differs,
    nothing is installed: the difference is shown, and the exit status is 1. The service is neither
    enabled nor started.
    """
    from acdengine.program.installation.service import NotInstalled, install
    from acdengine.program.installation.service_files import SETTINGS

    own = Path(sys.executable).parent / "acdengine"
    try:
        for line in install(root.absolute(), (program or own).absolute(), force=force):
            typer.echo(line)
    except NotInstalled as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None
    typer.echo(
        f"Next: edit {SETTINGS}, then\n"
        f"  acdengine check {SETTINGS}\n"
        "  systemctl daemon-reload\n"
        "  systemctl enable --now acdengine"
    )


@app.command()
def examples(
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="Where to write them.")] = Path(
        "config"
    ),
    flows: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where to write the IVR flows.")
    ] = Path("ivr_scripts"),
    force: Force = False,
) -> None:
    """Write the example settings and scenarios, units, alerts and dashboard into a folder, and the
    IVR flows with their test cases and prompts into another.

    Where a file is there and differs, nothing is written: the difference is shown, and the exit
    status is 1.
    """
    from acdengine.program.installation.file_writer import differences, write
    from acdengine.program.installation.shipped import files, flow_files
    from adapters.freeswitch.setup.config_files import File

    written = {
        output: [File(path, text) for path, text in files()],
        flows: [File(path, text) for path, text in flow_files()],
    }
    try:
        lines = [line for folder, own in written.items() for line in differences(folder, own)]
        if lines and not force:
            typer.echo("\n".join(lines))
            typer.echo("nothing was written: --force overwrites what differs", err=True)
            raise typer.Exit(1)
        for folder, own in written.items():
            write(folder, own)
    except OSError as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None
    for folder, own in written.items():
        typer.echo(f"{folder}: {counted(len(own), 'file')}")
