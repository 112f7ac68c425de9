"""A report: metrics by interval and group, each figure with its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlalchemy import Connection

from acdengine.reports.groups import Group
from acdengine.reports.intervals import Intervals
from acdengine.reports.measures import Kind, Measure
from acdengine.reports.metrics import Metric, Parts, metric_of
from acdengine.reports.sums import Scope, Sums, sums


@dataclass(frozen=True, slots=True)
class Asked:
    """A metric that is asked for.

    Attributes:
        written: with its parameters, as it was asked for.
        metric: the definition.
        parts: for the parameters.
        part_keys, whole_keys: of their measures; those of a name may differ by a parameter.
    """

    written: str
    metric: Metric
    parts: Parts
    part_keys: tuple[str, ...]
    whole_keys: tuple[str, ...]

    @classmethod
    @lru_cache(maxsize=512)
    def of(cls, written: str) -> Asked:
        """A metric as it is written; the usual ones are worked out once.

        Raises:
            UnknownMetric: there is no such metric, or parameter.
        """
        metric, chosen = metric_of(written)
        parts = metric.parts(chosen)
        return cls(
            written,
            metric,
            parts,
            tuple(_key(measure) for _, measure in parts.part),
            tuple(_key(measure) for _, measure in parts.whole),
        )

    def measures(self) -> Iterator[tuple[str, Measure]]:
        """What is added up for it, by keys."""
        yield from zip(self.part_keys, (one for _, one in self.parts.part), strict=True)
        yield from zip(self.whole_keys, (one for _, one in self.parts.whole), strict=True)

    def figure(self, totals: Mapping[str, int]) -> Figure:
        """The figure of the sums of measures."""
        part = _total(self.part_keys, self.parts.part, totals)
        scale = self.parts.scale
        if not self.whole_keys:
            return Figure(part, None, part * scale)
        whole = _total(self.whole_keys, self.parts.whole, totals)
        return Figure(part, whole, part / whole * scale if whole else None)


def _key(measure: Measure) -> str:
    return f"{measure.name} {measure.value.compile(compile_kwargs={'literal_binds': True})}"


def _total(
    keys: Sequence[str], signed: Sequence[tuple[int, Measure]], totals: Mapping[str, int]
) -> int:
    return sum(sign * totals.get(key, 0) for key, (sign, _) in zip(keys, signed, strict=True))


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        part, whole: its sums; ``whole`` is None for a metric that is no ratio.
        value: None where the whole is 0.
    """

    part: float
    whole: float | None
    value: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one interval and group, in the order of the metrics."""

    interval: int
    group: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What was asked for, and what came of it.

    Attributes:
        asked: the metrics.
        intervals: by which.
        group: by what besides; None: nothing.
        rows: in the order of interval and group. Without a group there is one for each interval,
            with groups only where something was counted.
    """

    asked: tuple[Asked, ...]
    intervals: Intervals
    group: Group | None
    rows: tuple[Row, ...]


def report(
    connection: Connection,
    metrics: Sequence[str],
    intervals: Intervals,
    group: Group | None = None,
    scope: Scope = Scope(),  # noqa: B008 - frozen
) -> Report:
    """Work out metrics from the records.

    Args:
        connection: to the records.
        metrics: as they are written (`acdengine.reports.metrics.metric_of`).
        intervals: which time, and by which intervals.
        group: by what besides.
        scope: whose calls and agents.

    Raises:
        UnknownMetric: there is no such metric, or parameter.
        NoSuchGroup: a metric cannot be given by such groups.
    """
    asked = tuple(Asked.of(one) for one in metrics)
    by_kind: dict[Kind, dict[str, Measure]] = {}
    for one in asked:
        for key, measure in one.measures():
            by_kind.setdefault(measure.kind, {}).setdefault(key, measure)
    totals: dict[tuple[int, str], dict[str, int]] = {}
    for wanted in by_kind.values():
        found: Sums = sums(connection, list(wanted.values()), intervals, group, scope)
        for place, values in found.items():
            totals.setdefault(place, {}).update(zip(wanted, values, strict=True))
    if group is None:
        for number in range(len(intervals)):
            totals.setdefault((number, ""), {})
    rows = tuple(
        Row(number, name, tuple(one.figure(totals[number, name]) for one in asked))
        for number, name in sorted(totals)
    )
    return Report(asked, intervals, group, rows)


def ranked(found: Report, written: str) -> Report:
    """The same with the groups of each interval by one of its metrics, the highest value first.

    Groups without a value come last.
    """
    place = next(number for number, one in enumerate(found.asked) if one.written == written)

    def order(row: Row) -> tuple[int, bool, float, str]:
        value = row.figures[place].value
        return row.interval, value is None, -(value or 0.0), row.group

    return replace(found, rows=tuple(sorted(found.rows, key=order)))
