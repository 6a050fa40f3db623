"""Roll-ups equal a slow, obviously right count over random organisations; cards and files say the same."""

import json
import random
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytest

from bot import digest, recognition, reports
from bot.cards import plain
from bot.schedule import millis
from bot.turn import House, Turn
from storage import daily, kudos, notes, people, postings, steps, supports, units
from storage.database import Database, Tx
from tests.talk import SINCE, Talk

FIRST = date(2026, 10, 1)


@dataclass
class Written:
    """A note as the reference remembers it."""

    id: int
    unit: int
    day: date
    numbers: tuple[int, ...]
    author: int
    audience: str
    state: str
    due: str
    support: int
    deleted: bool


@dataclass
class Given:
    """A kudos as the reference remembers it."""

    giver: int
    unit: int
    to: list[tuple[int, int]]
    day: date
    numbers: tuple[int, ...]
    back: bool


@dataclass
class Marked:
    """That somebody read or tried a principle, as the reference remembers it."""

    person: int
    unit: int
    what: str
    day: date


class Organisation:
    """A random organisation and everything that happened in it, kept twice: in the database and in plain lists."""

    def __init__(self, tx: Tx, house: House, seed: int) -> None:
        self.rng = random.Random(seed)
        self.house = house
        self.parents: dict[int, int | None] = {}
        self.notes: list[Written] = []
        self.kudos: list[Given] = []
        for i in range(self.rng.randint(3, 9)):
            parent = self.rng.choice([None, *self.parents]) if self.parents else None
            unit = units.add(tx, code=str(i), name_ja=f"課{i}", name_en=f"U{i}", parent_id=parent, starts_on=SINCE)
            self.parents[unit] = parent
        self.staff = [self._hire(tx, i) for i in range(self.rng.randint(4, 12))]
        for _ in range(self.rng.randint(0, 40)):
            self._note(tx)
        for _ in range(self.rng.randint(0, 40)):
            self._thank(tx)
        self.marks: list[Marked] = []
        for _ in range(self.rng.randint(0, 60)):
            self._mark(tx)

    def under(self, unit: int, above: int) -> bool:
        here: int | None = unit
        while here is not None and here != above:
            here = self.parents[here]
        return here == above

    def _hire(self, tx: Tx, i: int) -> tuple[int, int]:
        person = people.add(tx, number=str(i), name_ja=f"人{i}", name_en=f"P{i}", joined_on=SINCE)
        unit = self.rng.choice(list(self.parents))
        postings.add(tx, person, unit, starts_on=SINCE)
        return person, unit

    def _day(self) -> tuple[date, int]:
        day = FIRST + timedelta(days=self.rng.randint(-10, 40))
        return day, millis(datetime.combine(day, time(self.rng.choice([0, 9, 23])), self.house.settings.zone))

    def _numbers(self, least: int) -> tuple[int, ...]:
        return tuple(sorted(self.rng.sample(range(1, 11), self.rng.randint(least, 3))))

    def _note(self, tx: Tx) -> None:
        (author, unit), (day, at), numbers = self.rng.choice(self.staff), self._day(), self._numbers(0)
        audience = self.rng.choice(["unit", "unit", "anonymous", "office"])
        due = (day + timedelta(days=14)).isoformat()
        note_id = notes.add(
            tx,
            author_id=author,
            unit_id=unit,
            kind="notice",
            text="x",
            plain="x",
            audience=audience,
            pack="tokyo",
            version="1.0.0",
            due_on=due,
            at=at,
            numbers=numbers,
        )
        fans = self.rng.sample(self.staff, self.rng.randint(0, 3))
        for person, _ in fans:
            supports.add(tx, note_id, person, at=at)
        state = self.rng.choice(["open", "received", "adopted", "done", "declined"])
        if state != "open":
            settled = at if state in ("adopted", "done", "declined") else None
            steps.move(
                tx,
                note_id,
                was="open",
                to=state,
                reason="",
                person_id=author,
                at=at,
                answered_at=settled,
                due_on=due,
            )
        deleted = self.rng.random() < 0.15
        if deleted:
            found = notes.get(tx, note_id)
            assert found is not None
            notes.remove(tx, found, at=at)
        self.notes.append(Written(note_id, unit, day, numbers, author, audience, state, due, len(fans), deleted))

    def _mark(self, tx: Tx) -> None:
        (person, unit), (day, _), what = self.rng.choice(self.staff), self._day(), self.rng.choice(("read", "tried"))
        number, on = self.rng.randint(1, 10), day.isoformat()
        if daily.mark(tx, person, number, what, day=on, facet="text", unit_id=unit, pack="tokyo", version="1.0.0"):
            self.marks.append(Marked(person, unit, what, day))

    def _thank(self, tx: Tx) -> None:
        (giver, unit), (day, at), numbers = self.rng.choice(self.staff), self._day(), self._numbers(1)
        others = [s for s in self.staff if s[0] != giver]
        to = self.rng.sample(others, self.rng.randint(1, min(3, len(others))))
        kudos_id = kudos.add(
            tx,
            giver_id=giver,
            unit_id=unit,
            receivers=list(to),
            text="x",
            numbers=numbers,
            public=True,
            pack="tokyo",
            version="1.0.0",
            day=day.isoformat(),
            at=at,
        )
        back = self.rng.random() < 0.15
        if back:
            found = kudos.get(tx, kudos_id)
            assert found is not None
            kudos.take_back(tx, found, at=at)
        self.kudos.append(Given(giver, unit, to, day, numbers, back))


