"""Being forgotten: nothing of a person stays but what is said to stay, and every count is what it was."""

import asyncio
import random
from typing import Any

import pytest
from sqlmodel import SQLModel

from bot.cards import Button, Buttons
from bot.schedule import millis
from storage import daily, erasure, kudos, messages, notes, reports, search, steps, supports
from storage.database import Tx
from storage.reports import Asked
from storage.search import Wanted, fold
from tests import counts
from tests.full_life import NASTY, STORY, full_life, numbered
from tests.talk import Someone, Talk

TODAY = "2026-11-24"


async def _forget(someone: Someone, texts: str) -> str:
    await someone.sends("forget.ask")
    await someone.presses("forget.sure", texts=[texts])
    return await someone.presses("forget.done")


async def _id(talk: Talk, name: str = "hanako") -> int:
    return await talk.database.read(lambda tx: numbered(tx, name))


# Nothing is left


def _held(tx: Tx, column: str, value: object) -> int:
    table, name = column.split(".")
    tx.cursor.execute(f"select count(*) from {table} where {name} = {value!r}")
    return int(tx.cursor.fetchone()[0])


def _values(column: str, me: int) -> list[object]:
    """What stands for the person in a column: their key, one of their accounts, or how the audit log names them."""
    table, name = column.split(".")
    if table == "audit":
        return [f"person:{me}"]
    if name in ("deliver_to", "used"):
        return ["wire/hanako"]
    if name in ("ext_id", "account", "author", "only_for"):
        return ["dm:hanako", "dm:hana"] if table == "place" and name == "ext_id" else ["hanako", "hana"]
    return [me]


def _rows(tx: Tx, me: int) -> dict[str, int]:
    return {column: sum(_held(tx, column, value) for value in _values(column, me)) for column in erasure.FATES}


@pytest.mark.parametrize("texts", ["keep", "erase"])
async def test_every_column_meets_its_fate(talk: Talk, texts: str) -> None:
    await full_life(talk)
    me = await _id(talk)
    before = await talk.database.read(lambda tx: _rows(tx, me))
    assert [column for column, count in before.items() if not count] == []
    assert "消しました" in await _forget(talk.hanako, texts)
    after = await talk.database.read(lambda tx: _rows(tx, me))
    left = {column for column, count in after.items() if count}
    stay = {column for column, fate in erasure.FATES.items() if fate == "stays"}
    # Giving is capped per day: what was used up today stays used up.
    assert left == stay | {"quota.person_id"}
    assert talk.rows(f"select day from quota where person_id = {me}") == [(TODAY,)]


@pytest.mark.parametrize("texts", ["keep", "erase"])
async def test_no_table_holds_what_was_to_be_erased(talk: Talk, texts: str) -> None:
    await full_life(talk)
    await _forget(talk.hanako, texts)
    gone = ["書きかけ", "まだ送っていない", "下書き", "番号札の紙がない", "おはよう'", "あなたへ", "消してしまう"]
    if texts == "erase":
        gone += [NASTY[:9], "番号札", "引き継ぎ資料", "事務局だけに伝えたい", STORY]
    everything = await talk.database.read(_everything)
    assert [words for words in gone if words in everything] == []
    assert "相談に乗ってくれて" in everything, "what others wrote stays"
    assert "窓口で一緒に考えてくれました" in everything


def _everything(tx: Tx) -> str:
    found = []
    for table in sorted(SQLModel.metadata.tables):
        tx.cursor.execute(f'select * from "{table}"')
        found += [repr(row) for row in tx.cursor.fetchall()]
    return "\n".join(found)


async def test_the_name_leaves_every_card(talk: Talk) -> None:
    await full_life(talk)
    assert "hanako" in "".join(talk.shown_in("madoguchi"))
    assert "hanakoさんから感謝が届きました" in "".join(talk.taro.inbox)
    await _forget(talk.hanako, "keep")
    await talk.delivered()
    shown = "\n".join(card for _, card in _all_shown(talk, but="dm:hanako"))
    assert "hanako" not in shown
    assert "番号札の紙 🙂" in shown, "the words were kept"
    assert "匿名（窓口課）" in shown
    assert "—さんから" in shown
    bodies = talk.rows("select card from body")
    assert not any("hanako" in str(card) for (card,) in bodies)


async def test_erased_words_leave_every_card_and_the_search(talk: Talk) -> None:
    await full_life(talk)
    await talk.database.transact(search.index)
    await _forget(talk.hanako, "erase")
    await talk.delivered()
    shown = "\n".join(card for _, card in _all_shown(talk, but="dm:hanako"))
    assert "番号札" not in shown
    assert "事務局だけに伝えたい" not in shown
    assert "引き継ぎ資料" not in shown
    wanted = Wanted((fold("番号札"),), me=0, office=True)
    await talk.database.transact(search.index)
    assert await talk.database.read(lambda tx: search.find(tx, wanted, limit=9)) == []
    assert talk.rows("select count(*) from note where indexed") == talk.rows("select count(*) from note")
    assert await talk.database.read(lambda tx: _indexed(tx, "番号")) == 0
    assert await talk.database.read(lambda tx: _indexed(tx, "匿名")) == 1


