"""`acdengine flow`: IVR flows, for those who write them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from acdengine.program.flows.testing import (
    as_junit,
    as_text,
    read_cases,
    run_cases,
    test_paths,
)
from acdengine.settings.compile import load_plan
from acdengine.settings.errors import SettingsError
from acdengine.settings.flows.for_tenant import references_of
from acdengine.settings.flows.library import TEST_ENDING, FlowLibrary, load_flows
from acdengine.settings.flows.references import References

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def flow() -> None:
    """Check and test IVR flows, which are YAML files of named steps."""


Flows = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="Flow files, or folders of them, read as one."),
]
Config = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE", help="Settings that the flows are for; several files are read as one."
    ),
]
TenantName = Annotated[
    str, typer.Option(metavar="NAME", help="Of the settings' tenants, where there are several.")
]
Overlay = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Values of another environment.")
]
Draft = Annotated[bool, typer.Option("--draft", help="What the flows name need not be there yet.")]


@app.command()
def check(
    files: Flows,
    config: Config = None,
    tenant: TenantName = "",
    overlay: Overlay = None,
    draft: Draft = False,
) -> None:
    """Check flow files and say everything that is wrong.

    Each problem is a line `file:line:column path: what is wrong, expected ...`; the exit status is
    1 when there is one. Without --config, names of queues, agents and hours are not looked up.
    """
    library = loaded(files, config or [], tenant, overlay, draft=draft)
    steps = sum(len(definition.steps) for definition in library.definitions.values())
    typer.echo(f"OK: {many(len(library.definitions), 'flow')}, {many(steps, 'step')}")


@app.command("test")
def run_tests(
    files: Flows,
    config: Config = None,
    tenant: TenantName = "",
    overlay: Overlay = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the results as JUnit XML.")
    ] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="Name the ways out that no case takes.")
    ] = False,
) -> None:
    """Run the test cases of flows: all files `*.test.yaml` beside them.

    The exit status is 1 when a case does not end as expected.
    """
    flows = [path for path in files if not path.name.endswith(TEST_ENDING)]
    flows = flows or list(dict.fromkeys(path.parent for path in files))
    library = loaded(flows, config or [], tenant, overlay, draft=not config)
    hours = load_plan(config)[1].hours if config else {}
    try:
        report = run_cases(read_cases(test_paths(files), library), library, hours)
    except SettingsError as error:
        typer.echo(str(error))
        typer.echo(many(len(error.problems), "problem"), err=True)
        raise typer.Exit(1) from None
    if junit is not None:
        try:
            junit.write_text(as_junit(report), encoding="utf-8")
        except OSError as error:
            typer.echo(f"{junit}: cannot be written: {error.strerror or error}", err=True)
            raise typer.Exit(1) from None
    for line in as_text(report, with_missing=missing):
        typer.echo(line)
    if report.failed or not report.cases:
        raise typer.Exit(1)


def loaded(
    files: list[Path], config: list[Path], tenant: str, overlay: Path | None, *, draft: bool
) -> FlowLibrary:
    """The flows of a command; what is wrong with them ends it with status 1."""
    try:
        known = References()
        if config:
            tenant, known = references_of(config, tenant)
        return load_flows(files, tenant=tenant, known=known, overlay=overlay, draft=draft)
    except SettingsError as error:
        typer.echo(str(error))
        typer.echo(many(len(error.problems), "problem"), err=True)
        raise typer.Exit(1) from None
    except LookupError as error:
        raise typer.BadParameter(str(error.args[0]), param_hint="--tenant") from None


def many(count: int, noun: str) -> str:
    """A count with its noun."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
