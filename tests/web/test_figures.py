"""What the pages count and list, held against a slow, obviously right look at every row."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from unittest.mock import patch

import pytest

from bot import kudos_list, note_list, overview, spans, unit_overview
from bot.note_list import COUNTED, PAGE, STATES, Filter
from bot.note_view import AUDIENCES, KINDS
from bot.reports import between
from bot.turn import Refusal, Turn
from storage import kudos, notes, people, postings, search, sizes, units
from storage.database import Tx
from storage.reports import VIEWS, View
from storage.search import fold
from tests.talk import STAFF, UNITS, Talk

DAYS = 100
WORDS = ("住所", "番号札", "電話", "書類", "案内", "Map")


@dataclass(frozen=True)
class Said:
    """A note as it was put in."""

    id: int
    author: str
    unit: str
    kind: str
    text: str
    audience: str
    state: str
    day: date
    at: int
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Thanked:
    """A kudos as it was put in."""

    id: int
    giver: str
    to: tuple[str, ...]
    unit: str
    to_units: tuple[str, ...]
    public: bool
    at: int
    numbers: tuple[int, ...]


class World:
    """A random history of the small organisation, and everything in it as plain lists."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.notes: list[Said] = []
        self.kudos: list[Thanked] = []
        # Where somebody was, from which day on, oldest first.
        self.posted = {name: [(date.min, unit)] for name, (unit, _, _) in STAFF.items()}

    def unit_on(self, name: str, day: date) -> str:
        """The unit somebody was in on a day."""
        return [unit for first, unit in self.posted[name] if first <= day][-1]

    def unit_now(self, name: str) -> str:
        """The unit somebody is in by now."""
        return self.posted[name][-1][1]

    def transfer(self, tx: Tx, turn: Turn) -> None:
        """Most are transferred once or twice within the time, some back to where they were."""
        for name in STAFF:
            person = people.by_number(tx, name, today=turn.day)
            assert person
            for ago in sorted(self.rng.sample(range(1, DAYS), self.rng.randrange(3)), reverse=True):
                day = turn.today - timedelta(days=ago)
                unit = self.rng.choice([code for code in UNITS if code != self.unit_now(name)])
                postings.move(tx, person.id, self.units[unit].id, day=day.isoformat())
                self.posted[name].append((day, unit))

    def fill(self, tx: Tx, turn: Turn) -> None:
        """Put some hundred notes and kudos into the database."""
        rng = self.rng
        keys = {name: people.by_number(tx, name, today=turn.day) for name in STAFF}
        self.units = {code: u for code in UNITS if (u := units.by_code(tx, code))}
        self.transfer(tx, turn)
        for _ in range(140):
            name, ago = rng.choice(list(STAFF)), rng.randrange(DAYS * 86_400_000)
            numbers = tuple(sorted(rng.sample(range(1, 11), rng.randrange(4))))
            text = "、".join(rng.sample(WORDS, rng.randint(1, 3))) + f" {rng.random()}"
            kind, audience, state = rng.choice(KINDS), rng.choice(AUDIENCES), rng.choice(STATES)
            at = turn.at - ago
            day = turn.local(at).date()
            person, unit = keys[name], self.units[self.unit_on(name, day)]
            assert person
            key = notes.add(
                tx,
                author_id=person.id,
                unit_id=unit.id,
                kind=kind,
                text=text,
                plain=fold(text),
                audience=audience,
                pack="tokyo",
                version="1.1.0",
                due_on="2026-12-01",
                at=at,
                numbers=numbers,
            )
            tx.cursor.execute(f"update note set state = '{state}' where id = {key}")
            self.notes.append(Said(key, name, unit.code, kind, text, audience, state, day, at, numbers))
        for _ in range(80):
            giver, *to = rng.sample(list(STAFF), rng.randint(2, 4))
            numbers = tuple(sorted(rng.sample(range(1, 11), rng.randint(1, 3))))
            at, public = turn.at - rng.randrange(DAYS * 86_400_000), rng.random() < 0.7
            day = turn.local(at).date()
            there, *to_units = (self.unit_on(name, day) for name in (giver, *to))
            receivers = ((keys[name], self.units[u].id) for name, u in zip(to, to_units, strict=True))
            found: list[tuple[int, int | None]] = [(p.id, u) for p, u in receivers if p]
            person = keys[giver]
            assert person
            key = kudos.add(
                tx,
                giver_id=person.id,
                unit_id=self.units[there].id,
                receivers=found,
                text="ありがとうございました",
                numbers=numbers,
                public=public,
                pack="tokyo",
                version="1.1.0",
                day=turn.day,
                at=at,
            )
            given = kudos.get(tx, key)
            assert given
            if rng.random() < 0.1:
                kudos.take_back(tx, given, at=turn.at)
            else:
                self.kudos.append(Thanked(key, giver, tuple(to), there, tuple(to_units), public, at, numbers))
        search.index(tx, limit=rng.randrange(140))


