"""What was announced of awards is kept by itself: what is chosen afterwards is nobody's before it is announced."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# SQLite numbers its rows by itself only for a column declared INTEGER.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
GIVEN = (
    "INSERT INTO award_given (round_id, number, edition, citation) "
    "SELECT round_id, number, edition, citation FROM award "
    "WHERE round_id IN (SELECT id FROM award_round WHERE state = 'announced')"
)
TO = (
    "INSERT INTO award_given_to (award_id, person_id, unit_id, at) "
    "SELECT g.id, w.person_id, w.unit_id, COALESCE(r.announced_at, 0) "
    "FROM award_winner w JOIN award a ON a.id = w.award_id JOIN award_round r ON r.id = a.round_id "
    "JOIN award_given g ON g.round_id = a.round_id AND g.number = a.number"
)
# Winners were told under the key of what was chosen, which another choice takes away.
TOLD = (
    "SELECT w.award_id, w.person_id, a.round_id, a.number FROM award_winner w JOIN award a ON a.id = w.award_id "
    "WHERE a.round_id IN (SELECT id FROM award_round WHERE state = 'announced')"
)


def upgrade() -> None:
    op.create_table(
        "award_given",
        sa.Column("id", KEY, nullable=False),
        _number("round_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("citation", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_award_given"),
        sa.UniqueConstraint("round_id", "number", name="uq_award_given_round_id_number"),
        sa.ForeignKeyConstraint(["round_id"], ["award_round.id"], name="fk_award_given_round_id_award_round"),
    )
    op.create_table(
        "award_given_to",
        _number("award_id"),
        _number("person_id"),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        _number("at"),
        sa.PrimaryKeyConstraint("award_id", "person_id", name="pk_award_given_to"),
        sa.ForeignKeyConstraint(["award_id"], ["award_given.id"], name="fk_award_given_to_award_id_award_given"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_award_given_to_person_id_person"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_award_given_to_unit_id_unit"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_award_given_to_person_id", "award_given_to", ["person_id"], unique=False)
    op.execute(GIVEN)
    op.execute(TO)
    _rename_what_was_told()


def _rename_what_was_told() -> None:
    connection = op.get_bind()
    rename = sa.text("UPDATE outbox SET key = :now WHERE key = :was")
    for award, person, of_round, number in connection.execute(sa.text(TOLD)).all():
        names = {"was": f"awarded:{award}:{person}", "now": f"awarded:{of_round}:{number}:{person}"}
        connection.execute(rename, names)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)
