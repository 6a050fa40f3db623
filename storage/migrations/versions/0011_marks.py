"""Who read and tried what, found by unit and day: for digests and for how far principles have come."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_mark_unit_day", "mark", ["unit_id", "day", "what", "number", "person_id"], unique=False)
