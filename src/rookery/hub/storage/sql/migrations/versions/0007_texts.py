"""Texts read from files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "file_texts",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("form", sa.String(100), nullable=False),
        sa.Column("parser", sa.Integer, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("facts", sa.JSON),
        sa.Column("trouble", sa.Text),
        sa.Column("cause", sa.String(20)),
        sa.Column("read_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", "form", name="pk_file_texts"),
    )


def downgrade() -> None:
    op.drop_table("file_texts")
