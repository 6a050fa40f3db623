"""How far principles have come equals a slow, obviously right count over random organisations; and reads well."""

import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random

import pytest

from bot import adoption, adoption_card, reports
from bot.adoption import STEPS
from bot.cards import plain
from bot.daily import LEADER, STORY
from bot.packs import FACETS
from bot.schedule import millis
from bot.turn import House, Refusal, Turn
from storage import daily, kudos, notes, outbox, people, postings, units
from storage.database import Database, Tx
from tests.bot.test_surveys import AFTER, answers, opened
from tests.talk import SINCE, Talk

FIRST, WEEKS = date(2026, 9, 7), 4
END = FIRST + timedelta(weeks=WEEKS)


@dataclass
class Life:
    """A random organisation, and everything its people did, as plain lists."""

    rng: Random
    above: dict[int, int | None] = field(default_factory=dict)
    home: dict[int, int] = field(default_factory=dict)
    joined: dict[int, date] = field(default_factory=dict)
    posted: dict[int, date] = field(default_factory=dict)
    # (step, number, person, unit then, day)
    deeds: list[tuple[str, int, int, int, date]] = field(default_factory=list)

    def under(self, unit: int, above: int | None) -> bool:
        here: int | None = unit
        while here is not None and here != above:
            here = self.above[here]
        return here == above

    def day(self) -> date:
        return FIRST + timedelta(days=self.rng.randint(-6, 7 * WEEKS + 5))


def lived(tx: Tx, house: House, seed: int) -> Life:
    life = Life(Random(seed))
    for i in range(life.rng.randint(3, 8)):
        above = life.rng.choice([None, *life.above])
        unit = units.add(tx, code=str(i), name_ja=f"課{i}", name_en=f"U{i}", parent_id=above, starts_on=SINCE)
        life.above[unit] = above
    for i in range(life.rng.randint(5, 14)):
        _hire(tx, life, i)
    for step in life.rng.choices(STEPS, k=life.rng.randint(20, 90)):
        _do(tx, house, life, step)
    return life


def _hire(tx: Tx, life: Life, i: int) -> None:
    long_ago, lately = date.fromisoformat(SINCE), END - timedelta(days=life.rng.randint(5, 120))
    joined = life.rng.choice((long_ago, lately))
    person = people.add(tx, number=str(i), name_ja=f"人{i}", name_en=f"P{i}", joined_on=joined.isoformat())
    old, new = life.rng.choice(list(life.above)), life.rng.choice(list(life.above))
    moved = lately + timedelta(days=1) if joined == long_ago and life.rng.random() < 0.5 else None
    postings.add(tx, person, old, starts_on=joined.isoformat())
    if moved:
        postings.move(tx, person, new, day=moved.isoformat())
    life.home[person], life.joined[person], life.posted[person] = new if moved else old, joined, moved or joined


def _do(tx: Tx, house: House, life: Life, step: str) -> None:
    person, number, day = life.rng.choice(list(life.home)), life.rng.randint(1, 10), life.day()
    unit, at = life.rng.choice(list(life.above)), millis(datetime.combine(day, time(9), house.settings.zone))
    match step:
        case "reached":
            number = daily_due(house, day)
            _send(tx, person, day, at)
            unit = life.home[person]
        case "read" | "tried":
            daily.mark(
                tx, person, number, step, day=day.isoformat(), facet="text", unit_id=unit, pack="tokyo", version="1.1.0"
            )
        case "noted":
            _note(tx, person, unit, number, at)
        case "recognised":
            giver = life.rng.choice([p for p in life.home if p != person])
            kudos.add(
                tx,
                giver_id=giver,
                unit_id=unit,
                receivers=[(person, unit)],
                text="x",
                numbers=(number,),
                public=True,
                pack="tokyo",
                version="1.1.0",
                day=day.isoformat(),
                at=at,
            )
    life.deeds.append((step, number, person, unit, day))


