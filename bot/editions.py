"""Moving from one version of the principles to another: what changes, and how what was tagged before counts after."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.packs import FACETS, REFERENCE, Pack, Principle
from storage import editions
from storage.database import Tx


class Unmoved(Exception):
    """The database counts by another version of the principles than app.yaml names."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one principle: its numbers before and after (None: not there), and what is told otherwise.

    `told`: ("+", "-" or "~", name) for every part that is new, gone or rewritten.
    """

    before: int | None
    after: int | None
    title: tuple[str, str]
    told: tuple[tuple[str, str], ...]

    @property
    def plain(self) -> bool:
        """Whether number and contents stay as they are."""
        return self.before == self.after and not self.told


def changes(old: Pack, new: Pack, lang: str) -> list[Change]:
    """Every principle of two versions, in the new order, dropped ones last."""
    found = [
        Change(
            before, number, (_title(old, before, lang), p.title[lang]), tuple(_told(old.by_number.get(before or 0), p))
        )
        for number, p in new.by_number.items()
        for before in _befores(old, new, number)
    ]
    gone = [n for n in old.numbers if new.now(old.edition, n) is None]
    return found + [Change(n, None, (_title(old, n, lang), ""), ()) for n in gone]


def _befores(old: Pack, new: Pack, number: int) -> list[int | None]:
    """The numbers a principle had; several where they became one, None where it is new."""
    found: list[int | None] = [n for n in old.numbers if new.now(old.edition, n) == number]
    return found or [None]


def _title(pack: Pack, number: int | None, lang: str) -> str:
    return pack.by_number[number].title[lang] if number in pack.by_number else ""


def _told(old: Principle | None, new: Principle) -> Iterator[tuple[str, str]]:
    """How the parts of a principle differ."""
    if old is None:
        return
    for name in ("title", "short", "promise", "measures", *FACETS, *REFERENCE):
        before, after = _part(old, name), _part(new, name)
        if before != after:
            yield _mark(before, after), name


def _part(principle: Principle, name: str) -> object:
    return principle.facets.get(name, ()) if name in (*FACETS, *REFERENCE) else getattr(principle, name)


def shelf_changes(old: Pack, new: Pack, lang: str) -> list[tuple[str, str]]:
    """("+", "-" or "~", name) of every shelf that is new, gone or rewritten."""
    names = {key: shelf.name[lang] for pack in (old, new) for key, shelf in pack.shelves.items()}
    return [
        (_mark(b, a), name) for key, name in names.items() if (b := old.shelves.get(key)) != (a := new.shelves.get(key))
    ]


def _mark(before: object, after: object) -> str:
    return "+" if not before else "-" if not after else "~"


def settle(tx: Tx, pack: Pack, *, at: int) -> None:
    """Make sure that the database counts by this pack: remembered at the first start, `Unmoved` where it does not."""
    editions.hold(tx)
    check(tx, pack)
    if editions.current(tx) is None:
        move(tx, pack, at=at)
    keep_up(tx, pack)


def keep_up(tx: Tx, pack: Pack) -> None:
    """Count by this pack what a replica of an earlier version or program tagged since anybody looked."""
    current = editions.current(tx)
    if current is not None and current.name == pack.edition:
        _recount(tx, pack, editions.After(current.notes_through, current.kudos_through))
        editions.settled(tx, current)


def check(tx: Tx, pack: Pack) -> None:
    """Raise `Unmoved` where the database counts by another version; one that was never started counts by none."""
    current = editions.current(tx)
    if current is not None and current.name != pack.edition:
        raise Unmoved(
            f"The database counts by {current.name}, app.yaml says {pack.edition}. "
            f"Run `kizuki pack move {pack.edition}`, or name {current.name} in app.yaml."
        )


def move(tx: Tx, pack: Pack, *, at: int, old: Pack | None = None) -> int:
    """Count by this version from now on; returns how many tags count for another number than before.

    Notes and kudos keep the version and the numbers they were tagged with. `old` is the version counted by so far: on
    the way back to an earlier one it knows what the numbers were.
    """
    editions.hold(tx)
    changed = _recount(tx, pack, old=old)
    current = editions.current(tx)
    if current is None or current.name != pack.edition:
        editions.record(tx, pack.id, pack.version, at=at)
    return changed


def _recount(tx: Tx, pack: Pack, after: editions.After = editions.After(), old: Pack | None = None) -> int:
    changed = 0
    for name, version in editions.used(tx, after):
        numbers = editions.counts(tx, name, version, after)
        goes = {n: now(pack, f"{name}@{version}", n, old) for n in numbers}
        changed += editions.recount(tx, name, version, goes, after)
    return changed


def now(pack: Pack, edition: str, number: int, old: Pack | None = None) -> int | None:
    """What a number counts for in a pack, also where the pack is an earlier version than the one it was tagged with."""
    found = pack.now(edition, number)
    if found is not None or old is None or any(p.edition == edition for p in pack.lineage()):
        return found
    back = [n for n in pack.numbers if old.now(pack.edition, n) == old.now(edition, number) is not None]
    return back[0] if len(back) == 1 else None
