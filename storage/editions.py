"""Which version of the principles the organisation counts by, and since when."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, exists, func, select, update
from sqlmodel import SQLModel

from storage.columns import adding, bigint, columns, key
from storage.database import Tx
from storage.kudos import Kudos, KudosTag
from storage.note_tags import NoteTag
from storage.notes import Note
from storage.statements import Statement


class Edition(SQLModel, table=True):
    """A version the organisation moved to; the newest row is the one it counts by."""

    __tablename__ = "edition"

    id: int | None = key()
    pack: str
    version: str
    at: int = bigint()


class EditionRow(NamedTuple):
    """A version of a pack and the moment from which it holds."""

    pack: str
    version: str
    at: int

    @property
    def name(self) -> str:
        """tokyo@1.1.0."""
        return f"{self.pack}@{self.version}"


_edition = columns(Edition)
_fields = (_edition.pack, _edition.version, _edition.at)
_newest = Statement(select(*_fields).order_by(_edition.id.desc()).limit(1), EditionRow)
_all = Statement(select(*_fields).order_by(_edition.id), EditionRow)
_add = Statement(adding(Edition, "pack", "version", "at"))


class _Tagged(NamedTuple):
    """A table of tags and what is tagged: which versions occur, how a number is counted anew, and doubles."""

    used: Statement
    counts: Statement
    recount: Statement
    merge: Statement


def _tagged(tag: Any, owner: Any, of: str, *same: str) -> _Tagged:
    """`of` names the tag's reference to its owner; `same` what else tells two tags of one owner apart."""
    tags, owners, other = columns(tag), columns(owner), tag.__table__.alias("other")
    mine = select(owners.id).where(owners.pack == bindparam("of_pack"), owners.version == bindparam("of_version"))
    twin = and_(
        other.c[of] == tags[of],
        other.c.counts_as == tags.counts_as,
        other.c.number < tags.number,
        *(other.c[name] == tags[name] for name in same),
    )
    now: Any = bindparam("now")
    return _Tagged(
        Statement(select(owners.pack, owners.version, func.count()).group_by(owners.pack, owners.version)),
        Statement(
            select(tags.number, func.count(tags[of].distinct()))
            .join(owner, owners.id == tags[of])
            .where(owners.pack == bindparam("of_pack"), owners.version == bindparam("of_version"))
            .group_by(tags.number)
        ),
        Statement(
            update(tag)
            .where(tags.number == bindparam("as_tagged"), tags[of].in_(mine), tags.counts_as.is_distinct_from(now))
            .values(counts_as=now)
        ),
        Statement(update(tag).where(exists().where(twin)).values(counts_as=None)),
    )


_KINDS = (_tagged(NoteTag, Note, "note_id"), _tagged(KudosTag, Kudos, "kudos_id", "receiver_id"))


def current(tx: Tx) -> EditionRow | None:
    """The version counted by; None in a database that was never started."""
    return tx.one(_newest)


def history(tx: Tx) -> list[EditionRow]:
    """Every version, oldest first."""
    return tx.all(_all)


def record(tx: Tx, pack: str, version: str, *, at: int) -> None:
    """Count by a version from now on."""
    tx.run(_add, pack=pack, version=version, at=at)


def used(tx: Tx) -> dict[tuple[str, str], tuple[int, int]]:
    """(notes, kudos) of every (pack, version) that something was tagged with."""
    found: dict[tuple[str, str], list[int]] = {}
    for at, kind in enumerate(_KINDS):
        for pack, version, count in tx.all(kind.used):
            found.setdefault((pack, version), [0, 0])[at] = count
    return {edition: (notes, kudos) for edition, (notes, kudos) in found.items()}


def counts(tx: Tx, pack: str, version: str) -> dict[int, tuple[int, int]]:
    """(notes, kudos) of every number as tagged under a version."""
    found: dict[int, list[int]] = {}
    for at, kind in enumerate(_KINDS):
        for number, count in tx.all(kind.counts, of_pack=pack, of_version=version):
            found.setdefault(number, [0, 0])[at] = count
    return {number: (notes, kudos) for number, (notes, kudos) in sorted(found.items())}


def recount(tx: Tx, pack: str, version: str, numbers: Mapping[int, int | None]) -> int:
    """Count what was tagged under a version by other numbers; returns how many tags count for another one now.

    A tag keeps the number it was given. Where two numbers of a note became one, the note counts once.
    """
    changed = 0
    for kind in _KINDS:
        for tagged, now in numbers.items():
            changed += tx.run(kind.recount, as_tagged=tagged, now=now, of_pack=pack, of_version=version)
        if len(set(numbers.values()) - {None}) < sum(now is not None for now in numbers.values()):
            tx.run(kind.merge)
    return changed
