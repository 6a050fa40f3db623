"""The playground over HTTP: who may come in, and that what they say arrives whole, once."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.playground.roster import Roster
from bot.cards import Reply
from bot.events import Command, Event
from bot.organisation import LANGUAGES
from bot.people import Directory, Member
from bot.turn import House
from tests.adapters.test_playground_room import Room, card, furnished, opened

NASTY = "<b>&</b> <!channel> @everyone **x** [y](javascript:1) \u202eabc\u202c مرحبا 👩🏽\u200d💻 \x07 {name}"


@pytest.fixture(scope="module")
def house() -> House:
    return furnished()


@pytest.fixture
async def room(tmp_path: Path, house: House) -> AsyncIterator[Room]:
    async with opened(tmp_path, house) as room:
        yield room


# Who comes in


async def test_the_first_page_lets_one_choose_and_runs_nothing_inline(room: Room) -> None:
    first = await room.client.get("/", allow_redirects=False)
    assert (first.status, first.headers["Location"]) == (302, "/playground/")
    for path in ("/playground/", "/playground/as/hanako", "/playground/as/hanako?lang=en"):
        response = await room.client.get(path)
        page = await response.text()
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=", page)
    assert "気付 はな" in await (await room.client.get("/playground/")).text()


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_each_language_has_its_html_language(room: Room, lang: str) -> None:
    page = await (await room.client.get(f"/playground/as/taro?lang={lang}")).text()
    assert f'<html lang="{lang.removesuffix("-easy")}">' in page
    assert ("Taro Madoguchi" if lang == "en" else "窓口 たろう") in page


@pytest.mark.parametrize("path", ["/", "/playground/", "/playground/as/taro", "/playground/api/state?as=taro"])
async def test_a_name_that_only_points_here_is_refused(room: Room, path: str) -> None:
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "10.0.0.1"):
        response = await room.client.get(path, headers={"Host": host}, allow_redirects=False)
        assert response.status == 403
        assert "たろう" not in await response.text()
    for host in ("localhost:8080", "127.0.0.1", "[::1]:8080"):
        assert (await room.client.get(path, headers={"Host": host}, allow_redirects=False)).status in (200, 302)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Kizuki": "1", "Origin": "https://evil.example"},
        {"X-Kizuki": "1", "Origin": "null"},
        {"X-Kizuki": "1", "Origin": "http://localhost:1"},
        {"X-Kizuki": "1", "Sec-Fetch-Site": "cross-site"},
        {"X-Kizuki": "1", "Host": "evil.example", "Origin": "http://evil.example"},
    ],
)
async def test_only_its_own_page_may_act(room: Room, headers: dict[str, str]) -> None:
    body = {"as": "taro", "id": "act-00000001", "place": "hiroba", "text": "/kizuki 音が小さい"}
    for name in ("say", "press", "open", "travel"):
        response = await room.client.post(f"/playground/api/{name}", json=body, headers=headers)
        assert response.status == 403
    assert room.bot.events == []
    assert await room.sees("taro") == []


async def test_its_own_page_may_act(room: Room) -> None:
    own = f"http://{room.client.host}:{room.client.port}"
    body = {"as": "taro", "id": "act-00000001", "place": "hiroba", "text": "/kizuki 音が小さい"}
    headers = {"X-Kizuki": "1", "Origin": own, "Sec-Fetch-Site": "same-origin"}
    assert (await room.client.post("/playground/api/say", json=body, headers=headers)).status == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"[" * 100_000, 400),
        (b"\xff\xfe", 400),
        (b'{"as": 1, "id": "act-00000001"}', 400),
        (b'{"as": "taro"}', 400),
        (b'{"as": "taro", "id": "../../x"}', 400),
        (b'{"as": "taro", "id": "act-00000001", "place": "hiroba", "text": 1}', 400),
        (b'{"as": "taro", "id": "act-00000001", "place": "hiroba", "text": "/kizuki x", "mentions": []}', 400),
        (b'{"as": "taro", "id": "act-00000001", "place": "hiroba", "text": " "}', 422),
        (b'{"as": "taro", "id": "act-00000001", "place": "hiroba", "text": "/shrug"}', 422),
        (b'{"as": "nobody", "id": "act-00000001", "place": "hiroba", "text": "x"}', 404),
        (b'{"as": "taro", "id": "act-00000001", "place": "nowhere", "text": "x"}', 404),
        (b'{"as": "taro", "id": "act-00000001", "place": "dm:hanako", "text": "x"}', 404),
        (b'{"as": "taro", "id": "act-00000001", "text": "' + b"x" * 262_144 + b'"}', 413),
    ],
)
async def test_what_cannot_be_acted_on_is_said_kindly(room: Room, body: bytes, status: int) -> None:
    response = await room.client.post("/playground/api/say", data=body, headers={"X-Kizuki": "1"})
    assert response.status == status
    assert (await response.json())["text"]
    assert room.bot.events == []
    assert await room.sees("taro") == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/playground/as/nobody", 404),
        ("/playground/api/state?as=nobody", 404),
        ("/playground/api/messages?as=taro&place=nowhere", 404),
        ("/playground/api/messages?as=taro&place=dm:hanako", 404),
        ("/playground/api/messages?as=taro&place=hiroba&before=-1", 400),
        ("/playground/api/messages?as=taro&place=hiroba&before=٣", 400),
        ("/playground/api/events?as=nobody", 404),
        ("/playground/static/..%2Fapp.py", 404),
        ("/playground/static/nothing.css", 404),
    ],
)
async def test_what_is_not_there_is_not_found(room: Room, path: str, status: int) -> None:
    response = await room.client.get(path)
    assert response.status == status
    assert response.headers["X-Content-Type-Options"] == "nosniff"


# What is said


async def test_a_command_reaches_the_bot_as_typed(room: Room) -> None:
    await room.says("taro", "1", "/kizuki  番号札の音が小さい ")
    await room.says("taro", "2", "／kudos @気付 はな ありがとう", place="dm:taro")
    await room.says("taro", "3", "ただの言葉", place="dm:taro")
    await room.says("taro", "4", "＠気づき 今日の原則は？")
    await room.says("taro", "5", "お昼に行きましょう")
    commands = [e for e in room.bot.events if isinstance(e, Command)]
    assert [(c.name, c.text, c.where.id, c.where.private) for c in commands] == [
        ("kizuki", "番号札の音が小さい", "hiroba", False),
        ("kudos", "@気付 はな ありがとう", "dm:taro", True),
        ("kizuki", "ただの言葉", "dm:taro", True),
        ("kizuki", "今日の原則は？", "hiroba", False),
    ]
    assert [(m.who.id, m.shown) for m in commands[1].mentions] == [("hanako", "@気付 はな")]
    assert commands[0].key == "playground:taro:act-00000001"


async def test_text_is_shown_exactly_as_typed(room: Room) -> None:
    await room.says("taro", "1", NASTY)
    (shown,) = await room.sees("hanako")
    assert shown["summary"] == NASTY
    escaped = NASTY.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert f'<p class="typed said" dir="auto">{escaped}</p>' in shown["html"]


async def test_what_no_database_keeps_gets_a_stand_in(room: Room) -> None:
    raw = b'{"as": "taro", "id": "act-00000001", "place": "hiroba", "text": "a\\u0000b\\ud800c"}'
    assert (await room.client.post("/playground/api/say", data=raw, headers={"X-Kizuki": "1"})).status == 200
    assert (await room.sees("taro"))[0]["summary"] == "a␀b\ufffdc"


async def test_a_repeated_request_acts_once_and_gets_the_same_answer(room: Room) -> None:
    first, second = await asyncio.gather(*(room.says("taro", "1", "/kizuki 音が小さい") for _ in range(2)))
    third = await room.says("taro", "1", "/kizuki 音が小さい")
    assert first == second == third
    assert len(room.bot.events) == 1
    assert len(await room.sees("taro")) == 2
    await room.says("taro", "2", "/kizuki 音が小さい")
    assert len(room.bot.events) == 2


async def test_when_the_bot_fails_the_text_can_be_sent_again_and_the_log_holds_none_of_it(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(event: Event) -> Reply:
        room.bot.events.clear()
        raise RuntimeError(NASTY)

    room.bot.answer = broken
    response = await room.post("say", "taro", "1", place="dm:taro", text="ひみつの気づき")
    assert (response.status, bool((await response.json())["text"])) == (500, True)
    assert "ひみつ" not in caplog.text
    assert "channel" not in caplog.text
    room.bot.answer = lambda _: Reply(card("登録しました"))
    await room.says("taro", "1", "ひみつの気づき", place="dm:taro")
    assert [m["summary"] for m in await room.sees("taro", "dm:taro")] == ["ひみつの気づき", "登録しました"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@taro ありがとう", ["taro"]),
        ("@窓口 たろうさん、＠窓口たろう", ["taro"]),
        ("＠Taro Madoguchi, @hana!", ["taro", "hana"]),
        ("@tarooo @Hanako", []),
        ("taro", []),
    ],
)
def test_colleagues_are_named_by_account_or_name(text: str, named: list[str]) -> None:
    taro = Member("taro", "窓口 たろう", "Taro Madoguchi", "", "", "", "", (), "ja")
    hana = Member("hana", "気付 はな", "Hana Kizuki", "", "", "", "", (), "ja")
    found = Roster(Directory((taro, hana), ())).mentions(text, {})
    assert [m.who.id for m in found] == named
    assert all(m.shown in text for m in found)
