"""Kudos: who thanked whom for which principle, applause, taking back, and the daily cap."""

from typing import NamedTuple

from sqlalchemy import Index, bindparam, delete, func, select, update
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from storage import quota
from storage.columns import ERASED, adding, bigint, columns, key, ref
from storage.database import Tx
from storage.note_tags import rank_in
from storage.people import Person
from storage.statements import Statement


class Kudos(SQLModel, table=True):
    """One giving of thanks, to one or more colleagues."""

    __tablename__ = "kudos"
    __table_args__ = (
        Index("ix_kudos_giver_at", "giver_id", "at", "taken_back_at"),
        Index(
            "ix_kudos_standing",
            "unit_id",
            "at",
            sqlite_where=sql("taken_back_at IS NULL"),
            postgresql_where=sql("taken_back_at IS NULL"),
        ),
        Index(
            "ix_kudos_at",
            "at",
            sqlite_where=sql("taken_back_at IS NULL"),
            postgresql_where=sql("taken_back_at IS NULL"),
        ),
        Index(
            "ix_kudos_taken_back",
            "taken_back_at",
            sqlite_where=sql("taken_back_at IS NOT NULL"),
            postgresql_where=sql("taken_back_at IS NOT NULL"),
        ),
    )

    id: int | None = key()
    giver_id: int = ref("person.id")
    unit_id: int | None = ref("unit.id", null=True)
    text: str
    public: bool
    pack: str
    version: str
    day: str
    at: int = bigint()
    taken_back_at: int | None = bigint(null=True)


class KudosTo(SQLModel, table=True):
    """A colleague who was thanked, in the unit they were in."""

    __tablename__ = "kudos_to"
    __table_args__ = (Index("ix_kudos_to_person", "person_id", "kudos_id"), {"sqlite_with_rowid": False})

    kudos_id: int = ref("kudos.id", primary=True)
    person_id: int = ref("person.id", primary=True)
    unit_id: int | None = bigint(null=True)


class KudosTag(SQLModel, table=True):
    """A principle of a kudos, once per colleague thanked, with all that a recognition report reads.

    `lead` marks one of the colleagues, so that kudos can be counted without counting each of them twice. `unit_id` is
    the unit of the colleague, `giver_unit_id` that of the giver, both as they were.
    `number`, `counts_as` and `rank` are as in `NoteTag`.
    """

    __tablename__ = "kudos_tag"
    __table_args__ = (
        Index("ix_kudos_tag_roll", "counts_as", "receiver_id", "giver_id", "at", "lead"),
        Index("ix_kudos_tag_unit", "unit_id", "at", "counts_as"),
        Index("ix_kudos_tag_at", "at"),
        # All that scoring who is recognised needs, everything of a colleague together.
        Index(
            "ix_kudos_tag_received", "receiver_id", "counts_as", "giver_unit_id", "giver_id", "at", "unit_id", "lead"
        ),
        {"sqlite_with_rowid": False},
    )

    kudos_id: int = ref("kudos.id", primary=True)
    receiver_id: int = bigint(primary=True)
    number: int = Field(primary_key=True)
    giver_id: int = bigint()
    unit_id: int | None = bigint(null=True)
    giver_unit_id: int | None = bigint(null=True)
    at: int = bigint()
    lead: bool = False
    counts_as: int | None = None
    rank: int | None = None


class KudosClap(SQLModel, table=True):
    """One person's applause, once."""

    __tablename__ = "kudos_clap"
    __table_args__ = {"sqlite_with_rowid": False}

    kudos_id: int = ref("kudos.id", primary=True)
    person_id: int = ref("person.id", primary=True)
    at: int = bigint()


class KudosRow(NamedTuple):
    """A kudos as features see it."""

    id: int
    giver_id: int
    giver_ja: str
    giver_en: str
    unit_id: int | None
    text: str
    public: bool
    day: str
    at: int
    taken_back_at: int | None

    def giver(self, lang: str) -> str:
        """The giver's name in a language."""
        return self.giver_en if lang == "en" and self.giver_en else self.giver_ja


