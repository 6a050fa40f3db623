"""The secretariat announces something: written, looked at, sent, read, stopped and corrected."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

import pytest

from bot import announcements, announcements_sending
from bot.announcements import Status
from bot.bot import Unfinished
from bot.cards import Buttons, Card
from bot.events import Press
from bot.turn import Turn
from storage import absences, accounts, people, places
from storage import announcements as stored
from storage.announced_results import GROUPS
from storage.database import Tx
from tests.talk import OTHER, Later, Someone, Talk
from tests.web.visitors import pages

FORM = {"title": ["番号札が変わります"], "text": ["12月から色で分けます。\n\nまずは本庁からです。"]}
TITLE, TEXT = "番号札が変わります", "12月から色で分けます。"
ENGLISH = {"title_en": ["New tickets"], "text_en": ["Colours from December."]}


async def _previews(who: Someone, **fields: list[str]) -> str:
    await who.says("/kizuki announce")
    await who.presses("announce.compose")
    return await who.presses("announce.preview", **{**FORM, **fields})


async def _sends(talk: Talk, **fields: list[str]) -> str:
    await _previews(talk.jimu, **fields)
    seen = await talk.jimu.presses("announce.send")
    await talk.delivered()
    return seen


async def _ticks(talk: Talk) -> None:
    """The next minute comes."""
    talk.later(minutes=1)
    await talk.bot.tick("tidy", talk.now.replace(second=0))


async def _status(talk: Talk, number: int = 1, who: str = "jimu") -> Status:
    def look(tx: Tx) -> Status:
        person = people.by_number(tx, who, today=talk.now.date().isoformat())
        return announcements.status(Turn(tx, talk.house, talk.now, who=person), number)

    return await talk.database.read(look)


def _errors(someone: Someone) -> dict[str, str]:
    assert someone.card
    found = ((getattr(block, "name", ""), getattr(block, "error", "")) for block in someone.card.blocks)
    return {name: error for name, error in found if error}


async def _everybody_got_it(talk: Talk) -> list[int]:
    found = talk.rows("select key from outbox where key like 'announce:1:%' order by person_id")
    sent = [sum(TITLE in text for text in talk.channel(f"dm:{n}")) for n in STAFF]
    assert len(found) == len(set(found))
    return sent


STAFF = ("hanako", "taro", "kacho", "ken", "sakura", "bucho", "jimu", "chiji")


# From the form to everybody's chat


async def test_what_was_looked_at_is_what_everybody_gets_once(talk: Talk) -> None:
    seen = await _previews(talk.jimu, number=["2"])
    assert "8人のうち、いま届くのは8人" in seen
    assert talk.jimu.card
    looked_at = talk.jimu.card.blocks
    assert talk.rows("select count(*) from outbox") == [(0,)]
    await talk.jimu.presses("見本を送る")
    await talk.delivered()
    assert len(talk.jimu.inbox) == 1
    assert "8人に届け始めました" in await talk.jimu.presses("announce.send")
    await talk.delivered()
    await _ticks(talk)
    await talk.delivered()
    assert await _everybody_got_it(talk) == [1, 1, 1, 1, 1, 1, 2, 1]
    sample, real = talk.wire.sent["dm:jimu"]
    assert _without_values(sample) == _without_values(real), "the sample is the card, but counts nowhere"
    assert real.blocks[:-1] == looked_at[3 : 3 + len(real.blocks) - 1]
    assert talk.house.pack.title(2, "ja") in talk.hanako.inbox[0]


def _without_values(card: Card) -> list[object]:
    return [[b.text for b in one.buttons] if isinstance(one, Buttons) else one for one in card.blocks]


async def test_everybody_reads_their_own_language_where_it_was_written(talk: Talk) -> None:
    assert "日本語、Englishで届きます" in await _previews(talk.jimu, **ENGLISH)
    await talk.jimu.presses("announce.send")
    await talk.delivered()
    assert "Colours from December." in talk.ken.inbox[0]
    assert "From the secretariat" in talk.ken.inbox[0]
    assert TEXT in talk.sakura.inbox[0], "without easy Japanese there is the Japanese text"
    assert TEXT in talk.hanako.inbox[0]


@pytest.mark.parametrize(
    ("fields", "who"),
    [
        ({"whom": ["units"], "units": ["1010"]}, ["hanako", "taro", "kacho"]),
        ({"whom": ["units"], "units": ["10、1010"]}, ["hanako", "taro", "kacho", "ken", "sakura", "bucho"]),
        ({"whom": ["manager"]}, ["kacho", "bucho"]),
        ({"whom": ["manager"], "units": ["1010"]}, ["kacho"]),
        ({"whom": ["executive"]}, ["chiji"]),
    ],
)
async def test_it_goes_to_whom_it_is_for(talk: Talk, fields: dict[str, list[str]], who: list[str]) -> None:
    await _sends(talk, **fields)
    assert {name for name in STAFF if talk.channel(f"dm:{name}")} == set(who)


async def test_who_stands_in_for_a_manager_hears_what_managers_hear(talk: Talk) -> None:
    await talk.kacho.says("/kizuki away 2026-11-24..2026-11-30")
    await talk.kacho.presses("absence.save", deputy=["wire/taro"]) if "absence.save" in str(talk.kacho.card) else None
    await talk.database.transact(lambda tx: tx.cursor.execute(_stand_in("kacho", "taro")) and None)
    await _sends(talk, whom=["manager"])
    assert any(TITLE in text for text in talk.taro.inbox)


def _stand_in(who: str, deputy: str) -> str:
    return (
        "insert into deputy (person_id, deputy_id, starts_on, ends_on) "
        "select a.id, b.id, '2026-11-24', '2027-11-24' from person a, person b "
        f"where a.number = '{who}' and b.number = '{deputy}'"
    )


async def test_channels_get_one_card_each(talk: Talk) -> None:
    seen = await _previews(talk.jimu, whom=["channels"], units=["10"])
    assert "3か所" in seen
    await talk.jimu.presses("announce.send")
    await talk.delivered()
    assert [name for name in ("madoguchi", "zeimu", "kyoku", "digital", "all") if talk.channel(name)] == [
        "madoguchi",
        "zeimu",
        "kyoku",
    ]
    assert not talk.hanako.inbox
    await talk.ken.presses("announce.read", talk.wire.sent["zeimu"][0])
    found = await _status(talk)
    assert (found.got, found.pressed, found.in_channels) == (3, 1, True)
    seen = await talk.jimu.sends("announce.status", "1")
    assert "だれが読んだかは分かりません" in seen
    assert "読んだと分かる" not in seen


async def test_nobody_gets_it_twice_on_two_platforms(talk: Talk) -> None:
    def another(tx: Tx) -> None:
        taro = people.by_number(tx, "taro", today="2026-11-24")
        assert taro
        accounts.add(tx, OTHER, "taro", person_id=taro.id)
        places.save(tx, platform=OTHER, ext_id="dm:taro", private=True, address={}, person_id=taro.id, account="taro")

    await talk.database.transact(another)
    await _sends(talk)
    there = [*talk.wires[OTHER].sent.get("dm:taro", []), *talk.wire.sent.get("dm:taro", [])]
    assert len(there) == 1


# When


async def test_it_waits_for_its_moment(talk: Talk) -> None:
    seen = await _previews(talk.jimu, day=["2026-11-26"], time=["14:30"])
    assert "11月26日（木）14:30" in seen
    assert "11月26日（木）14:30に、8人に届けます" in await talk.jimu.presses("予約する")
    talk.now = datetime.fromisoformat("2026-11-26T14:28:00+09:00")
    await _ticks(talk)
    await talk.delivered()
    assert not talk.hanako.inbox
    await _ticks(talk)
    await talk.delivered()
    assert len(talk.hanako.inbox) == 1
    await _ticks(talk)
    await talk.delivered()
    assert len(talk.hanako.inbox) == 1


async def test_quiet_hours_and_days_off_are_said_and_kept(talk: Talk) -> None:
    seen = await _previews(talk.jimu, day=["2026-11-28"], time=["21:00"])
    assert "11月28日（土）は休みの日です" in seen
    assert "11月29日（日）7:30から届きます" in seen
    await talk.jimu.presses("announce.send")
    talk.now = datetime.fromisoformat("2026-11-28T21:00:00+09:00")
    await talk.bot.tick("tidy", talk.now)
    await talk.delivered()
    assert not talk.hanako.inbox
    found = await _status(talk)
    assert {one.why for one in found.recipients} == {"quiet"}
    talk.now = datetime.fromisoformat("2026-11-29T07:30:00+09:00")
    await talk.delivered()
    assert len(talk.hanako.inbox) == 1


# Slices, crashes, races


async def test_it_is_made_out_in_slices_and_a_crash_repeats_nothing(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements_sending, "SLICE", 3)
    await _previews(talk.jimu)
    await talk.jimu.presses("announce.send")
    assert talk.rows("select count(*) from outbox") == [(3,)]
    moves = stored.move
    crashes = iter([True, False, True, False, False])

    def crashing(tx: Tx, *args: object, **kwargs: object) -> None:
        moves(tx, *args, **kwargs)  # type: ignore[arg-type]
        if next(crashes, False):
            raise ConnectionError

    monkeypatch.setattr("storage.announcements.move", crashing)
    for _ in range(4):
        await talk.delivered()
        with suppress(Unfinished):
            await _ticks(talk)
    await talk.delivered()
    assert await _everybody_got_it(talk) == [1] * 8
    assert talk.rows("select state from announcement") == [("sent",)]


async def test_two_presses_at_once_send_one(talk: Talk) -> None:
    await _previews(talk.jimu)
    presses = [Press(talk.key(), talk.jimu.handle, talk.jimu.place, "announce.send", "1") for _ in range(4)]
    await asyncio.gather(*map(talk.bot.handle, presses))
    await talk.delivered()
    assert talk.rows("select count(*) from announcement") == [(1,)]
    assert await _everybody_got_it(talk) == [1] * 8


# Stopping


async def test_what_was_planned_is_stopped_before_anybody_got_it(talk: Talk) -> None:
    await _previews(talk.jimu, day=["2026-11-26"])
    await talk.jimu.presses("announce.send")
    assert "だれにも届いていません" in await talk.jimu.presses("announce.cancel")
    talk.now = datetime.fromisoformat("2026-11-26T09:00:00+09:00")
    await _ticks(talk)
    await talk.delivered()
    assert not talk.hanako.inbox
    assert "取りやめたお知らせ" in await talk.jimu.sends("announce.cancel", "1")


async def test_what_is_stopped_while_it_is_sent_goes_to_nobody_else(talk: Talk) -> None:
    real = talk.wire.send
    said: list[str] = []

    async def slow(*args, **kwargs):  # type: ignore[no-untyped-def]
        reference = await real(*args, **kwargs)
        if not said:
            said.append(await talk.jimu.sends("announce.cancel", "1"))
        # What is leased is looked up again when some seconds have passed.
        talk.later(seconds=3)
        return reference

    talk.wire.send = slow  # type: ignore[method-assign]
    talk.delivery._chains._at_once = 1
    await _sends(talk)
    await talk.delivered()
    await _ticks(talk)
    talk.later(hours=1)
    await talk.delivered()
    got = sum(await _everybody_got_it(talk))
    assert got == 1
    found = await _status(talk)
    assert (found.got, found.count("cancelled"), found.total) == (1, 7, 8)
    assert "取りやめました" in said[0]
    assert "取りやめで届けない: 7人" in await talk.jimu.sends("announce.status", "1")


async def test_what_is_stopped_is_not_sent_though_its_rows_wait_still(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements_sending, "SLICE", 2)
    await _previews(talk.jimu)
    await talk.jimu.presses("announce.send")
    for _ in range(4):
        await _ticks(talk)
    await talk.jimu.sends("announce.cancel", "1")
    assert talk.rows("select count(*) from outbox where state = 'waiting'") == [(6,)]
    await _ticks(talk)
    assert talk.rows("select count(*) from outbox where state = 'waiting'") == [(0,)], "the rest follows by itself"
    assert (await _status(talk)).count("cancelled") == 8
    await talk.delivered()
    assert sum(await _everybody_got_it(talk)) == 0
    await _ticks(talk)
    assert talk.rows("select totals from announcement") == [('{"cancelled": 8}',)]


async def test_nothing_is_sent_of_it_before_its_rows_are_dropped(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements_sending, "SLICE", 2)
    await _previews(talk.jimu)
    await talk.jimu.presses("announce.send")
    for _ in range(4):
        await _ticks(talk)
    await talk.jimu.sends("announce.cancel", "1")
    await talk.delivered()
    assert sum(await _everybody_got_it(talk)) == 0


async def test_what_was_put_off_when_it_was_stopped_is_not_sent_later(talk: Talk) -> None:
    await _previews(talk.jimu)
    await talk.jimu.presses("announce.send")
    talk.wire.refuse = [Later(30)] * 8
    await talk.delivered()
    assert "0人には" in await talk.jimu.sends("announce.cancel", "1")
    talk.later(minutes=5)
    await talk.delivered()
    assert sum(await _everybody_got_it(talk)) == 0


async def test_whoever_is_away_when_it_is_stopped_never_gets_it(talk: Talk) -> None:
    await talk.database.transact(lambda tx: _away(tx, "taro"))
    await _sends(talk)
    assert "7人には、もう届いています" in await talk.jimu.sends("announce.cancel", "1")
    talk.now = datetime.fromisoformat("2026-12-01T10:00:00+09:00")
    await talk.delivered()
    assert not talk.taro.inbox


def _away(tx: Tx, name: str) -> None:
    person = people.by_number(tx, name, today="2026-11-24")
    assert person
    absences.add(tx, person.id, starts_on="2026-11-24", ends_on="2026-12-01")


# Correcting


async def test_a_correction_takes_the_place_of_what_was_shown(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements_sending, "SLICE", 3)
    await talk.database.transact(lambda tx: _away(tx, "taro"))
    await _sends(talk)
    await _ticks(talk)
    await _ticks(talk)
    await talk.delivered()
    await talk.jimu.sends("announce.edit", "1")
    assert "順に入れ替わります" in await talk.jimu.presses("この内容に直す", text=["1月からに変わりました。"])
    for _ in range(3):
        await _ticks(talk)
    await talk.delivered()
    assert ["1月からに" in text for text in talk.shown_in("dm:hanako")] == [True]
    assert "（内容を直しました）" in talk.shown_in("dm:ken")[0] or "(corrected)" in talk.shown_in("dm:ken")[0]
    assert len(talk.wire.sent["dm:hanako"]) == 2
    talk.now = datetime.fromisoformat("2026-12-01T10:00:00+09:00")
    await talk.delivered()
    assert ["1月からに" in text for text in talk.taro.inbox] == [True], "who had not got it yet never sees the first"
    assert talk.rows("select revision, stale = (1 = 0) from announcement")[0][0] == 1
    found = await _status(talk)
    assert (found.got, found.stale) == (8, False)


async def test_a_planned_one_is_corrected_before_it_goes_out(talk: Talk) -> None:
    await _previews(talk.jimu, day=["2026-11-26"])
    await talk.jimu.presses("announce.send")
    await talk.jimu.sends("announce.edit", "1")
    assert "前の内容と同じ" in await talk.jimu.presses("announce.edited", text=FORM["text"])
    await talk.jimu.sends("announce.edit", "1")
    await talk.jimu.presses("announce.edited", text=[" "])
    assert list(_errors(talk.jimu)) == ["text"]
    await talk.jimu.presses("announce.edited", text=["直しました"])
    talk.now = datetime.fromisoformat("2026-11-26T09:00:00+09:00")
    await _ticks(talk)
    await talk.delivered()
    assert ["直しました\n" in text for text in talk.hanako.inbox] == [True]
    assert "内容を直しました" not in talk.hanako.inbox[0]


async def test_what_was_stopped_can_be_corrected_where_it_was_shown(talk: Talk) -> None:
    await talk.database.transact(lambda tx: _away(tx, "taro"))
    await _sends(talk)
    await talk.jimu.sends("announce.cancel", "1")
    talk.later(days=30)
    await talk.jimu.sends("announce.edited", "1", title=FORM["title"], text=["取り消します"])
    await _ticks(talk)
    await talk.delivered()
    assert ["取り消します" in text for text in talk.shown_in("dm:hanako")] == [True]
    assert not talk.taro.inbox


# What its readers press


async def test_reading_is_known_by_a_press_and_counted_once(talk: Talk) -> None:
    await _sends(talk)
    card = talk.wire.sent["dm:hanako"][0]
    assert "受け取りました" in await talk.hanako.presses("読みました", card)
    assert "受け取り済み" in await talk.hanako.presses("読みました", card)
    found = await _status(talk)
    assert (found.got, found.read, found.pressed) == (8, 1, 1)
    (one,) = (r for r in found.recipients if r.group == "pressed")
    assert (one.name_ja, one.unit_ja, one.pressed) == ("hanako", "窓口課", talk.now)
    seen = await talk.jimu.sends("announce.status", "1:pressed")
    assert "hanako | 窓口課 | 11月24日（火）10:00" in seen
    assert "知らされません" in seen


async def test_its_button_leads_to_what_there_is_to_do(talk: Talk) -> None:
    await _sends(talk, does=["note"], number=["2"])
    await talk.hanako.presses("気づきを書く", talk.wire.sent["dm:hanako"][0])
    assert talk.hanako.reply
    assert talk.hanako.reply.at == "dialog"
    await _sends(talk, does=["kudos"])
    await talk.taro.presses("announce.kudos", talk.wire.sent["dm:taro"][-1])
    await _sends(talk, does=["link"], link=["https://example.jp/a?b=1"])
    await talk.taro.presses("announce.link", talk.wire.sent["dm:taro"][-1])
    assert talk.taro.card
    assert "https://example.jp/a?b=1" in str(talk.taro.card.blocks)
    await _sends(talk, does=["none"])
    assert not [b for b in talk.wire.sent["dm:taro"][-1].blocks if isinstance(b, Buttons)]
    assert [(await _status(talk, n)).pressed for n in (1, 2, 3, 4)] == [1, 1, 1, 0]


async def test_a_press_counts_only_for_whom_it_was_for(talk: Talk) -> None:
    await _sends(talk, whom=["units"], units=["1010"])
    for value in ("1", "2", "x", "", "-1", "sample"):
        await talk.ken.sends("announce.read", value)
    await talk.hanako.sends("announce.link", "1")
    await talk.stranger.sends("announce.read", "1")
    assert talk.rows("select count(*) from announcement_seen") == [(0,)]


async def test_a_sample_counts_nowhere(talk: Talk) -> None:
    await _previews(talk.jimu)
    await talk.jimu.presses("announce.sample")
    await talk.delivered()
    assert "見本です" in await talk.jimu.presses("announce.read", talk.wire.sent["dm:jimu"][0])
    assert talk.rows("select count(*) from announcement_seen") == [(0,)]


# Who is not reached, and why


async def test_it_says_who_is_not_reached_and_why(talk: Talk) -> None:
    def arrange(tx: Tx) -> None:
        tx.cursor.execute("update person set muted = (1 = 1) where number = 'ken'")
        for table, key in (("place", "dm:sakura"), ("account", "sakura")):
            tx.cursor.execute(f"update {table} set platform = 'playground' where ext_id = '{key}'")
        tx.cursor.execute("update place set gone_at = 1, gone_why = 'blocked' where ext_id = 'dm:sakura'")
        tx.cursor.execute("delete from place where ext_id = 'dm:chiji'")
        tx.cursor.execute("delete from account where ext_id = 'bucho'")
        tx.cursor.execute("delete from place where ext_id = 'dm:bucho'")
        _away(tx, "taro")

    await talk.database.transact(arrange)
    seen = await _previews(talk.jimu)
    assert "8人のうち、いま届くのは4人" in seen
    assert "まだチャットのない人（14日のうちに使い始めれば届きます）: 3人" in seen
    assert "メッセージを受け取らない設定の人: 1人" in seen
    await talk.jimu.presses("announce.send")
    assert talk.rows("select count(*) from outbox where state = 'gone' and error = 'wants none'") == [(1,)]
    await talk.delivered()
    found = await _status(talk)
    why = {one.name_ja: (one.group, one.why) for one in found.recipients if one.why}
    assert why == {
        "ken": ("unreachable", "muted"),
        "sakura": ("unreachable", "blocked"),
        "chiji": ("unreachable", "no_chat"),
        "bucho": ("unreachable", "never_seen"),
        "taro": ("waiting", "away"),
    }
    seen = await talk.jimu.sends("announce.status", "1:unreachable")
    assert "届かない: 4人" in seen
    assert "これから届く: 1人" in seen
    assert "sakura | 税務課 | kizuki をブロックしています" in seen
    assert "hanako" not in seen
    talk.later(days=15)
    await talk.delivered()
    await _ticks(talk)
    assert {one.why for one in (await _status(talk)).recipients} >= {"never_seen", "blocked", "no_chat", "muted"}


async def test_whoever_starts_in_time_gets_it_after_all(talk: Talk) -> None:
    await talk.database.transact(lambda tx: tx.cursor.execute("delete from place where ext_id = 'dm:taro'") and None)
    await _sends(talk)
    talk.taro.place = replaced(talk.taro)
    await talk.taro.opens_home()
    await talk.delivered()
    assert len(talk.taro.inbox) == 1


def replaced(someone: Someone):  # type: ignore[no-untyped-def]
    return type(someone.place)(someone.handle.platform, f"dm:{someone.name}", private=True)


async def test_long_lists_are_turned_page_by_page(talk: Talk) -> None:
    def hired(tx: Tx) -> None:
        for i in range(23):
            people.add(tx, number=f"n{i}", name_ja=f"新人{i:02}", name_en=f"n{i}", joined_on="2020-04-01")

    await talk.database.transact(hired)
    await _sends(talk)
    pages = [await talk.jimu.sends("announce.status", "1:unreachable")]
    while "次へ" in pages[-1]:
        pages.append(await talk.jimu.presses("次へ"))
    named = [line.split(" | ")[0] for page in pages for line in page.splitlines() if line.startswith("新人")]
    assert named == [f"新人{i:02}" for i in range(23)]
    assert "届かない：23のうち21から23まで" in pages[-1]
    assert "前へ" in pages[-1]
    assert "新人" not in await talk.jimu.sends("announce.status", "1:unreachable:999999999")
    await talk.jimu.sends("announce.status", "1:nobody")
    assert talk.jimu.reply
    assert talk.jimu.reply.refused


async def test_the_counts_are_what_a_plain_look_finds(talk: Talk) -> None:
    """Random fates of messages against a slow, plain reading of them."""

    def hired(tx: Tx) -> None:
        for i in range(60):
            people.add(tx, number=f"n{i}", name_ja=f"n{i}", name_en="", joined_on="2020-04-01")

    await talk.database.transact(hired)
    await _previews(talk.jimu)
    await talk.jimu.presses("announce.send")
    rng = Random(8)
    states = ("waiting", "leased", "sent", "gone", "parked", "dropped", "expired")
    errors = ("", "later", "away", "quiet hours", "nowhere to send it yet", "its platform is off", "wants none")
    rows = talk.rows("select id, person_id from outbox where person_id is not null")
    fates = [(row, rng.choice(states), rng.choice(errors), rng.random(), rng.random()) for row in rows]

    def suffer(tx: Tx) -> None:
        for (key, person), state, error, shown, pressed in fates:
            reference = "m1" if shown < 0.3 else ""
            at = "1" if state == "sent" else "null"
            fate = f"state='{state}', error='{error}', message='{reference}', sent_at={at}"
            tx.cursor.execute(f"update outbox set {fate} where id={key}")
            if pressed < 0.2:
                stored.see(tx, 1, int(str(person)), read_at=1, pressed_at=1 if pressed < 0.1 else None)

    await talk.database.transact(suffer)
    expected = dict.fromkeys(GROUPS, 0)
    for _, state, error, shown, pressed in fates:
        expected[_plainly(state, error, shown=shown < 0.3, pressed=pressed)] += 1
    found = await _status(talk)
    assert dict(found.counts) == expected
    assert found.total == len(rows) == len(found.recipients)
    for group in GROUPS:
        assert sum(one.group == group for one in found.recipients) == expected[group]


def _plainly(state: str, error: str, *, shown: bool, pressed: float) -> str:
    if pressed < 0.2:
        return "pressed" if pressed < 0.1 else "read"
    if shown or state == "sent":
        return "sent"
    if state == "dropped":
        return "cancelled"
    if state in ("expired", "gone", "parked") or error in ("nowhere to send it yet", "its platform is off"):
        return "unreachable"
    return "waiting"


async def test_the_counts_outlive_the_messages(talk: Talk) -> None:
    await _sends(talk)
    await talk.hanako.presses("announce.read", talk.wire.sent["dm:hanako"][0])
    await _ticks(talk)
    talk.later(days=120)
    await talk.bot.tick("retention", talk.now)
    assert talk.rows("select count(*) from outbox") == [(0,)]
    found = await _status(talk)
    assert (found.kept, found.got, found.total, found.recipients) == (False, 8, 8, ())
    assert "一人ひとりの記録は" in await talk.jimu.sends("announce.status", "1")
    assert talk.rows("select count(*) from announcement_seen") == [(1,)]
    talk.later(days=1100)
    await talk.bot.tick("retention", talk.now)
    assert talk.rows("select count(*) from announcement_seen") == [(0,)]


# Who may


ACTS = ("compose", "preview", "rewrite", "sample", "send", "status", "cancel", "edit", "edited")


async def test_only_the_secretariat_announces(talk: Talk) -> None:
    await _previews(talk.jimu)
    for someone in (talk.hanako, talk.kacho, talk.bucho, talk.chiji, talk.stranger):
        await someone.says("/kizuki announce")
        for act in ACTS:
            await someone.sends(f"announce.{act}", "1", title=["x"], text=["y"], does=["read"], whom=["everyone"])
            assert someone.reply
            assert someone.reply.refused, act
    await talk.jimu.presses("announce.send")
    for act in ("status", "cancel", "edit", "edited"):
        await talk.chiji.sends(f"announce.{act}", "1", title=["x"], text=["y"])
        assert talk.chiji.reply
        assert talk.chiji.reply.refused, act
    assert talk.rows("select state, revision from announcement") == [("sent", 0)]


async def test_a_unit_secretariat_announces_only_to_its_unit(talk: Talk) -> None:
    await talk.grants("ken", "secretariat", "10")
    await talk.ken.says("/kizuki announce")
    await talk.ken.presses("announce.compose")
    assert talk.ken.card
    form = talk.ken.card
    for wrong in (
        {"whom": ["everyone"]},
        {"whom": ["units"], "units": ["10 20"]},
        {"whom": ["manager"], "units": [""]},
        {"whom": ["channels"], "units": []},
        {"whom": ["channels"], "units": ["00"]},
    ):
        await talk.ken.presses("announce.preview", form, **{**FORM, **wrong})
        assert "only to the units you look after (10)" in "".join(_errors(talk.ken).values()), wrong
    assert "6 of 6 people" in await talk.ken.presses("announce.preview", form, **FORM)
    await talk.ken.presses("announce.send")
    await talk.delivered()
    assert [n for n in STAFF if talk.channel(f"dm:{n}")] == ["hanako", "taro", "kacho", "ken", "sakura", "bucho"]


async def test_a_second_secretariat_sees_it_and_may_stop_it(talk: Talk) -> None:
    await talk.grants("taro", "secretariat")
    await talk.grants("ken", "secretariat", "10")
    await _previews(talk.jimu, day=["2026-11-27"])
    await talk.jimu.presses("announce.send")
    assert TITLE in await talk.taro.says("/kizuki お知らせ")
    assert "（jimu）" in talk.taro.sees
    assert TITLE not in await talk.ken.says("/kizuki announce"), "the whole organisation is not hers"
    await talk.ken.sends("announce.cancel", "1")
    await talk.ken.sends("announce.status", "1")
    assert talk.ken.reply
    assert talk.ken.reply.refused
    await _previews(talk.ken, day=["2026-11-27"])
    await talk.ken.presses("announce.send")
    assert (await _status(talk, 2, who="taro")).by == ("ken", "Ken")
    assert "取りやめました" in await talk.taro.sends("announce.cancel", "1")
    assert talk.rows("select state from announcement order by id") == [("cancelled",), ("planned",)]


async def test_who_is_no_secretariat_any_more_sends_nothing(talk: Talk) -> None:
    await _previews(talk.jimu)
    await talk.database.transact(lambda tx: tx.cursor.execute("delete from role where role = 'secretariat'") and None)
    await talk.jimu.presses("announce.send")
    assert talk.rows("select count(*) from announcement") == [(0,)]


# Bad input


WRONG: list[tuple[dict[str, list[str]], str]] = [
    ({"title": [" 　"]}, "title"),
    ({"title": ["長" * 81]}, "title"),
    ({"text": []}, "text"),
    ({"text": ["長" * 1501]}, "text"),
    ({"title_en": ["Only a title"]}, "text_en"),
    ({"text_easy": ["文だけ"]}, "title_easy"),
    ({"number": ["99"]}, "number"),
    ({"number": ["x"]}, "number"),
    ({"does": ["dance"]}, "does"),
    ({"does": ["link"]}, "link"),
    ({"does": ["link"], "link": ["javascript:alert(1)"]}, "link"),
    ({"does": ["link"], "link": ["https://"]}, "link"),
    ({"does": ["link"], "link": ["https://a b"]}, "link"),
    ({"does": ["link"], "link": ["https://[::1"]}, "link"),
    ({"whom": ["nobody"]}, "whom"),
    ({"whom": ["administrator"]}, "whom"),
    ({"whom": ["units"]}, "units"),
    ({"whom": ["units"], "units": ["77"]}, "units"),
    ({"day": ["2026-11-23"]}, "day"),
    ({"day": ["1900-01-01"]}, "day"),
    ({"day": ["2030-01-01"]}, "day"),
    ({"day": ["yesterday"]}, "day"),
    ({"time": ["25:00"]}, "time"),
    ({"time": ["09:59"]}, "time"),
    ({"day": ["2026-11-25"], "time": ["9"]}, "time"),
]


async def test_what_cannot_be_is_said_at_its_field(talk: Talk) -> None:
    for fields, field in WRONG:
        await _previews(talk.jimu, **fields)
        assert list(_errors(talk.jimu)) == [field], fields
    assert talk.rows("select count(*) from draft") == [(0,)]


async def test_what_was_written_comes_back_to_be_rewritten(talk: Talk) -> None:
    await _previews(talk.jimu, day=["2026-11-27"], does=["none"])
    await talk.jimu.presses("書き直す")
    assert "8人のうち" in await talk.jimu.presses("announce.preview")
    assert "11月27日" in talk.jimu.sees
    talk.later(days=2)
    await talk.jimu.presses("announce.send")
    assert talk.rows("select count(*) from announcement") == [(0,)], "after a day it is written anew"


async def test_a_moment_that_passed_meanwhile_is_asked_for_again(talk: Talk) -> None:
    await _previews(talk.jimu, time=["10:30"])
    talk.later(hours=1)
    await talk.jimu.presses("announce.send")
    assert list(_errors(talk.jimu)) == ["time"]
    assert talk.rows("select count(*) from announcement") == [(0,)]


async def test_words_are_shown_as_typed_and_logged_nowhere(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    nasty = "<!channel> *b* {0} %s <b>x</b> [a](javascript:x)"
    await _sends(talk, title=[nasty[:60]], text=[nasty])
    assert nasty in talk.hanako.inbox[0]
    assert nasty not in caplog.text
    assert not [row for row in talk.rows("select detail from audit") if "<b>" in str(row)]
    (entry,) = talk.rows("select action, subject, detail from audit where action = 'announce.write'")
    assert entry == ("announce.write", "announcement:1", '{"people": 8, "units": [], "whom": "everyone"}')


WORTH = timedelta(days=14)


# Rights that changed since


async def _loses_the_role(talk: Talk, name: str) -> None:
    ends = f"update role set ends_on = '2026-11-24' where person_id = (select id from person where number = '{name}')"
    await talk.database.transact(lambda tx: tx.cursor.execute(ends) and None)


async def test_who_may_not_write_to_all_of_them_any_more_changes_nothing_and_reads_no_names(talk: Talk) -> None:
    await _sends(talk)
    await _loses_the_role(talk, "jimu")
    assert "見つかりません" in await talk.jimu.sends("announce.status", "1:")
    await talk.grants("jimu", "secretariat", "1020")
    seen = await talk.jimu.sends("announce.status", "1:")
    assert "8のうち8" in seen, "what became of it may be followed by whoever wrote it"
    assert "ファイルで受け取る" not in seen
    assert "届いた人" not in seen
    for value in ("1:sent", "1:waiting:3"):
        assert "担当の人だけ" in await talk.jimu.sends("announce.status", value)
    for action in ("announce.edit", "announce.edited", "announce.cancel", "announce.release"):
        seen = await talk.jimu.sends(action, "1", title=["乗っ取り"], text=["書き換え"])
        assert "担当の人だけ" in seen, action
    assert "担当の人だけ" in await talk.jimu.sends("files.ask", "announcement::1")
    listed = await talk.jimu.says("/kizuki announce")
    assert TITLE in listed
    assert "内容を直す" not in listed
    assert "取りやめる" not in listed
    assert all(TEXT in talk.shown_in(f"dm:{name}")[-1] for name in STAFF)
    async with pages(talk) as site:
        page = site.browser()
        await page.signs_in(talk.jimu)
        await page.opens("announcements/1")
        assert (page.status, "chiji" in page.words) == (200, False)
        await page.opens("announcements/1?group=sent")
        assert page.status == 403
        await page.opens("files/announcement.csv?code=1")
        assert page.status == 403


async def test_what_was_planned_waits_where_its_writer_may_not_send_it_any_more(talk: Talk) -> None:
    await talk.grants("sakura", "secretariat")
    await _previews(talk.jimu, day=["2026-11-25"], time=["09:00"])
    await talk.jimu.presses("announce.send")
    await _loses_the_role(talk, "jimu")
    talk.now = datetime.fromisoformat("2026-11-25T09:00:00+09:00")
    for _ in range(2):
        await _ticks(talk)
        await talk.delivered()
    assert not any(TITLE in text for name in ("hanako", "ken", "chiji") for text in talk.channel(f"dm:{name}"))
    (told,) = talk.jimu.inbox
    assert "まだ届けていません" in told
    assert "いまの担当の人に" in told
    (asked,) = talk.sakura.inbox
    assert "jimuさん" in asked
    assert "まだ 届けていません" in asked
    for someone in (talk.hanako, talk.jimu):
        assert "見つかりません" in await someone.sends("announce.release", "1")
    await talk.sakura.says("/kizuki announce")
    assert "待っています" in talk.sakura.sees, talk.sakura.sees
    await talk.sakura.presses("announce.release")
    await talk.delivered()
    assert all(any(TITLE in text for text in talk.channel(f"dm:{name}")) for name in STAFF)
    assert talk.rows("select state from announcement") == [("sent",)]
    assert talk.rows("select p.number from announcement a join person p on p.id = a.person_id") == [("sakura",)]
    assert "ではありません" in (await talk.sakura.sends("announce.release", "1")).replace(" ", ""), "once"
    assert talk.rows("select action from audit where action like 'announce.%' order by id") == [
        ("announce.write",),
        ("announce.hold",),
        ("announce.release",),
    ]


async def test_what_waits_may_be_corrected_or_cancelled_instead(talk: Talk) -> None:
    await talk.grants("sakura", "secretariat", "10")
    await talk.grants("hanako", "secretariat", "1010")
    await _previews(talk.jimu, whom=["units"], units=["1010、1020"], day=["2026-11-25"], time=["09:00"])
    await talk.jimu.presses("announce.send")
    await talk.database.transact(lambda tx: people.leave(tx, _key(tx, "jimu"), day="2026-11-25"))
    talk.now = datetime.fromisoformat("2026-11-25T09:00:00+09:00")
    await _ticks(talk)
    await talk.delivered()
    assert len(talk.sakura.inbox) == 1, "who may write to all of them is asked"
    assert not talk.hanako.inbox, "who may write to some of them is not"
    await talk.sakura.sends("announce.edit", "1")
    await talk.sakura.presses("announce.edited", title=["直した題"], text=["直した本文"])
    await talk.sakura.sends("announce.cancel", "1")
    await _ticks(talk)
    await talk.delivered()
    assert talk.rows("select state from announcement") == [("cancelled",)]
    assert not any("直した題" in text for name in STAFF for text in talk.channel(f"dm:{name}"))


def _key(tx: Tx, number: str) -> int:
    found = people.by_number(tx, number, today="2026-11-24")
    assert found
    return found.id
