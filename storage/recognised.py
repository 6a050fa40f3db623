"""What is looked up of a few people and their thanks, to score them, list them and tell their stories."""

import json
from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple

from sqlalchemy import Integer, and_, bindparam, case, exists, func, literal_column, select

from storage.columns import ERASED, columns, numbers
from storage.database import Tx
from storage.kudos import Kudos, KudosClap, KudosTag, KudosTo
from storage.notes import Note
from storage.people import Person, here
from storage.postings import Posting, current
from storage.roles import Role
from storage.statements import Statement
from storage.together import Together, apart
from storage.units import Unit

_tag, _kudos, _to, _clap = map(columns, (KudosTag, Kudos, KudosTo, KudosClap))
_person, _posting, _unit, _role, _note = map(columns, (Person, Posting, Unit, Role, Note))
_since: Any = bindparam("since")
_until: Any = bindparam("until")


class Edge(NamedTuple):
    """Thanks from a giver, in a unit, to a receiver: whether that was the receiver's unit too, and when."""

    giver: int
    unit: int
    own: int
    at: int
    kudos: int


class Spread(NamedTuple):
    """Over how many givers and units somebody's thanks spread: of other units, and of their own."""

    others: int
    other_units: int
    own: int
    own_units: int


class Listed(NamedTuple):
    """Somebody who may be listed: works here, is no bot, and does not mind."""

    person_id: int
    name_ja: str
    name_en: str
    unit_id: int | None
    unit_ja: str | None
    unit_en: str | None

    def name(self, lang: str) -> str:
        """Their name in a language."""
        return self.name_en if lang == "en" and self.name_en else self.name_ja

    def unit(self, lang: str) -> str:
        """The unit they are in today; empty where they are in none."""
        return (self.unit_en if lang == "en" else self.unit_ja) or ""


class Told(NamedTuple):
    """What a giver wrote in a public kudos; the name is empty of somebody who is no longer here."""

    kudos_id: int
    text: str
    giver_ja: str
    giver_en: str
    claps: int
    at: int

    def giver(self, lang: str) -> str:
        """The giver's name in a language."""
        return self.giver_en if lang == "en" and self.giver_en else self.giver_ja


def _during(column: Any) -> Any:
    return and_(column >= _since, column < _until)


def _in(column: Any, name: str) -> dict[bool, Any]:
    """Whether a column is in a list of numbers, on either database."""
    return {sqlite: column.in_(numbers(name, sqlite=sqlite)) for sqlite in (True, False)}


def _both(make: Callable[[bool], Any], row: Any = tuple) -> dict[bool, Statement[Any]]:
    return {sqlite: Statement(make(sqlite), row) for sqlite in (True, False)}


