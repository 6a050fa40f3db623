"""Surveys: what is asked of whom, tickets and counters while they are open, and what was published."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Of these PostgreSQL's ANALYZE must keep no samples: they would outlive what they were taken from.
UNSAMPLED = {
    "pulse": ("salt", "key_check"),
    "pulse_ticket": ("mark",),
    "pulse_spent": ("mark",),
    "pulse_tally": ("number", "question", "answer", "count"),
    "pulse_line": ("id", "number", "question", "text"),
}

# SQLite numbers its rows by itself only for a column declared INTEGER.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("person", sa.Column("pulse", sa.Boolean(), nullable=False, server_default=sa.true()))
    _pulse()
    _of_a_pulse("pulse_group", _number(), _text("units"), _text("parent"), _amount("invited"), key=("number",))
    _invited()
    _of_a_pulse("pulse_ticket", _text("mark"), key=("mark",))
    _of_a_pulse("pulse_spent", _text("mark"), key=("mark",))
    _of_a_pulse(
        "pulse_tally",
        _number(),
        _text("question"),
        _text("answer"),
        _amount("count"),
        key=("number", "question", "answer"),
    )
    _line()
    _unsampled()


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def _amount(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _number() -> sa.Column[int]:
    return _amount("number")


def _pulse() -> None:
    op.create_table(
        "pulse",
        sa.Column("id", KEY, nullable=False),
        *(_text(name) for name in ("code", "name", "questions", "audience", "tree")),
        _amount("k"),
        _amount("invited"),
        _text("opened_on"),
        _text("closes_on"),
        _text("closed_on", null=True),
        *(_text(name) for name in ("state", "salt", "key_check", "released", "pieces", "follow_up")),
        sa.PrimaryKeyConstraint("id", name="pk_pulse"),
        sa.UniqueConstraint("code", name="uq_pulse_code"),
    )
    op.create_index("ix_pulse_opened_on", "pulse", ["opened_on"], unique=False)
    op.create_index("ix_pulse_state", "pulse", ["state"], unique=False)


def _of_a_pulse(name: str, *columns: sa.Column[str] | sa.Column[int], key: tuple[str, ...]) -> None:
    op.create_table(
        name,
        sa.Column("pulse_id", sa.BigInteger(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("pulse_id", *key, name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["pulse_id"], ["pulse.id"], name=f"fk_{name}_pulse_id_pulse"),
        sqlite_with_rowid=False,
    )


def _invited() -> None:
    op.create_table(
        "pulse_invited",
        _amount("pulse_id"),
        _amount("person_id"),
        _number(),
        sa.PrimaryKeyConstraint("pulse_id", "person_id", name="pk_pulse_invited"),
        sa.ForeignKeyConstraint(["pulse_id"], ["pulse.id"], name="fk_pulse_invited_pulse_id_pulse"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_pulse_invited_person_id_person"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_pulse_invited_person_id", "pulse_invited", ["person_id"], unique=False)


def _line() -> None:
    op.create_table(
        "pulse_line",
        _text("id"),
        _amount("pulse_id"),
        _number(),
        _text("question"),
        _text("text"),
        sa.PrimaryKeyConstraint("id", name="pk_pulse_line"),
        sa.ForeignKeyConstraint(["pulse_id"], ["pulse.id"], name="fk_pulse_line_pulse_id_pulse"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_pulse_line_pulse_id", "pulse_line", ["pulse_id"], unique=False)


def _unsampled() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, names in UNSAMPLED.items():
        for name in names:
            op.execute(f'ALTER TABLE {table} ALTER COLUMN "{name}" SET STATISTICS 0')
