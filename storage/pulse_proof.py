"""What the database holds about a survey, looked up in the live schema: every table, also those nobody told us of."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import String, TableClause, bindparam, column, func, literal_column, or_, select, table, text
from sqlmodel import SQLModel

from storage.columns import columns
from storage.database import Tx
from storage.outbox import Outbox
from storage.pulse_answers import PulseLine, PulseSpent, PulseTally, PulseTicket
from storage.pulse_said import PulseSaid
from storage.pulses import Pulse, PulseGroup, PulseInvited
from storage.statements import Statement

# Gone when a survey closes; and what stays.
SECRET: tuple[type[SQLModel], ...] = (PulseTicket, PulseTally, PulseSpent, PulseLine)
STAYS: tuple[type[SQLModel], ...] = (Pulse, PulseGroup, PulseInvited, PulseSaid)
TEXTS = ("VARCHAR", "TEXT", "character varying", "text")

_schema = {
    True: Statement(
        text(
            "SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c "
            "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.cid"
        )
    ),
    False: Statement(
        text(
            "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns "
            "WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
        )
    ),
}
_rowids = Statement(text("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE :without"))
_people = Statement(
    text(
        "SELECT p.id, p.number, coalesce(a.platform, ''), coalesce(a.ext_id, '') FROM pulse_invited i "
        "JOIN person p ON p.id = i.person_id LEFT JOIN account a ON a.person_id = p.id WHERE i.pulse_id = :pulse"
    )
)
_audited = Statement(
    text("SELECT action, count(*) FROM audit WHERE subject = :subject OR detail LIKE :code GROUP BY action")
)
_out = columns(Outbox)
_owed = Statement(select(_out.key, _out.state, _out.person_id).where(_out.key.like(bindparam("code", type_=String))))
_claims = Statement(
    text("SELECT key FROM once WHERE key LIKE :code UNION ALL SELECT scope FROM slot WHERE scope LIKE :code")
)
_dead = Statement(text("SELECT coalesce(sum(n_dead_tup), 0) FROM pg_stat_user_tables WHERE relname = :name"))
_size = Statement(text("SELECT pg_relation_size(to_regclass(:name))"))


class Holding(NamedTuple):
    """A table, its columns, and how many of its rows are about the survey."""

    table: str
    columns: tuple[str, ...]
    rows: int


class Schema(NamedTuple):
    """Every table's columns, and which of them hold text."""

    columns: Mapping[str, tuple[str, ...]]
    texts: Mapping[str, tuple[str, ...]]


class Invited(NamedTuple):
    """Somebody who was asked, and an account of theirs, if they have one."""

    id: int
    number: str
    platform: str
    account: str


def schema(tx: Tx) -> Schema:
    """The tables as they are in the database, whatever the program believes."""
    every: defaultdict[str, list[str]] = defaultdict(list)
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for name, held, kind in tx.all(_schema[tx.sqlite]):
        every[name].append(held)
        if kind in TEXTS:
            texts[name].append(held)
    return Schema({n: tuple(c) for n, c in every.items()}, {n: tuple(c) for n, c in texts.items()})


def holdings(tx: Tx, found: Schema, pulse_id: int, code: str) -> list[Holding]:
    """Every table with rows that belong to a survey or name it, and the survey's own tables also where empty."""
    own = {_name(model) for model in (*STAYS, *SECRET)}
    held = [Holding(name, found.columns[name], _about(tx, found, name, pulse_id, code)) for name in found.columns]
    return [one for one in held if one.rows or one.table in own]


def _about(tx: Tx, found: Schema, name: str, pulse_id: int, code: str) -> int:
    if name == _name(Pulse):
        return _count(tx, name, column("id") == bindparam("pulse"), pulse=pulse_id)
    if "pulse_id" in found.columns[name]:
        return _count(tx, name, column("pulse_id") == bindparam("pulse"), pulse=pulse_id)
    texts = found.texts.get(name, ())
    return _count(tx, name, _mentions(texts), **_forms(code)) if texts else 0


def _mentions(texts: Iterable[str]) -> Any:
    """Where a survey's code begins a text, a part of a key, or a value in JSON."""
    return or_(*(column(held).like(bindparam(form, type_=String)) for held in texts for form in _forms("")))


def _forms(code: str) -> dict[str, str]:
    return {"first": f"{code}%", "part": f"%:{code}%", "value": f'%"{code}%'}


def _count(tx: Tx, name: str, where: Any, **values: object) -> int:
    return int(tx.value(Statement(select(func.count()).select_from(_table(name)).where(where)), **values))


