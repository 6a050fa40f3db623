"""Open data: nothing that is too small, no words and no names, described for catalogues, equal to the last byte."""

import asyncio
import csv
import io
import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from adapters.exports import export
from adapters.files.keeping import Unwritable
from bot import open_data
from bot.output_settings import OpenData
from bot.schedule import millis
from bot.turn import House, Turn
from storage import kudos, notes, people, postings, units
from storage.columns import adding
from storage.database import Tx
from storage.engines import open_database
from storage.pulses import Pulse
from storage.statements import Statement
from tests.databases import MIGRATED, Files, Server, migrated
from tests.talk import resettled

K = 5
NOW = datetime.fromisoformat("2026-12-03T09:00:00+09:00")
SINCE = "2020-04-01"
SECRET, NAME = "だれにも見せないことば", "秘密の名前"


def _group(units: list[str], above: str | None, invited: int, shown: str, **counts: int) -> dict[str, Any]:
    answered = 20 if shown == "topcoded" else sum(counts.values())
    found = {"units": units, "parent": above, "invited": invited, "answered": answered}
    return {**found, "counts": counts, "shown": shown}


GROUPS = [
    _group(["00"], None, 60, "exact", yes=25, no=15),
    _group(["10"], "00", 30, "topcoded", yes=16),
    _group(["20", "30"], "00", 30, "exact", yes=9, no=11),
    _group(["1010"], "10", 9, "exact", yes=7),
    _group(["40"], "00", 3, "hidden"),
]
RELEASED = {"survey": "weekly-2026-11-02", "k": 5, "visible": 0.5, "questions": [{"id": "tried", "groups": GROUPS}]}


@pytest.fixture
def lived(house: House, tmp_path: Path) -> House:
    """A house with three months of four bureaus, one of them of three people."""
    return living(house, migrated(f"sqlite:///{tmp_path}/kizuki.db"))


def living(house: House, url: str) -> House:
    """The same in a database that is there."""
    settings = house.settings.model_copy(update={"database": url, "open_data": OpenData(k=K)})
    _transact(url, lambda tx: _filled(tx, house))
    return resettled(house, settings)


def _transact(url: str, work: Any) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(transacted, url, work).result()


def transacted(url: str, work: Any) -> None:
    """Run a work on a database that nobody has open."""
    database = open_database(url)
    asyncio.run(database.transact(work))
    database.close()


def _filled(tx: Tx, house: House) -> None:
    rng, ids = random.Random(3), dict[str, int]()
    for code, above in (("00", None), ("10", "00"), ("20", "00"), ("30", "00"), ("40", "00"), ("1010", "10")):
        parent = ids[above] if above else None
        ids[code] = units.add(tx, code=code, name_ja=f"{code}局", name_en=code, parent_id=parent, starts_on=SINCE)
    staff: dict[str, list[int]] = {}
    for code, count in (("1010", 12), ("10", 20), ("20", 15), ("30", 12), ("40", 3)):
        staff[code] = [_hired(tx, f"{code}-{n}", ids[code]) for n in range(count)]
    everyone = [(person, code) for code, found in staff.items() for person in found]
    for day in range(90):
        at = millis(datetime.fromisoformat("2026-09-03T10:00:00+09:00") + timedelta(days=day))
        for person, code in rng.sample(everyone, 12):
            numbers = tuple(rng.sample((1, 2, 3), rng.randint(1, 2)))
            _noted(tx, person, ids[code], numbers, at, rng.choice(("unit", "unit", "office")))
            to, of = rng.choice(everyone)
            kudos.add(
                tx,
                giver_id=person,
                unit_id=ids[code],
                receivers=[(to, ids[of])],
                text=SECRET,
                numbers=(rng.choice((1, 2)),),
                public=True,
                pack="tokyo",
                version="1.1.0",
                day="2026-09-03",
                at=at,
            )


def _noted(tx: Tx, person: int, unit: int, numbers: tuple[int, ...], at: int, audience: str) -> int:
    return notes.add(
        tx, author_id=person, unit_id=unit, kind="notice", text=SECRET, plain=SECRET, audience=audience, pack="tokyo",
        version="1.1.0", due_on="2026-12-08", at=at, numbers=numbers,
    )  # fmt: skip


def _hired(tx: Tx, number: str, unit: int) -> int:
    person = people.add(tx, number=number, name_ja=NAME, name_en=NAME, email=f"{number}@city.example", joined_on=SINCE)
    postings.add(tx, person, unit, starts_on=SINCE)
    return person


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def figures(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "notes-and-thanks.json").read_text())
    return found


