"""What the published table of a survey says about each unit, so that nobody reads all of it to show one."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pulse_said",
        sa.Column("pulse_id", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("pulse_id", "unit", name="pk_pulse_said"),
        sa.ForeignKeyConstraint(["pulse_id"], ["pulse.id"], name="fk_pulse_said_pulse_id_pulse"),
        sqlite_with_rowid=False,
    )
