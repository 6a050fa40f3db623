"""Which words are commands, which are notes, and how the bot says so."""

import re

import pytest

from bot import commands, dispatch
from bot.cards import Chart, Table
from bot.organisation import LANGUAGES
from bot.turn import House
from storage.search import fold
from tests.talk import Talk


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("help", ("help", "")),
        ("ＨＥＬＰ", ("help", "")),
        ("ヘルプ", ("help", "")),
        ("today", ("today", "")),
        ("今日の規範", ("today", "")),
        ("規範 3", ("principle", "3")),
        ("principle #3", ("principle", "3")),
        ("検索 申請書 #3", ("search", "申請書 #3")),
        ("show 12", ("show", "12")),
        ("設定", ("settings", "")),
        ("まとめ", ("digest", "")),
    ],
)
def test_a_word_asks_for_its_feature(house: House, text: str, asked: tuple[str, str]) -> None:
    assert commands.parse(house.phrases, text) == asked


@pytest.mark.parametrize(
    "text",
    [
        "help desk is slow",
        "今日は窓口が混んでいた",
        "今日 窓口が混んでいた",
        "検索が遅いと言われた",
        "設定が難しいと言われた",
        "規範の三番がわからない",
        "principle is unclear to residents",
        "自分で書けない人がいた",
        "見るだけで疲れる案内",
    ],
)
async def test_a_text_that_merely_begins_with_a_word_is_a_note(talk: Talk, text: str) -> None:
    assert f"> {text}" in await talk.hanako.says(f"/kizuki {text}")
    assert talk.rows("select count(*) from draft") == [(1,)]


@pytest.mark.parametrize(
    ("typed", "word"), [("heplp", "help"), ("ヘルブ", "ヘルプ"), ("setings", "settings"), ("tody", "today")]
)
async def test_a_near_miss_is_asked_about_and_can_still_be_a_note(talk: Talk, typed: str, word: str) -> None:
    assert f"もしかして「{word}」ですか" in await talk.hanako.says(f"/kizuki {typed}")
    card = talk.hanako.card
    assert typed not in await talk.hanako.presses("command.run", card)
    assert f"> {typed}" in await talk.hanako.presses("この文を気づきとして", card)


def test_no_word_stands_for_two_features(house: House) -> None:
    found: dict[str, str] = {}
    for lang in LANGUAGES:
        for name, aliases in house.phrases.under(lang, "commands.words").items():
            for alias in re.split("[、,]", aliases):
                word = fold(alias.strip())
                assert found.setdefault(word, name) == name, word


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_help_shows_works_when_typed(house: House, lang: str) -> None:
    for typed, does in list(commands.completions_in(house.phrases, lang))[2:]:
        assert does
        assert commands.parse(house.phrases, typed.removeprefix("/kizuki ")) is not None, typed


@pytest.mark.parametrize(
    "text",
    [
        "感謝 @taro 引き継ぎ資料が丁寧で助かりました",
        "感謝@taro 引き継ぎ資料が丁寧で助かりました",
        "感謝：@taro 引き継ぎ資料が丁寧で助かりました",
        "ありがとう、@taro 引き継ぎ資料が丁寧で助かりました",
        "ＫＵＤＯＳ @taro 引き継ぎ資料が丁寧で助かりました",
        "Kudos to @taro 引き継ぎ資料が丁寧で助かりました",
        "thank you @taro 引き継ぎ資料が丁寧で助かりました",
        "  おれい　@taro 引き継ぎ資料が丁寧で助かりました",
    ],
)
async def test_a_word_for_thanks_before_a_colleague_thanks_them(talk: Talk, text: str) -> None:
    assert "taroさんへの感謝を確かめてください" in await talk.hanako.says(f"/kizuki {text}")
    assert "> 引き継ぎ資料が丁寧で助かりました" in talk.hanako.sees, "the word itself is not said"
    assert talk.rows("select kind from draft") == [("kudos",)]


@pytest.mark.parametrize("text", ["感謝", "感謝を伝える", "kudos", " Kudos ", "ありがとう", "thanks", "お礼", "感謝："])
async def test_a_word_for_thanks_alone_opens_the_dialog(talk: Talk, text: str) -> None:
    await talk.hanako.says(f"/kizuki {text}")
    assert talk.hanako.reply is not None
    assert talk.hanako.reply.at == "dialog"
    assert "誰に" in talk.hanako.sees


