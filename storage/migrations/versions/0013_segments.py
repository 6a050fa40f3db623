"""Columns of deeds for reports, kept by chunks of time; triggers drop what is kept of rows that change."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Seven days of moments; of days those of a month by seven.
MOMENT = "({row}.at / 604800000)"
YEAR, MONTH, DAY = (f"CAST(substr({{row}}.day, {at}, {size}) AS INTEGER)" for at, size in ((1, 4), (6, 2), (9, 2)))
DAYS = f"(({YEAR} * 12 + {MONTH} - 1) * 5 + ({DAY} - 1) / 7)"
CHUNKS = {"kudos_tag": MOMENT, "kudos": MOMENT, "note": MOMENT, "note_tag": MOMENT, "mark": DAYS}
# What is kept of a note's principles says whose note it is.
TOUCHED = {"note": "('note', 'note_tag')"}
# Of notes and kudos only what is counted: their words change without a report's changing.
COUNTED = {
    "note": "OF author_id, unit_id, state, audience, at, deleted_at",
    "kudos": "OF giver_id, unit_id, public, at, taken_back_at",
}


def upgrade() -> None:
    op.create_table(
        "segment",
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("chunk", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("series", "chunk", "name", name="pk_segment"),
    )
    op.create_index("ix_kudos_tag_at", "kudos_tag", ["at"], unique=False)
    op.create_index("ix_note_at", "note", ["at"], unique=False)
    op.create_index("ix_note_tag_at", "note_tag", ["at"], unique=False)
    op.create_index("ix_mark_day", "mark", ["day", "person_id", "number", "what", "unit_id", "facet"], unique=False)
    op.drop_index("ix_kudos_tag_giver", table_name="kudos_tag")
    make = _sqlite if op.get_bind().dialect.name == "sqlite" else _postgresql
    for table, chunk in CHUNKS.items():
        make(table, chunk)


def _touched(table: str) -> str:
    return TOUCHED.get(table, f"('{table}')")


def _sqlite(table: str, chunk: str) -> None:
    for event, rows in (("INSERT", ("new",)), ("DELETE", ("old",)), ("UPDATE", ("old", "new"))):
        drops = "".join(
            f"DELETE FROM segment WHERE series IN {_touched(table)} AND chunk = {chunk.format(row=row)}; "  # noqa: S608
            for row in rows
        )
        of = COUNTED.get(table, "") if event == "UPDATE" else ""
        op.execute(f"CREATE TRIGGER {table}_segment_{event.lower()} AFTER {event} {of} ON {table} BEGIN {drops}END")


def _postgresql(table: str, chunk: str) -> None:
    for event, rows in (("INSERT", ("new",)), ("DELETE", ("old",)), ("UPDATE", ("old", "new"))):
        name = f"{table}_segment_{event.lower()}"
        # Whole statements at once: a change of many rows looks each chunk up once.
        drops = "".join(
            f"DELETE FROM segment WHERE series IN {_touched(table)} "  # noqa: S608
            f"AND chunk IN (SELECT DISTINCT {chunk.format(row='r')} FROM {row}_rows r); "
            for row in rows
        )
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {drops}RETURN NULL; END $$")
        tables = " ".join(f"{row.upper()} TABLE AS {row}_rows" for row in rows)
        op.execute(
            f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {tables} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
