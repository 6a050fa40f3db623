"""Conversations about field notes."""

import asyncio

import pytest

from bot.cards import Choice
from tests.talk import Talk

NOTE = "窓口で同じ住所を三回書いてもらっている"


async def _noted(talk: Talk, text: str = NOTE, **fields: list[str]) -> None:
    await talk.hanako.says(f"/kizuki {text}")
    await talk.hanako.presses("note.confirm", **{"numbers": ["2"], **fields})


async def test_a_note_is_suggested_confirmed_and_told(talk: Talk) -> None:
    seen = await talk.hanako.says(f"/kizuki {NOTE}")
    assert f"> {NOTE}" in seen
    assert "該当なし" in seen
    assert talk.hanako.reply is not None
    assert talk.hanako.reply.at == "me"
    choice = next(b for b in talk.hanako.reply.card.blocks if isinstance(b, Choice) and b.name == "numbers")
    assert len(choice.options) == 4, "three suggestions and none"
    assert any("手がかり" in o.hint for o in choice.options)
    assert talk.rows("select count(*) from note") == [(0,)], "nothing is final before the press"

    seen = await talk.hanako.presses("この内容で記録する", numbers=["2", "1"])
    assert "記録しました（No.1）。#1 顧客視点 #2 シンプル" in seen
    assert "12月8日（火）" in seen, "ten working days later"
    await talk.delivered()
    assert NOTE in talk.channel("madoguchi")[0]
    assert "hanako（窓口課）" in talk.channel("madoguchi")[0]
    assert talk.channel("all") == []
    assert talk.rows("select pack, version, audience, kind, state from note") == [
        ("tokyo", talk.house.pack.version, "unit", "notice", "open")
    ]


@pytest.mark.parametrize(
    ("text", "ticked"),
    [
        ("申請書が長い #2", ("2",)),
        ("申請書が長い＃２", ("2",)),
        ("申請書が長い ２番", ("2",)),
        ("#1 #2 申請書が長い", ("1", "2")),
        ("２番窓口の列が長い #3", ("3",)),
    ],
)
async def test_a_typed_number_counts_as_chosen(talk: Talk, text: str, ticked: tuple[str, ...]) -> None:
    await talk.hanako.says(f"/kizuki {text}")
    assert talk.hanako.card is not None
    choice = next(b for b in talk.hanako.card.blocks if isinstance(b, Choice) and b.name == "numbers")
    assert choice.chosen == ticked
    await talk.hanako.presses("note.confirm")
    assert talk.rows("select number from note_tag order by number") == [(int(n),) for n in ticked]


@pytest.mark.parametrize(("text", "number"), [("#0", "0"), ("待つ #11", "11"), ("＃３１ 待つ", "31")])
async def test_a_number_that_is_no_principle_is_refused_with_the_text(talk: Talk, text: str, number: str) -> None:
    seen = await talk.hanako.says(f"/kizuki {text}")
    assert f"{number}番の規範はありません。番号は1から10までです。" in seen
    assert f"> {text}" in seen


async def test_an_empty_note_and_one_that_is_too_long_are_refused_kindly(talk: Talk) -> None:
    assert "kizuki の使い方" in await talk.hanako.says("/kizuki ")
    long = "あ" * 10_000
    seen = await talk.hanako.says(f"/kizuki {long}")
    assert "長すぎて記録できませんでした（10,000文字）。2,000文字まで" in seen
    assert long in seen
    assert talk.rows("select count(*) from draft") == [(0,)]


@pytest.mark.parametrize(
    "text",
    [
        "<!channel> @everyone *太字* <b>x</b> [link](http://x)",
        "絵文字🙂と‮右から左",
        "制御\x07文字",
        "&amp; <script>alert(1)</script>",
    ],
)
async def test_every_text_is_kept_and_shown_as_typed(talk: Talk, text: str) -> None:
    await _noted(talk, text)
    assert talk.rows("select text from note") == [(text,)]
    await talk.delivered()
    assert text in talk.channel("madoguchi")[0]


async def test_none_of_the_principles_can_be_chosen(talk: Talk) -> None:
    await _noted(talk, numbers=["none"])
    assert "該当なし" in talk.hanako.sees
    assert talk.rows("select count(*) from note_tag") == [(0,)]


