"""`acdengine simulate`: a scenario or recorded calls through the engine, in virtual time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from acdengine.errors import ACDError
from acdengine.program.cli.quick import QuickCommand
from acdengine.settings.errors import SettingsError
from adapters.sim.runs.replications import Work, replicate_on_cores
from adapters.sim.runs.report import json_report, text_report
from adapters.sim.runs.run_recorder import RunRecorder
from adapters.sim.runs.simulation import Run, run
from adapters.sim.runs.trace_replay import first_days, read_staffing, replay
from adapters.sim.runs.trace_report import TraceResult, json_trace_report, text_trace_report
from adapters.sim.scenarios.file_models import MOST_REPLICATIONS
from adapters.sim.scenarios.scenario import Scenario
from adapters.sim.scenarios.scenario_file import load_scenario
from adapters.sim.statistics.scipy_extra import MissingScipyError, require_scipy
from adapters.sim.traces.trace import TraceError
from adapters.sim.traces.trace_formats import read_trace

app = typer.Typer(add_completion=False)

#: `--staffing` for the agents named in the record.
SEEN = "seen"
#: Exit status when Ctrl-C was pressed before there was a result, as shells have it.
_BROKEN_OFF = 130
_SECOND_US = 1_000_000
_MINUTE_US = 60 * _SECOND_US

Files = Annotated[
    list[Path],
    typer.Argument(metavar="SCENARIO.yaml | FILE...", help="A scenario, or files of the trace."),
]
Seed = Annotated[int | None, typer.Option(help="Of all draws, in place of the scenario's.")]
Replications = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=MOST_REPLICATIONS,
        help="Independent runs, in place of the scenario's; 1 for a trace.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
TraceFormat = Annotated[
    str, typer.Option("--trace", metavar="FORMAT", help="Recorded calls, of this format: bank1999.")
]
Days = Annotated[int | None, typer.Option(min=1, help="Only the first days of the trace.")]
Staff = Annotated[
    str,
    typer.Option(
        "--staffing", metavar="seen|FILE.csv",
        help="Agents of a trace by half hour: as seen in it, or from,agents of a file.",
    ),
]  # fmt: skip
Break = Annotated[
    float | None,
    typer.Option(
        min=0.1, show_default="30",
        help="With --staffing seen: minutes without a call after which an agent was away.",
    ),
]  # fmt: skip

Record = Annotated[
    Path | None,
    typer.Option(
        "--record", metavar="FOLDER",
        help="Write the journal and the facts of one replication there, for acdengine replay.",
    ),
]  # fmt: skip
WrapUp = Annotated[
    float,
    typer.Option(min=0, max=3600, help="Seconds of work after each call of a trace."),
]


@app.command(cls=QuickCommand)
def simulate(
    files: Files,
    seed: Seed = None,
    replications: Replications = None,
    as_json: AsJson = False,
    trace: TraceFormat = "",
    days: Days = None,
    staffing: Staff = SEEN,
    break_min: Break = None,
    wrap_up_s: WrapUp = 0.0,
    record: Record = None,
) -> None:
    """Simulate a scenario or recorded calls, as fast as it goes.

    Every figure is a mean over the replications with its 95 % confidence interval, for which
    scipy must be installed (the extra sim). With --trace the calls of files are
    replayed, and shown beside what really happened to them.
    """
    if record is not None and (trace or (replications or 1) > 1):
        raise typer.BadParameter("--record goes with one replication of a scenario")
    if trace:
        asked = _Trace(trace, files, days, staffing, break_min, wrap_up_s)
        _trace(asked, seed, replications or 1, as_json)
        return
    if days is not None or staffing != SEEN or break_min is not None or wrap_up_s:
        raise typer.BadParameter("--days, --staffing, --break-min, --wrap-up-s go with --trace")
    if len(files) > 1:
        raise typer.BadParameter("one scenario at a time")
    try:
        read = load_scenario(files[0])
    except SettingsError as error:
        typer.echo(str(error), err=True)
        if any(problem.path == "tenants" for problem in error.problems):
            hint = (
                "A file with tenants is a centre's settings: a scenario names it under `settings`"
            )
            typer.echo(hint, err=True)
        raise typer.Exit(1) from None
    count = 1 if record is not None else replications or read.replications
    if count > 1:
        _check_for_scipy()
    if record is not None:
        runs = [_recorded(read.scenario, seed, record)]
    else:
        runs = _replicated(Work(read.scenario, count, seed))
    if as_json:
        typer.echo(json.dumps(json_report(read.scenario, runs)))
    else:
        typer.echo(text_report(read.scenario, runs))


def _recorded(scenario: Scenario, seed: int | None, folder: Path) -> Run:
    """One run, with its journal and facts in a folder."""
    try:
        recorder = RunRecorder(folder)
    except (OSError, ACDError) as error:
        typer.echo(f"the run cannot be recorded: {error}", err=True)
        raise typer.Exit(1) from None
    try:
        return run(scenario, seed, recorder=recorder)
    finally:
        recorder.close()


def _check_for_scipy() -> None:
    """Exit before anything is simulated, not after hours of it."""
    try:
        require_scipy()
    except MissingScipyError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _replicated(work: Work) -> list[Run]:
    """All replications, or those that had ended when Ctrl-C was pressed; with the progress on a
    terminal."""
    console = Console(stderr=True)
    with Progress(
        TextColumn(work.scenario.name, markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as shown:
        task = shown.add_task("", total=1.0)
        done = replicate_on_cores(work, lambda share: shown.update(task, completed=share))
    if done.broken_off:
        told = f"broken off: {len(done.runs)} of {work.replications} replications had ended"
        typer.echo(told, err=True)
        if not done.runs:
            raise typer.Exit(_BROKEN_OFF)
    return done.runs


class _Trace(NamedTuple):
    """What is asked of a trace."""

    format_name: str
    files: list[Path]
    days: int | None
    staffing: str
    break_min: float | None
    wrap_up_s: float


def _trace(asked: _Trace, seed: int | None, replications: int, as_json: bool) -> None:
    if asked.staffing != SEEN and asked.break_min is not None:
        raise typer.BadParameter("--break-min goes with --staffing seen")
    _check_for_scipy()
    try:
        recorded = read_trace(asked.format_name, asked.files)
        calls = first_days(recorded.calls, asked.days)
        given = None if asked.staffing == SEEN else read_staffing(Path(asked.staffing), calls)
    except TraceError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    break_us = round((asked.break_min or 30) * _MINUTE_US)
    replayed = replay(calls, given, break_us, round(asked.wrap_up_s * _SECOND_US))
    runs = _replicated(Work(replayed.scenario, replications, seed, replayed.traffic))
    result = TraceResult(recorded, replayed, runs)
    if as_json:
        typer.echo(json.dumps(json_trace_report(result)))
    else:
        typer.echo(text_trace_report(result))
