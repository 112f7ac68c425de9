"""A flow as a picture: Mermaid for pages, SVG for itself."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from acdengine.ivr import definition as steps
from acdengine.ivr.definition import AnyStep, FlowDefinition
from acdengine.ivr.ways import kind_of, ways_of
from acdengine.program.flows.layout import Layout, lay_out

Counts = Mapping[tuple[str, str], int]
"""Step and way to how often it was taken."""

_COLUMN: Final = 190
_ROW: Final = 110
_WIDTH: Final = 150
_HEIGHT: Final = 46
_MARGIN: Final = 20
#: Ways that lead to the flow's `otherwise` where the step says nothing of them.
_FAILURES: Final = ("noinput", "nomatch", "refused", "error", "empty")
_LABEL_CHARS: Final = 24
_FILLS: Final = {
    "menu": "#dbeafe", "collect": "#dbeafe", "survey": "#dbeafe", "record": "#dbeafe",
    "queue": "#dcfce7", "agent": "#dcfce7", "number": "#dcfce7", "transfer": "#dcfce7",
    "callback": "#dcfce7", "voicemail": "#dcfce7",
    "hangup": "#fee2e2",
    "if": "#fef9c3", "switch": "#fef9c3", "hours": "#fef9c3", "lookup": "#fef9c3",
    "split": "#fef9c3",
    "http": "#f3e8ff", "agi": "#f3e8ff", "webhook": "#f3e8ff",
    "call": "#e0e7ff", "goto": "#e0e7ff", "return": "#e0e7ff",
}  # fmt: skip
_PLAIN: Final = "#ffffff"


@dataclass(frozen=True, slots=True)
class Line:
    """All ways from one step to another."""

    start: str
    end: str
    ways: tuple[str, ...]

    @property
    def label(self) -> str:
        """The ways in few words: `key 1, 2`; nothing for one that says only that it goes on."""
        keys = [way[4:] for way in self.ways if way.startswith("key ")]
        rest = [way for way in self.ways if not way.startswith("key ")]
        if rest == ["next"] and not keys:
            return ""
        words = [*([f"key {', '.join(keys)}"] if keys else []), *rest]
        return ", ".join(words)


def lines_of(flow: FlowDefinition) -> list[Line]:
    """The lines of the picture. Ways to `otherwise` that no step names are left out, for nearly
    every step has them."""
    ways: dict[tuple[str, str], list[str]] = {}
    for name, step in flow.steps.items():
        for way in ways_of(flow, step):
            implied = way.name in _FAILURES and way.to == flow.otherwise
            if way.to and not implied:
                ways.setdefault((name, way.to), []).append(way.name)
    return [Line(start, end, tuple(names)) for (start, end), names in ways.items()]


def subject_of(step: AnyStep) -> str:
    """What a step is about, in a few words."""
    if isinstance(step, steps.QueueStep):
        return _short(step.queue_id)
    if isinstance(step, steps.AgentStep):
        return _short(step.agent_id)
    if isinstance(step, steps.CallbackStep):
        return _short(step.queue_id)
    if isinstance(step, steps.VoicemailStep):
        return _short(step.box)
    if isinstance(step, (steps.CallStep, steps.GotoStep)):
        return _short(step.flow_id)
    if isinstance(step, steps.HoursStep):
        return _short(step.hours_id)
    if isinstance(step, steps.IfStep):
        return step.condition
    if isinstance(step, steps.SwitchStep):
        return step.value
    if isinstance(step, (steps.NumberStep, steps.TransferStep)):
        return step.number
    if isinstance(step, steps.CollectStep):
        return step.save
    return step.way if isinstance(step, steps.ReturnStep) else ""


def _short(full_id: str) -> str:
    return full_id.rpartition("/")[2]


def _title(step: AnyStep) -> str:
    return f"{kind_of(step)} {subject_of(step)}".strip()


def as_mermaid(flow: FlowDefinition, counts: Counts | None = None) -> str:
    """The picture in Mermaid's language."""
    ids = {name: f"s{number}" for number, name in enumerate(flow.steps)}
    shown = [f"%% {flow.flow_id}", "flowchart TD"]
    for name, step in flow.steps.items():
        times = f" ({_times(counts, name)})" if counts is not None else ""
        shown.append(f'  {ids[name]}["{_quoted(name)}{times}<br>{_quoted(_title(step))}"]')
    for line in lines_of(flow):
        label = f'|"{_quoted(line.label)}"|' if line.label else ""
        shown.append(f"  {ids[line.start]} -->{label} {ids[line.end]}")
    fills: dict[str, list[str]] = {}
    for name, step in flow.steps.items():
        fills.setdefault(_fill(name, step, counts), []).append(ids[name])
    for fill, names in fills.items():
        shown += [f"  style {name} fill:{fill}" for name in names]
    return "\n".join(shown) + "\n"


def _quoted(text: str) -> str:
    return escape(text.replace("#", "#35;"), quote=False).replace('"', "#quot;")


def _times(counts: Counts, name: str) -> int:
    return sum(count for (step, _), count in counts.items() if step == name)