async def test_nothing_or_too_much_ticked_asks_again_and_keeps_the_draft(talk: Talk) -> None:
    await talk.hanako.says(f"/kizuki {NOTE}")
    assert talk.hanako.card is not None
    first = talk.hanako.card
    await talk.hanako.presses("note.confirm", numbers=[])
    choice = next(b for b in talk.hanako.card.blocks if isinstance(b, Choice) and b.name == "numbers")
    assert "1つ選んでください" in choice.error
    await talk.hanako.presses("note.confirm", first, numbers=["1", "2"], others=["5", "7"])
    choice = next(b for b in talk.hanako.card.blocks if isinstance(b, Choice) and b.name == "numbers")
    assert "3つまで" in choice.error
    assert "記録しました" in await talk.hanako.presses("note.confirm", numbers=["4"])


async def test_only_the_writer_confirms_and_only_once(talk: Talk) -> None:
    await talk.hanako.says(f"/kizuki {NOTE}")
    card = talk.hanako.card
    assert "書いた本人だけ" in await talk.taro.presses("note.confirm", card, numbers=["2"])
    await talk.hanako.presses("note.confirm", card, numbers=["2"])
    assert "もう記録されています（No.1）" in await talk.hanako.presses("note.confirm", card, numbers=["2"])
    assert talk.rows("select count(*) from note") == [(1,)]


async def test_two_presses_at_the_same_instant_make_one_note(talk: Talk) -> None:
    await talk.hanako.says(f"/kizuki {NOTE}")
    card = talk.hanako.card
    await asyncio.gather(*(talk.hanako.presses("note.confirm", card, numbers=["2"]) for _ in range(8)))
    assert talk.rows("select count(*) from note") == [(1,)]
    assert talk.rows("select count(*) from outbox") == [(1,)]


async def test_an_event_delivered_eleven_times_acts_once(talk: Talk) -> None:
    await asyncio.gather(*(talk.hanako.says(f"/kizuki {NOTE}", key="same") for _ in range(11)))
    assert talk.rows("select count(*) from draft") == [(1,)]


async def test_a_draft_left_alone_expires(talk: Talk) -> None:
    await talk.hanako.says(f"/kizuki {NOTE}")
    talk.later(hours=25)
    assert "下書きは消えて" in await talk.hanako.presses("note.confirm", numbers=["2"])
    await talk.bot.tick("tidy", talk.now)
    assert talk.rows("select count(*) from draft") == [(0,)]


async def test_a_discarded_draft_cannot_be_confirmed(talk: Talk) -> None:
    await talk.hanako.says(f"/kizuki {NOTE}")
    card = talk.hanako.card
    assert "記録しませんでした" in await talk.hanako.presses("やめる")
    assert "消えて" in await talk.hanako.presses("note.confirm", card, numbers=["2"])


async def test_an_anonymous_note_names_nobody_but_to_the_secretariat(talk: Talk) -> None:
    await _noted(talk, audience=["anonymous"])
    await talk.delivered()
    assert "hanako" not in talk.channel("madoguchi")[0]
    assert "匿名（窓口課）" in talk.channel("madoguchi")[0]
    for reader in (talk.taro, talk.kacho, talk.bucho, talk.chiji):
        assert "hanako" not in await reader.says("/kizuki 表示 1")
    assert "hanako" in await talk.jimu.says("/kizuki 表示 1")
    assert "hanako" not in await talk.taro.says("/kizuki 検索 住所")


async def test_a_note_for_the_secretariat_is_seen_by_nobody_else(talk: Talk) -> None:
    await _noted(talk, audience=["office"])
    await talk.delivered()
    assert talk.channel("madoguchi") == []
    for reader in (talk.taro, talk.kacho, talk.bucho, talk.chiji):
        assert "見つかりません" in await reader.says("/kizuki 表示 1")
        assert "（0件）" in await reader.says("/kizuki 検索 住所")
    assert NOTE in await talk.jimu.says("/kizuki 表示 1")
    assert "（1件）" in await talk.jimu.says("/kizuki 検索 住所")
    assert NOTE in await talk.hanako.says("/kizuki 検索 住所")


