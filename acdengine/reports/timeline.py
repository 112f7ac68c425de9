"""An agent's day: states one after the other, and how long each was."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from acdengine.records.schema import agent_states
from acdengine.reports.sums import recorded_until_us


@dataclass(frozen=True, slots=True)
class Stretch:
    """An agent in one state.

    Attributes:
        from_us, to_us: cut at the ends of the time that was asked for.
        state, reason: as in the records.
        call_id, queue_id: the call that the agent was rung for, talked with or finished.
    """

    from_us: int
    to_us: int
    state: str
    reason: str
    call_id: str
    queue_id: str


def timeline(connection: Connection, agent_id: str, from_us: int, to_us: int) -> list[Stretch]:
    """The states of an agent within a time, in their order; what lasts counts up to the last fact.

    Args:
        connection: to the records.
        agent_id: as ``tenant/name``.
        from_us, to_us: the time.
    """
    states = agent_states.c
    until_us = min(to_us, recorded_until_us(connection))
    query = (
        select(
            states.started_at_us, states.ended_at_us, states.state, states.reason,
            states.call_id, states.queue_id,
        )
        .where(
            states.agent_id == agent_id,
            states.started_at_us < until_us,
            or_(states.ended_at_us.is_(None), states.ended_at_us > from_us),
        )
        .order_by(states.started_at_us)
    )  # fmt: skip
    return [
        Stretch(max(begun, from_us), until_us if ended is None else min(ended, until_us), *rest)
        for begun, ended, *rest in connection.execute(query)
    ]


def by_state(stretches: list[Stretch]) -> dict[tuple[str, str], int]:
    """Microseconds in each state and reason, the longest first."""
    found: dict[tuple[str, str], int] = {}
    for one in stretches:
        place = one.state, one.reason
        found[place] = found.get(place, 0) + one.to_us - one.from_us
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
