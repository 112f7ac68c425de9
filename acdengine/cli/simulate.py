"""`acdengine simulate`: a scenario or recorded calls through the engine, in virtual time."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from acdengine.settings.errors import SettingsError
from adapters.sim.report import json_report, text_report
from adapters.sim.scenario_settings import load_scenario
from adapters.sim.simulation import replicate
from adapters.sim.trace import TraceError
from adapters.sim.trace_formats import read_trace
from adapters.sim.trace_replay import first_days, read_staffing, replay
from adapters.sim.trace_report import TraceResult, json_trace_report, text_trace_report

app = typer.Typer(add_completion=False)

#: `--staffing` for the agents named in the record.
SEEN = "seen"
_MINUTE_US = 60_000_000

Files = Annotated[
    list[Path],
    typer.Argument(metavar="SCENARIO.yaml | FILE...", help="A scenario, or files of the trace."),
]
Seed = Annotated[int | None, typer.Option(help="Of all draws, in place of the scenario's.")]
Replications = Annotated[
    int | None,
    typer.Option(min=1, help="Independent runs, in place of the scenario's; 1 for a trace."),
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


@app.command()
def simulate(
    files: Files,
    seed: Seed = None,
    replications: Replications = None,
    as_json: AsJson = False,
    trace: TraceFormat = "",
    days: Days = None,
    staffing: Staff = SEEN,
    break_min: Break = None,
) -> None:
    """Simulate a scenario or recorded calls, as fast as it goes.

    Every figure is a mean over the replications with its 95 % confidence interval. With --trace
    the calls of files are played again, and stand beside what really happened to them.
    """
    if trace:
        _trace(trace, files, seed, replications or 1, as_json, days, staffing, break_min)
        return
    if days is not None or staffing != SEEN or break_min is not None:
        raise typer.BadParameter("--days, --staffing and --break-min go with --trace")
    if len(files) > 1:
        raise typer.BadParameter("one scenario at a time")
    try:
        read = load_scenario(files[0])
    except SettingsError as error:
        typer.echo(str(error))
        raise typer.Exit(1) from None
    runs = replicate(read.scenario, replications or read.replications, seed)
    if as_json:
        typer.echo(json.dumps(json_report(read.scenario, runs)))
    else:
        typer.echo(text_report(read.scenario, runs))


def _trace(
    format_name: str,
    files: list[Path],
    seed: int | None,
    replications: int,
    as_json: bool,
    days: int | None,
    staffing: str,
    break_min: float | None,
) -> None:
    if staffing != SEEN and break_min is not None:
        raise typer.BadParameter("--break-min goes with --staffing seen")
    try:
        recorded = read_trace(format_name, files)
        calls = first_days(recorded.calls, days)
        given = None if staffing == SEEN else read_staffing(Path(staffing), calls)
        replayed = replay(calls, given, round((break_min or 30) * _MINUTE_US))
    except TraceError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    begin_s = time.process_time()
    runs = replicate(replayed.scenario, replications, seed, traffic=replayed.traffic)
    result = TraceResult(recorded, replayed, runs, time.process_time() - begin_s)
    if as_json:
        typer.echo(json.dumps(json_trace_report(result)))
    else:
        typer.echo(text_trace_report(result))
