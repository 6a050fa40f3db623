"""Which version of the principles the organisation counts by, and since when."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, exists, false, func, or_, select, update
from sqlmodel import SQLModel

from storage.columns import adding, bigint, columns, key
from storage.database import Tx
from storage.kudos import Kudos, KudosTag
from storage.note_tags import NoteTag
from storage.notes import Note
from storage.statements import Statement


class Edition(SQLModel, table=True):
    """A version the organisation moved to; the newest row is the one it counts by.

    Every tag of notes and kudos up to `notes_through` and `kudos_through` counts for a number of this version.
    """

    __tablename__ = "edition"

    id: int | None = key()
    pack: str
    version: str
    at: int = bigint()
    notes_through: int = bigint()
    kudos_through: int = bigint()


class EditionRow(NamedTuple):
    """A version of a pack and the moment from which it holds."""

    id: int
    pack: str
    version: str
    at: int
    notes_through: int
    kudos_through: int

    @property
    def name(self) -> str:
        """tokyo@1.1.0."""
        return f"{self.pack}@{self.version}"


class After(NamedTuple):
    """From where on tags are looked at: the last note and the last kudos before them."""

    notes: int = 0
    kudos: int = 0


# A transaction that began earlier may still bring rows with smaller keys.
LATE = 10_000

_edition = columns(Edition)
_newest = Statement(
    select(*(_edition[name] for name in EditionRow._fields)).order_by(_edition.id.desc()).limit(1), EditionRow
)
_add = Statement(adding(Edition, "pack", "version", "at").values(notes_through=0, kudos_through=0))
_through = Statement(
    update(Edition)
    .where(_edition.id == bindparam("edition"))
    .values(notes_through=bindparam("notes"), kudos_through=bindparam("kudos"))
)
_lock = Statement(select(func.pg_advisory_xact_lock(4712203)))


class _Kind:
    """One table of tags, and what is tagged: which versions occur, and how a number is counted anew."""

    def __init__(self, tag: Any, owner: Any, of: str, *same: str) -> None:
        """`of` names the tag's reference to its owner; `same` what else tells two tags of one owner apart."""
        self._tag, self._of, self._same = tag, of, same
        self._tags, self._owners = columns(tag), columns(owner)
        owners, recent = self._owners, self._owners.id > bindparam("after")
        self.last = Statement(select(func.coalesce(func.max(owners.id), 0)))
        self.used = Statement(
            select(owners.pack, owners.version, func.count()).where(recent).group_by(owners.pack, owners.version)
        )
        self._mine = select(owners.id).where(
            recent, owners.pack == bindparam("of_pack"), owners.version == bindparam("of_version")
        )
        self.counts = Statement(
            select(self._tags.number, func.count(self._tags[of].distinct()))
            .where(self._tags[of].in_(self._mine), self._tags[of] > bindparam("after"))
            .group_by(self._tags.number)
        )

    def recount(self, tx: Tx, number: int, now: int | None, seniors: Sequence[int], **where: Any) -> int:
        """Let a number count for another one, or for none where its owner has a smaller one that counts for the same.

        Only rows that differ are written.
        """
        named = {f"senior{i}": senior for i, senior in enumerate(seniors)}
        moved, merged = self._statements(len(seniors))
        changed = tx.run(moved, as_tagged=number, now=now, **named, **where)
        return changed + (tx.run(merged, as_tagged=number, **named, **where) if seniors else 0)

    @cache  # noqa: B019 - the two kinds live as long as the program
    def _statements(self, seniors: int) -> tuple[Statement[Any], Statement[Any]]:
        tags, other = self._tags, self._tag.__table__.alias("other")
        now: Any = bindparam("now")
        senior = exists().where(
            other.c[self._of] == tags[self._of],
            *(other.c[name] == tags[name] for name in self._same),
            or_(false(), *(other.c.number == bindparam(f"senior{i}") for i in range(seniors))),
        )
        here = and_(
            tags.number == bindparam("as_tagged"), tags[self._of] > bindparam("after"), tags[self._of].in_(self._mine)
        )
        moved = update(self._tag).where(here, tags.counts_as.is_distinct_from(now)).values(counts_as=now)
        merged = update(self._tag).where(here, tags.counts_as.is_not(None), senior).values(counts_as=None)
        return Statement(moved.where(~senior) if seniors else moved), Statement(merged)


_KINDS = (_Kind(NoteTag, Note, "note_id"), _Kind(KudosTag, Kudos, "kudos_id", "receiver_id"))


def hold(tx: Tx) -> None:
    """Have whoever else starts or moves wait until this transaction ends; SQLite has one writer anyway."""
    if not tx.sqlite:
        tx.value(_lock)


def current(tx: Tx) -> EditionRow | None:
    """The version counted by; None in a database that was never started."""
    return tx.one(_newest)


def record(tx: Tx, pack: str, version: str, *, at: int) -> None:
    """Count by a version from now on."""
    tx.run(_add, pack=pack, version=version, at=at)


def settled(tx: Tx, edition: EditionRow) -> None:
    """Write down that all there is counts by this version."""
    notes, kudos = (max(0, int(tx.value(kind.last)) - LATE) for kind in _KINDS)
    tx.run(_through, edition=edition.id, notes=notes, kudos=kudos)


def used(tx: Tx, after: After = After()) -> dict[tuple[str, str], tuple[int, int]]:
    """(notes, kudos) of every (pack, version) that something was tagged with."""
    found: dict[tuple[str, str], list[int]] = {}
    for at, kind in enumerate(_KINDS):
        for pack, version, count in tx.all(kind.used, after=after[at]):
            found.setdefault((pack, version), [0, 0])[at] = count
    return {edition: (notes, kudos) for edition, (notes, kudos) in found.items()}


def counts(tx: Tx, pack: str, version: str, after: After = After()) -> dict[int, tuple[int, int]]:
    """(notes, kudos) of every number as tagged under a version."""
    found: dict[int, list[int]] = {}
    for at, kind in enumerate(_KINDS):
        for number, count in tx.all(kind.counts, of_pack=pack, of_version=version, after=after[at]):
            found.setdefault(number, [0, 0])[at] = count
    return {number: (notes, kudos) for number, (notes, kudos) in sorted(found.items())}


def recount(tx: Tx, pack: str, version: str, numbers: Mapping[int, int | None], after: After = After()) -> int:
    """Count what was tagged under a version by other numbers; returns how many tags count for another one now.

    A tag keeps the number it was given. Where two numbers of a note became one, the note counts once.
    """
    changed = 0
    for at, kind in enumerate(_KINDS):
        where = {"of_pack": pack, "of_version": version, "after": after[at]}
        for number, now in sorted(numbers.items()):
            seniors = [n for n, goes in numbers.items() if n < number and goes == now is not None]
            changed += kind.recount(tx, number, now, seniors, **where)
    return changed
