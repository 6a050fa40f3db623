"""The demo organisation, on both databases."""

from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.delivery import Delivery
from bot import demo, demo_pulse, digest, published, receipts, recognition
from bot.bot import Bot
from bot.cards import Buttons, plain
from bot.demo_staff import entries, language
from bot.events import Handle, Place, Press
from bot.reports import between
from bot.schedule import millis, moment, week_before
from bot.turn import House, Turn
from storage import daily, messages, owed, reports, search, units
from storage.database import Database, Tx
from storage.engines import open_database
from storage.pulse_answers import NOUGHT
from storage.search import Wanted
from tests import counts
from tests import rows as table
from tests.databases import Kept, filled, migrated
from tests.talk import Wire

FOLDER = Path(__file__).parents[2] / "content" / "demo"
ZONE = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 24, 10, tzinfo=ZONE)
HOLIDAY = datetime(2026, 5, 5, 14, tzinfo=ZONE)
SPAN = {"since": 0, "until": millis(NOW)}


@pytest.fixture
def now() -> datetime:
    """When the demo is opened."""
    return NOW


@pytest.fixture
async def database_url(house: House, kept: Kept, tmp_path: Path, now: datetime) -> str:
    """The URL of the demo organisation's database as it is when the demo is opened, on each backend in turn."""
    return await filled(kept, f"demo{now:%Y%m%d%H%M}", tmp_path, lambda found: _seed(found, house, now))


async def _seed(database: Database, house: House, now: datetime) -> None:
    await database.transact(lambda tx: demo.seed(tx, house, FOLDER, now=now))


async def _rows(database: Database, sql: str) -> list[tuple[Any, ...]]:
    return await database.read(lambda tx: table.rows(tx, sql))


async def test_everything_of_the_files_is_there(house: House, database: Database) -> None:
    organisation, notes = entries(FOLDER, "organisation"), entries(FOLDER, "notes")
    counted = {
        name: (await _rows(database, f"select count(*) from {name}"))[0][0]
        for name in ("unit", "person", "account", "posting", "note", "kudos", "note_support", "kudos_clap")
    }
    assert counted["unit"] == len(organisation["units"])
    assert counted["person"] == counted["posting"] == len(organisation["people"])
    assert counted["account"] == len(organisation["people"]) + len(organisation["devices"])
    assert (counted["note"], counted["kudos"]) == (170, 110)
    assert min(counted["note_support"], counted["kudos_clap"]) > 100
    states = await _rows(database, "select text, state, reason from note")
    assert {(n["text"], n["answer"], n.get("reason", "")) for n in notes} == set(states)
    private = await _rows(database, "select ext_id from place where private order by person_id")
    assert private == [(f"dm:{p['id']}",) for p in organisation["people"]]
    titles = await _rows(database, "select ext_id, title from place where not private order by id")
    assert titles == [(c["id"], c["name"]["ja"]) for c in organisation["channels"]]


@pytest.mark.parametrize(
    "now",
    [NOW, HOLIDAY, datetime(2027, 1, 1, 9, tzinfo=ZONE), datetime(2026, 11, 24, 8, 31, tzinfo=ZONE)],
    ids=["tuesday", "golden week", "new year", "just opened"],
)
async def test_it_all_happened_at_work_before_now(house: House, database: Database, now: datetime) -> None:
    for name in ("note", "kudos", "note_support", "note_step", "kudos_clap"):
        order = "note_id, id" if name == "note_step" else "1"
        found = [moment(at, ZONE) for (at,) in await _rows(database, f"select at from {name} order by {order}")]
        assert all(house.calendar.is_working(at.date()) and 8 <= at.hour <= 17 and at <= now for at in found)
        if name in ("note", "kudos"):
            assert found == sorted(found)
            assert found[0] < now.replace(hour=0) - (now - found[-1])
    early = "select count(*) from note_step s join note n on n.id = s.note_id where s.at <= n.at"
    assert await _rows(database, early) == [(0,)]
    days = await _rows(database, "select distinct day from mark")
    assert all(house.calendar.is_working(date.fromisoformat(str(day))) for (day,) in days)
    planned = await _rows(database, "select day, text from leader_message")
    expected = house.calendar.next_working(date.fromordinal(now.date().toordinal() + 1))
    assert planned == [(expected.isoformat(), entries(FOLDER, "organisation")["leader_message"]["ja"])]


async def test_steps_lead_to_the_state(house: House, database: Database) -> None:
    last = """select n.state, s.state, s.at, n.answered_at from note n
              join note_step s on s.id = (select max(id) from note_step where note_id = n.id)"""
    found = await _rows(database, last)
    assert len(found) == 130, "all but the forty open ones"
    assert all(state == step for state, step, _, _ in found)
    assert all((answered is None) == (state in ("received", "considering")) for state, _, _, answered in found)