async def test_me_too_counts_once_a_person_never_oneself_and_shows_in_the_channel(talk: Talk) -> None:
    await _noted(talk)
    await talk.delivered()
    assert "私も: 1人" in await talk.taro.sends("note.support", "1")
    assert "もう「私も」" in await talk.taro.sends("note.support", "1")
    assert "自分の気づき" in await talk.hanako.sends("note.support", "1")
    await talk.ken.sends("note.support", "1")
    await talk.delivered()
    assert len(talk.shown_in("madoguchi")) == 1, "the same message, replaced"
    assert "私も: 2人" in talk.shown_in("madoguchi")[0]
    assert "私も" not in (await talk.ken.sends("note.unsupport", "1")).split("支")[0].replace("Me too", "")
    assert talk.rows("select count(*) from note_support") == [(1,)]


async def test_a_similar_note_can_be_joined_instead(talk: Talk) -> None:
    await _noted(talk, "住民票の申請書で同じ住所を三回書いてもらっている")
    await talk.bot.tick("tidy", talk.now)
    seen = await talk.taro.says("/kizuki 住民票の申請書に同じ住所を三回も書いてもらっている")
    assert "似た気づきがあります" in seen
    assert "私も: 1人" in await talk.taro.presses("note.join")
    assert talk.rows("select count(*) from draft where became is null") == [(0,)]
    assert talk.rows("select count(*) from note") == [(1,)]


async def test_editing_keeps_the_history_and_the_counts_follow(talk: Talk) -> None:
    await _noted(talk)
    await talk.delivered()
    assert "担当の人だけ" in await talk.taro.sends("note.edit", "1")
    await talk.hanako.sends("note.edit", "1")
    seen = await talk.hanako.presses("保存する", text=["住所を四回書いてもらっている"], numbers=["4"])
    assert "四回" in seen
    assert "#4" in seen
    assert talk.rows("select what, text, numbers from note_edit") == [("edit", NOTE, "2")]
    assert talk.rows("select number from note_tag") == [(4,)]
    await talk.delivered()
    assert "四回" in talk.shown_in("madoguchi")[0]
    assert "（1件）" in await talk.taro.says("/kizuki 検索 四回")
    assert "（0件）" in await talk.taro.says("/kizuki 検索 三回")


async def test_a_bad_edit_keeps_the_form_and_what_was_typed(talk: Talk) -> None:
    await _noted(talk)
    await talk.hanako.sends("note.edit", "1")
    seen = await talk.hanako.presses("保存する", text=["あ" * 3000])
    assert talk.hanako.reply is not None
    assert (talk.hanako.reply.at, talk.hanako.reply.replaces) == ("dialog", True)
    assert "No.1を直す" in seen
    assert talk.rows("select text from note") == [(NOTE,)]


async def test_a_deleted_note_leaves_every_list_and_count(talk: Talk) -> None:
    await _noted(talk)
    await talk.delivered()
    await talk.hanako.presses("消す")
    await talk.delivered()
    assert "取り消されました" in talk.shown_in("madoguchi")[0]
    assert NOTE not in talk.shown_in("madoguchi")[0]
    assert "見つかりません" in await talk.taro.says("/kizuki 表示 1")
    assert "（0件）" in await talk.taro.says("/kizuki 検索 住所")
    assert talk.rows("select count(*) from note_tag") == [(0,)]
    assert talk.rows("select what from note_edit") == [("delete",)]
    assert "見つかりません" in await talk.taro.sends("note.support", "1")


async def test_a_stranger_may_read_but_not_write(talk: Talk) -> None:
    assert "名簿に登録がない" in await talk.stranger.says(f"/kizuki {NOTE}")
    assert "の規範" in await talk.stranger.says("/kizuki 今日")
    assert "kizuki の使い方" in await talk.stranger.says("/kizuki ヘルプ")


async def test_english_and_easy_japanese_speak_for_themselves(talk: Talk) -> None:
    assert "Which principle is this about?" in await talk.ken.says("/kizuki The form asks for the address three times")
    await talk.sakura.says("/kizuki 紙に 同じことを 三回 書きます")
    assert talk.sakura.card is not None
    assert talk.sakura.card.lang == "ja-easy"


@pytest.mark.parametrize("action", ["note.confirm", "note.show", "note.answer", "note.nonsense", "kudos.clap"])
@pytest.mark.parametrize("value", ["", "999", "-1", "1; drop table note", "9" * 40, "１"])
async def test_a_forged_press_gets_a_kind_answer(talk: Talk, action: str, value: str) -> None:
    seen = await talk.taro.sends(action, value)
    assert seen
    assert "うまくいきませんでした" not in seen
