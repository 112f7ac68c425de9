"""Schedules against agents' states: how much of their scheduled time agents were there.

Only what the records have seen counts: a shift of this afternoon is not missed this morning.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, and_, case, func, select

from acdengine.records.schema import agent_states, schedules, sources

#: States in which an agent is at work and takes calls; and those in which signed in.
_AT_WORK: Final = ("ready", "ringing", "talking", "wrap_up")
_SIGNED_IN: Final = (*_AT_WORK, "not_ready")


def _least(a: ColumnElement[Any], b: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((a < b, a), else_=b)


def _until_us() -> ColumnElement[Any]:
    """The time of the last fact."""
    return func.coalesce(select(func.max(sources.c.last_at_us)).scalar_subquery(), 0)


def _meets(states: FromClause, among: tuple[str, ...]) -> ColumnElement[bool]:
    """States of the scheduled agent that lie, at least in part, in the scheduled time.

    An agent has one state at a time, so that the search begins with the last one that began
    before the shift: whatever there is before it has ended.
    """
    before = agent_states.alias("before")
    first_us = (
        select(func.max(before.c.started_at_us))
        .where(
            before.c.agent_id == schedules.c.agent_id,
            before.c.started_at_us <= schedules.c.started_at_us,
        )
        .correlate(schedules)
        .scalar_subquery()
    )
    return and_(
        states.c.agent_id == schedules.c.agent_id,
        states.c.state.in_(among),
        states.c.started_at_us >= func.coalesce(first_us, schedules.c.started_at_us),
        states.c.started_at_us < schedules.c.ended_at_us,
        func.coalesce(states.c.ended_at_us, _until_us()) > schedules.c.started_at_us,
    )


def _scheduled() -> FromClause:
    """Scheduled time as far as the records reach, and whether the agent came at all."""
    states = agent_states.alias("present")
    came = select(states.c.agent_id).where(_meets(states, _SIGNED_IN)).correlate(schedules)
    return (
        select(
            schedules.c.agent_id,
            schedules.c.tenant_id,
            schedules.c.started_at_us,
            _least(schedules.c.ended_at_us, _until_us()).label("ended_at_us"),
            case((came.exists(), 1), else_=0).label("is_attended"),
        )
        .where(schedules.c.started_at_us < _until_us())
        .subquery("scheduled")
    )


def _adhered() -> FromClause:
    """Time in which an agent was scheduled, and there for calls."""
    ended_us = func.coalesce(agent_states.c.ended_at_us, _until_us())
    begun_us = case(
        (agent_states.c.started_at_us > schedules.c.started_at_us, agent_states.c.started_at_us),
        else_=schedules.c.started_at_us,
    )
    return (
        select(
            schedules.c.agent_id,
            schedules.c.tenant_id,
            begun_us.label("started_at_us"),
            _least(schedules.c.ended_at_us, ended_us).label("ended_at_us"),
        )
        .select_from(schedules.join(agent_states, _meets(agent_states, _AT_WORK)))
        .subquery("adhered")
    )


scheduled: Final = _scheduled()
adhered: Final = _adhered()
