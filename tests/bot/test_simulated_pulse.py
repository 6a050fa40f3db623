"""Simulated surveys: one a week, published by the rules of real ones, the same for the same seed, truth apart."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot import published, simulation
from bot.simulated_pulse import Asking
from bot.turn import House
from storage.database import Database, Tx
from storage.engines import open_database
from tests import rows as table
from tests.attack.evidence import surveys

FOLDER = Path(__file__).parents[2] / "content" / "demo"
# The week of 11 August, a holiday, is among them.
SIZE: dict[str, Any] = {"staff": 260, "weeks": 4, "seed": 3, "until": date(2026, 8, 31), "notes": 5, "kudos": 5}
CODES = ["weekly-2026-08-04", "weekly-2026-08-12", "weekly-2026-08-18", "weekly-2026-08-25"]
TRUTH = ["person", "unit", "question", "answer"]


def _ignore(_what: str, done: int, total: int) -> None:
    assert 0 < done <= total


async def _filled(database: Database, house: House, asking: Asking, **how: Any) -> dict[str, int]:
    return await simulation.run(database, house, FOLDER, **{**SIZE, **how}, pulse=asking, progress=_ignore)


def _csv(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def _posted(day: str) -> str:
    return (
        "select p.number, u.code from posting o join person p on p.id = o.person_id join unit u on u.id = o.unit_id "
        f"where o.starts_on <= '{day}' and coalesce(o.ends_on, '9999') > '{day}' order by p.number"
    )


def _line(tree: dict[str, str | None], unit: str | None) -> Iterator[str]:
    """A unit and those it is in."""
    while unit is not None:
        yield unit
        unit = tree[unit]


async def test_every_week_is_published_and_kept(house: House, database: Database, tmp_path: Path) -> None:
    asking = Asking(tmp_path / "out")
    found = await _filled(database, house, asking)
    assert found["surveys"] == len(asking.visible) == 4
    public = asking.folder / "published"
    assert sorted(path.name for path in public.iterdir()) == sorted(
        [f"{code}.json" for code in CODES]
        + [f"tree-{code}.json" for code in CODES]
        + [f"invited-{code}.csv" for code in CODES]
    )
    assert [survey.code for survey in surveys(asking.folder)] == CODES, "the attacker can read it"

    def look(tx: Tx) -> None:
        kept = table.rows(tx, "select code, state, salt, released, tree, invited, id, opened_on from pulse order by id")
        assert [row[0] for row in kept] == CODES
        for code, state, salt, released, tree, invited, key, day in kept:
            assert (state, salt, invited) == ("closed", "", 260)
            assert (public / f"{code}.json").read_text() == released
            assert json.loads((public / f"tree-{code}.json").read_text()) == {"units": json.loads(tree)}
            there = table.rows(tx, _posted(day))
            head, *listed = _csv(public / f"invited-{code}.csv")
            assert head == ["person", "unit"]
            assert [person for person, _ in listed] == [person for person, _ in there]
            # Whoever heads a unit counts in one above it.
            for (_, counts_in), (_, posted) in zip(listed, there, strict=True):
                assert counts_in in _line(json.loads(tree), posted)
            seats = f"select count(*), count(distinct number) from pulse_invited where pulse_id = {key}"
            groups = f"select sum(invited), count(*) from pulse_group where pulse_id = {key}"
            assert table.rows(tx, seats) == table.rows(tx, groups)

    await database.read(look)
    assert await database.read(lambda tx: table.rows(tx, "select count(*) from pulse_tally")) == [(0,)]


async def test_the_truth_is_what_the_tables_say(house: House, migrated: Database, tmp_path: Path) -> None:
    """Nobody's figures are in the first week's exact groups that are not in the truth."""
    asking = Asking(tmp_path / "out")
    await _filled(migrated, house, asking)
    survey = surveys(asking.folder)[0]
    rows = _csv(asking.folder / "truth" / f"{survey.code}.csv")
    assert rows[0] == TRUTH
    assert {tuple(row[:2]) for row in rows[1:]} <= set(survey.invited.items())
    compared = 0
    for question in survey.published.questions:
        for group in (group for group in question.groups if group.shown == "exact"):
            units = survey.units(group)
            inside = [row for row in rows if row[1] in units]
            answers = Counter(row[3] for row in inside if row[2] == question.id)
            assert answers == Counter({a: n for a, n in group.counts.items() if n})
            assert group.answered == len({row[0] for row in inside})
            compared += 1
    assert compared > 3


@pytest.fixture
def migrated(migrated_file: Path, tmp_path: Path) -> Any:
    """A migrated, empty SQLite database; what is looked at is the same on both."""
    return _copy(migrated_file, tmp_path / "one.db")


def _copy(file: Path, to: Path) -> Database:
    to.write_bytes(file.read_bytes())
    return open_database(f"sqlite:///{to}")


async def test_equal_seeds_give_equal_files(house: House, migrated_file: Path, tmp_path: Path) -> None:
    held = []
    for number, seed in enumerate((3, 3, 4)):
        asking = Asking(tmp_path / f"out{number}")
        database = _copy(migrated_file, tmp_path / f"{number}.db")
        await _filled(database, house, asking, seed=seed, staff=80, weeks=2)
        database.close()
        held.append({path.name: path.read_bytes() for path in sorted(asking.folder.rglob("*.*"))})
    assert held[0] == held[1]
    assert held[0] != held[2]


async def test_people_have_habits(house: House, migrated_file: Path, tmp_path: Path) -> None:
    """As many answer as asked for, mostly the same people and alike; and some small teams are of one mind."""
    shares = {}
    for response in (0.6, 0.273):
        asking = Asking(tmp_path / f"{response}", response)
        database = _copy(migrated_file, tmp_path / f"{response}.db")
        await _filled(database, house, asking, staff=600, weeks=2)
        database.close()
        first, second = (_answers(asking.folder / "truth" / f"{code}.csv") for code in CODES[2:])
        shares[response] = len(first) / 600
        both = first.keys() & second.keys()
        assert len(both) > 0.75 * len(first)
        assert 0.6 < sum(first[p][0] == second[p][0] for p in both) / len(both) < 0.99
        minds: dict[str, set[str]] = {}
        for unit, answer in ((given[1], given[0]) for given in first.values()):
            minds.setdefault(unit, set()).add(answer)
        assert any(len(mind) == 1 for mind in minds.values())
    assert shares == {0.6: pytest.approx(0.6, abs=0.06), 0.273: pytest.approx(0.273, abs=0.06)}


def _answers(path: Path) -> dict[str, tuple[str, str]]:
    """Everybody's step of adoption, and their unit."""
    return {row[0]: (row[3], row[1]) for row in _csv(path)[1:] if row[2].startswith("adoption")}