def test_it_is_written_twice_to_the_same_bytes(lived: House, tmp_path: Path) -> None:
    export(lived, tmp_path / "a", NOW)
    first = everything(tmp_path / "a")
    export(lived, tmp_path / "a", NOW + timedelta(hours=9))
    assert everything(tmp_path / "a") == first
    export(lived, tmp_path / "b", NOW + timedelta(days=2))
    assert everything(tmp_path / "b") == first
    assert sorted(first) == [
        "RULES.md", "catalog.jsonld", "dictionary.json", "notes-and-thanks.csv", "notes-and-thanks.json",
        "principles.csv", "principles.json", "surveys.csv", "surveys.json", "units.csv", "units.json",
    ]  # fmt: skip


@pytest.mark.postgres
def test_both_databases_are_written_to_the_same_bytes(house: House, postgres_kept: Server, tmp_path: Path) -> None:
    made = []
    for kept in (Files(tmp_path), postgres_kept):
        here = living(house, kept.copy(MIGRATED, tmp_path))
        _transact(here.settings.database, surveyed)
        folder = tmp_path / type(kept).__name__
        export(here, folder, NOW)
        made.append(everything(folder))
        export(here, folder, NOW + timedelta(days=1))
        assert everything(folder) == made[-1]
    assert made[0] == made[1]
    assert {row["units"] for row in json.loads(made[0]["surveys.json"])} == {"", "10", "20 30"}


def test_only_months_that_are_over_are_told(lived: House, tmp_path: Path) -> None:
    export(lived, tmp_path / "a", NOW)
    assert sorted({row["month"] for row in figures(tmp_path / "a")}) == ["2026-09", "2026-10", "2026-11"]


def test_counts_are_those_of_a_slow_count_and_small_bureaus_are_told_together(lived: House, tmp_path: Path) -> None:
    export(lived, tmp_path / "a", NOW)
    rows = figures(tmp_path / "a")
    assert {row["units"] for row in rows} > {"", "10"}
    assert not [row for row in rows if row["units"] == "40"]
    database = open_database(lived.settings.database)
    for row in rows:
        if row["measure"] == "notes":
            slow = database.read_now(lambda tx, r=row: _slow(tx, r))  # type: ignore[misc]
            assert (row["count"], row["told"]) == ((slow, "exact") if row["count"] is not None else (None, "fewer"))
    database.close()
    for month in ("2026-09", "2026-10", "2026-11"):
        for measure in ("notes", "thanks"):
            for number in (1, 2, 3):
                of = [r for r in rows if (r["month"], r["measure"], r["principle"]) == (month, measure, number)]
                whole, *parts = of
                assert whole["units"] == ""
                assert whole["count"] is None or not parts or sum(p["count"] for p in parts) == whole["count"]
    # A principle nobody mentioned is too few, not none.
    assert {(r["count"], r["told"]) for r in rows if r["principle"] == 9} == {(None, "fewer")}


def _slow(tx: Tx, row: dict[str, Any]) -> int:
    """Notes for colleagues of a month and principle, one by one."""
    tx.cursor.execute(
        "SELECT u.code, n.at FROM note n JOIN note_tag t ON t.note_id = n.id JOIN unit u ON u.id = n.unit_id"
        " WHERE t.number = ? AND n.audience <> 'office' AND n.deleted_at IS NULL",
        (row["principle"],),
    )
    wanted = set(row["units"].split())
    zone = NOW.tzinfo
    return sum(
        datetime.fromtimestamp(at / 1000, zone).strftime("%Y-%m") == row["month"] and (not wanted or code[:2] in wanted)
        for code, at in tx.cursor.fetchall()
    )


def test_two_editions_tell_nothing_of_what_was_deleted_in_between(lived: House, tmp_path: Path) -> None:
    export(lived, tmp_path / "a", NOW)
    before = figures(tmp_path / "a")
    _transact(lived.settings.database, lambda tx: tx.cursor.execute("DELETE FROM note_tag WHERE number = 1"))
    export(lived, tmp_path / "a", NOW + timedelta(days=40))
    after = figures(tmp_path / "a")
    assert after[: len(before)] == before
    assert {row["month"] for row in after[len(before) :]} == {"2026-12"}


def test_there_are_no_words_and_no_names_and_no_formulas(lived: House, tmp_path: Path) -> None:
    _transact(
        lived.settings.database, lambda tx: tx.cursor.execute("UPDATE unit SET name_ja = '=1+1' WHERE code = '10'")
    )
    export(lived, tmp_path / "a", NOW)
    for content in everything(tmp_path / "a").values():
        assert SECRET not in content.decode("utf-8-sig")
        assert NAME not in content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO((tmp_path / "a" / "units.csv").read_text("utf-8-sig"))))
    assert ["10", "'=1+1", "10"] in rows


def test_of_surveys_there_is_what_was_released_and_no_deeper_than_bureaus(lived: House, tmp_path: Path) -> None:
    _transact(lived.settings.database, surveyed)
    export(lived, tmp_path / "a", NOW)
    rows = json.loads((tmp_path / "a" / "surveys.json").read_text())
    assert [(r["units"], r["answer"], r["count"], r["told"]) for r in rows] == [
        ("", "yes", 25, "exact"),
        ("", "no", 15, "exact"),
        ("10", "yes", 16, "topcoded"),
        ("20 30", "yes", 9, "exact"),
        ("20 30", "no", 11, "exact"),
    ]


