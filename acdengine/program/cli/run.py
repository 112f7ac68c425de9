"""`acdengine run`: the daemon, on simulated trunks unless told otherwise."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from acdengine.program.cli.quick import QuickCommand
from acdengine.program.daemon.options import (
    BUSY_HOUR_US,
    DEFAULT_CONFIG,
    DEFAULT_PROFILE,
    Options,
    default_config,
)

app = typer.Typer(add_completion=False)

_BUSY_HOUR: Final = f"{BUSY_HOUR_US // 3_600_000_000}:00"
_TIME_OF_DAY: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")

Files = Annotated[
    list[Path] | None, typer.Argument(metavar="[FILE...]", help="Files of the trace.")
]
Config = Annotated[
    list[Path] | None,
    typer.Option(
        help="Settings file; several are read as one.",
        show_default=f"{DEFAULT_CONFIG}, else the example",
    ),
]
Sim = Annotated[
    bool | None,
    typer.Option(
        "--sim/--no-sim",
        help="Calls from simulated trunks, or from the switches of the settings alone.",
        show_default="simulated unless the settings name switches",
    ),
]
Speed = Annotated[
    float, typer.Option(min=0.01, max=100_000, help="Times real time, of the simulation.")
]
At = Annotated[
    str | None,
    typer.Option(
        metavar="HH:MM", help="Time of the simulated day to begin at.", show_default=_BUSY_HOUR
    ),
]
Seed = Annotated[int | None, typer.Option(help="Of all that is drawn: another day of the kind.")]
Profile = Annotated[
    Path,
    typer.Option(
        help="Shape of the simulated day, by half hour.", show_default=DEFAULT_PROFILE.name
    ),
]
Scenario = Annotated[Path | None, typer.Option(help="A scenario in place of the day.")]
Trace = Annotated[
    str, typer.Option(metavar="FORMAT", help="Recorded traffic in place of the day, from files.")
]
Headless = Annotated[bool, typer.Option(help="No screen: a line now and then.")]
Seconds = Annotated[float | None, typer.Option(min=0.1, help="Stop after so many real seconds.")]
Http = Annotated[
    int | None,
    typer.Option(metavar="PORT", min=0, max=65535, help="Port of the control interface."),
]
NewDay = Annotated[
    bool, typer.Option("--new-day", help="Begin a new simulated day, also where one was killed.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Although the settings leave nothing of what ran before.")
]
Metrics = Annotated[
    int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Port of the metrics.")
]


@app.command(cls=QuickCommand)
def run(
    files: Files = None,
    config: Config = None,
    sim: Sim = None,
    speed: Speed = 1.0,
    at: At = None,
    seed: Seed = None,
    profile: Profile = DEFAULT_PROFILE,
    scenario: Scenario = None,
    trace: Trace = "",
    headless: Headless = False,
    seconds: Seconds = None,
    http: Http = None,
    metrics: Metrics = None,
    new_day: NewDay = False,
    force: Force = False,
) -> None:
    """Run the daemon, on simulated trunks unless told otherwise.

    With settings that name switches it takes the calls of these. Without more it takes calls from
    simulated trunks at a busy hour, with the example settings. Ctrl-C ends it.
    """
    if bool(files) != bool(trace):
        raise typer.BadParameter("a trace is a format and files: --trace bank1999 FILE...")
    if trace and scenario:
        raise typer.BadParameter("either a scenario or a trace")
    options = Options(
        config=tuple(config or (default_config(),)),
        simulated=sim,
        speed=speed,
        from_midnight_us=None if at is None else _from_midnight_us(at),
        seed=seed,
        profile=profile,
        scenario=scenario,
        trace_format=trace,
        trace_files=tuple(files or ()),
        headless=headless,
        seconds=seconds,
        http_port=http,
        metrics_port=metrics,
        new_day=new_day,
        force=force,
    )
    # Not before it is certain that something will run: the daemon takes a second to import.
    from acdengine.program.daemon.running import run as run_daemon

    raise typer.Exit(run_daemon(options))


def _from_midnight_us(at: str) -> int:
    time_of_day = _TIME_OF_DAY.fullmatch(at)
    if time_of_day is None:
        raise typer.BadParameter(f"{at!r} is no time of day such as 09:30", param_hint="--at")
    return (int(time_of_day[1]) * 60 + int(time_of_day[2])) * 60_000_000
