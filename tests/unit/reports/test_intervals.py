"""Intervals by the clock of a zone, and what adds up over them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from acdengine.records.database import engine_of
from acdengine.reports.groups import Group, can_group
from acdengine.reports.intervals import (
    MOST_INTERVALS,
    By,
    TooManyIntervals,
    intervals,
    places,
    spread,
    us_of,
)
from acdengine.reports.metrics import METRICS
from acdengine.reports.report import Asked, report
from tests.unit.reports.centre import EIGHT_US, HOUR_US, S, keep, small_day, state

BERLIN = ZoneInfo("Europe/Berlin")
DAY_US = 24 * HOUR_US


def at(text: str, zone: ZoneInfo = BERLIN) -> int:
    return us_of(datetime.fromisoformat(text).replace(tzinfo=zone))


@pytest.mark.parametrize(
    ("by", "since", "until", "labels"),
    [
        ("half-hour", "2026-03-02T08:10", "2026-03-02T09:05",
         ["2026-03-02 08:10", "2026-03-02 08:30", "2026-03-02 09:00"]),
        ("day", "2026-03-01", "2026-03-03", ["2026-03-01", "2026-03-02"]),
        ("week", "2026-02-27", "2026-03-10", ["2026-W09", "2026-W10", "2026-W11"]),
        ("month", "2026-01-15", "2026-03-02", ["2026-01", "2026-02", "2026-03"]),
        ("total", "2026-01-15", "2026-03-02", ["total"]),
    ],
)  # fmt: skip
def test_intervals_are_cut_at_both_ends(by: By, since: str, until: str, labels: list[str]) -> None:
    found = intervals(by, at(since), at(until), BERLIN)
    assert [found.label(n) for n in range(len(found))] == labels
    assert (found.from_us, found.to_us) == (at(since), at(until))


@pytest.mark.parametrize(
    ("day", "following", "hours"),
    [("2026-03-29", "2026-03-30", 23), ("2026-10-25", "2026-10-26", 25),
     ("2026-03-02", "2026-03-03", 24)],
)  # fmt: skip
def test_days_on_which_the_clock_changes(day: str, following: str, hours: int) -> None:
    for by, count in (("half-hour", 2 * hours), ("hour", hours), ("day", 1)):
        found = intervals(by, at(day), at(following), BERLIN)  # type: ignore[arg-type]
        assert len(found) == count
    labels = [found.label(n) for n in range(len(found))]
    assert labels == [day]
    hours_found = intervals("hour", at(day), at(following), BERLIN)
    names = [hours_found.label(n) for n in range(len(hours_found))]
    assert len(set(names)) == hours
    assert ("2026-10-25 02:00+0200" in names) == (hours == 25)


def test_half_hours_of_a_zone_that_shifts_by_half_an_hour() -> None:
    """Lord Howe: the day of the change has 23.5 hours, and its hours an incomplete one."""
    zone = ZoneInfo("Australia/Lord_Howe")
    day = at("2026-10-04", zone), at("2026-10-05", zone)
    assert len(intervals("half-hour", *day, zone)) == 47
    hours = intervals("hour", *day, zone)
    assert sum(b - a for a, b in zip(hours.edges_us, hours.edges_us[1:], strict=False)) == (
        47 * HOUR_US // 2
    )


def test_more_rows_than_anyone_reads_are_refused() -> None:
    with pytest.raises(TooManyIntervals, match="longer ones"):
        intervals("half-hour", 0, (MOST_INTERVALS + 1) * HOUR_US // 2, ZoneInfo("UTC"))


@given(st.data())
def test_pieces_of_a_stretch_add_up_to_it(data: st.DataObject) -> None:
    edges = sorted(data.draw(st.sets(st.integers(0, 1000), min_size=2, max_size=20)))
    begin = data.draw(st.integers(0, 1000))
    end = data.draw(st.integers(begin, 1000))
    pieces = list(places(edges, begin, end))
    assert sum(length for _, length in pieces) == max(0, min(end, edges[-1]) - max(begin, edges[0]))
    assert len({number for number, _ in pieces}) == len(pieces)
    for number, length in pieces:
        assert 0 < length <= edges[number + 1] - edges[number]


@given(st.data())
def test_shares_of_a_number_add_up_to_it(data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, 1000))
    end = data.draw(st.integers(begin + 1, 1001))
    inner = data.draw(st.sets(st.integers(1, 1000), max_size=20))
    value = data.draw(st.integers(-(10**6), 10**6))
    assert sum(share for _, share in spread(sorted({0, *inner, 1001}), begin, end, value)) == value


# -- sums -----------------------------------------------------------------------------------------

GROUPS_OF_ALL: tuple[Group, ...] = ("agent", "tenant")
ADDITIVE = [name for name, one in METRICS.items() if not one.parts(one.chosen({})).whole]


def can_be_given_by(name: str, group: Group) -> bool:
    return all(can_group(measure.kind, group) for _, measure in Asked.of(name).measures())


@pytest.mark.parametrize("by", ["half-hour", "hour", "day", "week", "month"])
@pytest.mark.parametrize(
    ("since_us", "until_us"),
    [(0, HOUR_US), (-DAY_US, 3 * DAY_US), (11 * S + 7, 1900 * S + 1), (-40 * DAY_US, 40 * DAY_US)],
)
def test_intervals_add_up_to_the_whole(
    connection: Connection, by: By, since_us: int, until_us: int
) -> None:
    """Every additive metric, over a time that begins and ends anywhere, with a change of the clock
    in the last one."""
    period = EIGHT_US + since_us, EIGHT_US + until_us
    pieces = report(connection, ADDITIVE, intervals(by, *period, BERLIN))
    (total,) = report(connection, ADDITIVE, intervals("total", *period, BERLIN)).rows
    for place, name in enumerate(ADDITIVE):
        assert sum(row.figures[place].part for row in pieces.rows) == total.figures[place].part, (
            name
        )
    for group in GROUPS_OF_ALL:
        names = [name for name in ADDITIVE if can_be_given_by(name, group)]
        groups = report(connection, names, intervals(by, *period, BERLIN), group)
        (total,) = report(connection, names, intervals("total", *period, BERLIN)).rows
        for place, name in enumerate(names):
            parts = sum(row.figures[place].part for row in groups.rows)
            assert parts == total.figures[place].part, name


@pytest.mark.slow
def test_states_of_any_lengths_are_cut_exactly(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Against a count of each second by hand, over the night in which the clock goes back."""
    begin_us = at("2026-10-24T20:00")

    @given(
        st.lists(st.tuples(st.integers(0, 40_000), st.booleans()), min_size=1, max_size=12),
        st.integers(0, 50_000),
        st.integers(1, 120_000),
        st.sampled_from(["half-hour", "hour", "day", "total"]),
    )
    def check(lengths: list[tuple[int, bool]], since_s: int, long_s: int, by: By) -> None:
        folder: Path = tmp_path_factory.mktemp("states")
        engine = engine_of(f"sqlite:///{folder}/records.db")
        rows = []
        at_s = 0
        ready: set[int] = set()
        shift_us = begin_us - EIGHT_US
        for number, (length_s, is_ready) in enumerate(lengths):
            row = state(number + 1, "acme/kim", "ready" if is_ready else "wrap_up", 0, 1)
            row["started_at_us"] = begin_us + at_s * S
            is_last = number == len(lengths) - 1
            row["ended_at_us"] = None if is_last else begin_us + (at_s + length_s) * S
            rows.append(row)
            if is_ready:
                ready.update(range(at_s, at_s + length_s))
            at_s += length_s
        keep(engine, {"agent_states": rows}, last_s=(shift_us + at_s * S) / S)
        from_us = begin_us + since_s * S
        period = intervals(by, from_us, from_us + long_s * S, BERLIN)
        with engine.connect() as connection:
            found = report(connection, ["talking-or-idle-time"], period)
        for one in found.rows:
            edges = period.edges_us[one.interval], period.edges_us[one.interval + 1]
            inside = sum(edges[0] <= begin_us + second * S < edges[1] for second in ready)
            assert one.figures[0].part == inside * S
        engine.dispose()

    check()


def test_the_time_zone_of_labels() -> None:
    found = intervals("day", at("2026-03-02"), at("2026-03-03"), BERLIN)
    assert datetime.fromtimestamp(found.from_us / 1e6, UTC).hour == 23


def test_records_end_where_the_last_fact_is(tmp_path: Path) -> None:
    """What goes on counts up to then, not for ever."""
    engine = engine_of(f"sqlite:///{tmp_path}/records.db")
    keep(engine, {"agent_states": small_day()["agent_states"]}, last_s=3000)
    with engine.connect() as connection:
        period = intervals("total", EIGHT_US, EIGHT_US + DAY_US, BERLIN)
        (row,) = report(connection, ["signed-in-time"], period).rows
    assert row.figures[0].value == 3000 + 2000
