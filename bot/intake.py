"""Taking in a directory: what a platform says of many accounts at once. Nobody is written to because of it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from bot import accounts, places
from bot.events import Handle, Place, Profile, whole
from bot.turn import Turn
from storage import accounts as stored
from storage import people
from storage import places as stored_places
from storage.accounts import ROSTER, AccountRow
from storage.places import PlaceRow

# An account by the platform's id, what the platform says of it, and where it is written to.
Said = tuple[str, Profile, Place | None]
# So many accounts a transaction: others wait no longer than for that.
CHUNK = 250


class TakenIn(NamedTuple):
    """How many accounts were linked, otherwise brought up to date, taken from their person as closed, and how many
    are of members whom nobody here knows.
    """

    linked: int = 0
    refreshed: int = 0
    closed: int = 0
    unknown: int = 0

    def plus(self, other: "TakenIn") -> "TakenIn":
        """Both together."""
        return TakenIn(*(a + b for a, b in zip(self, other, strict=True)))


class _Known(NamedTuple):
    """What is stored about the accounts of a chunk: themselves, chats by the platform's id, e-mails of the staff."""

    accounts: dict[str, AccountRow]
    chats: dict[str, PlaceRow]
    emails: set[str]
    reachable: set[str]


def parts(found: Iterable[Said]) -> Iterator[list[Said]]:
    """A directory in chunks."""
    rest = iter(found)
    while part := list(islice(rest, CHUNK)):
        yield part


def take_in(turn: Turn, platform: str, found: Iterable[Said]) -> TakenIn:
    """Bring the accounts of a chunk up to date: what is as it was costs four look-ups for all of them together."""
    said = {ext_id: (Handle(platform, ext_id), profile, place) for ext_id, profile, place in map(_cleaned, found)}
    known = _looked_up(turn, platform, said.values())
    total = TakenIn()
    for handle, profile, place in said.values():
        one = _closed(turn, known, handle) if profile.gone else _open(turn, known, handle, profile, place)
        total = total.plus(one)
    return total


def _cleaned(said: Said) -> Said:
    ext_id, profile, place = said
    found = replace(profile, email=whole(profile.email).lower())
    return whole(ext_id), found, place and replace(place, id=whole(place.id))


def _looked_up(turn: Turn, platform: str, said: Iterable[tuple[Handle, Profile, Place | None]]) -> _Known:
    open_ones = [(handle, profile, place) for handle, profile, place in said if not profile.gone]
    gone = [handle.id for handle, profile, _ in said if profile.gone]
    known = stored.among(turn.tx, platform, [handle.id for handle, *_ in open_ones] + gone)
    chats = stored_places.among(turn.tx, platform, [place.id for *_, place in open_ones if place])
    free = [(handle, profile) for handle, profile, _ in open_ones if _free(known.get(handle.id))]
    verified = [profile.email for _, profile in free if profile.email and profile.verified]
    emails = people.emails_here(turn.tx, verified, today=turn.day) if verified else set()
    return _Known(known, chats, emails, stored_places.reachable(turn.tx, platform, gone) if gone else set())


def _free(account: AccountRow | None) -> bool:
    """Whether an account is nobody's and may become somebody's by itself."""
    return account is None or (account.person_id is None and not account.held)


def _open(turn: Turn, known: _Known, handle: Handle, profile: Profile, place: Place | None) -> TakenIn:
    account, kind = known.accounts.get(handle.id), accounts.kind_of(turn, profile)
    if kind == "member" and profile.email in known.emails and (person := _linked(turn, handle, profile)):
        _kept(turn, known, handle, place, person)
        return TakenIn(linked=1)
    changed = bool(account and account.person_id and _kept(turn, known, handle, place, account.person_id))
    if account is not None and account.kind != kind:
        stored.be(turn.tx, handle.platform, handle.id, kind=kind)
        changed = True
    return TakenIn(refreshed=int(changed), unknown=int(kind == "member" and _free(account)))


def _linked(turn: Turn, handle: Handle, profile: Profile) -> int | None:
    """Link an account to the person of the roster with its verified e-mail; None when somebody was faster."""
    held = stored.hold(turn.tx, handle.platform, handle.id)
    person = accounts.of_roster(turn, profile) if _free(held) else None
    if person is None:
        return None
    accounts.link(turn, accounts.guessed(turn, person, profile), handle, how=ROSTER)
    return person.id


def _kept(turn: Turn, known: _Known, handle: Handle, place: Place | None, owner: int) -> bool:
    """Keep where an account is written to; False when that was known or is not said."""
    return place is not None and places.keep_chat(turn, handle, place, known.chats.get(place.id), owner)


def _closed(turn: Turn, known: _Known, handle: Handle) -> TakenIn:
    """Take a closed account from its person and its chat from the places; it comes back as it came."""
    account, reachable = known.accounts.get(handle.id), handle.id in known.reachable
    owner = account and account.person_id
    if owner is not None:
        stored.unlink(turn.tx, handle.platform, handle.id, held=False)
        turn.audit("link.end", f"person:{owner}", platform=handle.platform, why="closed")
    if owner is not None or reachable:
        stored_places.hand_over(turn.tx, handle.platform, handle.id, person_id=None)
        stored_places.close_account(turn.tx, handle.platform, handle.id, at=turn.at)
    return TakenIn(closed=int(owner is not None), refreshed=int(owner is None and reachable))
