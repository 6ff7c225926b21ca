"""First release: people, API keys, bots, queries, journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "persons",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_persons"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("person_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("shown_prefix", sa.String(20), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("bot_name", sa.String(64)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_api_keys_person_id_persons"),
        sa.UniqueConstraint("key_hash", name="uq_api_keys_key_hash"),
    )
    op.create_index("ix_api_keys_person_id", "api_keys", ["person_id"])
    op.create_table(
        "bots",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("name_key", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("owner_id", sa.String(40), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("access_key_encrypted", sa.Text),
        sa.Column("model", sa.Text),
        sa.Column("rule", sa.String(40)),
        sa.Column("wants_stand_ins", sa.Boolean, nullable=False),
        sa.Column("settings", sa.JSON),
        sa.Column("settings_read_at", sa.BigInteger),
        sa.Column("settings_error", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bots"),
        sa.ForeignKeyConstraint(["owner_id"], ["persons.id"], name="fk_bots_owner_id_persons"),
        sa.UniqueConstraint("name_key", name="uq_bots_name_key"),
    )
    op.create_table(
        "queries",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("root_id", sa.String(40), nullable=False),
        sa.Column("parent_id", sa.String(40)),
        sa.Column("depth", sa.Integer, nullable=False),
        sa.Column("bot_id", sa.String(40), nullable=False),
        sa.Column("bot_name", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(40), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("message_id", sa.String(40), nullable=False),
        sa.Column("request", sa.JSON, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("text", sa.Text),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_queries"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_queries_person_id_persons"),
    )
    op.create_index("ix_queries_root_id", "queries", ["root_id"])
    op.create_index("ix_queries_message_id", "queries", ["message_id"])
    op.create_index("ix_queries_person_id_started_at", "queries", ["person_id", "started_at"])
    op.create_index("ix_queries_state", "queries", ["state"])
    op.create_table(
        "journal",
        sa.Column("query_id", sa.String(40), nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("query_id", "first", name="pk_journal"),
    )


def downgrade() -> None:
    for table in ("journal", "queries", "bots", "api_keys", "persons"):
        op.drop_table(table)
