"""Alembic's entry: runs on the connection that `database.py` hands over."""

from __future__ import annotations

from alembic import context

from rookery.hub.storage.sql.tables import is_table_of_ours, metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, include_name=is_table_of_ours)
with context.begin_transaction():
    context.run_migrations()
