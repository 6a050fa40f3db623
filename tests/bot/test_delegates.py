"""Delegates: named by a manager until further notice, they read the digest and answer notes; either may end it."""

import pytest

from bot.people import Thing, may
from bot.turn import Turn
from storage import people, roles, units
from storage.database import Tx
from tests.talk import Someone, Talk


async def _named(talk: Talk) -> None:
    """A note waits in the unit, and its manager names taro."""
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["1"])
    assert "担当の人だけ" in await _answers(talk.taro)
    assert "代理はまだいません" in await talk.kacho.says("/kizuki 代理")
    await talk.kacho.presses("代理を決める")
    assert "taroさんに代理を頼みました" in await talk.kacho.presses("頼む", delegate=["wire/taro"])
    await talk.delivered()


async def _digest(talk: Talk, day: str) -> dict[str, int]:
    """To how many messages each of these has the digest of the unit."""
    await talk.ticks("digest", f"{day}T08:30:00+09:00")
    await talk.delivered()
    return {
        one.name: sum("窓口課 週のまとめ" in text for text in one.inbox) for one in (talk.kacho, talk.taro, talk.hanako)
    }


async def _answers(who: Someone, state: str = "received", before: str = "open") -> str:
    return await who.sends("note.answered", f"1:{before}", state=[state])


async def test_a_delegate_reads_the_digest_and_answers(talk: Talk) -> None:
    await _named(talk)
    assert "kachoさんから、ふだんの代理を頼まれました" in talk.taro.inbox[-1]
    assert await _digest(talk, "2026-11-30") == {"kacho": 1, "taro": 1, "hanako": 0}
    assert "窓口課" in await talk.taro.says("/kizuki まとめ")
    assert "番号札の紙がない" in await talk.taro.opens_home()
    assert "kachoさんの代理です" in talk.taro.sees
    assert "taroさんに代理を頼んでいます" in await talk.kacho.opens_home()
    assert "検討中" in await _answers(talk.taro, "considering")
    said = await talk.kacho.sends("note.answered", "1:considering", state=["adopted"], reason=["紙を増やします"])
    assert "採用" in said, "and the manager still may"


async def test_a_delegate_may_nothing_more(talk: Talk) -> None:
    await _named(talk)
    await talk.hanako.says("/kizuki 事務局だけに伝えたいことがある")
    await talk.hanako.presses("note.confirm", numbers=["1"], audience=["office"])
    assert "見つかりません" in await talk.taro.sends("note.answered", "2:open", state=["received"])
    assert "候補" not in await talk.taro.says("/kizuki 報告"), "and no names for an award"
    assert "担当の人だけ" in await talk.taro.sends("channel.ask")
    assert "管理職の方です" in await talk.taro.sends("figure.compose")
    assert "代理を決められるのは" in await talk.taro.sends("delegate.ask")
    assert "代理を決められるのは" in await talk.taro.sends("delegate.save", delegate=["wire/ken"])
    assert "代理を決められるのは" in await talk.jimu.sends("delegate.ask"), "who manages nothing has nothing to hand on"

    def read(tx: Tx) -> None:
        turn = Turn(tx, talk.house, talk.now)
        taro = turn.who = people.by_number(tx, "taro", today=turn.day)
        assert taro
        assert {role.role for role in roles.of(tx, taro.id, today=turn.day)} == {"delegate"}
        assert taro.id not in {person for person, _ in roles.holders(tx, "manager", today=turn.day)}
        assert taro.unit_id
        assert taro.id not in roles.managers_of(tx, taro.unit_id, today=turn.day)
        assert may(turn, "note.answer", Thing(taro.unit_id))
        assert not may(turn, "note.answer", Thing(taro.unit_id, audience="office"))
        assert not may(turn, "unit.read", Thing(taro.unit_id))

    await talk.database.transact(read)


@pytest.mark.parametrize("who", ["kacho", "taro"])
async def test_either_ends_it_and_the_other_hears_of_it(talk: Talk, who: str) -> None:
    await _named(talk)
    one, other = (talk.kacho, talk.taro) if who == "kacho" else (talk.taro, talk.kacho)
    await one.says("/kizuki 代理")
    said = await one.presses("taroさんに頼むのをやめる" if who == "kacho" else "kachoさんの代理をやめる")
    assert "終わりにしました" in said
    await talk.delivered()
    assert "終わりました" in other.inbox[-1]
    assert "担当の人だけ" in await _answers(talk.taro)
    assert await _digest(talk, "2026-11-30") == {"kacho": 1, "taro": 0, "hanako": 0}
    assert talk.rows("select count(*) from deputy where ends_on is null") == [(0,)]
    key = talk.rows("select id from deputy")[0][0]
    assert "もう使えません" in await one.sends("delegate.end", str(key)), "once"


