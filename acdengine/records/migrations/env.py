"""Run by Alembic: migrates on the connection that `acdengine.records.migrating` gives it."""

from __future__ import annotations

from alembic import context

from acdengine.records.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
