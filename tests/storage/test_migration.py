"""From version 0002 to this one: everything is kept, the impossible mended, and all of it or nothing done."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic import command, op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from storage import audit, drafts, outbox, people, places, postings, reports, roles, schema, units
from storage.database import T, Tx
from storage.engines import open_database
from storage.reports import Asked
from storage.roles import RoleRow
from storage.units import ALWAYS, EVER, FOREVER, StateRow
from tests import counts
from tests.databases import Kept
from tests.storage.test_schema import OWN
from tests.storage.version_0002 import FILLED, Rows, fill, insert, table, tables

BEFORE = "0002"
TODAY = "2026-11-24"


@pytest.fixture
def old(kept: Kept, tmp_path: Path) -> str:
    """The URL of an empty database of version 0002, on each backend in turn."""
    if BEFORE not in kept:
        url = kept.empty(tmp_path)
        with pytest.MonkeyPatch.context() as until:
            real = command.upgrade
            until.setattr(command, "upgrade", lambda config, _: real(config, BEFORE))
            schema.upgrade(url)
        kept.keep(url, BEFORE)
    return kept.copy(BEFORE, tmp_path)


def _at(url: str, work: Callable[[sqlalchemy.Connection], T]) -> T:
    with schema.connected(url) as connection:
        found = work(connection)
        connection.commit()
        return found


def _rows(url: str, sql: str) -> Rows:
    return _at(url, lambda c: [tuple(row) for row in c.execute(sqlalchemy.text(sql))])


def _kept(connection: sqlalchemy.Connection, columns: dict[str, list[str]]) -> dict[str, Rows]:
    """Every row of those tables, of those columns."""
    found = {}
    for name, names in columns.items():
        of = table(connection, name).c
        chosen = [of[n] for n in names]
        found[name] = sorted(map(tuple, connection.execute(sqlalchemy.select(*chosen))), key=repr)
    return found


def _columns(connection: sqlalchemy.Connection) -> dict[str, list[str]]:
    return {name: table(connection, name).c.keys() for name in tables(connection)}


@pytest.fixture
def filled(old: str) -> str:
    """The same with rows in every table."""
    _at(old, fill)
    return old


def _reading(url: str, work: Callable[[Tx], T]) -> T:
    database = open_database(url)
    try:
        return database.read_now(work)
    finally:
        database.close()


def test_every_row_of_every_table_is_kept(filled: str) -> None:
    columns = _at(filled, _columns)
    before = _at(filled, lambda c: _kept(c, columns))
    assert len(before) == 27
    assert all(before.values())
    assert schema.upgrade(filled) == (BEFORE, schema.head())
    assert _at(filled, lambda c: _kept(c, columns)) == before


def test_the_schema_is_the_one_the_code_declares(filled: str) -> None:
    schema.upgrade(filled)
    found = _at(filled, lambda c: compare_metadata(MigrationContext.configure(c), SQLModel.metadata))
    assert [d for d in found if not any(name in str(d) for name in OWN)] == []
    if filled.startswith("sqlite"):
        assert _rows(filled, "pragma integrity_check") == [("ok",)]
        assert _rows(filled, "pragma foreign_key_check") == []
    schema.check(filled)


def test_accounts_stay_linked_and_people_get_the_usual_settings(filled: str) -> None:
    schema.upgrade(filled)
    assert _rows(filled, "select * from account order by platform, ext_id") == [
        ("slack", "T1:U1", 1, "member", "start", False, None, None),
        ("slack", "T1:U2", 2, "member", "start", False, None, None),
        ("teams", "t:a1", 1, "member", "start", False, None, None),
    ]
    for platform, ext_id in (("slack", "T1:U1"), ("teams", "t:a1")):
        person = _reading(filled, partial(people.resolve, platform=platform, ext_id=ext_id, today=TODAY))
        assert person is not None
        assert (person.number, person.unit_id, person.daily) == ("1001", 3, True)
        assert (person.listed, person.digest, person.reminders, person.askable) == (True, True, True, False)
        assert (person.deliver_to, person.used) == ("", "")
    assert _reading(filled, lambda tx: people.private_place(tx, 1)) == 2


def test_the_tree_holds_on_every_day(filled: str) -> None:
    schema.upgrade(filled)
    assert {row[2:6] for row in _reading(filled, units.tree)} == {(ALWAYS, EVER, 0, FOREVER)}
    for day in ("1900-01-01", TODAY, "2999-12-31"):
        assert _reading(filled, partial(units.above, unit=3, today=day)) == {3: 0, 2: 1, 1: 2}
    assert _reading(filled, units.states)[2:] == [
        StateRow(3, "2021-04-01", "窓口課", "Desk", 2),
        StateRow(4, "2020-04-01", "税務局", "Tax", 1),
    ]
    assert _reading(filled, lambda tx: [u.code for u in units.everything(tx)]) == ["00", "10", "1010", "20"]


def test_tags_know_their_author(filled: str) -> None:
    schema.upgrade(filled)
    assert _rows(filled, "select note_id, number, author_id from note_tag order by note_id, number") == [
        (1, 1, 1),
        (1, 4, 1),
        (2, 1, 2),
        (3, 1, 1),
        (4, 2, None),
    ]


OLD_DIGEST = (
    "select t.counts_as, count(*) from unit_tree u join note_tag t on t.unit_id = u.descendant where u.ancestor = {} "
    "and t.at >= 0 and t.at < 5000 and not t.office and t.counts_as is not null group by t.counts_as"
)


def test_digests_find_the_same_notes(filled: str) -> None:
    before: dict[int, dict[int, int]] = {unit: dict(_rows(filled, OLD_DIGEST.format(unit))) for unit in (1, 2, 3, 4)}
    assert before == {1: {1: 2, 5: 1}, 2: {1: 2, 5: 1}, 3: {1: 1, 5: 1}, 4: {}}
    schema.upgrade(filled)
    for unit, found in before.items():
        assert _reading(filled, partial(reports.unit_notes, of=Asked(unit, 0, 5_000, TODAY))) == found
    asked = Asked(1, 0, 5_000, TODAY)
    assert _reading(filled, lambda tx: reports.unit_notes(tx, asked._replace(view="now"))) == {1: 1, 5: 1}
    assert _reading(filled, lambda tx: reports.unit_note_total(tx, asked)) == 3
    assert _reading(filled, lambda tx: reports.unit_kudos(tx, asked)) == {6: 1}
    assert _reading(filled, lambda tx: reports.unit_kudos_totals(tx, asked)) == (1, 1)
    assert [n.id for n in _reading(filled, lambda tx: reports.waiting(tx, 1, today=TODAY, limit=9))] == [4, 1]
    assert _reading(filled, lambda tx: counts.written(tx, since=0, until=5_000)).states == {"received": 2, "planned": 1}


async def test_what_was_owed_begun_and_granted_goes_on(filled: str) -> None:
    schema.upgrade(filled)
    assert _reading(filled, lambda tx: roles.of(tx, 2, today=TODAY)) == [RoleRow("manager", 2)]
    assert [r.source for r in _reading(filled, lambda tx: roles.history(tx, 1))] == ["grant"]
    assert _reading(filled, lambda tx: postings.of(tx, 1)) == [
        (2, "2020-04-01", "2024-04-01"),
        (3, "2024-04-01", None),
    ]
    assert _reading(filled, lambda tx: places.channel_of(tx, 3, today=TODAY)) == 1
    database = open_database(filled)
    draft = await database.transact(lambda tx: drafts.get(tx, 1))
    assert draft is not None
    assert (draft.text, draft.data) == ("書きかけ", '{"numbers": [1]}')
    owed = await database.transact(lambda tx: outbox.lease(tx, now=10, until=20, limit=9))
    assert [o.key for o in owed] == ["daily:1"]
    await database.transact(lambda tx: audit.add(tx, "export", actor="person:1", at=1))
    assert (await database.read(audit.verify))[:3:2] == (1, None)
    database.close()


# Postings that the indexes of this version do not allow: (person, unit, first day, first day elsewhere)

# A case has so many numbers for its people.
TEN = 10
APRIL, MAY, JUNE, JULY = "2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01"
POSTED: dict[str, tuple[Rows, Rows]] = {
    "two open": ([(1, 2, APRIL, None), (1, 3, MAY, None)], [(1, 2, APRIL, MAY), (1, 3, MAY, None)]),
    "two open, the newer written first": (
        [(1, 3, MAY, None), (1, 2, APRIL, None)],
        [(1, 2, APRIL, MAY), (1, 3, MAY, None)],
    ),
    "three open": (
        [(1, 2, APRIL, None), (1, 3, MAY, None), (1, 4, JUNE, None)],
        [(1, 2, APRIL, MAY), (1, 3, MAY, JUNE), (1, 4, JUNE, None)],
    ),
    "two open, one between": (
        [(1, 2, APRIL, None), (1, 3, MAY, JUNE), (1, 4, JULY, None)],
        [(1, 2, APRIL, MAY), (1, 3, MAY, JUNE), (1, 4, JULY, None)],
    ),
    "twice the same": ([(1, 2, APRIL, None)] * 3, [(1, 2, APRIL, None)]),
    "twice the same, over": ([(1, 2, APRIL, MAY)] * 2 + [(1, 3, MAY, None)], [(1, 2, APRIL, MAY), (1, 3, MAY, None)]),
    "one day, both open: the newer": ([(1, 2, APRIL, None), (1, 3, APRIL, None)], [(1, 3, APRIL, None)]),
    "one day, one open": ([(1, 3, APRIL, None), (1, 2, APRIL, MAY)], [(1, 3, APRIL, None)]),
    "one day, of no length": ([(1, 2, APRIL, APRIL), (1, 3, APRIL, None)], [(1, 3, APRIL, None)]),
    "one day, both over: the longer": ([(1, 2, APRIL, JUNE), (1, 3, APRIL, MAY)], [(1, 2, APRIL, JUNE)]),
    "one day and an older one": (
        [(1, 2, APRIL, None), (1, 3, MAY, None), (1, 4, MAY, None)],
        [(1, 2, APRIL, MAY), (1, 4, MAY, None)],
    ),
    "open, and one inside it": ([(1, 2, APRIL, None), (1, 3, MAY, JUNE)], [(1, 2, APRIL, None), (1, 3, MAY, JUNE)]),
    "two people": ([(1, 2, APRIL, None), (2, 3, APRIL, None)], [(1, 2, APRIL, None), (2, 3, APRIL, None)]),
    "in order": ([(1, 2, APRIL, MAY), (1, 3, MAY, None)], [(1, 2, APRIL, MAY), (1, 3, MAY, None)]),
}


def test_a_person_is_in_one_unit_at_a_time(old: str) -> None:
    _at(old, _posted)
    schema.upgrade(old)
    found = _rows(old, "select person_id, unit_id, starts_on, ends_on from posting order by person_id, starts_on")
    for place, (case, (_, after)) in enumerate(POSTED.items()):
        assert [(person % TEN, *rest) for person, *rest in found if person // TEN == place] == after, case
    assert {person // TEN for person, *_ in found} == set(range(len(POSTED)))


def _posted(connection: sqlalchemy.Connection) -> None:
    """Every case in one database, each with people of its own."""
    insert(connection, "unit", *FILLED["unit"])
    posted: Rows = []
    for place, (before, _) in enumerate(POSTED.values()):
        _hire(connection, TEN * place)
        posted += [(TEN * place + person, *rest) for person, *rest in before]
    names = ["id", "person_id", "unit_id", "starts_on", "ends_on"]
    insert(connection, "posting", names, [(number, *row) for number, row in enumerate(posted, 1)])


def _hire(connection: sqlalchemy.Connection, first: int) -> None:
    names, known = FILLED["person"]
    own = [dict(zip(names, row, strict=True)) | {"id": first + row[0], "email": None} for row in known]
    insert(connection, "person", names, [tuple((one | {"number": str(one["id"])}).values()) for one in own])


# Interrupted

TABLES = ("create_table", "drop_table", "rename_table", "add_column", "drop_constraint", "create_index", "drop_index")
POSTGRES_STATE = """
select 'column', table_name || '.' || column_name || data_type || is_nullable from information_schema.columns
 where table_schema = 'public'
