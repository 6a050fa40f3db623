"""The bot comes to a channel, is told whose it is, and forgets none it was never in."""

import asyncio

import pytest

from bot.cards import Card, Choice, TextInput
from bot.events import Joined, Left, Place
from storage import places, units
from tests.talk import PLATFORM, Someone, Talk

HALL = Place(PLATFORM, "hall", address={"team": "T1"})


async def _comes(talk: Talk, title: str = "集会室", place: Place = HALL) -> None:
    await talk.bot.handle(Joined(talk.key(), place, title, talk.hanako.handle))
    await talk.delivered()


def _hall(talk: Talk) -> tuple[object, ...] | None:
    found = talk.rows(
        "select u.code, p.daily, p.kudos, p.title, p.address, p.gone_at is not null "
        "from place p left join unit u on u.id = p.unit_id where p.ext_id = 'hall'"
    )
    return found[0] if found else None


async def _asks(talk: Talk, someone: Someone) -> str:
    """Press the greeting's button, in the channel."""
    someone.place = HALL
    return await someone.presses("channel.ask", talk.wire.sent["hall"][0])


def _field(card: Card | None, name: str) -> TextInput | Choice:
    assert card is not None
    return next(b for b in card.blocks if isinstance(b, TextInput | Choice) and b.name == name)


def _at(someone: Someone) -> str:
    assert someone.reply is not None
    return someone.reply.at


# What is known of channels


async def test_a_command_typed_where_the_bot_is_not_makes_no_channel_known(talk: Talk) -> None:
    talk.hanako.place = HALL
    await talk.hanako.says("/kizuki 今日")
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["1"])
    assert _hall(talk) is None
    talk.later(days=1)
    await talk.bot.tick("daily", talk.now.replace(hour=9, minute=0))
    await talk.delivered()
    assert talk.channel("hall") == []
    assert "番号札" in talk.channel("madoguchi")[0], "the note went to its unit all the same"


async def test_only_coming_back_revives_a_channel(talk: Talk) -> None:
    await _comes(talk)
    await talk.bot.handle(Left(talk.key(), HALL))
    talk.hanako.place = Place(PLATFORM, "hall", address={"team": "T2"})
    await talk.hanako.says("/kizuki 今日")
    found = _hall(talk)
    assert found
    assert (found[4], bool(found[5])) == ('{"team": "T1"}', True), "what is gone stays as it was"
    await _comes(talk, "新しい集会室")
    found = _hall(talk)
    assert found
    assert (found[3], bool(found[5])) == ("新しい集会室", False)


async def test_a_known_channel_keeps_its_address_fresh_and_its_title(talk: Talk) -> None:
    await _comes(talk)
    talk.hanako.place = Place(PLATFORM, "hall", address={"team": "T2"})
    await talk.hanako.says("/kizuki 今日")
    await talk.bot.handle(Joined(talk.key(), Place(PLATFORM, "hall")))
    found = _hall(talk)
    assert found
    assert found[3:5] == ("集会室", '{"team": "T2"}'), "what is not said stays as it was"


async def test_a_private_chat_is_known_from_its_first_word_and_comes_back(talk: Talk) -> None:
    talk.hanako.place = Place(PLATFORM, "dm2", private=True)
    await talk.hanako.says("/kizuki 今日")
    await talk.bot.handle(Left(talk.key(), talk.hanako.place))
    await talk.hanako.says("/kizuki 今日")
    assert talk.rows("select gone_at from place where ext_id = 'dm2' and account = 'hanako'") == [(None,)]
    await talk.bot.handle(Joined(talk.key(), Place(PLATFORM, "dm3", private=True)))
    await talk.delivered()
    assert "dm3" not in talk.wire.sent, "nobody is greeted in a private chat"


# The greeting


async def test_a_channel_of_no_unit_is_greeted_once_a_coming(talk: Talk) -> None:
    await _comes(talk)
    assert len(talk.channel("hall")) == 1
    assert "仕事で気づいたことを書きとめ" in talk.channel("hall")[0]
    assert "(このチャンネルの組織を決める)" in talk.channel("hall")[0]
    await _comes(talk, "集会室（新館）")
    assert len(talk.channel("hall")) == 1, "another name is no coming"
    await talk.bot.handle(Left(talk.key(), HALL))
    await _comes(talk)
    assert len(talk.channel("hall")) == 2


