"""What comes from outside: costs, schedules, scores of monitored calls, head counts, departures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _number(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "costs",
        *_text("tenant_id", "what"),
        *_number("started_at_us", "ended_at_us", "amount_cents"),
        sa.PrimaryKeyConstraint("tenant_id", "what", "started_at_us"),
    )
    op.create_table(
        "schedules",
        *_text("agent_id", "tenant_id"),
        *_number("started_at_us", "ended_at_us"),
        sa.PrimaryKeyConstraint("agent_id", "started_at_us"),
    )
    op.create_index("schedules_by_time", "schedules", ["started_at_us"])
    op.create_table(
        "quality_scores",
        *_text("call_id", "agent_id", "tenant_id", "scored_by"),
        *_number("at_us"),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "agent_id", "scored_by"),
    )
    op.create_index("quality_scores_by_time", "quality_scores", ["at_us"])
    op.create_table(
        "head_counts",
        *_text("tenant_id", "team_id"),
        *_number("started_at_us", "ended_at_us"),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "team_id", "started_at_us"),
    )
    op.create_table(
        "departures",
        *_text("agent_id", "tenant_id", "team_id"),
        *_number("at_us"),
        sa.PrimaryKeyConstraint("agent_id", "at_us"),
    )
