"""Files and who refers to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("owner_id", sa.String(40), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("content_type", sa.String(200), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
    )
    op.create_index("ix_files_owner_id", "files", ["owner_id"])
    op.create_index("ix_files_digest", "files", ["digest"])
    op.create_index("ix_files_created_at", "files", ["created_at"])
    op.create_table(
        "file_holds",
        sa.Column("holder", sa.String(100), nullable=False),
        sa.Column("file_id", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("holder", "file_id", name="pk_file_holds"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_file_holds_file_id_files"),
    )
    op.create_index("ix_file_holds_file_id", "file_holds", ["file_id"])


def downgrade() -> None:
    op.drop_table("file_holds")
    op.drop_table("files")
