"""The simulated organisation: as large as asked for, uneven as life, and the same for the same seed."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import simulated_people, simulated_texts, simulation
from bot.demo_staff import entries
from bot.schedule import millis, moment
from bot.tree import grown
from bot.turn import House
from storage import notes, reports, search, units
from storage.database import Database, Tx
from storage.engines import open_database
from storage.search import Wanted
from tests import counts
from tests import rows as table
from tests.databases import Kept, filled, migrated

FOLDER = Path(__file__).parents[2] / "content" / "demo"
ZONE = ZoneInfo("Asia/Tokyo")
UNTIL = date(2027, 2, 1)
SIZE = {"staff": 400, "weeks": 10, "seed": 7}


async def _filled(database: Database, house: House, **how: Any) -> dict[str, int]:
    return await simulation.run(database, house, FOLDER, until=UNTIL, **{**SIZE, **how}, progress=_silent)


YEAR = {"staff": 3_000, "weeks": 52, "notes": 3_000, "kudos": 2_000}
SPRING = "2026-04-01"


@pytest.fixture
def how() -> dict[str, int]:
    """How `simulated` differs from the usual size."""
    return {}


@pytest.fixture
async def simulated(house: House, kept: Kept, tmp_path: Path, how: dict[str, int]) -> AsyncIterator[Database]:
    """A simulated organisation, on each backend in turn: made once for all tests that only look at it."""
    name = "simulated" + "".join(f"-{value}" for value in how.values())
    database = open_database(await filled(kept, name, tmp_path, lambda found: _filled(found, house, **how)))
    yield database
    database.close()


of_a_year = pytest.mark.parametrize("how", [YEAR], ids=["year"])


def _silent(_what: str, done: int, total: int) -> None:
    assert 0 < done <= total


async def _rows(database: Database, sql: str) -> list[tuple[Any, ...]]:
    return await database.read(lambda tx: table.rows(tx, sql))


async def test_it_is_as_large_as_asked(house: House, database: Database) -> None:
    found = await _filled(database, house, notes=900, kudos=700)
    names = {"units": "unit", "people": "person", "places": "place", "answers": "note_step", "supports": "note_support"}
    assert set(found) == {*names, "notes", "kudos", "claps"}
    assert (found["people"], found["notes"], found["kudos"]) == (400, 900, 700)
    for what, name in {**names, "notes": "note", "kudos": "kudos", "claps": "kudos_clap"}.items():
        assert await _rows(database, f"select count(*) from {name}") == [(found[what],)], what
        assert found[what] > 0
    assert await _rows(database, "select count(*) from outbox") == [(0,)]


async def test_unsaid_amounts_follow_the_people(house: House, database: Database) -> None:
    found = await _filled(database, house)
    assert found["notes"] == found["kudos"] == round(9.25 * 400 * 10 / 52)


async def test_time_runs_with_the_keys(house: House, simulated: Database) -> None:
    for name in ("note", "kudos", "note_step"):
        found = [at for (at,) in await _rows(simulated, f"select at from {name} order by id")]
        assert found == sorted(found)
        assert name == "note_step" or len(found) == len(set(found))
        local = [moment(at, ZONE) for at in found]
        assert all(house.calendar.is_working(at.date()) and 8 <= at.hour <= 17 for at in local)
        assert UNTIL - timedelta(weeks=10) <= local[0].date() <= local[-1].date() < UNTIL
    late = "select count(*) from note_step s join note n on n.id = s.note_id where s.at <= n.at"
    assert await _rows(simulated, late) == [(0,)]
    early = "select count(*) from note_support s join note n on n.id = s.note_id where s.at <= n.at"
    assert await _rows(simulated, early) == [(0,)]


async def test_the_tree_has_six_levels_and_a_manager_everywhere(simulated: Database) -> None:
    depths = await _rows(
        simulated,
        """select deepest, count(*) from (select max(depth) as deepest from unit_tree group by descendant) as t
           group by deepest order by deepest""",
    )
    assert depths == [(0, 1), (1, 4), (2, 7), (3, 13), (4, 20), (5, 26)]
    assert await _rows(simulated, "select name_ja, name_en from unit where parent_id is null") == [
        ("試験都庁", "Test City")
    ]
    managed = "select count(distinct unit_id), count(distinct person_id) from role where role = 'manager'"
    assert await _rows(simulated, managed) == [(71, 71)]
    others = await _rows(
        simulated, "select role, count(*) from role where role <> 'manager' group by role order by role"
    )
    assert others == [("administrator", 1), ("executive", 1), ("secretariat", 2)]
    channels = (
        "select count(*) from place p join unit_tree t on t.descendant = p.unit_id where not p.private and t.depth = 3"
    )
    assert await _rows(simulated, channels) == [(13,)]
    assert await _rows(simulated, "select count(*) from place where private") == [(73,)]


async def test_rows_hold_the_unit_of_their_moment(house: House, database: Database) -> None:
    await _filled(database, house, staff=3_000, weeks=52, notes=2_000, kudos=2_000)
    assert (await _rows(database, "select count(*) from posting"))[0][0] > 3_500, "some moved"
    units: dict[int, list[tuple[int, str, str | None]]] = {}
    for person, unit, since, until in await _rows(
        database, "select person_id, unit_id, starts_on, ends_on from posting"
    ):
        units.setdefault(person, []).append((unit, since, until))
    written = """select author_id, unit_id, at from note union all select giver_id, unit_id, at from kudos
                 union all select t.person_id, t.unit_id, k.at from kudos_to t join kudos k on k.id = t.kudos_id"""
    for person, unit, at in await _rows(database, written):
        day = moment(at, ZONE).date().isoformat()
        assert [u for u, since, until in units[person] if since <= day and (until is None or day < until)] == [unit]


@of_a_year
async def test_units_change_on_the_first_of_april(simulated: Database) -> None:
    again = await _rows(
        simulated,
        f"""select s.unit_id, s.name_ja <> b.name_ja, s.parent_id <> b.parent_id from unit_state s
            join unit_state b on b.unit_id = s.unit_id and b.starts_on < s.starts_on where s.starts_on = '{SPRING}'""",
    )
    assert {(bool(renamed), bool(moved)) for _, renamed, moved in again} == {(True, False), (False, True)}
    gone = await _rows(simulated, f"select id from unit where ends_on = '{SPRING}'")
    assert sorted(gone) == await _rows(
        simulated, f"select predecessor from unit_descent where day = '{SPRING}' order by predecessor"
    )
    made = await _rows(simulated, f"select id, code from unit where starts_on = '{SPRING}'")
    assert 2 <= len(made) < len(gone), "of two teams each; and a section went into another"
    assert {len(code) for _, code in made} == {10}
    lost = """select count(*) from posting p join unit u on u.id = p.unit_id
              where coalesce(p.ends_on, '9999') > coalesce(u.ends_on, '9999') or p.starts_on < u.starts_on"""
    assert await _rows(simulated, lost) == [(0,)]
    managed = """select count(*), count(distinct r.unit_id) from role r join unit u on u.id = r.unit_id
                 where r.role = 'manager' and r.ends_on is null and u.ends_on is null"""
    alive = (await _rows(simulated, "select count(*) from unit where ends_on is null"))[0][0]
    assert await _rows(simulated, managed) == [(alive, alive)]
    left = (
        "select count(*) from role r join unit u on u.id = r.unit_id where u.ends_on is not null and r.ends_on is null"
    )
    assert await _rows(simulated, left) == [(0,)]


@of_a_year
async def test_the_tree_is_the_one_its_history_grows_into(house: House, simulated: Database) -> None:

    def look(tx: Tx) -> None:
        zone = house.settings.zone
        every, states, descents = units.everything(tx), units.states(tx), units.descents(tx)
        start = lambda day: millis(datetime.combine(date.fromisoformat(day), time(), zone))  # noqa: E731
        assert sorted(units.tree(tx)) == sorted(grown(every, states, descents, start))
        newest = {state.unit_id: state for state in states}
        shown = [(newest[u.id].name_ja, newest[u.id].name_en, newest[u.id].parent_id) for u in every]
        assert [(u.name_ja, u.name_en, u.parent_id) for u in every] == shown

    await simulated.read(look)


@of_a_year
async def test_a_fifth_moves_most_of_them_on_the_first_of_april(simulated: Database) -> None:
    moved = await _rows(
        simulated, "select starts_on, count(*) from posting where starts_on > '2026-02' group by starts_on"
    )
    days = dict(moved)
    assert 500 < days.pop(SPRING) < 700
    assert 30 < sum(days.values()) < 120
    assert len(days) > 25


@of_a_year
async def test_who_answers_is_a_manager_at_the_time(simulated: Database) -> None:
    steps = await _rows(simulated, "select person_id, at from note_step")
    found = await _rows(
        simulated, "select person_id, starts_on, coalesce(ends_on, '9999') from role where role = 'manager'"
    )
    managing: dict[int, list[tuple[str, str]]] = {}
    for person, since, until in found:
        managing.setdefault(person, []).append((since, until))
    offices = {p for (p,) in await _rows(simulated, "select person_id from role where role = 'secretariat'")}
    told = 0
    for person, at in steps:
        day = moment(at, ZONE).date().isoformat()
        told += person in offices or any(since <= day < until for since, until in managing[person])
    # Those who were asked before the day and answer after it are no longer.
    assert 0 <= len(steps) - told < 0.005 * len(steps)


async def test_kudos_keep_the_rules(house: House, database: Database) -> None:
    await _filled(database, house, staff=20, kudos=3_000)
    alone = "select count(*) from kudos k join kudos_to t on t.kudos_id = k.id where k.giver_id = t.person_id"
    assert await _rows(database, alone) == [(0,)]
    given = "select giver_id, day, count(*) from kudos k join kudos_to t on t.kudos_id = k.id group by giver_id, day"
    quota = await _rows(database, "select person_id, day, used from quota")
    assert sorted(quota) == sorted(await _rows(database, given))
    assert max(used for *_, used in quota) == house.settings.kudos.daily_cap
    tagged = """select count(*) from kudos_to t where not exists
                (select 1 from kudos_tag g where g.kudos_id = t.kudos_id and g.receiver_id = t.person_id)"""
    assert await _rows(database, tagged) == [(0,)]
    clapping = """select count(*) from kudos_clap c join kudos k on k.id = c.kudos_id where c.person_id = k.giver_id
                  or not k.public or c.person_id in (select person_id from kudos_to where kudos_id = k.id)"""
    assert await _rows(database, clapping) == [(0,)]


async def test_answers_lead_to_the_state(simulated: Database) -> None:
    last = """select count(*), sum(case when n.state = s.state then 0 else 1 end) from note n join note_step s
              on s.id = (select max(id) from note_step where note_id = n.id)"""
    ((answered, wrong),) = await _rows(simulated, last)
    assert answered > 300
    assert wrong == 0
    silent = """select count(*) from note n where state <> 'open'
                and not exists (select 1 from note_step where note_id = n.id)"""
    assert await _rows(simulated, silent) == [(0,)]
    own = "select count(*) from note n join note_step s on s.note_id = n.id where s.person_id = n.author_id"
    assert await _rows(simulated, own) == [(0,)]
    unfinished = (
        "select count(*) from note where (answered_at is null) <> (state not in ('done', 'adopted', 'declined'))"
    )
    assert await _rows(simulated, unfinished) == [(0,)]


async def test_life_is_uneven(house: House, database: Database) -> None:
    await _filled(database, house, notes=4_000, kudos=4_000)
    by_author = sorted(
        (n for (n,) in await _rows(database, "select count(*) from note group by author_id")), reverse=True
    )
    assert sum(by_author[:40]) > 0.3 * 4_000, "a tenth of the people write a third"
    by_number = [n for (n,) in await _rows(database, "select count(*) from note_tag group by number")]
    assert len(by_number) == 10
    assert max(by_number) > 2 * min(by_number)
    back = """select count(distinct k.giver_id) from kudos k join kudos_to t on t.kudos_id = k.id where exists
              (select 1 from kudos k2 join kudos_to t2 on t2.kudos_id = k2.id
               where k2.giver_id = t.person_id and t2.person_id = k.giver_id)"""
    assert (await _rows(database, back))[0][0] > 150
    same = "select count(*) from kudos k join kudos_to t on t.kudos_id = k.id where k.unit_id = t.unit_id"
    assert (await _rows(database, same))[0][0] > 2_200
    days = Counter(moment(at, ZONE).date() for (at,) in await _rows(database, "select at from note"))
    quiet = [n for day, n in days.items() if date(2026, 12, 26) <= day <= date(2027, 1, 6)]
    usual = [n for day, n in days.items() if date(2027, 1, 11) <= day]
    assert 2 * sum(quiet) / len(quiet) < 1.2 * sum(usual) / len(usual)


async def test_it_can_be_searched_and_rolled_up(simulated: Database) -> None:
    assert await _rows(simulated, "select count(*) from note where not indexed") == [(0,)]

    def look(tx: Tx) -> None:
        found = search.count(tx, Wanted(("窓口",)), limit=10_000)
        assert 0 < search.count(tx, Wanted(("窓口", "雨の日")), limit=10_000) < found < 700
        today = UNTIL.isoformat()
        span = {"since": 0, "until": 2**60}
        seen = sum(counts.written(tx, **span).states.values())
        assert 600 < seen < 712, "those for the secretariat alone are not counted"
        assert reports.count_waiting(tx, 1, today=today)[1] > 0
        assert counts.thanked(tx, 1, **span).each[-1][0] > 1

    await simulated.read(look)


async def test_life_goes_on_after_it(house: House, database: Database) -> None:
    found = await _filled(database, house)
    note_id = await database.transact(
        lambda tx: notes.add(
            tx,
            author_id=1,
            unit_id=1,
            kind="notice",
            text="明日の分",
            plain="明日の分",
            audience="unit",
            pack=house.pack.id,
            version=house.pack.version,
            due_on="2027-02-15",
            at=1,
            numbers=(1,),
        )
    )
    assert note_id == found["notes"] + 1


async def test_the_same_seed_gives_the_same_rows(house: House, tmp_path: Path) -> None:
    found, texts = [], []
    for name, seed in (("one", 7), ("two", 7), ("other", 8)):
        url = f"sqlite:///{tmp_path}/{name}.db"
        migrated(url)
        database = open_database(url)
        await _filled(database, house, seed=seed)
        found.append(await database.read(table.digest))
        written = [await _rows(database, f"select text from {what} order by id") for what in ("note", "kudos")]
        texts.append([*written, await _rows(database, "select name_ja from person order by id")])
        database.close()
    assert found[0] == found[1]
    assert not any(one == other for one, other in zip(texts[0], texts[2], strict=True))


async def test_impossible_sizes_are_refused(house: House, database: Database) -> None:
    for how, why in (
        ({"staff": 9}, "at least 10 people"),
        ({"weeks": 0}, "no working day"),
        ({"staff": 10, "kudos": 5_000}, "daily cap"),
        ({"notes": -1}, "less than nothing"),
    ):
        with pytest.raises(ValueError, match=why):
            await _filled(database, house, **how)
    assert await _rows(database, "select count(*) from person") == [(0,)]
    await _filled(database, house, staff=10, weeks=2)
    with pytest.raises(ValueError, match="not empty"):
        await _filled(database, house)


async def test_the_smallest_and_the_largest_have_a_believable_shape(house: House, tmp_path: Path) -> None:
    for staff, levels in ((10, [1] * 6), (54_046, [1, 30, 145, 650, 1_816, 3_487])):
        url = f"sqlite:///{tmp_path}/{staff}.db"
        migrated(url)
        database = open_database(url)
        await _filled(database, house, staff=staff, weeks=1, notes=10, kudos=10)
        depths = "select max(depth) as d from unit_tree group by descendant"
        found = await _rows(database, f"select count(*) from ({depths}) as t group by d order by d")
        assert [n for (n,) in found] == levels
        database.close()


def test_units_and_principles_differ(house: House) -> None:
    names = entries(FOLDER, "names")
    town = simulated_people.found(names, staff=400, first=date(2026, 11, 2), until=UNTIL, seed="7", name=("都", "T"))
    sums = simulated_people.activity(town, Random(7), spread=0)
    each = [round(b - a, 9) for a, b in pairwise([0, *sums])]
    assert len(set(each)) == len(town.chart.units), "people alike, units not"
    texts = simulated_texts.for_kudos(FOLDER, Random(7), known=house.pack.numbers)
    assert len({round(b - a, 9) for a, b in pairwise([0, *texts.sums["ja"]])}) == len(house.pack.numbers)
    fewer = simulated_texts.for_kudos(FOLDER, Random(7), known=(2,))
    assert {told.numbers for told in fewer.told["ja"]} == {(2,)}, "a pack with other numbers"
