"""Writes the Grafana dashboard from the table below: `python -m docs.draw_dashboard`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, NamedTuple

FILE: Final = Path(__file__).parents[1] / "config" / "grafana" / "acdengine.json"


class Panel(NamedTuple):
    """One picture: its title, its queries with their legends, and the unit."""

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 8


def _quantiles(metric: str, by: str, window: str = "5m") -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            f"histogram_quantile({share}, sum by (le, {by}) (rate({metric}_bucket[{window}])))",
            f"{{{{{by}}}}} p{round(100 * share)}",
        )
        for share in (0.5, 0.99)
    )


_RECORDS_WAITING: Final = (
    "acdengine_records_facts_total - acdengine_records_facts_lost_total"
    " - acdengine_records_facts_written_total"
)
_QUEUE: Final = '{tenant=~"$tenant", queue=~"$queue"}'
ROWS: Final[tuple[tuple[str, tuple[Panel, ...]], ...]] = (
    ("Now", (
        Panel("Switches connected", (("sum(acdengine_switch_connected)", "connected"),),
              kind="stat", width=4),
        Panel("Callers waiting", ((f"sum(acdengine_queue_waiting{_QUEUE})", "waiting"),),
              kind="stat", width=4),
        Panel("Longest wait", ((f"max(acdengine_queue_longest_wait_seconds{_QUEUE})", "longest"),),
              unit="s", kind="stat", width=4),
        Panel("Conversations", ((f"sum(acdengine_queue_conversations{_QUEUE})", "talking"),),
              kind="stat", width=4),
        Panel("Service level", ((f"min(acdengine_queue_service_level_ratio{_QUEUE})", "lowest"),),
              unit="percentunit", kind="stat", width=4),
        Panel("Agents ready",
              (('sum(acdengine_agents{tenant=~"$tenant", state="ready"})', "ready"),),
              kind="stat", width=4),
    )),
    ("Queues", (
        Panel("Waiting", ((f"acdengine_queue_waiting{_QUEUE}", "{{queue}}"),)),
        Panel("Longest wait",
              ((f"acdengine_queue_longest_wait_seconds{_QUEUE}", "{{queue}}"),), "s"),
        Panel("Service level",
              ((f"acdengine_queue_service_level_ratio{_QUEUE}", "{{queue}}"),), "percentunit"),
        Panel("Wait of answered calls",
              _quantiles("acdengine_queue_connected_wait_seconds", "queue"), "s"),
        Panel("Joined and left", (
            (f"sum by (queue) (rate(acdengine_queue_calls_queued_total{_QUEUE}[5m]))",
             "{{queue}} joined"),
            (f"sum by (queue, reason) (rate(acdengine_queue_calls_left_total{_QUEUE}[5m]))",
             "{{queue}} left: {{reason}}"),
        ), "cps"),
        Panel("Offers by outcome",
              ((f"sum by (outcome) (rate(acdengine_offers_closed_total{_QUEUE}[5m]))",
                "{{outcome}}"),), "ops"),
    )),
    ("Agents and trunks", (
        Panel("Agents by state",
              (('sum by (state) (acdengine_agents{tenant=~"$tenant", state!="logged_out"})',
                "{{state}}"),)),
        Panel("Trunk channels in use", (
            ("acdengine_trunk_channels_used", "{{trunk}}"),
            ("acdengine_trunk_channels", "{{trunk}}: all"),
        )),
        Panel("Calls ended",
              (('sum by (outcome) (rate(acdengine_calls_ended_total{tenant=~"$tenant"}[5m]))',
                "{{outcome}}"),), "cps"),
    )),
    ("Consults, supervision, numbers outside", (
        Panel("Under way", (
            ('sum(acdengine_consults_active{tenant=~"$tenant"})', "consults"),
            ('sum by (mode) (acdengine_supervisions_active{tenant=~"$tenant"})',
             "supervision: {{mode}}"),
        )),
        Panel("Consults by outcome",
              (('sum by (kind, outcome) (rate(acdengine_consults_total{tenant=~"$tenant"}[5m]))',
                "{{kind}}: {{outcome}}"),), "ops"),
        Panel("Numbers outside",
              (("sum by (outcome) (rate(acdengine_numbers_outside_total[5m]))", "{{outcome}}"),),
              "ops"),
    )),
    ("Switches", (
        Panel("Connected", (("acdengine_switch_connected", "{{switch}}"),)),
        Panel("Answer to bridge", _quantiles("acdengine_switch_bridging_seconds", "switch"), "s"),
        Panel("Command to reply", _quantiles("acdengine_switch_command_seconds", "switch"), "s"),
        Panel("Legs", (
            ("acdengine_switch_sessions", "{{switch}}: all"),
            ("acdengine_switch_legs", "{{switch}}: {{kind}}"),
        )),
        Panel("Event lag", (("acdengine_switch_event_lag_seconds", "{{switch}}"),), "s"),
        Panel("Lost, missed, failed", (
            ("increase(acdengine_switch_losses_total[5m])", "{{switch}}: connections"),
            ("increase(acdengine_switch_gaps_total[5m])", "{{switch}}: gaps"),
            ("increase(acdengine_switch_commands_failed_total[5m])", "{{switch}}: commands"),
        )),
    )),
    ("The daemon", (
        Panel("Event to commands", (
            ("histogram_quantile(0.99, sum by (le) (rate(acdengine_decision_seconds_bucket[5m])))",
             "p99"),
        ), "s"),
        Panel("Loop lag", (
            ("histogram_quantile(0.99, sum by (le) (rate(acdengine_loop_lag_seconds_bucket[5m])))",
             "p99"),
        ), "s"),
        Panel("Events waiting", (("acdengine_inbox_depth", "now"),)),
        Panel("Defects and losses", (
            ("increase(acdengine_invalid_transitions_total[5m])", "invalid transitions"),
            ("increase(acdengine_inbox_dropped_total[5m])", "events dropped"),
            ("increase(acdengine_port_errors_total[5m])", "port errors"),
            ("acdengine_journal_broken", "journal broken"),
        )),
        Panel("Records", (
            (_RECORDS_WAITING, "facts waiting"),
            ("increase(acdengine_records_facts_lost_total[5m])", "facts lost"),
            ("1 - acdengine_records_connected", "database away"),
        )),
        Panel("Spool of records", (("acdengine_records_spool_bytes", "size"),), "bytes"),
        Panel("Processor", (("rate(process_cpu_seconds_total[1m])", "cores"),)),
        Panel("Memory", (("process_resident_memory_bytes", "resident"),), "bytes"),
    )),
)  # fmt: skip

_HEIGHTS: Final = {"stat": 4, "timeseries": 8}
_COLUMNS: Final = 24


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana imports it."""
    panels: list[dict[str, Any]] = []
    y = 0
    for title, row in ROWS:
        place = {"h": 1, "w": _COLUMNS, "x": 0, "y": y}
        heading = {"type": "row", "title": title, "id": len(panels) + 1, "gridPos": place}
        panels.append({**heading, "collapsed": False, "panels": []})
        y += 1
        x = 0
        for panel in row:
            height = _HEIGHTS[panel.kind]
            if x + panel.width > _COLUMNS:
                x, y = 0, y + height
            panels.append(_panel(panel, len(panels) + 1, x, y))
            x += panel.width
        y += _HEIGHTS[row[-1].kind]
    return {
        "uid": "acdengine",
        "title": "acdengine",
        "tags": ["acdengine"],
        "schemaVersion": 39,
        "version": 1,
        "timezone": "browser",
        "refresh": "10s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [_source(), _choice("tenant"), _choice("queue")]},
        "panels": panels,
    }


def _panel(panel: Panel, number: int, x: int, y: int) -> dict[str, Any]:
    return {
        "type": panel.kind,
        "title": panel.title,
        "id": number,
        "datasource": {"type": "prometheus", "uid": "${source}"},
        "gridPos": {"h": _HEIGHTS[panel.kind], "w": panel.width, "x": x, "y": y},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + at), "expr": query, "legendFormat": legend}
            for at, (query, legend) in enumerate(panel.queries)
        ],
    }


def _source() -> dict[str, Any]:
    return {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}


def _choice(label: str) -> dict[str, Any]:
    query = f"label_values(acdengine_queue_waiting, {label})"
    return {
        "name": label,
        "type": "query",
        "datasource": {"type": "prometheus", "uid": "${source}"},
        "query": {"query": query, "refId": label},
        "definition": query,
        "includeAll": True,
        "multi": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
        "refresh": 2,
    }


def text() -> str:
    """The file's text."""
    return json.dumps(dashboard(), indent=1) + "\n"


def main() -> None:
    """Write the file."""
    FILE.write_text(text())


if __name__ == "__main__":
    main()