def daily_due(house: House, day: date) -> int:
    from bot import daily as principles

    return principles.due(house, day, principles.EVERYONE).number


def _send(tx: Tx, person: int, day: date, at: int) -> None:
    name = f"daily:{day}:person_id-{person}"
    if name not in outbox.keys(tx, f"{name}%"):
        body = outbox.body(tx, f"daily:{day}:text:text:0:ja", "{}", at=at)
        outbox.post_many(tx, [{"key": name, "body_id": body, "due_at": at, "expires_at": at + 1, "person_id": person}])
        for owed in outbox.lease(tx, now=at, until=at, limit=100):
            outbox.settle(tx, owed, lease=at, state="sent", tries=0, due_at=at, message=name, sent_at=at)


def _note(tx: Tx, person: int, unit: int, number: int, at: int) -> None:
    notes.add(
        tx,
        author_id=person,
        unit_id=unit,
        kind="notice",
        text="x",
        plain="x",
        audience="unit",
        pack="tokyo",
        version="1.1.0",
        due_on="2027-01-01",
        at=at,
        numbers=(number,),
    )


class _Undo(Exception):
    """Leaves nothing behind."""


@pytest.mark.parametrize("seed", range(8))
async def test_it_equals_a_plain_count(house: House, database: Database, seed: int) -> None:
    house = of_any_size(house)

    def work(tx: Tx) -> None:
        life = lived(tx, house, seed)
        turn = Turn(tx, house, datetime.combine(END, time(9), house.settings.zone))
        period = reports.between(house.settings, FIRST, END)
        for unit in (None, *life.above):
            row = units.get(tx, unit) if unit else None
            _check(life, adoption.build(turn, period, row), unit)
        raise _Undo

    with pytest.raises(_Undo):
        await database.transact(work)