async def test_a_channel_that_has_a_unit_is_not_greeted_again(talk: Talk) -> None:
    place = Place(PLATFORM, "madoguchi")
    await talk.bot.handle(Left(talk.key(), place))
    await talk.bot.handle(Joined(talk.key(), place, "窓口"))
    await talk.delivered()
    assert talk.channel("madoguchi") == []


# Whose it is


async def test_a_manager_gives_the_channel_to_their_unit(talk: Talk) -> None:
    await _comes(talk)
    await _asks(talk, talk.kacho)
    assert _at(talk.kacho) == "dialog"
    unit, gets = _field(talk.kacho.card, "unit"), _field(talk.kacho.card, "gets")
    assert isinstance(unit, TextInput)
    assert isinstance(gets, Choice)
    assert unit.value == "窓口課", "the one they manage"
    assert [o.value for o in gets.options] == ["daily"], "where everyone's thanks go is not theirs to say"
    assert gets.chosen == ("daily",)
    seen = await talk.kacho.presses("channel.save")
    assert _at(talk.kacho) == "me"
    assert "ここは「窓口課」のチャンネルになりました。" in seen
    assert "先に決まったチャンネルに載ります" in seen, "窓口課 has another channel, and notes stay there"
    assert "きょうの規範を、毎朝" in seen
    assert talk.rows("select action, detail from audit") == [
        ("settings.place", '{"daily": true, "kudos": false, "unit": "1010"}')
    ]
    await talk.delivered()
    assert len(talk.shown_in("hall")) == 1
    assert "ここは「窓口課」のチャンネルです。" in talk.shown_in("hall")[0]


async def test_notes_thanks_and_the_daily_card_appear_as_was_said(talk: Talk) -> None:
    await talk.bot.handle(Left(talk.key(), Place(PLATFORM, "madoguchi")))
    await _comes(talk)
    await _asks(talk, talk.kacho)
    seen = await talk.kacho.presses("channel.save", unit=["１０１０"], gets=[])
    assert "「窓口課」の気づきと、その回答がここに載ります。" in seen
    assert "「窓口課」の人が送った、みんなに見せる感謝も載ります。" in seen
    assert "きょうの規範は載りません。" in seen
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["1"])
    await talk.hanako.says("/kudos @taro 引き継ぎ資料が丁寧で助かりました")
    await talk.hanako.presses("kudos.confirm", numbers=["1"])
    await talk.bot.tick("daily", talk.now.replace(hour=9, minute=0))
    await talk.delivered()
    shown = "\n".join(talk.channel("hall"))
    assert "番号札の紙がない" in shown
    assert "引き継ぎ資料" in shown
    assert "の規範" not in shown.replace("きょうの規範", "")


async def test_the_secretariat_chooses_where_everyones_thanks_go_and_there_is_one_such_place(talk: Talk) -> None:
    await _comes(talk)
    other = Place(PLATFORM, "annex")
    await _comes(talk, "別館", other)
    await _asks(talk, talk.jimu)
    seen = await talk.jimu.presses("channel.save", unit=["デジタル課"], gets=["daily", "kudos"])
    assert "みんなに見せる感謝は、すべてここに載ります。" in seen
    await talk.jimu.presses("channel.ask", talk.wire.sent["annex"][0])
    await talk.jimu.presses("channel.save", unit=["Head  OFFICE"], gets=["kudos"])
    assert talk.rows("select ext_id from place where kudos") == [("annex",)]
    assert [d for (d,) in talk.rows("select detail from audit order by id")] == [
        '{"daily": true, "kudos": true, "unit": "20"}',
        '{"daily": false, "kudos": true, "unit": "00"}',
        '{"kudos": false}',
    ]
    await talk.hanako.says("/kudos @taro 引き継ぎ資料が丁寧で助かりました")
    await talk.hanako.presses("kudos.confirm", numbers=["1"])
    await talk.delivered()
    assert "引き継ぎ資料" in talk.channel("annex")[-1]


