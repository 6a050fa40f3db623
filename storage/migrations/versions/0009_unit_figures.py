"""The figures that units name and report every month, and the stories behind the best of them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# SQLite numbers its rows by itself only for a column declared INTEGER.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _figure()
    _report()
    _story()


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def _amount(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _figure() -> None:
    op.create_table(
        "unit_figure",
        sa.Column("id", KEY, nullable=False),
        _amount("unit_id"),
        _text("words"),
        _text("better"),
        _amount("target", null=True),
        _amount("person_id"),
        _amount("reporter_id", null=True),
        _text("starts_on"),
        _text("ends_on", null=True),
        _amount("at"),
        sa.PrimaryKeyConstraint("id", name="pk_unit_figure"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_unit_figure_unit_id_unit"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_unit_figure_person_id_person"),
        sa.ForeignKeyConstraint(["reporter_id"], ["person.id"], name="fk_unit_figure_reporter_id_person"),
    )
    op.create_index("ix_unit_figure_unit_id", "unit_figure", ["unit_id"], unique=False)


def _report() -> None:
    op.create_table(
        "unit_figure_report",
        sa.Column("id", KEY, nullable=False),
        _amount("figure_id"),
        _text("month"),
        _amount("value"),
        _amount("person_id"),
        _amount("at"),
        sa.PrimaryKeyConstraint("id", name="pk_unit_figure_report"),
        sa.ForeignKeyConstraint(["figure_id"], ["unit_figure.id"], name="fk_unit_figure_report_figure_id_unit_figure"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_unit_figure_report_person_id_person"),
    )
    op.create_index("ix_unit_figure_report_figure_id_month", "unit_figure_report", ["figure_id", "month"], unique=False)
    op.create_index("ix_unit_figure_report_person_id", "unit_figure_report", ["person_id"], unique=False)


def _story() -> None:
    op.create_table(
        "unit_figure_story",
        sa.Column("id", KEY, nullable=False),
        _amount("figure_id"),
        _text("first"),
        _text("end"),
        _amount("person_id"),
        _text("state"),
        _text("text"),
        _amount("before"),
        _amount("after"),
        _amount("asked_at"),
        _amount("told_at", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_unit_figure_story"),
        sa.ForeignKeyConstraint(["figure_id"], ["unit_figure.id"], name="fk_unit_figure_story_figure_id_unit_figure"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_unit_figure_story_person_id_person"),
        sa.UniqueConstraint("figure_id", "first", name="uq_unit_figure_story_figure_id_first"),
    )
    op.create_index("ix_unit_figure_story_person_id", "unit_figure_story", ["person_id"], unique=False)