@pytest.mark.parametrize(
    "text",
    [
        "感謝の言葉をもらった",
        "感謝された。 @taro の案内が分かりやすかったとのこと",
        "感謝 いつも助かっています",
        "ありがとうと言われた",
        "ありがとうカードの紙が切れている",
        "お礼状の書式が古い",
        "kudos board is empty",
        "thanks for the new sign, people find the counter",
        "thanksgiving @taro",
    ],
)
async def test_a_text_that_merely_begins_with_thanks_is_a_note(talk: Talk, text: str) -> None:
    assert f"> {text}" in await talk.hanako.says(f"/kizuki {text}")
    assert talk.rows("select kind from draft") == [("notes",)]


async def test_thanks_to_nobody_known_are_given_back(talk: Talk) -> None:
    assert "「daremo」という人は見つかりません" in await talk.hanako.says("/kizuki 感謝 @daremo 助かりました")
    assert "> @daremo 助かりました" in talk.hanako.sees
    assert "名簿に登録がない" in await talk.stranger.says("/kizuki 感謝 @taro いつも助かっています")


def test_no_word_for_thanks_is_a_command_and_none_is_too_long_to_be_found(house: House) -> None:
    words = commands._thanks_words(house.phrases)
    assert not set(words) & set(commands.words(house.phrases))
    assert max(map(len, words)) * 2 <= commands.LONGEST_HEAD
    assert {"感謝", "kudos"} <= set(words)