async def test_a_folder_in_use_is_refused_before_anything_is_written(
    house: House, migrated_file: Path, tmp_path: Path
) -> None:
    asking = Asking(tmp_path / "out")
    asking.prepare()
    (asking.folder / "published" / "old.json").write_text("{}")
    database = _copy(migrated_file, tmp_path / "one.db")
    with pytest.raises(ValueError, match="something in"):
        await _filled(database, house, asking)
    assert await database.read(lambda tx: table.rows(tx, "select count(*) from person")) == [(0,)]
    database.close()


async def test_a_published_table_is_what_later_weeks_are_held_against(
    house: House, migrated_file: Path, tmp_path: Path
) -> None:
    """Ten weeks later the same principle is asked about again: then fewer groups can be told exactly."""
    asking = Asking(tmp_path / "out")
    database = _copy(migrated_file, tmp_path / "one.db")
    await _filled(database, house, asking, staff=600, weeks=12, notes=0, kudos=0)
    database.close()
    tables = [published.load(p.read_text()) for p in sorted((asking.folder / "published").glob("weekly-*.json"))]
    asked = [one.questions[0].id for one in tables]
    assert asked[0] == asked[10] != asked[1]
    exact = [sum(g.shown == "exact" for g in one.questions[0].groups) for one in tables]
    assert exact[10] < min(exact[:10])
