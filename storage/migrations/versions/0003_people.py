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
# What the database refuses in the audit log, on every statement or on rows that are not the next: (table, event, when).
NOT_NEXT = "NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM audit)"
NOT_NEWEST = (
    "NEW.id <> 1 OR NOT EXISTS (SELECT 1 FROM audit WHERE id = NEW.entry AND hash = NEW.hash "
    "AND id = (SELECT max(id) FROM audit))"
)
GUARDS = (
    ("audit", "INSERT", NOT_NEXT),
    ("audit", "UPDATE", ""),
    ("audit", "DELETE", ""),
    ("audit_head", "INSERT", ""),
    ("audit_head", "UPDATE", NOT_NEWEST),
    ("audit_head", "DELETE", ""),
)
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
    _kudos()
    _outbox()
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
    op.execute(
        "UPDATE place SET account = COALESCE((SELECT min(a.ext_id) FROM account a "
        "WHERE a.person_id = place.person_id AND a.platform = place.platform), '') WHERE private"
    )
    op.create_index("ix_place_account", "place", ["platform", "account"], unique=False)


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
    _one_posting_at_a_time()
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


def _one_posting_at_a_time() -> None:
    """Of postings that begin on one day the one that lasts longest stays, the newest of equals; of those without an
    end the newest stays open, and each other ends where the person's next one begins.
    """
    op.execute(
        "DELETE FROM posting WHERE EXISTS (SELECT 1 FROM posting other WHERE other.person_id = posting.person_id "  # noqa: S608
        "AND other.starts_on = posting.starts_on "
        f"AND (coalesce(other.ends_on, '{EVER}') > coalesce(posting.ends_on, '{EVER}') "
        f"OR (coalesce(other.ends_on, '{EVER}') = coalesce(posting.ends_on, '{EVER}') AND other.id > posting.id)))"
    )
    op.execute(
        "UPDATE posting SET ends_on = (SELECT min(later.starts_on) FROM posting later "
        "WHERE later.person_id = posting.person_id AND later.starts_on > posting.starts_on) "
        "WHERE ends_on IS NULL AND EXISTS (SELECT 1 FROM posting newer WHERE newer.person_id = posting.person_id "
        "AND newer.ends_on IS NULL AND newer.starts_on > posting.starts_on)"
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
    op.drop_index("ix_note_unit_at", table_name="note")
    op.create_index("ix_note_unit_at", "note", ["unit_id", "at", "author_id", "deleted_at", "audience"], unique=False)
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
        sa.PrimaryKeyConstraint("receipt", name="pk_sealed"),
        sqlite_with_rowid=False,
    )


def _kudos() -> None:
    op.drop_index("ix_kudos_giver_at", table_name="kudos")
    op.create_index("ix_kudos_giver_at", "kudos", ["giver_id", "at", "taken_back_at"], unique=False)


def _outbox() -> None:
    op.create_index(
        "ix_outbox_waiting_person",
        "outbox",
        ["person_id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
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
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audit_actor", "audit", ["actor"], unique=False)
    op.create_index("ix_audit_subject", "audit", ["subject"], unique=False)
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
    """The log takes the next entry and nothing else; the note of the newest entry only ever goes on to it."""
    if op.get_bind().dialect.name == "sqlite":
        # REPLACE deletes past the triggers on DELETE, but not past those on INSERT. A row number of its own would be a
        # second way in for it: the log has none.
        for table, event, when in GUARDS:
            op.execute(
                f"CREATE TRIGGER {table}_guard_{event.lower()} BEFORE {event} ON {table} WHEN {when or 'true'} "
                "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
            )
        return
    for table, event, when in (*GUARDS, ("audit", "TRUNCATE", ""), ("audit_head", "TRUNCATE", "")):
        name = f"{table}_guard_{event.lower()}"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {when or 'true'} THEN "
            "RAISE EXCEPTION 'the audit log is append-only'; END IF; RETURN NEW; END $$"
        )
        each = "ROW" if when else "STATEMENT"
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {each} EXECUTE FUNCTION {name}()")
