"""The first schema: people and units, notes, kudos, the daily principle, what was done, what is owed."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite numbers its rows by itself only for a column declared INTEGER.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _body()
    _message()
    _once()
    _person()
    _slot()
    _unit()
    _account()
    _draft()
    _kudos()
    _leader_message()
    _mark()
    _note()
    _place()
    _posting()
    _quota()
    _role()
    _unit_tree()
    _kudos_clap()
    _kudos_tag()
    _kudos_to()
    _note_edit()
    _note_step()
    _note_support()
    _note_tag()
    _outbox()
    _search()


def _body() -> None:
    op.create_table(
        "body",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("card", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_body"),
        sa.UniqueConstraint("key", name="uq_body_key"),
    )


def _message() -> None:
    op.create_table(
        "message",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("only_for", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("card", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("edited", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("key", name="uq_message_key"),
    )
    op.create_index("ix_message_place", "message", ["place", "id"], unique=False)


def _once() -> None:
    op.create_table(
        "once",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_once"),
        sqlite_with_rowid=False,
    )


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("id", KEY, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name_ja", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("title_ja", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("quiet_from", sa.String(), nullable=False),
        sa.Column("quiet_to", sa.String(), nullable=False),
        sa.Column("daily", sa.Boolean(), nullable=False),
        sa.Column("muted", sa.Boolean(), nullable=False),
        sa.Column("bot", sa.Boolean(), nullable=False),
        sa.Column("joined_on", sa.String(), nullable=False),
        sa.Column("left_on", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("email", name="uq_person_email"),
        sa.UniqueConstraint("number", name="uq_person_number"),
    )


def _slot() -> None:
    op.create_table(
        "slot",
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job", "scope", "due", name="pk_slot"),
        sqlite_with_rowid=False,
    )


def _unit() -> None:
    op.create_table(
        "unit",
        sa.Column("id", KEY, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_ja", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_on", sa.String(), nullable=False),
        sa.Column("ends_on", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name="fk_unit_parent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_unit"),
        sa.UniqueConstraint("code", name="uq_unit_code"),
    )
    op.create_index("ix_unit_parent_id", "unit", ["parent_id"], unique=False)


def _account() -> None:
    op.create_table(
        "account",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("ext_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_account_person_id"),
        sa.PrimaryKeyConstraint("platform", "ext_id", name="pk_account"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_account_person_id", "account", ["person_id"], unique=False)


def _draft() -> None:
    op.create_table(
        "draft",
        sa.Column("id", KEY, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("data", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("became", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_draft_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
    )
    op.create_index("ix_draft_expires_at", "draft", ["expires_at"], unique=False)


def _kudos() -> None:
    op.create_table(
        "kudos",
        sa.Column("id", KEY, nullable=False),
        sa.Column("giver_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("taken_back_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["giver_id"], ["person.id"], name="fk_kudos_giver_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_kudos_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_kudos"),
    )
    op.create_index(
        "ix_kudos_at",
        "kudos",
        ["at"],
        unique=False,
        sqlite_where=sa.text("taken_back_at IS NULL"),
        postgresql_where=sa.text("taken_back_at IS NULL"),
    )
    op.create_index("ix_kudos_giver_at", "kudos", ["giver_id", "at"], unique=False)
    op.create_index(
        "ix_kudos_standing",
        "kudos",
        ["unit_id", "at"],
        unique=False,
        sqlite_where=sa.text("taken_back_at IS NULL"),
        postgresql_where=sa.text("taken_back_at IS NULL"),
    )


def _leader_message() -> None:
    op.create_table(
        "leader_message",
        sa.Column("id", KEY, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_leader_message_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_leader_message"),
    )
    op.create_index(
        "ix_leader_message_planned",
        "leader_message",
        ["day"],
        unique=True,
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )


def _mark() -> None:
    op.create_table(
        "mark",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("facet", sa.String(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_mark_person_id"),
        sa.PrimaryKeyConstraint("person_id", "number", "what", "day", name="pk_mark"),
        sqlite_with_rowid=False,
    )


def _note() -> None:
    op.create_table(
        "note",
        sa.Column("id", KEY, nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("plain", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("due_on", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("indexed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name="fk_note_author_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_note_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_note"),
    )
    op.create_index("ix_note_author_at", "note", ["author_id", "at"], unique=False)
    op.create_index(
        "ix_note_counted_state",
        "note",
        ["state", "at"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL AND audience <> 'office'"),
        postgresql_where=sa.text("deleted_at IS NULL AND audience <> 'office'"),
    )
    op.create_index(
        "ix_note_counted_writer",
        "note",
        ["author_id", "at"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL AND audience <> 'office'"),
        postgresql_where=sa.text("deleted_at IS NULL AND audience <> 'office'"),
    )
    op.create_index(
        "ix_note_pending",
        "note",
        ["id"],
        unique=False,
        sqlite_where=sa.text("indexed = 0"),
        postgresql_where=sa.text("NOT indexed"),
    )
    op.create_index("ix_note_unit_at", "note", ["unit_id", "at"], unique=False)
    op.create_index(
        "ix_note_waiting",
        "note",
        ["unit_id", "due_on"],
        unique=False,
        sqlite_where=sa.text("answered_at IS NULL AND deleted_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL AND deleted_at IS NULL"),
    )


def _place() -> None:
    op.create_table(
        "place",
        sa.Column("id", KEY, nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("ext_id", sa.String(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("daily", sa.Boolean(), nullable=False),
        sa.Column("kudos", sa.Boolean(), nullable=False),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_place_person_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_place_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_place"),
        sa.UniqueConstraint("platform", "ext_id", name="uq_place_platform_ext_id"),
    )
    op.create_index("ix_place_person_id", "place", ["person_id"], unique=False)
    op.create_index("ix_place_unit_id", "place", ["unit_id"], unique=False)


def _posting() -> None:
    op.create_table(
        "posting",
        sa.Column("id", KEY, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.String(), nullable=False),
        sa.Column("ends_on", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_posting_person_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_posting_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_posting"),
    )
    op.create_index("ix_posting_person_id", "posting", ["person_id"], unique=False)
    op.create_index("ix_posting_unit_id", "posting", ["unit_id"], unique=False)


def _quota() -> None:
    op.create_table(
        "quota",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_quota_person_id"),
        sa.PrimaryKeyConstraint("person_id", "day", name="pk_quota"),
        sqlite_with_rowid=False,
    )


def _role() -> None:
    op.create_table(
        "role",
        sa.Column("id", KEY, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_on", sa.String(), nullable=False),
        sa.Column("ends_on", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_role_person_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_role_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_role"),
    )
    op.create_index("ix_role_person_id", "role", ["person_id"], unique=False)
    op.create_index("ix_role_unit_id", "role", ["unit_id"], unique=False)


def _unit_tree() -> None:
    op.create_table(
        "unit_tree",
        sa.Column("descendant", sa.BigInteger(), nullable=False),
        sa.Column("ancestor", sa.BigInteger(), nullable=False),
        sa.Column("depth", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ancestor"], ["unit.id"], name="fk_unit_tree_ancestor"),
        sa.ForeignKeyConstraint(["descendant"], ["unit.id"], name="fk_unit_tree_descendant"),
        sa.PrimaryKeyConstraint("descendant", "ancestor", name="pk_unit_tree"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_unit_tree_ancestor", "unit_tree", ["ancestor"], unique=False)


def _kudos_clap() -> None:
    op.create_table(
        "kudos_clap",
        sa.Column("kudos_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["kudos_id"], ["kudos.id"], name="fk_kudos_clap_kudos_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_kudos_clap_person_id"),
        sa.PrimaryKeyConstraint("kudos_id", "person_id", name="pk_kudos_clap"),
        sqlite_with_rowid=False,
    )


def _kudos_tag() -> None:
    op.create_table(
        "kudos_tag",
        sa.Column("kudos_id", sa.BigInteger(), nullable=False),
        sa.Column("receiver_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("giver_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("lead", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["kudos_id"], ["kudos.id"], name="fk_kudos_tag_kudos_id"),
        sa.PrimaryKeyConstraint("kudos_id", "receiver_id", "number", name="pk_kudos_tag"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_kudos_tag_giver", "kudos_tag", ["number", "giver_id", "at"], unique=False)
    op.create_index("ix_kudos_tag_roll", "kudos_tag", ["number", "receiver_id", "giver_id", "at", "lead"], unique=False)
    op.create_index("ix_kudos_tag_unit", "kudos_tag", ["unit_id", "at", "number"], unique=False)


def _kudos_to() -> None:
    op.create_table(
        "kudos_to",
        sa.Column("kudos_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["kudos_id"], ["kudos.id"], name="fk_kudos_to_kudos_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_kudos_to_person_id"),
        sa.PrimaryKeyConstraint("kudos_id", "person_id", name="pk_kudos_to"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_kudos_to_person", "kudos_to", ["person_id", "kudos_id"], unique=False)


def _note_edit() -> None:
    op.create_table(
        "note_edit",
        sa.Column("id", KEY, nullable=False),
        sa.Column("note_id", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("numbers", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name="fk_note_edit_note_id"),
        sa.PrimaryKeyConstraint("id", name="pk_note_edit"),
    )
    op.create_index("ix_note_edit_note_id", "note_edit", ["note_id"], unique=False)


def _note_step() -> None:
    op.create_table(
        "note_step",
        sa.Column("id", KEY, nullable=False),
        sa.Column("note_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name="fk_note_step_note_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_note_step_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_note_step"),
    )
    op.create_index("ix_note_step_note_id", "note_step", ["note_id"], unique=False)


def _note_support() -> None:
    op.create_table(
        "note_support",
        sa.Column("note_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name="fk_note_support_note_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_note_support_person_id"),
        sa.PrimaryKeyConstraint("note_id", "person_id", name="pk_note_support"),
        sqlite_with_rowid=False,
    )


def _note_tag() -> None:
    op.create_table(
        "note_tag",
        sa.Column("note_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("office", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name="fk_note_tag_note_id"),
        sa.PrimaryKeyConstraint("note_id", "number", name="pk_note_tag"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_note_tag_number_at", "note_tag", ["number", "at", "office"], unique=False)
    op.create_index("ix_note_tag_unit_at", "note_tag", ["unit_id", "at", "number", "office"], unique=False)


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name="fk_outbox_body_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_outbox_person_id"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_outbox_place_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index("ix_outbox_body_id", "outbox", ["body_id"], unique=False)
    op.create_index("ix_outbox_state_due", "outbox", ["state", "due_at"], unique=False)


def _search() -> None:
    """The index of character pairs: FTS5 on SQLite, a tsvector with GIN on PostgreSQL."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE note_pairs USING fts5(pairs, content='', detail=none, columnsize=0)")
    else:
        op.execute("ALTER TABLE note ADD COLUMN pairs tsvector")
        op.execute("CREATE INDEX ix_note_pairs ON note USING gin (pairs)")
