"""One person with several accounts: by the roster's e-mail, by a code, apart again."""

import asyncio

from bot.events import Opened, Profile
from storage import accounts, people
from tests.talk import OTHER, PLATFORM, Talk

NOTE = "窓口で番号札の紙がなくなった"


def _code(card: str) -> str:
    return next(line.replace(" ", "") for line in card.splitlines() if line.replace(" ", "").isdigit())


def _verified(name: str) -> Profile:
    return Profile(email=f"{name.title()}@City.example", verified=True, name=name)


async def test_a_verified_e_mail_of_the_roster_links_at_the_first_event(talk: Talk) -> None:
    there = talk.elsewhere("H-2", _verified("hanako"))
    await there.says(f"/kizuki {NOTE}")
    await there.presses("note.confirm", numbers=["1"])
    assert NOTE in await talk.hanako.says("/kizuki 自分")
    assert talk.rows("select count(*), max(author_id) from note") == [(1, await _id(talk, "hanako"))]
    await talk.delivered()
    assert any("Microsoft Teams" in message for message in talk.hanako.inbox), "the earlier account is told"
    assert talk.rows("select action, detail from audit") == [("link.begin", '{"how": "roster", "platform": "teams"}')]


async def test_an_unverified_e_mail_links_nobody(talk: Talk) -> None:
    there = talk.elsewhere("H-2", Profile(email="hanako@city.example", verified=False))
    assert "名簿に登録がない" in await there.says(f"/kizuki {NOTE}")
    assert talk.rows("select count(*) from note, draft") == [(0,)]


async def test_the_platform_is_asked_once_in_ten_minutes(talk: Talk) -> None:
    there = talk.elsewhere("x")
    for _ in range(3):
        await there.says(f"/kizuki {NOTE}")
    assert talk.wires[OTHER].asked == ["x"]
    talk.later(minutes=11)
    talk.wires[OTHER].profiles["x"] = _verified("taro")
    assert "どの規範に" in await there.says(f"/kizuki {NOTE}"), "added to the roster's platform meanwhile"


async def test_a_directory_out_of_reach_is_asked_again_soon(talk: Talk) -> None:
    there = talk.elsewhere("x", _verified("taro"))
    talk.wires[OTHER].gone.add("x")
    assert "確かめられませんでした" in await there.says(f"/kizuki {NOTE}")
    assert "確かめられませんでした" in await there.says(f"/kizuki {NOTE}")
    assert talk.wires[OTHER].asked == ["x"], "not with every press"
    talk.wires[OTHER].gone.clear()
    talk.later(seconds=6)
    assert "どの規範に" in await there.says(f"/kizuki {NOTE}")


async def test_guests_bots_and_shared_accounts_read_and_are_told_why(talk: Talk) -> None:
    talk.sets("people", shared=("counter-*@city.example",))
    for name, profile, why in (
        ("g", Profile(kind="guest"), "ゲストの方"),
        ("b", Profile(kind="bot"), "自動で動く"),
        ("s", Profile(email="Counter-3@city.example", verified=True), "何人かで使う"),
    ):
        there = talk.elsewhere(name, profile)
        assert why in await there.says(f"/kizuki {NOTE}")
        assert why in await there.says("/kudos @taro いつもありがとうございます")
        assert why in await there.opens_home()
        assert "行動規範" in await there.says("/kizuki 規範") or "#1" in there.sees


async def test_whoever_is_not_listed_may_take_part_where_the_organisation_wants_it(talk: Talk) -> None:
    talk.sets("people", unlisted="take-part")
    there = talk.elsewhere("n", Profile(email="new@city.example", verified=True, name="新人 さん"))
    await there.says(f"/kizuki {NOTE}")
    assert "No.1" in await there.presses("note.confirm", numbers=["1"])
    assert "新人 さん（所属なし）" in await talk.jimu.says("/kizuki 表示 1")
    guest = talk.elsewhere("g", Profile(kind="guest", email="g@other.example", verified=True))
    assert "ゲストの方" in await guest.says(f"/kizuki {NOTE}")
    assert talk.rows("select number, listed from person where not listed") in (
        [("unlisted:teams/n", 0)],
        [("unlisted:teams/n", False)],
    )


