"""What a database of version 0002 held: rows for every table, put in without the tables' classes of today."""

from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, inspect

Rows = list[tuple[Any, ...]]

PEOPLE = ["id", "number", "name_ja", "name_en", "title_ja", "title_en", "email", "language", "quiet_from", "quiet_to"]
NOTE = ["id", "author_id", "unit_id", "kind", "text", "plain", "audience", "pack", "version", "state", "reason"]
OWED = ["id", "key", "place_id", "person_id", "body_id", "state", "due_at"]
# What version 0002 held, by table; tables that are not named get one row of made-up values.
FILLED: dict[str, tuple[list[str], Rows]] = {
    "person": (
        [*PEOPLE, "daily", "muted", "bot", "joined_on", "left_on"],
        [
            (
                1,
                "1001",
                "花子",
                "Hanako",
                "主事",
                "Clerk",
                "h@example.jp",
                "ja",
                "",
                "",
                True,
                False,
                False,
                "2020-04-01",
                None,
            ),
            (2, "1002", "太郎", "Taro", "", "", None, "en", "19:00", "08:00", False, True, False, "2020-04-01", None),
            (3, "1003", "元", "Moto", "", "", None, "", "", "", False, False, False, "2020-04-01", "2026-04-01"),
        ],
    ),
    "unit": (
        ["id", "code", "name_ja", "name_en", "parent_id", "starts_on", "ends_on"],
        [
            (1, "00", "本庁", "Head office", None, "2020-04-01", None),
            (2, "10", "窓口局", "Counters", 1, "2020-04-01", None),
            (3, "1010", "窓口課", "Desk", 2, "2021-04-01", None),
            (4, "20", "税務局", "Tax", 1, "2020-04-01", "2026-04-01"),
        ],
    ),
    "unit_tree": (
        ["descendant", "ancestor", "depth"],
        [(1, 1, 0), (2, 2, 0), (2, 1, 1), (3, 3, 0), (3, 2, 1), (3, 1, 2), (4, 4, 0), (4, 1, 1)],
    ),
    "account": (
        ["platform", "ext_id", "person_id"],
        [("slack", "T1:U1", 1), ("teams", "t:a1", 1), ("slack", "T1:U2", 2)],
    ),
    "posting": (
        ["id", "person_id", "unit_id", "starts_on", "ends_on"],
        [(1, 1, 2, "2020-04-01", "2024-04-01"), (2, 1, 3, "2024-04-01", None), (3, 2, 2, "2020-04-01", None)],
    ),
    "role": (
        ["id", "person_id", "role", "unit_id", "starts_on", "ends_on"],
        [(1, 2, "manager", 2, "2020-04-01", None), (2, 1, "secretariat", None, "2020-04-01", "2021-04-01")],
    ),
    "note": (
        [*NOTE, "due_on", "at", "answered_at", "deleted_at", "indexed", "none_offered"],
        [
            (
                1,
                1,
                3,
                "idea",
                "紙",
                "紙",
                "unit",
                "tokyo",
                "1.1.0",
                "received",
                "",
                "2026-11-30",
                1_000,
                None,
                None,
                True,
                None,
            ),
            (2, 2, 2, "idea", "判", "判", "all", "tokyo", "1.1.0", "planned", "x", "", 2_000, 3_000, None, True, False),
            (
                3,
                1,
                3,
                "idea",
                "密",
                "密",
                "office",
                "tokyo",
                "1.1.0",
                "received",
                "",
                "",
                2_500,
                None,
                None,
                True,
                None,
            ),
            (
                4,
                None,
                2,
                "idea",
                "無",
                "無",
                "all",
                "tokyo",
                "1.1.0",
                "received",
                "",
                "",
                2_600,
                None,
                None,
                False,
                None,
            ),
            (5, 1, 2, "idea", "消", "消", "all", "tokyo", "1.1.0", "received", "", "", 2_700, None, 2_800, True, None),
        ],
    ),
    "note_tag": (
        ["note_id", "number", "at", "unit_id", "office", "counts_as", "rank"],
        [
            (1, 1, 1_000, 3, False, 1, 1),
            (1, 4, 1_000, 3, False, 5, None),
            (2, 1, 2_000, 2, False, 1, 3),
            (3, 1, 2_500, 3, True, 1, None),
            (4, 2, 2_600, 2, False, None, None),
        ],
    ),
    "kudos": (
        ["id", "giver_id", "unit_id", "text", "public", "pack", "version", "day", "at", "taken_back_at"],
        [(1, 1, 3, "ありがとう", True, "tokyo", "1.1.0", "2026-11-02", 1_500, None)],
    ),
    "kudos_to": (["kudos_id", "person_id", "unit_id"], [(1, 2, 2)]),
    "kudos_tag": (
        ["kudos_id", "receiver_id", "number", "giver_id", "unit_id", "at", "lead", "counts_as", "rank"],
        [(1, 2, 6, 1, 2, 1_500, True, 6, None)],
    ),
    "place": (
        [
            "id",
            "platform",
            "ext_id",
            "private",
            "address",
            "title",
            "unit_id",
            "person_id",
            "daily",
            "kudos",
            "gone_at",
        ],
        [
            (1, "slack", "C1", False, "{}", "窓口", 3, None, True, True, None),
            (2, "slack", "D1", True, '{"a": 1}', "", None, 1, False, False, None),
        ],
    ),
    "draft": (
        ["id", "person_id", "kind", "text", "data", "expires_at", "became"],
        [(1, 1, "note", "書きかけ", '{"numbers": [1]}', 9_000, None)],
    ),
    "body": (["id", "key", "card", "at"], [(1, "daily:1:ja", "{}", 1)]),
    "outbox": (
        [*OWED, "expires_at", "lease_until", "tries", "error", "message", "sent_at"],
        [
            (1, "daily:1", 1, None, 1, "waiting", 5, None, None, 0, "", "", None),
            (2, "daily:2", None, 1, 1, "sent", 5, None, None, 1, "", "m1", 6),
        ],
    ),
}


def tables(connection: Connection) -> list[str]:
    """The names of all tables but the search index's and alembic's."""
    own = ("note_pairs", "alembic_version")
    return [name for name in inspect(connection).get_table_names() if not name.startswith(own)]


def table(connection: Connection, name: str) -> Table:
    """A table as the database has it."""
    columns = [Column(found["name"], found["type"]) for found in inspect(connection).get_columns(name)]
    return Table(name, MetaData(), *(column for column in columns if column.name != "pairs"))


def insert(connection: Connection, name: str, names: list[str], rows: Rows) -> None:
    """Put rows into a table."""
    connection.execute(table(connection, name).insert(), [dict(zip(names, row, strict=True)) for row in rows])


def fill(connection: Connection) -> None:
    """Put rows into every table, parents first."""
    for name in [*FILLED, *(set(tables(connection)) - FILLED.keys())]:
        columns = table(connection, name).c
        insert(connection, name, *FILLED.get(name, (columns.keys(), [tuple(map(_made_up, columns))])))


def _made_up(column: "Column[Any]") -> Any:
    return {int: 1, str: "1", bool: True}[column.type.python_type]
