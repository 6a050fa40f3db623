"""What kizuki says unprompted: every refusal of Slack is an answer, a `Gone` or a `Later`, and nothing is lost."""

import asyncio
import logging
from datetime import datetime
from typing import Any

import pytest

from bot import cards
from bot.cards import Button, Card, Quote, say
from bot.turn import House
from storage import outbox
from storage.database import Database, Tx
from tests.conftest import MORNING
from tests.slack.office import Office


@pytest.fixture
async def post(house: House, database: Database):  # type: ignore[no-untyped-def]
    """The office over signed requests: what is sent is the same over either transport."""
    found = await Office.begin(house, database, now=datetime.fromisoformat(MORNING))
    yield found
    await found.close()


async def owe(office: Office, *keys: str, channel: str = "CMADO", card: Card | None = None) -> None:
    """Owe a channel some messages."""
    at = round(office.now.timestamp() * 1000)
    shown = cards.dump(card or Card((say("お知らせです"),), "お知らせです"))

    def work(tx: Tx) -> None:
        tx.cursor.execute(f"select id from place where ext_id = 'T1:{channel}'")
        place = tx.cursor.fetchone()[0]
        for key in keys:
            outbox.post(tx, key, outbox.body(tx, key, shown, at=at), due_at=at, place_id=place)

    await office.database.transact(work)


async def change(office: Office, key: str, text: str) -> None:
    """Have a message show something else."""
    at = round(office.now.timestamp() * 1000)
    shown = cards.dump(Card((say(text),), text))
    await office.database.transact(
        lambda tx: outbox.change(tx, key, outbox.body(tx, f"{key}:{text}", shown, at=at), due_at=at)
    )


def states(office: Office) -> list[tuple[object, ...]]:
    return office.rows("select state, tries, error from outbox order by id")


async def test_a_message_is_posted_quietly_and_changed_in_its_place(post: Office) -> None:
    await owe(post, "m1")
    await post.delivered()
    call = post.slack.called("chat.postMessage")[-1]
    assert call.args["unfurl_links"] is False
    assert call.args["unfurl_media"] is False
    assert call.args["text"] == "お知らせです"
    await change(post, "m1", "新しいお知らせです")
    await post.delivered()
    messages = post.slack.channel("CMADO").messages
    assert [m.plain for m in messages] == ["新しいお知らせです"]


@pytest.mark.parametrize("error", ["channel_not_found", "not_in_channel", "is_archived", "restricted_action"])
async def test_where_nobody_can_be_reached_any_more_is_remembered(post: Office, error: str) -> None:
    await owe(post, "m1")
    post.slack.refuse("chat.postMessage", error=error)
    await post.delivered()
    assert states(post) == [("gone", 0, "gone")]
    assert post.rows("select count(*) from place where gone_at is not null and ext_id='T1:CMADO'") == [(1,)]


async def test_the_bot_removed_from_a_channel_is_told_and_nothing_more_is_sent_there(post: Office) -> None:
    post.slack.channel("CMADO").members.remove("UT1BOT")
    await owe(post, "m1")
    await post.delivered()
    assert states(post) == [("gone", 0, "gone")]