def carried(tx: Tx, found: Schema, start: str) -> dict[str, list[str]]:
    """By table, the texts that have a value in JSON beginning with `start`: buttons of a survey's cards."""
    hits: dict[str, list[str]] = {}
    for name, texts in found.texts.items():
        for held in texts:
            query: Any = select(column(held)).select_from(_table(name)).where(column(held).like(bindparam("start")))
            hits.setdefault(name, []).extend(row[0] for row in tx.all(Statement(query), start=f'%"{start}%'))
    return hits


def elsewhere(tx: Tx, found: Schema, pulse_id: int) -> dict[str, int]:
    """By table, how often a mark of who answered stands where none belongs."""
    marks = select(columns(PulseTicket).mark).where(columns(PulseTicket).pulse_id == bindparam("pulse"))
    hits: dict[str, int] = {}
    for name, texts in found.texts.items():
        if name not in (_name(PulseTicket), _name(PulseSpent)) and texts:
            where = or_(*(column(held).in_(marks) for held in texts))
            hits[name] = _count(tx, name, where, pulse=pulse_id)
    return {name: many for name, many in hits.items() if many}


def together(tx: Tx, found: Schema, pulse_id: int) -> dict[str, int]:
    """By table, how many rows were written in one transaction with an answer, which PostgreSQL notes with every row."""
    if tx.sqlite:
        return {}
    xmin: Any = literal_column("xmin::text")
    hits: dict[str, int] = {}
    own = {"once", _name(Pulse), *map(_name, SECRET)}
    for name in sorted(set(found.columns) - own):
        for secret in map(_name, SECRET):
            written = select(xmin).select_from(_table(secret)).where(column("pulse_id") == bindparam("pulse"))
            hits[name] = hits.get(name, 0) + _count(tx, name, xmin.in_(written), pulse=pulse_id)
    return {name: many for name, many in hits.items() if many}


def invited(tx: Tx, pulse_id: int) -> list[Invited]:
    """Everybody who was asked, once for each account."""
    return [Invited(*row) for row in tx.all(_people, pulse=pulse_id)]


def marks(tx: Tx, model: type[SQLModel], pulse_id: int) -> list[str]:
    """The marks in a table of them, or the keys of free lines."""
    held = columns(model).mark if "mark" in columns(model) else columns(model).id
    return [row[0] for row in tx.all(Statement(select(held).where(columns(model).pulse_id == pulse_id)))]


def audited(tx: Tx, code: str) -> dict[str, int]:
    """How often each kind of action on a survey was written down."""
    return dict(tx.all(_audited, subject=f"pulse:{code}", code=f'%"pulse:{code}"%'))


def owed(tx: Tx, code: str) -> list[tuple[str, str, int | None]]:
    """(key, state, person) of the messages about a survey."""
    return [(key, state, person) for key, state, person in tx.all(_owed, code=f"%:{code}%")]


def claims(tx: Tx, code: str) -> list[str]:
    """Keys of what was done once, and of scheduled runs, that name a survey."""
    return [row[0] for row in tx.all(_claims, code=f"%{code}%")]


def numbered(tx: Tx) -> list[str]:
    """The secret tables whose rows SQLite numbers in the order in which they came."""
    if not tx.sqlite:
        return []
    found = {row[0] for row in tx.all(_rowids, without="%WITHOUT ROWID%")}
    return sorted(found & {_name(model) for model in SECRET})


def shape(found: Schema) -> dict[str, tuple[str, ...]]:
    """By secret table, the columns it should not have; and tables of surveys that should not be there."""
    odd = {_name(model): _more(found, model) for model in SECRET}
    known = {_name(model) for model in (*STAYS, *SECRET)}
    strange = {name: held for name, held in found.columns.items() if "pulse_id" in held and name not in known}
    return {name: held for name, held in {**odd, **strange}.items() if held}


def _more(found: Schema, model: type[SQLModel]) -> tuple[str, ...]:
    return tuple(held for held in found.columns.get(_name(model), ()) if held not in columns(model))


def dead(tx: Tx) -> dict[str, tuple[int, int]]:
    """On PostgreSQL, by secret table, the deleted rows that are still in its file as far as known, and its size."""
    if tx.sqlite:
        return {}
    names = [_name(model) for model in SECRET]
    return {name: (int(tx.value(_dead, name=name)), int(tx.value(_size, name=name) or 0)) for name in names}


def _table(name: str) -> TableClause:
    return table(name)


def _name(model: type[SQLModel]) -> str:
    return str(model.__tablename__)
