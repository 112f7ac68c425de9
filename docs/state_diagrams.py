"""Draws a state diagram from the table of a machine as SVG.

States, arrows and their labels come from the table; only where things lie on the page is given.
Transitions that several states share are drawn once, from the frame around these states. States
without a place are drawn in a row of their own at the bottom.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import hypot
from typing import Final, TypeAlias, TypeVar

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
#: Steps of the grid down to the row of states without a place, and between these.
_LAST_ROW: Final = 1.3
_LAST_COLUMNS: Final = 1.6

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


def all_places(diagram: Diagram) -> dict[str, Point]:
    """The places given, and a row at the bottom for states that have none."""
    bottom = max(row for _, row in diagram.places.values()) + _LAST_ROW
    missing = [state for state in diagram.table if state not in diagram.places]
    below: dict[str, Point] = {
        state: (column * _LAST_COLUMNS, bottom) for column, state in enumerate(missing)
    }
    return {**diagram.places, **below}


class Page:
    """From the grid to pixels."""

    def __init__(self, diagram: Diagram) -> None:
        unknown = [state for state in diagram.places if state not in diagram.table]
        if unknown:
            raise ValueError(f"{diagram.name} has no states {', '.join(unknown)}")
        diagram = self.diagram = replace(diagram, places=all_places(diagram))
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
