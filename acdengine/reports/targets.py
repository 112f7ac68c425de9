"""Targets of metrics: which figures miss theirs, and what the same records say of the causes.

A cause is told only where the data shows it: a metric that the field names as a cause, which in the
same interval and group misses its own target.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from acdengine.errors import ACDError
from acdengine.reports.metrics import metric_of
from acdengine.reports.report import Figure, Report


class NoTarget(ACDError):
    """A text that is no target."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a metric is to reach.

    Attributes:
        written: the metric with its parameters.
        is_least: the value is the least that is good; else the most.
        value: in the unit of the metric; of a share from 0 to 1.
    """

    written: str
    is_least: bool
    value: float

    def is_missed(self, figure: Figure) -> bool:
        """Whether a figure is on the wrong side; one of nothing is not."""
        if figure.value is None:
            return False
        return figure.value < self.value if self.is_least else figure.value > self.value


@dataclass(frozen=True, slots=True)
class Miss:
    """A figure that misses its target.

    Attributes:
        row: number of the row of the report.
        target: that it misses.
        figure: what it is.
        causes: metrics that the field names as causes, and which miss their targets as well.
    """

    row: int
    target: Target
    figure: Figure
    causes: tuple[str, ...]


#: Usual targets of the field: of 20 s, 80 %, and so on.
USUAL_TARGETS: Final = (
    "adherence>=92%", "after-call-work<=60", "time-to-abandon>=20", "hold-time<=60", "rings<=4",
    "queue-time<=90", "asa<=20", "talk-time<=360", "handle-time<=600", "occupancy>=90%",
    "abandon-rate<=5%", "attendance>=95%", "blocked-rate<=3%", "first-call-resolution>=85%",
    "queue-rate<=20%", "transfer-rate<=3%", "answered-rate>=98%", "service-level>=80%",
    "turnover<=30%", "survey-rate>=35%", "utilisation>=70%",
)  # fmt: skip

#: What the field names as causes of a miss.
CAUSES: Final[Mapping[str, tuple[str, ...]]] = {
    "asa": ("after-call-work", "hold-time", "talk-time", "handle-time", "adherence", "attendance"),
    "service-level": (
        "after-call-work", "hold-time", "talk-time", "handle-time", "adherence", "attendance",
    ),
    "queue-time": ("after-call-work", "hold-time", "handle-time", "adherence", "attendance"),
    "queue-rate": ("handle-time", "adherence", "attendance"),
    "abandon-rate": ("asa", "queue-time", "adherence", "attendance"),
    "answered-rate": ("abandon-rate", "asa", "queue-time", "adherence", "attendance"),
    "handle-time": ("after-call-work", "hold-time", "talk-time", "transfer-rate"),
    "utilisation": ("adherence", "occupancy"),
    "first-call-resolution": ("transfer-rate", "abandon-rate"),
    "adherence": ("attendance",),
}  # fmt: skip

_TARGET: Final = re.compile(
    r"(?P<metric>.+?)(?P<sign><=|>=)(?P<value>[0-9]+(\.[0-9]+)?)(?P<percent>%?)"
)


def target_of(text: str) -> Target:
    """A target as it is written: ``asa<=20``, ``service-level:within_s=30>=80%``.

    Raises:
        NoTarget: it is none.
        UnknownMetric: of no metric.
    """
    found = _TARGET.fullmatch(text.replace(" ", ""))
    if found is None:
        raise NoTarget(f"{text!r} is no target such as asa<=20 or service-level>=80%")
    metric, _ = metric_of(found["metric"])
    if bool(found["percent"]) != (metric.unit == "share"):
        expected = "80%" if metric.unit == "share" else "20"
        raise NoTarget(f"{text!r}: expected a value such as {expected} for {metric.name}")
    value = float(found["value"]) / (100 if found["percent"] else 1)
    return Target(found["metric"], found["sign"] == ">=", value)


def targets_of(texts: Iterable[str]) -> dict[str, Target]:
    """Targets by metric as it is written; ``usual`` stands for those of the field.

    A later one of a metric takes the place of one before it.

    Raises:
        NoTarget: a text is no target.
        UnknownMetric: one is of no metric.
    """
    found: dict[str, Target] = {}
    for text in texts:
        for one in USUAL_TARGETS if text == "usual" else (text,):
            target = target_of(one)
            found[target.written] = target
    return found


def misses(report: Report, targets: Mapping[str, Target]) -> list[Miss]:
    """The figures of a report that miss their targets, in the order of rows and metrics."""
    found = []
    for number, row in enumerate(report.rows):
        missed = {
            asked.written: (targets[asked.written], figure)
            for asked, figure in zip(report.asked, row.figures, strict=True)
            if asked.written in targets and targets[asked.written].is_missed(figure)
        }
        names = {written.partition(":")[0]: written for written in missed}
        for written, (target, figure) in missed.items():
            causes = CAUSES.get(written.partition(":")[0], ())
            found.append(
                Miss(number, target, figure, tuple(names[one] for one in causes if one in names))
            )
    return found
