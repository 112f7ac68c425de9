"""Reports as text, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from acdengine.reports.explanation import Reason
from acdengine.reports.intervals import Intervals
from acdengine.reports.metrics import Unit
from acdengine.reports.report import Figure, Report
from acdengine.reports.targets import Target, misses

#: Digits behind the point.
_DIGITS: Final[dict[Unit, int]] = {
    "count": 0, "share": 1, "s": 1, "h": 1, "per_h": 2, "score": 2, "rings": 2, "money": 2,
}  # fmt: skip
_NONE: Final = "-"
_GAP: Final = "  "


def shown(figure: Figure, unit: Unit) -> str:
    """A figure as people read it; a dash where nothing was counted."""
    if figure.value is None:
        return _NONE
    if unit == "share":
        return f"{100 * figure.value:.{_DIGITS[unit]}f} %"
    return f"{figure.value:,.{_DIGITS[unit]}f}"


def as_table(report: Report, targets: Mapping[str, Target] = MappingProxyType({})) -> str:
    """Aligned columns, with what each metric means below.

    Args:
        report: what is shown.
        targets: by metric as it is written; what misses one has a mark.
    """
    missed = {(one.row, one.target.written): one for one in misses(report, targets)}
    head = [report.intervals.by, *([report.group] if report.group else [])]
    names = [*head, *(one.written for one in report.asked)]
    rows = [
        [
            report.intervals.label(row.interval),
            *([row.group or _NONE] if report.group else []),
            *(
                shown(figure, one.metric.unit) + ("!" if (number, one.written) in missed else "")
                for one, figure in zip(report.asked, row.figures, strict=True)
            ),
        ]
        for number, row in enumerate(report.rows)
    ]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    lines = [_line(cells, widths, len(head)) for cells in [names, *rows]]
    lines += ["", *(f"{one.written}: {one.metric.formula}" for one in report.asked)]
    if missed:
        lines += ["", "! misses its target"]
        lines += [
            f"  {' '.join(filter(None, (rows[one.row][0], report.rows[one.row].group)))}:"
            f" {one.target.written}, off target as well: {', '.join(one.causes)}"
            for one in missed.values()
            if one.causes
        ]
    return "\n".join(lines)


def _line(cells: list[str], widths: list[int], left: int) -> str:
    texts = [
        f"{cell:<{width}}" if place < left else f"{cell:>{width}}"
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return _GAP.join(texts).rstrip()


def as_csv(report: Report) -> str:
    """A row for each interval and group; of each metric its value and its parts.

    A value of a share is from 0 to 1, times are in seconds; nothing counted is an empty cell.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = ["from", "interval", *([report.group] if report.group else [])]
    for one in report.asked:
        head.append(one.written)
        if one.parts.whole:
            head += [f"{one.written} part", f"{one.written} whole"]
    writer.writerow(head)
    for row in report.rows:
        cells: list[Any] = [
            _iso(report.intervals, row.interval),
            report.intervals.label(row.interval),
            *([_harmless(row.group)] if report.group else []),
        ]
        for one, figure in zip(report.asked, row.figures, strict=True):
            cells.append("" if figure.value is None else figure.value)
            if one.parts.whole:
                cells += [figure.part, figure.whole]
        writer.writerow(cells)
    return text.getvalue()


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula (a number dialled may begin with +)."""
    begins_one = text.startswith(("=", "@", "+", "-", "\t", "\r"))
    return f"'{text}" if begins_one and not text[1:].isdigit() else text


def as_json(report: Report) -> dict[str, Any]:
    """Everything, for programs: values, parts, definitions."""
    intervals = report.intervals
    return {
        "by": intervals.by,
        "group": report.group,
        "zone": intervals.zone.key,
        "from_us": intervals.from_us,
        "to_us": intervals.to_us,
        "metrics": [
            {
                "metric": one.written,
                "title": one.metric.title,
                "unit": one.metric.unit,
                "formula": one.metric.formula,
            }
            for one in report.asked
        ],
        "rows": [
            {
                "from_us": intervals.edges_us[row.interval],
                "to_us": intervals.edges_us[row.interval + 1],
                "interval": intervals.label(row.interval),
                "group": row.group,
                "figures": {
                    one.written: {"value": figure.value, "part": figure.part, "whole": figure.whole}
                    for one, figure in zip(report.asked, row.figures, strict=True)
                },
            }
            for row in report.rows
        ],
    }


def _iso(intervals: Intervals, number: int) -> str:
    at = datetime.fromtimestamp(intervals.edges_us[number] / 1e6, UTC)
    return at.astimezone(intervals.zone).isoformat()


def reasons_table(reasons: Iterator[Reason], intervals: Intervals) -> Iterator[str]:
    """The rows behind figures, a line each."""
    for one in reasons:
        at = datetime.fromtimestamp(one.at_us / 1e6, UTC).astimezone(intervals.zone)
        what = one.measure.removesuffix("_us").replace("_", " ")
        is_time = one.measure.endswith("_us") or one.measure.startswith("waited")
        value = f"{one.value / 1e6:,.3f} s" if is_time else str(one.value)
        words = [
            intervals.label(one.interval), one.group or _NONE, f"{at:%F %T}", one.call_id or _NONE,
            one.agent_id or _NONE, "divisor" if one.is_whole else "counts", what, value,
        ]  # fmt: skip
        yield _GAP.join(words)


def reasons_json(reasons: Iterator[Reason], intervals: Intervals) -> str:
    """The same as JSON lines."""
    return "\n".join(
        json.dumps(
            {
                "interval": intervals.label(one.interval),
                "group": one.group,
                "measure": one.measure,
                "is_whole": one.is_whole,
                "call_id": one.call_id,
                "agent_id": one.agent_id,
                "at_us": one.at_us,
                "value": one.value,
            }
        )
        for one in reasons
    )