class _Undo(Exception):
    """Leaves nothing behind."""


@pytest.mark.parametrize("seed", range(12))
async def test_roll_ups_equal_a_plain_count(house: House, database: Database, seed: int) -> None:
    def work(tx: Tx) -> None:
        org = Organisation(tx, house, seed)
        first = FIRST + timedelta(days=org.rng.randint(-5, 15))
        end = first + timedelta(days=org.rng.randint(1, 25))
        period, today = reports.between(house.settings, first, end), end.isoformat()
        for unit in org.parents:
            _check_digest(org, reports.digest(tx, unit, period, house.pack.numbers, today=today), first, end)
        raise _Undo

    with pytest.raises(_Undo):
        await database.transact(work)


def _check_digest(org: Organisation, found: reports.Digest, first: date, end: date) -> None:
    here = [n for n in org.notes if not n.deleted and n.audience != "office" and org.under(n.unit, found.unit.id)]
    during = [n for n in here if first <= n.day < end]
    before = [n for n in here if first - timedelta(weeks=4) <= n.day < first]
    waiting = [n for n in here if n.state in ("open", "received", "considering")]
    kudos_here = [k for k in org.kudos if not k.back and first <= k.day < end]
    received = [k for k in kudos_here if any(org.under(u, found.unit.id) for _, u in k.to)]
    assert (found.notes, found.usual.notes) == (len(during), len(before) / 4)
    assert found.by_number == Counter(n for note in during for n in note.numbers)
    assert (found.waiting, found.overdue) == (len(waiting), sum(n.due < end.isoformat() for n in waiting))
    assert [d.note.id for d in found.due] == [n.id for n in sorted(waiting, key=lambda n: (n.due, n.id))][:5]
    top = sorted(during, key=lambda n: (-n.support, -n.id))[:3]
    assert [(t.note.id, t.support, t.numbers) for t in found.top] == [(n.id, n.support, n.numbers) for n in top]
    assert found.received == len(received)
    assert found.given == sum(org.under(k.unit, found.unit.id) for k in kudos_here)
    thanks_before = [k for k in org.kudos if not k.back and first - timedelta(weeks=4) <= k.day < first]
    assert found.usual.received == sum(any(org.under(u, found.unit.id) for _, u in k.to) for k in thanks_before) / 4
    assert found.usual.given == sum(org.under(k.unit, found.unit.id) for k in thanks_before) / 4
    soon = (end + timedelta(days=7)).isoformat()
    assert found.due_now == sum(end.isoformat() <= n.due < soon for n in waiting)
    marked = [m for m in org.marks if first <= m.day < end and org.under(m.unit, found.unit.id)]
    assert found.read == len({m.person for m in marked if m.what == "read"})
    assert found.tried == len({m.person for m in marked if m.what == "tried"})
    assert found.tries == sum(m.what == "tried" for m in marked)
    assert found.staff == sum(org.under(unit, found.unit.id) for _, unit in org.staff)
    assert found.kudos_by_number == Counter(n for k in received for n in k.numbers)
    said = set(found.by_number) | set(found.kudos_by_number)
    assert (found.silent is None) == (said == set(org.house.pack.numbers))
    assert found.silent not in said


async def test_the_weekly_digest_reaches_every_manager_for_their_unit_and_below(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["1"])
    await talk.hanako.says("/kudos @taro 引き継ぎ資料が丁寧で助かりました")
    await talk.hanako.presses("感謝を送る", numbers=["10"])
    monday = datetime.fromisoformat("2026-11-30T08:30:00+09:00")
    talk.now = monday
    assert await talk.bot.tick("digest", monday) == 3, "two managers and the secretariat"
    assert await talk.bot.tick("digest", monday) == 0
    assert await talk.bot.tick("digest", monday + timedelta(days=1)) == 0, "only the first working day"
    await talk.delivered()
    assert len(talk.kacho.inbox) == len(talk.bucho.inbox) == 1
    assert "窓口課 週のまとめ" in talk.kacho.inbox[0]
    assert "窓口局 週のまとめ" in talk.bucho.inbox[0]
    for read in (talk.kacho.inbox[0], talk.bucho.inbox[0]):
        assert "11月23日（月）〜11月29日（日）" in read
        assert "番号札の紙がない" in read
        assert "受け取った感謝: 1（いつもの週は0）" in read
    assert talk.jimu.inbox == []


async def test_an_empty_week_is_short_and_still_drawn_in_every_language(talk: Talk) -> None:
    def read(tx: Tx) -> list[str]:
        unit = units.by_code(tx, "1010")
        assert unit is not None
        week = reports.between(talk.house.settings, date(2026, 11, 16), date(2026, 11, 23))
        model = reports.digest(tx, unit.id, week, talk.house.pack.numbers, today="2026-11-24")
        month = recognition.build(Turn(tx, talk.house, talk.now), week)
        drawn = [digest.card(talk.house, model, lang) for lang in talk.house.phrases.languages]
        drawn += [recognition.card(talk.house, month, lang) for lang in talk.house.phrases.languages]
        return [plain(card) for card in drawn]

    drawn = await talk.database.read(read)
    assert "回答を待つ気づきはありません。気づきも感謝もない1週間でした。" in drawn[0]
    assert len(drawn[0].splitlines()) < 12
    assert json.dumps(drawn, ensure_ascii=False).count("{") == 0