def _indexed(tx: Tx, words: str) -> int:
    """How many entries of the index itself hold a pair of characters."""
    (pair, _) = search.pairs(words)
    match = f"from note_pairs where note_pairs match '{pair}'" if tx.sqlite else f"from note where pairs @@ '{pair}'"
    tx.cursor.execute(f"select count(*) {match}")
    return int(tx.cursor.fetchone()[0])


def _all_shown(talk: Talk, *, but: str) -> list[tuple[str, str]]:
    found = {place for place, _ in talk.wire.messages.values() if place != but}
    return [(place, card) for place in found for card in talk.shown_in(place)]


async def test_no_message_is_given_a_number_that_windows_know(talk: Talk) -> None:
    await full_life(talk)
    await talk.database.transact(lambda tx: messages.add(tx, "k9", "dm:hana", at=1, text="最後の"))
    newest = talk.rows("select max(id) from message")[0][0]
    await _forget(talk.hanako, "keep")
    assert talk.rows("select author, only_for, text, card from message where place <> 'hiroba'") == [("", "", "", "")]
    assert talk.rows("select text from message where place = 'hiroba'") == [("おはようございます",)]
    fresh = await talk.database.transact(lambda tx: messages.add(tx, "k10", "dm:hana", at=1, text="次の"))
    assert isinstance(newest, int)
    assert fresh.id > newest


async def test_what_is_owed_never_comes(talk: Talk) -> None:
    await talk.ken.says("/kudos @hanako 窓口で一緒に考えてくれました")
    await talk.ken.presses("kudos.confirm", numbers=["2"])
    await _forget(talk.hanako, "keep")
    await talk.delivered()
    assert talk.hanako.inbox == []


async def test_kizuki_can_be_used_on_and_writes_again(talk: Talk) -> None:
    await full_life(talk)
    await _forget(talk.hanako, "keep")
    await talk.hanako.says("/kizuki 新しい気づき")
    assert "記録しました" in await talk.hanako.presses("note.confirm", numbers=["1"])
    me = await _id(talk)
    assert talk.rows(f"select count(*) from note where author_id = {me}") == [(1,)]


async def test_wanting_no_messages_is_not_forgotten(talk: Talk) -> None:
    await talk.hanako.sends(
        "preferences.save", "", language=["en"], quiet_from=["20:00"], quiet_to=["07:00"], gets=["muted"]
    )
    await _forget(talk.hanako, "keep")
    assert talk.rows("select muted, language, quiet_from from person where number = 'hanako'")[0] in (
        (1, "", ""),
        (True, "", ""),
    )


async def test_somebody_on_no_roster_is_gone_altogether(talk: Talk) -> None:
    await full_life(talk)
    me = await _id(talk)

    def unlist(tx: Tx) -> None:
        tx.cursor.execute(f"update person set listed = false, number = 'unlisted:wire/hanako' where id = {me}")

    await talk.database.transact(unlist)
    assert "アカウントとのつながりも" in await _forget(talk.hanako, "erase")
    (row,) = talk.rows(f"select name_ja, name_en, title_ja, email, left_on, number from person where id = {me}")
    assert row[:5] == ("—", "—", "", None, TODAY)
    assert str(row[5]).startswith("erased:")
    assert talk.rows("select count(*) from account where ext_id in ('hanako', 'hana')") == [(0,)]


# Asking twice


async def test_the_first_card_says_what_goes_what_stays_and_why(talk: Talk) -> None:
    await full_life(talk)
    seen = await talk.hanako.says("/kizuki 消去")
    assert seen == await talk.hanako.sends("forget.ask")
    for words in ("気づき: 3件", "送った感謝: 1件", "届いた感謝: 2件", "名簿の情報", "監査の記録", "組織の決まり"):
        assert words in seen
    assert talk.rows("select count(*) from note where author_id is null") == [(0,)]


async def test_a_stale_second_press_is_refused_and_nothing_is_gone(talk: Talk) -> None:
    await full_life(talk)
    await talk.hanako.sends("forget.ask")
    await talk.hanako.presses("forget.sure", texts=["erase"])
    card = talk.hanako.card
    talk.later(minutes=11)
    assert "何も消していません" in await talk.hanako.presses("forget.done", card)
    assert talk.rows("select count(*) from audit where action = 'forget'") == [(0,)]


