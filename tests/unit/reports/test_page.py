"""Targets, what misses them, and the page."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from acdengine.reports.charts import bars, lines
from acdengine.reports.groups import Group
from acdengine.reports.intervals import By, intervals
from acdengine.reports.metrics import METRICS, UnknownMetric
from acdengine.reports.output import as_table
from acdengine.reports.page import as_html
from acdengine.reports.report import report
from acdengine.reports.targets import (
    CAUSES,
    USUAL_TARGETS,
    NoTarget,
    Target,
    misses,
    target_of,
    targets_of,
)
from tests.unit.reports.centre import EIGHT_US, HOUR_US

UTC = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("asa<=20", Target("asa", is_least=False, value=20)),
        ("service-level >= 80%", Target("service-level", is_least=True, value=0.8)),
        (
            "service-level:within_s=30>=82.5%",
            Target("service-level:within_s=30", is_least=True, value=0.825),
        ),
    ],
)
def test_a_target_as_it_is_written(text: str, target: Target) -> None:
    assert target_of(text) == target


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("asa", "no target such as asa<=20"),
        ("asa<=soon", "no target such as"),
        ("asa<=20%", "expected a value such as 20 for asa"),
        ("service-level>=80", "expected a value such as 80% for service-level"),
    ],
)
def test_what_is_no_target(text: str, problem: str) -> None:
    with pytest.raises(NoTarget, match=problem):
        target_of(text)
    with pytest.raises(UnknownMetric):
        target_of("speed>=1")


def test_usual_targets_and_causes_are_of_metrics() -> None:
    found = targets_of(["usual", "asa<=10"])
    assert len(found) == len(USUAL_TARGETS)
    assert found["asa"].value == 10
    assert {*CAUSES, *(name for causes in CAUSES.values() for name in causes)} <= METRICS.keys()


def test_a_miss_names_the_causes_that_the_data_shows(connection: Connection) -> None:
    """Handle time is 195 s, hold time 25 s, wrap-up 40 s, ASA 16.25 s in the hour."""
    hour = intervals("total", EIGHT_US, EIGHT_US + HOUR_US, UTC)
    found = report(connection, ["asa", "hold-time", "after-call-work", "handle-time"], hour)
    goals = targets_of(["asa<=15", "hold-time<=25", "after-call-work<=30", "handle-time<=200"])
    assert [(one.target.written, one.causes) for one in misses(found, goals)] == [
        ("asa", ("after-call-work",)),
        ("after-call-work", ()),
    ]
    table = as_table(found, goals)
    assert "16.2!" in table
    assert "  total: asa, off target as well: after-call-work" in table
    page = as_html(found, goals)
    assert "total: Average speed of answer (ASA) 16.2, target at most 15.0; off target" in page
    assert '<td class="missed">16.2</td>' in page
    assert "<td>25.0</td>" in page


class Seen(HTMLParser):
    """Tags that are open, and what could ask for something from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        self.outside += [name for name, _ in attrs if name in ("src", "href")]
        self.outside += [tag] * (tag in ("script", "link", "img", "iframe"))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Closed by itself."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize(
    ("by", "group"), [("total", None), ("half-hour", None), ("total", "queue"), ("hour", "queue")]
)
def test_the_page_is_whole_and_asks_for_nothing(
    connection: Connection, by: By, group: Group | None
) -> None:
    period = intervals(by, EIGHT_US, EIGHT_US + 2 * HOUR_US, UTC)
    found = report(connection, ["service-level", "waits"], period, group)
    page = as_html(found, targets_of(["service-level>=80%"]))
    seen = Seen()
    seen.feed(page)
    assert seen.open == []
    assert seen.outside == []
    assert page.count("<svg") == 2
    assert page.count("<tr>") == 1 + len(found.rows)


def test_names_cannot_write_into_the_page() -> None:
    evil = '<script>"&'
    for drawing in (bars([evil], [1.0], [evil], None), lines([evil], [(evil, [1.0])], 2.0)):
        assert "<script>" not in drawing


def test_a_chart_shows_its_values_to_scale() -> None:
    drawing = ElementTree.fromstring(bars(["a", "b", "c"], [10.0, None, 5.0], ["", "", ""], 20.0))
    heights = [float(one.get("height", "")) for one in drawing.iter("rect")]
    assert heights[0] == pytest.approx(2 * heights[1], abs=0.2)
    (dashed,) = (one for one in drawing.iter("line") if one.get("stroke-dasharray"))
    assert float(dashed.get("y1", "")) < min(float(o.get("y", "")) for o in drawing.iter("rect"))


def test_a_line_is_broken_where_nothing_was_counted() -> None:
    drawing = lines(["a", "b", "c", "d"], [("x", [1.0, None, 2.0, 3.0])], None)
    path = drawing.partition('d="')[2].partition('"')[0]
    assert [part[0] for part in path.split() if part[0] in "ML"] == ["M", "M", "L"]