def _fill(name: str, step: AnyStep, counts: Counts | None) -> str:
    """By kind; where it is known how often steps were taken, the darker the more often."""
    if counts is None:
        return _FILLS.get(kind_of(step), _PLAIN)
    most = max((_times(counts, other) for other, _ in counts), default=0)
    share = _times(counts, name) / most if most else 0.0
    red, green, blue = (round(255 - share * (255 - deep)) for deep in (96, 165, 250))
    return f"#{red:02x}{green:02x}{blue:02x}"


def as_svg(flow: FlowDefinition, counts: Counts | None = None) -> str:
    """The picture as SVG."""
    lines = lines_of(flow)
    pairs = [(line.start, line.end) for line in lines]
    layout = lay_out(list(flow.steps), pairs, flow.first)
    width = int(layout.columns * _COLUMN) + 2 * _MARGIN
    height = layout.layers * _ROW + 2 * _MARGIN
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
        ),
        (
            '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
            'markerHeight="8" orient="auto">'
            '<path d="M0 0 8 4 0 8z" fill="#475569"/></marker></defs>'
        ),
        f"<title>{escape(flow.flow_id)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    leaving = Counter(line.start for line in lines)
    coming = Counter(line.end for line in lines)
    for line in lines:
        # Where many lines meet, their words would lie on each other.
        parts += _drawn_line(line, layout, by_start=coming[line.end] > leaving[line.start])
    for name, step in flow.steps.items():
        parts += _drawn_step(flow, name, step, layout, counts)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _point(place: tuple[float, int]) -> tuple[float, float]:
    return _MARGIN + (place[0] + 0.5) * _COLUMN, _MARGIN + (place[1] + 0.5) * _ROW


def _drawn_line(line: Line, layout: Layout, *, by_start: bool) -> Iterator[str]:
    through = [_point(place) for place in layout.lines[line.start, line.end]]
    start_x, start_y = through[0]
    end_x, end_y = through[-1]
    half = _HEIGHT / 2
    if line.start == line.end:
        right = start_x + _WIDTH / 2
        path = f"M{right:.0f} {start_y - 10:.0f}c40 -10 40 30 0 20"
        label_at = (right + 30, start_y + 4)
    elif start_y == end_y:
        side = _WIDTH / 2 if end_x > start_x else -_WIDTH / 2
        path = f"M{start_x + side:.0f} {start_y:.0f}L{end_x - side:.0f} {end_y:.0f}"
        label_at = ((start_x + end_x) / 2, start_y - 6)
    else:
        down = 1 if end_y > start_y else -1
        # A line back stands beside the one that leads on.
        aside = 0 if down > 0 else 16
        points = [
            (start_x + aside, start_y + down * half),
            *through[1:-1],
            (end_x + aside, end_y - down * half),
        ]
        path = f"M{points[0][0]:.0f} {points[0][1]:.0f}"
        for (x, y), (to_x, to_y) in itertools.pairwise(points):
            bend = (to_y - y) / 2
            path += f"C{x:.0f} {y + bend:.0f} {to_x:.0f} {to_y - bend:.0f} {to_x:.0f} {to_y:.0f}"
        (x, y), (to_x, to_y) = points[0], points[1]
        if by_start:
            x, y, to_x, to_y = to_x, to_y, x, y
        label_at = ((x + 2 * to_x) / 3, (y + 2 * to_y) / 3 - 4 * down)
    yield f'<path d="{path}" fill="none" stroke="#475569" marker-end="url(#arrow)"/>'
    if line.label:
        x, y = label_at
        shown = _cut(line.label)
        yield (
            f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="middle" font-size="10" fill="#334155" '
            f'stroke="#ffffff" stroke-width="3" paint-order="stroke">'
            f"<title>{escape(line.label)}</title>{escape(shown)}</text>"
        )


def _cut(text: str, limit: int = _LABEL_CHARS) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _drawn_step(
    flow: FlowDefinition, name: str, step: AnyStep, layout: Layout, counts: Counts | None
) -> Iterator[str]:
    x, y = _point(layout.places[name])
    border = 3 if name == flow.first else 1
    dash = ' stroke-dasharray="5 3"' if name == flow.otherwise else ""
    times = f" ({_times(counts, name)})" if counts is not None else ""
    title = _title(step) + ("; all who do not get through" if dash else "")
    yield (
        f'<g><title>{escape(f"{name}: {title}")}</title><rect x="{x - _WIDTH / 2:.0f}" '
        f'y="{y - _HEIGHT / 2:.0f}" width="{_WIDTH}" height="{_HEIGHT}" rx="6" '
        f'fill="{_fill(name, step, counts)}" stroke="#1e293b" stroke-width="{border}"{dash}/>'
    )
    yield (
        f'<text x="{x:.0f}" y="{y - 3:.0f}" text-anchor="middle" font-weight="bold">'
        f"{escape(_cut(name + times))}</text>"
    )
    yield (
        f'<text x="{x:.0f}" y="{y + 14:.0f}" text-anchor="middle" font-size="11" fill="#334155">'
        f"{escape(_cut(_title(step)))}</text></g>"
    )