@pytest.mark.parametrize(
    "value",
    ["", "x", "1", "1:2", "1:2:both", "{me}:{soon}:erase", "{other}:{now}:erase", "{me}:x:erase", "²:{now}:keep"],
)
async def test_forged_presses_are_refused(talk: Talk, value: str) -> None:
    me, other, now = await _id(talk), await _id(talk, "taro"), millis(talk.now)
    await talk.hanako.sends("forget.done", value.format(me=me, other=other, now=now, soon=now + 60_000))
    assert talk.rows("select count(*) from audit where action = 'forget'") == [(0,)]


async def test_nobody_forgets_somebody_else(talk: Talk) -> None:
    await talk.hanako.sends("forget.ask")
    await talk.hanako.presses("forget.sure", texts=["erase"])
    card = talk.hanako.card
    assert "もう使えません" in await talk.taro.presses("forget.done", card)
    assert "もう使えません" in await talk.taro.sends("forget.sure", str(await _id(talk)), texts=["keep"])


async def test_pressing_twice_forgets_once(talk: Talk) -> None:
    await full_life(talk)
    await talk.hanako.sends("forget.ask")
    await talk.hanako.presses("forget.sure", texts=["keep"])
    assert talk.hanako.card is not None
    (button,) = (
        b
        for block in talk.hanako.card.blocks
        if isinstance(block, Buttons)
        for b in block.buttons
        if isinstance(b, Button) and b.action == "forget.done"
    )
    seen = await asyncio.gather(*(talk.hanako.sends("forget.done", button.value) for _ in range(4)))
    assert talk.rows("select count(*) from audit where action = 'forget'") == [(1,)]
    assert talk.rows("select count(*) from person where number like 'erased:%'") == [(1,)]
    assert any("もう消してあります" in s for s in seen)


async def test_leaving_it_changes_nothing(talk: Talk) -> None:
    await talk.hanako.sends("forget.ask")
    await talk.hanako.presses("forget.sure", texts=["erase"])
    assert "何も消していません" in await talk.hanako.presses("やめる")


async def test_the_audit_log_says_that_it_was_done_and_no_more(talk: Talk) -> None:
    await full_life(talk)
    me = await _id(talk)
    await _forget(talk.hanako, "erase")
    (entry,) = talk.rows("select actor, subject, detail from audit where action = 'forget'")
    assert entry[:2] == (f"person:{me}", f"person:{me}")
    assert entry[2] == '{"texts": "erase"}', "counts would say which stand-in is whose"
    assert int(str(talk.rows("select min(id) from person")[0][0])) < 0, "a key drawn by lot, in no order"
    (stand_in,) = talk.rows("select id, number, joined_on, left_on from person where number like 'erased:%'")
    assert stand_in[2:] == ("0001-01-01", "0001-01-01"), "no day tells whose stand-in it is"
    assert str(stand_in[1]) not in str(talk.rows("select * from audit"))


async def test_a_note_confirmed_at_the_same_instant_is_forgotten_or_comes_after(talk: Talk) -> None:
    for round_ in range(4):
        me = await _id(talk)
        await talk.hanako.sends("forget.ask")
        await talk.hanako.presses("forget.sure", texts=["keep"])
        sure = talk.hanako.card
        await talk.hanako.says(f"/kizuki 同時の気づき{round_}")
        draft = talk.hanako.card
        seen = await asyncio.gather(
            talk.hanako.presses("forget.done", sure), talk.hanako.presses("note.confirm", draft, numbers=["1"])
        )
        assert any("消しました" in s for s in seen)
        stored = talk.rows(
            f"select n.author_id, t.author_id from note n join note_tag t on t.note_id = n.id "
            f"where n.text = '同時の気づき{round_}'"
        )
        # Never half: the note and its tag name the same person or nobody.
        assert all(a == b and a in (me, None) for a, b in stored)
        assert talk.rows("select count(*) from draft") == [(0,)] or stored
        talk.later(minutes=1)


# Counts


class Figures:
    """Everything digests, recognition and reports count."""

    def __init__(self, tx: Tx, *, since: int, until: int) -> None:
        self.units = {u: self._unit(tx, u, since, until) for u in range(1, 6)}
        self.written = counts.written(tx, since=since, until=until)
        self.kudos = counts.kudos(tx, since=since, until=until)
        self.office = reports.count_office(tx, today=TODAY)
        self.recognised = {n: counts.thanked(tx, n, since=since, until=until) for n in range(1, 11)}
        self.supports = sorted((n, len(supports.of(tx, n))) for n in range(1, 61))
        self.claps = sorted((k, kudos.claps(tx, k)) for k in range(1, 41))
        self.read = {n: daily.marks(tx, n, "read", day=TODAY) for n in range(1, 11)}

    def _unit(self, tx: Tx, unit: int, since: int, until: int) -> tuple[Any, ...]:
        asked = Asked(unit, since, until, TODAY)
        return (
            reports.unit_notes(tx, asked),
            reports.unit_note_total(tx, asked),
            sorted(n.id for n in reports.unit_top_notes(tx, asked, limit=99)),
            reports.unit_kudos(tx, asked),
            reports.unit_kudos_totals(tx, asked),
        )