async def test_saving_what_is_so_already_leaves_no_second_entry(talk: Talk) -> None:
    await _comes(talk)
    for _ in range(2):
        await _asks(talk, talk.jimu)
        await talk.jimu.presses("channel.save", unit=["20"], gets=["kudos"])
    assert talk.rows("select count(*) from audit") == [(1,)]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "組織の名前か、コードを書いてください"),
        ("　", "組織の名前か、コードを書いてください"),
        ("ない課", "「ない課」という組織は見つかりません"),
        ("窓口", "「窓口」という組織は見つかりません"),
        ("旧窓口課", "「旧窓口課」という組織は見つかりません"),
        ("庶務課", "コードを書いてください（3010、3020）"),
        ("税務課", "これができるのは、担当の人だけです"),
        ("20", "これができるのは、担当の人だけです"),
    ],
)
async def test_what_does_not_fit_is_said_at_the_field(talk: Talk, typed: str, why: str) -> None:
    def more_units(tx):  # type: ignore[no-untyped-def]
        for code, name, end in (("3010", "庶務課", None), ("3020", "庶務課", None), ("3030", "旧窓口課", "2024-04-01")):
            units.add(tx, code=code, name_ja=name, name_en=code, parent_id=None, starts_on="2020-04-01", ends_on=end)

    await talk.database.transact(more_units)
    await _comes(talk)
    await _asks(talk, talk.kacho)
    await talk.kacho.presses("channel.save", unit=[typed], gets=[])
    assert talk.kacho.reply is not None
    assert talk.kacho.reply.at == "dialog"
    unit, gets = _field(talk.kacho.card, "unit"), _field(talk.kacho.card, "gets")
    assert why in unit.error
    assert isinstance(unit, TextInput)
    assert isinstance(gets, Choice)
    assert (unit.value, gets.chosen) == (typed, ()), "what was filled in stays"
    found = _hall(talk)
    assert found
    assert found[0] is None
    assert talk.rows("select count(*) from audit") == [(0,)]


@pytest.mark.parametrize(
    "typed", ["窓口課", " 窓口課 ", "Counter Division", "ｃｏｕｎｔｅｒ division", "1010", "１０１０"]
)
async def test_a_unit_is_found_however_wide_or_capital_it_is_typed(talk: Talk, typed: str) -> None:
    await _comes(talk)
    await _asks(talk, talk.kacho)
    assert "「窓口課」のチャンネルになりました" in await talk.kacho.presses("channel.save", unit=[typed])


async def test_two_units_of_one_name_are_offered_by_code(talk: Talk) -> None:
    def alike(tx):  # type: ignore[no-untyped-def]
        units.add(tx, code="9", name_ja="窓口課", name_en="", parent_id=None, starts_on="2020-04-01")

    await talk.database.transact(alike)
    await _comes(talk)
    await _asks(talk, talk.kacho)
    unit = _field(talk.kacho.card, "unit")
    assert isinstance(unit, TextInput)
    assert unit.value == "1010"


async def test_a_channel_is_taken_from_another_unit_only_by_who_looks_after_both(talk: Talk) -> None:
    await _comes(talk)
    await _asks(talk, talk.jimu)
    await talk.jimu.presses("channel.save", unit=["1020"])
    assert "担当の人だけ" in await _asks(talk, talk.kacho)
    value = talk.rows("select id from place where ext_id = 'hall'")[0][0]
    await talk.kacho.sends("channel.save", str(value), unit=["1010"])
    assert "担当の人だけ" in str(talk.kacho.card), "forged"
    found = _hall(talk)
    assert found
    assert found[0] == "1020"
    await _asks(talk, talk.bucho)
    unit = _field(talk.bucho.card, "unit")
    assert isinstance(unit, TextInput)
    assert unit.value == "税務課", "whose it is now"
    assert "「窓口課」のチャンネルになりました" in await talk.bucho.presses("channel.save", unit=["1010"])


async def test_the_channel_of_everyones_thanks_is_no_single_units_to_take(talk: Talk) -> None:
    await talk.database.transact(
        lambda tx: places.save(tx, platform=PLATFORM, ext_id="hall", private=False, address={}, kudos=True)
    )
    value = str(talk.rows("select id from place where ext_id = 'hall'")[0][0])
    for action in ("channel.ask", "channel.save"):
        await talk.kacho.sends(action, value, unit=["1010"], gets=["kudos"])
        assert "担当の人だけ" in str(talk.kacho.card)
    assert "なりました" in await talk.jimu.sends("channel.save", value, unit=["1010"], gets=["kudos"])


