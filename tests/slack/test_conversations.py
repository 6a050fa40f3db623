"""Conversations in Slack, over both transports and on both databases, through everything but Slack itself."""

import logging

import pytest

from tests.slack.deliveries import How
from tests.slack.filling import elements
from tests.slack.office import Office

NASTY = "<!channel> *太字* <https://evil.example|公式> &lt; :tada: 🙂"


async def test_a_note_from_typing_to_its_channel(office: Office) -> None:
    await office.hanako.types("/kizuki 窓口で同じ住所を三回書いてもらっている #1", channel="CMADO")
    assert "窓口で同じ住所を三回書いてもらっている" in office.hanako.sees
    assert office.hanako.ephemerals[-1].channel == "CMADO"
    await office.hanako.presses("note.confirm", numbers=["1", "2"])
    assert "記録しました" in office.hanako.sees
    assert len(office.hanako.ephemerals) == 1, "the card took the draft's place"
    await office.delivered()
    message = office.slack.channel("CMADO").messages[-1]
    assert "窓口で同じ住所を三回" in message.plain
    assert "窓口で同じ住所を三回" in message.text
    await office.taro.presses("note.support", message)
    assert office.taro.ephemerals, "only taro is answered"
    await office.delivered()
    assert "1" in office.slack.channel("CMADO").messages[-1].plain
    assert office.slack.channel("CMADO").messages[-1].edits, "the same message changed"
    assert office.rows("select count(*) from note") == [(1,)]


async def test_what_people_type_is_shown_as_they_typed_it_and_does_nothing(office: Office) -> None:
    await office.hanako.types(f"/kizuki {NASTY} #2", channel="CMADO")
    await office.hanako.presses("note.confirm", numbers=["2"])
    await office.delivered()
    message = office.slack.channel("CMADO").messages[-1]
    assert "<!channel>" in message.plain
    assert "<" not in message.text.replace("&lt;", "")
    assert office.rows("select text from note") == [(f"{NASTY} #2",)]


async def test_thanks_reach_the_colleague_who_never_wrote_to_the_bot(office: Office) -> None:
    await office.platform_reads_directory()
    await office.hanako.types("/kudos @taro 引き継ぎ資料が丁寧で助かりました #10", channel="CMADO")
    await office.hanako.presses("kudos.confirm")
    await office.delivered()
    assert "引き継ぎ資料が丁寧で助かりました" in office.taro.inbox[-1].plain
    assert "引き継ぎ資料が丁寧で助かりました" in office.slack.channel("CMADO").messages[-1].plain


async def test_a_dialog_shows_its_faults_at_the_field_and_keeps_what_was_typed(office: Office) -> None:
    await office.taro.opens_home()
    await office.hanako.types("/kudos", channel="CMADO")
    assert office.hanako.modal
    await office.hanako.submits(to=["UTARO"], text="短い")
    assert list(office.hanako.errors) == ["text"]
    await office.hanako.submits(text="引き継ぎ資料が丁寧で助かりました #10")
    assert office.hanako.errors == {}
    assert len(office.hanako.modals) == 1
    await office.hanako.submits()
    assert "届けました" in office.hanako.sees or "送りました" in office.hanako.sees
    assert office.rows("select count(*) from kudos") == [(1,)]


async def test_a_refusal_lies_over_the_form_so_that_nothing_is_lost(office: Office) -> None:
    await office.hanako.opens_home()
    await office.hanako.presses("note.compose")
    await office.hanako.submits(text="   ")
    assert list(office.hanako.errors) == ["text"]
    await office.hanako.submits(text="申請の様式が三種類ある")
    office.later(hours=25)
    await office.hanako.submits(numbers=["2"])
    assert len(office.hanako.modals) == 2
    assert "もう一度書いてください" in office.hanako.sees
    await office.hanako.closes()
    assert "申請の様式が三種類ある" in office.hanako.sees, "the form is still there"


async def test_shortcuts_open_a_dialog_from_anywhere_and_from_a_message(office: Office) -> None:
    await office.hanako.uses_shortcut("note.compose")
    await office.hanako.submits(text="様式が三種類あって迷う")
    assert office.hanako.modal
    await office.hanako.closes(all_of_them=True)
    said = await office.taro.writes("案内板の字が小さくて、読めない人がいた", channel="CMADO")
    await office.hanako.uses_message_shortcut("note.quote", "CMADO", said.ts)
    assert "案内板の字が小さくて" in office.hanako.sees
    await office.hanako.submits()
    await office.hanako.submits(numbers=["1"])
    assert office.rows("select text from note") == [("案内板の字が小さくて、読めない人がいた",)]
    await office.hanako.closes(all_of_them=True)
    await office.hanako.uses_message_shortcut("kudos.quote", "CMADO", said.ts)
    assert "案内板の字が小さくて" in office.hanako.sees
    await office.hanako.submits(text="よく気づいてくれて助かりました #1")
    await office.hanako.submits()
    assert office.rows("select count(*) from kudos") == [(1,)]


