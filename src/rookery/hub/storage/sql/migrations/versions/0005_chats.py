"""Chats, messages, reactions, search.

Whoever alters `chats` or `messages` in SQLite's batch mode later must make the search triggers anew: SQLite drops
them with the old table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

SEARCHED = (("messages", "content"), ("chats", "title"))
INDEXED_CHARACTERS = 100_000
"""PostgreSQL refuses a search vector above 1 MB, and with it the whole row."""


def upgrade() -> None:
    op.create_table(
        "chats",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("owner_id", sa.String(40), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("bot_name", sa.String(64), nullable=False),
        sa.Column("leaf_id", sa.String(40)),
        sa.Column("context", sa.Integer, nullable=False),
        sa.Column("contexts", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_chats"),
        sa.UniqueConstraint("id", name="uq_chats_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["persons.id"], name="fk_chats_owner_id_persons"),
    )
    op.create_index("ix_chats_owner_id", "chats", ["owner_id"])
    op.create_table(
        "chat_people",
        sa.Column("chat_id", sa.String(40), nullable=False),
        sa.Column("person_id", sa.String(40), nullable=False),
        sa.Column("is_pinned", sa.Boolean, nullable=False),
        sa.Column("is_archived", sa.Boolean, nullable=False),
        sa.Column("added_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "person_id", name="pk_chat_people"),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name="fk_chat_people_chat_id_chats"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_chat_people_person_id_persons"),
    )
    op.create_index("ix_chat_people_person_id", "chat_people", ["person_id"])
    op.create_table(
        "chat_bots",
        sa.Column("chat_id", sa.String(40), nullable=False),
        sa.Column("bot_key", sa.String(64), nullable=False),
        sa.Column("bot_name", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "bot_key", name="pk_chat_bots"),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name="fk_chat_bots_chat_id_chats"),
    )
    op.create_table(
        "messages",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("chat_id", sa.String(40), nullable=False),
        sa.Column("parent_id", sa.String(40)),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("person_id", sa.String(40)),
        sa.Column("bot_id", sa.String(40)),
        sa.Column("bot_name", sa.String(64), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("content_type", sa.String(40), nullable=False),
        sa.Column("attachments", sa.JSON, nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("suggested_replies", sa.JSON, nullable=False),
        sa.Column("alternatives", sa.JSON, nullable=False),
        sa.Column("notices", sa.JSON, nullable=False),
        sa.Column("metadata", sa.Text),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("query_id", sa.String(40)),
        sa.Column("reply_to", sa.String(40)),
        sa.Column("context", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_messages"),
        sa.UniqueConstraint("id", name="uq_messages_id"),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name="fk_messages_chat_id_chats"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_messages_person_id_persons"),
    )
    op.create_index("ix_messages_chat_id_parent_id", "messages", ["chat_id", "parent_id"])
    op.create_index("ix_messages_state", "messages", ["state"])
    op.create_table(
        "reactions",
        sa.Column("message_id", sa.String(40), nullable=False),
        sa.Column("person_id", sa.String(40), nullable=False),
        sa.Column("reaction", sa.String(32), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("message_id", "person_id", "reaction", name="pk_reactions"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_reactions_message_id_messages"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_reactions_person_id_persons"),
    )
    op.create_table(
        "feedback",
        sa.Column("message_id", sa.String(40), nullable=False),
        sa.Column("person_id", sa.String(40), nullable=False),
        sa.Column("type", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("message_id", "person_id", name="pk_feedback"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_feedback_message_id_messages"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_feedback_person_id_persons"),
    )
    for table, column in SEARCHED:
        for statement in _search_index(table, column):
            op.execute(sa.text(statement))


def _search_index(table: str, column: str) -> list[str]:
    """An index that the database itself keeps in step with the table, in the same transaction."""
    if op.get_bind().dialect.name != "sqlite":
        expression = f"to_tsvector('simple', left({column}, {INDEXED_CHARACTERS}))"
        return [f"CREATE INDEX fts_{table} ON {table} USING gin ({expression})"]
    fts = f"fts_{table}"
    add = f"INSERT INTO {fts}(rowid, {column}) VALUES (new.number, new.{column});"
    drop = f"INSERT INTO {fts}({fts}, rowid, {column}) VALUES ('delete', old.number, old.{column});"
    return [
        f"CREATE VIRTUAL TABLE {fts} USING fts5({column}, content='{table}', content_rowid='number', "
        "tokenize='unicode61 remove_diacritics 2')",
        f"CREATE TRIGGER {fts}_added AFTER INSERT ON {table} BEGIN {add} END",
        f"CREATE TRIGGER {fts}_deleted AFTER DELETE ON {table} BEGIN {drop} END",
        f"CREATE TRIGGER {fts}_changed AFTER UPDATE OF {column} ON {table} BEGIN {drop} {add} END",
    ]


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, _ in SEARCHED:
            op.execute(sa.text(f"DROP TABLE fts_{table}"))
    for table in ("feedback", "reactions", "messages", "chat_bots", "chat_people", "chats"):
        op.drop_table(table)
