"""The playground over HTTP: each person sees what is theirs, at once, and misses nothing."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.cards import Button, Card, Heading, Quote, Reply, TextInput, row
from bot.events import Opened, Place, Press
from bot.turn import House
from tests.adapters.test_playground_room import TOKYO, Room, card, found, furnished, opened


@pytest.fixture(scope="module")
def house() -> House:
    return furnished()


@pytest.fixture
async def room(tmp_path: Path, house: House) -> AsyncIterator[Room]:
    async with opened(tmp_path, house) as room:
        yield room


# Who sees what


async def test_what_is_only_for_one_never_reaches_another(room: Room) -> None:
    start = (await room.state("hanako"))["cursor"]
    async with room.stream("hanako", start) as hers:
        room.bot.answer = lambda _: Reply(Card((Quote("ひみつ"),), "ひみつの返事"), "me")
        await room.says("taro", "1", "/kizuki ひみつ")
        await room.says("taro", "2", "ひみつの相談", place="dm:taro")
        await room.says("taro", "3", "みんなへ")
        kind, seen = await hers.next()
        assert (kind, seen["summary"]) == ("message", "みんなへ")
    assert [m["summary"] for m in await room.sees("hanako")] == ["みんなへ"]
    assert [m["summary"] for m in await room.sees("taro")] == ["/kizuki ひみつ", "ひみつの返事", "みんなへ"]
    state = await room.state("hanako")
    assert "ひみつ" not in json.dumps(state, ensure_ascii=False)
    newest = {p["id"]: p["newest"] for p in state["places"]}
    assert newest == {"hiroba": (await room.sees("hanako"))[-1]["id"], "madoguchi": 0, "dm:hanako": 0}


async def test_nobody_presses_on_what_they_cannot_see(room: Room) -> None:
    hidden = await room.says("taro", "1", "/kizuki ひみつ")
    private = await room.says("taro", "2", "相談", place="dm:taro")
    shown = await room.says("taro", "3", "みんなへ")
    room.bot.events.clear()
    for number, place in ((hidden["message"], "hiroba"), (private["message"], "dm:hanako"), (10**6, "hiroba")):
        response = await room.post("press", "hanako", "4", place=place, message=number, action="note.confirm")
        assert response.status == 404
    elsewhere = await room.post("press", "hanako", "5", place="madoguchi", message=shown["said"], action="x")
    assert elsewhere.status == 404
    assert room.bot.events == []


async def test_a_press_carries_every_field(room: Room) -> None:
    mine = await room.says("taro", "1", "/kizuki 音が小さい")
    fields = {"numbers": ["1", "2"], "text": ["a\x00b"], "who": ["playground/hanako"], "blank": [], "empty": [""]}
    answer = await room.post(
        "press", "taro", "2", place="hiroba", message=mine["message"], action="note.confirm", value="7", fields=fields
    )
    await found(answer)
    press = room.bot.events[-1]
    assert isinstance(press, Press)
    assert (press.action, press.value, press.where) == ("note.confirm", "7", Place("playground", "hiroba"))
    assert press.fields == {
        "numbers": ("1", "2"),
        "text": ("a␀b",),
        "who": ("playground/hanako",),
        "blank": (),
        "empty": (),
    }


async def test_a_replacing_reply_takes_the_messages_place_in_every_window(room: Room) -> None:
    number = int(await room.playground.send(Place("playground", "hiroba"), card("原則"), key="daily:1"))
    async with room.stream("hanako", (await room.state("hanako"))["cursor"]) as hers:
        room.bot.answer = lambda _: Reply(card("新しい原則"), "here", replaces=True)
        await found(await room.post("press", "taro", "1", place="hiroba", message=number, action="daily.next"))
        _, seen = await hers.next()
        assert (seen["id"], seen["rev"], seen["summary"]) == (number, 1, "新しい原則")
    assert [m["summary"] for m in await room.sees("ben")] == ["新しい原則"]


async def test_a_card_for_one_never_replaces_what_all_see(room: Room) -> None:
    number = int(await room.playground.send(Place("playground", "hiroba"), card("原則"), key="daily:1"))
    room.bot.answer = lambda _: Reply(card("あなたのひみつ"), "me", replaces=True)
    await found(await room.post("press", "taro", "1", place="hiroba", message=number, action="daily.mine"))
    assert [m["summary"] for m in await room.sees("hanako")] == ["原則"]
    assert [m["summary"] for m in await room.sees("taro")] == ["原則", "あなたのひみつ"]


async def test_dialogs_and_home_go_to_the_window_that_asked(room: Room) -> None:
    dialog = Card(
        (Heading("書く"), TextInput("text", "本文", error="短すぎます"), row(Button("save", "送る"))), "書く", "en"
    )
    room.bot.answer = lambda event: Reply(dialog, "home" if isinstance(event, Opened) else "dialog", replaces=True)
    asked = await room.says("taro", "1", "/kizuki")
    assert (asked["dialog"]["title"], asked["dialog"]["replaces"], asked["dialog"]["lang"]) == ("書く", True, "en")
    assert 'aria-invalid="true"' in asked["dialog"]["html"]
    home = await found(await room.post("open", "taro", "2"))
    assert "<h2" in home["home"]["html"]
    opened = room.bot.events[-1]
    assert isinstance(opened, Opened)
    assert opened.where == Place("playground", "dm:taro", private=True)
    assert [m["summary"] for m in await room.sees("taro")] == ["/kizuki"]


# Arriving by itself


async def test_what_the_bot_owes_is_shown_once(room: Room) -> None:
    place = Place("playground", "dm:taro", private=True)
    first = await room.playground.send(place, card("週のまとめ"), key="digest:1")
    assert await room.playground.send(place, card("週のまとめ"), key="digest:1") == first
    assert await room.playground.send(place, card("直したまとめ"), key="digest:2", replaces=first) == first
    assert [m["summary"] for m in await room.sees("taro", "dm:taro")] == ["直したまとめ"]


async def test_a_window_that_comes_back_misses_nothing(room: Room) -> None:
    cursor = (await room.state("hanako"))["cursor"]
    for n in range(3):
        await room.says("taro", str(n), f"その {n}")
    async with room.stream("hanako", cursor) as hers:
        assert [(await hers.next())[1]["summary"] for _ in range(3)] == ["その 0", "その 1", "その 2"]
        await room.says("taro", "9", "いま")
        assert (await hers.next())[1]["summary"] == "いま"


@pytest.mark.parametrize("cursor", ["", "00000000-5", "x", "-", "00000000-٣"])
async def test_a_window_from_another_time_is_told_to_look_again(room: Room, cursor: str) -> None:
    async with room.stream("hanako", cursor) as hers:
        assert await hers.next() == ("resync", None)


async def test_too_long_away_means_looking_again(room: Room) -> None:
    cursor = (await room.state("hanako"))["cursor"]
    for _ in range(501):
        room.playground._hub.publish(None)
    async with room.stream("hanako", cursor) as hers:
        assert (await hers.next())[0] == "resync"


async def test_closing_ends_every_stream_at_once(room: Room) -> None:
    async with room.stream("hanako", (await room.state("hanako"))["cursor"]) as hers:
        await room.playground.close()
        assert await hers.next() == ("end", None)
    assert (await room.client.get("/playground/")).status == 503


# The clock


async def test_the_clock_moves_forward_only(room: Room) -> None:
    async with room.stream("hanako", (await room.state("hanako"))["cursor"]) as hers:
        moved = await found(await room.post("travel", "taro", "1"))
        assert moved["clock"]["iso"] == "2026-11-21T09:00"
        assert (await hers.next())[1]["iso"] == "2026-11-21T09:00"
    assert (await found(await room.post("travel", "taro", "2", until="digest")))["clock"]["iso"] == "2026-11-23T09:00"
    assert (await found(await room.post("travel", "taro", "2", until="digest")))["clock"]["iso"] == "2026-11-23T09:00"
    assert (await found(await room.post("travel", "taro", "3", to="2026-12-01T10:30")))["clock"]["next"][
        "job"
    ] == "daily"
    for act, to in (("4", "2026-11-20T09:00"), ("5", "9999-12-31T23:59"), ("6", "soon"), ("7", "2030-01-01T00:00")):
        assert (await room.post("travel", "taro", act, to=to)).status == 422
    assert room.clock.time == datetime(2026, 12, 1, 10, 30, tzinfo=TOKYO)
