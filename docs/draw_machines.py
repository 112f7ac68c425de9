"""Draws the state diagrams of the documentation from the tables: `python -m docs.draw_machines`.

States, arrows and their labels come from the tables of `acdengine.machines` and `routing.agent`;
only where things lie on the page is written here. Transitions that several states share are drawn
once, from the frame around these states, and worked out from the table as well. A state that has
no place yet is an error.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import hypot
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from acdengine.machines import (
    CALL_TABLE,
    CALLBACK_TABLE,
    CONSULT_TABLE,
    LINE_TABLE,
    OFFER_TABLE,
    PARTY_TABLE,
)
from routing.agent import AGENT_TABLE

IMAGES: Final = Path(__file__).parent / "images"

Point: TypeAlias = tuple[float, float]
Table: TypeAlias = Mapping[str, Mapping[str, str]]
S = TypeVar("S", bound=str)
T = TypeVar("T", bound=str)

#: Pixels of one step of the grid, of a box, and around the whole.
COLUMN, ROW = 150, 100
BOX_HEIGHT, MARGIN = 38, 26
LETTER: Final = 7.6
#: How far a loop reaches.
LOOP: Final = 46

STYLE: Final = """\
text { font-family: Helvetica, Arial, sans-serif; font-size: 13px; fill: #1f2a37 }
.state { fill: #e8f0fb; stroke: #3b6aa8; stroke-width: 1.5 }
.last { fill: #eef0f2; stroke: #6b7683; stroke-width: 1.5 }
.name { font-weight: bold; text-anchor: middle }
.frame { fill: #f7f9fc; stroke: #9fb3cc; stroke-width: 1.2; stroke-dasharray: 5 4 }
.title { font-size: 12px; fill: #5b6b7d }
.arrow { fill: none; stroke: #47566a; stroke-width: 1.4 }
.label { font-size: 12px; text-anchor: middle }
.under { fill: #ffffff }
.inside { fill: #f7f9fc }"""


#: The point of an arrow.
TIP: Final = (
    '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" '
    'markerHeight="8" orient="auto-start-reverse"><path d="M0 1 L10 5 L0 9 z" '
    'fill="#47566a"/></marker></defs>'
)


@dataclass(frozen=True)
class Arrow:
    """How one arrow lies: bent to its left by so many pixels, its label at this share of it.

    ``gate`` is where an arrow from the frame begins, on the grid.
    """

    bend: float = 0
    label_at: float = 0.5
    gate: Point | None = None
    #: Moves the label, in pixels.
    shift: Point = (0, 0)


def plain(table: Mapping[S, Mapping[T, S]]) -> Table:
    """A table of a machine as texts."""
    return {
        str(state): {str(trigger): str(target) for trigger, target in moves.items()}
        for state, moves in table.items()
    }


@dataclass(frozen=True)
class Diagram:
    """One machine on its page; places are (column, row)."""

    name: str
    table: Table
    first: str
    #: Where the dot before the first state lies, seen from its middle, in pixels.
    dot: Point
    places: dict[str, Point]
    #: Left, top, right, bottom of the frame, and what is written on it.
    frame: tuple[float, float, float, float] | None = None
    title: str = ""
    framed: tuple[str, ...] = ()
    #: By (state or "frame", target).
    arrows: dict[tuple[str, str], Arrow] = field(default_factory=dict)


DIAGRAMS: Final = (
    Diagram(
        name="call",
        table=plain(CALL_TABLE),
        first="arrived",
        dot=(-70, 0),
        places={
            "arrived": (0, 0), "flow": (0.85, 0), "waiting": (1.7, 0), "talking": (3.3, 0),
            "held": (4.6, 0), "message": (5.5, 0), "outside": (6.35, 0),
            "connecting": (2.5, 1.5), "ending": (4.6, 1.5), "ended": (5.925, 1.5),
        },
        frame=(-0.6, -0.95, 6.75, 0.55),
        title="from any of these",
        framed=("arrived", "flow", "waiting", "talking", "held", "message", "outside"),
        arrows={
            ("frame", "flow"): Arrow(gate=(0.85, -0.95)),
            ("frame", "waiting"): Arrow(gate=(1.7, -0.95)),
            ("frame", "message"): Arrow(gate=(5.5, -0.95)),
            ("frame", "outside"): Arrow(gate=(6.35, -0.95)),
            ("frame", "ending"): Arrow(gate=(4.6, 0.55)),
            ("frame", "ended"): Arrow(gate=(5.925, 0.55)),
            ("waiting", "connecting"): Arrow(bend=-16, label_at=0.6),
            ("connecting", "waiting"): Arrow(bend=-16, label_at=0.4),
            ("connecting", "talking"): Arrow(label_at=0.4),
            ("talking", "held"): Arrow(bend=16),
            ("held", "talking"): Arrow(bend=16),
            ("connecting", "ended"): Arrow(bend=-56),
        },
    ),
    Diagram(
        name="offer",
        table=plain(OFFER_TABLE),
        first="ringing",
        dot=(-70, 0),
        places={
            "ringing": (0, 0), "answered": (1.35, 0), "bridged": (2.7, 0),
            "clearing": (0.9, 1.5), "closed": (2.7, 1.5),
        },
        frame=(-0.6, -0.45, 3.15, 0.5),
        framed=("ringing", "answered", "bridged"),
        arrows={
            ("frame", "clearing"): Arrow(gate=(0.9, 0.5)),
            ("frame", "closed"): Arrow(gate=(2.7, 0.5)),
        },
    ),
    Diagram(
        name="agent",
        table=plain(AGENT_TABLE),
        first="logged_out",
        dot=(0, 52),
        places={
            "logged_out": (0, 1.3), "not_ready": (0, 0),
            "ready": (2.2, 0), "ringing": (3.6, 0), "talking": (5, 0), "wrap_up": (3.6, 1.3),
        },
        frame=(1.45, -1.05, 5.5, 2.05),
        title="at work",
        framed=("ready", "ringing", "talking", "wrap_up"),
        arrows={
            ("logged_out", "not_ready"): Arrow(bend=24, shift=(-10, 0)),
            ("not_ready", "logged_out"): Arrow(bend=24, shift=(10, 0)),
            ("not_ready", "ready"): Arrow(bend=24, label_at=0.36),
            ("frame", "not_ready"): Arrow(gate=(1.45, 0.32), shift=(0, 2)),
            ("frame", "logged_out"): Arrow(gate=(1.45, 1.3)),
            ("ready", "ringing"): Arrow(bend=14),
            ("ringing", "ready"): Arrow(bend=14),
            ("talking", "ready"): Arrow(bend=-70),
            ("ready", "wrap_up"): Arrow(bend=-16, label_at=0.55),
            ("wrap_up", "ready"): Arrow(bend=-16, label_at=0.4),
        },
    ),
    Diagram(
        name="line",
        table=plain(LINE_TABLE),
        first="dialling",
        dot=(-80, 0),
        places={
            "dialling": (0, 0), "up": (2.7, 0),
            "closing": (0, 1.4), "paused": (2.7, 1.4), "closed": (1.35, 2.5),
        },
        frame=(-0.6, -0.45, 3.3, 0.5),
        framed=("dialling", "up"),
        arrows={
            ("frame", "closing"): Arrow(gate=(0, 0.5)),
            ("frame", "paused"): Arrow(gate=(2.7, 0.5)),
            ("frame", "closed"): Arrow(gate=(1.35, 0.5)),
        },
    ),
    Diagram(
        name="callback",
        table=plain(CALLBACK_TABLE),
        first="paused",
        dot=(-90, 0),
        places={
            "waiting": (0, 0), "dialling": (1.7, 0), "paused": (0.85, 1.1),
            "reached": (3.5, 0), "given_up": (3.5, 1.1),
        },
        frame=(-0.6, -0.45, 2.3, 1.5),
        framed=("waiting", "dialling", "paused"),
        arrows={
            ("frame", "reached"): Arrow(gate=(2.3, 0.0)),
            ("frame", "given_up"): Arrow(gate=(2.3, 1.1)),
        },
    ),
    Diagram(
        name="consult",
        table=plain(CONSULT_TABLE),
        first="ringing",
        dot=(-70, 0),
        places={
            "ringing": (0, 0), "private": (1.5, 0), "aside": (3.0, 0), "joined": (2.25, 1.1),
            "over": (4.5, 0.55),
        },
        frame=(-0.6, -0.55, 3.6, 1.5),
        framed=("ringing", "private", "aside", "joined"),
        arrows={
            ("frame", "over"): Arrow(gate=(3.6, 0.55)),
            ("private", "aside"): Arrow(bend=16),
            ("aside", "private"): Arrow(bend=16),
        },
    ),
    Diagram(
        name="party",
        table=plain(PARTY_TABLE),
        first="ringing",
        dot=(-70, 0),
        places={
            "ringing": (0, 0), "answered": (1.5, 0), "clearing": (0.5, 1.5), "closed": (2.7, 1.5),
        },
        frame=(-0.6, -0.45, 2.1, 0.5),
        framed=("ringing", "answered"),
        arrows={
            ("frame", "clearing"): Arrow(gate=(0.5, 0.5)),
            ("frame", "closed"): Arrow(gate=(1.8, 0.5)),
        },
    ),
)  # fmt: skip


# -- what the table says -----------------------------------------------------------------------


def shared(diagram: Diagram) -> dict[str, str]:
    """Trigger to target of the transitions that every framed state has."""
    tables = [diagram.table[state] for state in diagram.framed]
    if not tables:
        return {}
    return {
        trigger: target
        for trigger, target in tables[0].items()
        if all(moves.get(trigger) == target for moves in tables)
    }


def labelled(moves: Mapping[str, str]) -> dict[str, str]:
    """Target to its triggers in one label."""
    labels: dict[str, str] = {}
    for trigger, target in moves.items():
        labels[target] = f"{labels[target]}, {trigger}" if target in labels else trigger
    return labels


def arrows_of(diagram: Diagram) -> Iterator[tuple[str, str, str]]:
    """(source or "frame", target, label), each arrow once."""
    common = shared(diagram)
    for target, label in labelled(common).items():
        yield "frame", target, label
    for state, moves in diagram.table.items():
        own = {
            trigger: target
            for trigger, target in moves.items()
            if state not in diagram.framed or trigger not in common
        }
        for target, label in labelled(own).items():
            yield state, target, label


# -- on the page -------------------------------------------------------------------------------


class Page:
    """From the grid to pixels."""

    def __init__(self, diagram: Diagram) -> None:
        missing = [state for state in diagram.table if state not in diagram.places]
        if missing or len(diagram.places) != len(diagram.table):
            raise ValueError(f"{diagram.name}: give these states a place: {', '.join(missing)}")
        self.diagram = diagram
        spots = list(_spots(diagram))
        left, top = min(x for x, _ in spots), min(y for _, y in spots)
        right, bottom = max(x for x, _ in spots), max(y for _, y in spots)
        self.origin = (left - MARGIN, top - MARGIN)
        self.size = (right - left + 2 * MARGIN, bottom - top + 2 * MARGIN)

    def point(self, place: Point) -> Point:
        """A place of the grid in pixels."""
        return place[0] * COLUMN - self.origin[0], place[1] * ROW - self.origin[1]

    def middle(self, state: str) -> Point:
        """The middle of a state's box."""
        return self.point(self.diagram.places[state])


def _spots(diagram: Diagram) -> Iterator[Point]:
    """Where there is something: corners of boxes and frame, loops, and the tops of curves."""
    middles = {state: (x * COLUMN, y * ROW) for state, (x, y) in diagram.places.items()}
    for state, (x, y) in middles.items():
        half, up = width_of(state) / 2, _loops_up(diagram, state)
        reach = LOOP if state in diagram.table[state].values() else 0
        yield x - half, y - BOX_HEIGHT / 2 - (reach if up else 0)
        yield x + half, y + BOX_HEIGHT / 2 + (0 if up else reach)
    dot = middles[diagram.first]
    yield dot[0] + diagram.dot[0], dot[1] + diagram.dot[1]
    for (source, target), arrow in diagram.arrows.items():
        if source != "frame":
            yield _bent(middles[source], middles[target], arrow.bend)
    if diagram.frame is not None:
        left, top, right, bottom = diagram.frame
        yield left * COLUMN, top * ROW
        yield right * COLUMN, bottom * ROW


def _loops_up(diagram: Diagram, state: str) -> bool:
    """A loop lies above a state of the first row, below another."""
    return diagram.places[state][1] <= 0


def width_of(state: str) -> float:
    """The width of a state's box."""
    return max(78.0, len(state) * LETTER + 26)


def edge_point(middle: Point, towards: Point, width: float) -> Point:
    """Where the line from the middle of a box to a point leaves the box."""
    across, down = towards[0] - middle[0], towards[1] - middle[1]
    scale = max(abs(across) / (width / 2), abs(down) / (BOX_HEIGHT / 2)) or 1.0
    return middle[0] + across / scale, middle[1] + down / scale


def draw(diagram: Diagram) -> str:
    """The diagram as SVG."""
    page = Page(diagram)
    width, height = page.size
    size = f'width="{width:.0f}" height="{height:.0f}"'
    box = f'viewBox="0 0 {width:.0f} {height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} role="img">',
        f"<title>The states of a {diagram.name}</title>",
        f"<style>{STYLE}</style>",
        TIP,
        f'<rect {size} fill="#ffffff"/>',
        *_frame(page),
        *_begin(page),
    ]
    labels: list[str] = []
    for source, target, label in arrows_of(diagram):
        path, text = _arrow(page, source, target, label)
        parts.append(path)
        labels.append(text)
    for state, moves in diagram.table.items():
        x, y = page.middle(state)
        wide = width_of(state)
        kind = "state" if moves else "last"
        parts.append(
            f'<rect class="{kind}" x="{x - wide / 2:.1f}" y="{y - BOX_HEIGHT / 2:.1f}" '
            f'width="{wide:.1f}" height="{BOX_HEIGHT}" rx="9"/>'
        )
        parts.append(f'<text class="name" x="{x:.1f}" y="{y + 4.5:.1f}">{state}</text>')
    return "\n".join([*parts, *labels, "</svg>"]) + "\n"


def _frame(page: Page) -> Iterator[str]:
    frame = page.diagram.frame
    if frame is None:
        return
    left, top = page.point(frame[:2])
    right, bottom = page.point(frame[2:])
    yield (
        f'<rect class="frame" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" '
        f'height="{bottom - top:.1f}" rx="12"/>'
    )
    if page.diagram.title:
        x, y = left + 12, top + 18
        yield f'<text class="title" x="{x:.1f}" y="{y:.1f}">{page.diagram.title}</text>'


def _begin(page: Page) -> Iterator[str]:
    """The dot before the first state."""
    middle = page.middle(page.diagram.first)
    dot = middle[0] + page.diagram.dot[0], middle[1] + page.diagram.dot[1]
    end = edge_point(middle, dot, width_of(page.diagram.first))
    yield f'<circle cx="{dot[0]:.1f}" cy="{dot[1]:.1f}" r="5" fill="#47566a"/>'
    yield f'<path class="arrow" marker-end="url(#tip)" d="{_line(dot, end)}"/>'


def _line(start: Point, end: Point) -> str:
    return f"M{start[0]:.1f} {start[1]:.1f} L{end[0]:.1f} {end[1]:.1f}"


def _arrow(page: Page, source: str, target: str, label: str) -> tuple[str, str]:
    how = page.diagram.arrows.get((source, target), Arrow())
    if source == target:
        return _loop(page, source, label)
    end_middle = page.middle(target)
    if how.gate is not None:
        start = page.point(how.gate)
        end = edge_point(end_middle, _straight(start, end_middle, target), width_of(target))
        control = _between(start, end, 0.5)
    else:
        start_middle = page.middle(source)
        control = _bent(start_middle, end_middle, 2 * how.bend)
        start = edge_point(start_middle, control, width_of(source))
        end = edge_point(end_middle, control, width_of(target))
    at = how.label_at
    x = (1 - at) ** 2 * start[0] + 2 * at * (1 - at) * control[0] + at**2 * end[0] + how.shift[0]
    y = (1 - at) ** 2 * start[1] + 2 * at * (1 - at) * control[1] + at**2 * end[1] + how.shift[1]
    path = (
        f'<path class="arrow" marker-end="url(#tip)" d="M{start[0]:.1f} {start[1]:.1f} '
        f'Q{control[0]:.1f} {control[1]:.1f} {end[0]:.1f} {end[1]:.1f}"/>'
    )
    return path, _label(page, (x, y), label)


def _straight(start: Point, middle: Point, target: str) -> Point:
    """Arrows from the frame run straight where the box lies opposite."""
    if abs(start[1] - middle[1]) <= BOX_HEIGHT / 2 - 6:
        return start[0], middle[1]
    if abs(start[0] - middle[0]) <= width_of(target) / 2 - 6:
        return middle[0], start[1]
    return start


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _bent(start: Point, end: Point, bend: float) -> Point:
    """The control point of a curve that leaves the straight line by half of ``bend``."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = hypot(across, down) or 1.0
    x, y = _between(start, end, 0.5)
    return x + down / length * bend, y - across / length * bend


def _loop(page: Page, state: str, label: str) -> tuple[str, str]:
    """A state that follows itself."""
    x, y = page.middle(state)
    up = -1 if _loops_up(page.diagram, state) else 1
    edge, far = y + up * BOX_HEIGHT / 2, y + up * (BOX_HEIGHT / 2 + LOOP)
    path = (
        f'<path class="arrow" marker-end="url(#tip)" d="M{x - 16:.1f} {edge:.1f} '
        f'C{x - 30:.1f} {far:.1f} {x + 30:.1f} {far:.1f} {x + 16:.1f} {edge:.1f}"/>'
    )
    return path, _label(page, (x, edge + up * 0.75 * LOOP), label)


def _label(page: Page, at: Point, label: str) -> str:
    """Text on a ground of the colour around it."""
    frame = page.diagram.frame
    ground = "under"
    if frame is not None:
        left, top = page.point(frame[:2])
        right, bottom = page.point(frame[2:])
        if left < at[0] < right and top < at[1] < bottom:
            ground = "inside"
    wide = len(label) * 6.7 + 10
    return (
        f'<rect class="{ground}" x="{at[0] - wide / 2:.1f}" y="{at[1] - 8:.1f}" '
        f'width="{wide:.1f}" height="16"/>'
        f'<text class="label" x="{at[0]:.1f}" y="{at[1] + 4:.1f}">{label}</text>'
    )


def main() -> None:
    """Write all diagrams, or those that differ are named and nothing is written (``--check``)."""
    check = "--check" in sys.argv[1:]
    for diagram in DIAGRAMS:
        path = IMAGES / f"{diagram.name}.svg"
        svg = draw(diagram)
        if check and (not path.exists() or path.read_text() != svg):
            raise SystemExit(f"{path} is not what the table says: run python -m docs.draw_machines")
        if not check:
            path.write_text(svg)


if __name__ == "__main__":
    main()
