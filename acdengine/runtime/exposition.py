"""Metrics in Prometheus' text format 0.0.4, rendered from plain integers.

The usual library formats every series again under a lock, 20 ms for some thousand lines, while the
loop stands still. Here the part of a line before its value is made once, and a scrape joins
strings. The number of series of a family is bounded: what would be one too many is counted in a
series whose labels all say ``other``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Final, Literal

from acdengine.runtime.histogram import Histogram

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
#: Series of one family at most.
SERIES_LIMIT: Final = 2000
_OTHER: Final = "other"

Labels = tuple[str, ...]


class Family:
    """Series of one name that differ in their labels.

    Args:
        name: with its unit at the end, and ``_total`` for a counter.
        help_text: one line.
        kind: as Prometheus knows it.
        labels: names of the labels.
        limit: series at most.
    """

    def __init__(
        self,
        name: str,
        help_text: str,
        kind: Literal["counter", "gauge"],
        labels: Labels = (),
        limit: int = SERIES_LIMIT,
    ) -> None:
        self.name = name
        self._labels = labels
        self._limit = limit
        self._head = _head(name, help_text, kind)
        self._prefixes: dict[Labels, str] = {}
        self._values: dict[Labels, float] = {} if labels else {(): 0}

    def add(self, labels: Labels = (), count: float = 1) -> None:
        """Add to the value of a series."""
        values = self._values
        if labels not in values:
            if len(values) >= self._limit:
                labels = (_OTHER,) * len(self._labels)
            values.setdefault(labels, 0)
        values[labels] += count

    def set(self, value: float, labels: Labels = ()) -> None:
        """Set the value of a series."""
        if labels not in self._values and len(self._values) >= self._limit:
            labels = (_OTHER,) * len(self._labels)
        self._values[labels] = value

    def clear(self) -> None:
        """Remove all series, before they are set again."""
        self._values.clear()

    def retain(self, fits: Callable[[Labels], bool]) -> None:
        """Remove the series whose labels do not fit any more."""
        for labels in [known for known in self._values if not fits(known)]:
            del self._values[labels]

    def value(self, labels: Labels = ()) -> float:
        """The value of a series; 0 where there is none."""
        return self._values.get(labels, 0)

    def render(self) -> str:
        """All series, each on a line."""
        prefixes = self._prefixes
        lines = [self._head]
        for labels, value in self._values.items():
            prefix = prefixes.get(labels)
            if prefix is None:
                if len(prefixes) > 2 * self._limit:
                    prefixes.clear()
                prefix = prefixes[labels] = f"{self.name}{_braces(self._labels, labels)} "
            lines.append(f"{prefix}{value}\n")
        return "".join(lines)


class HistogramFamily:
    """Histograms of one name that differ in their labels.

    Args:
        name: with its unit at the end.
        help_text: one line.
        bounds: of the values as they are counted, rising.
        scale: units of the name's unit in one of the values: 1e-6 for microseconds in ``_seconds``.
        labels: names of the labels.
        limit: series at most.
    """

    def __init__(
        self,
        name: str,
        help_text: str,
        bounds: Sequence[int],
        scale: float,
        labels: Labels = (),
        limit: int = SERIES_LIMIT,
    ) -> None:
        self.name = name
        self._bounds = tuple(bounds)
        self._scale = scale
        self._labels = labels
        self._limit = limit
        self._head = _head(name, help_text, "histogram")
        self._histograms: dict[Labels, Histogram] = {}
        self._templates: dict[Labels, str] = {}
        if not labels:
            self.of(())

    def of(self, labels: Labels) -> Histogram:
        """The histogram with these labels, to add to."""
        found = self._histograms.get(labels)
        if found is None:
            if len(self._histograms) >= self._limit:
                labels = (_OTHER,) * len(self._labels)
            found = self._histograms.setdefault(labels, Histogram(self._bounds))
        return found

    def show(self, histogram: Histogram, labels: Labels = ()) -> None:
        """Take the values of a histogram that is kept elsewhere, of the same bounds."""
        if labels not in self._histograms and len(self._histograms) >= self._limit:
            return
        self._histograms[labels] = histogram

    def clear(self) -> None:
        """Remove all histograms, before they are shown again."""
        self._histograms.clear()

    def render(self) -> str:
        """All histograms: buckets, sum and number."""
        templates, scale = self._templates, self._scale
        lines = [self._head]
        for labels, histogram in self._histograms.items():
            template = templates.get(labels)
            if template is None:
                template = templates[labels] = self._template(labels)
            seen = tuple(accumulate(histogram.counts))
            lines.append(template % (*seen, histogram.total * scale, seen[-1]))
        return "".join(lines)

    def _template(self, labels: Labels) -> str:
        """All lines of one histogram, to be filled in at once."""
        names = (*self._labels, "le")
        bounds = [f"{bound * self._scale:.9g}" for bound in self._bounds] + ["+Inf"]
        own = _braces(self._labels, labels)
        names_of_lines = [
            *(f"{self.name}_bucket{_braces(names, (*labels, bound))}" for bound in bounds),
            f"{self.name}_sum{own}",
            f"{self.name}_count{own}",
        ]
        forms = ["%d"] * len(bounds) + ["%.9g", "%d"]
        return "".join(
            f"{name.replace('%', '%%')} {form}\n"
            for name, form in zip(names_of_lines, forms, strict=True)
        )


def _head(name: str, help_text: str, kind: str) -> str:
    text = help_text.replace("\\", "\\\\").replace("\n", "\\n")
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n"


def _braces(names: Iterable[str], values: Iterable[str]) -> str:
    pairs = [f'{name}="{_quoted(value)}"' for name, value in zip(names, values, strict=True)]
    return "{" + ",".join(pairs) + "}" if pairs else ""


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
