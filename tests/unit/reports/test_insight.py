"""An agent's day, repeat callers, lines and lost service level, by hand on the small day."""

from __future__ import annotations

from datetime import datetime
from math import log
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection
from typer.testing import CliRunner

from acdengine.program.cli.analyse import app
from acdengine.records.database import engine_of
from acdengine.reports.callers import RepeatCaller, repeat_callers
from acdengine.reports.drops import drops, earlier
from acdengine.reports.intervals import intervals, us_of
from acdengine.reports.lines import line_use
from acdengine.reports.report import ranked, report
from acdengine.reports.sums import Scope
from acdengine.reports.timeline import by_state, timeline
from tests.unit.reports.centre import EIGHT_US, HOUR_US, S, keep, segment, small_day, state

UTC = ZoneInfo("UTC")
WEEK_S = 7 * 86400
HOUR = intervals("total", EIGHT_US, EIGHT_US + HOUR_US, UTC)


def test_an_agents_day_is_cut_at_its_ends(connection: Connection) -> None:
    found = timeline(connection, "acme/kim", EIGHT_US - 60 * S, EIGHT_US + HOUR_US)
    assert [(one.state, (one.to_us - one.from_us) // S) for one in found] == [
        ("ready", 60), ("ringing", 10), ("talking", 200), ("wrap_up", 30), ("ready", 80),
        ("ringing", 10), ("talking", 140), ("not_ready", 2530), ("logged_out", 600),
    ]  # fmt: skip
    assert by_state(found)["ready", ""] == 140 * S
    assert next(iter(by_state(found))) == ("not_ready", "lunch")
    assert sum(one.to_us - one.from_us for one in found) == 3660 * S


def test_callers_who_call_again(connection: Connection) -> None:
    found = repeat_callers(connection, EIGHT_US, EIGHT_US + HOUR_US, 2, 10, Scope())
    assert found == [RepeatCaller("acme", "+491", 2, 2, 0, EIGHT_US, EIGHT_US + 1800 * S)]
    assert repeat_callers(connection, EIGHT_US, EIGHT_US + HOUR_US, 3, 10, Scope()) == []
    assert repeat_callers(connection, EIGHT_US, EIGHT_US + HOUR_US, 2, 10, Scope("globex")) == []


def test_use_of_lines(connection: Connection) -> None:
    """Ten calls of a minute each on the trunk group, no two at once; one met busy."""
    found = line_use(connection, HOUR, Scope())
    assert found.keys() == {(0, "line")}
    assert (found[0, "line"].busy_us, found[0, "line"].peak) == (600 * S, 1)
    assert found[0, "line"].blocked == 1
    halves = line_use(
        connection, intervals("half-hour", EIGHT_US, EIGHT_US + HOUR_US, UTC), Scope()
    )
    assert sum(one.busy_us for one in halves.values()) == 600 * S


def test_groups_by_a_metric(connection: Connection) -> None:
    found = ranked(report(connection, ["answered", "occupancy"], HOUR, "agent"), "occupancy")
    assert [row.group for row in found.rows] == ["acme/kim", "acme/lee", ""]


def test_the_same_time_by_the_clock_a_week_before_the_change_of_it() -> None:
    zone = ZoneInfo("Europe/Berlin")
    at = us_of(datetime(2026, 10, 26, 9, tzinfo=zone))
    period = intervals("half-hour", at, at + HOUR_US // 2, zone)
    assert earlier(period, 1).edges_us[0] == us_of(datetime(2026, 10, 19, 9, tzinfo=zone))


def _hour(
    number: int, at_s: int, *, calls: int, late: int, talk_s: int, agents: int
) -> dict[str, list[Any]]:
    """An hour of calls, some of which wait too long, and of agents who are ready all the time."""
    rows: dict[str, list[Any]] = {"segments": [], "agent_states": []}
    for one in range(calls):
        seq = number * 1000 + one
        waited_us = (60 if one < late else 5) * S
        rows["segments"] += [
            segment(2 * seq, "queue_wait", f"c{seq}", at_s + one, outcome="answered",
                    waited_us=waited_us, queue_id="acme/sales"),
            segment(2 * seq + 1, "talk", f"c{seq}", at_s + one, active_us=talk_s * S,
                    queue_id="acme/sales", outcome="caller"),
        ]  # fmt: skip
    rows["agent_states"] = [
        state(10**6 + number * 1000 + one, f"acme/a{one}", "ready", at_s, at_s + 3600)
        for one in range(agents)
    ]
    return rows


@pytest.fixture(scope="module")
def weeks_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Twice as many calls, each half as long again, with half the agents, as a week before."""
    url = f"sqlite:///{tmp_path_factory.mktemp('weeks')}/records.db"
    before = _hour(1, 0, calls=20, late=2, talk_s=100, agents=10)
    now = _hour(2, WEEK_S, calls=40, late=20, talk_s=150, agents=5)
    engine = engine_of(url)
    keep(engine, {name: before[name] + now[name] for name in before}, last_s=WEEK_S + 3600)
    engine.dispose()
    return url


def test_why_the_service_level_dropped(weeks_url: str) -> None:
    from_us = EIGHT_US + WEEK_S * S
    with engine_of(weeks_url).connect() as connection:
        period = intervals("hour", from_us, from_us + 2 * HOUR_US, UTC)
        (drop,) = drops(connection, "service-level", period, 4, Scope())
    assert drop.interval == 0
    assert (drop.now.level, drop.before.level) == (0.5, 0.9)
    assert (drop.now.waits, drop.before.waits) == (40, 20)
    assert (drop.now.handle_s, drop.before.handle_s) == (150, 100)
    assert (drop.now.staff_s, drop.before.staff_s) == (5 * 3600, 10 * 3600)
    whole = log(2) + log(2) + log(1.5)
    assert drop.shares == {
        "volume": pytest.approx(log(2) / whole),
        "staff": pytest.approx(log(2) / whole),
        "handle time": pytest.approx(log(1.5) / whole),
    }


def test_no_share_is_told_where_the_load_did_not_rise(tmp_path: Path) -> None:
    engine = engine_of(f"sqlite:///{tmp_path}/records.db")
    before = _hour(1, 0, calls=20, late=0, talk_s=100, agents=5)
    now = _hour(2, WEEK_S, calls=20, late=5, talk_s=100, agents=5)
    keep(engine, {name: before[name] + now[name] for name in before}, last_s=WEEK_S + 3600)
    from_us = EIGHT_US + WEEK_S * S
    with engine.connect() as connection:
        period = intervals("hour", from_us, from_us + HOUR_US, UTC)
        (drop,) = drops(connection, "service-level", period, 1, Scope())
    engine.dispose()
    assert drop.shares == {}


def run(url: str, *arguments: str) -> str:
    done = CliRunner().invoke(app, [*arguments, "--db", url])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_commands(weeks_url: str, tmp_path: Path) -> None:
    text = run(weeks_url, "service-level", "--by", "hour", "--from", "2026-03-09")
    assert "50.0 % / 90.0 %" in text
    assert "volume 39 %, staff 39 %, handle time 23 %" in text
    assert "not below" in run(weeks_url, "service-level", "--from", "2026-03-02")
    url = f"sqlite:///{tmp_path}/records.db"
    engine = engine_of(url)
    keep(engine, small_day(), last_s=3600)
    engine.dispose()
    day = ("--from", "2026-03-02")
    assert "not_ready   lunch   0:42:10" in run(url, "timeline", "acme/kim", *day)
    assert "+491" in run(url, "repeat-callers", *day)
    # Ten minutes in an hour.
    (row,) = (one for one in run(url, "lines", *day).splitlines() if "08:00" in one)
    assert row.split()[2:] == ["line", "0.17", "1", "1"]
    done = CliRunner().invoke(app, ["timeline", "acme/max", *day, "--db", url])
    assert done.exit_code == 1
    assert "no states of acme/max" in done.output
