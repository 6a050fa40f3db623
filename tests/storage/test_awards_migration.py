"""Awards announced before version 0015 stay public, and whoever was congratulated can be told that they changed."""

from pathlib import Path

import pytest
import sqlalchemy
from alembic import command

from storage import schema
from tests.databases import Kept
from tests.storage.version_0002 import insert

BEFORE = "0014"
PERSON = {
    **dict.fromkeys(("name_ja", "name_en", "title_ja", "title_en", "email", "language", "quiet_from", "quiet_to"), ""),
    **dict.fromkeys(("bot", "daily", "digest", "reminders", "pulse", "askable", "honour", "muted"), False),
    "number": "a",
    "joined_on": "2020-04-01",
}
ROUNDS = [(1, "x", "announced", 7), (2, "y", "draft", None)]


@pytest.fixture
def before(kept: Kept, tmp_path: Path) -> str:
    """The URL of an empty database of the version before."""
    url = kept.empty(tmp_path)
    with pytest.MonkeyPatch.context() as until:
        real = command.upgrade
        until.setattr(command, "upgrade", lambda config, _: real(config, BEFORE))
        schema.upgrade(url)
    return url


def _fill(connection: sqlalchemy.Connection) -> None:
    days = ("2026-10-01", "2026-11-01")
    insert(connection, "person", ["id", *PERSON], [(1, *PERSON.values())])
    names = ["id", "scope", "state", "announced_at", "first_on", "end_on"]
    insert(connection, "award_round", names, [(*one, *days) for one in ROUNDS])
    awards = [(5, 1, 10, "e", "よい"), (6, 2, 3, "e", "下書き")]
    insert(connection, "award", ["id", "round_id", "number", "edition", "citation"], awards)
    insert(connection, "award_winner", ["award_id", "person_id"], [(5, 1), (6, 1)])
    insert(connection, "body", ["id", "key", "card", "at"], [(1, "awarded:5:1:ja", "{}", 7)])
    told = ["id", "key", "body_id", "state", "due_at", "tries", "error", "message"]
    insert(connection, "outbox", told, [(1, "awarded:5:1", 1, "sent", 7, 0, "", "m")])


def test_what_was_announced_stays_public(before: str) -> None:
    with schema.connected(before) as connection:
        _fill(connection)
        connection.commit()
    schema.upgrade(before)

    def rows(sql: str) -> list[tuple[object, ...]]:
        with schema.connected(before) as connection:
            return [tuple(row) for row in connection.execute(sqlalchemy.text(sql))]

    assert rows("SELECT round_id, number, edition, citation FROM award_given") == [(1, 10, "e", "よい")]
    assert rows("SELECT person_id, at FROM award_given_to") == [(1, 7)]
    assert rows("SELECT count(*) FROM award") == [(2,)], "what is chosen stays as well"
    assert rows("SELECT key FROM outbox") == [("awarded:1:10:1",)]
