"""Names of tenants, teams, queues and agents; types and regions of calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of names, and add the columns."""
    for table, key in (("tenants", "tenant_id"), ("teams", "team_id"), ("queues", "queue_id")):
        further = ("name", "zone") if table == "tenants" else ("tenant_id", "name")
        op.create_table(
            table,
            sa.Column(key, sa.Text(), primary_key=True),
            *(sa.Column(name, sa.Text(), nullable=False) for name in further),
        )
    op.create_table(
        "agents",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
        sa.Column("until_us", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("tenant_id", "name", "team_id")),
        sa.PrimaryKeyConstraint("agent_id", "from_us"),
    )
    for name in ("call_type", "region"):
        op.add_column("calls", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE calls SET call_type = direction")