_received = {sqlite: and_(_during(_tag.at), found) for sqlite, found in _in(_tag.receiver_id, "people").items()}
_thanked_by = _both(
    lambda sqlite: select(_tag.receiver_id, Together(_tag.giver_id)).where(_received[sqlite]).group_by(_tag.receiver_id)
)
_gave = _in(_kudos.giver_id, "people")
_thanked = _both(
    lambda sqlite: (
        select(_kudos.giver_id, Together(_to.person_id))
        .join(KudosTo, _to.kudos_id == _kudos.id)
        .where(_gave[sqlite], _during(_kudos.at), _kudos.taken_back_at.is_(None))
        .group_by(_kudos.giver_id)
    )
)
# The first of somebody's thanks are mostly enough to see that they are more.
_first_thanked = (
    select(_to.person_id)
    .join(Kudos, _kudos.id == _to.kudos_id)
    .where(_kudos.giver_id == _person.id, _during(_kudos.at), _kudos.taken_back_at.is_(None))
    .distinct()
    .limit(bindparam("looked_at", type_=Integer))
    .correlate(Person)
    .subquery()
)
_few = _both(
    lambda sqlite: select(_person.id, select(Together(_first_thanked.c.person_id)).scalar_subquery()).where(
        _in(_person.id, "people")[sqlite]
    )
)
_listed = _both(
    lambda sqlite: (
        select(_person.id, _person.name_ja, _person.name_en, _posting.unit_id, _unit.name_ja, _unit.name_en)
        .select_from(Person)
        .outerjoin(Posting, and_(_posting.person_id == _person.id, current(_posting)))
        .outerjoin(Unit, _unit.id == _posting.unit_id)
        .where(_in(_person.id, "people")[sqlite], _person.honour, here)
        .order_by(_person.id)
    ),
    Listed,
)
_named_here = and_(_person.left_on.is_(None) | (_person.left_on > bindparam("today")), _person.name_ja != ERASED)
_refuses = _person.id.table.alias("thanked")
_stories = _both(
    lambda sqlite: (
        select(
            _kudos.id,
            _kudos.text,
            case((_named_here, _person.name_ja), else_=""),
            case((_named_here, _person.name_en), else_=""),
            select(func.count()).where(_clap.kudos_id == _kudos.id).correlate(Kudos).scalar_subquery(),
            _kudos.at,
        )
        .join(Person, _person.id == _kudos.giver_id)
        .where(
            _in(_kudos.id, "kudos")[sqlite],
            _kudos.public,
            _kudos.taken_back_at.is_(None),
            _kudos.text != ERASED,
            _person.honour,
            ~exists()
            .where(_to.kudos_id == _kudos.id, _refuses.c.id == _to.person_id, ~_refuses.c.honour)
            .correlate(Kudos),
        )
    ),
    Told,
)
_roles = Statement(select(_role.person_id, _role.role).where(current(_role)))
_seen_notes = _both(
    lambda sqlite: (
        select(_note.author_id, func.count())
        .where(
            _in(_note.author_id, "people")[sqlite],
            _during(_note.at),
            _note.deleted_at.is_(None),
            _note.audience == literal_column("'unit'"),
        )
        .group_by(_note.author_id)
    )
)
_seen_kudos = _both(
    lambda sqlite: (
        select(_kudos.giver_id, func.count())
        .where(_gave[sqlite], _during(_kudos.at), _kudos.taken_back_at.is_(None), _kudos.public)
        .group_by(_kudos.giver_id)
    )
)


def thanked_by(tx: Tx, people: Collection[int], *, since: int, until: int) -> dict[int, set[int]]:
    """Who thanked some people."""
    rows = tx.all(_thanked_by[tx.sqlite], people=_listing(people), since=since, until=until)
    return {who: set(apart(text)) for who, text in rows}


def thanked_themselves(tx: Tx, people: Collection[int], *, since: int, until: int) -> dict[int, frozenset[int]]:
    """Whom some people thanked."""
    rows = tx.all(_thanked[tx.sqlite], people=_listing(people), since=since, until=until)
    return {who: frozenset(apart(text)) for who, text in rows}


def thanked_few(tx: Tx, people: Collection[int], *, most: int, since: int, until: int) -> dict[int, frozenset[int]]:
    """Those of some people who thanked so many different people at most, and whom."""
    rows = tx.all(_few[tx.sqlite], people=_listing(people), looked_at=most + 1, since=since, until=until)
    return {who: frozenset(apart(text)) for who, text in rows if text and text.count(",") < most}


def listed(tx: Tx, people: Collection[int], *, today: str) -> dict[int, Listed]:
    """Those of some people who may be listed today."""
    found: list[Listed] = tx.all(_listed[tx.sqlite], people=_listing(people), today=today)
    return {one.person_id: one for one in found}


def stories(tx: Tx, kudos: Iterable[int], *, today: str) -> dict[int, Told]:
    """What the givers of some kudos wrote: of public ones, where nobody in it minds being listed."""
    found: list[Told] = tx.all(_stories[tx.sqlite], kudos=_listing(kudos), today=today)
    return {one.kudos_id: one for one in found}


def roles(tx: Tx, *, day: str) -> list[tuple[int, str]]:
    """(person, role) of everything that is held on a day."""
    return tx.all(_roles, today=day)


def seen(tx: Tx, people: Collection[int], *, since: int, until: int) -> dict[int, int]:
    """How many notes under their name and public thanks some people wrote themselves."""
    found: dict[int, int] = {}
    for statement in (_seen_notes, _seen_kudos):
        for who, count in tx.all(statement[tx.sqlite], people=_listing(people), since=since, until=until):
            found[who] = found.get(who, 0) + count
    return found


def _listing(people: Iterable[int]) -> str:
    return json.dumps(list(people))
