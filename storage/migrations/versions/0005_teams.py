"""Why a place cannot be reached any more, and messages found by what the platform calls them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SHOWN = "message <> ''"


def upgrade() -> None:
    op.add_column("place", sa.Column("gone_why", sa.String(), nullable=False, server_default=""))
    op.create_index(
        "ix_outbox_message",
        "outbox",
        ["message"],
        unique=False,
        sqlite_where=sa.text(SHOWN),
        postgresql_where=sa.text(SHOWN),
    )