async def test_settings_change_language_and_quiet_hours(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 設定")
    await talk.hanako.presses("保存する", quiet_from=["25:00"])
    assert "時刻を" in str(talk.hanako.card)
    seen = await talk.hanako.presses("保存する", language=["en"], quiet_from=["18:00"], quiet_to=["09:00"])
    assert "Your settings are saved." in seen
    assert "What you can do" in await talk.hanako.says("/kizuki help")


async def test_whoever_is_muted_is_not_written_to(talk: Talk) -> None:
    await talk.taro.says("/kizuki 設定")
    await talk.taro.presses("保存する", daily=["also"], gets=["muted"])
    await talk.hanako.says("/kudos @taro 引き継ぎ資料が丁寧で助かりました")
    await talk.hanako.presses("感謝を送る", numbers=["10"])
    talk.later(days=1)
    await talk.bot.tick("daily", talk.now.replace(hour=9, minute=0))
    await talk.delivered()
    assert talk.taro.inbox == []
    assert "引き継ぎ資料" in await talk.taro.says("/kizuki 自分")


async def test_search_by_words_number_unit_and_day(talk: Talk) -> None:
    for who, text, number in ((talk.hanako, "住所を三回書く", "2"), (talk.ken, "Address typed twice", "4")):
        await who.says(f"/kizuki {text}")
        await who.presses("note.confirm", numbers=[number])
        talk.later(days=1)
    for asked, hits in {
        "住所": 1,
        "ADDRESS": 1,
        "#2": 1,
        "#2 住所": 1,
        "#4 住所": 0,
        "部署:税務課": 1,
        "unit:1010": 1,
        "部署:窓口局": 2,
        "since:2026-11-25": 1,
        "以降:2026/11/24": 2,
        "住所 書く": 1,
        "住": 1,
    }.items():
        assert f"（{hits}件）" in await talk.taro.says(f"/kizuki 検索 {asked}"), asked
    assert "部署は見つかりません" in await talk.taro.says("/kizuki 検索 部署:ない課")
    assert "日付として読めません" in await talk.taro.says("/kizuki 検索 以降:きのう")
    assert "何を探しますか" in await talk.taro.says("/kizuki 検索")
    assert "番号は1から10まで" in await talk.taro.says("/kizuki 検索 #12")


async def test_search_goes_on_page_by_page(talk: Talk) -> None:
    for i in range(7):
        await talk.hanako.says(f"/kizuki 番号札の紙がない {i}")
        await talk.hanako.presses("note.confirm", numbers=["1"])
    await talk.taro.says("/kizuki 検索 番号札")
    assert "（7件）" in talk.taro.sees
    assert "No.3" in talk.taro.sees
    assert "No.2" not in talk.taro.sees
    await talk.taro.presses("続きを見る")
    assert "No.2" in talk.taro.sees
    assert "No.1　" in talk.taro.sees
    assert talk.taro.reply is not None
    assert talk.taro.reply.replaces


async def test_home_shows_the_day_the_waiting_and_ones_own(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["1"])
    seen = await talk.kacho.opens_home()
    assert "kachoさん、こんにちは" in seen
    assert "回答を待っている気づき（1件、期限切れ0件）" in seen
    assert "番号札の紙がない" in await talk.hanako.opens_home()
    assert talk.hanako.reply is not None
    assert talk.hanako.reply.at == "home"
    assert "の規範" in await talk.stranger.opens_home()


async def test_home_shows_managers_how_their_week_stands(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["1"])
    await talk.hanako.says("/kudos @taro 引き継ぎ資料が丁寧で助かりました")
    await talk.hanako.presses("kudos.confirm", numbers=["1"])
    assert "週のまとめ" not in await talk.hanako.opens_home()
    assert "週のまとめ" not in await talk.stranger.opens_home()
    seen = await talk.kacho.opens_home()
    assert "## 窓口課 週のまとめ" in seen
    assert "回答を待つ気づきは1件です。" in seen
    assert "今週の気づき: 1件\n回答待ち: 1件\n期限切れ: 0件\n受け取った感謝: 1件\n送った感謝: 1件" in seen
    assert talk.kacho.card
    assert not any(isinstance(block, Chart | Table) for block in talk.kacho.card.blocks)
    whole = await talk.kacho.presses("まとめをすべて見る")
    assert "規範ごとの気づき" in whole
    assert talk.kacho.reply is not None
    assert talk.kacho.reply.at == "me"
    assert "本庁 週のまとめ" in await talk.chiji.opens_home(), "an executive's first unit is the top"
    assert "本庁 週のまとめ" in await talk.jimu.opens_home()


async def test_a_digest_is_opened_by_who_may_read_it_alone(talk: Talk) -> None:
    units = {str(code): str(number) for code, number in talk.rows("select code, id from unit")}
    for code, why in (("1020", "担当の人だけ"), ("10", "担当の人だけ")):
        assert why in await talk.kacho.sends("digest.open", str(units[code]))
    assert "担当の人だけ" in await talk.hanako.sends("digest.open", str(units["1010"]))
    assert "担当の人だけ" in await talk.stranger.sends("digest.open", str(units["1010"]))
    for value in ("", "x", "999999", "1:then"):
        assert "もう使えません" in await talk.kacho.sends("digest.open", value)
    assert "窓口課 週のまとめ" in await talk.bucho.sends("digest.open", str(units["1010"]))


async def test_a_manager_decides_what_their_channel_receives(talk: Talk) -> None:
    assert "このチャンネル" not in await talk.hanako.says("/kizuki 設定")
    assert "このチャンネル（窓口課）" in await talk.kacho.says("/kizuki 設定")
    await talk.kacho.presses("保存する", channel=[])
    slot = talk.now.replace(day=25, hour=9, minute=0)
    talk.now = slot
    await talk.bot.tick("daily", slot)
    await talk.delivered()
    assert (len(talk.channel("madoguchi")), len(talk.channel("zeimu"))) == (0, 1)
    await talk.hanako.says("/kizuki 設定")
    await talk.hanako.sends("preferences.save", "3", **_settings(channel=["daily"]))
    talk.now = slot.replace(day=26)
    await talk.bot.tick("daily", talk.now)
    await talk.delivered()
    assert len(talk.channel("madoguchi")) == 0, "only who may decide decides"
    await talk.kacho.says("/kizuki 設定")
    await talk.kacho.presses("保存する", channel=["daily"])
    talk.now = slot.replace(day=27)
    await talk.bot.tick("daily", talk.now)
    await talk.delivered()
    assert len(talk.channel("madoguchi")) == 1


def _settings(**more: list[str]) -> dict[str, list[str]]:
    return {"language": ["ja"], "quiet_from": ["20:00"], "quiet_to": ["07:30"], **more}


def test_behind_every_command_stands_a_feature() -> None:
    assert dispatch.ALONE.keys() | dispatch.WITH_MORE.keys() == commands.TAKES.keys()
    assert not dispatch.ALONE.keys() & dispatch.WITH_MORE.keys()
    assert not [name for name in dispatch.ALONE if commands.TAKES[name] != "nothing"]