async def test_a_code_shown_here_and_typed_there_links_and_tells_both(talk: Talk) -> None:
    there = talk.elsewhere("T-9")
    await there.opens_home()
    code = _code(await talk.taro.says("/kizuki つなぐ"))
    assert "つながりました" in await there.says(f"/kizuki つなぐ {code[:3]} {code[3:]}")
    await there.says(f"/kizuki {NOTE}")
    await there.presses("note.confirm", numbers=["2"])
    assert NOTE in await talk.taro.says("/kizuki 自分")
    await talk.delivered()
    assert len([m for m in talk.taro.inbox if "つながりました" in m]) == 1
    assert "番号が違う" in await talk.elsewhere("Z").says(f"/kizuki つなぐ {code}"), "a code works once"


async def test_a_code_shown_to_the_unknown_account_may_be_typed_by_the_known_one(talk: Talk) -> None:
    there = talk.elsewhere("T-9")
    code = _code(await there.says("/kizuki link"))
    await talk.taro.says("/kizuki つなぐ")
    await talk.taro.presses("番号を入力する")
    assert "つながりました" in await talk.taro.presses("つなぐ", code=[code])
    await talk.delivered()
    assert any("つながりました" in m for m in there.inbox), "the side that showed the code is told"
    assert (await _owner(talk, "T-9")) == await _id(talk, "taro")


async def test_five_wrong_codes_and_then_a_pause(talk: Talk) -> None:
    there = talk.elsewhere("T-9")
    code = _code(await talk.taro.says("/kizuki つなぐ"))
    wrong = "000000" if code != "000000" else "111111"
    for left in (4, 3, 2, 1):
        assert f"あと{left}回" in await there.says(f"/kizuki つなぐ {wrong}")
    assert "入力できません" in await there.says(f"/kizuki つなぐ {wrong}"), "the fifth"
    assert "入力できません" in await there.says(f"/kizuki つなぐ {code}"), "even the right one"
    assert await _owner(talk, "T-9") is None
    talk.later(minutes=11)
    await talk.bot.tick("tidy", talk.now)
    assert "番号が違う" in await there.says(f"/kizuki つなぐ {code}"), "the code is too old by then"
    fresh = _code(await talk.taro.says("/kizuki つなぐ"))
    assert "つながりました" in await there.says(f"/kizuki つなぐ {fresh}")


async def test_an_old_code_is_wrong(talk: Talk) -> None:
    code = _code(await talk.taro.says("/kizuki つなぐ"))
    talk.later(minutes=10, seconds=1)
    assert "番号が違う" in await talk.elsewhere("T-9").says(f"/kizuki つなぐ {code}")


async def test_codes_never_join_two_people(talk: Talk) -> None:
    code = _code(await talk.taro.says("/kizuki つなぐ"))
    assert "別々の人" in await talk.hanako.says(f"/kizuki つなぐ {code}")
    assert "もう一つのアカウント" in await talk.taro.says(f"/kizuki つなぐ {code}")
    nobody = _code(await talk.elsewhere("a").says("/kizuki つなぐ"))
    assert "どちらのアカウントも" in await talk.elsewhere("b").says(f"/kizuki つなぐ {nobody}")


async def test_what_was_unlinked_by_hand_does_not_come_back_by_itself(talk: Talk) -> None:
    there = talk.elsewhere("H-2", _verified("hanako"))
    await there.opens_home()
    await talk.hanako.says("/kizuki つなぐ")
    assert "Microsoft Teams" in talk.hanako.sees
    assert "外しました" in await talk.hanako.sends("account.unlink", f"{OTHER}/H-2")
    talk.later(days=1)
    assert "名簿に登録がない" in await there.says(f"/kizuki {NOTE}")
    code = _code(await talk.hanako.says("/kizuki つなぐ"))
    assert "つながりました" in await there.says(f"/kizuki つなぐ {code}")


async def test_others_cannot_unlink_but_an_administrator_mends(talk: Talk) -> None:
    there = talk.elsewhere("H-2", _verified("hanako"))
    await there.opens_home()
    assert "担当の人だけ" in await talk.taro.sends("account.unlink", f"{OTHER}/H-2")
    assert "担当の人だけ" in await talk.jimu.says("/kizuki アカウント hanako")
    await talk.grants("jimu", "administrator")
    assert "hanako" in await talk.jimu.says("/kizuki アカウント hanako")
    assert "外しました" in await talk.jimu.sends("account.unlink", f"{OTHER}/H-2")
    assert await _owner(talk, "H-2") is None
    await talk.delivered()
    assert any("外れました" in m for m in talk.hanako.inbox), "the person hears of it"


async def test_one_quota_for_two_accounts(talk: Talk) -> None:
    there = talk.elsewhere("H-2", _verified("hanako"))
    for i in range(10):
        someone = (there, talk.hanako)[i % 2]
        await someone.sends("kudos.write", "", to=[f"{PLATFORM}/taro"], text=[f"助かりました、ありがとう {i}"])
        await someone.presses("kudos.confirm", numbers=["1"])
    await there.sends("kudos.write", "", to=[f"{PLATFORM}/taro"], text=["もう一度ありがとうございます"])
    before = talk.rows("select count(*) from kudos")
    await there.presses("kudos.confirm", numbers=["1"])
    assert before == talk.rows("select count(*) from kudos") == [(10,)]


async def test_messages_go_to_the_account_used_last_or_the_chosen_one(talk: Talk) -> None:
    there = talk.elsewhere("T-9", _verified("taro"))
    await there.opens_home()
    await _thank(talk, "一つ目の感謝です、ありがとう")
    assert "一つ目" in there.inbox[-1]
    await talk.taro.says("/kizuki 自分")
    await _thank(talk, "二つ目の感謝です、ありがとう")
    assert "二つ目" in talk.taro.inbox[-1]
    await talk.taro.says("/kizuki 設定")
    await talk.taro.presses("保存する", deliver_to=[f"{OTHER}/T-9"])
    await _thank(talk, "三つ目の感謝です、ありがとう")
    assert "三つ目" in there.inbox[-1]
    talk.wires[OTHER].gone.add("dm:T-9")
    await _thank(talk, "四つ目の感謝です、ありがとう")
    assert "四つ目" in talk.taro.inbox[-1], "where one is gone, the other"


async def test_kudos_wait_for_somebody_who_is_on_no_platform_yet(talk: Talk) -> None:
    taro = await _id(talk, "taro")
    await talk.database.transact(lambda tx: tx.cursor.execute(f"delete from place where person_id = {taro}"))
    await _thank(talk, "助かりました、ありがとう")
    assert talk.taro.inbox == []
    talk.later(days=3)
    there = talk.elsewhere("T-9", _verified("taro"))
    await there.opens_home()
    await talk.delivered()
    assert any("助かりました" in m for m in there.inbox)


async def test_whoever_has_not_begun_yet_only_reads(talk: Talk) -> None:
    await talk.database.transact(
        lambda tx: people.add(
            tx, number="k", name_ja="春子", name_en="H", email="k@city.example", joined_on="2027-04-01"
        )
    )
    there = talk.elsewhere("K", Profile(email="k@city.example", verified=True))
    assert "読むこと" in await there.says(f"/kizuki {NOTE}")
    talk.later(days=200)
    assert "どの規範に" in await there.says(f"/kizuki {NOTE}")


async def _thank(talk: Talk, words: str) -> None:
    await talk.hanako.says(f"/kudos @taro {words}")
    await talk.hanako.presses("kudos.confirm", numbers=["1"])
    await talk.delivered()


async def _id(talk: Talk, name: str) -> int:
    found = await talk.database.read(lambda tx: people.by_number(tx, name, today=talk.now.date().isoformat()))
    assert found
    return found.id


async def _owner(talk: Talk, name: str) -> int | None:
    found = await talk.database.read(lambda tx: accounts.get(tx, OTHER, name))
    return found.person_id if found else None


async def test_a_directory_that_is_down_makes_nobody_a_member(talk: Talk) -> None:
    talk.sets("people", unlisted="take-part")
    there = talk.elsewhere("x", _verified("taro"))
    talk.wires[OTHER].gone.add("x")
    await there.says(f"/kizuki {NOTE}")
    assert talk.rows("select count(*) from person where not listed") == [(0,)]
    talk.wires[OTHER].gone.clear()
    talk.later(minutes=11)
    await there.says(f"/kizuki {NOTE}")
    assert await _owner(talk, "x") == await _id(talk, "taro")


async def test_two_first_events_at_once_link_once(talk: Talk) -> None:
    there = talk.elsewhere("x", _verified("taro"))
    await asyncio.gather(*(talk.bot.handle(Opened(f"k{i}", there.handle, there.place)) for i in range(4)))
    assert await _owner(talk, "x") == await _id(talk, "taro")
    assert talk.rows("select count(*) from audit where action = 'link.begin'") == [(1,)]


async def test_thanks_taken_back_are_taken_back_where_they_were_shown(talk: Talk) -> None:
    await _thank(talk, "助かりました、ありがとう")
    there = talk.elsewhere("T-9", _verified("taro"))
    await there.opens_home()
    await talk.hanako.sends("kudos.take_back", "1")
    await talk.delivered()
    assert not any("助かりました" in m for m in talk.shown_in("dm:taro"))
    assert talk.rows("select count(*) from outbox where state = 'waiting'") == [(0,)]


async def test_the_last_account_cannot_be_taken_away_by_oneself(talk: Talk) -> None:
    there = talk.elsewhere("H-2", _verified("hanako"))
    await there.opens_home()
    await there.sends("account.unlink", f"{PLATFORM}/hanako")
    await there.sends("account.unlink", f"{OTHER}/H-2")
    assert await _owner(talk, "H-2") == await _id(talk, "hanako")


async def test_the_account_that_was_taken_away_hears_of_it(talk: Talk) -> None:
    there = talk.elsewhere("H-2", _verified("hanako"))
    await there.opens_home()
    await there.sends("account.unlink", f"{PLATFORM}/hanako")
    await talk.delivered()
    assert any("外れました" in m for m in talk.hanako.inbox)


async def test_a_code_does_not_take_the_account_of_a_bot_or_of_somebody_who_left(talk: Talk) -> None:
    for name in ("robo", "moto"):
        code = _code(await talk.taro.says("/kizuki つなぐ"))
        someone = type(talk.taro)(talk, name)
        assert "読むことだけ" in await someone.says(f"/kizuki つなぐ {code}")
    assert talk.rows("select count(*) from audit where action like 'link%'") == [(0,)]


async def test_a_code_of_ones_own_buys_no_new_tries(talk: Talk) -> None:
    mine, other = talk.elsewhere("a"), talk.elsewhere("b")
    for _ in range(4):
        await mine.says("/kizuki つなぐ 000001")
    await mine.says(f"/kizuki つなぐ {_code(await other.says('/kizuki つなぐ'))}")
    code = _code(await talk.taro.says("/kizuki つなぐ"))
    assert "入力できません" in await mine.says(f"/kizuki つなぐ {code}")
    assert await _owner(talk, "a") is None


async def test_words_that_only_look_like_commands_are_notes(talk: Talk) -> None:
    for words in (
        "link on the page is broken",
        "connect to VPN takes ten minutes every morning",
        "アカウント の申請が遅い",
        "away from the counter nobody answers the phone",
        "相談窓口が分かりにくい",
        "休み明けは電話がつながらない",
        "back office is slow on Mondays",
    ):
        await talk.hanako.says(f"/kizuki {words}")
        assert talk.hanako.card
        assert "note.confirm" in {b.action for block in talk.hanako.card.blocks for b in getattr(block, "buttons", ())}
    assert talk.rows("select count(*) from link_try") == [(0,)]
