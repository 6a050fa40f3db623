"""Links that sign in once, and the sessions of the pages."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# SQLite numbers its rows by itself only for a column declared INTEGER.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _sign_in()
    _page_session()


def _moment(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _sign_in() -> None:
    op.create_table(
        "sign_in",
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        _moment("at"),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("mark", name="pk_sign_in"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_sign_in_person_id_person"),
    )
    op.create_index("ix_sign_in_person_id", "sign_in", ["person_id"], unique=False)
    op.create_index("ix_sign_in_expires_at", "sign_in", ["expires_at"], unique=False)


def _page_session() -> None:
    op.create_table(
        "page_session",
        sa.Column("id", KEY, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("was", sa.String(), nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("form", "how")),
        *(_moment(name) for name in ("begun_at", "seen_at", "renewed_at")),
        sa.PrimaryKeyConstraint("id", name="pk_page_session"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_page_session_person_id_person"),
        sa.UniqueConstraint("mark", name="uq_page_session_mark"),
    )
    op.create_index("ix_page_session_person_id", "page_session", ["person_id"], unique=False)
    op.create_index("ix_page_session_was", "page_session", ["was"], unique=False)
