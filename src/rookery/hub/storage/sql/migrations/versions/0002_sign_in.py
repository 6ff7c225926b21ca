"""People: sign-in links, passwords, sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Added one by one, not in batch mode: SQLite would have to drop `persons`, to which other tables refer.
    op.add_column("persons", sa.Column("name_key", sa.String(100)))
    op.add_column("persons", sa.Column("password_hash", sa.Text))
    op.add_column("persons", sa.Column("signed_in_at", sa.BigInteger))
    op.add_column("persons", sa.Column("removed_at", sa.BigInteger))
    op.execute("UPDATE persons SET name_key = lower(name)")
    op.create_index("ix_persons_name_key", "persons", ["name_key"], unique=True)
    op.create_table(
        "sign_in_links",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(40), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sign_in_links"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_sign_in_links_person_id_persons"),
    )
    op.create_index("ix_sign_in_links_person_id", "sign_in_links", ["person_id"])
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("person_id", sa.String(40), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("began_by", sa.String(20), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_sessions_person_id_persons"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
    )
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])


def downgrade() -> None:
    op.drop_table("sessions")
    op.drop_table("sign_in_links")
    op.drop_index("ix_persons_name_key", "persons")
    for column in ("removed_at", "signed_in_at", "password_hash", "name_key"):
        op.drop_column("persons", column)