_kudos, _to, _tag, _clap = map(columns, (Kudos, KudosTo, KudosTag, KudosClap))
_person = columns(Person)

_add = Statement(
    adding(Kudos, "giver_id", "unit_id", "text", "public", "pack", "version", "day", "at").returning(_kudos.id)
)
_add_to = Statement(adding(KudosTo, "kudos_id", "person_id", "unit_id"))
_add_tag = Statement(
    adding(
        KudosTag,
        "kudos_id",
        "receiver_id",
        "number",
        "giver_id",
        "unit_id",
        "giver_unit_id",
        "at",
        "lead",
        "counts_as",
        "rank",
    )
)
_drop_tags = Statement(delete(KudosTag).where(_tag.kudos_id == bindparam("kudos")))
_twin = Statement(
    select(_kudos.id)
    .join(KudosTo, _to.kudos_id == _kudos.id)
    .where(
        _kudos.giver_id == bindparam("giver"),
        _to.person_id == bindparam("receiver"),
        _kudos.text == bindparam("words"),
        _kudos.at > bindparam("since"),
        _kudos.taken_back_at.is_(None),
    )
    .limit(1)
)
_rows = select(
    _kudos.id,
    _kudos.giver_id,
    _person.name_ja,
    _person.name_en,
    _kudos.unit_id,
    _kudos.text,
    _kudos.public,
    _kudos.day,
    _kudos.at,
    _kudos.taken_back_at,
).join(Person, _person.id == _kudos.giver_id)
_get = Statement(_rows.where(_kudos.id == bindparam("id")), KudosRow)
_hold = Statement(select(_kudos.id).where(_kudos.id == bindparam("id")).with_for_update())
_receivers = Statement(
    select(_to.person_id, _person.name_ja, _person.name_en)
    .join(Person, _person.id == _to.person_id)
    .where(_to.kudos_id == bindparam("kudos"))
    .order_by(_to.person_id)
)
_numbers = Statement(
    select(_tag.counts_as)
    .where(_tag.kudos_id == bindparam("kudos"), _tag.counts_as.is_not(None))
    .distinct()
    .order_by(_tag.counts_as)
)
_take_back = Statement(
    update(Kudos)
    .where(_kudos.id == bindparam("kudos"), _kudos.taken_back_at.is_(None))
    .values(taken_back_at=bindparam("now"))
)
_add_clap = Statement(
    adding(KudosClap, "kudos_id", "person_id", "at").on_conflict_do_nothing().returning(_clap.kudos_id)
)
_claps = Statement(select(func.count()).where(_clap.kudos_id == bindparam("kudos")))
_given = Statement(
    _rows.where(_kudos.giver_id == bindparam("person"), _kudos.taken_back_at.is_(None))
    .order_by(_kudos.at.desc(), _kudos.id.desc())
    .limit(bindparam("limit")),
    KudosRow,
)
_received = Statement(
    _rows.join(KudosTo, _to.kudos_id == _kudos.id)
    .where(_to.person_id == bindparam("person"), _kudos.taken_back_at.is_(None))
    .order_by(_kudos.at.desc(), _kudos.id.desc())
    .limit(bindparam("limit")),
    KudosRow,
)
_count_received = Statement(
    select(func.count())
    .select_from(KudosTo)
    .join(Kudos, _kudos.id == _to.kudos_id)
    .where(
        _to.person_id == bindparam("person"),
        _kudos.at >= bindparam("since"),
        _kudos.at < bindparam("until"),
        _kudos.taken_back_at.is_(None),
    )
)
_latest = Statement(
    _rows.join(KudosTag, _tag.kudos_id == _kudos.id)
    .where(_tag.counts_as == bindparam("number"), _kudos.public, _kudos.text != ERASED, _tag.at >= bindparam("since"))
    .order_by(_tag.at.desc(), _kudos.id.desc())
    .limit(1),
    KudosRow,
)