async def test_nobody_else_can_end_it(talk: Talk) -> None:
    await _named(talk)
    key = talk.rows("select id from deputy")[0][0]
    for who in (talk.hanako, talk.jimu):
        assert "もう使えません" in await who.sends("delegate.end", str(key))
    assert "もう使えません" in await talk.kacho.sends("delegate.end", "x")
    assert talk.rows("select count(*) from deputy where ends_on is null") == [(1,)]


async def _change(talk: Talk, sql: str) -> None:
    await talk.database.transact(lambda tx: tx.cursor.execute(sql) and None)


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("update role set ends_on = '2026-11-27' where role = 'manager'", {"kacho", "taro"}),
        ("update person set left_on = '2026-11-27' where number = 'kacho'", {"taro"}),
        ("update person set left_on = '2026-11-27' where number = 'taro'", {"kacho"}),
    ],
)
async def test_it_ends_with_the_role_and_when_either_leaves(talk: Talk, what: str, told: set[str]) -> None:
    await _named(talk)
    await _change(talk, what)
    await talk.ticks("arrivals", "2026-11-26T09:15:00+09:00")
    assert talk.rows("select count(*) from deputy where ends_on is null") == [(1,)], "not a day too early"
    await talk.ticks("arrivals", "2026-11-27T09:15:00+09:00")
    await talk.delivered()
    assert talk.rows("select ends_on from deputy") == [("2026-11-27",)]
    assert {one.name for one in (talk.kacho, talk.taro) if one.inbox and "終わりました" in one.inbox[-1]} == told
    assert (await _digest(talk, "2026-11-30"))["taro"] == 0
    actions = [row[0] for row in talk.rows("select action from audit where action like 'delegate.%' order by id")]
    assert actions == ["delegate.begin", "delegate.end"]


async def test_what_the_manager_comes_to_manage_later_is_not_handed_on(talk: Talk) -> None:
    await _named(talk)

    def change(tx: Tx) -> None:
        kacho, unit = people.by_number(tx, "kacho", today="2026-11-27"), units.by_code(tx, "1020")
        assert kacho
        assert unit
        tx.cursor.execute(f"update role set ends_on = '2026-11-27' where person_id = {kacho.id}")
        roles.add(tx, kacho.id, "manager", unit_id=unit.id, starts_on="2026-11-27")

    await talk.database.transact(change)
    talk.later(days=3)
    assert "担当の人だけ" in await _answers(talk.taro), "before the morning's work too"
    await talk.ticks("arrivals", "2026-11-27T09:15:00+09:00")
    assert talk.rows("select ends_on from deputy") == [("2026-11-27",)]


async def test_being_away_and_back_leaves_a_delegate_as_they_are(talk: Talk) -> None:
    await _named(talk)
    await talk.kacho.says("/kizuki 不在")
    await talk.kacho.presses("保存する", first=["2026-11-25"], last=["2026-12-01"], deputy=["wire/hanako"])
    talk.later(days=1)
    assert await _digest(talk, "2026-11-30") == {"kacho": 0, "taro": 1, "hanako": 1}
    await talk.kacho.says("/kizuki 復帰")
    assert talk.rows("select count(*) from deputy where ends_on is null") == [(1,)]
    assert "検討中" in await _answers(talk.taro, "considering")


async def test_who_can_be_named(talk: Talk) -> None:
    await talk.kacho.sends("delegate.save", delegate=["wire/kacho"])
    assert "自分以外の人" in str(talk.kacho.card)
    await talk.kacho.sends("delegate.save")
    assert "代理の人を選んで" in str(talk.kacho.card)
    for name in ("robo", "moto"):
        await talk.kacho.sends("delegate.save", delegate=[f"wire/{name}"])
    assert "代理を決められるのは" in await talk.hanako.says("/kizuki 代理")
    assert talk.rows("select count(*) from deputy") == [(0,)]
    await talk.kacho.sends("delegate.save", delegate=["wire/taro"])
    assert "もう代理を頼んでいます" in await talk.kacho.sends("delegate.save", delegate=["wire/taro"])
    assert talk.rows("select count(*) from deputy") == [(1,)]
    await talk.kacho.sends("delegate.save", delegate=["wire/ken"])
    assert talk.rows("select count(*) from deputy") == [(2,)], "more than one may be named"


async def test_a_deputy_in_an_absence_names_no_delegate(talk: Talk) -> None:
    await talk.kacho.sends("absence.save", "", first=["2026-11-24"], last=["2026-11-30"], deputy=["wire/taro"])
    assert "代理を決められるのは" in await talk.taro.sends("delegate.ask")
