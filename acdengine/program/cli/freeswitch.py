"""`acdengine freeswitch`: FreeSWITCH's own configuration, written for ours."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from acdengine.wording import counted

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def freeswitch() -> None:
    """Write FreeSWITCH's configuration for the settings."""


Config = Annotated[list[Path], typer.Option(help="Settings file; several are read as one.")]
Output = Annotated[Path, typer.Option(metavar="FOLDER", help="Where to write it.")]
Switch = Annotated[
    str, typer.Option(metavar="NAME", help="Of the settings' switches, where there are several.")
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that differ.")]
WithoutSecrets = Annotated[
    bool, typer.Option("--without-secrets", help="Leave out the file of passwords.")
]


@app.command()
def config(
    config: Config,
    output: Output,
    switch: Switch = "",
    force: Force = False,
    without_secrets: WithoutSecrets = False,
) -> None:
    """Write a whole configuration folder for a switch of the settings.

    Telephones that have no password yet get one at random; all passwords stand in one file, which
    only its owner can read. Where a file is there and differs, nothing is written: the difference
    is shown, and the exit status is 1.
    """
    from acdengine.program.installation.file_writer import differences, write
    from acdengine.program.switches.setup import spec_of
    from acdengine.settings.compile import load_plan
    from acdengine.settings.errors import SettingsError
    from adapters.freeswitch.protocol.errors import Unrepresentable
    from adapters.freeswitch.setup.config_files import SECRETS_FILE, files, secrets_of

    try:
        settings, plan = load_plan(config)
        name = _chosen(list(settings.switches), switch)
        secrets_path = output / SECRETS_FILE
        known = secrets_of(secrets_path.read_text("utf-8")) if secrets_path.exists() else {}
        written = files(spec_of(name, settings, plan, known, os.environ))
        if without_secrets:
            written = [file for file in written if not file.is_secret]
        lines = list(differences(output, written))
        if lines and not force:
            typer.echo("\n".join(lines))
            typer.echo("nothing was written: --force overwrites what differs", err=True)
            raise typer.Exit(1)
        write(output, written)
    except (SettingsError, Unrepresentable, OSError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{output}: {counted(len(written), 'file')} for the switch {name}")


def _chosen(names: list[str], wanted: str) -> str:
    if not names:
        raise typer.BadParameter("the settings name no switch", param_hint="--config")
    if not wanted and len(names) > 1:
        told = ", ".join(names)
        raise typer.BadParameter(f"which one? {told}", param_hint="--switch")
    if wanted and wanted not in names:
        raise typer.BadParameter(f"there is no switch {wanted}", param_hint="--switch")
    return wanted or names[0]


File = Annotated[
    Path, typer.Argument(metavar="FILE", help="callcenter.conf.xml; its includes are read too.")
]
Tenant = Annotated[str, typer.Option(metavar="NAME", help="The tenant that all of it becomes.")]
Yaml = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Settings file to write; else it is printed.")
]
Set = Annotated[
    list[str],
    typer.Option("--set", metavar="NAME=VALUE", help="What $${NAME} stands for; several times."),
]


@app.command()
def import_callcenter(
    file: File,
    tenant: Tenant = "centre",
    output: Yaml = None,
    force: Force = False,
    variables: Set = [],  # noqa: B006 - typer reads it, and never changes it
) -> None:
    """Turn mod_callcenter's queues, agents and tiers into settings.

    What has no counterpart stands as a comment at the head. The exit status is 1 when there is
    nothing to import, or when the result has problems, which are told as `acdengine check` does.
    """
    from acdengine.program.installation.callcenter.source import Unreadable, read
    from acdengine.program.installation.callcenter.translate import NotCallcenter, imported
    from acdengine.settings.compile import plan_of_documents
    from acdengine.settings.errors import SettingsError
    from acdengine.settings.yaml_source import parse

    try:
        source = read(file, _variables(variables))
        text = imported(source.xml, tenant, source.remarks).text()
    except Unreadable as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None
    except NotCallcenter as error:
        typer.echo("\n".join([f"{file}: {error}", *source.remarks]), err=True)
        raise typer.Exit(1) from None
    if output is None:
        typer.echo(text, nl=False)
    elif output.exists() and not force:
        typer.echo(f"{output} is there: --force overwrites it", err=True)
        raise typer.Exit(1)
    else:
        output.write_text(text, "utf-8")
    try:
        plan_of_documents([parse(text, str(output or "result"))])
    except SettingsError as error:
        typer.echo(error, err=True)
        if output is not None:
            typer.echo(
                f"{output} is written: correct it there, or import again with --force", err=True
            )
        raise typer.Exit(1) from None


def _variables(told: list[str]) -> dict[str, str]:
    found = {}
    for one in told:
        name, equals, value = one.partition("=")
        if not (name and equals):
            raise typer.BadParameter(f"{one!r}: expected NAME=VALUE", param_hint="--set")
        found[name] = value
    return found