def surveyed(tx: Tx) -> None:
    question = {
        "id": "tried", "kind": "choice", "text": dict.fromkeys(("ja", "en", "ja-easy"), "?"), "hint": {},
        "values": ["yes", "no"], "labels": {}, "none": "", "share": 0, "reached": [], "steps": False,
        "title": dict.fromkeys(("ja", "en", "ja-easy"), "t"), "principle": 0, "pick": 0,
    }  # fmt: skip
    told = {"id": 99, "code": "weekly-2026-11-02", "name": "weekly", "questions": json.dumps([question]), "k": 5}
    days = {"opened_on": "2026-11-02", "closed_on": "2026-11-06", "state": "closed"}
    rest: dict[str, Any] = dict.fromkeys(Pulse.model_fields, "") | {"invited": 0}
    tx.run(Statement(adding(Pulse, *rest)), **{**rest, **told, **days, "released": json.dumps(RELEASED)})


def test_the_catalogue_describes_every_file_with_its_hash_and_the_licence(lived: House, tmp_path: Path) -> None:
    wanted = OpenData(k=K, licence="https://www.digital.go.jp/resources/open_data/public_data_license_v1.0",
                      address="https://opendata.example/kizuki", contact="data@city.example")  # fmt: skip
    lived = resettled(lived, lived.settings.model_copy(update={"open_data": wanted}))
    export(lived, tmp_path / "a", NOW)
    found, files = json.loads((tmp_path / "a" / "catalog.jsonld").read_text()), everything(tmp_path / "a")
    assert found["@type"] == "dcat:Dataset"
    assert found["dct:license"] == {"@id": wanted.licence}
    assert found["dct:temporal"]["dcat:startDate"]["@value"] == "2026-09"
    assert found["dct:temporal"]["dcat:endDate"]["@value"] == "2026-11"
    told = {one["dct:title"]: one for one in found["dcat:distribution"]}
    assert told.keys() == files.keys() - {"catalog.jsonld"}
    for name, one in told.items():
        assert one["spdx:checksum"]["spdx:checksumValue"] == sha256(files[name]).hexdigest()
        assert one["dcat:downloadURL"]["@id"] == f"https://opendata.example/kizuki/{name}"
    dictionary = json.loads(files["dictionary.json"])
    for table in dictionary["tables"]:
        (heads, *_) = csv.reader(io.StringIO(files[f"{table['name']}.csv"].decode("utf-8-sig")))
        assert [column["name"] for column in table["columns"]] == heads


@pytest.mark.parametrize("licence", ["", "see website", "http://x.example", "CC BY"])
def test_a_licence_that_is_none_is_refused(licence: str) -> None:
    with pytest.raises(ValueError, match="licence"):
        OpenData(licence=licence)


def test_a_folder_that_holds_something_else_is_left_alone(lived: House, tmp_path: Path) -> None:
    (folder := tmp_path / "a").mkdir()
    (folder / "notes-and-thanks.json").write_text("[{}]")
    with pytest.raises(Unwritable, match="is not what was exported there"):
        export(lived, folder, NOW)
    assert everything(folder) == {"notes-and-thanks.json": b"[{}]"}
    with pytest.raises(Unwritable, match="cannot be made"):
        export(lived, tmp_path / "kizuki.db" / "x", NOW)


def test_an_empty_database_is_an_empty_edition(house: House, tmp_path: Path) -> None:
    url = migrated(f"sqlite:///{tmp_path}/kizuki.db")
    empty = resettled(house, house.settings.model_copy(update={"database": url}))
    export(empty, tmp_path / "a", NOW)
    assert figures(tmp_path / "a") == []
    assert "dct:temporal" not in json.loads((tmp_path / "a" / "catalog.jsonld").read_text())


def test_the_bureaus_of_a_day_are_those_there_were(lived: House) -> None:
    def work(tx: Tx) -> tuple[open_data.Bureaus, open_data.Bureaus]:
        turn = Turn(tx, lived, NOW)
        units.end(tx, _id(tx, "30"), day="2026-10-01")
        return open_data.bureaus_on(turn, NOW.date()), open_data.bureaus_on(turn, NOW.date() - timedelta(days=90))

    database = open_database(lived.settings.database)
    now, before = asyncio.run(database.transact(work))
    database.close()
    assert sorted(now.codes.values()) == ["10", "20", "40"]
    assert sorted(before.codes.values()) == ["10", "20", "30", "40"]
    assert before.staff == {"10": 32, "20": 15, "30": 12, "40": 3}


def _id(tx: Tx, code: str) -> int:
    found = units.by_code(tx, code)
    assert found
    return found.id
