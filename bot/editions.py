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
            yield ("+" if not before else "-" if not after else "~"), name


def _part(principle: Principle, name: str) -> object:
    return principle.facets.get(name, ()) if name in (*FACETS, *REFERENCE) else getattr(principle, name)


def settle(tx: Tx, pack: Pack, *, at: int) -> None:
    """Make sure that the database counts by this pack: remembered at the first start, `Unmoved` where it does not.

    What a replica of the version before tagged while the organisation moved is counted by the new numbers too.
    """
    current = editions.current(tx)
    if current is None:
        # An empty database, or one from before versions were remembered: whatever it holds counts by its own version.
        move(tx, pack, at=at)
    elif current.name != pack.edition:
        raise Unmoved(
            f"The database counts by {current.name}, app.yaml says {pack.edition}. "
            f"Run `kizuki pack move {pack.edition}`, or name {current.name} in app.yaml."
        )
    elif _renumbers(pack):
        _recount(tx, pack)


def move(tx: Tx, pack: Pack, *, at: int) -> int:
    """Count by this version from now on; returns how many tags count for another number than before.

    Notes and kudos keep the version and the numbers they were tagged with.
    """
    changed = _recount(tx, pack)
    current = editions.current(tx)
    if current is None or current.name != pack.edition:
        editions.record(tx, pack.id, pack.version, at=at)
    return changed


def _recount(tx: Tx, pack: Pack) -> int:
    changed = 0
    for name, version in editions.used(tx):
        numbers = editions.counts(tx, name, version)
        now = {n: pack.now(f"{name}@{version}", n) for n in numbers}
        changed += editions.recount(tx, name, version, now)
    return changed


def _renumbers(pack: Pack) -> bool:
    return any(version.header.renumbered for version in pack.lineage())
