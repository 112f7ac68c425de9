"""Every metric, by hand, on the small day of `centre.py`."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from acdengine.reports.explanation import explain
from acdengine.reports.groups import NoSuchGroup
from acdengine.reports.intervals import intervals
from acdengine.reports.metrics import METRICS, UnknownMetric, metric_of
from acdengine.reports.report import Asked, report
from acdengine.reports.sums import Scope
from tests.unit.reports.centre import EIGHT_US, HOUR_US

UTC = ZoneInfo("UTC")
HOUR = intervals("total", EIGHT_US, EIGHT_US + HOUR_US, UTC)

#: Metric to its value in the hour, worked out by hand.
BY_HAND = {
    "after-call-work": (30 + 50) / 2,
    "time-to-abandon": (15 + 45 + 60) / 3,
    "handle-time": (200 + 140 + 300 + 60 + 80) / 4,
    "hold-time": (40 + 10) / 2,
    "rings": 10 / 5,
    "rings:cycle_s=10": 1,
    "queue-time": (10 + 30 + 20 + 15 + 45 + 60 + 90 + 5 + 5) / 8,
    "asa": (10 + 30 + 20 + 5) / 4,
    "talk-time": (200 + 100 + 300 + 50) / 4,
    # Kim 3000 s, Lee from 1000 to 3600.
    "calls-per-hour": 4 / (5600 / 3600),
    "occupancy": (340 + 300) / (340 + 300 + 80 + 820 + 1430),
    # c4 gave up within 20 s: neither above nor below.
    "abandon-rate": 2 / 8,
    "abandon-rate:short_s=0": 3 / 9,
    "abandon-rate:short_s=50": 1 / 7,
    "blocked-rate": 1 / 10,
    # c1 and c3 are the same number, c10 is nobody known: c2 and c3 stay.
    "first-call-resolution": 2 / 3,
    "first-call-resolution:days=0.01": 3 / 3,
    "queue-rate": 8 / 9,
    "transfer-rate": 1 / 4,
    "answered-rate": 4 / 9,
    "service-level": 3 / 7,
    "service-level:within_s=30": 4 / 7,
    "service-level:abandons=late_only": 3 / 6,
    "service-level:abandons=answered": 3 / 4,
    "service-level-received": 3 / 8,
    "app-queue-1": 3 / 4,
    "app-queue-2": (3 + 1) / 7,
    "wazo-qos": 3 / 4,
    # waited 1, no_staff 1, full 1, no_staff at the door 1.
    "wazo-answered-rate": 4 / (4 + 3 + 2 + 2),
    "wazo-average-waiting-time": (65 + 120 + 95) / (4 + 3 + 2),
    "wazo-blocking": 2,
    "wazo-saturated": 1,
    "total-calls": 1 + 3 + 4,
    "loss-rate": 1 / 4,
    "survey-rate": 2 / 4,
    "survey-score": 2.5,
    # ringing 20, talking 640, wrap-up 80.
    "utilisation": 740 / 5600,
    # Kim: 400 of 400 s, and at lunch for 1000 s; Lee: none of 900 s, 600 of 600 s.
    "adherence": (400 + 600) / (400 + 1000 + 900 + 600),
    # Half of the wages, half of the lines; four calls answered, one served by a flow.
    "cost-per-call": (100.01 + 25) / 5,
    "monitoring-score": (80 + 65) / 2,
    # Kim's second turn has Kim signed in, at lunch; Lee missed the first of two.
    "attendance": 2 / 3,
    # One of four in an hour.
    "turnover": 1 / 4 * 365 * 24,
}


def test_every_metric_has_a_case() -> None:
    own = {name for name, metric in METRICS.items() if metric.meaning != "a part of other metrics"}
    assert own == {written.partition(":")[0] for written in BY_HAND}
    numbers = {METRICS[name].number for name in own} - {0}
    assert numbers == set(range(1, 27))


@pytest.mark.parametrize("written", BY_HAND)
def test_a_metric_by_hand(connection: Connection, written: str) -> None:
    (row,) = report(connection, [written], HOUR).rows
    assert row.figures[0].value == pytest.approx(BY_HAND[written])


@pytest.mark.parametrize("written", METRICS)
def test_the_rows_behind_a_figure_add_up_to_it(connection: Connection, written: str) -> None:
    (row,) = report(connection, [written], HOUR).rows
    found = row.figures[0]
    reasons = list(explain(connection, Asked.of(written), HOUR))
    assert sum(one.value for one in reasons if not one.is_whole) == found.part
    assert sum(one.value for one in reasons if one.is_whole) == (found.whole or 0)


@pytest.mark.parametrize("written", METRICS)
def test_parts_of_ratios_can_be_reported(connection: Connection, written: str) -> None:
    asked = Asked.of(written)
    for sign, measure in (*asked.parts.part, *asked.parts.whole):
        name = measure.name.removesuffix("_us").replace("_", "-")
        name += "-time" if measure.name.endswith("_us") else ""
        assert abs(sign) == 1
        assert name in METRICS


@pytest.mark.parametrize(
    ("group", "values"),
    [
        ("queue", {"acme/sales": 2 / 5, "acme/service": 1 / 2}),
        ("agent", {"": 0, "acme/kim": 1 / 2, "acme/lee": 1}),
        ("team", {"": 0, "acme/one": 1 / 2, "acme/two": 1}),
        ("tenant", {"acme": 3 / 7}),
        ("dnis", {"100": 3 / 7}),
        ("trunk-group", {"line": 3 / 7}),
        ("call-type", {"": 2 / 6, "order": 1}),
        ("region", {"": 2 / 6, "Berlin": 1}),
    ],
)
def test_the_service_level_by_groups(
    connection: Connection, group: str, values: dict[str, float]
) -> None:
    found = report(connection, ["service-level"], HOUR, group)  # type: ignore[arg-type]
    assert {row.group: row.figures[0].value for row in found.rows} == {
        name: pytest.approx(value) for name, value in values.items()
    }


def test_a_call_is_its_last_queues_and_its_last_agents(connection: Connection) -> None:
    found = report(connection, ["answered"], HOUR, "agent")
    assert {row.group: row.figures[0].value for row in found.rows} == {
        "": 0, "acme/kim": 2, "acme/lee": 2,
    }  # fmt: skip


def test_agents_time_has_no_queue(connection: Connection) -> None:
    with pytest.raises(NoSuchGroup, match="expected agent, team or tenant"):
        report(connection, ["asa", "occupancy"], HOUR, "queue")


@pytest.mark.parametrize(
    ("scope", "answered", "occupancy"),
    [
        (Scope(tenant_id="acme"), 4, 640 / 2970),
        (Scope(tenant_id="globex"), 0, None),
        (Scope(agent_id="acme/kim"), 2, 340 / 420),
        (Scope(team_ids=("acme/two",)), 2, 300 / 2550),
    ],
)
def test_only_what_one_may_see(
    connection: Connection, scope: Scope, answered: int, occupancy: float | None
) -> None:
    (row,) = report(connection, ["answered", "occupancy"], HOUR, None, scope).rows
    assert row.figures[0].value == answered
    assert row.figures[1].value == (None if occupancy is None else pytest.approx(occupancy))
    for written in ("answered", "occupancy"):
        reasons = list(explain(connection, Asked.of(written), HOUR, None, scope))
        assert bool(reasons) == bool(answered)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("speed", "no metric is called 'speed'"),
        ("asa:within_s=1", "asa has no parameter 'within_s'; expected none"),
        ("service-level:within_s", "expected parameters such as within_s=30"),
        ("service-level:within_s=soon", "is 'soon'; expected a number from 0 on"),
        ("service-level:within_s=-1", "expected a number from 0 on"),
        ("service-level:within_s=inf", "expected a number from 0 on"),
        ("service-level:abandons=some", "expected all, late_only, answered"),
    ],
)
def test_a_metric_that_is_no_metric(written: str, problem: str) -> None:
    with pytest.raises(UnknownMetric, match=problem):
        metric_of(written)
