"""`acdengine plan`: how many calls will come, and how many agents they need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from acdengine.errors import ACDError
from acdengine.program.cli.choices import want_choice
from acdengine.program.cli.plan_output import print_rows
from acdengine.program.cli.plan_simulation import simulated_staffing

if TYPE_CHECKING:
    from acdengine.planning.history import History

app = typer.Typer(add_completion=False, no_args_is_help=True)
app.command(name="simulate")(simulated_staffing)

_FORMATS: Final = ("table", "csv", "json")

Counts = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="CSV with a heading: time and calls of each interval; also .gz."
    ),
]
Minutes = Annotated[int, typer.Option(min=1, max=1440, help="Length of the intervals.")]
TimeColumn = Annotated[
    str, typer.Option("--time", metavar="COLUMN", help="The time.", show_default="found by name")
]
CallsColumn = Annotated[
    str, typer.Option("--calls", metavar="COLUMN", help="The calls.", show_default="found by name")
]
Since = Annotated[
    str,
    typer.Option("--from", metavar="DATE", help="First day.", show_default="after the last one"),
]
Days = Annotated[int, typer.Option(min=1, max=60, help="Days that are worked.")]
Closed = Annotated[
    list[str] | None,
    typer.Option(metavar="DATE", help="A day that is closed; may be given several times."),
]
Form = Annotated[str, typer.Option("--format", help="table, csv or json.")]


@app.callback()
def plan() -> None:
    """Forecast calls, and the agents that they need."""


@app.command()
def forecast(
    file: Counts,
    minutes: Minutes = 30,
    since: Since = "",
    days: Days = 5,
    closed: Closed = None,
    time_column: TimeColumn = "",
    calls_column: CallsColumn = "",
    form: Form = "table",
) -> None:
    """Forecast the calls of the next days by interval."""
    want_choice(form, _FORMATS, "--format")
    with _problems():
        from acdengine.planning.forecast import choose
        from acdengine.planning.forecast import forecast as ahead

        history = _read(file, minutes, time_column, calls_column)
        wanted = _dates(history, since, days, closed or [])
        found = ahead(history, wanted, choose(history))
    rows = [
        (f"{day.date}", history.begins(n), calls)
        for day in found
        for n, calls in enumerate(day.calls)
    ]
    print_rows(form, ("date", "time", "calls"), rows, (None, None, 1))


@app.command()
def backtest(
    file: Counts,
    minutes: Minutes = 30,
    test_days: Annotated[int, typer.Option(min=1, help="The last days are forecast.")] = 10,
    time_column: TimeColumn = "",
    calls_column: CallsColumn = "",
    form: Form = "table",
) -> None:
    """Forecast past days from the days before them alone, and show the errors.

    WAPE is the sum of the absolute errors of all intervals ÷ their calls; bias above 0 means that
    the forecasts were too high. What can be chosen of the method is chosen on the days before the
    first that is tested.
    """
    want_choice(form, _FORMATS, "--format")
    with _problems():
        from acdengine.planning.forecast import backtest as test

        found = test(_read(file, minutes, time_column, calls_column), test_days)
    rows: list[tuple[Any, ...]] = [
        (f"{lead} day{'s' if lead > 1 else ''} ahead", 100 * one.wape, 100 * one.bias)
        for lead, one in found.by_lead.items()
    ]
    rows += [
        (f"{lead * minutes} minutes ahead", 100 * one.wape, 100 * one.bias)
        for lead, one in found.intraday.items()
    ]
    print_rows(form, ("forecast made", "WAPE %", "bias %"), rows, (None, 2, 2))
    if form == "table":
        typer.echo(f"\na day's total, one day ahead: ± {100 * found.spread:.1f} %")


@app.command()
def staff(
    file: Counts,
    handle_s: Annotated[float, typer.Option(help="Seconds of talk, hold and wrap-up.")],
    minutes: Minutes = 30,
    service_level: Annotated[float, typer.Option(help="Share answered in time.")] = 0.8,
    within_s: Annotated[float, typer.Option(help="In time: within so many seconds.")] = 20.0,
    patience_s: Annotated[
        float | None,
        typer.Option(help="Mean patience of callers (Erlang A).", show_default="Erlang C"),
    ] = None,
    most_occupied: Annotated[float, typer.Option(help="Occupancy at most.")] = 0.88,
    shrinkage: Annotated[
        float, typer.Option(help="Share of paid time for breaks, training, illness.")
    ] = 0.3,
    spread: Annotated[
        float | None,
        typer.Option(
            help="Relative deviation of calls from the forecast.", show_default="of a backtest"
        ),
    ] = None,
    since: Since = "",
    days: Days = 1,
    closed: Closed = None,
    time_column: TimeColumn = "",
    calls_column: CallsColumn = "",
    form: Form = "table",
) -> None:
    """Forecast the next days, and say how many agents each interval needs.

    The forecast's own uncertainty is part of it: more agents than for its mean alone.
    """
    want_choice(form, _FORMATS, "--format")
    with _problems():
        from acdengine.planning.forecast import backtest as test
        from acdengine.planning.forecast import choose
        from acdengine.planning.forecast import forecast as ahead
        from acdengine.planning.staffing import Target, staff_day

        history = _read(file, minutes, time_column, calls_column)
        wanted = _dates(history, since, days, closed or [])
        if spread is None:
            tested = test(history)
            choice, spread = tested.choice, tested.spread
        else:
            choice = choose(history)
        target = Target(
            handle_s, service_level, within_s, patience_s, most_occupied, shrinkage, spread
        )
        rows = [
            (
                f"{day.date}", history.begins(n), one.calls, one.agents, one.paid,
                100 * one.service_level, one.asa_s, 100 * one.occupancy, 100 * one.abandoned,
            )
            for day in ahead(history, wanted, choice)
            for n, one in enumerate(staff_day(day.calls, minutes, target))
        ]  # fmt: skip
    heading = (
        "date", "time", "calls", "agents", "paid", "level %", "asa s", "occupancy %", "abandoned %",
    )  # fmt: skip
    print_rows(form, heading, rows, (None, None, 1, 0, 0, 1, 1, 1, 1))


@contextmanager
def _problems() -> Iterator[None]:
    """What is wrong with what was asked for ends the command with one message."""
    try:
        yield
    except ModuleNotFoundError:
        _stop("forecasts need numpy: pip install 'acdengine[sim]' has it")
    except (ACDError, OSError) as error:
        _stop(str(error))


def _read(file: Path, minutes: int, time_column: str, calls_column: str) -> History:
    from acdengine.planning.history import read_history

    return read_history(file, minutes, time_column, calls_column)


def _dates(history: History, since: str, days: int, closed: Sequence[str]) -> list[date]:
    """The next days on whose day of the week there are calls, without those that are closed."""
    last = history.days[-1].date
    begin = _date(since, "--from") if since else last + timedelta(days=1)
    if begin <= last:
        raise typer.BadParameter(f"the history goes up to {last}", param_hint="--from")
    left_out = {_date(one, "--closed") for one in closed}
    worked = {day.date.weekday() for day in history.days}
    return list(_following(begin, days, left_out, worked))


def _following(begin: date, days: int, left_out: set[date], worked: set[int]) -> Iterator[date]:
    day = begin
    while days:
        if day.weekday() in worked and day not in left_out:
            yield day
            days -= 1
        day += timedelta(days=1)


def _date(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no date such as 2026-12-01", param_hint=option
        ) from None


def _stop(words: str) -> NoReturn:
    typer.echo(words, err=True)
    raise typer.Exit(1)
