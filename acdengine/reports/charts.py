"""Charts as SVG within a page: bars by interval or group, lines by interval of several groups."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

_WIDTH: Final = 760
_HEIGHT: Final = 200
_LEFT: Final = 60
_BELOW: Final = 26
_ABOVE: Final = 10
#: Labels below the axis, so that they do not touch each other.
_LABELS: Final = 6
COLOURS: Final = (
    "#1f6f8b",
    "#c8553d",
    "#588b3a",
    "#7a4f9a",
    "#b58a14",
    "#3d5a80",
    "#8d5b4c",
    "#666",
)

Values = Sequence[float | None]


def bars(labels: Sequence[str], values: Values, shown: Sequence[str], limit: float | None) -> str:
    """A bar for each value; with a line at a target.

    Args:
        labels: below the bars.
        values: None: no bar.
        shown: values as people read them, told where the pointer is.
        limit: the target; None: none.
    """
    top = _top([values], limit)
    step = (_WIDTH - _LEFT) / max(len(values), 1)
    parts = []
    for place, value in enumerate(values):
        if value is None:
            continue
        y = _y(max(value, 0), top)
        parts.append(
            f'<rect x="{_LEFT + place * step + step * 0.1:.1f}" y="{y:.1f}"'
            f' width="{step * 0.8:.1f}" height="{_HEIGHT - _BELOW - y:.1f}" fill="{COLOURS[0]}">'
            f"<title>{escape(labels[place])}: {escape(shown[place])}</title></rect>"
        )
    return _drawing([*parts, *_target(limit, top)], labels, step, top)


def lines(labels: Sequence[str], named: Sequence[tuple[str, Values]], limit: float | None) -> str:
    """A line for each group; it is broken where nothing was counted."""
    top = _top([values for _, values in named], limit)
    step = (_WIDTH - _LEFT) / max(len(labels), 1)
    parts = []
    for number, (name, values) in enumerate(named):
        colour = COLOURS[number % len(COLOURS)]
        pen = "M"
        path = []
        for place, value in enumerate(values):
            if value is None:
                pen = "M"
                continue
            path.append(f"{pen}{_LEFT + (place + 0.5) * step:.1f} {_y(max(value, 0), top):.1f}")
            pen = "L"
        parts.append(
            f'<path d="{" ".join(path)}" fill="none" stroke="{colour}" stroke-width="2"'
            f' stroke-linecap="round"><title>{escape(name)}</title></path>'
        )
    keys = "".join(
        f'<span><i style="background:{COLOURS[number % len(COLOURS)]}"></i>{escape(name)}</span>'
        for number, (name, _) in enumerate(named)
    )
    drawing = _drawing([*parts, *_target(limit, top)], labels, step, top)
    return f'{drawing}<p class="keys">{keys}</p>'


def _top(series: Sequence[Values], limit: float | None) -> float:
    found = [value for values in series for value in values if value is not None]
    return max([*found, limit or 0.0]) or 1.0


def _y(value: float, top: float) -> float:
    return _HEIGHT - _BELOW - (_HEIGHT - _BELOW - _ABOVE) * value / top


def _target(limit: float | None, top: float) -> list[str]:
    if limit is None:
        return []
    y = _y(limit, top)
    return [
        (
            f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#c00"'
            ' stroke-dasharray="4 3"><title>target</title></line>'
        )
    ]


def _drawing(parts: Sequence[str], labels: Sequence[str], step: float, top: float) -> str:
    base = _HEIGHT - _BELOW
    every = max(1, -(-len(labels) // _LABELS))
    below = [
        f'<text x="{_LEFT + (place + 0.5) * step:.1f}" y="{_HEIGHT - 8}"'
        f' text-anchor="middle">{escape(label)}</text>'
        for place, label in enumerate(labels)
        if place % every == 0
    ]
    beside = [
        f'<text x="{_LEFT - 6}" y="{_y(value, top) + 4:.1f}" text-anchor="end">{value:.4g}</text>'
        for value in (top, top / 2, 0.0)
    ]
    axis = f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{base}" y2="{base}" stroke="#999"/>'
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">'
        f"{axis}{''.join(beside)}{''.join(below)}{''.join(parts)}</svg>"
    )
