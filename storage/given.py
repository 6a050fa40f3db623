"""Awards as they were announced: what everybody sees, whatever was chosen afterwards."""

from collections.abc import Iterable

from sqlalchemy import UniqueConstraint, bindparam, delete, func, select
from sqlmodel import SQLModel

from storage.awards import AwardRound, AwardRow, Honour, RoundRow, WinnerRow, honours
from storage.columns import adding, bigint, columns, key, ref
from storage.database import Tx
from storage.people import Person
from storage.statements import Statement
from storage.units import Unit


class AwardGiven(SQLModel, table=True):
    """An announced award for one principle, as it is numbered in an edition of the pack, and why it is given."""

    __tablename__ = "award_given"
    __table_args__ = (UniqueConstraint("round_id", "number"),)

    id: int | None = key()
    round_id: int = ref("award_round.id")
    number: int
    edition: str
    citation: str


class AwardGivenTo(SQLModel, table=True):
    """Somebody who has an announced award, since when, in the unit they were in."""

    __tablename__ = "award_given_to"
    __table_args__ = {"sqlite_with_rowid": False}

    award_id: int = ref("award_given.id", primary=True)
    person_id: int = ref("person.id", primary=True, index=True)
    unit_id: int | None = ref("unit.id", null=True)
    at: int = bigint()


_given, _to, _round, _person, _unit = map(columns, (AwardGiven, AwardGivenTo, AwardRound, Person, Unit))

_newest = Statement(
    select(*(_round[name] for name in RoundRow._fields))
    .where(select(_given.id).where(_given.round_id == _round.id).correlate(AwardRound).exists())
    .order_by(_round.end_on.desc(), _round.id.desc())
    .limit(bindparam("limit")),
    RoundRow,
)
_of_round = Statement(
    select(*(_given[name] for name in AwardRow._fields))
    .where(_given.round_id == bindparam("round"))
    .order_by(_given.number),
    AwardRow,
)
_holders = Statement(
    select(
        _to.award_id,
        _to.person_id,
        _to.unit_id,
        _person.name_ja,
        _person.name_en,
        _unit.name_ja,
        _unit.name_en,
        _to.at,
    )
    .join(AwardGiven, _given.id == _to.award_id)
    .join(Person, _person.id == _to.person_id)
    .outerjoin(Unit, _unit.id == _to.unit_id)
    .where(_given.round_id == bindparam("round"))
    .order_by(_to.award_id, _to.person_id),
    WinnerRow,
)
_of_person = Statement(
    select(_given.round_id, _to.award_id)
    .join(AwardGiven, _given.id == _to.award_id)
    .where(_to.person_id == bindparam("person"))
    .order_by(_to.award_id)
)
_ids = select(_given.id).where(_given.round_id == bindparam("round"))
_clear_to = Statement(delete(AwardGivenTo).where(_to.award_id.in_(_ids)))
_clear = Statement(delete(AwardGiven).where(_given.round_id == bindparam("round")))
_add = Statement(adding(AwardGiven, "round_id", "number", "edition", "citation").returning(_given.id))
_add_to = Statement(adding(AwardGivenTo, "award_id", "person_id", "unit_id", "at"))
_take = Statement(delete(AwardGivenTo).where(_to.award_id == bindparam("award"), _to.person_id == bindparam("person")))
_left = Statement(select(func.count()).where(_to.award_id == bindparam("award")))
_drop = Statement(delete(AwardGiven).where(_given.id == bindparam("award")))


def newest(tx: Tx, *, limit: int) -> list[RoundRow]:
    """The rounds of the latest periods of which an award is public."""
    return tx.all(_newest, limit=limit)


def of_round(tx: Tx, round_id: int) -> list[Honour]:
    """The awards of a round that are public, by their principles."""
    return honours(tx.all(_of_round, round=round_id), tx.all(_holders, round=round_id))


def replace(tx: Tx, round_id: int, chosen: Iterable[Honour], *, at: int) -> None:
    """Have these be the public awards of a round; whoever has one still has it since when they had it."""
    since = {(one.award.number, w.person_id): w.since for one in of_round(tx, round_id) for w in one.winners}
    tx.run(_clear_to, round=round_id)
    tx.run(_clear, round=round_id)
    for award, winners in chosen:
        row = {"number": award.number, "edition": award.edition, "citation": award.citation}
        award_id = int(tx.value(_add, round_id=round_id, **row))
        known = ((w, since.get((award.number, w.person_id))) for w in winners)
        rows = [{"award_id": award_id, "person_id": w.person_id, "unit_id": w.unit_id, "at": s or at} for w, s in known]
        tx.many(_add_to, rows)


def of_person(tx: Tx, person_id: int) -> list[tuple[int, int]]:
    """(round, award) of everything public that somebody has."""
    return tx.all(_of_person, person=person_id)


def take_from(tx: Tx, award_id: int, person_id: int) -> None:
    """Have somebody have an award no more; one that nobody has is gone, with the words about its winners."""
    tx.run(_take, award=award_id, person=person_id)
    if not tx.value(_left, award=award_id):
        tx.run(_drop, award=award_id)
