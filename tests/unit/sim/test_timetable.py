from __future__ import annotations

import pytest

from adapters.sim.draws.timetable import Timetable


def test_the_last_value_stays() -> None:
    table = Timetable((0, 10, 30), ("night", "morning", "day"))
    assert [table.at(t) for t in (0, 9, 10, 29, 30, 10_000)] == [
        "night", "night", "morning", "morning", "day", "day",
    ]  # fmt: skip
    assert list(table.changes(100)) == [(0, "night"), (10, "morning"), (30, "day")]


def test_a_day_begins_again() -> None:
    table = Timetable((0, 10), ("a", "b"), period_us=24)
    assert [table.at(t) for t in (23, 24, 34, 48)] == ["b", "a", "b", "a"]
    assert list(table.changes(35)) == [(0, "a"), (10, "b"), (24, "a"), (34, "b")]


def test_changes_end_where_they_are_told_to() -> None:
    assert list(Timetable((0, 10), ("a", "b")).changes(10)) == [(0, "a")]


def test_values_can_be_made_into_others() -> None:
    table = Timetable((0, 10), (1, 2), 20).mapped(str)
    assert (table.values, table.period_us) == (("1", "2"), 20)
    assert Timetable.always(3).at(10**15) == 3


@pytest.mark.parametrize(
    ("starts", "values", "period"),
    [((), (), None), ((1,), ("a",), None), ((0, 0), ("a", "b"), None), ((0,), ("a", "b"), None),
     ((0, 5), ("a", "b"), 5)],
)  # fmt: skip
def test_what_is_no_timetable(
    starts: tuple[int, ...], values: tuple[str, ...], period: int | None
) -> None:
    with pytest.raises(ValueError, match=r"timetable|intervals"):
        Timetable(starts, values, period)