def _past(tx: Tx, seed: int, now: int) -> None:
    """Two months of random notes, answers, supports, thanks, applause and reading."""
    rng = random.Random(seed)
    people = {name: numbered(tx, name) for name in ("hanako", "taro", "kacho", "ken", "sakura", "bucho", "jimu")}
    everyone, units = list(people.values()), dict(zip(people.values(), (3, 3, 3, 4, 4, 2, 5), strict=True))
    for _ in range(60):
        author, at = rng.choice(everyone), now - rng.randrange(60 * 86_400_000)
        note_id = notes.add(
            tx,
            author_id=author,
            unit_id=rng.choice((units[author], rng.randrange(1, 6), None)),
            kind="notice",
            text=f"気づき{rng.random()}",
            plain="気づき",
            audience=rng.choice(("unit", "unit", "anonymous", "office")),
            pack="tokyo",
            version="1.1.0",
            due_on=rng.choice(("2026-11-20", "2026-12-01")),
            at=at,
            numbers=tuple(sorted(rng.sample(range(1, 11), rng.randrange(3)))),
        )
        for supporter in rng.sample(everyone, rng.randrange(4)):
            supports.add(tx, note_id, supporter, at=at + 1)
        _answered(tx, rng, note_id, rng.choice(everyone), at)
    for _ in range(40):
        _thanked(tx, rng, everyone, units, now)
    for person in everyone:
        for number in rng.sample(range(1, 11), 4):
            daily.mark(tx, person, number, "read", day=TODAY, facet="goals", unit_id=3, pack="tokyo", version="1.1.0")


def _answered(tx: Tx, rng: random.Random, note_id: int, person_id: int, at: int) -> None:
    to, note = rng.choice(("open", "adopted", "declined")), notes.get(tx, note_id)
    assert note is not None
    if to != "open":
        row = {"was": "open", "to": to, "reason": "", "person_id": person_id, "answered_at": at + 2}
        steps.move(tx, note_id, **row, at=at + 2, due_on=note.due_on)  # type: ignore[arg-type]
    if rng.random() < 0.15:
        notes.remove(tx, note, at=at + 3)


def _thanked(tx: Tx, rng: random.Random, everyone: list[int], units: dict[int, int], now: int) -> None:
    giver, *others = rng.sample(everyone, rng.randrange(2, 5))
    numbers = tuple(sorted(rng.sample(range(1, 11), rng.randrange(1, 4))))
    at = now - rng.randrange(60 * 86_400_000)
    kudos_id = kudos.add(
        tx,
        giver_id=giver,
        unit_id=units[giver],
        receivers=[(p, units[p]) for p in others],
        text=f"ありがとう{rng.random()}",
        numbers=numbers,
        public=rng.random() < 0.7,
        pack="tokyo",
        version="1.1.0",
        day="2026-11-01",
        at=at,
    )
    for person in rng.sample(everyone, rng.randrange(4)):
        kudos.clap(tx, kudos_id, person, at=at + 1)
    given = kudos.get(tx, kudos_id)
    if given and rng.random() < 0.15:
        kudos.take_back(tx, given, at=at + 2)


@pytest.mark.parametrize("texts", ["keep", "erase"])
@pytest.mark.parametrize("seed", range(6))
async def test_every_count_stays_the_same(talk: Talk, seed: int, texts: str) -> None:
    now = millis(talk.now)
    since, until = now - 61 * 86_400_000, now + 86_400_000
    await talk.database.transact(lambda tx: _past(tx, seed, now))
    before = await talk.database.read(lambda tx: Figures(tx, since=since, until=until))
    assert before.kudos > 20
    assert len(before.written.by_number) == 10
    for someone in (talk.hanako, talk.kacho, talk.bucho):
        assert "消しました" in await _forget(someone, texts)
    after = await talk.database.read(lambda tx: Figures(tx, since=since, until=until))
    if texts == "keep":
        # A note nobody is known to have written has no writer; everything else is as it was.
        assert after.written.writers < before.written.writers
        before.written = before.written._replace(writers=after.written.writers)
    assert vars(after) == vars(before)
    assert talk.rows(
        "select count(*) from note_tag t join note n on n.id = t.note_id where t.author_id is distinct from n.author_id"
    ) == [(0,)]
