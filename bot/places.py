"""Where people write from: a place's address stays as fresh as the last event from there."""

from bot import accounts
from bot.events import Handle, Place
from bot.turn import Turn
from storage import outbox, people, places
from storage.places import PlaceRow


def remember(turn: Turn, handle: Handle, place: Place) -> None:
    """Keep a place's address fresh, whose private chat it is, and which account a person used last.

    Only `Joined` makes a channel known: a command can be typed where the bot is not.
    """
    if turn.who and turn.who.used != handle.name:
        if not turn.who.used:
            accounts.first_used(turn)
        people.use(turn.tx, turn.who.id, handle.name)
    known = places.find(turn.tx, place.platform, place.id)
    if place.private:
        keep_chat(turn, handle, place, known, turn.who and turn.who.id)
    elif known is not None and known.gone_at is None and _moved(known, place):
        save(turn, place, known)


def keep_chat(turn: Turn, handle: Handle, place: Place, known: PlaceRow | None, owner: int | None) -> bool:
    """Have a private chat be known as an account's and its person's; False when all of that was known."""
    whose = (owner, handle.id)
    if known and known.gone_at is None and (known.person_id, known.account) == whose and not _moved(known, place):
        return False
    save(turn, place, known, owner=owner, account=handle.id)
    if owner is not None:
        outbox.wake(turn.tx, owner, now=turn.at)
    return True


def find(turn: Turn, place: Place) -> PlaceRow | None:
    """A place as it is known."""
    return places.find(turn.tx, place.platform, place.id)


def save(
    turn: Turn,
    place: Place,
    known: PlaceRow | None,
    *,
    title: str = "",
    owner: int | None = None,
    account: str = "",
    daily: bool = True,
) -> int:
    """Make a place known, or bring it up to date and back; returns its key. `daily` counts for a new one."""
    return places.save(
        turn.tx,
        platform=place.platform,
        ext_id=place.id,
        private=place.private,
        address=place.address or (known.unpacked() if known else {}),
        title=title,
        person_id=owner,
        account=account,
        daily=daily,
    )


def _moved(known: PlaceRow, place: Place) -> bool:
    return bool(place.address) and known.unpacked() != place.address
