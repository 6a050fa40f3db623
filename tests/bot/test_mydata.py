"""What is stored about me: everything, to me alone, readable by people and by programs."""

import json
import re
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlmodel import SQLModel

from bot import mydata
from bot.cards import File
from bot.events import Handle
from bot.organisation import LANGUAGES
from bot.turn import Turn
from storage import erasure, own, people
from storage.database import Tx
from tests.full_life import NASTY, full_life
from tests.talk import PLATFORM, Talk

PERSONAL = frozenset(("person_id", "giver_id", "receiver_id", "author_id", "deputy_id", "account", "deliver_to"))
PERSONAL |= {"used", "author", "only_for", "actor", "subject"}
# Counted per person under a name that elsewhere means an account; "used" there is a number.
NOT_PERSONAL = ("quota.used",)


def personal() -> set[str]:
    """Every column of every table that refers to a person, by its reference, its name, or its holding an account."""
    found = set()
    for table in SQLModel.metadata.tables.values():
        for column in table.columns:
            refers = any(key.target_fullname == "person.id" for key in column.foreign_keys)
            handle = column.name == "ext_id"
            if refers or handle or column.name in PERSONAL or str(column) == "person.id":
                found.add(str(column))
    return found.difference(NOT_PERSONAL)


def test_every_column_that_refers_to_a_person_is_read_out_and_has_a_fate() -> None:
    assert len(personal()) > 30
    assert personal() == set(own.OWN)
    assert personal() == set(erasure.FATES)


async def _files(talk: Talk) -> dict[str, str]:
    await talk.hanako.sends("mydata.make")
    assert talk.hanako.card is not None
    made = [b for b in talk.hanako.card.blocks if isinstance(b, File)]
    return {b.media: await _fetched(talk, b.token) for b in made}


async def _fetched(talk: Talk, token: str, account: str = "hanako") -> str:
    found = await talk.bot.read_as(Handle(PLATFORM, account), mydata.file, token)
    return found.content if found else ""


async def _data(talk: Talk) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((await _files(talk))["application/json"])
    return found


async def test_everything_is_in_it(talk: Talk) -> None:
    await full_life(talk)
    found = await _data(talk)
    assert {own.OWN[column] for column in personal()} <= set(found)
    assert [name for name, rows in found.items() if not rows] == []
    (note, joined) = found["notes"][0], found["supports"][0]
    assert note["text"] == NASTY
    assert note["numbers"] == [1]
    assert [a["state"] for a in note["answers"]] == ["considering"]
    assert [e["text"] for e in note["edits"]] == ["番号札の紙がない"]
    assert note["unit"] == "1010 窓口課"
    assert re.fullmatch(r"2026-11-24T10:00:00\+09:00", note["at"])
    assert joined["by"] == "匿名（窓口課）"
    assert found["kudos_given"][0]["to"] == ["taro"]
    assert found["kudos_received"][0]["from"] == "ken"
    assert found["deputies"][0]["colleague"] == "taro"
    assert found["audit"][0]["actor"] == "other"
    assert found["audit"][0]["subject"] == "me"
    assert {"hello:me", "hello:chat"} <= {message["key"] for message in found["messages_owed"]}
    assert found["person"]["listed"] is True
    assert found["settings"]["muted"] is False
    assert found["kudos_received"][0]["public"] is True
    assert note["none_offered"] is False
    assert found["about"]["organisation"] == "試験都庁"
    assert [d["data"]["to"] for d in found["drafts"] if "to" in d["data"]] == [["taro"]]


async def test_others_hidden_names_and_words_are_not_in_it(talk: Talk) -> None:
    await full_life(talk)
    text = "\n".join((await _files(talk)).values())
    assert "匿名の人のことば" not in text
    assert "取り下げたお礼" not in text, "thanks that were taken back are shown to nobody"
    support = (await _data(talk))["supports"]
    assert "taro" not in json.dumps(support)


async def test_only_its_owner_may_fetch_a_file_and_only_for_a_day(talk: Talk) -> None:
    await talk.hanako.sends("mydata.make")
    assert talk.hanako.card is not None
    token = next(b.token for b in talk.hanako.card.blocks if isinstance(b, File))
    assert await _fetched(talk, token)
    for other in ("taro", "kacho", "stranger", ""):
        assert await _fetched(talk, token, other) == ""
    assert await _fetched(talk, token[:-1]) == ""
    talk.later(hours=23)
    assert await _fetched(talk, token)
    talk.later(hours=2)
    assert await _fetched(talk, token) == ""


