"""The first tables.

Columns stand here as they were, whatever becomes of `acdengine.records.schema`: name and type,
``?`` where it may be NULL.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None

_TYPES: Final[dict[str, Any]] = {
    "int": sa.Integer, "big": sa.BigInteger, "text": sa.Text, "bool": sa.Boolean,
}  # fmt: skip
_TABLES: Final = {
    "calls": (
        ("source_id", "seq", "idx"),
        (
            "source_id int; seq big; idx int; call_id text; tenant_id text; direction text; ani "
            "text; dnis text; trunk_id text; customer_id text; from_agent_id text; is_withheld "
            "bool; priority int; rule text; started_at_us big; ended_at_us big?; outcome text; "
            "ended_by text; cause text; first_queue_id text; last_queue_id text; first_agent_id "
            "text; last_agent_id text; queued_at_us big?; answered_at_us big?; waited_us big; "
            "rang_us big; talked_us big; held_us big; waits int; offers int; answers int; "
            "transfers int"
        ),
    ),
    "segments": (
        ("source_id", "seq", "idx"),
        (
            "source_id int; seq big; idx int; call_id text; tenant_id text; kind text; queue_id "
            "text; agent_id text; reference text; started_at_us big; ended_at_us big?; outcome "
            "text; target text; detail text; waited_us big; rang_us big; active_us big; held_us "
            "big; position int; is_short bool; told_us big; step_at_us big?"
        ),
    ),
    "agent_states": (
        ("source_id", "seq", "idx"),
        (
            "source_id int; seq big; idx int; agent_id text; tenant_id text; state text; reason "
            "text; started_at_us big; ended_at_us big?; changed_by text; call_id text; queue_id "
            "text"
        ),
    ),
    "callbacks": (
        ("source_id", "seq", "idx"),
        (
            "source_id int; seq big; idx int; call_id text; tenant_id text; queue_id text; number "
            "text; started_at_us big; ended_at_us big?; outcome text; attempts int; "
            "attempted_at_us big?; cause text; next_at_us big?; reached_at_us big?"
        ),
    ),
    "survey_answers": (
        ("source_id", "seq", "idx"),
        (
            "source_id int; seq big; idx int; call_id text; tenant_id text; queue_id text; "
            "agent_id text; survey text; question text; score int; scale int; at_us big"
        ),
    ),
    "call_tags": (
        ("source_id", "seq", "idx"),
        (
            "source_id int; seq big; idx int; call_id text; tenant_id text; name text; value "
            "text; at_us big"
        ),
    ),
    "changes": (
        ("source_id", "seq", "idx"),
        (
            "source_id int; seq big; idx int; kind text; tenant_id text; subject text; changed_by "
            "text; detail text; at_us big"
        ),
    ),
    "queue_intervals": (
        ("source_id", "queue_id", "interval_at_us"),
        (
            "source_id int; queue_id text; interval_at_us big; tenant_id text; queued big; "
            "resumed big; answered big; abandoned big; short_abandoned big; left_otherwise big; "
            "refused big; offers big; offers_missed big; waited_answered_us big; "
            "waited_abandoned_us big; waited_otherwise_us big; conversations big; talked_us big; "
            "held_us big; wrap_ups big; wrapped_us big; answered_in_5_s big; answered_in_10_s "
            "big; answered_in_15_s big; answered_in_20_s big; answered_in_30_s big; "
            "answered_in_45_s big; answered_in_60_s big; answered_in_90_s big; answered_in_120_s "
            "big; answered_in_180_s big; answered_in_300_s big; answered_in_600_s big; "
            "abandoned_in_5_s big; abandoned_in_10_s big; abandoned_in_15_s big; "
            "abandoned_in_20_s big; abandoned_in_30_s big; abandoned_in_45_s big; "
            "abandoned_in_60_s big; abandoned_in_90_s big; abandoned_in_120_s big; "
            "abandoned_in_180_s big; abandoned_in_300_s big; abandoned_in_600_s big"
        ),
    ),
}
_INDEXES: Final = (
    ("calls_by_caller", "calls", ["ani"]),
    ("calls_by_id", "calls", ["call_id"]),
    ("calls_by_time", "calls", ["started_at_us"]),
    ("segments_by_call", "segments", ["call_id"]),
    ("segments_by_time", "segments", ["kind", "started_at_us"]),
    ("agent_states_by_agent", "agent_states", ["agent_id", "started_at_us"]),
    ("agent_states_by_time", "agent_states", ["started_at_us"]),
    ("callbacks_by_time", "callbacks", ["started_at_us"]),
    ("survey_answers_by_time", "survey_answers", ["at_us"]),
    ("call_tags_by_call", "call_tags", ["call_id"]),
    ("changes_by_time", "changes", ["at_us"]),
    ("queue_intervals_by_time", "queue_intervals", ["interval_at_us"]),
)
#: Tables with rows that may have no end yet.
_LASTING: Final = ("calls", "segments", "agent_states", "callbacks")


def _columns(text: str) -> Iterator[Any]:
    for column in text.split(";"):
        name, kind = column.split()
        yield sa.Column(name, _TYPES[kind.rstrip("?")](), nullable=kind.endswith("?"))


def upgrade() -> None:
    """Make tables and indexes."""
    op.create_table(
        "sources",
        sa.Column("source_id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        *_columns("is_simulated bool; seq big; idx big; last_at_us big; is_closed bool"),
    )
    for name, (key, columns) in _TABLES.items():
        op.create_table(
            name, *_columns(columns), sa.PrimaryKeyConstraint(*key), sqlite_with_rowid=False
        )
    for index, table, names in _INDEXES:
        op.create_index(index, table, names)
    is_open = sa.text("ended_at_us IS NULL")
    for name in _LASTING:
        op.create_index(
            f"{name}_open", name, ["source_id"], sqlite_where=is_open, postgresql_where=is_open
        )
