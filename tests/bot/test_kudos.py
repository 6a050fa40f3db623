"""Conversations about thanks."""

import asyncio

import pytest

from tests.talk import Talk

WORDS = "引き継ぎ資料が丁寧で助かりました"


async def _thanked(talk: Talk, to: str = "@taro", words: str = WORDS, **fields: list[str]) -> str:
    await talk.hanako.says(f"/kudos {to} {words}")
    return await talk.hanako.presses("感謝を送る", **{"numbers": ["10"], **fields})


async def test_thanks_reach_everyone_named_in_their_own_language(talk: Talk) -> None:
    seen = await talk.hanako.says(f"/kudos @taro @ken {WORDS} #10")
    assert "taroさん、kenさんへの感謝を確かめてください" in seen
    assert "[x] #10" in seen
    assert "taroさん、kenさんに感謝を送りました。" in await talk.hanako.presses("感謝を送る")
    assert "きょうは、あと8人に送れます。" in talk.hanako.sees
    await talk.delivered()
    assert "hanakoさんから感謝が届きました" in talk.taro.inbox[0]
    assert "Hanako thanks you" in talk.ken.inbox[0]
    assert "hanakoさんからtaroさん、kenさんへ" in talk.channel("madoguchi")[0]


async def test_private_thanks_stay_private(talk: Talk) -> None:
    await _thanked(talk, visible=["private"])
    await talk.delivered()
    assert talk.channel("madoguchi") == []
    assert "あなただけに届いています" in talk.taro.inbox[0]
    assert "見つかりません" in await talk.ken.sends("kudos.clap", "1") or "cannot be found" in talk.ken.sees


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (f"@hanako {WORDS}", "自分には送れません"),
        (f"@robo {WORDS}", "ボットには送れません"),
        (f"@moto {WORDS}", "在籍していません"),
        (f"@daremo {WORDS}", "「daremo」という人は見つかりません"),
        (f"@taro @daremo {WORDS}", "「daremo」という人は見つかりません"),
        (WORDS, "誰への感謝ですか"),
        ("@taro どうも", "短すぎます（3文字）"),
        ("@taro " + "長" * 1001, "長すぎます（1,001文字）"),
        (f"@taro {WORDS} #11", "11番の規範はありません"),
    ],
)
async def test_what_cannot_be_sent_is_refused_kindly(talk: Talk, typed: str, why: str) -> None:
    assert why in await talk.hanako.says(f"/kudos {typed}")
    assert talk.rows("select count(*) from draft") == [(0,)]


async def test_someone_who_left_meanwhile_receives_nothing(talk: Talk) -> None:
    from storage import people

    await talk.hanako.says(f"/kudos @taro {WORDS}")
    taro = next(r[0] for r in talk.rows("select person_id from account where ext_id = 'taro'"))
    assert isinstance(taro, int)
    await talk.database.transact(lambda tx: people.leave(tx, taro, day="2026-11-24"))
    assert "在籍していません" in await talk.hanako.presses("感謝を送る", numbers=["10"])
    assert talk.rows("select count(*) from kudos") == [(0,)]


async def test_one_to_three_principles(talk: Talk) -> None:
    await talk.hanako.says(f"/kudos @taro {WORDS}")
    await talk.hanako.presses("感謝を送る", numbers=[])
    assert talk.rows("select count(*) from kudos") == [(0,)]
    await talk.hanako.presses("感謝を送る", numbers=["1", "2", "3"], others=["9"])
    assert talk.rows("select count(*) from kudos") == [(0,)]
    assert "送りました" in await talk.hanako.presses("感謝を送る", numbers=["1", "2", "3"], others=[])


async def test_the_daily_cap_holds_against_many_presses_at_once(talk: Talk) -> None:
    given = []
    for i in range(15):
        await talk.hanako.says(f"/kudos @taro {WORDS} {i}")
        given.append(talk.hanako.card)
    await asyncio.gather(*(talk.hanako.presses("感謝を送る", card, numbers=["10"]) for card in given))
    assert talk.rows("select count(*) from kudos") == [(10,)]
    assert talk.rows("select used from quota") == [(10,)]
    await talk.hanako.presses("感謝を送る", given[-1], numbers=["10"])
    talk.later(days=1)
    assert "送りました" in await _thanked(talk, words=WORDS + "また")


async def test_the_same_words_to_the_same_person_within_a_minute_are_one(talk: Talk) -> None:
    await _thanked(talk)
    talk.later(seconds=30)
    assert "1回だけ届いています" in await _thanked(talk)
    assert talk.rows("select used from quota") == [(1,)], "the refusal gave the quota back"
    talk.later(seconds=31)
    assert "送りました" in await _thanked(talk)


async def test_taking_back_reverses_everything(talk: Talk) -> None:
    await _thanked(talk)
    await talk.delivered()
    assert "担当の人だけ" in await talk.taro.sends("kudos.take_back", "1")
    assert "取り消しました" in await talk.hanako.presses("取り消す")
    await talk.delivered()
    assert talk.rows("select used from quota") == [(0,)]
    assert talk.rows("select count(*) from kudos_tag") == [(0,)]
    assert "取り消されました" in talk.shown_in("madoguchi")[0]
    assert WORDS not in talk.shown_in("madoguchi")[0]
    assert "見つかりません" in await talk.hanako.sends("kudos.take_back", "1")


async def test_after_a_day_thanks_stay(talk: Talk) -> None:
    await _thanked(talk)
    talk.later(hours=24, seconds=1)
    assert "24時間以内" in await talk.hanako.presses("取り消す")
    assert talk.rows("select count(*) from kudos_tag") == [(1,)]


async def test_applause_counts_once_and_not_for_those_concerned(talk: Talk) -> None:
    await _thanked(talk)
    await talk.delivered()
    assert "1" in await talk.ken.sends("kudos.clap", "1")
    await talk.ken.sends("kudos.clap", "1")
    assert "自分が関わる" in await talk.hanako.sends("kudos.clap", "1")
    assert "自分が関わる" in await talk.taro.sends("kudos.clap", "1")
    await talk.kacho.sends("kudos.clap", "1")
    await talk.delivered()
    assert "拍手（2）" in talk.shown_in("madoguchi")[0]


async def test_the_dialog_leads_to_the_same_card_and_keeps_what_was_typed(talk: Talk) -> None:
    await talk.hanako.says("/kudos ")
    assert talk.hanako.reply is not None
    assert talk.hanako.reply.at == "dialog"
    await talk.hanako.presses("次へ", to=[], text=[WORDS])
    assert talk.hanako.reply.replaces
    await talk.hanako.presses("次へ", to=["wire/taro"])
    assert "taroさんへの感謝を確かめてください" in talk.hanako.sees
    assert "送りました" in await talk.hanako.presses("感謝を送る", numbers=["10"])


async def test_nobody_else_confirms_my_thanks(talk: Talk) -> None:
    await talk.hanako.says(f"/kudos @taro {WORDS}")
    assert "only" in (await talk.ken.presses("感謝を送る", talk.hanako.card, numbers=["1"])).lower()
    assert talk.rows("select count(*) from kudos") == [(0,)]
