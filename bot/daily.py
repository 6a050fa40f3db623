"""The daily principle: which card is due where, in an order that everyone can work out and nothing can disturb."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple, TypeVar

from bot import cards, note_view
from bot.cards import Block, Button, Card, Heading, Quote, Reply, muted, row, say
from bot.events import Press
from bot.packs import FACETS, Principle
from bot.schedule import millis
from bot.turn import House, Refusal, Turn
from storage import daily, kudos, notes, outbox, people, places

STORY = "story"
LEADER = "leader"
MARKABLE = timedelta(days=31)
STORY_AGE = timedelta(days=90)
EVERYONE = "everyone"
T = TypeVar("T")


class Due(NamedTuple):
    """The card of a day in a place: a principle, one of its facets, and which entry of that facet (0 is the first)."""

    number: int
    facet: str
    entry: int
    place: str


def due(house: House, day: date, place: str) -> Due:
    """The card of a place on a day. The principle is the same for everyone, the facet differs from place to place.

    Every principle comes round before one repeats, and every facet of a principle before one of them does: both are
    walked through in a shuffled order that depends on the pack (and the place) alone.
    """
    turn_no = house.calendar.working_days_before(day)
    numbers = _shuffled(house.pack.id, house.pack.numbers)
    number = numbers[turn_no % len(numbers)]
    facets = _walk(house, house.pack.by_number[number], place)
    facet, entry = facets[turn_no // len(numbers) % len(facets)]
    return Due(number, facet, entry, place)


def _walk(house: House, found: Principle, place: str) -> tuple[tuple[str, int], ...]:
    return _shuffled(f"{house.pack.id}:{place}:{found.number}", _entries(found))


def _instead(house: House, found: Principle, place: str) -> tuple[str, int]:
    """What is told where no colleague's story is to be had: the entry farthest from its own day."""
    walk = _walk(house, found, place)
    return walk[(walk.index((STORY, 0)) + len(walk) // 2) % len(walk)]


def _entries(principle: Principle) -> tuple[tuple[str, int], ...]:
    told = tuple((facet, i) for facet in FACETS for i in range(len(principle.facets.get(facet, ()))))
    return (*told, (STORY, 0))


@lru_cache(maxsize=20_000)
def _shuffled(seed: str, items: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(sorted(items, key=lambda item: blake2b(f"{seed}:{item}".encode(), digest_size=8).digest()))


def post(turn: Turn) -> None:
    """Owe today's card to every subscribed place and person."""
    drawn: dict[str, int] = {}
    # Yesterday's principle is not worth sending: who could not be reached today gets tomorrow's.
    midnight = millis(turn.now.replace(hour=0, minute=0, second=0) + timedelta(days=1))
    rows: list[dict[str, object]] = []

    def owe(lang: str, place: str, to: str, key: int) -> None:
        body = _body(turn, lang, place, drawn)
        name = f"daily:{turn.day}:{to}-{key}"
        rows.append({"key": name, "body_id": body, "due_at": turn.at, "expires_at": midnight, to: key})

    for place in places.subscribed(turn.tx):
        owe(turn.house.lang, f"{place.platform}/{place.ext_id}", "place_id", place.id)
    for person in people.staff(turn.tx, today=turn.day):
        if person.daily and not person.muted:
            owe(turn.language_of(person), EVERYONE, "person_id", person.id)
    outbox.post_many(turn.tx, rows)


def _body(turn: Turn, lang: str, place: str, drawn: dict[str, int]) -> int:
    """The stored card of a place's day: drawn once, however many receive it."""
    today = due(turn.house, turn.today, place)
    # Where there is no story to tell, what is told instead differs from place to place.
    found = turn.pack.by_number[today.number]
    told = _instead(turn.house, found, place) if today.facet == STORY else (today.facet, today.entry)
    name = f"daily:{turn.day}:{today.facet}:{told[0]}:{told[1]}:{lang}"
    if name not in drawn:
        drawn[name] = outbox.body(turn.tx, name, cards.dump(card(turn, today, lang)), at=turn.at)
    return drawn[name]


def today(turn: Turn) -> Reply:
    """`/kizuki today`."""
    where = turn.where
    place = f"{where.platform}/{where.id}" if where and not where.private else EVERYONE
    return Reply(card(turn, due(turn.house, turn.today, place), turn.lang))


def mark(turn: Turn, press: Press) -> Reply:
    """「読んだ」 or 「やってみた」, counted once a person and day."""
    number, facet, day = _due_then(turn, press.value)
    me, what = turn.me, press.action.removeprefix("daily.")
    fresh = daily.mark(
        turn.tx,
        me.id,
        number,
        what,
        day=day,
        facet=facet,
        unit_id=me.unit_id,
        pack=turn.pack.id,
        version=turn.pack.version,
    )
    key = f"daily.{what}_thanks" if fresh else f"daily.{what}_before"
    text = turn.t(key, n=daily.marks(turn.tx, number, what, day=day))
    write = Button("note.compose", turn.t("daily.write"), turn.pack.ref(number)) if what == "tried" else None
    return Reply(Card((say(text), *((row(write),) if write else ())), text, turn.lang))


def _due_then(turn: Turn, value: str) -> tuple[int, str, str]:
    """What a daily card's button says it is about: refused unless that principle really was that day's, lately."""
    try:
        number, facet, text = json.loads(value)
        day = date.fromisoformat(text)
    except (ValueError, TypeError):
        raise Refusal("cards.stale") from None
    recent = turn.today - MARKABLE <= day <= turn.today and day.isoformat() == text
    if not recent or facet not in (*FACETS, STORY, LEADER):
        raise Refusal("cards.stale")
    spoken = _leader_on(turn, text)
    if number is True or number not in (due(turn.house, day, EVERYONE).number, spoken and spoken[0]):
        raise Refusal("cards.stale")
    return number, facet, text


def card(turn: Turn, today: Due, lang: str) -> Card:
    """The card of a day in a language; a leader's message takes its place."""
    t = turn.speak(lang)
    spoken = _leader_on(turn, turn.day)
    number = spoken[0] if spoken else today.number
    if spoken:
        facet, blocks = LEADER, _spoken(spoken[1], lang)
    else:
        facet, blocks = today.facet, tuple(_told(turn, turn.pack.by_number[number], today, lang))
    title = turn.pack.title(number, lang)
    value = json.dumps([number, facet, turn.day])
    buttons = row(
        Button("daily.read", t("daily.read"), value),
        Button("daily.tried", t("daily.tried"), value),
        Button("note.compose", t("daily.write"), turn.pack.ref(number), "primary"),
    )
    told = " ".join(line.lstrip("#> ") for block in blocks for line in cards.plain_lines(block))
    heading = t("daily.heading", day=turn.today)
    return Card((muted(heading), Heading(title, 2), *blocks, buttons), f"{heading} {title} {told}", lang)


def _leader_on(turn: Turn, day: str) -> tuple[int, daily.LeaderRow] | None:
    """A leader's message of a day and the principle it is about now; None too where nothing of that is left."""
    found = daily.leader_on(turn.tx, day)
    number = found and turn.pack.now(found.edition or turn.pack.edition, found.number)
    return (number, found) if found and number else None


def _told(turn: Turn, found: Principle, today: Due, lang: str) -> Iterable[Block]:
    t = turn.speak(lang)
    if today.facet == STORY:
        story = _story(turn, found.number, lang)
        if story:
            yield say(t("daily.facet.story"))
            yield story
            return
    facet, entry = (today.facet, today.entry) if today.facet != STORY else _instead(turn.house, found, today.place)
    yield Heading(t(f"daily.facet.{facet}"), 3)
    yield say(found.facets[facet][entry][lang])


def _story(turn: Turn, number: int, lang: str) -> Quote | None:
    """The newest thing a colleague did or noticed under a principle."""
    since = turn.at_in(-STORY_AGE)
    thanks = kudos.latest(turn.tx, number, since=since)
    if thanks:
        return Quote(thanks.text, thanks.giver(lang))
    note = notes.latest(turn.tx, number, since=since)
    if note:
        return Quote(note.text, note_view.by_line(turn.speak(lang), note, lang, named=note.audience == "unit"))
    return None


def _spoken(spoken: daily.LeaderRow, lang: str) -> tuple[Block, ...]:
    name = spoken.name_en if lang == "en" else spoken.name_ja
    title = spoken.title_en if lang == "en" else spoken.title_ja
    return (Quote(spoken.text, f"{title} {name}".strip()),)


ACTIONS = {"daily.read": mark, "daily.tried": mark}
