"""The audit log: one chain however many write, nothing changed or deleted, and tampering seen."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from storage import audit
from storage.audit import BEGINNING, Entry, Verdict
from storage.database import Database, Tx
from storage.engines import open_database
from tests.rows import rows

ENTRY = "(id, at, actor, action, subject, detail, hash)"
EVENTS = {"audit": ("insert", "update", "delete", "truncate"), "audit_head": ("insert", "update", "delete", "truncate")}


def _add(tx: Tx, number: int) -> None:
    audit.add(tx, "role.begin", actor=f"person:{number}", subject="person:1", at=1_000 + number, role="manager")


def _entries(tx: Tx) -> list[Entry]:
    return [Entry(*row) for row in rows(tx, "select * from audit order by id")]


def _head(tx: Tx) -> list[tuple[Any, ...]]:
    return rows(tx, "select entry, hash from audit_head")


def _says(sql: str) -> Callable[[Tx], None]:
    def work(tx: Tx) -> None:
        tx.cursor.execute(sql)

    return work


def _unguarded(tx: Tx) -> None:
    for table, events in EVENTS.items():
        for event in events:
            if not (tx.sqlite and event == "truncate"):
                tx.cursor.execute(f"drop trigger {table}_guard_{event}" + ("" if tx.sqlite else f" on {table}"))


def _written_anew(tx: Tx, *, since: int = 1, head: bool = True) -> None:
    """What somebody does who knows how the hashes are made: number and bind all entries afresh, and note the last."""
    found, before = _entries(tx), BEGINNING
    tx.cursor.execute("delete from audit")
    for number, entry in enumerate(found, 1):
        new = entry._replace(id=number)
        new = new._replace(hash=audit.linked(before, new) if number >= since else entry.hash)
        tx.run(audit._add, **new._asdict())
        before = new.hash
    if head:
        tx.cursor.execute(f"update audit_head set entry = {len(found)}, hash = '{before}'")


async def _log(database: Database, entries: int) -> Verdict:
    for number in range(1, entries + 1):
        await database.transact(lambda tx, n=number: _add(tx, n))  # type: ignore[misc]
    return await database.read(audit.verify)


async def test_an_empty_log_is_whole(database: Database) -> None:
    assert await database.read(audit.verify) == (0, BEGINNING, None, None)
    assert (await database.read(lambda tx: audit.verify(tx, expect=BEGINNING))).known == 0


async def test_each_entry_is_bound_to_the_one_before(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "PAGE", 2)
    verdict = await _log(database, 5)
    found = await database.read(_entries)
    assert verdict == (5, found[-1].hash, None, None)
    assert [e.id for e in found] == [1, 2, 3, 4, 5]
    assert found[0][:6] == (1, 1_001, "person:1", "role.begin", "person:1", '{"role": "manager"}')
    assert found[0].hash == "6b58fb24854ea21ce3b02de7992e0f9715ddb28cec7e01753f933d77113d50a4"
    assert found[1].hash == audit.linked(found[0].hash, found[1])
    assert await database.read(_head) == [(5, found[-1].hash)]
    assert [(await database.read(lambda tx, e=e: audit.verify(tx, expect=e.hash))).known for e in found] == [  # type: ignore[misc]
        1,
        2,
        3,
        4,
        5,
    ]


async def test_many_who_write_at_once_make_one_chain_and_what_fails_leaves_no_hole(database: Database) -> None:
    """Two replicas; every third work adds two entries and then fails."""
    other = open_database(database.url)

    def work(tx: Tx, number: int) -> None:
        _add(tx, number)
        if number % 3 == 0:
            _add(tx, number)
            raise RuntimeError("undone")

    outcomes = await asyncio.gather(
        *((database, other)[n % 2].transact(lambda tx, n=n: work(tx, n)) for n in range(90)),  # type: ignore[misc]
        return_exceptions=True,
    )
    other.close()
    assert [n for n, outcome in enumerate(outcomes) if outcome is not None] == list(range(0, 90, 3))
    found = await database.read(_entries)
    assert sorted(e.actor for e in found) == sorted(f"person:{n}" for n in range(90) if n % 3)
    assert (await database.read(audit.verify)) == (60, found[-1].hash, None, None)


async def test_an_entry_and_what_it_is_about_are_kept_or_undone_together(database: Database) -> None:
    await _log(database, 1)
    before = await database.read(_head)

    def work(tx: Tx) -> None:
        _add(tx, 2)
        tx.cursor.execute("select * from nowhere")

    with pytest.raises(Exception, match="nowhere"):
        await database.transact(work)
    assert await database.read(_head) == before
    assert (await _log(database, 1)).entries == 2


LIKE_THE_NEWEST = "select id, at, actor, action, subject, detail, hash from audit where id = 3"
REFUSED = {
    "change": "update audit set actor = 'person:9' where id = 2",
    "change all": "update audit set at = 0",
    "delete": "delete from audit where id = 3",
    "delete all": "delete from audit",
    "insert before": f"insert into audit {ENTRY} values (0, 1, 'a', 'b', '', '{{}}', 'c')",
    "insert far": f"insert into audit {ENTRY} values (9, 1, 'a', 'b', '', '{{}}', 'c')",
    "insert twice": f"insert into audit {ENTRY} {LIKE_THE_NEWEST}",
    "upsert": f"insert into audit {ENTRY} {LIKE_THE_NEWEST} and true on conflict (id) do update set actor = 'x'",
    "head back": "update audit_head set entry = 2, hash = (select hash from audit where id = 2)",
    "head on": "update audit_head set entry = 4",
    "head hash": f"update audit_head set hash = '{BEGINNING}'",
    "head moved": "update audit_head set id = 2",
    "second head": "insert into audit_head (id, entry, hash) values (2, 0, '')",
    "no head": "delete from audit_head",
}
SQLITE = {
    "replace": f"insert or replace into audit {ENTRY} values (2, 1, 'a', 'b', '', '{{}}', 'c')",
    "replace by another name": f"replace into audit {ENTRY} values (3, 1, 'a', 'b', '', '{{}}', 'c')",
    "replace by row number": f"insert or replace into audit (rowid, {ENTRY[1:]} values (2, 4, 1, '', '', '', '', '')",
    "update or replace": "update or replace audit set id = 1 where id = 2",
    "update or ignore": "update or ignore audit set actor = 'x' where id = 2",
    "insert or ignore": f"insert or ignore into audit {ENTRY} values (9, 1, 'a', 'b', '', '{{}}', 'c')",
    "replace head": "replace into audit_head (id, entry, hash) values (1, 0, '')",
    "text for a number": f"insert into audit {ENTRY} values ('x', 1, 'a', 'b', '', '{{}}', 'c')",
}
POSTGRES = {
    "truncate": "truncate audit",
    "truncate head": "truncate audit_head",
    "truncate both": "truncate audit, audit_head cascade",
    "copy": f"with gone as (delete from audit returning *) insert into audit {ENTRY} select * from gone",
    "merge": "merge into audit using audit_head on audit_head.entry = audit.id when matched then delete",
}


@pytest.mark.parametrize("how", [*REFUSED, *SQLITE, *POSTGRES])
async def test_the_database_refuses_to_change_or_delete(database: Database, how: str) -> None:
    sqlite = database.url.startswith("sqlite")
    if how in (POSTGRES if sqlite else SQLITE):
        return  # not a statement of this database
    await _log(database, 3)
    before = await database.read(lambda tx: (_entries(tx), _head(tx)))
    refusal = "no column named rowid" if how == "replace by row number" else "append-only"
    with pytest.raises(Exception, match=refusal):
        await database.transact(_says((REFUSED | SQLITE | POSTGRES)[how]))
    assert await database.read(lambda tx: (_entries(tx), _head(tx))) == before
    assert (await _log(database, 1)).broken is None


def _taken_out(number: int) -> Callable[[Tx], None]:
    return _says(f"delete from audit where id = {number}")


def _closed_up(tx: Tx) -> None:
    """The third entry deleted and the later ones numbered anew, with the hashes they had."""
    _taken_out(3)(tx)
    _written_anew(tx, since=9)


def _bound_over_a_gap(tx: Tx) -> None:
    """The third entry deleted, and the later ones bound anew under the numbers they had."""
    _taken_out(3)(tx)
    found, before = _entries(tx), BEGINNING
    for entry in found:
        before = audit.linked(before, entry)
        tx.cursor.execute(f"update audit set hash = '{before}' where id = {entry.id}")
    tx.cursor.execute(f"update audit_head set hash = '{before}'")


def _swapped(tx: Tx) -> None:
    for sql in ("99 where id = 2", "2 where id = 3", "3 where id = 99"):
        tx.cursor.execute(f"update audit set id = {sql}")


def _put_in(tx: Tx) -> None:
    """A made-up entry after the second, the later ones moved on, its hash made as it should be."""
    for number in (5, 4, 3):
        tx.cursor.execute(f"update audit set id = {number + 1} where id = {number}")
    second = _entries(tx)[1]
    made_up = Entry(3, 1_002, "person:7", "role.end", "person:8", "{}", "")
    tx.run(audit._add, **made_up._replace(hash=audit.linked(second.hash, made_up))._asdict())


def _rehashed(tx: Tx) -> None:
    """The third entry changed, and its own hash made to fit: the fourth does not fit any more."""
    first = _entries(tx)
    changed = first[2]._replace(actor="person:9")
    tx.cursor.execute(
        f"update audit set actor = 'person:9', hash = '{audit.linked(first[1].hash, changed)}' where id = 3"
    )


def _appended(tx: Tx) -> None:
    """One more, properly bound, by somebody who forgot that the newest is noted."""
    last = _entries(tx)[-1]
    more = Entry(6, 1, "person:1", "role.begin", "person:1", "{}", "")
    tx.run(audit._add, **more._replace(hash=audit.linked(last.hash, more))._asdict())


def _last_rehashed(tx: Tx) -> None:
    """The newest entry changed and its hash made to fit, but not the note of it."""
    tx.cursor.execute("update audit set actor = 'person:9' where id = 5")
    _written_anew(tx, since=5, head=False)


TAMPERED: dict[str, tuple[int, Callable[[Tx], None]]] = {
    "at": (2, _says("update audit set at = at + 1 where id = 2")),
    "actor": (2, _says("update audit set actor = 'person:9' where id = 2")),
    "action": (3, _says("update audit set action = 'role.end' where id = 3")),
    "subject": (1, _says("update audit set subject = '' where id = 1")),
    "detail": (5, _says("update audit set detail = '{}' where id = 5")),
    "a space in the detail": (4, _says("update audit set detail = detail || ' ' where id = 4")),
    "fields moved into each other": (
        4,
        _says("update audit set actor = 'person:', action = '4' || action where id = 4"),
    ),
    "hash": (4, _says(f"update audit set hash = '{'f' * 64}' where id = 4")),
    "first deleted": (1, _taken_out(1)),
    "middle deleted": (3, _taken_out(3)),
    "last deleted": (5, _taken_out(5)),
    "all deleted": (1, _says("delete from audit")),
    "numbered anew after a deletion": (3, _closed_up),
    "bound anew over a gap": (3, _bound_over_a_gap),
    "order": (2, _swapped),
    "put in": (4, _put_in),
    "put in before the first": (1, _says(f"insert into audit {ENTRY} values (-7, 1, 'a', 'b', '', '{{}}', 'c')")),
    "put in as lowest": (1, _says(f"insert into audit {ENTRY} values ({audit.LOWEST}, 1, 'a', 'b', '', '{{}}', 'c')")),
    "appended": (6, _appended),
    "one hash made to fit": (4, _rehashed),
    "last hash made to fit": (5, _last_rehashed),
    "head back": (5, _says("update audit_head set entry = 4, hash = (select hash from audit where id = 4)")),
    "head's hash": (5, _says("update audit_head set hash = 'x'")),
    "head gone": (1, _says("delete from audit_head")),
}


@pytest.mark.parametrize("how", TAMPERED)
async def test_the_first_entry_that_does_not_fit_is_named(database: Database, how: str) -> None:
    await _log(database, 5)
    await database.transact(_unguarded)
    expected, tamper = TAMPERED[how]
    await database.transact(tamper)
    assert (await database.read(audit.verify)).broken == expected


async def test_bytes_instead_of_a_text_are_seen(database: Database) -> None:
    if not database.url.startswith("sqlite"):
        return  # a column of texts holds texts there
    await _log(database, 2)
    await database.transact(_unguarded)
    await database.transact(_says("update audit set detail = cast(detail as blob) where id = 2"))
    assert (await database.read(audit.verify)).broken == 2


async def test_a_head_of_an_empty_log_that_says_more(database: Database) -> None:
    await database.transact(_unguarded)
    await database.transact(_says("update audit_head set hash = 'x'"))
    assert (await database.read(audit.verify)).broken == 1


def _all_written_anew(tx: Tx) -> None:
    tx.cursor.execute("update audit set actor = 'person:9' where id = 4")
    _written_anew(tx)


def _cut_off(tx: Tx) -> None:
    tx.cursor.execute("delete from audit where id = 5")
    _written_anew(tx)


@pytest.mark.parametrize("tamper", [_all_written_anew, _cut_off])
async def test_only_a_hash_noted_elsewhere_shows_that_all_was_written_anew(
    database: Database, tamper: Callable[[Tx], None]
) -> None:
    noted = (await _log(database, 5)).head
    old = (await database.read(_entries))[2].hash
    await database.transact(_unguarded)
    await database.transact(tamper)
    found = await database.read(lambda tx: audit.verify(tx, expect=noted))
    assert (found.broken, found.known) == (None, None)
    assert (await database.read(lambda tx: audit.verify(tx, expect=old))).known == 3


async def test_a_hash_noted_earlier_stays_in_a_log_that_grows(database: Database) -> None:
    noted = (await _log(database, 2)).head
    await _log(database, 3)
    assert (await database.read(lambda tx: audit.verify(tx, expect=noted)))[2:] == (None, 2)


async def test_entries_are_found_by_action_and_by_person(database: Database) -> None:
    def work(tx: Tx) -> None:
        for number, action in enumerate(("role.begin", "role.end", "rolexend", "Role.end", "export"), 1):
            audit.add(tx, action, actor=f"person:{number}", subject="person:11" if number < 3 else "", at=number)

    await database.transact(work)
    of = await database.read(lambda tx: [e.id for e in audit.newest(tx, limit=2)])
    assert of == [5, 4]
    assert await database.read(lambda tx: [e.id for e in audit.newest(tx, limit=9, action="role.")]) == [2, 1]
    assert await database.read(lambda tx: [e.id for e in audit.newest(tx, limit=9, action="role_")]) == []
    assert await database.read(lambda tx: [e.id for e in audit.about(tx, "person:11")]) == [1, 2]
    assert await database.read(lambda tx: [e.id for e in audit.about(tx, "person:1")]) == [1]
    assert await database.read(lambda tx: audit.latest(tx, "role")) is None
    latest = await database.read(lambda tx: audit.latest(tx, "role.end"))
    assert latest is not None
    assert latest.id == 2
