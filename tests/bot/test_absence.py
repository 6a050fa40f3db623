"""Being away: silence, a colleague who stands in, one summary on return."""

import pytest

from tests.talk import Talk


async def _kudos(talk: Talk, to: str = "taro", words: str = "引き継ぎ資料が丁寧で助かりました") -> None:
    await talk.hanako.says(f"/kudos @{to} {words}")
    await talk.hanako.presses("kudos.confirm", numbers=["10"])
    await talk.delivered()


async def test_nothing_is_sent_while_somebody_is_away(talk: Talk) -> None:
    assert "12月1日（火）から12月10日（木）まで" in await talk.taro.says("/kizuki 不在 2026-12-01..2026-12-10")
    talk.later(days=7)  # 1 December
    await _kudos(talk)
    assert talk.taro.inbox == []
    talk.later(days=9)
    await talk.delivered()
    assert talk.taro.inbox == [], "the last day away"
    talk.later(days=1)
    await talk.delivered()
    assert "引き継ぎ資料" in talk.taro.inbox[0]
    await talk.ticks("arrivals", "2026-12-11T09:15:00+09:00")
    await talk.delivered()
    assert "お帰りなさい" in talk.taro.inbox[-1]
    assert "感謝が1件" in talk.taro.inbox[-1]
    before = len(talk.taro.inbox)
    await talk.ticks("arrivals", "2026-12-14T09:15:00+09:00")
    await talk.delivered()
    assert len(talk.taro.inbox) == before, "summed up once"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("12/1〜12/10", "12月1日（火）から12月10日（木）"),
        ("12月28日から1月4日まで", "12月28日（月）から1月4日（月）"),
        ("2026/12/01", "12月1日（火）から12月1日（火）"),
        ("１２／１－１２／３", "12月1日（火）から12月3日（木）"),
        ("2026-11-20..2026-11-26", "11月20日（金）から11月26日（木）"),
    ],
)
async def test_days_as_people_write_them(talk: Talk, typed: str, shown: str) -> None:
    assert shown in await talk.taro.says(f"/kizuki 不在 {typed}")


@pytest.mark.parametrize("typed", ["2026-12-10..2026-12-01", "2026-11-01..2026-11-23", "13/1", "2026-02-30"])
async def test_days_that_cannot_be_are_refused_kindly(talk: Talk, typed: str) -> None:
    assert "日を「2026-12-01..2026-12-10」" in await talk.taro.says(f"/kizuki 不在 {typed}")
    assert talk.rows("select count(*) from absence") == [(0,)]


async def test_a_deputy_answers_and_reads_the_digest_meanwhile(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["1"])
    await talk.kacho.says("/kizuki 不在")
    await talk.kacho.presses("保存する", first=["2026-11-25"], last=["2026-12-01"], deputy=["wire/taro"])
    assert "taroさんが代わりに" in talk.kacho.sees
    assert "担当の人だけ" in await talk.taro.sends("note.answered", "1:open", state=["received"]), "not yet"
    talk.later(days=1)
    await talk.ticks("digest", "2026-11-30T08:30:00+09:00")
    await talk.delivered()
    assert any("窓口課 週のまとめ" in m for m in talk.taro.inbox)
    assert talk.kacho.inbox == []
    assert "検討中" in await talk.taro.sends("note.answered", "1:open", state=["considering"])
    talk.later(days=2)
    assert "担当の人だけ" in await talk.taro.sends("note.answered", "1:considering", state=["adopted"]), "no more"
    await talk.ticks("arrivals", "2026-12-02T09:15:00+09:00")
    await talk.delivered()
    assert any("お帰りなさい" in m for m in talk.kacho.inbox)
    digests = [m for m in talk.kacho.inbox if "窓口課 週のまとめ" in m]
    assert len(digests) == 1
    assert "11月25日（水）〜11月29日（日）" in digests[0]


async def test_a_deputy_gets_no_more_than_can_be_handed_on(talk: Talk) -> None:
    await talk.grants("kacho", "administrator")
    await talk.kacho.sends("absence.save", "", first=["2026-11-24"], last=["2026-11-30"], deputy=["wire/taro"])
    assert "担当の人だけ" in await talk.taro.says("/kizuki アカウント hanako")


async def test_nobody_stands_in_for_themselves(talk: Talk) -> None:
    await talk.kacho.says("/kizuki 不在")
    await talk.kacho.presses("保存する", first=["2026-11-25"], deputy=["wire/kacho"])
    assert talk.kacho.reply
    assert talk.kacho.reply.at == "dialog"
    assert talk.rows("select count(*) from absence") == [(0,)]


async def test_back_before_the_time(talk: Talk) -> None:
    await talk.taro.says("/kizuki 不在 2026-11-24..2026-12-10")
    await _kudos(talk)
    assert talk.taro.inbox == []
    talk.later(days=1)
    assert "不在の登録を消しました" in await talk.taro.says("/kizuki 復帰")
    await talk.delivered()
    assert "引き継ぎ資料" in talk.taro.inbox[0]
    assert "不在の登録はありません" in await talk.taro.says("/kizuki 復帰")


async def test_the_newest_plan_counts(talk: Talk) -> None:
    await talk.taro.says("/kizuki 不在 2026-12-01..2026-12-10")
    await talk.taro.says("/kizuki 不在 2026-12-03..2026-12-04")
    talk.now = talk.now.replace(month=12, day=7)
    await _kudos(talk)
    assert len(talk.taro.inbox) == 1


async def test_two_absences_can_be_planned(talk: Talk) -> None:
    await talk.taro.says("/kizuki 不在 2026-12-20..2026-12-31")
    await talk.taro.says("/kizuki 不在 2026-12-01..2026-12-03")
    assert talk.rows("select starts_on from absence order by 1") == [("2026-12-01",), ("2026-12-20",)]
    await talk.taro.says("/kizuki 復帰")
    assert talk.rows("select starts_on from absence") == [("2026-12-20",)], "the next one only"


async def test_the_dialog_changes_the_absence_it_shows(talk: Talk) -> None:
    await talk.taro.says("/kizuki 不在 2026-12-01..2026-12-03")
    await talk.taro.sends("absence.ask")
    await talk.taro.presses("保存する", first=["2026-12-15"], last=["2026-12-16"])
    assert talk.rows("select starts_on, ends_on from absence") == [("2026-12-15", "2026-12-17")]


async def test_bots_and_those_who_left_stand_in_for_nobody(talk: Talk) -> None:
    for name in ("robo", "moto"):
        await talk.kacho.sends("absence.save", "", first=["2026-11-25"], deputy=[f"wire/{name}"])
    await talk.hanako.sends("absence.save", "", first=["2026-11-25"], deputy=["wire/taro"])
    assert talk.rows("select count(*) from deputy") == [(0,)], "and who has nothing to hand on has no deputy"
