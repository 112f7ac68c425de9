"""Views for other programs: times as dates, durations in seconds, one view a kind of segment.

They are defined again by each migration, and may change only by columns that are added.
"""

from __future__ import annotations

from typing import Final

_SEGMENT: Final = (
    "source_id, call_id, tenant_id, started_at_us / 1000000 AS started_at,"
    " ended_at_us / 1000000 AS ended_at"
)


def _seconds(column: str, name: str) -> str:
    return f"{column} / 1000000.0 AS {name}"


def _segments(kind: str, *columns: str) -> str:
    return f"SELECT {', '.join((_SEGMENT, *columns))} FROM segments WHERE kind = '{kind}'"


#: What each view shows, and its query, in SQL that SQLite and PostgreSQL both know. Times are
#: seconds since 1970 (UTC), as Grafana takes them; ``to_timestamp(...)`` makes dates of them.
VIEWS: Final[dict[str, tuple[str, str]]] = {
    "v_calls": (
        "Calls with their times and durations in seconds.",
        (
            "SELECT source_id, call_id, tenant_id, direction, ani, dnis, trunk_id, customer_id,"
            " outcome, ended_by, cause, first_queue_id, last_queue_id,"
            " first_agent_id, last_agent_id,"
            " started_at_us / 1000000 AS started_at, ended_at_us / 1000000 AS ended_at,"
            " answered_at_us / 1000000 AS answered_at,"
            f" {_seconds('waited_us', 'waited_s')}, {_seconds('rang_us', 'rang_s')},"
            f" {_seconds('talked_us', 'talked_s')}, {_seconds('held_us', 'held_s')},"
            " waits, offers, answers, transfers, call_type, region FROM calls"
        ),
    ),
    "v_queue_waits": (
        "Each wait of a call in a queue, and how it ended.",
        _segments(
            "queue_wait", "queue_id", "agent_id", "outcome", _seconds("waited_us", "waited_s"),
            "position", "is_short",
        ),
    ),
    "v_offers": (
        "Each time that an agent was rung.",
        _segments(
            "offer", "queue_id", "agent_id", "outcome", "detail AS rule",
            _seconds("rang_us", "rang_s"),
        ),
    ),
    "v_conversations": (
        "Each conversation of a caller with an agent.",
        _segments(
            "talk", "queue_id", "agent_id", "outcome AS ended_by",
            _seconds("waited_us", "waited_s"), _seconds("rang_us", "rang_s"),
            _seconds("active_us", "talked_s"), _seconds("held_us", "held_s"),
        ),
    ),
    "v_wrap_ups": (
        "Work after a conversation.",
        _segments("wrap_up", "queue_id", "agent_id", _seconds("active_us", "lasted_s")),
    ),
    "v_transfers": (
        "Calls that an agent passed on.",
        _segments("transfer", "queue_id", "agent_id", "outcome AS kind", "target", "detail"),
    ),
    "v_recordings": (
        "Recordings and their files.",
        _segments(
            "recording", "queue_id", "agent_id", "target AS file", "outcome",
            _seconds("active_us", "length_s"),
        ),
    ),
    "v_flow_steps": (
        "Steps of IVR flows.",
        _segments(
            "flow_step", "reference AS flow_id", "target AS step", "outcome AS way", "detail"
        ),
    ),
    "v_agent_states": (
        "Intervals of agents' states.",
        (
            "SELECT source_id, agent_id, tenant_id, state, reason,"
            " started_at_us / 1000000 AS started_at, ended_at_us / 1000000 AS ended_at,"
            " (ended_at_us - started_at_us) / 1000000.0 AS lasted_s, changed_by, call_id, queue_id"
            " FROM agent_states"
        ),
    ),
    "v_agents": (
        "Agents and their teams over time.",
        (
            "SELECT agents.agent_id, agents.tenant_id, agents.name, agents.team_id,"
            " COALESCE(teams.name, '') AS team_name, agents.from_us / 1000000 AS started_at,"
            " agents.until_us / 1000000 AS ended_at"
            " FROM agents LEFT JOIN teams ON teams.team_id = agents.team_id"
        ),
    ),
    "v_queue_quarters": (
        "Counts of queues by quarter of an hour.",
        (
            "SELECT source_id, tenant_id, queue_id, interval_at_us / 1000000 AS started_at,"
            " queued, answered, abandoned, short_abandoned, left_otherwise, refused, offers,"
            " offers_missed, answered_in_20_s,"
            f" {_seconds('waited_answered_us', 'waited_answered_s')},"
            f" {_seconds('waited_abandoned_us', 'waited_abandoned_s')}, conversations,"
            f" {_seconds('talked_us', 'talked_s')}, {_seconds('held_us', 'held_s')}, wrap_ups,"
            f" {_seconds('wrapped_us', 'wrapped_s')} FROM queue_intervals"
        ),
    ),
}  # fmt: skip
