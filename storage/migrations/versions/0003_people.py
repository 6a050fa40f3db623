"""One person with several accounts, units through time, roles on loan, absences, first days, privacy, the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ALWAYS, EVER, FOREVER = "0001-01-01", "9999-12-31", 253_402_300_799_000
# SQLite numbers its rows by itself only for a column declared INTEGER.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SETTINGS = {"listed": True, "digest": True, "reminders": True, "askable": False}


def upgrade() -> None:
    _person()
    _account()
    _link()
    _posting()
    _unit()
    _unit_tree()
    _role()
    _absence()
    _induction()
    _note()
    _file()
    _audit()


def _text(name: str, *, default: str | None = None) -> "sa.Column[str]":
    return sa.Column(name, sa.String(), nullable=False, server_default=default)


def _flag(name: str, *, default: bool | None = None) -> "sa.Column[bool]":
    shown = None if default is None else sa.true() if default else sa.false()
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=shown)


def _moment(name: str, *, null: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _day(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.String(), nullable=True)


def _person() -> None:
    for name, default in SETTINGS.items():
        op.add_column("person", _flag(name, default=default))
    op.add_column("person", _text("deliver_to", default=""))
    op.add_column("person", _text("used", default=""))
    op.add_column("place", _text("account", default=""))


def _account() -> None:
    """Made anew: SQLite cannot let a column become empty in place."""
    op.rename_table("account", "account_before")
    op.drop_index("ix_account_person_id", table_name="account_before")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("pk_account", "account_before")
        op.drop_constraint("fk_account_person_id", "account_before")
    op.create_table(
        "account",
        _text("platform"),
        _text("ext_id"),
        _moment("person_id", null=True),
        _text("kind"),
        _text("how"),
        _flag("held"),
        _moment("linked_at", null=True),
        _moment("checked_at", null=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_account_person_id"),
        sa.PrimaryKeyConstraint("platform", "ext_id", name="pk_account"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_account_person_id", "account", ["person_id"], unique=False)
    names = "platform, ext_id, person_id"
    op.execute(
        f"INSERT INTO account ({names}, kind, how, held) SELECT {names}, 'member', 'start', false "  # noqa: S608
        "FROM account_before"
    )
    op.drop_table("account_before")


def _link() -> None:
    op.create_table(
        "link_code",
        _text("platform"),
        _text("ext_id"),
        _text("code"),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("platform", "ext_id", name="pk_link_code"),
        sa.UniqueConstraint("code", name="uq_link_code_code"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "link_try",
        _text("platform"),
        _text("ext_id"),
        _moment("since"),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "ext_id", name="pk_link_try"),
        sqlite_with_rowid=False,
    )


def _posting() -> None:
    op.drop_index("ix_posting_person_id", table_name="posting")
    op.create_index("ix_posting_start", "posting", ["person_id", "starts_on"], unique=True)
    op.create_index("ix_posting_starts_on", "posting", ["starts_on"], unique=False)
    op.create_index(
        "ix_posting_open",
        "posting",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("ends_on IS NULL"),
        postgresql_where=sa.text("ends_on IS NULL"),
    )


def _unit() -> None:
    op.create_table(
        "unit_state",
        _moment("unit_id"),
        _text("starts_on"),
        _text("name_ja"),
        _text("name_en"),
        _moment("parent_id", null=True),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_unit_state_unit_id"),
        sa.PrimaryKeyConstraint("unit_id", "starts_on", name="pk_unit_state"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO unit_state (unit_id, starts_on, name_ja, name_en, parent_id) "
        "SELECT id, starts_on, name_ja, name_en, parent_id FROM unit"
    )
    op.create_table(
        "unit_descent",
        _moment("predecessor"),
        _moment("successor"),
        _text("day"),
        sa.ForeignKeyConstraint(["predecessor"], ["unit.id"], name="fk_unit_descent_predecessor"),
        sa.ForeignKeyConstraint(["successor"], ["unit.id"], name="fk_unit_descent_successor"),
        sa.PrimaryKeyConstraint("predecessor", "successor", name="pk_unit_descent"),
        sqlite_with_rowid=False,
    )


def _unit_tree() -> None:
    op.rename_table("unit_tree", "unit_tree_before")
    op.drop_index("ix_unit_tree_ancestor", table_name="unit_tree_before")
    if op.get_bind().dialect.name == "postgresql":
        for name in ("pk_unit_tree", "fk_unit_tree_ancestor", "fk_unit_tree_descendant"):
            op.drop_constraint(name, "unit_tree_before")
    op.create_table(
        "unit_tree",
        _moment("descendant"),
        _moment("ancestor"),
        _text("starts_on"),
        _text("ends_on"),
        _moment("starts_at"),
        _moment("ends_at"),
        _moment("depth"),
        sa.ForeignKeyConstraint(["ancestor"], ["unit.id"], name="fk_unit_tree_ancestor"),
        sa.ForeignKeyConstraint(["descendant"], ["unit.id"], name="fk_unit_tree_descendant"),
        sa.PrimaryKeyConstraint("descendant", "ancestor", "starts_on", name="pk_unit_tree"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_unit_tree_ancestor", "unit_tree", ["ancestor"], unique=False)
    op.execute(
        "INSERT INTO unit_tree (descendant, ancestor, depth, starts_on, ends_on, starts_at, ends_at) "  # noqa: S608
        f"SELECT descendant, ancestor, depth, '{ALWAYS}', '{EVER}', 0, {FOREVER} FROM unit_tree_before"
    )
    op.drop_table("unit_tree_before")


def _role() -> None:
    op.add_column("role", _text("source", default="grant"))
    op.create_table(
        "deputy",
        sa.Column("id", KEY, nullable=False),
        _moment("person_id"),
        _moment("deputy_id"),
        _text("starts_on"),
        _day("ends_on"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_deputy_person_id"),
        sa.ForeignKeyConstraint(["deputy_id"], ["person.id"], name="fk_deputy_deputy_id"),
        sa.PrimaryKeyConstraint("id", name="pk_deputy"),
    )
    op.create_index("ix_deputy_person_id", "deputy", ["person_id"], unique=False)
    op.create_index("ix_deputy_deputy_id", "deputy", ["deputy_id"], unique=False)


def _absence() -> None:
    op.create_table(
        "absence",
        sa.Column("id", KEY, nullable=False),
        _moment("person_id"),
        _text("starts_on"),
        _text("ends_on"),
        _flag("told"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_absence_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_absence"),
    )
    op.create_index("ix_absence_person_id", "absence", ["person_id"], unique=False)
    op.create_index("ix_absence_ends_on", "absence", ["ends_on"], unique=False)


def _induction() -> None:
    op.create_table(
        "induction",
        _moment("person_id"),
        _text("starts_on"),
        _moment("unit_id", null=True),
        _flag("first"),
        _flag("stopped"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_induction_person_id"),
        sa.PrimaryKeyConstraint("person_id", "starts_on", name="pk_induction"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_induction_starts_on", "induction", ["starts_on"], unique=False)


def _note() -> None:
    op.add_column("note", sa.Column("receipt", sa.String(), nullable=True))
    op.create_index("uq_note_receipt", "note", ["receipt"], unique=True)
    op.add_column("note_tag", _moment("author_id", null=True))
    op.execute("UPDATE note_tag SET author_id = (SELECT n.author_id FROM note n WHERE n.id = note_tag.note_id)")
    op.drop_index("ix_note_tag_number_at", table_name="note_tag")
    op.create_index("ix_note_tag_number_at", "note_tag", ["counts_as", "at", "office", "author_id"], unique=False)
    op.create_table(
        "sealed",
        _text("receipt"),
        _moment("unit_id", null=True),
        _text("kind"),
        _text("text"),
        _text("numbers"),
        _text("pack"),
        _text("version"),
        _text("day"),
        sa.PrimaryKeyConstraint("receipt", name="pk_sealed"),
        sqlite_with_rowid=False,
    )


def _file() -> None:
    op.create_table(
        "file",
        _text("token"),
        _moment("person_id"),
        _text("name"),
        _text("media"),
        _text("content"),
        _moment("at"),
        _moment("expires_at"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_file_person_id"),
        sa.PrimaryKeyConstraint("token", name="pk_file"),
    )
    op.create_index("ix_file_person_id", "file", ["person_id"], unique=False)
    op.create_index("ix_file_expires_at", "file", ["expires_at"], unique=False)


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        _moment("at"),
        _text("actor"),
        _text("action"),
        _text("subject"),
        _text("detail"),
        _text("hash"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        _moment("entry"),
        _text("hash"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.bulk_insert(head, [{"id": 1, "entry": 0, "hash": "0" * 64}])
    _guard_audit()


def _guard_audit() -> None:
    """The log takes entries and nothing else."""
    if op.get_bind().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{what.lower()} BEFORE {what} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
    )
