"""What is added up: a value of each row of one kind. Every metric is made of these.

A row counts in the interval in which it began, so that the parts of a ratio belong to the same
calls, and half hours add up to the day. Agents' states are the exception: they are cut at the edges
of intervals, and add up as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, FromClause, and_, case, literal, not_, select

from acdengine.records.schema import (
    agent_states,
    calls,
    costs,
    departures,
    head_counts,
    quality_scores,
    segments,
    survey_answers,
)
from acdengine.reports.attendance import adhered, scheduled

#: Rows of one table; of segments, those of one kind.
Kind = Literal[
    "calls", "queue_wait", "queue_refusal", "talk", "wrap_up", "hold", "transfer", "states",
    "survey", "quality", "shifts", "departures", "costs", "heads", "scheduled", "adhered",
]  # fmt: skip
#: Of rows that last: their value is spread evenly over their time, and cut at the edges.
SPREAD_KINDS: Final = ("costs", "heads", "scheduled", "adhered")

SEGMENT_KINDS: Final = ("queue_wait", "queue_refusal", "talk", "wrap_up", "hold", "transfer")


@dataclass(frozen=True, slots=True)
class Measure:
    """A value of each row of one kind.

    Attributes:
        name: unique among those of a report.
        kind: the rows.
        value: of a row; of ``states`` it is the share of the row's time that counts, 0 or 1; of
            `SPREAD_KINDS` what the whole row stands for.
        what: in words, for the documentation and for `--explain`.
    """

    name: str
    kind: Kind
    value: ColumnElement[Any]
    what: str


def table_of(kind: Kind) -> FromClause:
    """The table, or the query, of rows of a kind."""
    if kind in SEGMENT_KINDS:
        return segments
    return _TABLES[kind]


def time_of(kind: Kind) -> ColumnElement[int]:
    """When a row of a kind began."""
    columns = table_of(kind).c
    return columns.at_us if "at_us" in columns else columns.started_at_us


def end_of(kind: Kind) -> ColumnElement[int]:
    """When a row of a kind ended; its moment where it does not last."""
    columns = table_of(kind).c
    return columns.at_us if "at_us" in columns else columns.ended_at_us


def agent_of(kind: Kind) -> ColumnElement[str] | None:
    """Whose rows they are: a call is the agent's who talked last; None: no agent's."""
    columns = table_of(kind).c
    if kind == "calls":
        return columns.last_agent_id
    return columns.agent_id if "agent_id" in columns else None


def call_of(kind: Kind) -> ColumnElement[str]:
    """The call of a row; empty where it has none."""
    columns = table_of(kind).c
    return columns.call_id if "call_id" in columns else literal("")


def _length_us(table: FromClause) -> ColumnElement[Any]:
    return table.c.ended_at_us - table.c.started_at_us


def count_if(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    """1 for the rows that meet a condition."""
    return case((condition, 1), else_=0)


def sum_if(condition: ColumnElement[bool], value: ColumnElement[Any]) -> ColumnElement[Any]:
    """A value for the rows that meet a condition, else 0."""
    return case((condition, value), else_=0)


_TABLES: Final[dict[Kind, FromClause]] = {
    "calls": calls, "states": agent_states, "survey": survey_answers, "quality": quality_scores,
    "shifts": scheduled, "departures": departures, "costs": costs, "heads": head_counts,
    "scheduled": scheduled, "adhered": adhered,
}  # fmt: skip
_ONE: Final[ColumnElement[Any]] = literal(1)
_c = calls.c
_s = segments.c
_inbound: Final = _c.direction == "inbound"
_reached: Final = and_(_inbound, _c.outcome != "blocked")
_abandoned: Final = and_(_reached, _c.outcome == "abandoned")
_answered: Final = and_(_reached, _c.answered_at_us.is_not(None))
_new_wait: Final = _s.detail != "resumed"


def _call(name: str, condition: ColumnElement[bool], what: str) -> Measure:
    return Measure(name, "calls", count_if(condition), what)


ATTEMPTS: Final = _call("attempts", _inbound, "calls from outside, those that met busy too")
BLOCKED: Final = _call(
    "blocked", and_(_inbound, _c.outcome == "blocked"), "calls that met busy on the trunk group"
)
RECEIVED: Final = _call("received", _reached, "calls from outside that reached the centre")
ABANDONED: Final = _call("abandoned", _abandoned, "calls whose caller gave up unanswered")
ANSWERED: Final = _call("answered", _answered, "calls that an agent answered")
ANSWERED_BY_IVR: Final = _call(
    "answered_by_ivr",
    and_(_reached, _c.answered_at_us.is_(None), _c.outcome == "flow_ended"),
    "calls that a flow served to its end",
)
QUEUED: Final = _call(
    "queued", and_(_reached, _c.queued_at_us.is_not(None)), "calls that took a place in a queue"
)
RINGING_US: Final = Measure(
    "ringing_us", "calls", sum_if(_answered, _c.rang_us), "ringing until the first answer"
)
LOST: Final = _call(
    "lost",
    and_(_answered, _c.ended_by == "system", _c.outcome.in_(("switch_lost", "lost"))),
    "answered calls that the system lost",
)


def abandoned_within(short_us: int) -> Measure:
    """Calls whose caller gave up within a time."""
    return Measure(
        "short_abandoned", "calls", count_if(and_(_abandoned, _c.waited_us <= short_us)),
        "calls given up within the short-abandon time",
    )  # fmt: skip


RATED: Final = _call(
    "rated", and_(_answered, _c.call_id.in_(select(survey_answers.c.call_id))),
    "answered calls that the caller rated",
)  # fmt: skip
_known: Final = and_(_answered, _c.ani != "")
ANSWERED_KNOWN: Final = _call(
    "answered_known", _known, "answered calls of callers whose number is known"
)


def resolved_within(window_us: int) -> Measure:
    """Answered calls after which the same number is in no other call for a time."""
    other = calls.alias("other")
    again = (
        select(other.c.call_id)
        .where(
            other.c.ani == _c.ani,
            other.c.tenant_id == _c.tenant_id,
            other.c.started_at_us > _c.started_at_us,
            other.c.started_at_us <= _c.started_at_us + window_us,
        )
        .correlate(calls)
        .exists()
    )
    return _call("resolved", and_(_known, not_(again)), "answered calls without a repeat call")


# -- waits in queues ------------------------------------------------------------------------------

_wait_answered: Final = _s.outcome == "answered"
_wait_abandoned: Final = _s.outcome == "abandoned"

WAITS: Final = Measure("waits", "queue_wait", count_if(_new_wait), "waits in queues that ended")
WAITED_US: Final = Measure("waited_us", "queue_wait", _s.waited_us, "time of all waits")
WAITS_ANSWERED: Final = Measure(
    "waits_answered", "queue_wait", count_if(_wait_answered), "waits that an agent ended"
)
WAITED_ANSWERED_US: Final = Measure(
    "waited_answered_us", "queue_wait", sum_if(_wait_answered, _s.waited_us),
    "time of waits that an agent ended",
)  # fmt: skip
WAITS_ABANDONED: Final = Measure(
    "waits_abandoned", "queue_wait", count_if(_wait_abandoned), "waits that the caller gave up"
)
WAITED_ABANDONED_US: Final = Measure(
    "waited_abandoned_us", "queue_wait", sum_if(_wait_abandoned, _s.waited_us),
    "time of waits that the caller gave up",
)  # fmt: skip


def waits_within(what: Literal["answered", "abandoned"], within_us: int) -> Measure:
    """Waits of one end, not longer than a time."""
    return Measure(
        f"waits_{what}_in_time", "queue_wait",
        count_if(and_(_s.outcome == what, _s.waited_us <= within_us)),
        f"waits {what} within the threshold",
    )  # fmt: skip


def waits_left(*reasons: str) -> Measure:
    """Waits that ended for one of these reasons."""
    return Measure(
        "waits_" + "_".join(reasons), "queue_wait", count_if(_s.outcome.in_(reasons)),
        f"waits that ended by {' or '.join(reasons)}",
    )  # fmt: skip


def waited_left_us(*reasons: str) -> Measure:
    """Time of waits that ended for one of these reasons."""
    return Measure(
        "waited_" + "_".join(reasons) + "_us", "queue_wait",
        sum_if(_s.outcome.in_(reasons), _s.waited_us),
        f"time of waits that ended by {' or '.join(reasons)}",
    )  # fmt: skip


def refused(*reasons: str) -> Measure:
    """Calls that a queue did not take, for one of these reasons; all where none is given."""
    condition = _s.outcome.in_(reasons) if reasons else _s.outcome != ""
    return Measure(
        "refused_" + "_".join(reasons or ("all",)), "queue_refusal", count_if(condition),
        f"calls that a queue did not take: {', '.join(reasons) or 'all reasons'}",
    )  # fmt: skip


# -- conversations --------------------------------------------------------------------------------

TALKS: Final = Measure("talks", "talk", _ONE, "conversations")
TALKED_US: Final = Measure("talked_us", "talk", _s.active_us, "conversations, without holds")
HELD_US: Final = Measure("held_us", "talk", _s.held_us, "holds of conversations")
TALKS_HELD: Final = Measure(
    "talks_held", "talk", count_if(_s.held_us > 0), "conversations with a hold"
)
WRAP_UPS: Final = Measure("wrap_ups", "wrap_up", _ONE, "wrap-ups")
WRAPPED_US: Final = Measure("wrapped_us", "wrap_up", _s.active_us, "wrap-up")
TRANSFERS: Final = Measure(
    "transfers", "transfer", count_if(_s.outcome != "refused"), "calls that an agent passed on"
)
TALKS_LOST: Final = Measure(
    "talks_lost", "talk", count_if(_s.outcome == "system"), "conversations that the system ended"
)


# -- agents' states -------------------------------------------------------------------------------


def in_states(name: str, *states: str) -> Measure:
    """Time of agents in some states."""
    return Measure(
        name, "states", count_if(agent_states.c.state.in_(states)),
        f"agents' time: {', '.join(states).replace('_', ' ')}",
    )  # fmt: skip


SIGNED_IN_US: Final = in_states(
    "signed_in_us", "ready", "ringing", "talking", "wrap_up", "not_ready"
)
TALKING_US: Final = in_states("talking_us", "talking")
TALKING_OR_IDLE_US: Final = in_states("talking_or_idle_us", "talking", "ready")
HANDLING_US: Final = in_states("handling_us", "ringing", "talking", "wrap_up")

# -- surveys --------------------------------------------------------------------------------------

_v = survey_answers.c
RATINGS: Final = Measure("ratings", "survey", _ONE, "answers to surveys")
SCORES: Final = Measure("scores", "survey", _v.score, "sum of the scores")

# -- what comes from outside ----------------------------------------------------------------------

QUALITY_SCORES: Final = Measure(
    "quality_scores", "quality", quality_scores.c.score, "sum of the scores of monitored calls"
)
MONITORED: Final = Measure("monitored", "quality", _ONE, "monitored calls with a score")
SHIFTS: Final = Measure("shifts", "shifts", _ONE, "turns of work that agents were planned for")
SHIFTS_ATTENDED: Final = Measure(
    "shifts_attended", "shifts", scheduled.c.is_attended,
    "turns of work in which the agent was signed in",
)  # fmt: skip
SCHEDULED_US: Final = Measure(
    "scheduled_us", "scheduled", _length_us(scheduled), "time that agents were scheduled to work"
)
ADHERED_US: Final = Measure(
    "adhered_us", "adhered", _length_us(adhered),
    "time of agents as scheduled: ready, ringing, talking, wrap-up",
)  # fmt: skip
COST_CENTS: Final = Measure(
    "cost_cents", "costs", costs.c.amount_cents, "cost, in hundredths of the currency"
)
DEPARTURES: Final = Measure("departures", "departures", _ONE, "agents who left")
EMPLOYED_US: Final = Measure(
    "employed_us", "heads", head_counts.c.heads * _length_us(head_counts),
    "agents employed, each with the time",
)  # fmt: skip
