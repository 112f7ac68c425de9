"""Forecasts of calls by interval: level × calendar × the shape of the day.

The total of a day follows a regression of its logarithm on the calendar: the day of the week, the
part of the month, and whether the day before was closed, weekend apart; recent days count more.
What the days before were above or below it goes on, smoothed (exponential smoothing of the
residuals).
The shape of a day, the share of each interval, is that of the same days of the week in the weeks
before. As profile × level × day of the week does best on call-centre data up to some days ahead
(Taylor, Management Science 54 (2008) 253–265; Ibrahim et al., IJF 32 (2016) 865–874).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from acdengine.planning.history import Day, History, HistoryError

#: Days without which nothing is forecast: four weeks of five days.
LEAST_DAYS: Final = 20
#: Last days of the parts of a month: bills and salaries come at the same days.
_PARTS: Final = (3, 7, 12, 17, 24)
_FRIDAY: Final = 4


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be chosen of the method.

    Attributes:
        shrinkage: pulls the calendar's effects towards none (ridge regression); in days.
        smoothing: weight of the last day's residual.
        half_life: days after which a day counts half.
        weeks: that the shape of a day is taken from.
    """

    shrinkage: float = 0.3
    smoothing: float = 0.35
    half_life: float = 160.0
    weeks: int = 8


#: Tried by `choose`.
CHOICES: Final = tuple(
    Choice(*values)
    for values in itertools.product((0.3, 1.0, 3.0), (0.1, 0.2, 0.35, 0.5), (40.0, 160.0), (8, 20))
)


def _features(day: date, before: date) -> list[float]:
    """What the calendar says of a day: day of the week, after a closed day, part of the month."""
    weekday = day.weekday()
    # A weekend is no news: Monday follows Friday, or Saturday where that is worked.
    usual = (before.weekday() + 1) % 7 if before.weekday() < _FRIDAY else 0
    is_after_closed = (day - before).days > 1 and weekday != usual
    part = next((n for n, last in enumerate(_PARTS) if day.day <= last), len(_PARTS))
    return [
        1.0,
        *(float(weekday == one) for one in range(1, 7)),
        float(is_after_closed),
        *(float(part == one) for one in range(len(_PARTS))),
    ]


def day_totals(history: History, days: Sequence[date], choice: Choice) -> list[float]:
    """Forecast the totals of days after a history.

    Args:
        history: `LEAST_DAYS` or more days.
        days: rising, after the last of them.
        choice: of the method.

    Raises:
        HistoryError: there are too few days.
    """
    import numpy as np

    if len(history) < LEAST_DAYS:
        raise HistoryError(f"{len(history)} days of history; expected {LEAST_DAYS} or more")
    dates = [day.date for day in history.days]
    first = dates[0] - timedelta(days=1)
    rows = np.array([_features(day, b) for b, day in itertools.pairwise([first, *dates])])
    logs = np.log([day.total for day in history.days])
    ages = len(dates) - 1 - np.arange(len(dates))
    weights = 0.5 ** (ages / choice.half_life)
    ridge: Any = np.diag([1e-6, *[choice.shrinkage] * (rows.shape[1] - 1)])
    effects = np.linalg.solve(rows.T @ (rows * weights[:, None]) + ridge, rows.T @ (weights * logs))
    level = 0.0
    for residual in logs - rows @ effects:
        level = (1 - choice.smoothing) * level + choice.smoothing * float(residual)
    ahead = np.array([_features(day, b) for b, day in itertools.pairwise([dates[-1], *days])])
    return [math.exp(float(one) + level) for one in ahead @ effects]


def day_shape(history: History, weekday: int, weeks: int) -> list[float]:
    """The share of each interval in a day, of the same days of the week in the last weeks; of all
    days where there is none."""
    recent = history.days[-weeks * _days_a_week(history) :]
    own = [day for day in recent if day.date.weekday() == weekday] or list(recent)
    sums = [sum(column) for column in zip(*(day.calls for day in own), strict=True)]
    total = sum(sums)
    return [one / total for one in sums]


def _days_a_week(history: History) -> int:
    return max(1, len({day.date.weekday() for day in history.days}))


def forecast(history: History, days: Sequence[date], choice: Choice) -> list[Day]:
    """Forecast the calls of days after a history, by interval.

    Raises:
        HistoryError: there are too few days.
    """
    totals = day_totals(history, days, choice)
    return [
        Day(day, tuple(total * share for share in day_shape(history, day.weekday(), choice.weeks)))
        for day, total in zip(days, totals, strict=True)
    ]


# -- in the course of the day ---------------------------------------------------------------------

#: Calls of the forecast that weigh as much as what has come so far, and how fast intervals of the
#: morning lose their weight.
_PRIOR_CALLS: Final = 400.0
_FADES: Final = 0.5
#: What is left of a deviation from one interval ahead to the next.
_LASTS: Final = 0.85


