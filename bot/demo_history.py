"""What the demo's channels already hold: the last notes, thanks and daily cards as sent messages, and people's talk."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from bot import cards, daily, kudos_view, note_view
from bot.cards import Card
from bot.demo_staff import PLATFORM, Entry
from bot.demo_time import DAY, Timeline
from bot.schedule import millis, moment
from bot.turn import House, Turn
from storage import accounts, messages, note_tags, outbox, people, places, search, supports
from storage import kudos as kudos_table
from storage.database import Tx
from storage.outbox import Owed
from storage.places import PlaceRow
from storage.search import Wanted

SHOWN = 12
DAILY_SHOWN = 2
POSTED = timedelta(minutes=30)
PAUSE = 4.0
EVERY = 10_000


class Said(NamedTuple):
    """A message in a channel: the bot's card about something, or a person's line."""

    at: datetime
    key: str
    place: PlaceRow
    card: Card | None = None
    author: str = ""
    text: str = ""
    owed: Owed | None = None


class Past(NamedTuple):
    """What is looked back on."""

    tx: Tx
    house: House
    timeline: Timeline
    channels: dict[int, PlaceRow]
    now: datetime


def write(tx: Tx, house: House, timeline: Timeline, chat: dict[str, list[Entry]], *, now: datetime) -> None:
    """Fill the channels with their last messages, oldest first, as if each had been sent at its time."""
    past = Past(tx, house, timeline, {place.id: place for place in places.channels(tx)}, now)
    said = sorted((*_newest(past), *_mornings(past), *_talks(past, chat), *_owed(past)), key=lambda s: (s.at, s.key))
    _settle(past, {s.key: _keep(past, s) for s in said}, said)


def _newest(past: Past) -> list[Said]:
    """The last notes and thanks of each channel."""
    posts: dict[int, list[Said]] = defaultdict(list)
    for said in sorted((*_notes(past), *_thanks(past)), key=lambda s: s.at):
        posts[said.place.id].append(said)
    return [said for found in posts.values() for said in found[-SHOWN:]]


def _notes(past: Past) -> Iterator[Said]:
    tx, house = past.tx, past.house
    for note in search.find(tx, Wanted(), limit=EVERY):
        turn = _then(past, note.at)
        place = turn.channel(note.unit_id)
        if place is not None:
            numbers, support = note_tags.of(tx, note.id), len(supports.of(tx, note.id))
            card = note_view.in_channel(house, note, numbers, support, house.lang)
            yield Said(turn.now, f"note:{note.id}", past.channels[place], card)


def _thanks(past: Past) -> Iterator[Said]:
    tx = past.tx
    for person in people.staff(tx, today=past.now.date().isoformat()):
        for given in kudos_table.given(tx, person.id, limit=EVERY):
            turn = _then(past, given.at)
            place = places.kudos_channel(tx) or turn.channel(given.unit_id)
            if given.public and place is not None:
                # The feature's own card, so that applause later changes nothing but the number.
                yield Said(turn.now, f"kudos:{given.id}", past.channels[place], kudos_view.public_card(turn, given))


def _mornings(past: Past) -> Iterator[Said]:
    """The daily principle of the last days, which people marked."""
    lang = past.house.lang
    for day in [d for d in past.timeline.days if d < past.now.date()][-DAILY_SHOWN:]:
        turn = Turn(past.tx, past.house, past.timeline.opening(day) + POSTED)
        for place in past.channels.values():
            card = daily.card(turn, daily.due(past.house, day, f"{PLATFORM}/{place.ext_id}"), lang)
            yield Said(turn.now, f"daily:{day}:place_id-{place.id}", place, card)


def _talks(past: Past, chat: dict[str, list[Entry]]) -> Iterator[Said]:
    """One exchange of lines in each channel, in the last days."""
    line = past.timeline
    for place in past.channels.values():
        begun = line.end - Random(place.ext_id).uniform(0.1, 2.0) * DAY
        for i, spoken in enumerate(chat.get(place.ext_id, [])):
            at = line.at(min(begun + i * PAUSE, line.end))
            yield Said(at, f"chat:{place.ext_id}:{i}", place, author=spoken["by"], text=spoken["text"])


def _owed(past: Past) -> Iterator[Said]:
    """What surveys owe already; what changed since it was shown has that moment as its reference."""
    now = millis(past.now)
    for owed in outbox.lease(past.tx, now=now, until=now, limit=EVERY):
        place = past.channels.get(owed.place_id or 0) or _chat(past, owed)
        at = moment(int(owed.message or owed.due_at), past.now.tzinfo)
        yield Said(at, owed.key, place, cards.load(outbox.card(past.tx, owed.body_id)), owed=owed)


def _chat(past: Past, owed: Owed) -> PlaceRow:
    """Where a person is written to."""
    account = accounts.of(past.tx, owed.person_id or 0)[0].ext_id
    found = places.find(past.tx, PLATFORM, f"dm:{account}")
    assert found is not None  # noqa: S101 - everybody of the demo has one
    return found


def _then(past: Past, at: int) -> Turn:
    """A turn at an earlier moment."""
    now = past.now
    return Turn(past.tx, past.house, datetime.fromtimestamp(at / 1000, now.tzinfo))


def _keep(past: Past, said: Said) -> int:
    """Store a message, and owe it when it is the bot's; returns its number."""
    card = cards.dump(said.card) if said.card else ""
    if said.card and not said.owed:
        Turn(past.tx, past.house, said.at).publish(said.place.id, said.key, said.card)
    return messages.add(
        past.tx, said.key, said.place.ext_id, at=millis(said.at), author=said.author, text=said.text, card=card
    ).id


def _settle(past: Past, numbers: dict[str, int], said: list[Said]) -> None:
    """Everything owed was sent, so that a later change finds the message to change."""
    now = millis(past.now)
    where, leased = {s.key: s.place.id for s in said}, [s.owed for s in said if s.owed]
    sent = {key: messages.get(past.tx, number) for key, number in numbers.items()}
    for owed in (*leased, *outbox.lease(past.tx, now=now, until=now, limit=len(numbers) + 1)):
        message = sent[owed.key]
        assert message is not None  # noqa: S101 - just written
        outbox.settle(
            past.tx,
            owed,
            lease=now,
            state="sent",
            tries=0,
            due_at=message.at,
            message=str(message.id),
            sent_at=message.at,
            place_id=where[owed.key],
        )
