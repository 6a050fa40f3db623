"""Awards: rounds, winners with their citations, who wishes not to be listed; thanks with the unit of their giver."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# SQLite numbers its rows by itself only for a column declared INTEGER.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DECIDED = "answered_at IS NOT NULL AND deleted_at IS NULL AND audience <> 'office'"
RECEIVED = ["receiver_id", "counts_as", "giver_unit_id", "giver_id", "at", "unit_id", "lead"]


def upgrade() -> None:
    op.add_column("person", sa.Column("honour", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("kudos_tag", sa.Column("giver_unit_id", sa.BigInteger(), nullable=True))
    op.execute("UPDATE kudos_tag SET giver_unit_id = (SELECT k.unit_id FROM kudos k WHERE k.id = kudos_tag.kudos_id)")
    op.create_index("ix_kudos_tag_received", "kudos_tag", RECEIVED, unique=False)
    decided = sa.text(DECIDED)
    columns = ["state", "answered_at", "at", "unit_id"]
    op.create_index("ix_note_decided", "note", columns, sqlite_where=decided, postgresql_where=decided)
    _round()
    _award()
    _winner()


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.String(), nullable=False)


def _number(name: str, *, null: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _round() -> None:
    op.create_table(
        "award_round",
        sa.Column("id", KEY, nullable=False),
        _text("scope"),
        _text("first_on"),
        _text("end_on"),
        _number("unit_id", null=True),
        _text("state"),
        _number("announced_at", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_award_round"),
        sa.UniqueConstraint("scope", name="uq_award_round_scope"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_award_round_unit_id_unit"),
    )


def _award() -> None:
    op.create_table(
        "award",
        sa.Column("id", KEY, nullable=False),
        _number("round_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("edition"),
        _text("citation"),
        sa.PrimaryKeyConstraint("id", name="pk_award"),
        sa.UniqueConstraint("round_id", "number", name="uq_award_round_id_number"),
        sa.ForeignKeyConstraint(["round_id"], ["award_round.id"], name="fk_award_round_id_award_round"),
    )


def _winner() -> None:
    op.create_table(
        "award_winner",
        _number("award_id"),
        _number("person_id"),
        _number("unit_id", null=True),
        sa.PrimaryKeyConstraint("award_id", "person_id", name="pk_award_winner"),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name="fk_award_winner_award_id_award"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_award_winner_person_id_person"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_award_winner_unit_id_unit"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_award_winner_person_id", "award_winner", ["person_id"], unique=False)