@pytest.mark.parametrize("now", [NOW, HOLIDAY], ids=["tuesday", "golden week"])
async def test_every_manager_has_a_digest_to_read(house: House, database: Database, now: datetime) -> None:

    def look(tx: Tx) -> None:
        turn = Turn(tx, house, now)
        models = [digest.build(turn, unit, *week_before(turn.today)) for _, unit in digest.recipients(tx, turn.day)]
        assert len(models) == 14
        assert all(m.waiting and m.due for m in models)
        assert sum(1 for m in models if m.notes and m.by_number) >= 12
        assert sum(1 for m in models if m.received) >= 5
        assert all(plain(digest.card(house, m, "ja")) for m in models)
        late = Counter({m.unit.code: m.overdue for m in models})
        assert late["00"] == 3
        assert sum(1 for code, n in late.items() if len(code) > 2 and n) >= 2

    await database.read(look)


async def test_every_roll_up_has_something_to_say(house: House, database: Database) -> None:

    def look(tx: Tx) -> None:
        top = units.by_code(tx, "00")
        assert top
        today = NOW.date().isoformat()
        asked = reports.Asked(top.id, SPAN["since"], SPAN["until"], today)
        assert sum(reports.unit_notes(tx, asked).values()) > 170
        assert reports.unit_note_total(tx, asked) == 170
        assert len(reports.unit_top_notes(tx, asked, limit=3)) == 3
        assert len(reports.waiting(tx, top.id, today=today, limit=5)) == 5
        assert reports.count_waiting(tx, top.id, today=today) == (80, 3)
        assert set(reports.unit_kudos(tx, asked)) == set(house.pack.numbers)
        assert reports.unit_kudos_totals(tx, asked) == (110, 110)
        assert set(counts.written(tx, **SPAN).by_number) == set(house.pack.numbers)
        assert sum(counts.written(tx, **SPAN).states.values()) == 170
        assert counts.written(tx, **SPAN).writers > 20
        assert counts.kudos(tx, **SPAN) == 110
        assert counts.written(tx, **SPAN).states["done"] == 50
        given = [counts.thanked(tx, n, **SPAN) for n in house.pack.numbers]
        assert sum(1 for found in given if found.each[-1][0] >= 3) >= 3
        assert all(found.kudos for found in given)
        turn = Turn(tx, house, NOW)
        month = between(house.settings, date(2026, 11, 1), date(2026, 12, 1))
        assert plain(recognition.card(house, recognition.build(turn, month), "ja"))

    await database.read(look)


async def test_people_write_in_their_unit_and_language(house: House, database: Database) -> None:
    found = await _rows(
        database,
        """select n.text, p.language, u.code, r.role from note n join person p on p.id = n.author_id
           join unit u on u.id = n.unit_id join posting o on o.person_id = p.id and o.unit_id = u.id
           left join role r on r.person_id = p.id and r.role = 'manager'""",
    )
    assert {text: code for text, _, code, _ in found} == {n["text"]: n["unit"] for n in entries(FOLDER, "notes")}
    assert not [text for text, _, _, role in found if role]
    english = [lang for text, lang, code, _ in found if language(str(text)) == "en" and code in ("1020", "202010")]
    assert set(english) == {"en"}


async def test_channels_hold_what_was_sent(house: House, database: Database) -> None:
    assert await database.read(owed.counts) == await _rows(
        database, "select 'sent', count(*) from message where card <> ''"
    )
    found = await _rows(database, "select place, key, author, at from message order by id")
    assert [at for *_, at in found] == sorted(at for *_, at in found)
    per_place = Counter(place for place, key, _, _ in found if str(key).startswith(("note:", "kudos:")))
    assert len(per_place) == 11
    assert set(per_place.values()) == {12}
    spoken = Counter(place for place, _, author, _ in found if author)
    assert len(spoken) == 13
    assert min(spoken.values()) >= 2


async def test_support_later_changes_the_very_message(house: House, database: Database) -> None:
    wire = Wire(name="playground")
    key, place, number = (
        await _rows(database, "select key, place, id from message where key like 'note:%' order by id desc")
    )[0]
    before = await database.read(lambda tx: messages.get(tx, int(str(number))))
    assert before
    wire.messages[str(number)] = (str(place), None)  # type: ignore[assignment]
    author = f"select author_id from note where id = {str(key).removeprefix('note:')}"
    who = await _rows(
        database,
        f"""select a.ext_id from account a where a.person_id not in ({author}) and a.person_id not in
            (select person_id from note_support where note_id = {str(key).removeprefix("note:")})""",
    )
    account = str(who[0][0])
    bot = Bot(house, database, lambda: NOW)
    press = Press("k1", Handle("playground", account), Place("playground", str(place)), "note.support", str(key)[5:])
    assert await bot.handle(press)
    await Delivery(database, {"playground": wire}, house.settings, lambda: NOW).drain()
    shown = plain(wire.messages[str(number)][1])
    assert shown != before.card
    assert len(wire.messages) == 1, "no new message beside it"


async def test_notes_can_be_found_at_once(house: House, database: Database) -> None:
    assert await _rows(database, "select count(*) from note where not indexed") == [(0,)]
    found = await database.read(lambda tx: search.find(tx, Wanted(("番号札",)), limit=10))
    assert len(found) == 1