async def test_a_ticked_box_nobody_offered_does_nothing(talk: Talk) -> None:
    await _comes(talk)
    await _asks(talk, talk.kacho)
    await talk.kacho.presses("channel.save", gets=["daily", "kudos"])
    assert talk.rows("select count(*) from place where kudos") == [(0,)]


async def test_others_are_told_whose_business_it_is(talk: Talk) -> None:
    await _comes(talk)
    for someone, why in (
        (talk.hanako, "担当の人だけ"),
        (talk.chiji, "担当の人だけ"),
        (talk.stranger, "名簿に登録がない"),
        (Someone(talk, "moto"), "退職された方"),
        (Someone(talk, "robo"), "自動で動く"),
    ):
        assert why in await _asks(talk, someone), someone.name
        assert why in await someone.sends("channel.save", "999", unit=["1010"]), someone.name
        assert why in await someone.says("/kizuki チャンネル"), someone.name


@pytest.mark.parametrize("value", ["", "x", "999999", "1.5", "-1", "DM"])
async def test_a_forged_or_stale_place_is_answered_kindly(talk: Talk, value: str) -> None:
    if value == "DM":
        value = str(talk.rows("select id from place where ext_id = 'dm:taro'")[0][0])
    for action in ("channel.ask", "channel.save"):
        assert "もう使えません" in await talk.jimu.sends(action, value, unit=["1010"])
    assert talk.rows("select count(*) from place where private and unit_id is not null") == [(0,)]


async def test_a_greeting_in_a_channel_the_bot_has_left_is_stale(talk: Talk) -> None:
    await _comes(talk)
    await talk.bot.handle(Left(talk.key(), HALL))
    assert "もう使えません" in await _asks(talk, talk.jimu)


async def test_a_channel_that_became_anothers_meanwhile_is_not_taken(talk: Talk) -> None:
    await _comes(talk)
    as_it_was = await talk.database.read(lambda tx: places.find(tx, PLATFORM, "hall"))
    assert as_it_was
    await _asks(talk, talk.jimu)
    await talk.jimu.presses("channel.save", unit=["20"])
    unit = int(str(talk.rows("select id from unit where code = '1010'")[0][0]))
    late = await talk.database.transact(lambda tx: places.settle(tx, as_it_was, unit_id=unit, daily=True, kudos=False))
    assert late is False


async def test_two_who_save_at_the_same_instant_agree_on_one_unit(talk: Talk) -> None:
    await _comes(talk)
    value = str(talk.rows("select id from place where ext_id = 'hall'")[0][0])
    await asyncio.gather(
        talk.kacho.sends("channel.save", value, unit=["1010"]), talk.jimu.sends("channel.save", value, unit=["20"])
    )
    found = _hall(talk)
    assert found
    entries = talk.rows("select detail from audit order by id desc limit 1")
    assert f'"unit": "{found[0]}"' in str(entries[0][0])


# By a word


async def test_a_word_opens_the_same_dialog_in_a_channel_the_bot_is_in(talk: Talk) -> None:
    for word in ("チャンネル", "channel", "へや"):
        await talk.kacho.says(f"/kizuki {word}")
        assert talk.kacho.reply is not None
        assert talk.kacho.reply.at == "dialog", word
        unit = _field(talk.kacho.card, "unit")
        assert isinstance(unit, TextInput)
        assert unit.value == "窓口課"
    assert talk.rows("select count(*) from audit") == [(0,)]


async def test_a_word_where_the_bot_is_not_says_to_invite_it_first(talk: Talk) -> None:
    talk.kacho.place = HALL
    assert "先に招いてから" in await talk.kacho.says("/kizuki チャンネル")
    await _comes(talk)
    await talk.bot.handle(Left(talk.key(), HALL))
    assert "先に招いてから" in await talk.kacho.says("/kizuki チャンネル")
    talk.kacho.place = Place(PLATFORM, "dm:kacho", private=True)
    assert "チャンネルの中で" in await talk.kacho.says("/kizuki チャンネル")
    assert "> チャンネルが多すぎて読みきれない" in await talk.kacho.says("/kizuki チャンネルが多すぎて読みきれない")
