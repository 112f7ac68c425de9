"""`acdengine flow`: IVR flows, for those who write them."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from acdengine.ivr.program import programs_of
from acdengine.program.flows.pictures import as_mermaid, as_svg
from acdengine.program.flows.taken import OtherFacts, taken_in
from acdengine.program.flows.testing import (
    as_junit,
    as_text,
    read_cases,
    run_cases,
    test_paths,
)
from acdengine.program.flows.trying import Trial
from acdengine.program.installation.callcenter.source import Unreadable
from acdengine.program.installation.callcenter.source import read as read_configuration
from acdengine.program.installation.ivr_menus.translate import NoMenus, imported
from acdengine.settings.compile import load_plan, settings_of
from acdengine.settings.errors import SettingsError
from acdengine.settings.flows.cases import CaseSettings
from acdengine.settings.flows.for_tenant import references_of
from acdengine.settings.flows.json_schema import flow_schema
from acdengine.settings.flows.library import TEST_ENDING, FlowLibrary, load_flows
from acdengine.settings.flows.references import References
from queues.policy import SECOND_US

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def flow() -> None:
    """Check, draw, try and test IVR flows, which are YAML files of named steps."""


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
        _write(junit, as_junit(report))
    for line in as_text(report, with_missing=missing):
        typer.echo(line)
    if report.failed or not report.cases:
        raise typer.Exit(1)


@app.command()
def graph(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A flow file.")],
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="FILE.svg, or FILE.mmd for Mermaid."),
    ] = None,
    tests: Annotated[
        bool, typer.Option("--tests", help="Colour steps by how often the test cases take them.")
    ] = False,
    facts: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="Colour steps by how often callers took them: files of facts."
        ),
    ] = None,
    tenant: TenantName = "",
) -> None:
    """Draw a flow: SVG or Mermaid, by the ending of --output; without it, Mermaid on the screen.

    Ways to the flow's `otherwise` that no step names are left out.
    """
    library = loaded([file.parent] if tests else [file], [], "", None, draft=True)
    definition = library.definitions[file.stem]
    counts = None
    if tests:
        report = run_cases(read_cases(test_paths([file]), library), library)
        counts = report.coverage[file.stem].taken
    if facts:
        try:
            counts = taken_in(facts, file.stem, tenant)
        except OtherFacts as error:
            raise typer.BadParameter(str(error), param_hint="--facts") from None
        except OSError as error:
            message = f"{error.filename}: {error.strerror}"
            raise typer.BadParameter(message, param_hint="--facts") from None
    if output is None:
        typer.echo(as_mermaid(definition, counts), nl=False)
        return
    if output.suffix not in (".svg", ".mmd"):
        raise typer.BadParameter("expected FILE.svg or FILE.mmd", param_hint="--output")
    draw = as_svg if output.suffix == ".svg" else as_mermaid
    _write(output, draw(definition, counts))


@app.command("try")
def try_out(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A flow file.")],
    config: Config = None,
    tenant: TenantName = "",
    caller: Annotated[
        str, typer.Option(metavar="NUMBER", help="The caller's number.")
    ] = "+4930100200",
    at: Annotated[
        datetime, typer.Option(help="When the call comes, UTC.", formats=["%Y-%m-%dT%H:%M"])
    ] = datetime(2026, 12, 1, 10),  # noqa: DTZ001 - a default; UTC is set below
    agent: Annotated[
        list[str] | None,
        typer.Option(metavar="NUMBER=PIN", help="An agent who may call; once for each."),
    ] = None,
) -> None:
    """Go through a flow in the terminal: read the prompts, press keys, say what agents and systems
    do. `help` lists what can be typed."""
    library = loaded([file.parent], config or [], tenant, None, draft=True)
    definition = library.definitions[file.stem]
    hours = load_plan(config)[1].hours if config else {}
    at_us = int(at.replace(tzinfo=UTC).timestamp() * SECOND_US)
    programs = programs_of(library.definitions.values())
    agents = {
        number: {"pin": pin} for number, _, pin in (one.partition("=") for one in agent or [])
    }
    try:
        case = CaseSettings.model_validate({"name": "tried", "caller": caller, "agents": agents})
    except ValidationError:
        raise typer.BadParameter(
            "expected digits, such as 1001=4711", param_hint="--agent"
        ) from None
    trial = Trial(definition, programs, library.prompts, hours, case, at_us)
    for line in trial.begin():
        typer.echo(line)
    while not trial.is_over:
        typer.echo("> ", nl=False)
        order = sys.stdin.readline()
        if not order or order.strip() == "quit":
            return
        for line in trial.order(order):
            typer.echo(line)


@app.command("import")
def import_menus(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="FreeSWITCH's ivr.conf.xml; its includes are read too."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write the flows here; else they are printed."),
    ] = None,
    language: Annotated[str, typer.Option(metavar="NAME", help="Of the prompts.")] = "en",
    variables: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="What $${NAME} stands for."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite flows that are there.")] = False,
) -> None:
    """Turn FreeSWITCH's XML menus into flows, a file for each menu that no other leads to.

    What has no counterpart stands as a comment at the head of the flow, and is told. The exit
    status is 1 when there is nothing to import, or when a flow has problems, which are told as
    `acdengine flow check --draft` does.
    """
    given = dict(one.partition("=")[::2] for one in variables or [])
    try:
        source = read_configuration(file, given)
        flows = imported(source.xml, language)
    except (Unreadable, NoMenus) as error:
        told = str(error) if isinstance(error, Unreadable) else f"{file}: {error}"
        typer.echo(told, err=True)
        raise typer.Exit(1) from None
    for flow in flows:
        flow.remarks[:0] = source.remarks
        if output is None:
            typer.echo(f"# {flow.name}.yaml\n{flow.text()}", nl=False)
            continue
        path = output / f"{flow.name}.yaml"
        if path.exists() and not force:
            typer.echo(f"{path} is there: --force overwrites it", err=True)
            raise typer.Exit(1)
        output.mkdir(parents=True, exist_ok=True)
        _write(path, flow.text())
        typer.echo(f"{path}: {many(len(flow.settings['steps']), 'step')}")
        for remark in flow.remarks:
            typer.echo(f"  {remark}")
    if output is not None:
        loaded([output / f"{flow.name}.yaml" for flow in flows], [], "", None, draft=True)


@app.command()
def schema(
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write here, not to the screen.")
    ] = None,
) -> None:
    """Write the JSON Schema of flow files, for editors.

    An editor uses it for a file whose first line is `# yaml-language-server: $schema=FILE`.
    """
    text = json.dumps(flow_schema(), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        typer.echo(text, nl=False)
    else:
        _write(output, text)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        typer.echo(f"{path}: cannot be written: {error.strerror or error}", err=True)
        raise typer.Exit(1) from None


def loaded(
    files: list[Path], config: list[Path], tenant: str, overlay: Path | None, *, draft: bool
) -> FlowLibrary:
    """The flows of a command; what is wrong with them ends it with status 1."""
    try:
        known = References()
        if config:
            tenant, known = references_of(settings_of(config), tenant)
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
