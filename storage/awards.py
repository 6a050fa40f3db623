"""Awards as they are chosen: one round per period and unit, an award per principle, its winners and their citation."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import String, UniqueConstraint, bindparam, delete, func, select, update
from sqlmodel import Field, SQLModel

from storage.columns import adding, bigint, columns, key, ref
from storage.database import Tx
from storage.outbox import Body
from storage.people import Person
from storage.statements import Statement
from storage.units import Unit


class AwardRound(SQLModel, table=True):
    """The awards of a period and a unit, or of everybody. `scope` says both in one text.

    `state` is announced as soon as it once was; what is public of it is kept by itself (`storage.given`).
    """

    __tablename__ = "award_round"

    id: int | None = key()
    scope: str = Field(unique=True)
    first_on: str
    end_on: str
    unit_id: int | None = ref("unit.id", null=True)
    state: str = "draft"
    announced_at: int | None = bigint(null=True)


class Award(SQLModel, table=True):
    """The award for one principle, as it is numbered in an edition of the pack, and why it is given."""

    __tablename__ = "award"
    __table_args__ = (UniqueConstraint("round_id", "number"),)

    id: int | None = key()
    round_id: int = ref("award_round.id")
    number: int
    edition: str
    citation: str


class AwardWinner(SQLModel, table=True):
    """Somebody who has an award, in the unit they were in."""

    __tablename__ = "award_winner"
    __table_args__ = {"sqlite_with_rowid": False}

    award_id: int = ref("award.id", primary=True)
    person_id: int = ref("person.id", primary=True, index=True)
    unit_id: int | None = ref("unit.id", null=True)


class RoundRow(NamedTuple):
    """A round as features see it."""

    id: int
    scope: str
    first_on: str
    end_on: str
    unit_id: int | None
    state: str
    announced_at: int | None


class AwardRow(NamedTuple):
    """An award as features see it."""

    id: int
    round_id: int
    number: int
    edition: str
    citation: str


class WinnerRow(NamedTuple):
    """A winner with the names that stand on cards and certificates; `since` when, where it is public."""

    award_id: int
    person_id: int
    unit_id: int | None
    name_ja: str
    name_en: str
    unit_ja: str | None
    unit_en: str | None
    since: int | None = None

    def name(self, lang: str) -> str:
        """Their name in a language."""
        return self.name_en if lang == "en" and self.name_en else self.name_ja

    def unit(self, lang: str) -> str:
        """The unit they were in; empty where they were in none."""
        return (self.unit_en if lang == "en" else self.unit_ja) or ""


class Honour(NamedTuple):
    """An award and everybody who has it."""

    award: AwardRow
    winners: tuple[WinnerRow, ...]

    @property
    def number(self) -> int:
        """The principle it is for, as its edition numbers it."""
        return self.award.number


_round, _award, _winner = map(columns, (AwardRound, Award, AwardWinner))
_person, _unit, _body = columns(Person), columns(Unit), columns(Body)

_rounds = select(*(_round[name] for name in RoundRow._fields))
_add_round = Statement(
    adding(AwardRound, "scope", "first_on", "end_on", "unit_id").values(state="draft").on_conflict_do_nothing()
)
_of_scope = Statement(_rounds.where(_round.scope == bindparam("of")), RoundRow)
_get_round = Statement(_rounds.where(_round.id == bindparam("round")), RoundRow)
_hold = Statement(select(_round.id).where(_round.id == bindparam("round")).with_for_update())
_announce = Statement(
    update(AwardRound).where(_round.id == bindparam("round")).values(state="announced", announced_at=bindparam("now"))
)
_awards = select(*(_award[name] for name in AwardRow._fields))
_of_round = Statement(_awards.where(_award.round_id == bindparam("round")).order_by(_award.number), AwardRow)
_new = adding(Award, "round_id", "number", "edition", "citation")
_save = Statement(
    _new.on_conflict_do_update(
        index_elements=["round_id", "number"],
        set_={"edition": _new.excluded.edition, "citation": _new.excluded.citation},
    ).returning(_award.id)
)
_clear = Statement(delete(AwardWinner).where(_winner.award_id == bindparam("award")))
_drop = Statement(delete(Award).where(_award.id == bindparam("award")))
_add_winner = Statement(adding(AwardWinner, "award_id", "person_id", "unit_id"))
_winners = Statement(
    select(
        _winner.award_id,
        _winner.person_id,
        _winner.unit_id,
        _person.name_ja,
        _person.name_en,
        _unit.name_ja,
        _unit.name_en,
    )
    .join(Award, _award.id == _winner.award_id)
    .join(Person, _person.id == _winner.person_id)
    .outerjoin(Unit, _unit.id == _winner.unit_id)
    .where(_award.round_id == bindparam("round"))
    .order_by(_winner.award_id, _winner.person_id),
    WinnerRow,
)
_of_person = Statement(
    select(_award.round_id, _winner.award_id)
    .join(Award, _award.id == _winner.award_id)
    .where(_winner.person_id == bindparam("person"))
    .order_by(_winner.award_id)
)
_drop_winner = Statement(
    delete(AwardWinner).where(_winner.award_id == bindparam("award"), _winner.person_id == bindparam("person"))
)
_bodies = Statement(select(_body.id).where(_body.key.like(bindparam("pattern", type_=String))))
_left = Statement(select(func.count()).where(_winner.award_id == bindparam("award")))


def open_round(tx: Tx, scope: str, *, first_on: str, end_on: str, unit_id: int | None) -> RoundRow:
    """The round of a period and a unit; begun where there is none."""
    tx.run(_add_round, scope=scope, first_on=first_on, end_on=end_on, unit_id=unit_id)
    found = of_scope(tx, scope)
    assert found is not None  # noqa: S101 - it was just added
    return found


def of_scope(tx: Tx, scope: str) -> RoundRow | None:
    """The round of a scope, if one was begun."""
    return tx.one(_of_scope, of=scope)


def get_round(tx: Tx, round_id: int) -> RoundRow | None:
    """A round by its key."""
    return tx.one(_get_round, round=round_id)


def hold(tx: Tx, round_id: int) -> None:
    """Have whoever else changes this round wait until this transaction ends."""
    tx.value(_hold, round=round_id)


def announce(tx: Tx, round_id: int, *, at: int) -> None:
    """A round was announced at this moment."""
    tx.run(_announce, round=round_id, now=at)


def chosen(tx: Tx, round_id: int) -> list[Honour]:
    """What was chosen for a round, by principle."""
    return honours(tx.all(_of_round, round=round_id), tx.all(_winners, round=round_id))


def honours(found: Iterable[AwardRow], winners: Iterable[WinnerRow]) -> list[Honour]:
    """Awards with those who have them."""
    of: dict[int, list[WinnerRow]] = {}
    for winner in winners:
        of.setdefault(winner.award_id, []).append(winner)
    return [Honour(award, tuple(of[award.id])) for award in found if award.id in of]


def save(
    tx: Tx, round_id: int, number: int, *, edition: str, citation: str, winners: Iterable[tuple[int, int | None]]
) -> int:
    """Give an award to these (person, unit), whoever had it before; returns its key."""
    award_id = int(tx.value(_save, round_id=round_id, number=number, edition=edition, citation=citation))
    tx.run(_clear, award=award_id)
    tx.many(_add_winner, [{"award_id": award_id, "person_id": p, "unit_id": u} for p, u in winners])
    return award_id


def drop(tx: Tx, award_id: int) -> None:
    """Give an award to nobody."""
    tx.run(_clear, award=award_id)
    tx.run(_drop, award=award_id)


def of_person(tx: Tx, person_id: int) -> list[tuple[int, int]]:
    """(round, award) of everything somebody was chosen for."""
    return tx.all(_of_person, person=person_id)


def take_from(tx: Tx, award_id: int, person_id: int) -> None:
    """Have somebody be chosen for an award no more; one that nobody has is gone, with the words about its winners."""
    tx.run(_drop_winner, award=award_id, person=person_id)
    if not tx.value(_left, award=award_id):
        tx.run(_drop, award=award_id)


def bodies(tx: Tx, round_id: int) -> list[int]:
    """Every card ever made of a round for channels."""
    return [row[0] for row in tx.all(_bodies, pattern=f"award:{round_id}:%")]