async def test_the_emoji_offers_thanks_once_and_only_to_whoever_put_it(office: Office) -> None:
    said = await office.taro.writes("案内板を大きな字にしました", channel="CMADO")
    await office.hanako.reacts("heart", "CMADO", said.ts)
    await office.taro.reacts("clap", "CMADO", said.ts)
    assert not office.hanako.ephemerals
    assert not office.taro.ephemerals
    await office.hanako.reacts("clap::skin-tone-3", "CMADO", said.ts)
    await office.hanako.reacts("clap", "CMADO", said.ts)
    assert len(office.hanako.ephemerals) == 1
    office.hanako.looks_at(office.hanako.ephemerals[-1])
    await office.hanako.presses("kudos.to")
    await office.hanako.submits(text="大きな字にしてくれて助かりました #3")
    await office.hanako.submits()
    assert office.rows("select count(*) from kudos") == [(1,)]


async def test_home_for_staff_and_for_managers(office: Office) -> None:
    await office.hanako.types("/kizuki 窓口で同じ住所を三回書いてもらっている", channel="CMADO")
    await office.hanako.presses("note.confirm", numbers=["1"])
    await office.kacho.opens_home()
    assert office.kacho.home
    assert "窓口で同じ住所を三回" in office.kacho.home.plain
    before = office.kacho.home.plain
    await office.kacho.presses("note.answer", office.kacho.home)
    await office.kacho.submits(state="done", reason="12月の会議で決めます")
    await office.settled()
    assert office.kacho.home.plain != before, "home shows what was done from it"
    await office.delivered()
    assert any("12月の会議で決めます" in m.plain for m in office.hanako.inbox)
    await office.hanako.opens_home("messages")
    assert office.hanako.home is None


async def test_words_in_the_bots_own_chat_and_with_its_name_in_a_thread(office: Office) -> None:
    await office.hanako.writes("様式が三種類あって迷う")
    assert "様式が三種類あって迷う" in office.hanako.inbox[-1].plain
    await office.hanako.presses("note.confirm", office.hanako.inbox[-1], numbers=["2"])
    assert "記録しました" in office.hanako.inbox[-1].plain
    await office.hanako.writes("設定")
    await office.hanako.presses("preferences.save", office.hanako.inbox[-1], language="en")
    assert "saved" in office.hanako.sees
    first = await office.taro.writes("会議室の予約が二重だった", channel="CMADO")
    await office.taro.writes("@kizuki 会議室の予約が二重になる", channel="CMADO", thread=first.ts)
    shown = office.taro.ephemerals[-1]
    assert shown.thread_ts == first.ts
    assert "会議室の予約が二重になる" in shown.plain
    assert "kizuki" not in office.rows("select text from draft order by id desc")[0][0]  # type: ignore[operator]
    await office.taro.writes("ただの会話です", channel="CMADO")
    assert office.rows("select count(*) from draft where text like 'ただの%'") == [(0,)]


async def test_a_button_can_be_pressed_as_often_as_one_likes(office: Office) -> None:
    await office.hanako.types("/kizuki 様式が三種類あって迷う", channel="CMADO")
    await office.hanako.presses("note.confirm", numbers=["2"])
    card = office.hanako.ephemerals[-1]
    for count in (1, 2, 3):
        await office.hanako.presses("note.show", card)
        assert len(office.hanako.ephemerals) == 1 + count


async def test_eleven_deliveries_of_one_message_act_once(office: Office) -> None:
    await office.hanako.writes("様式が三種類あって迷う", how=How(copies=11))
    assert office.rows("select count(*) from draft") == [(1,)]
    assert len(office.hanako.inbox) == 1


async def test_a_retry_whose_first_copy_never_arrived_acts(office: Office) -> None:
    await office.hanako.writes("様式が三種類あって迷う", how=How(first_lost=True))
    assert office.rows("select count(*) from draft") == [(1,)]
    assert len(office.hanako.inbox) == 1


