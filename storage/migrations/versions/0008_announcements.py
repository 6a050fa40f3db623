"""Announcements, and who is known to have read or pressed what."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# SQLite numbers its rows by itself only for a column declared INTEGER.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", KEY, nullable=False),
        _amount("person_id"),
        _text("words"),
        sa.Column("number", sa.Integer(), nullable=True),
        *(_text(name) for name in ("edition", "does", "link", "whom", "units", "state")),
        *(_amount(name) for name in ("due_at", "expires_at", "at", "done", "revision")),
        sa.Column("stale", sa.Boolean(), nullable=False),
        _text("totals"),
        sa.PrimaryKeyConstraint("id", name="pk_announcement"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_announcement_person_id_person"),
    )
    op.create_index("ix_announcement_state", "announcement", ["state"], unique=False)
    op.create_table(
        "announcement_seen",
        _amount("announcement_id"),
        _amount("person_id"),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.Column("pressed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("announcement_id", "person_id", name="pk_announcement_seen"),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name="fk_announcement_seen_announcement_id_announcement"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_announcement_seen_person_id_person"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_announcement_seen_person_id", "announcement_seen", ["person_id"], unique=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _amount(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)
