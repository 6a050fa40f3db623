"""Versions of the principles that an organisation moves between, ranks of what was chosen, and attempts to learn."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# SQLite numbers its rows by itself only for a column declared INTEGER.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ROLL_UPS = {
    "note_tag": {
        "ix_note_tag_number_at": ["counts_as", "at", "office"],
        "ix_note_tag_unit_at": ["unit_id", "at", "counts_as", "office"],
    },
    "kudos_tag": {
        "ix_kudos_tag_roll": ["counts_as", "receiver_id", "giver_id", "at", "lead"],
        "ix_kudos_tag_giver": ["counts_as", "giver_id", "at"],
        "ix_kudos_tag_unit": ["unit_id", "at", "counts_as"],
    },
}


def upgrade() -> None:
    _edition()
    _lesson()
    op.add_column("note", sa.Column("none_offered", sa.Boolean(), nullable=True))
    op.add_column("leader_message", sa.Column("edition", sa.String(), nullable=True))
    for table, indexes in ROLL_UPS.items():
        op.add_column(table, sa.Column("counts_as", sa.Integer(), nullable=True))
        op.add_column(table, sa.Column("rank", sa.Integer(), nullable=True))
        tags = sa.table(table, sa.column("number"), sa.column("counts_as"))
        op.execute(tags.update().values(counts_as=tags.c.number))
        for name, columns in indexes.items():
            op.drop_index(name, table_name=table)
            op.create_index(name, table, columns, unique=False)


def _edition() -> None:
    op.create_table(
        "edition",
        sa.Column("id", KEY, nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("notes_through", sa.BigInteger(), nullable=False),
        sa.Column("kudos_through", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_edition"),
    )


def _lesson() -> None:
    op.create_table(
        "lesson",
        sa.Column("id", KEY, nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("through", sa.BigInteger(), nullable=False),
        sa.Column("notes", sa.Integer(), nullable=False),
        sa.Column("held_out", sa.Integer(), nullable=False),
        sa.Column("hits_before", sa.Integer(), nullable=False),
        sa.Column("hits_after", sa.Integer(), nullable=False),
        sa.Column("firsts_before", sa.Integer(), nullable=False),
        sa.Column("firsts_after", sa.Integer(), nullable=False),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lesson"),
    )
