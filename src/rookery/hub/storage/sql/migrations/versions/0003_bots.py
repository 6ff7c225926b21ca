"""Bots: prompt bots, visibility, history of settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("bots") as table:
        table.add_column(sa.Column("base_bot", sa.String(64)))
        table.add_column(sa.Column("prompt", sa.Text, nullable=False, server_default=""))
        table.add_column(sa.Column("prompt_visibility", sa.String(20), nullable=False, server_default="private"))
        table.add_column(sa.Column("suggests_replies", sa.Boolean, nullable=False, server_default=sa.false()))
        # Bots that were there before could be used by everybody.
        table.add_column(sa.Column("visibility", sa.String(20), nullable=False, server_default="public"))
    op.create_table(
        "bot_shares",
        sa.Column("bot_id", sa.String(40), nullable=False),
        sa.Column("person_id", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "person_id", name="pk_bot_shares"),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name="fk_bot_shares_bot_id_bots"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_bot_shares_person_id_persons"),
    )
    op.create_table(
        "settings_changes",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("bot_id", sa.String(40), nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("differences", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_settings_changes"),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name="fk_settings_changes_bot_id_bots"),
    )
    op.create_index("ix_settings_changes_bot_id", "settings_changes", ["bot_id"])


def downgrade() -> None:
    op.drop_table("settings_changes")
    op.drop_table("bot_shares")
    with op.batch_alter_table("bots") as table:
        for column in ("visibility", "suggests_replies", "prompt_visibility", "prompt", "base_bot"):
            table.drop_column(column)