def _check(life: Life, found: adoption.Adoption, unit: int | None) -> None:
    during = [d for d in life.deeds if FIRST <= d[4] < END and life.under(d[3], unit)]
    staff = {p for p, home in life.home.items() if life.under(home, unit)}
    assert found.staff == len(staff)
    assert found.people == counted(during)
    for one in found.principles:
        assert one.people == counted([d for d in during if d[1] == one.number]), one.number
    assert {one.unit.id for one in found.units} == below_of(life, unit)
    for below in found.units:
        inside = [d for d in during if life.under(d[3], below.unit.id)]
        assert below.people == counted(inside)
    weeks = [counted([d for d in during if (d[4] - FIRST).days // 7 == week]) for week in range(WEEKS)]
    assert [dict(one.people) for one in found.weeks] == [{s: w[s] for s in adoption.WEEKLY} for w in weeks]
    after = END - timedelta(days=90)
    new = {p for p in staff if life.joined[p] >= after}
    moved = {p for p in staff - new if life.posted[p] >= after}
    for group, members in zip(found.groups, (new, moved, staff - new - moved), strict=True):
        assert group.staff == len(members)
        assert group.people == counted([d for d in during if d[2] in members])


def below_of(life: Life, unit: int | None) -> set[int]:
    """The units right below one; where a single one is at the top, those below that."""
    found = {u for u, above in life.above.items() if above == unit}
    return below_of(life, *found) if unit is None and len(found) == 1 else found


def of_any_size(house: House, k: int = 0) -> House:
    """A house in which figures of `k` people are told."""
    pulse = house.settings.pulse.model_copy(update={"k": k})
    return replace(house, settings=house.settings.model_copy(update={"pulse": pulse}))


@pytest.mark.parametrize("seed", range(8))
async def test_nothing_is_told_of_few_people(house: House, database: Database, seed: int) -> None:
    k = 3

    def work(tx: Tx) -> None:
        life = lived(tx, house, seed)
        turn = Turn(tx, of_any_size(house, k), datetime.combine(END, time(9), house.settings.zone))
        period = reports.between(house.settings, FIRST, END)
        everything = {u: {p for p, home in life.home.items() if life.under(home, u)} for u in (None, *life.above)}
        for unit, staff in everything.items():
            if unit and len(staff) < k:
                with pytest.raises(Refusal, match="too_few"):
                    adoption.build(turn, period, units.get(tx, unit))
                continue
            found = adoption.build(turn, period, units.get(tx, unit) if unit else None)
            told = [everything[one.unit.id] for one in found.units]
            assert all(len(people) >= k for people in told)
            assert len(staff) - sum(map(len, told)) not in range(1, k)
            assert all(group.staff == 0 or group.staff >= k for group in found.groups)
        raise _Undo

    with pytest.raises(_Undo):
        await database.transact(work)


def counted(deeds: list[tuple[str, int, int, int, date]]) -> dict[str, int]:
    who = defaultdict(set)
    for step, _, person, _, _ in deeds:
        who[step].add(person)
    return {step: len(who[step]) for step in STEPS}


async def test_a_channel_reaches_everybody_in_its_unit_and_below(talk: Talk) -> None:
    def read(tx: Tx) -> adoption.Adoption:
        turn = Turn(tx, talk.house, talk.now)
        period = reports.between(talk.house.settings, talk.now.date(), talk.now.date() + timedelta(days=1))
        return adoption.build(turn, period)

    await talk.bot.tick("daily", talk.now)
    await talk.delivered()
    found = await talk.database.read(read)
    assert found.people["reached"] > 0
    assert json.dumps(dict(found.people))


async def test_managers_see_their_unit_and_the_secretariat_everything(talk: Talk) -> None:
    talk.sets("pulse", k=3)
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["1"])
    talk.now += timedelta(weeks=1)
    assert "窓口課 規範の広がり" in await talk.kacho.says("/kizuki 浸透")
    assert "試験都庁 規範の広がり" in await talk.jimu.says("/kizuki adoption")
    assert "管理職・事務局・幹部の方" in await talk.hanako.says("/kizuki 浸透")


async def test_it_is_drawn_in_every_language(talk: Talk) -> None:
    def read(tx: Tx) -> list[str]:
        turn = Turn(tx, talk.house, talk.now)
        report = adoption.build(turn, adoption_card.lately(turn))
        return [plain(adoption_card.drawn(talk.house, report, lang)) for lang in talk.house.phrases.languages]

    drawn = await talk.database.read(read)
    assert all("{" not in text for text in drawn)
    assert len({text.splitlines()[0] for text in drawn}) == len(drawn)


async def test_what_surveys_say_stands_beside_it(talk: Talk) -> None:
    talk.sets("pulse", k=3)
    await opened(talk, set="adoption", audience={"units": ["10"]})
    said = ("minded", "read", "heard", "read", "changed", "unknown")
    people = (talk.hanako, talk.taro, talk.kacho, talk.bucho, talk.ken, talk.sakura)
    for someone, step in zip(people, said, strict=True):
        await answers(someone, q1=[step])
    await talk.ticks("pulse-close", AFTER)
    talk.later(hours=30)
    shown = await talk.jimu.says("/kizuki 浸透")
    assert "83% → 67% → 33%" in shown
    assert "83%（目標70%）。届いたようですが、まだはっきりとは言えません。" in shown


async def test_every_way_of_telling_has_a_name_and_an_old_one_is_called_as_it_was(talk: Talk) -> None:
    def marked(tx: Tx) -> None:
        me, day = 1, talk.now.date().isoformat()
        for number, facet in enumerate((*FACETS, STORY, LEADER, "of-old"), 1):
            daily.mark(tx, me, number, "read", day=day, facet=facet, unit_id=None, pack="tokyo", version="1.1.0")

    await talk.database.transact(marked)
    talk.now += timedelta(weeks=1)
    shown = await talk.jimu.says("/kizuki 浸透")
    assert "幹部からのことば" in shown
    assert "of-old" in shown
