"""What waits for an answer is counted from an index alone; the last thanks that were taken back are found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

WAITING = "answered_at IS NULL AND deleted_at IS NULL AND audience <> 'office' AND text <> '—'"
OFFICE = "(audience = 'office' OR unit_id IS NULL) AND answered_at IS NULL AND deleted_at IS NULL"
TAKEN_BACK = "taken_back_at IS NOT NULL"


def upgrade() -> None:
    op.drop_index("ix_note_waiting", table_name="note")
    _partial("ix_note_waiting", "note", ["unit_id", "due_on"], WAITING)
    _partial("ix_note_office", "note", ["due_on", "id"], OFFICE)
    _partial("ix_kudos_taken_back", "kudos", ["taken_back_at"], TAKEN_BACK)


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
