"""The metrics: what each means, and of which measures it is made.

Numbers are those of the requirements. A metric is a sum, or the ratio of two; each part can be
reported by itself, as a metric of its own name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from acdengine.errors import ACDError
from acdengine.reports import measures as m
from acdengine.reports.measures import Measure

#: ``money``: of the currency of the costs. ``share``: shown in percent.
#: ``s``: seconds, of microseconds. ``h``: hours.
Unit: TypeAlias = Literal["count", "share", "s", "h", "per_h", "score", "rings", "money"]
#: Values of parameters by name.
Chosen: TypeAlias = Mapping[str, str | float]

_US: Final = 1_000_000.0


class UnknownMetric(ACDError):
    """A metric, or a parameter of one, that does not exist."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What may be chosen for a metric.

    Attributes:
        name: as it is written.
        default: its value where none is chosen.
        what: in words.
        choices: the values that it may have; empty: any number from 0 on.
    """

    name: str
    default: str | float
    what: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """What a metric is made of.

    Attributes:
        part: is added up; each with 1 or -1.
        whole: is added up, and divides; empty: the metric is the sum of its parts.
        scale: by which the result is multiplied.
    """

    part: tuple[tuple[int, Measure], ...]
    whole: tuple[tuple[int, Measure], ...] = ()
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Metric:
    """One definition.

    Attributes:
        name: as it is written.
        title: as people read it.
        unit: of the value.
        number: of the requirements; 0: a part, or a variant.
        formula: in words.
        meaning: what a manager learns from it.
        parts: for chosen parameters.
        parameters: what may be chosen.
    """

    name: str
    title: str
    unit: Unit
    number: int
    formula: str
    meaning: str
    parts: Callable[[Chosen], Parts]
    parameters: tuple[Parameter, ...] = ()

    def chosen(self, given: Mapping[str, str]) -> dict[str, str | float]:
        """The values of all parameters.

        Args:
            given: those that were written, as text.

        Raises:
            UnknownMetric: there is no such parameter, or the value cannot be one.
        """
        known = {one.name: one for one in self.parameters}
        for name in given:
            if name not in known:
                expected = ", ".join(known) or "none"
                raise UnknownMetric(f"{self.name} has no parameter {name!r}; expected {expected}")
        return {
            one.name: _value(self.name, one, given[one.name]) if one.name in given else one.default
            for one in self.parameters
        }


def _value(metric: str, parameter: Parameter, text: str) -> str | float:
    if parameter.choices:
        if text not in parameter.choices:
            expected = ", ".join(parameter.choices)
            raise UnknownMetric(f"{metric}:{parameter.name} is {text!r}; expected {expected}")
        return text
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise UnknownMetric(f"{metric}:{parameter.name} is {text!r}; expected a number from 0 on")
    return value


def _sum(*parts: Measure) -> tuple[tuple[int, Measure], ...]:
    return tuple((1, part) for part in parts)


def _ratio(part: Sequence[Measure], whole: Sequence[Measure], scale: float = 1.0) -> Parts:
    return Parts(_sum(*part), _sum(*whole), scale)


def _fixed(parts: Parts) -> Callable[[Chosen], Parts]:
    return lambda _: parts


def _us(chosen: Chosen, name: str) -> int:
    return round(float(chosen[name]) * _US)


def _mean(name: str, title: str, number: int, part: Measure, whole: Measure, formula: str,
          meaning: str) -> Metric:  # fmt: skip
    """A mean time in seconds."""
    return Metric(
        name, title, "s", number, formula, meaning, _fixed(_ratio([part], [whole], 1 / _US))
    )


def _share(name: str, title: str, number: int, part: Measure, whole: Measure, formula: str,
           meaning: str) -> Metric:  # fmt: skip
    return Metric(name, title, "share", number, formula, meaning, _fixed(_ratio([part], [whole])))


_WITHIN: Final = Parameter("within_s", 20.0, "threshold in seconds, itself in time")
_ABANDONS: Final = Parameter(
    "abandons", "all",
    "calls given up that count: all, those later than the threshold (late_only), none (answered)",
    ("all", "late_only", "answered"),
)  # fmt: skip


def _service_level(chosen: Chosen) -> Parts:
    within_us = _us(chosen, "within_s")
    whole = _sum(m.WAITS_ANSWERED)
    if chosen["abandons"] != "answered":
        whole += _sum(m.WAITS_ABANDONED)
    if chosen["abandons"] == "late_only":
        whole += ((-1, m.waits_within("abandoned", within_us)),)
    return Parts(_sum(m.waits_within("answered", within_us)), whole)


def _received_level(chosen: Chosen) -> Parts:
    return _ratio([m.waits_within("answered", _us(chosen, "within_s"))], [m.WAITS])


def _app_queue_2(chosen: Chosen) -> Parts:
    within_us = _us(chosen, "within_s")
    return _ratio(
        [m.waits_within("answered", within_us), m.waits_within("abandoned", within_us)],
        [m.WAITS_ANSWERED, m.WAITS_ABANDONED],
    )


def _answered_level(chosen: Chosen) -> Parts:
    return _ratio([m.waits_within("answered", _us(chosen, "within_s"))], [m.WAITS_ANSWERED])


def _abandon_rate(chosen: Chosen) -> Parts:
    short_us = _us(chosen, "short_s")
    short = ((-1, m.abandoned_within(short_us)),) if short_us else ()
    return Parts((*_sum(m.ABANDONED), *short), (*_sum(m.RECEIVED), *short))


def _rings(chosen: Chosen) -> Parts:
    return _ratio([m.RINGING_US], [m.ANSWERED], 1 / max(_us(chosen, "cycle_s"), 1))


def _first_call(chosen: Chosen) -> Parts:
    return _ratio([m.resolved_within(_us(chosen, "days") * 86_400)], [m.ANSWERED_KNOWN])


_METRICS: Final = (
    _mean(
        "after-call-work", "After-call work", 2, m.WRAPPED_US, m.WRAP_UPS,
        "wrap-up ÷ wrap-ups",
        "how long agents need to finish a call after it has ended",
    ),
    _mean(
        "time-to-abandon", "Average time to abandon", 3, m.WAITED_ABANDONED_US, m.WAITS_ABANDONED,
        "wait of those who gave up ÷ those who gave up",
        "how long callers wait who give up; not how long callers are prepared to wait",
    ),
    Metric(
        "handle-time", "Average handle time (AHT)", "s", 5,
        "(talk + hold + wrap-up) ÷ conversations",
        "what a call costs an agent's time",
        _fixed(_ratio([m.TALKED_US, m.HELD_US, m.WRAPPED_US], [m.TALKS], 1 / _US)),
    ),
    _mean(
        "hold-time", "Average hold time", 6, m.HELD_US, m.TALKS_HELD,
        "hold ÷ conversations with a hold",
        "how long callers hear music in the middle of a conversation",
    ),
    Metric(
        "rings", "Average rings", "rings", 7,
        "ringing at agents until the first answer ÷ calls answered ÷ length of a ring cycle",
        "how many ring signals callers hear before an agent answers",
        _rings,
        (Parameter("cycle_s", 5.0, "from one ring signal to the next: 5 in Europe, 6 in the USA"),),
    ),
    _mean(
        "queue-time", "Average queue time", 8, m.WAITED_US, m.WAITS,
        "wait of all ÷ waits",
        "how long callers are in a queue, however it ends",
    ),
    _mean(
        "asa", "Average speed of answer (ASA)", 9, m.WAITED_ANSWERED_US, m.WAITS_ANSWERED,
        "wait of those who were answered ÷ those who were answered",
        "how long callers wait who get an agent",
    ),
    _mean(
        "talk-time", "Average talk time", 10, m.TALKED_US, m.TALKS,
        "talk without holds ÷ conversations",
        "how long agents and callers talk",
    ),
    Metric(
        "calls-per-hour", "Calls per hour", "per_h", 11,
        "conversations ÷ hours signed in",
        "how many calls an agent takes in an hour of work",
        _fixed(_ratio([m.TALKS], [m.SIGNED_IN_US], 3600 * _US)),
    ),
    _share(
        "occupancy", "Occupancy", 13, m.TALKING_US, m.TALKING_OR_IDLE_US,
        "(talk + hold) ÷ (talk + hold + ready)",
        "how much of their time for calls agents spend in them",
    ),
    Metric(
        "abandon-rate", "Abandon rate", "share", 14,
        "abandoned ÷ received, each without those who gave up within short_s",
        "how many callers give up before anybody serves them",
        _abandon_rate,
        (Parameter("short_s", 20.0, "calls given up within so many seconds do not count"),),
    ),
    _share(
        "blocked-rate", "Blocked rate", 16, m.BLOCKED, m.ATTEMPTS,
        "calls that met busy ÷ attempts",
        "whether there are enough lines",
    ),
    Metric(
        "first-call-resolution", "First-call resolution", "share", 17,
        "answered calls after which the same number is in no other call within days ÷ answered",
        "whether callers get what they want the first time",
        _first_call,
        (Parameter("days", 7.0, "a further call within so many days is a repeat call"),),
    ),
    _share(
        "queue-rate", "Queue rate", 18, m.QUEUED, m.RECEIVED,
        "calls placed in a queue ÷ received",
        "how many callers wait for an agent; the others are served by flows, or leave",
    ),
    _share(
        "transfer-rate", "Transfer rate", 19, m.TRANSFERS, m.TALKS,
        "calls that an agent passed on ÷ conversations, of the agent who passed them on",
        "whether calls go to agents who can deal with them",
    ),
    _share(
        "answered-rate", "Answered rate", 20, m.ANSWERED, m.RECEIVED,
        "answered by an agent ÷ received",
        "how many callers get an agent",
    ),
    Metric(
        "service-level", "Service level", "share", 21,
        "answered within within_s ÷ (answered + abandoned), of abandoned those that count",
        "how many callers are answered in good time; live figures are this one",
        _service_level,
        (_WITHIN, _ABANDONS),
    ),
    Metric(
        "service-level-received", "Service level of all received", "share", 0,
        "answered within within_s ÷ waits, those too that another queue or box took over",
        "the service level when a caller who is sent on counts as not served",
        _received_level,
        (_WITHIN,),
    ),
    Metric(
        "app-queue-1", "Asterisk's ServicelevelPerf", "share", 0,
        "answered within within_s ÷ answered (app_queue)",
        "what `queue show` of Asterisk calls SL",
        _answered_level,
        (_WITHIN,),
    ),
    Metric(
        "app-queue-2", "Asterisk's ServicelevelPerf2", "share", 0,
        "(answered + abandoned, both within within_s) ÷ (answered + abandoned) (app_queue)",
        "what `queue show` of Asterisk calls SL2: an early abandon counts as served",
        _app_queue_2,
        (_WITHIN,),
    ),
    Metric(
        "wazo-qos", "Wazo's qos", "share", 0,
        "answered within within_s ÷ answered (wazo-call-logd)",
        "the service level of those who were answered: abandons do not lower it",
        _answered_level,
        (_WITHIN,),
    ),
    Metric(
        "wazo-answered-rate", "Wazo's answered_rate", "share", 0,
        "answered ÷ (answered + abandoned + full + leaveempty + joinempty + timeout)"
        " (wazo-call-logd); closed and both kinds of divert do not count",
        "answered of those whom the queue itself dealt with",
        _fixed(
            _ratio(
                [m.WAITS_ANSWERED],
                [
                    m.WAITS_ANSWERED, m.WAITS_ABANDONED, m.waits_left("no_staff", "waited"),
                    m.refused("full", "no_staff"),
                ],
            )
        ),
    ),
    Metric(
        "wazo-average-waiting-time", "Wazo's average_waiting_time", "s", 0,
        "wait ÷ (answered + abandoned + leaveempty + timeout) (wazo-call-logd)",
        "mean wait of those who waited for the queue's own end",
        _fixed(
            _ratio(
                [
                    m.WAITED_ANSWERED_US, m.WAITED_ABANDONED_US,
                    m.waited_left_us("no_staff", "waited"),
                ],
                [m.WAITS_ANSWERED, m.WAITS_ABANDONED, m.waits_left("no_staff", "waited")],
                1 / _US,
            )
        ),
    ),
    Metric(
        "wazo-blocking", "Wazo's blocking", "count", 0,
        "joinempty + leaveempty (wazo-call-logd)",
        "calls that found no agent at work, or lost the last",
        _fixed(Parts(_sum(m.refused("no_staff"), m.waits_left("no_staff")))),
    ),
    Metric(
        "wazo-saturated", "Wazo's saturated", "count", 0,
        "full + diverted by waiting time or by calls per agent (wazo-call-logd)",
        "calls for which the queue had no room",
        _fixed(Parts(_sum(m.refused("full"), m.waits_left("overflow")))),
    ),
    Metric(
        "total-calls", "Total calls", "count", 22,
        "blocked + abandoned + answered",
        "the traffic of the centre",
        _fixed(Parts(_sum(m.BLOCKED, m.ABANDONED, m.ANSWERED))),
    ),
    _share(
        "loss-rate", "Loss rate", 24, m.TALKS_LOST, m.TALKS,
        "conversations that the system ended ÷ conversations",
        "callers who were connected and lost",
    ),
    _share(
        "survey-rate", "Survey: calls rated", 25, m.RATED, m.ANSWERED,
        "answered calls that the caller rated ÷ answered",
        "how many callers take the survey",
    ),
    Metric(
        "survey-score", "Survey: mean score", "score", 25,
        "sum of scores ÷ answers",
        "what callers say after the call",
        _fixed(_ratio([m.SCORES], [m.RATINGS])),
    ),
    _share(
        "utilisation", "Utilisation", 26, m.HANDLING_US, m.SIGNED_IN_US,
        "(ringing + talk + hold + wrap-up) ÷ time signed in",
        "how much of their time at work agents spend on calls",
    ),
    _share(
        "adherence", "Adherence", 1, m.ADHERED_US, m.SCHEDULED_US,
        "time signed in and available as scheduled ÷ time scheduled (table schedules)",
        "whether agents are there for calls when they were planned",
    ),
    Metric(
        "cost-per-call", "Cost per call", "money", 4,
        "cost ÷ (answered by agents + served by flows) (table costs)",
        "what the centre costs for each caller whom it helps",
        _fixed(_ratio([m.COST_CENTS], [m.ANSWERED, m.ANSWERED_BY_IVR], 0.01)),
    ),
    Metric(
        "monitoring-score", "Monitoring score", "score", 12,
        "sum of scores ÷ monitored calls (table quality_scores)",
        "how good conversations are, by those who listened to them",
        _fixed(_ratio([m.QUALITY_SCORES], [m.MONITORED])),
    ),
    _share(
        "attendance", "Attendance", 15, m.SHIFTS_ATTENDED, m.SHIFTS,
        "shifts in which the agent was signed in ÷ shifts planned (table schedules)",
        "whether the agents who were planned come",
    ),
    Metric(
        "turnover", "Agent turnover", "share", 23,
        "agents who left ÷ agents employed, for a year (tables departures, head_counts)",
        "how many of its agents the centre loses in a year, at the pace of the time reported",
        _fixed(_ratio([m.DEPARTURES], [m.EMPLOYED_US], 365 * 86400 * _US)),
    ),
)  # fmt: skip


def _part(metric: Metric, measure: Measure) -> Metric:
    """A part of a metric as a metric, with the same parameters."""
    is_time = measure.name.endswith("_us")
    scale = 1 / _US if is_time else 1.0

    def parts(chosen: Chosen) -> Parts:
        whole = metric.parts(chosen)
        own = next(one for _, one in (*whole.part, *whole.whole) if one.name == measure.name)
        return Parts(_sum(own), scale=scale)

    return Metric(
        measure.name.removesuffix("_us").replace("_", "-") + ("-time" if is_time else ""),
        measure.what[0].upper() + measure.what[1:], "s" if is_time else "count", 0,
        measure.what, "a part of other metrics", parts, metric.parameters,
    )  # fmt: skip


def _all() -> dict[str, Metric]:
    found = {metric.name: metric for metric in _METRICS}
    # Of the metrics that a measure is part of, the one with the fewest parameters names them.
    for metric in sorted(_METRICS, key=lambda one: len(one.parameters)):
        chosen = metric.parts(metric.chosen({}))
        for _, measure in (*chosen.part, *chosen.whole):
            part = _part(metric, measure)
            found.setdefault(part.name, part)
    return found


#: By name; parts of ratios among them.
METRICS: Final[dict[str, Metric]] = _all()


def metric_of(written: str) -> tuple[Metric, dict[str, str | float]]:
    """A metric and its parameters as they are written: ``service-level:within_s=30``.

    Raises:
        UnknownMetric: there is none of that name, or not such a parameter.
    """
    name, _, text = written.partition(":")
    metric = METRICS.get(name)
    if metric is None:
        raise UnknownMetric(f"no metric is called {name!r}; acdengine report --list names them")
    given = {}
    for pair in filter(None, text.split(",")):
        key, equals, value = pair.partition("=")
        if not equals:
            raise UnknownMetric(f"{written!r}: expected parameters such as within_s=30")
        given[key.strip()] = value.strip()
    return metric, metric.chosen(given)