def twin(tx: Tx, *, giver: int, receiver: int, text: str, since: int) -> bool:
    """Whether the same words went to the same person since a moment."""
    return tx.one(_twin, giver=giver, receiver=receiver, words=text, since=since) is not None


def add(
    tx: Tx,
    *,
    giver_id: int,
    unit_id: int | None,
    receivers: list[tuple[int, int | None]],
    text: str,
    numbers: tuple[int, ...],
    public: bool,
    pack: str,
    version: str,
    day: str,
    at: int,
    ranked: tuple[int, ...] = (),
) -> int:
    """Store a kudos to `receivers` (person, their unit) for its principles; returns its key.

    `ranked` is what was suggested, likeliest first.
    """
    kudos_id = int(
        tx.value(
            _add,
            giver_id=giver_id,
            unit_id=unit_id,
            text=text,
            public=public,
            pack=pack,
            version=version,
            day=day,
            at=at,
        )
    )
    tx.many(_add_to, [{"kudos_id": kudos_id, "person_id": p, "unit_id": u} for p, u in receivers])
    row = {"kudos_id": kudos_id, "giver_id": giver_id, "giver_unit_id": unit_id, "at": at}
    tx.many(
        _add_tag,
        [
            row
            | {"receiver_id": p, "unit_id": u, "lead": p == receivers[0][0]}
            | {"number": n, "counts_as": n, "rank": rank_in(ranked, n)}
            for p, u in receivers
            for n in numbers
        ],
    )
    return kudos_id


def get(tx: Tx, kudos_id: int) -> KudosRow | None:
    """A kudos by key, taken back ones too."""
    return tx.one(_get, id=kudos_id)


def hold(tx: Tx, kudos_id: int) -> None:
    """Have whoever else changes this kudos wait until this transaction ends."""
    tx.value(_hold, id=kudos_id)


def receivers(tx: Tx, kudos_id: int) -> list[tuple[int, str, str]]:
    """(person, Japanese name, English name) of everyone thanked."""
    return tx.all(_receivers, kudos=kudos_id)


def numbers(tx: Tx, kudos_id: int) -> tuple[int, ...]:
    """The principles of a kudos."""
    return tuple(row[0] for row in tx.all(_numbers, kudos=kudos_id))


def take_back(tx: Tx, kudos: KudosRow, *, at: int) -> bool:
    """Undo a kudos in every count and give its quota back; False when that happened before."""
    if not tx.run(_take_back, kudos=kudos.id, now=at):
        return False
    thanked = len(receivers(tx, kudos.id))
    tx.run(_drop_tags, kudos=kudos.id)
    quota.give_back(tx, kudos.giver_id, kudos.day, count=thanked)
    return True


def clap(tx: Tx, kudos_id: int, person_id: int, *, at: int) -> bool:
    """Count a person's applause; False when it was counted before."""
    return tx.value(_add_clap, kudos_id=kudos_id, person_id=person_id, at=at) is not None


def claps(tx: Tx, kudos_id: int) -> int:
    """How many people applauded."""
    return int(tx.value(_claps, kudos=kudos_id))


def given(tx: Tx, person_id: int, *, limit: int) -> list[KudosRow]:
    """What a person gave, newest first."""
    return tx.all(_given, person=person_id, limit=limit)


def received(tx: Tx, person_id: int, *, limit: int) -> list[KudosRow]:
    """What a person received, newest first."""
    return tx.all(_received, person=person_id, limit=limit)


def latest(tx: Tx, number: int, *, since: int) -> KudosRow | None:
    """The newest public kudos of a principle."""
    return tx.one(_latest, number=number, since=since)


def count_received(tx: Tx, person_id: int, *, since: int, until: int) -> int:
    """How many kudos a person received in a time."""
    return int(tx.value(_count_received, person=person_id, since=since, until=until))
