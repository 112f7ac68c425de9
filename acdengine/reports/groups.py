"""Groups of a report: by queue, agent, team, tenant, and by what a call brought along."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from sqlalchemy import ColumnElement, FromClause, and_, func, literal, or_

from acdengine.errors import ACDError
from acdengine.records.schema import agents, calls
from acdengine.reports.measures import Kind, agent_of, table_of, time_of

Group = Literal[
    "queue", "agent", "team", "tenant", "dnis", "trunk-group", "call-type", "region"
]  # fmt: skip
GROUPS: Final[tuple[Group, ...]] = get_args(Group)

#: The column of a call for each group. A call belongs to its last queue and its last agent.
_OF_CALLS: Final[dict[Group, str]] = {
    "queue": "last_queue_id", "agent": "last_agent_id", "tenant": "tenant_id", "dnis": "dnis",
    "trunk-group": "trunk_id", "call-type": "call_type", "region": "region",
}  # fmt: skip
#: What only calls have: other rows are taken with their call.
_OF_THE_CALL: Final = ("dnis", "trunk-group", "call-type", "region")
_OF_AGENTS: Final[tuple[Group, ...]] = ("agent", "team", "tenant")
#: The groups of rows that do not belong to each.
_GROUPS: Final[dict[Kind, tuple[Group, ...]]] = {
    "states": _OF_AGENTS, "shifts": _OF_AGENTS, "scheduled": _OF_AGENTS, "adhered": _OF_AGENTS,
    "departures": _OF_AGENTS, "quality": _OF_AGENTS, "heads": ("team", "tenant"),
    "costs": ("tenant",),
}  # fmt: skip
#: What the rows of a kind are called.
_CALLED: Final[dict[Kind, str]] = {
    "states": "agents' time", "shifts": "agents' shifts", "scheduled": "scheduled time",
    "adhered": "scheduled time", "quality": "scores of monitored calls", "heads": "head counts",
}  # fmt: skip


class NoSuchGroup(ACDError):
    """The rows of a metric do not belong to groups of that kind."""


def can_group(kind: Kind, group: Group) -> bool:
    """Whether rows of a kind belong to groups of a kind: agents' time belongs to no queue."""
    return group in _GROUPS.get(kind, GROUPS)


def grouped(kind: Kind, group: Group | None) -> tuple[FromClause, ColumnElement[Any]]:
    """Where rows of a kind come from, and the group of each.

    Args:
        kind: of rows.
        group: None: all are in one, the empty one.

    Raises:
        NoSuchGroup: they have none.
    """
    table = table_of(kind)
    if group is None:
        return table, literal("")
    if not can_group(kind, group):
        expected = " or ".join(_GROUPS[kind]).replace(" or ", ", ", len(_GROUPS[kind]) - 2)
        raise NoSuchGroup(
            f"{_CALLED.get(kind, kind)} cannot be given by {group}; expected {expected}"
        )
    if group == "team" and "team_id" not in table.c:
        return _by_team(kind)
    if kind == "calls":
        return table, calls.c[_OF_CALLS[group]]
    if group in _OF_THE_CALL:
        joined = table.outerjoin(
            calls, and_(calls.c.call_id == table.c.call_id, calls.c.source_id == table.c.source_id)
        )
        return joined, func.coalesce(calls.c[_OF_CALLS[group]], "")
    return table, table.c[f"{group}_id"]


def _by_team(kind: Kind) -> tuple[FromClause, ColumnElement[Any]]:
    """The team that the row's agent was in at the time."""
    table = table_of(kind)
    agent = agent_of(kind)
    at_us = time_of(kind)
    joined = table.outerjoin(
        agents,
        and_(
            agents.c.agent_id == agent,
            agents.c.from_us <= at_us,
            or_(agents.c.until_us.is_(None), agents.c.until_us > at_us),
        ),
    )
    return joined, func.coalesce(agents.c.team_id, "")