union all select 'index', indexdef from pg_indexes where schemaname = 'public'
union all select 'constraint', conrelid::regclass || conname || pg_get_constraintdef(oid) from pg_constraint
 where connamespace = 'public'::regnamespace
union all select 'trigger', tgname from pg_trigger where not tgisinternal
union all select 'function', proname from pg_proc where pronamespace = 'public'::regnamespace
"""


def _state(url: str) -> tuple[Rows, dict[str, Rows], Rows]:
    """The schema, every row, and the version."""
    what = "select type, name, sql from sqlite_master" if url.startswith("sqlite") else POSTGRES_STATE

    def look(connection: sqlalchemy.Connection) -> tuple[Rows, dict[str, Rows], Rows]:
        def rows(sql: str) -> Rows:
            return sorted(map(tuple, connection.exec_driver_sql(sql)), key=repr)

        held = {name: rows(f'select * from "{name}"') for name in tables(connection)}
        return rows(what), held, rows("select version_num from alembic_version")

    return _at(url, look)


def _interrupted(url: str, after: int) -> bool:
    """Upgrade, with a failure after so many operations; False where there were fewer."""
    left = iter(range(after))

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def operation(*words: Any, **options: Any) -> Any:
            if next(left, None) is None:
                raise RuntimeError("the power went")
            return real(*words, **options)

        return operation

    with pytest.MonkeyPatch.context() as patch:
        for name in (*TABLES, "execute", "bulk_insert"):
            patch.setattr(op, name, counted(getattr(op, name)))
        try:
            schema.upgrade(url)
        except RuntimeError:
            return True
    return False


def test_an_upgrade_that_fails_anywhere_leaves_everything_as_it_was(filled: str) -> None:
    before, after = _state(filled), 0
    while _interrupted(filled, after):
        assert _state(filled) == before
        after += 3
    assert after > 50
    schema.check(filled)
