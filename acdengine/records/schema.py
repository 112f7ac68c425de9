"""The tables of the records: one schema for SQLite and PostgreSQL.

A row of `acdengine.records.rows` has the columns of its table, in the same order.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from acdengine.records.intervals import COUNT_NAMES, WITHIN_NAMES

metadata: Final = MetaData()

sources: Final = Table(
    "sources",
    metadata,
    Column("source_id", Integer, primary_key=True, comment="Number of the source"),
    Column("name", Text, nullable=False, unique=True, comment="Name of the numbering of events"),
    Column("is_simulated", Boolean, nullable=False, comment="Calls of a simulated day"),
    Column("seq", BigInteger, nullable=False, comment="Event of the last fact in the rows"),
    Column("idx", BigInteger, nullable=False, comment="Its place among the facts of that event"),
    Column("last_at_us", BigInteger, nullable=False, comment="Time of the last fact in the rows"),
    Column("is_closed", Boolean, nullable=False, comment="Nothing more comes of it"),
    comment="Where rows come from: one numbering of events each.",
)


def _key() -> list[Column[int]]:
    return [
        Column("source_id", Integer, nullable=False, comment="Source"),
        Column("seq", BigInteger, nullable=False, comment="Event that began the row"),
        Column(
            "idx", Integer, nullable=False, comment="Place of its fact among those of the event"
        ),
    ]


def _text(name: str, comment: str) -> Column[str]:
    return Column(name, Text, nullable=False, comment=comment)


def _added_text(name: str, comment: str) -> Column[str]:
    """A column that a later version has added: rows from before have it empty."""
    return Column(name, Text, nullable=False, server_default="", comment=comment)


def _us(name: str, comment: str) -> Column[int]:
    """A moment or a duration in microseconds."""
    return Column(name, BigInteger, nullable=False, comment=comment)


def _later_us(name: str, comment: str) -> Column[int]:
    """A moment that may not have come."""
    return Column(name, BigInteger, nullable=True, comment=comment)


def _count(name: str, comment: str) -> Column[int]:
    return Column(name, Integer, nullable=False, comment=comment)


def _flag(name: str, comment: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, comment=comment)


def _table(name: str, comment: str, *columns: Column[int] | Column[str] | Column[bool]) -> Table:
    """A table of rows with the key of a fact; the rows themselves lie in the order of the key."""
    return Table(
        name,
        metadata,
        *_key(),
        *columns,
        PrimaryKeyConstraint("source_id", "seq", "idx"),
        comment=comment,
        sqlite_with_rowid=False,
    )


calls: Final = _table(
    "calls",
    "A call from its arrival to its end; also refused ones, and callers who met busy.",
    _text("call_id", "Call; empty where it met busy on the trunk group"),
    _text("tenant_id", "Tenant"),
    _text("direction", "inbound, outbound or internal"),
    _text("ani", "Number of the caller"),
    _text("dnis", "Number dialled"),
    _text("trunk_id", "Trunk group"),
    _text("customer_id", "Customer of the settings"),
    _text("from_agent_id", "Agent whose telephone calls"),
    _flag("is_withheld", "The caller does not want to be known"),
    _count("priority", "Priority at the beginning"),
    _text("rule", "Routing rules that decided"),
    _us("started_at_us", "Arrival"),
    _later_us("ended_at_us", "End; NULL while it goes on"),
    _text("outcome", "answered, abandoned, diverted, refused, blocked, flow_ended, ..."),
    _text("ended_by", "caller, agent or system"),
    _text("cause", "Cause of the end"),
    _text("first_queue_id", "First queue"),
    _text("last_queue_id", "Last queue"),
    _text("first_agent_id", "Agent who answered first"),
    _text("last_agent_id", "Agent who talked last"),
    _later_us("queued_at_us", "First place in a queue; NULL: none"),
    _later_us("answered_at_us", "First answer of an agent; NULL: none"),
    _us("waited_us", "In queues, all waits together"),
    _us("rang_us", "Ringing at the agent who answered first"),
    _us("talked_us", "In conversations, without holds"),
    _us("held_us", "On hold"),
    _count("waits", "Queue waits"),
    _count("offers", "Times that an agent was rung"),
    _count("answers", "Conversations"),
    _count("transfers", "Times that an agent passed it on"),
    _added_text("call_type", "Tag call_type that a flow gave it last, else the direction"),
    _added_text("region", "Of the caller's number: as the settings name it, else the country code"),
)

segments: Final = _table(
    "segments",
    "A stretch of a call's way: queue wait, offer, talk, hold, transfer, and so on.",
    _text("call_id", "Call"),
    _text("tenant_id", "Tenant"),
    _text("kind", "What the call is in (views name what each kind fills)"),
    _text("queue_id", "Queue; of talks, holds and wrap-up the queue that the call came from"),
    _text("agent_id", "Agent; of a queue wait who answered"),
    _text("reference", "Offer, consult or supervisor's leg; flow of a step; where a flow led to"),
    _us("started_at_us", "Beginning"),
    _later_us("ended_at_us", "End; NULL while it goes on"),
    _text("outcome", "How it ended"),
    _text("target", "Number, box, flow, step, file, agent or queue that it went to"),
    _text("detail", "Why, by which rule, or which version"),
    _us("waited_us", "Wait in the queue, of queue waits and talks"),
    _us("rang_us", "Ringing, of offers, talks, consults and numbers"),
    _us("active_us", "Talk without holds, consult after the answer, wrap-up, length of a file"),
    _us("held_us", "On hold, of talks and holds"),
    _count("position", "Place in line at the end of a queue wait"),
    _flag("is_short", "Queue wait given up within the short-abandon time"),
    _us("told_us", "Estimate that the caller was told last; -1: none"),
    _later_us("step_at_us", "Of a flow: end of its last step"),
)

agent_states: Final = _table(
    "agent_states",
    "An agent in one state, for one reason.",
    _text("agent_id", "Agent"),
    _text("tenant_id", "Tenant"),
    _text("state", "logged_out, not_ready, ready, ringing, talking or wrap_up"),
    _text("reason", "Why not ready"),
    _us("started_at_us", "Beginning"),
    _later_us("ended_at_us", "End; NULL while it lasts"),
    _text("changed_by", "Who asked for it; empty where it came by itself"),
    _text("call_id", "Call that the agent is rung for, talks with or finishes"),
    _text("queue_id", "Its queue"),
)

callbacks: Final = _table(
    "callbacks",
    "A caller who waits to be rung back.",
    _text("call_id", "Call"),
    _text("tenant_id", "Tenant"),
    _text("queue_id", "Queue in which the place is kept"),
    _text("number", "Number to ring"),
    _us("started_at_us", "Placed"),
    _later_us("ended_at_us", "End; NULL while it waits"),
    _text("outcome", "reached, or the outcome of the call"),
    _count("attempts", "Attempts"),
    _later_us("attempted_at_us", "Last attempt"),
    _text("cause", "Why the last attempt came to nothing"),
    _later_us("next_at_us", "Next attempt"),
    _later_us("reached_at_us", "Customer answered"),
)

survey_answers: Final = _table(
    "survey_answers",
    "A caller's answer to a question of a survey.",
    _text("call_id", "Call"),
    _text("tenant_id", "Tenant"),
    _text("queue_id", "Last queue of the call"),
    _text("agent_id", "Last agent of the call"),
    _text("survey", "Survey"),
    _text("question", "Question"),
    _count("score", "Answer, from 1"),
    _count("scale", "Best or worst answer"),
    _us("at_us", "When"),
)

call_tags: Final = _table(
    "call_tags",
    "A tag that a flow gave a call.",
    _text("call_id", "Call"),
    _text("tenant_id", "Tenant"),
    _text("name", "Name"),
    _text("value", "Value"),
    _us("at_us", "When"),
)

changes: Final = _table(
    "changes",
    "What people changed, or a switch or a line reported.",
    _text("kind", "settings, drain, agent_skills, priority, flow_version, switch, line, ..."),
    _text("tenant_id", "Tenant; empty: all"),
    _text("subject", "Agent, queue, switch node, flow or call"),
    _text("changed_by", "Who"),
    _text("detail", "The rest, as JSON"),
    _us("at_us", "When"),
)

queue_intervals: Final = Table(
    "queue_intervals",
    metadata,
    Column("source_id", Integer, nullable=False, comment="Source"),
    _text("queue_id", "Queue"),
    _us("interval_at_us", "Beginning of the quarter of an hour"),
    _text("tenant_id", "Tenant"),
    *(Column(name, BigInteger, nullable=False) for name in (*COUNT_NAMES, *WITHIN_NAMES)),
    PrimaryKeyConstraint("source_id", "queue_id", "interval_at_us"),
    comment="Counts of a queue by quarter of an hour, by when waits and talks began.",
    sqlite_with_rowid=False,
)

tenants: Final = Table(
    "tenants",
    metadata,
    Column("tenant_id", Text, primary_key=True, comment="Tenant"),
    _text("name", "Name that people read"),
    _text("zone", "Time zone of its reports"),
    comment="Tenants of the settings, also those that have been removed.",
)

teams: Final = Table(
    "teams",
    metadata,
    Column("team_id", Text, primary_key=True, comment="Team"),
    _text("tenant_id", "Tenant"),
    _text("name", "Name that people read"),
    comment="Teams of the settings, also those that have been removed.",
)

queues: Final = Table(
    "queues",
    metadata,
    Column("queue_id", Text, primary_key=True, comment="Queue"),
    _text("tenant_id", "Tenant"),
    _text("name", "Name that people read"),
    comment="Queues of the settings, also those that have been removed.",
)

agents: Final = Table(
    "agents",
    metadata,
    Column("agent_id", Text, nullable=False, comment="Agent"),
    _us("from_us", "From when on; 0: from the beginning"),
    _later_us("until_us", "Until when; NULL: still so"),
    _text("tenant_id", "Tenant"),
    _text("name", "Name that people read"),
    _text("team_id", "Team; empty: none"),
    PrimaryKeyConstraint("agent_id", "from_us"),
    comment="Agents of the settings over time: a row for each stretch with one name and team.",
)

costs: Final = Table(
    "costs",
    metadata,
    _text("tenant_id", "Tenant"),
    _text("what", "What is paid for"),
    _us("started_at_us", "From when on"),
    _us("ended_at_us", "Until when"),
    _us("amount_cents", "What it costs for the whole time, in hundredths of the currency"),
    PrimaryKeyConstraint("tenant_id", "what", "started_at_us"),
    comment="Costs of the centre, loaded from a file; spread evenly over their time.",
)

schedules: Final = Table(
    "schedules",
    metadata,
    _text("agent_id", "Agent"),
    _text("tenant_id", "Tenant"),
    _us("started_at_us", "From when on the agent is to take calls"),
    _us("ended_at_us", "Until when"),
    PrimaryKeyConstraint("agent_id", "started_at_us"),
    comment="When agents are to take calls, loaded from a file; breaks lie between two rows.",
)

quality_scores: Final = Table(
    "quality_scores",
    metadata,
    _text("call_id", "Call that was listened to"),
    _text("agent_id", "Agent"),
    _text("tenant_id", "Tenant"),
    _text("scored_by", "Who gave the score"),
    _us("at_us", "When"),
    _count("score", "From 0 to 100"),
    PrimaryKeyConstraint("call_id", "agent_id", "scored_by"),
    comment="Supervisors' scores of monitored calls, loaded from a file.",
)

head_counts: Final = Table(
    "head_counts",
    metadata,
    _text("tenant_id", "Tenant"),
    _text("team_id", "Team; empty: none"),
    _us("started_at_us", "From when on"),
    _us("ended_at_us", "Until when"),
    _count("heads", "Agents employed"),
    PrimaryKeyConstraint("tenant_id", "team_id", "started_at_us"),
    comment="How many agents are employed, loaded from a file.",
)

departures: Final = Table(
    "departures",
    metadata,
    _text("agent_id", "Agent"),
    _text("tenant_id", "Tenant"),
    _text("team_id", "Team that the agent was in; empty: none"),
    _us("at_us", "When"),
    PrimaryKeyConstraint("agent_id", "at_us"),
    comment="Agents who left, loaded from a file.",
)

#: Tables that belong to no source: names, and what is loaded from files; and those of rows that do.
NAMED: Final = (tenants, teams, queues, agents)
OUTSIDE: Final = (costs, schedules, quality_scores, head_counts, departures)
SOURCED: Final = tuple(
    table for table in metadata.tables.values() if table not in (*NAMED, *OUTSIDE)
)

Index("calls_by_time", calls.c.started_at_us)
Index("calls_by_id", calls.c.call_id)
Index("calls_by_caller", calls.c.ani)
Index("segments_by_call", segments.c.call_id)
Index("segments_by_time", segments.c.kind, segments.c.started_at_us)
Index("agent_states_by_time", agent_states.c.started_at_us)
Index("agent_states_by_agent", agent_states.c.agent_id, agent_states.c.started_at_us)
Index("callbacks_by_time", callbacks.c.started_at_us)
Index("survey_answers_by_time", survey_answers.c.at_us)
Index("call_tags_by_call", call_tags.c.call_id)
Index("changes_by_time", changes.c.at_us)
Index("queue_intervals_by_time", queue_intervals.c.interval_at_us)
Index("schedules_by_time", schedules.c.started_at_us)
Index("quality_scores_by_time", quality_scores.c.at_us)

#: Tables with rows that have an end, of which those that have none yet are the projector's state.
LASTING: Final = (calls, segments, agent_states, callbacks)
for _lasting in LASTING:
    _open = _lasting.c.ended_at_us.is_(None)
    Index(
        f"{_lasting.name}_open",
        _lasting.c.source_id,
        sqlite_where=_open,
        postgresql_where=_open,
    )
