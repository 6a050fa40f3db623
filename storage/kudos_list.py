"""Kudos to read: the public ones, and one's own."""

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, literal, or_, select

from storage.columns import ERASED, columns
from storage.database import Tx
from storage.kudos import Kudos, KudosClap, KudosRow, KudosTag, KudosTo
from storage.people import Person
from storage.statements import Statement


class Whose(NamedTuple):
    """Which kudos: of everybody as far as `me` may see them, or only what `me` gave or received; for one principle."""

    me: int
    which: str = "all"
    number: int | None = None


_kudos, _to, _tag, _clap, _person = map(columns, (Kudos, KudosTo, KudosTag, KudosClap, Person))
_me: Any = bindparam("me")
_mine = select(_to.kudos_id).where(_to.kudos_id == _kudos.id, _to.person_id == _me).correlate(Kudos).exists()
# Not plainly `counts_as`: SQLite would walk all kudos of the principle for each one that it looks at.
_of_number = (
    select(_tag.kudos_id)
    .where(_tag.kudos_id == _kudos.id, _tag.counts_as + 0 == bindparam("number"))
    .correlate(Kudos)
    .exists()
)
_standing = and_(_kudos.taken_back_at.is_(None), _kudos.text != literal(ERASED))
_seen = {
    "all": or_(_kudos.public, _kudos.giver_id == _me, _mine),
    "given": _kudos.giver_id == _me,
    "received": _kudos.id.in_(select(_to.kudos_id).where(_to.person_id == _me)),
}
_fields = (
    _kudos.id,
    _kudos.giver_id,
    _person.name_ja,
    _person.name_en,
    *(_kudos[name] for name in KudosRow._fields[4:]),
)


def _rows(which: str, *, numbered: bool) -> Any:
    where = (_standing, _seen[which], *((_of_number,) if numbered else ()))
    return select(*_fields).join(Person, _person.id == _kudos.giver_id).where(*where)


def _page(which: str, *, numbered: bool) -> Statement[KudosRow]:
    query = _rows(which, numbered=numbered).order_by(_kudos.at.desc(), _kudos.id.desc())
    return Statement(query.limit(bindparam("limit")).offset(bindparam("offset")), KudosRow)


def _count(which: str, *, numbered: bool) -> Statement[Any]:
    inner = _rows(which, numbered=numbered).with_only_columns(_kudos.id).limit(bindparam("limit")).subquery()
    return Statement(select(func.count()).select_from(inner))


_KINDS = [(which, numbered) for which in _seen for numbered in (False, True)]
_pages = {kind: _page(kind[0], numbered=kind[1]) for kind in _KINDS}
_counts = {kind: _count(kind[0], numbered=kind[1]) for kind in _KINDS}


def page(tx: Tx, of: Whose, *, limit: int, offset: int) -> list[KudosRow]:
    """Kudos, newest first."""
    return tx.all(_pages[of.which, of.number is not None], **_bound(of), limit=limit, offset=offset)


def count(tx: Tx, of: Whose, *, limit: int) -> int:
    """How many there are, counted no further than `limit`."""
    return int(tx.value(_counts[of.which, of.number is not None], **_bound(of), limit=limit))


def _bound(of: Whose) -> dict[str, int]:
    return {"me": of.me} if of.number is None else {"me": of.me, "number": of.number}
