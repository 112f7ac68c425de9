"""A report as one HTML page with charts. It opens without a network and runs no script."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final

from acdengine.reports.charts import COLOURS, bars, lines
from acdengine.reports.intervals import local
from acdengine.reports.output import shown
from acdengine.reports.report import Asked, Figure, Report
from acdengine.reports.targets import Miss, Target, misses

_STYLE: Final = """
body{font:14px/1.45 system-ui,sans-serif;color:#222;margin:2rem auto;max-width:64rem;padding:0 1rem}
h1{font-size:1.4rem;margin-bottom:0}h2{font-size:1.05rem;margin:2rem 0 .3rem}
.sub,dd,.keys{color:#666}svg{width:100%;height:auto}svg text{font-size:11px;fill:#666}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .6rem;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap}
th{position:sticky;top:0;background:#fff}
th.left,td.left{text-align:left}td.missed{color:#b00;font-weight:600}
.keys span{margin-right:1rem}.keys i{display:inline-block;width:.8em;height:.8em;margin-right:.35em}
dt{font-weight:600;margin-top:.5rem}dd{margin:0}
@media print{body{margin:0;max-width:none}h2,svg{break-inside:avoid}th{position:static}}
"""
_NO_GROUP: Final = "-"


def as_html(report: Report, targets: Mapping[str, Target]) -> str:
    """The page: what misses its target and why, a chart of each metric, the table, definitions.

    Args:
        report: what is shown.
        targets: by metric as it is written.
    """
    missed = misses(report, targets)
    title = _title(report)
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="sub">{escape(_period(report))}</p>',
        *_missed(report, missed),
        *(_chart(report, number, targets) for number in range(len(report.asked))),
        _table(report, missed),
        _definitions(report, targets),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _title(report: Report) -> str:
    by = "" if report.intervals.by == "total" else f" by {report.intervals.by}"
    group = "" if report.group is None else f"{' and' if by else ' by'} {report.group}"
    return f"Report{by}{group}"


def _period(report: Report) -> str:
    zone = report.intervals.zone
    begin, end = (local(at, zone) for at in (report.intervals.from_us, report.intervals.to_us))
    return f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}, {zone.key}"


def _place(report: Report, row: int) -> str:
    found = report.rows[row]
    label = report.intervals.label(found.interval)
    return label if report.group is None else f"{label}, {found.group or _NO_GROUP}"


def _goal(target: Target, asked: Asked) -> str:
    value = shown(Figure(target.value, None, target.value), asked.metric.unit)
    return f"{'at least' if target.is_least else 'at most'} {value}"


def _missed(report: Report, missed: list[Miss]) -> list[str]:
    if not missed:
        return []
    by_name = {one.written: one for one in report.asked}
    items = []
    for one in missed:
        asked = by_name[one.target.written]
        causes = [by_name[name].metric.title for name in one.causes]
        because = f"; off target as well: {', '.join(causes)}" if causes else ""
        items.append(
            f"<li>{escape(_place(report, one.row))}: {escape(asked.metric.title)}"
            f" {escape(shown(one.figure, asked.metric.unit))}, target"
            f" {escape(_goal(one.target, asked))}{escape(because)}</li>"
        )
    return ["<h2>Off target</h2>", f"<ul>{''.join(items)}</ul>"]


def _chart(report: Report, number: int, targets: Mapping[str, Target]) -> str:
    asked = report.asked[number]
    scale = 100 if asked.metric.unit == "share" else 1
    target = targets.get(asked.written)
    limit = None if target is None else target.value * scale
    figures = [row.figures[number] for row in report.rows]
    values = [None if one.value is None else one.value * scale for one in figures]
    names = [row.group or _NO_GROUP for row in report.rows]
    labels = [report.intervals.label(row.interval) for row in report.rows]
    if report.group is None or len(report.intervals) == 1:
        below = labels if report.group is None else names
        words = [shown(one, asked.metric.unit) for one in figures]
        drawing = bars(below, values, words, limit)
    else:
        drawing = lines(
            [report.intervals.label(one) for one in range(len(report.intervals))],
            _by_group(report, values, number),
            limit,
        )
    return f"<h2>{escape(asked.metric.title)}</h2>{drawing}"


def _by_group(
    report: Report, values: list[float | None], number: int
) -> list[tuple[str, list[float | None]]]:
    """Values of the groups with the most behind them, as many as there are colours."""
    found: dict[str, list[float | None]] = {}
    weight: dict[str, float] = {}
    for row, value in zip(report.rows, values, strict=True):
        found.setdefault(row.group, [None] * len(report.intervals))[row.interval] = value
        figure = row.figures[number]
        counts = figure.part if figure.whole is None else figure.whole
        weight[row.group] = weight.get(row.group, 0) + counts
    largest = sorted(found, key=lambda name: (-weight[name], name))[: len(COLOURS)]
    return [(name or _NO_GROUP, found[name]) for name in sorted(largest)]


def _table(report: Report, missed: list[Miss]) -> str:
    off = {(one.row, one.target.written) for one in missed}
    head = [report.intervals.by, *([report.group] if report.group else [])]
    names = "".join(f'<th class="left">{escape(name)}</th>' for name in head)
    names += "".join(f"<th>{escape(one.written)}</th>" for one in report.asked)
    lines_of_table = []
    for number, row in enumerate(report.rows):
        cells = [report.intervals.label(row.interval)]
        cells += [row.group or _NO_GROUP] if report.group else []
        line = "".join(f'<td class="left">{escape(cell)}</td>' for cell in cells)
        for asked, figure in zip(report.asked, row.figures, strict=True):
            is_off = ' class="missed"' if (number, asked.written) in off else ""
            line += f"<td{is_off}>{escape(shown(figure, asked.metric.unit))}</td>"
        lines_of_table.append(f"<tr>{line}</tr>")
    rows = "\n".join(lines_of_table)
    return (
        f"<h2>Figures</h2><table><thead><tr>{names}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>"
    )


def _definitions(report: Report, targets: Mapping[str, Target]) -> str:
    items = []
    for one in report.asked:
        target = targets.get(one.written)
        goal = "" if target is None else f" Target: {_goal(target, one)}."
        items.append(
            f"<dt>{escape(one.metric.title)} ({escape(one.written)})</dt>"
            f"<dd>{escape(one.metric.formula)}.{escape(goal)}</dd>"
        )
    return f"<h2>Definitions</h2><dl>{''.join(items)}</dl>"