async def _world(talk: Talk, seed: int) -> World:
    world = World(seed)
    await talk.database.transact(lambda tx: world.fill(tx, Turn(tx, talk.bot.house, talk.now)))
    return world


def _as(tx: Tx, talk: Talk, name: str) -> Turn:
    turn = Turn(tx, talk.bot.house, talk.now)
    turn.become(people.by_number(tx, name, today=turn.day))
    return turn


def _in(at: int, period: object) -> bool:
    return period.since <= at < period.until  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("seed", [1, 2])
async def test_counts(talk: Talk, seed: int) -> None:
    world = await _world(talk, seed)

    def check(tx: Tx) -> None:
        turn = _as(tx, talk, "jimu")
        for _ in range(6):
            first = turn.today - timedelta(days=world.rng.randrange(DAYS))
            period = between(turn.settings, first, first + timedelta(days=world.rng.randint(1, 60)))
            here = [n for n in world.notes if n.audience != "office" and _in(n.at, period)]
            thanks = [k for k in world.kudos if _in(k.at, period)]
            model = overview.organisation(turn, period)
            assert (model.notes, model.kudos) == (len(here), len(thanks))
            assert model.writers == len({n.author for n in here if n.audience == "unit"})
            assert model.answered == sum(n.state in ("adopted", "done", "declined") for n in here)
            assert model.by_number == Counter(x for n in here for x in n.numbers)
            assert model.kudos_by_number == Counter(x for k in thanks for x in k.numbers)
            before = spans.before(turn, period)
            assert (before.end, before.end - before.first) == (period.first, period.end - period.first)
            assert model.notes_before == sum(n.audience != "office" and _in(n.at, before) for n in world.notes)
            assert model.kudos_before == sum(_in(k.at, before) for k in world.kudos)
            assert len(model.weeks) == 12
            for week in model.weeks:
                assert week.period.first.weekday() == 0
                those = [n for n in world.notes if n.audience != "office" and _in(n.at, week.period)]
                assert (week.notes, week.kudos) == (len(those), sum(_in(k.at, week.period) for k in world.kudos))
                assert week.by_number == Counter(x for n in those for x in n.numbers)
            number = world.rng.randint(1, 10)
            one = overview.principle(turn, number, period)
            assert (one.notes, one.kudos) == (
                model.by_number.get(number, 0),
                model.kudos_by_number.get(number, 0),
            )
            _check_unit(turn, world, period)

    await talk.database.read(check)


def _under(code: str) -> set[str]:
    below = {c for c, (_, _, parent) in UNITS.items() if parent == code}
    return {code}.union(*map(_under, below)) if below else {code}


def _check_unit(turn: Turn, world: World, period: object) -> None:
    for code in world.rng.sample(list(UNITS), 2):
        for view in VIEWS.values():
            _check_view(turn, world, period, code, view)