async def test_one_may_have_it_or_have_it_erased(talk: Talk) -> None:
    await talk.hanako.sends("mydata.ask")
    card = talk.hanako.card
    assert "2つのファイル" in await talk.hanako.presses("ファイルで受け取る", card)
    assert "消えるもの" in await talk.hanako.presses("自分の情報を消す", card)


async def test_the_command_makes_the_files(talk: Talk) -> None:
    assert "2つのファイル" in await talk.hanako.says("/kizuki わたしの記録")
    assert "two files" in await talk.ken.says("/kizuki mydata")
    assert talk.rows("select count(*) from file") == [(4,)]


async def test_strangers_get_no_file(talk: Talk) -> None:
    assert "名簿に登録がない" in await talk.stranger.sends("mydata.make")
    assert talk.rows("select count(*) from file") == [(0,)]


async def test_the_log_says_that_it_was_read_and_nothing_of_it(talk: Talk) -> None:
    await full_life(talk)
    await _files(talk)
    (entry,) = talk.rows("select actor, subject, detail from audit where action = 'mydata'")
    hanako = talk.rows("select id from person where number = 'hanako'")[0][0]
    assert entry == (f"person:{hanako}", f"person:{hanako}", "{}")


class Page(HTMLParser):
    """Collects a page's tags, attributes and texts; open tags that were never closed stay in `open`."""

    VOID = ("meta", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_page_is_whole_in_the_persons_language_and_runs_nothing(talk: Talk, lang: str) -> None:
    await full_life(talk)
    await talk.database.transact(lambda tx: _speak(tx, lang))
    text = (await _files(talk))["text/html"]
    page = Page(text)
    assert page.open == []
    assert ("html", {"lang": lang.removesuffix("-easy")}) in page.tags
    assert {"script", "img", "link", "iframe", "form"} & {tag for tag, _ in page.tags} == set()
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert not re.search(r"url\(|@import|https?://", text.split("<body>")[0])
    assert NASTY in page.texts
    labels = [t for t in page.texts if t.startswith("mydata.")]
    assert labels == []


def _speak(tx: Tx, lang: str) -> None:
    tx.cursor.execute(f"update person set language = '{lang}'")


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_every_section_and_field_has_a_name(talk: Talk, lang: str) -> None:
    await full_life(talk)

    def look(tx: Tx) -> mydata.Data:
        person = people.by_number(tx, "hanako", today=talk.now.date().isoformat())
        return mydata.gathered(Turn(tx, talk.house, talk.now, who=person))

    found = await talk.database.read(look)
    fields = {field for rows in found.values() for row in _all_rows(rows) for field in row}
    assert len(fields) > 70
    phrases = talk.house.phrases
    assert [f for f in fields if not phrases.has(lang, f"mydata.field.{f}")] == []
    assert [s for s in found if not phrases.has(lang, f"mydata.section.{s}")] == []
    unused = set(phrases.under(lang, "mydata.field")) - fields
    assert unused == set()


def _all_rows(rows: Any) -> list[dict[str, Any]]:
    listed = [rows] if isinstance(rows, dict) else rows
    nested = [r for row in listed for name in ("answers", "edits") for r in row.get(name) or ()]
    return [*listed, *nested]


async def test_moments_carry_the_organisations_zone_and_days_are_days(talk: Talk) -> None:
    await full_life(talk)
    found = await _data(talk)
    moments = [v for rows in found.values() for row in _all_rows(rows) for k, v in row.items() if k.endswith("_at")]
    full = [datetime.fromisoformat(m) for m in moments if m]
    assert len(full) > 8
    assert {m.utcoffset() for m in full} == {timedelta(hours=9)}
    assert date.fromisoformat(found["person"]["joined_on"]) == date(2020, 4, 1)


async def test_somebody_about_whom_nothing_is_stored_reads_that(talk: Talk) -> None:
    page = Page((await _files(talk))["text/html"])
    listed = page.texts[page.texts.index("何も保存されていない項目") + 1]
    assert "書いた気づき、付けた「私も」" in listed