def updated(expected: Sequence[float], seen: Sequence[float]) -> list[float]:
    """The forecast of a day whose first intervals are over: what is left, by how the day goes.

    The ratio of what came to what was expected, the last interval counting most, with the forecast
    itself as so many calls that came as expected. It wears off with the intervals ahead. The three
    numbers were chosen on bank data (Taylor 2008 has the like), without the days of the tests.

    Args:
        expected: of all intervals.
        seen: what came in the first ones.
    """
    came = wanted = 0.0
    for actual, planned in zip(seen, expected, strict=False):
        came = came * _FADES + actual
        wanted = wanted * _FADES + planned
    ratio = (came + _PRIOR_CALLS) / (wanted + _PRIOR_CALLS)
    left = expected[len(seen) :]
    return [*seen, *(one * (1 + (ratio - 1) * _LASTS**n) for n, one in enumerate(left))]


# -- how good it is -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Score:
    """Errors of forecasts over some intervals.

    Attributes:
        wape: sum of the absolute errors ÷ sum of the calls.
        bias: sum of forecasts ÷ sum of the calls, less 1: above 0 they are too high.
        intervals: how many.
    """

    wape: float
    bias: float
    intervals: int


def score(pairs: Sequence[tuple[float, float]]) -> Score:
    """The errors of pairs of forecast and calls."""
    calls = sum(actual for _, actual in pairs)
    if not calls:
        return Score(math.nan, math.nan, len(pairs))
    errors = sum(abs(planned - actual) for planned, actual in pairs)
    return Score(errors / calls, sum(one for one, _ in pairs) / calls - 1, len(pairs))


@dataclass(frozen=True, slots=True)
class Backtest:
    """Forecasts of past days, each made of the days before alone.

    Attributes:
        choice: of the method, from the days before the first test day.
        by_lead: number of days ahead to the errors.
        intraday: number of intervals ahead, in the course of the day, to the errors.
        spread: standard deviation of a day's total around its forecast one day ahead, relative.
    """

    choice: Choice
    by_lead: dict[int, Score]
    intraday: dict[int, Score]
    spread: float


def backtest(history: History, test_days: int = 10, most_ahead: int = 5) -> Backtest:
    """Test the method on the last days of a history.

    All that can be chosen is chosen on days before the first test day (`choose`).

    Args:
        history: days enough for both.
        test_days: the last days.
        most_ahead: days ahead of the longest forecasts.

    Raises:
        HistoryError: there are too few days.
    """
    begin = len(history) - test_days
    if begin < 2 * LEAST_DAYS:
        raise HistoryError(f"{len(history)} days; expected {2 * LEAST_DAYS + test_days} or more")
    choice = choose(history.before(begin))
    by_lead: dict[int, list[tuple[float, float]]] = {}
    intraday: dict[int, list[tuple[float, float]]] = {}
    totals: list[float] = []
    for place in range(begin, len(history)):
        actual = history.days[place]
        for lead in range(1, most_ahead + 1):
            if place - lead + 1 < begin - most_ahead + 1:
                continue
            planned = _ahead(history, place, lead, choice)
            by_lead.setdefault(lead, []).extend(zip(planned, actual.calls, strict=True))
            if lead == 1:
                totals.append(sum(planned) / actual.total - 1)
                _course(planned, actual.calls, intraday)
    spread = math.sqrt(sum(one * one for one in totals) / len(totals))
    return Backtest(
        choice,
        {lead: score(pairs) for lead, pairs in sorted(by_lead.items())},
        {lead: score(pairs) for lead, pairs in sorted(intraday.items())},
        spread,
    )


def _ahead(history: History, place: int, lead: int, choice: Choice) -> tuple[float, ...]:
    """A day's forecast, made so many worked days before."""
    known = history.before(place - lead + 1)
    days = [day.date for day in history.days[place - lead + 1 : place + 1]]
    return forecast(known, days, choice)[-1].calls


#: Intervals ahead at which the course of a day is looked at: half an hour to half a day.
_LEADS: Final = (1, 2, 4, 8, 16)


def _course(
    planned: Sequence[float], actual: Sequence[float], found: dict[int, list[tuple[float, float]]]
) -> None:
    for lead in _LEADS:
        for now in range(lead - 1, len(planned)):
            seen = actual[: now - lead + 1]
            found.setdefault(lead, []).append((updated(planned, seen)[now], actual[now]))


def choose(history: History) -> Choice:
    """The choice that does best on the second half of a history, one day ahead."""
    begin = max(LEAST_DAYS, len(history) // 2)
    if begin >= len(history):
        return Choice()

    def error(choice: Choice) -> float:
        return score(list(_pairs(history, begin, choice))).wape

    return min(CHOICES, key=error)


def _pairs(history: History, begin: int, choice: Choice) -> Iterator[tuple[float, float]]:
    for place in range(begin, len(history)):
        yield from zip(_ahead(history, place, 1, choice), history.days[place].calls, strict=True)