@pytest.mark.parametrize("error", ["missing_scope", "account_inactive", "invalid_auth", "token_revoked", "not_authed"])
async def test_what_a_person_can_mend_waits_until_it_is_mended(
    post: Office, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    await owe(post, "m1")
    rule = post.slack.refuse("chat.postMessage", error=error, times=99)
    with caplog.at_level(logging.ERROR, logger="kizuki.slack"):
        await post.delivered()
        post.later(minutes=11)
        await post.delivered()
    said = [r.getMessage() for r in caplog.records if r.name == "kizuki.slack"]
    assert said == [f"workspace T1: chat.postMessage says {error}; `kizuki doctor slack` tells what to do"], "once"
    assert [s[:2] for s in states(post)] == [("waiting", 0)], "tries are not counted"
    rule.stop()
    post.later(minutes=11)
    await post.delivered()
    assert [s[0] for s in states(post)] == ["sent"]


@pytest.mark.parametrize(
    "how",
    [
        {"status": 500},
        {"status": 503},
        {"error": "internal_error"},
        {"error": "service_unavailable"},
        {"error": "fatal_error"},
        {"closed": True},
        {"body": b"<html>busy</html>"},
        {"status": 429, "retry_after": 1},
        {"error": "ratelimited", "retry_after": 1},
    ],
    ids=str,
)
async def test_what_passes_is_tried_again_and_nothing_is_lost(post: Office, how: dict[str, Any]) -> None:
    await owe(post, "m1")
    post.slack.refuse("chat.postMessage", **how)
    await post.delivered()
    assert [s[:2] for s in states(post)] == [("waiting", 0)]
    post.later(minutes=5)
    await asyncio.sleep(1.1 if "retry_after" in how else 0)
    await post.delivered()
    assert [s[0] for s in states(post)] == ["sent"]
    assert len(post.slack.channel("CMADO").messages) == 1


async def test_retry_after_is_waited_for_by_the_whole_workspace(post: Office) -> None:
    await owe(post, "m1")
    post.slack.refuse("chat.postMessage", status=429, retry_after=40)
    await post.delivered()
    await owe(post, "m2", channel="CZEI")
    calls = len(post.slack.called("chat.postMessage"))
    await post.delivered()
    assert len(post.slack.called("chat.postMessage")) == calls, "nothing went out meanwhile"
    waits = post.rows("select due_at from outbox order by id")
    assert all(int(str(w[0])) / 1000 - post.now.timestamp() > 30 for w in waits)


async def test_a_card_slack_would_not_draw_goes_out_as_text(post: Office) -> None:
    for error in ("invalid_blocks", "msg_blocks_too_long"):
        await owe(post, error, card=Card((Quote("大事な知らせ", "花子"),), "大事な知らせ"))
        post.slack.refuse("chat.postMessage", error=error)
        await post.delivered()
        assert "大事な知らせ" in post.slack.channel("CMADO").messages[-1].plain
    assert {s[0] for s in states(post)} == {"sent"}


async def test_another_refusal_is_tried_and_then_parked_for_a_human(post: Office) -> None:
    await owe(post, "m1")
    post.slack.refuse("chat.postMessage", error="something_new", times=99)
    for _ in range(8):
        await post.delivered()
        post.later(hours=2)
    assert states(post) == [("parked", 8, "Refused")]


@pytest.mark.parametrize("error", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_a_message_somebody_deleted_stays_deleted(post: Office, error: str) -> None:
    await owe(post, "m1")
    await post.delivered()
    await change(post, "m1", "変わりました")
    post.slack.refuse("chat.update", error=error)
    await post.delivered()
    assert [s[0] for s in states(post)] == ["sent"]
    assert len(post.slack.channel("CMADO").messages) == 1
    assert post.rows("select count(*) from place where gone_at is not null") == [(0,)]


async def test_a_person_whose_account_was_closed_is_not_written_to(post: Office) -> None:
    await post.platform_reads_directory()
    post.slack.home.users["UTARO"].deleted = True
    await post.platform_reads_directory()
    await post.hanako.types("/kudos @taro 引き継ぎ資料が丁寧で助かりました #10", channel="CMADO")
    assert post.rows("select count(*) from account where ext_id='T1:UTARO' and person_id is not null") == [(0,)]
    assert post.rows("select count(*) from place where ext_id='T1:UTARO' and gone_at is null") == [(0,)]


async def test_the_directory_is_read_in_pages_and_waits_when_told(post: Office) -> None:
    for number in range(1_100):
        post.slack.person(f"p{number}")
    post.slack.refuse("users.list", status=429, retry_after=1)
    await post.platform_reads_directory()
    assert len(post.slack.called("users.list")) == 4
    linked = post.rows("select count(*) from account where person_id is not null")
    assert linked == [(8,)], "those on the roster"
    calls = post.rows("select count(*) from audit")
    await post.platform_reads_directory()
    assert post.rows("select count(*) from audit") == calls, "a second night changes nothing"
    assert post.rows("select count(*) from outbox") == [(0,)], "nobody is written to for being read about"


async def test_a_directory_that_fails_gives_its_slot_back(post: Office) -> None:
    from adapters.directories import Directories

    post.slack.refuse("users.list", error="missing_scope", times=99)
    slot = post.now
    directories = Directories(post.bot, {"slack": post.platform})
    assert await post.bot.tick("directory", slot) == 1
    task = await directories.read_later(slot)
    assert await task is False
    assert await post.bot.tick("directory", slot) == 1, "whoever comes next takes it"
    await directories.close()


async def test_a_channel_the_bot_was_invited_to_unheard_is_found_at_night(post: Office) -> None:
    post.slack.opens("CNEW", "新しい課", post.hanako)
    post.slack.channel("CZEI").members.remove("UT1BOT")
    await post.platform_reads_directory()
    assert post.rows("select title from place where ext_id='T1:CNEW' and gone_at is null") == [("新しい課",)]
    assert post.rows("select count(*) from place where ext_id='T1:CZEI' and gone_at is not null") == [(1,)]
    again = [post.rows(f"select count(*) from {table}") for table in ("outbox", "once")]
    post.later(days=1)
    await post.platform_reads_directory()
    assert [post.rows(f"select count(*) from {table}") for table in ("outbox", "once")] == again, "told once"


async def test_the_language_of_slack_is_the_first_guess(post: Office) -> None:
    await post.database.transact(lambda tx: tx.cursor.execute("update person set language = ''"))
    post.slack.home.users["UKEN"].locale = "en-US"
    await post.platform_reads_directory()
    assert post.rows("select number, language from person where language <> ''") == [("ken", "en")]
    await post.ken.opens_home()
    assert post.ken.home
    assert "Hello" in post.ken.home.plain


async def test_one_workspace_that_hangs_does_not_hold_up_the_others(post: Office) -> None:
    await owe(post, "m1")
    await owe(post, "m2", channel="CZEI")
    rule = post.slack.refuse("chat.postMessage", channel="CMADO", hang=0.5, times=1)
    await post.delivered()
    assert rule.used == 1
    assert len(post.slack.channel("CZEI").messages) == 1


async def test_a_message_slack_stumbles_over_does_not_hold_up_its_channel_for_ever(post: Office) -> None:
    await owe(post, "bad")
    rule = post.slack.refuse("chat.postMessage", channel="CMADO", error="internal_error", times=10**6)
    for number in range(70):
        await owe(post, f"other{number}", channel="CZEI")
        await post.delivered()
        post.later(hours=1)
    assert rule.used > 40
    assert post.rows("select state from outbox where key = 'bad'") == [("parked",)]
    assert len(post.slack.channel("CZEI").messages) == 70
    texts = [c.args["blocks"][0]["type"] for c in post.slack.called("chat.postMessage") if c.args["channel"] == "CMADO"]
    assert (texts[0], texts[-1]) == ("rich_text", "section"), "its text alone was tried as well"


async def test_an_outage_of_slack_parks_nothing(post: Office) -> None:
    await owe(post, "m1")
    rule = post.slack.refuse("chat.postMessage", status=503, times=10**6)
    for _ in range(60):
        await post.delivered()
        post.later(minutes=5)
    assert rule.used > 50
    rule.stop()
    await post.delivered()
    assert [s[0] for s in states(post)] == ["sent"]


async def test_a_card_for_one_person_never_takes_the_place_of_what_others_see(post: Office) -> None:
    await post.hanako.types("/kizuki 様式が三種類あって迷う", channel="CMADO")
    draft = str(post.rows("select id from draft")[0][0])
    button = cards.row(Button("note.discard", "やめる", draft))
    await owe(post, "m1", card=Card((say("みんなのカード"), button), "みんなのカード"))
    await post.delivered()
    public = post.slack.channel("CMADO").messages[-1]
    await post.hanako.presses("note.discard", public)
    assert "みんなのカード" in public.plain
    assert post.rows("select count(*) from draft") == [(0,)]
    assert len(post.hanako.ephemerals) == 2, "only she is told"
