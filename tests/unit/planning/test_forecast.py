"""Forecasts: what they learn from a history, and how good they are on one that is known."""

from __future__ import annotations

import gzip
import math
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

import pytest

pytest.importorskip("numpy")

from acdengine.planning.forecast import (
    LEAST_DAYS,
    Choice,
    backtest,
    choose,
    day_shape,
    forecast,
    score,
    updated,
)
from acdengine.planning.history import History, HistoryError, history_of, read_history
from tests.reference_data import reference

MONDAY = date(2026, 1, 5)
SHAPE = (1.0, 3.0, 4.0, 2.0)
WEEK = (1.3, 1.0, 0.9, 1.0, 0.8)


def made(weeks: int = 12, noise: float = 0.0, level: float = 1000.0) -> History:
    """Weeks of five days with a shape of their own, and some noise."""
    random = Random(1)
    counts = []
    for n in range(7 * weeks):
        day = MONDAY + timedelta(days=n)
        if day.weekday() > 4:
            continue
        total = level * WEEK[day.weekday()] * math.exp(random.gauss(0, noise))
        for hour, share in enumerate(SHAPE):
            at = datetime.combine(day, time(8 + hour))
            counts.append((at, total * share / sum(SHAPE)))
    return history_of(counts, 60, "made")


def test_days_of_the_week_and_the_shape_of_the_day_are_learnt() -> None:
    history = made()
    days = [MONDAY + timedelta(days=84 + n) for n in range(5)]
    found = forecast(history, days, Choice(shrinkage=0.01))
    for day, factor in zip(found, WEEK, strict=True):
        assert day.total == pytest.approx(1000 * factor, rel=0.02)
        shares = [calls / day.total for calls in day.calls]
        assert shares == pytest.approx([share / 10 for share in SHAPE])


def test_a_new_level_is_followed() -> None:
    history = made(weeks=10)
    higher = History(
        60, history.first,
        (*history.days, *(type(one)(one.date + timedelta(days=70), tuple(2 * c for c in one.calls))
                          for one in history.days[:10])),
    )  # fmt: skip
    day = MONDAY + timedelta(days=84)
    slow = forecast(higher, [day], Choice(smoothing=0.1))[0].total
    fast = forecast(higher, [day], Choice(smoothing=0.5))[0].total
    assert 1300 < slow < fast < 2700


def test_each_day_of_the_week_has_its_own_shape() -> None:
    history = made(weeks=2)
    days = list(history.days)
    days[-1] = type(days[-1])(days[-1].date, (100.0, 0.0, 0.0, 0.0))
    friday = History(60, history.first, tuple(days))
    assert day_shape(friday, 4, 1) == [1.0, 0.0, 0.0, 0.0]
    assert day_shape(friday, 3, 1) == pytest.approx([0.1, 0.3, 0.4, 0.2])


def test_the_rest_of_the_day_follows_its_morning() -> None:
    expected = [500.0, 500.0, 500.0, 500.0]
    busy = updated(expected, [1000.0])
    assert busy[0] == 1000
    assert 500 < busy[3] < busy[2] < busy[1] < 1000
    assert updated(expected, []) == expected
    assert updated(expected, [500.0, 500.0]) == pytest.approx(expected)
    assert updated([0.0, 10.0], [0.0]) == [0.0, 10.0]


def test_errors_by_hand() -> None:
    found = score([(110.0, 100.0), (80.0, 100.0)])
    assert found.wape == pytest.approx(30 / 200)
    assert found.bias == pytest.approx(190 / 200 - 1)
    assert math.isnan(score([(1.0, 0.0)]).wape)


def test_a_backtest_knows_nothing_of_the_days_that_it_tests() -> None:
    """Other calls on the last ten days change their errors, and nothing that was chosen."""
    history = made(weeks=16, noise=0.05)
    other = History(
        60, history.first,
        (*history.days[:-10], *(type(one)(one.date, tuple(3 * c for c in one.calls))
                                for one in history.days[-10:])),
    )  # fmt: skip
    one, two = backtest(history, 10, 1), backtest(other, 10, 1)
    assert one.choice == two.choice == choose(history.before(len(history) - 10))
    assert one.by_lead[1].wape < 0.1 < two.by_lead[1].wape
    assert one.by_lead[1].intervals == 40
    assert 0.03 < one.spread < 0.09


def test_too_short_a_history_is_refused() -> None:
    with pytest.raises(HistoryError, match=f"expected {LEAST_DAYS} or more"):
        forecast(made(weeks=3), [date(2026, 3, 1)], Choice())
    with pytest.raises(HistoryError, match="expected 50 or more"):
        backtest(made(weeks=8))


@pytest.mark.slow
def test_the_last_ten_days_of_a_bank() -> None:
    """The best simple method of the literature reaches 6.2 % here, the mean of all days 6.8 %."""
    history = read_history(reference("forecast/bank_calls.csv.gz"))
    found = backtest(history, 10)
    assert found.by_lead[1].wape < 0.062
    assert found.intraday[1].wape < 0.055
    assert found.intraday[4].wape < 0.055


# -- files ----------------------------------------------------------------------------------------


def test_rows_are_added_up_to_intervals(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(
        "DateTime,Calls\n2026-01-05T08:00:00Z,1\n2026-01-05T08:10:00Z,2\n2026-01-05T08:30:00Z,4\n"
    )
    history = read_history(file)
    assert [day.calls for day in history.days] == [(3.0, 4.0)]
    assert (history.begins(0), history.begins(1)) == ("08:00", "08:30")
    packed = tmp_path / "calls.csv.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert read_history(packed) == history


def test_a_report_of_ours_is_a_history(tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    file.write_text("from,interval,received\n2026-01-05T08:00:00+01:00,2026-01-05 08:00,7\n")
    assert read_history(file).days[0].calls == (7.0,)


def test_every_wrong_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(
        "time,calls\n2026-01-05T08:00,x\nyesterday,3\n2026-01-05T08:30\n,\n2026-01-05T09:00,-1\n"
    )
    with pytest.raises(HistoryError) as wrong:
        read_history(file)
    assert [line.removeprefix(str(file)) for line in str(wrong.value).splitlines()] == [
        ":2: 'x' is no number of calls; expected 0 or more",
        ":3: 'yesterday' is no time; expected 2026-12-01T08:30",
        ":4: 1 cells; expected 2 or more",
        ":5: '' is no time; expected 2026-12-01T08:30",
        ":6: '-1' is no number of calls; expected 0 or more",
    ]


@pytest.mark.parametrize(
    ("text", "names", "problem"),
    [
        ("", {}, "no column for time or from or date"),
        ("a,b\n", {}, "no column for time or from or date"),
        ("time,b\n", {}, "no column for calls or offered or received"),
        ("time,calls\n", {"calls_column": "x"}, "no column 'x'; expected one of"),
        ("time,calls\n", {}, "holds no calls"),
        ("time,calls\n2026-01-05T08:00,0\n", {}, "holds no calls"),
        ("time,calls\n2026-01-05T08:00,1\n", {"minutes": 7}, "do not fill a day"),
    ],
)
def test_a_file_that_is_no_history(
    tmp_path: Path, text: str, names: dict[str, str | int], problem: str
) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(text)
    with pytest.raises(HistoryError, match=problem):
        read_history(file, **names)  # type: ignore[arg-type]
