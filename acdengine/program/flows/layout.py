"""Where the steps of a flow stand in its picture: in layers from above, as few lines crossing as a
few sweeps find (Sugiyama, Tagawa and Toda 1981: layers, order by barycentre, coordinates)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_SWEEPS: Final = 12
#: What the name of a bend begins with, and what it takes up of a column.
_BEND: Final = "\0"
_BEND_WIDTH: Final = 0.2


@dataclass(frozen=True, slots=True)
class Layout:
    """Each name to its column (in the middle, from 0) and layer, and each line to the points that
    it goes through, in the same units."""

    places: Mapping[str, tuple[float, int]]
    lines: Mapping[tuple[str, str], tuple[tuple[float, int], ...]]
    columns: float
    layers: int


def lay_out(names: Sequence[str], lines: Sequence[tuple[str, str]], first: str) -> Layout:
    """Places for names and the lines between them; ``first`` is on top."""
    forward = _without_circles(names, lines, first)
    layer = _layers(names, forward)
    rows: list[list[str]] = [[] for _ in range(max(layer.values(), default=0) + 1)]
    for name in names:
        rows[layer[name]].append(name)
    # A line over several layers has a bend in each of those between.
    bends: dict[tuple[str, str], list[str]] = {}
    links: list[tuple[str, str]] = []
    for number, (start, end) in enumerate(dict.fromkeys(lines)):
        upper, lower = sorted((start, end), key=lambda name: layer[name])
        chain = [upper]
        for between in range(layer[upper] + 1, layer[lower]):
            bend = f"{_BEND}{number}/{between}"
            rows[between].append(bend)
            chain.append(bend)
        chain.append(lower)
        bends[start, end] = chain[1:-1] if upper == start else chain[1:-1][::-1]
        if layer[upper] != layer[lower]:
            links += itertools.pairwise(chain)
    _order(rows, links)
    column = _columns(rows, links)
    depth = {name: number for number, row in enumerate(rows) for name in row}
    places = {name: (column[name], depth[name]) for name in names}
    through = {
        line: tuple((column[name], depth[name]) for name in (line[0], *between, line[1]))
        for line, between in bends.items()
    }
    return Layout(places, through, max(column.values(), default=0) + 1, len(rows))


def _without_circles(
    names: Sequence[str], lines: Sequence[tuple[str, str]], first: str
) -> list[tuple[str, str]]:
    """The lines that lead on; those that lead back to a step on the way to them are left out."""
    after: dict[str, list[str]] = {name: [] for name in names}
    for start, end in lines:
        after[start].append(end)
    done: set[str] = set()
    on_way: set[str] = set()
    kept: list[tuple[str, str]] = []
    for root in [first, *names]:
        work = [] if root in done else [(root, iter(after[root]))]
        on_way.add(root)
        while work:
            name, rest = work[-1]
            for end in rest:
                if end in on_way:
                    continue
                kept.append((name, end))
                if end not in done:
                    on_way.add(end)
                    work.append((end, iter(after[end])))
                    break
            else:
                work.pop()
                on_way.discard(name)
                done.add(name)
    return kept


def _layers(names: Sequence[str], forward: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Each name one layer below the lowest that leads to it."""
    above: dict[str, list[str]] = {name: [] for name in names}
    below: dict[str, list[str]] = {name: [] for name in names}
    for start, end in dict.fromkeys(forward):
        above[end].append(start)
        below[start].append(end)
    waiting = {name: len(above[name]) for name in names}
    ready = [name for name in names if not waiting[name]]
    layer = dict.fromkeys(names, 0)
    for name in ready:
        for end in below[name]:
            layer[end] = max(layer[end], layer[name] + 1)
            waiting[end] -= 1
            if not waiting[end]:
                ready.append(end)
    return layer


def _neighbours(links: Sequence[tuple[str, str]]) -> tuple[dict[str, list[str]], ...]:
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for upper, lower in links:
        above.setdefault(lower, []).append(upper)
        below.setdefault(upper, []).append(lower)
    return above, below


def _order(rows: list[list[str]], links: Sequence[tuple[str, str]]) -> None:
    """Order each row by the middle of what its names are linked with, downwards and upwards."""
    above, below = _neighbours(links)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        linked = above if down else below
        numbers = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
        for number in numbers:
            other = rows[number - 1 if down else number + 1]
            place = {name: place for place, name in enumerate(other)}
            middle = {
                name: _mean([place[to] for to in linked.get(name, ()) if to in place], own)
                for own, name in enumerate(rows[number])
            }
            rows[number].sort(key=middle.__getitem__)


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _columns(rows: list[list[str]], links: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Columns that keep the order of each row, near to what each name is linked with."""
    above, below = _neighbours(links)
    column = {name: float(place) for row in rows for place, name in enumerate(row)}
    for sweep in range(_SWEEPS):
        linked = above if sweep % 2 == 0 else below
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = [
                _mean([column[to] for to in linked.get(name, ())], column[name]) for name in row
            ]
            # Apart by their widths at least: the middle of packing from the left and the right.
            widths = [_width(name) for name in row]
            left = _packed(wanted, widths)
            mirrored = _packed([-want for want in reversed(wanted)], widths[::-1])
            right = [-place for place in reversed(mirrored)]
            for name, one, other in zip(row, left, right, strict=True):
                column[name] = (one + other) / 2
    least = min(column.values(), default=0.0)
    return {name: place - least for name, place in column.items()}


def _width(name: str) -> float:
    """In columns; of a bend, what a line needs."""
    return _BEND_WIDTH if name.startswith(_BEND) else 1.0


def _packed(wanted: Sequence[float], widths: Sequence[float]) -> list[float]:
    places: list[float] = []
    for number, want in enumerate(wanted):
        if places:
            want = max(want, places[-1] + (widths[number - 1] + widths[number]) / 2)
        places.append(want)
    return places