async def test_the_bot_is_invited_and_told_whose_channel_it_is(office: Office) -> None:
    kyoku = office.slack.opens("CKYOKU", "窓口局", office.bucho, office.hanako, bot=False)
    await office.invites(office.bucho, "CKYOKU")
    await office.delivered()
    assert len(kyoku.messages) == 1, "it says who it is"
    await office.hanako.presses("channel.ask", kyoku.messages[-1])
    assert office.hanako.modal is None or not office.hanako.modal.body["submit"], "not hers to decide"
    await office.bucho.presses("channel.ask", kyoku.messages[-1])
    await office.bucho.submits(unit="窓口局")
    await office.delivered()
    assert office.rows("select u.code from place p join unit u on u.id=p.unit_id where p.ext_id='T1:CKYOKU'") == [
        ("10",)
    ]


async def test_a_channel_the_bot_is_no_member_of_receives_nothing(office: Office) -> None:
    office.slack.opens("CELSE", "雑談", office.hanako, bot=False)
    await office.hanako.types("/kizuki きょう", channel="CELSE")
    await office.hanako.types("/kizuki 様式が三種類あって迷う", channel="CELSE")
    assert "様式が三種類" in office.hanako.sees
    assert office.rows("select count(*) from place where ext_id='T1:CELSE'") == [(0,)]


async def test_an_expired_trigger_is_told_where_the_person_is(office: Office) -> None:
    await office.hanako.opens_home()
    for how in (How(), How()):
        office.slack.refuse("views.open", error="expired_trigger_id")
        await office.hanako.types("/kudos", channel="CMADO", how=how)
        assert "もう一度" in office.hanako.sees
    office.slack.refuse("views.open", error="expired_trigger_id")
    await office.hanako.types("/kizuki ヘルプ", channel="CMADO")
    await office.hanako.presses("note.compose")
    assert "もう一度" in office.hanako.ephemerals[-1].plain


async def test_guests_strangers_and_bots_may_read_and_are_told_why(office: Office) -> None:
    guest = office.slack.person("kyaku", restricted=True)
    stranger = office.slack.person("yoso", email="someone@elsewhere.example")
    office.slack.channel("CMADO").members += [guest.id, stranger.id]
    for somebody in (guest, stranger):
        await somebody.types("/kizuki 様式が三種類あって迷う", channel="CMADO")
        assert "様式が三種類あって迷う" in somebody.sees, "the text is given back"
        assert office.rows("select count(*) from draft") == [(0,)]
        await somebody.types("/kizuki きょう", channel="CMADO")
        assert "#" in somebody.sees
        await somebody.uses_shortcut("note.compose")
        await somebody.closes(all_of_them=True)


async def test_files_come_to_the_persons_own_chat(office: Office) -> None:
    await office.hanako.types("/kizuki わたしの記録", channel="CMADO")
    await office.hanako.presses("slack.file")
    await office.settled()
    files = list(office.slack.files.values())
    assert len(files) == 1
    assert files[0].shared == [office.hanako.dm]
    assert b"hanako" in (files[0].content or b"")
    shown = office.hanako.ephemerals[0]
    token = next(
        e["value"]
        for b in shown.blocks
        for e in b.get("elements", ())
        if e.get("action_id", "").startswith("slack.file")
    )
    await office.taro.types("/kizuki わたしの記録", channel="CMADO")
    forged = office.taro.ephemerals[-1]
    for _, element in elements(forged):
        if element["action_id"].startswith("slack.file"):
            element["value"] = token
    await office.taro.presses("slack.file", forged)
    await office.settled()
    assert len(office.slack.files) == 1, "not taro's to fetch"


async def test_logs_hold_no_words_and_no_tokens(hasty: Office, caplog: pytest.LogCaptureFixture) -> None:
    office = hasty
    caplog.set_level(logging.DEBUG)
    await office.hanako.types("/kizuki 極秘の様式が三種類あって迷う", channel="CMADO")
    await office.hanako.presses("note.confirm", numbers=["2"])
    office.slack.refuse("chat.postMessage", error="missing_scope")
    await office.delivered()
    office.slack.refuse("chat.postMessage", status=500)
    await office.taro.writes("極秘の別の話")
    said = "\n".join(f"{r.name} {r.getMessage()}" for r in caplog.records)
    assert "confirm" in said
    for secret in ("極秘", office.slack.token, office.slack.signing_secret, office.slack.app_token, "UHANAKO"):
        assert secret not in said, secret
