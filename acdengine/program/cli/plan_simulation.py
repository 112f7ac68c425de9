"""`acdengine plan simulate`: agents by group and period, by simulation of a scenario."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import Progress

from acdengine.errors import ACDError
from acdengine.program.cli.choices import want_choice
from acdengine.program.cli.plan_output import print_rows

if TYPE_CHECKING:
    from adapters.sim.runs.staffing_search import Aim, Staffed
    from adapters.sim.scenarios.scenario import Scenario

_FORMATS: Final = ("table", "csv", "json")
_MINUTE_US: Final = 60_000_000


def simulated_staffing(
    file: Annotated[Path, typer.Argument(metavar="SCENARIO.yaml", help="Who calls, who answers.")],
    service_level: Annotated[
        float, typer.Option(min=0, max=0.9999, help="Of each type of call, in each period.")
    ] = 0.8,
    most_occupied: Annotated[
        float, typer.Option(min=0.01, max=1, help="Occupancy of a group at most.")
    ] = 0.88,
    shrinkage: Annotated[
        float,
        typer.Option(min=0, max=0.95, help="Share of paid time for breaks, training, illness."),
    ] = 0.3,
    minutes: Annotated[
        int | None,
        typer.Option(min=1, help="Length of the periods.", show_default="the scenario's"),
    ] = None,
    replications: Annotated[
        int, typer.Option(min=1, max=1000, help="Days that are simulated for each trial.")
    ] = 8,
    form: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
) -> None:
    """Search the fewest agents of each group by simulation, with the real settings and skills.

    Each type of call reaches the service level in each period; within how many seconds, and how
    callers who give up count, the scenario says. No agent more is at work than the settings have.
    """
    want_choice(form, _FORMATS, "--format")
    from adapters.sim.runs.staffing_search import Aim
    from adapters.sim.scenarios.scenario_file import load_scenario

    try:
        scenario = load_scenario(file).scenario
        aim = Aim(service_level, most_occupied, replications)
        found = _searched(scenario, aim, (minutes or 0) * _MINUTE_US)
    except (ACDError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    groups, types = list(found.numbers), list(found.levels)
    heading = ("day", "time", *groups, "agents", "paid", *(f"{name} %" for name in types))
    digits = (0, None, *(0 for _ in groups), 0, 0, *(1 for _ in types))
    print_rows(form, heading, list(_rows(found, shrinkage)), digits)
    if form == "table":
        _tell(found)


def _searched(scenario: Scenario, aim: Aim, every_us: int) -> Staffed:
    from adapters.sim.runs.staffing_search import staff_by_simulation

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task(scenario.name, total=1.0)
        return staff_by_simulation(
            scenario, aim, every_us, lambda share: shown.update(task, completed=share)
        )


def _rows(found: Staffed, shrinkage: float) -> Iterator[tuple[Any, ...]]:
    for period, start_us in enumerate(found.starts_us):
        day, minute = divmod(start_us // _MINUTE_US, 24 * 60)
        numbers = [numbers[period] for numbers in found.numbers.values()]
        levels = [levels[period] for levels in found.levels.values()]
        agents = sum(numbers)
        yield (
            day + 1, f"{minute // 60:02d}:{minute % 60:02d}", *numbers, agents,
            math.ceil(agents / (1 - shrinkage) - 1e-9),
            *(None if level is None else 100 * level for level in levels),
        )  # fmt: skip


def _tell(found: Staffed) -> None:
    occupied = (
        f"{name} {100 * share:.0f} %"
        for name, share in found.occupancy.items()
        if share is not None
    )
    typer.echo(f"\noccupancy: {', '.join(occupied)}; {found.trials} staffings were simulated")
