"""What the inspector keeps of a query: times of events, notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("journal", sa.Column("marks", sa.JSON))
    op.create_table(
        "query_notes",
        sa.Column("query_id", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("code", sa.String(64)),
        sa.Column("bot", sa.String(100)),
        sa.Column("detail", sa.JSON),
        sa.PrimaryKeyConstraint("query_id", "number", name="pk_query_notes"),
    )
    op.drop_index("ix_queries_person_id_started_at", "queries")
    op.create_index("ix_queries_person_id_parent_id_started_at", "queries", ["person_id", "parent_id", "started_at"])


def downgrade() -> None:
    op.drop_index("ix_queries_person_id_parent_id_started_at", "queries")
    op.create_index("ix_queries_person_id_started_at", "queries", ["person_id", "started_at"])
    op.drop_table("query_notes")
    with op.batch_alter_table("journal") as journal:
        journal.drop_column("marks")
