"""Alerts and dashboard ask for metrics that there are, and say what to do."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from acdengine.api.http_metrics import HttpMetrics
from acdengine.api.login_limits import LoginLimits
from acdengine.api.sessions import Sessions
from acdengine.engine import Engine
from acdengine.plan import Plan
from acdengine.program.switches.live_switches import LiveSwitches
from acdengine.program.switches.metrics import SwitchMetrics
from acdengine.records.orders import Orders
from acdengine.records.process import RecordsMetrics, RecordsProcess
from acdengine.records.spool import Spool
from acdengine.runtime.clock import UtcClock
from acdengine.runtime.file_metrics import FileMetrics
from acdengine.runtime.journal import Journal
from acdengine.runtime.longest_waits import LongestWaits
from acdengine.runtime.loop import Runtime
from acdengine.runtime.metrics import Metrics
from acdengine.settings.credentials import Credentials
from docs.draw_dashboard import FILE, dashboard, text
from docs.fill_in import alert_rules

#: What Prometheus itself adds.
_UP = "up{"
_NAME = re.compile(r"\b(acdengine_[a-z_]+|process_[a-z_]+)\b")


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Every metric that the daemon can show."""
    journal = Journal(tmp_path_factory.mktemp("journal"), "never")
    runtime = Runtime(Engine(Plan()), UtcClock(), journal=journal)
    metrics = Metrics(runtime, LongestWaits(lambda: runtime.state))
    shown = metrics.render().decode()
    shown += SwitchMetrics(LiveSwitches(runtime, os.environ)).render()
    sessions = Sessions(Credentials({}), LoginLimits(1, 1, 1, time.monotonic), 1)
    shown += HttpMetrics([], lambda: 0, sessions).render() + FileMetrics({}).render()
    spool = Spool(tmp_path_factory.mktemp("spool"), "one")
    shown += RecordsMetrics(RecordsProcess(Orders("", "", "one"), spool), spool).render()
    spool.close()
    journal.close()
    return set(re.findall(r"^# TYPE (\w+) ", shown, re.MULTILINE))


def queries() -> list[tuple[str, str]]:
    """Everything that is asked of Prometheus, with what asks."""
    asked = [(rule["alert"], rule["expr"]) for rule in alert_rules()]
    for panel in dashboard()["panels"]:
        asked += [(panel["title"], target["expr"]) for target in panel.get("targets", [])]
    asked += [
        (choice["name"], choice["definition"])
        for choice in dashboard()["templating"]["list"]
        if "definition" in choice
    ]
    return asked


@pytest.mark.parametrize(("asks", "query"), queries(), ids=lambda part: part[:40])
def test_a_query_asks_for_metrics_that_there_are(asks: str, query: str, families: set[str]) -> None:
    names = _NAME.findall(query)
    names = [name.removesuffix("_bucket") for name in names]
    assert [name for name in names if name not in families] == []
    assert names or query.startswith(_UP)


def test_everything_that_matters_is_asked_for_by_an_alert() -> None:
    asked = " ".join(query for _, query in queries())
    for name in (
        "acdengine_switch_connected", "acdengine_journal_broken", "acdengine_inbox_dropped_total",
        "acdengine_invalid_transitions_total", "acdengine_calls_busy_total",
    ):  # fmt: skip
        assert name in asked


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    names = [rule["alert"] for rule in alert_rules()]
    assert len(names) == len(set(names))
    for rule in alert_rules():
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule["annotations"]) == {"summary", "action"}


def test_the_dashboard_is_what_its_table_says() -> None:
    assert FILE.read_text() == text(), "run `make pages`"


def test_panels_do_not_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_a_page_about_alerts_that_are_there() -> None:
    page = (Path(__file__).parents[2] / "docs" / "watching.md").read_text()
    assert [rule["alert"] for rule in alert_rules() if rule["alert"] not in page] == []
