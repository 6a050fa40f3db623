"""Workspaces that installed kizuki, who holds what only one process may do, and messages put off, soonest first."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# SQLite numbers its rows by itself only for a column declared INTEGER.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PUT_OFF = "state = 'waiting' AND error = 'later'"


def upgrade() -> None:
    _install_state()
    _installation()
    _lease()
    op.create_index(
        "ix_outbox_later",
        "outbox",
        ["due_at", "id"],
        unique=False,
        sqlite_where=sa.text(PUT_OFF),
        postgresql_where=sa.text(PUT_OFF),
    )


def _install_state() -> None:
    op.create_table(
        "install_state",
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("state", name="pk_install_state"),
    )


def _installation() -> None:
    op.create_table(
        "installation",
        sa.Column("id", KEY, nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("enterprise", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("bot_user", sa.String(), nullable=False),
        sa.Column("bot_id", sa.String(), nullable=False),
        sa.Column("app", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("refresh", sa.String(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("org_wide", sa.Boolean(), nullable=False),
        sa.Column("installed_at", sa.BigInteger(), nullable=False),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
        sa.UniqueConstraint("platform", "enterprise", "team", name="uq_installation_platform_enterprise_team"),
    )


def _lease() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )
