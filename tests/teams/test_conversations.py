"""Conversations in Teams, on both databases, through everything but Teams itself."""

import logging

import pytest

from tests.teams.conversations import Conversation, Message
from tests.teams.deliveries import How
from tests.teams.office import Office
from tests.teams.person import Person

NASTY = "<at>everyone</at> **太字** [公式](https://evil.example) &lt; {{DATE(2026-11-24)}} 🙂"


async def says(office: Office, who: Person, text: str, *, channel: Conversation | None = None) -> str:
    """Write, and wait for what is shown; returns what the person sees then."""
    await who.writes(text, channel=channel)
    await office.settled()
    return who.sees


async def noted(office: Office, who: Person, text: str) -> None:
    """Write a note down, from the first word to the channel."""
    await says(office, who, text)
    await who.presses("note.confirm", numbers=["1"])
    await office.settled()
    await office.delivered()


async def test_a_note_from_typing_to_its_channel(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    await says(office, office.hanako, "気づき 窓口で同じ住所を三回書いてもらっている #1")
    assert "窓口で同じ住所を三回書いてもらっている" in office.hanako.sees
    asked = office.hanako.inbox[-1]
    await office.hanako.presses("note.confirm", numbers=["1", "2"])
    assert "記録しました" in office.hanako.sees, "the answer to the press is the card in its place"
    await office.settled()
    assert "記録しました" in asked.plain, "and so it stays when the client draws the message anew"
    await office.delivered()
    message = office.madoguchi.messages[-1]
    assert "窓口で同じ住所を三回" in message.plain
    assert "窓口で同じ住所を三回" in message.summary, "the notification says it"
    await office.taro.presses("note.support", message)
    assert office.taro.warnings == []
    await office.delivered()
    assert message.edits, "the same message changed"
    assert "1人" in message.plain
    assert office.rows("select count(*) from note") == [(1,)]
    assert office.rows("select text from note") == [("窓口で同じ住所を三回書いてもらっている #1",)]


@pytest.mark.parametrize(
    "typed",
    [
        "気づき 様式が三種類ある",
        "kizuki 様式が三種類ある",
        "Kizuki：様式が三種類ある",
        "/kizuki 様式が三種類ある",
        "様式が三種類ある",
    ],
)
async def test_a_note_is_called_in_many_ways(office: Office, typed: str) -> None:
    await office.hanako.installs()
    await says(office, office.hanako, typed.format("様式が三種類ある"))
    assert office.rows("select text from draft") == [("様式が三種類ある",)]


async def test_a_sentence_that_only_begins_like_the_word_is_not_cut(office: Office) -> None:
    await office.hanako.installs()
    await says(office, office.hanako, "気づきを書く人が少ないのはなぜだろう")
    assert office.rows("select text from draft") == [("気づきを書く人が少ないのはなぜだろう",)]


async def test_what_people_type_is_shown_as_they_typed_it_and_does_nothing(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    text = NASTY.replace("<at>everyone</at>", "@everyone")
    await says(office, office.hanako, f"{text} #2")
    await office.hanako.presses("note.confirm", numbers=["2"])
    await office.settled()
    await office.delivered()
    message = office.madoguchi.messages[-1]
    assert "**太字** [公式](https://evil.example)" in message.plain
    assert message.card is not None
    assert message.card.get("msteams", {}).get("entities", []) == []
    assert office.rows("select text from note") == [(f"{text} #2",)]


async def test_in_a_channel_the_answer_goes_to_the_person_alone(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    asked = await office.hanako.writes("@kizuki 気づき 会議室の予約が二重になる", channel=office.madoguchi)
    await office.settled()
    assert "会議室の予約が二重になる" in office.hanako.inbox[-1].plain
    told = office.madoguchi.messages[-1]
    assert told.root == asked.id, "in the thread only a word that it was answered"
    assert "会議室" not in told.plain
    await office.hanako.presses("note.confirm", office.hanako.inbox[-1], numbers=["2"])
    await office.settled()
    await office.delivered()
    assert "会議室の予約が二重になる" in office.madoguchi.messages[-1].plain


async def test_whoever_has_no_kizuki_of_their_own_hears_in_the_channel_how_to_get_it(office: Office) -> None:
    rule = office.teams.refuse("create", status=403, code="BotNotInConversationRoster", times=9)
    await office.hanako.writes("@kizuki 気づき 会議室の予約が二重になる", channel=office.madoguchi)
    await office.settled()
    rule.stop()
    told = office.madoguchi.messages[-1]
    assert "追加" in told.plain
    assert "会議室" not in told.plain
    card = told.card
    assert card is not None
    assert card["msteams"]["entities"][0]["mentioned"]["id"] == office.hanako.oid, "she is notified"
    await office.hanako.installs()
    office.later(minutes=2)
    await office.delivered()
    assert any("もう一度" in m.plain for m in office.hanako.inbox), "what was lost is asked for again"


async def test_targeted_answers_stay_in_the_channel_and_only_the_person_sees_them(
    targeted: Office,
) -> None:
    office = targeted
    await office.hanako.writes("@kizuki 気づき 会議室の予約が二重になる", channel=office.madoguchi)
    await office.settled()
    [shown] = office.hanako.whispers
    assert "会議室の予約が二重になる" in shown.plain
    assert office.taro.looks_at(shown) == ""
    office.hanako.looks_at(shown)
    await office.hanako.presses("note.confirm", numbers=["2"])
    assert "記録しました" in office.hanako.sees
    assert office.rows("select count(*) from note") == [(1,)]


async def test_a_group_chat_is_answered_like_a_channel(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    group = office.teams.group(office.hanako, office.taro, name="相談")
    await office.teams.events.adds_bot(group, office.taro)
    await office.settled()
    await says(office, office.hanako, "@kizuki 気づき 決裁の紙が三枚いる", channel=group)
    assert "決裁の紙が三枚いる" in office.hanako.inbox[-1].plain
    await office.taro.writes("ただの会話です", channel=group)
    assert office.rows("select count(*) from draft where text like 'ただの%'") == [(0,)]


@pytest.mark.parametrize("word", ["kudos", "感謝", "Kudos"])
async def test_thanks_reach_the_colleague_who_never_wrote_to_the_bot(office: Office, word: str) -> None:
    await office.hanako.installs()
    await office.taro.installs()
    await office.settled()
    group = office.teams.group(office.hanako, office.taro)
    text = f"@kizuki {word} @{office.taro.name} 引き継ぎ資料が丁寧で助かりました #10"
    await says(office, office.hanako, text, channel=group)
    await office.hanako.presses("kudos.confirm", office.hanako.inbox[-1])
    await office.settled()
    await office.delivered()
    assert "引き継ぎ資料が丁寧で助かりました" in office.taro.inbox[-1].plain
    assert office.rows("select count(*) from kudos") == [(1,)]


async def test_home_opens_dialogs_that_keep_what_was_typed(office: Office) -> None:
    await office.taro.installs()
    await office.hanako.installs()
    await office.settled()
    await office.hanako.presses("kudos.compose")
    assert office.hanako.dialog
    await office.hanako.submits(to=[office.taro], text="短い")
    assert list(office.hanako.errors) == ["text"]
    await office.hanako.submits(text="引き継ぎ資料が丁寧で助かりました #10")
    assert office.hanako.errors == {}
    await office.hanako.submits()
    assert "届けました" in office.hanako.sees or "送りました" in office.hanako.sees
    assert office.rows("select count(*) from kudos") == [(1,)]


async def test_the_message_extension_takes_up_a_message_and_what_one_writes(office: Office) -> None:
    await office.hanako.installs()
    await office.taro.installs()
    await office.settled()
    said = await office.taro.writes("案内板の字が小さくて、読めない人がいた", channel=office.madoguchi)
    await office.hanako.uses_action("note", said)
    assert "案内板の字が小さくて" in office.hanako.sees
    await office.hanako.submits()
    await office.hanako.submits(numbers=["1"])
    assert "記録しました" in office.hanako.sees
    assert office.rows("select text from note") == [("案内板の字が小さくて、読めない人がいた",)]
    await office.hanako.closes()
    await office.hanako.uses_action("kudos", said)
    assert "案内板の字が小さくて" in office.hanako.sees
    await office.hanako.submits(text="よく気づいてくれて助かりました #1")
    await office.hanako.submits()
    assert office.rows("select count(*) from kudos") == [(1,)]
    await office.hanako.closes()
    await office.hanako.uses_action("note", where=office.madoguchi)
    await office.hanako.submits(text="様式が三種類あって迷う")
    await office.hanako.submits(numbers=["2"])
    assert office.rows("select count(*) from note") == [(2,)]


async def test_a_search_finds_ones_own_notes_and_principles_and_inserts_a_card(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    await noted(office, office.hanako, "窓口で同じ住所を三回書いてもらっている")
    await noted(office, office.hanako, "様式が三種類あって迷う")
    assert len(await office.hanako.searches("", "mine")) == 2
    [found] = await office.hanako.searches("住所", "mine")
    inserted = office.hanako.inserts(found, office.madoguchi)
    assert "同じ住所を三回" in inserted.plain
    assert await office.taro.searches("住所", "mine") == [], "only one's own"
    assert "見つかりません" in office.taro.sees
    assert len(await office.hanako.searches("", "principles")) == 10
    [principle] = await office.hanako.searches("#2", "principles")
    assert "#2" in principle.plain


async def test_an_old_client_presses_too(office: Office) -> None:
    await office.hanako.installs()
    await says(office, office.hanako, "気づき 様式が三種類あって迷う")
    asked = office.hanako.inbox[-1]
    await office.hanako.presses("note.confirm", asked, old_client=True, numbers=["2"])
    await office.settled()
    assert "記録しました" in asked.plain, "changed in place"
    assert office.rows("select count(*) from note") == [(1,)]


async def test_a_clients_second_try_acts_once_and_gets_the_same_answer(office: Office) -> None:
    await office.hanako.installs()
    await says(office, office.hanako, "気づき 様式が三種類あって迷う")
    await office.hanako.presses("note.confirm", numbers=["2"], how=How(copies=2))
    assert "記録しました" in office.hanako.sees
    first, second = office.teams.deliveries.answers[-2:]
    assert first.json == second.json
    await says(office, office.hanako, "気づき 会議室の予約が二重だ")
    await office.hanako.presses(
        "note.confirm", office.hanako.inbox[-1], numbers=["2"], how=How(copies=5, together=True)
    )
    assert office.rows("select count(*) from note") == [(2,)]
    assert len({a.body for a in office.teams.deliveries.answers[-5:]}) == 1


async def test_a_second_try_at_another_replica_does_nothing_twice(office: Office) -> None:
    await office.hanako.installs()
    await says(office, office.hanako, "気づき 様式が三種類あって迷う")
    asked = office.hanako.inbox[-1]
    await office.hanako.presses("note.confirm", asked, numbers=["2"])
    await office.settled()
    again = office.teams.deliveries.sent[-1]
    await office.restart()
    answer = await office.teams.deliveries.deliver(again)
    assert answer.json["type"].endswith("activity.message")
    assert office.rows("select count(*) from note") == [(1,)]


async def test_eleven_deliveries_of_one_message_act_once(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    before = len(office.hanako.inbox)
    await office.hanako.writes("様式が三種類あって迷う", how=How(copies=11))
    await office.settled()
    assert len(office.hanako.inbox) == before + 1
    assert office.rows("select count(*) from draft") == [(1,)]


async def test_a_reaction_agrees_with_what_the_bot_wrote(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    await noted(office, office.hanako, "窓口で同じ住所を三回書いてもらっている")
    message = office.madoguchi.messages[-1]
    await office.taro.reacts("sad", message)
    assert office.rows("select count(*) from note_support") == [(0,)]
    await office.taro.reacts("like", message)
    await office.delivered()
    assert office.rows("select count(*) from note_support") == [(1,)]
    assert "1人" in message.plain
    await office.hanako.reacts("heart", message)
    assert office.rows("select count(*) from note_support") == [(1,)], "nobody agrees with themselves"
    await office.taro.unreacts("like", message)
    await office.delivered()
    assert office.rows("select count(*) from note_support") == [(0,)]
    await office.taro.reacts("like", office.taro.teams.post(_strange(office)))
    assert office.taro.answer.ok


def _strange(office: Office) -> Message:
    """A message of the bot's that kizuki knows nothing of."""
    return Message("9999", office.madoguchi, office.teams.bot["id"], {"type": "message", "text": "?"}, by_bot=True)


async def test_a_file_is_put_where_its_reader_says(office: Office) -> None:
    await office.hanako.installs()
    await says(office, office.hanako, "わたしの記録")
    await office.hanako.presses("teams.file")
    await office.settled()
    offer = office.hanako.inbox[-1]
    await office.hanako.accepts_file(offer)
    await office.settled()
    assert len(office.teams.uploads) == 1
    assert offer.deleted
    assert "保存しました" in office.hanako.inbox[-1].plain
    await office.hanako.presses("teams.file", office.hanako.inbox[-2])
    await office.settled()
    await office.hanako.declines_file(office.hanako.inbox[-1])
    await office.settled()
    assert len(office.teams.uploads) == 1


async def test_a_file_is_nobody_elses(office: Office) -> None:
    await office.hanako.installs()
    await office.taro.installs()
    await says(office, office.hanako, "わたしの記録")
    await office.hanako.presses("teams.file")
    await office.settled()
    offer = office.hanako.inbox[-1]
    office.taro.at = office.taro.chat
    await office.taro.accepts_file(offer)
    await office.settled()
    assert not any(upload.content for upload in office.teams.uploads.values())


@pytest.mark.parametrize(
    ("lang", "said"), [("ja", "@kizuki 感謝 @"), ("en", "@kizuki kudos @"), ("ja-easy", "@kizuki おれい @")]
)
async def test_texts_name_the_bot_as_it_is_called_in_teams(office: Office, lang: str, said: str) -> None:
    who = {"ja": office.hanako, "en": office.ken, "ja-easy": office.sakura}[lang]
    await who.installs()
    await says(office, who, {"ja": "ヘルプ", "en": "help", "ja-easy": "ヘルプ"}[lang])
    assert said in who.sees
    assert "/k" not in who.sees
    await says(office, who, "気づき 「/kizuki」と書いてある案内が分かりにくい")
    assert "「/kizuki」" in who.sees, "what people write stays as it is"


async def test_logs_and_keys_hold_nothing_that_was_written(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "kizuki")
    await office.hanako.installs()
    await noted(office, office.hanako, "極秘の様式が三種類あって迷う")
    assert "極秘" not in caplog.text
    assert office.hanako.oid not in caplog.text
    keys = " ".join(str(key) for (key,) in office.rows("select key from once"))
    assert office.hanako.oid not in keys