async def test_nobody_passes_the_daily_cap(house: House, database: Database) -> None:
    used = "select sum(used) from quota"
    assert await _rows(database, used) == await _rows(database, "select count(*) from kudos_to")
    alone = "select count(*) from kudos k join kudos_to t on t.kudos_id = k.id where k.giver_id = t.person_id"
    assert await _rows(database, alone) == [(0,)]


async def test_two_seeds_are_equal(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "new_salt", lambda: "00" * 32)  # the one thing that is drawn by lot
    found = []
    for name, now in (("one", NOW), ("two", NOW), ("later", HOLIDAY)):
        url = f"sqlite:///{tmp_path}/{name}.db"
        migrated(url)
        database = open_database(url)
        await _seed(database, house, now)
        found.append(await database.read(table.digest))
        database.close()
    assert found[0] == found[1]
    assert found[0] != found[2], "or the digest sees nothing"


def test_texts_are_told_apart_by_language() -> None:
    assert language("A parent asked why.") == "en"
    assert language("「書（か）きかた」に なおしました。") == "ja-easy"
    assert language("締切をeラーニングに合わせた") == "ja"


async def test_the_leader_speaks_on_the_next_card(house: House, database: Database) -> None:
    spoken = await database.read(lambda tx: daily.leader_on(tx, "2026-11-25"))
    assert spoken
    assert (spoken.number, spoken.name_ja) == (9, "未来 ひらく")


EVERY_DAY = [
    NOW,
    HOLIDAY,
    datetime(2027, 1, 1, 9, tzinfo=ZONE),
    *(NOW.replace(day=d, hour=8, minute=39) for d in range(25, 31)),
]


@pytest.mark.parametrize("now", EVERY_DAY, ids=lambda now: f"{now:%a %d %b %H:%M}")
async def test_on_any_day_one_survey_is_open_and_those_before_have_results(
    house: House, database: Database, now: datetime
) -> None:
    found = await _rows(database, "select state, opened_on, closes_on, closed_on, released from pulse order by id")
    *before, newest = found
    assert (newest[0], newest[3], newest[4]) == ("open", None, "")
    opened = datetime.combine(date.fromisoformat(str(newest[1])), demo_pulse.OPENS, ZONE)
    assert opened <= now
    assert house.calendar.is_working(opened.date())
    assert house.calendar.working_days_before(now.date()) - house.calendar.working_days_before(opened.date()) <= 1
    assert str(newest[2]) > now.date().isoformat()
    assert len(before) >= 4
    assert all(state == "closed" and closed <= now.date().isoformat() for state, _, _, closed, _ in before)
    assert all(published.load(str(released)).visible >= 0.92 for *_, released in before)
    assert await _rows(
        database, "select count(*) from pulse_ticket where pulse_id in (select id from pulse where state = 'closed')"
    ) == [(0,)]
    assert await _rows(database, "select count(*) from outbox where state <> 'sent'") == [(0,)]


async def test_the_principles_become_known_a_little_more_every_week(house: House, database: Database) -> None:
    shares = []
    for (released,) in await _rows(database, "select released from pulse where state = 'closed' order by id"):
        question = published.load(str(released)).questions[0]
        whole = next(group for group in question.groups if group.parent is None)
        shares.append(1 - whole.counts["unknown"] / whole.answered)
    assert shares == sorted(shares)
    assert 0.4 < shares[0] < shares[-1] < 0.7, "the target is still ahead"


async def test_who_opens_the_demo_can_answer_and_see_the_results_come(house: House, database: Database) -> None:
    clock = [NOW]
    bot = Bot(house, database, lambda: clock[0])
    ((code, closes),) = await _rows(database, "select code, closes_on from pulse where state = 'open'")
    for n, account in enumerate(sorted(demo_pulse.WAITING)):
        me, here = Handle("playground", account), Place("playground", f"dm:{account}", private=True)
        fields: dict[str, tuple[str, ...]] = {"q1": ("read",), "q2": ("once",), "q3": ("none",)}
        reply = await bot.handle(Press(f"answer-{n}", me, here, "pulse.answer", str(code), fields))
        assert reply
        assert "pulse.change" in {
            b.action for row in reply.card.blocks if isinstance(row, Buttons) for b in row.buttons
        }
    answered = int(
        str((await _rows(database, f"select sum(count - {NOUGHT}) from pulse_tally where question = ''"))[0][0])
    )
    clock[0] = datetime.combine(house.calendar.next_working(date.fromisoformat(str(closes))), demo_pulse.CLOSES, ZONE)
    await bot.tick("pulse-close", clock[0])
    ((released,),) = await _rows(database, f"select released from pulse where code = '{code}'")
    whole = published.load(str(released)).questions[0].groups[0]
    assert (whole.parent, whole.answered) == (None, answered)
    assert 30 <= answered <= 42
    told = await _rows(database, f"select count(*) from outbox where key like 'pulse-results:{code}:%:place-%'")
    assert told == [(11,)], "every channel of a unit"