def _check_view(turn: Turn, world: World, period: object, code: str, view: View) -> None:
    inside = _under(code)
    model = unit_overview.build(turn, world.units[code], period, view)  # type: ignore[arg-type]
    with patch.object(unit_overview, "LARGE", 0):
        # A large unit's is counted over everybody's columns.
        large = unit_overview.build(turn, world.units[code], period, view)  # type: ignore[arg-type]
    assert replace(large, large=model.large) == model

    def noted(one: Said, where: set[str]) -> bool:
        if view == "then":
            return one.audience != "office" and one.unit in where
        return one.audience == "unit" and world.unit_now(one.author) in where

    def gave(one: Thanked, where: set[str]) -> bool:
        return (one.unit if view == "then" else world.unit_now(one.giver)) in where

    def received_in(one: Thanked, where: set[str]) -> bool:
        return bool(where.intersection(one.to_units if view == "then" else map(world.unit_now, one.to)))

    here = [n for n in world.notes if noted(n, inside) and _in(n.at, period)]
    given = [k for k in world.kudos if gave(k, inside) and _in(k.at, period)]
    received = [k for k in world.kudos if received_in(k, inside) and _in(k.at, period)]
    assert (model.now.notes, model.now.given, model.now.received) == (len(here), len(given), len(received))
    assert model.now.by_number == Counter(x for n in here for x in n.numbers)
    for week, count, thanks in model.weeks:
        assert count == sum(noted(n, inside) and _in(n.at, week) for n in world.notes)
        assert thanks == sum(_in(k.at, week) and received_in(k, inside) for k in world.kudos)
    for part in model.parts:
        below = _under(part.unit.code)
        assert part.notes == sum(noted(n, below) for n in here)
        assert part.given == sum(gave(k, below) for k in given)
        assert part.by_number == Counter(x for n in here if noted(n, below) for x in n.numbers)
    assert {part.unit.code for part in model.parts} == {c for c, (_, _, parent) in UNITS.items() if parent == code}
    assert model.now.kudos_by_number == Counter(x for k in received for x in k.numbers)
    assert model.staff == sum(world.unit_now(name) in inside for name in STAFF)
    assert sizes.staff(turn.tx, world.units[code].id, today=turn.day) == model.staff


@pytest.mark.parametrize("seed", [3, 4])
async def test_lists(talk: Talk, seed: int) -> None:
    world = await _world(talk, seed)

    def check(tx: Tx) -> None:
        for name in ("hanako", "jimu", "kacho"):
            turn = _as(tx, talk, name)
            for _ in range(12):
                _check_notes(turn, world, name)
            for which in kudos_list.WHICH:
                for number in (None, world.rng.randint(1, 10)):
                    _check_kudos(turn, world, name, which, number)

    await talk.database.read(check)


def _check_notes(turn: Turn, world: World, name: str) -> None:
    rng = world.rng
    of = Filter(
        words=rng.choice(("", "", *WORDS, "住所 電話", "ＭＡＰ")),
        number=rng.choice((None, None, rng.randint(1, 10))),
        unit=rng.choice(("", "", "10", "1010")),
        first=rng.choice((None, turn.today - timedelta(days=rng.randrange(DAYS)))),
        kind=rng.choice(("", "", rng.choice(KINDS))),
        state=rng.choice(("", "", rng.choice(STATES))),
    )
    if of.first:
        of = replace(of, last=rng.choice((None, of.first + timedelta(days=rng.randrange(40)))))
    expected = [n.id for n in sorted(world.notes, key=lambda n: n.id, reverse=True) if _fits(n, of, name)]
    found = []
    for page in range(1, note_list.pages(len(expected)) + 1):
        listing = note_list.found(turn, replace(of, page=page))
        assert (listing.total, listing.is_more) == (len(expected), len(expected) >= COUNTED)
        assert len(listing.entries) <= PAGE
        found += [entry.note.id for entry in listing.entries]
    assert found == expected, of
    with pytest.raises(Refusal):
        note_list.found(turn, replace(of, page=note_list.pages(len(expected)) + 1))


def _fits(note: Said, of: Filter, name: str) -> bool:
    seen = note.audience != "office" or note.author == name or name == "jimu"
    return (
        seen
        and all(word in fold(note.text) for word in fold(of.words).split())
        and (of.number is None or of.number in note.numbers)
        and (not of.unit or note.unit in _under(of.unit))
        and (of.first is None or note.day >= of.first)
        and (of.last is None or note.day <= of.last)
        and of.kind in ("", note.kind)
        and of.state in ("", note.state)
    )


def _check_kudos(turn: Turn, world: World, name: str, which: str, number: int | None) -> None:
    def fits(one: Thanked) -> bool:
        mine = {"given": one.giver == name, "received": name in one.to}
        seen = mine[which] if which in mine else one.public or any(mine.values())
        return seen and (number is None or number in one.numbers)

    expected = [k.id for k in sorted(world.kudos, key=lambda k: (k.at, k.id), reverse=True) if fits(k)]
    found = []
    for page in range(1, note_list.pages(len(expected)) + 1):
        listing = kudos_list.found(turn, which, number, page)
        assert listing.total == len(expected)
        found += [one.kudos.id for one in listing.entries]
    assert found == expected, (which, number)
