"""Answering surveys in Teams: from the card in a channel, by a word, from one's own chat."""

from tests import surveys
from tests.surveys import SCALE, THREE, counted, question
from tests.teams.conversations import Message
from tests.teams.office import Office

LINE = "窓口の端末が遅い"
COUNTED = {(1, "", ""): 1, (1, "adoption", "heard"): 1, (1, "hindered", "time"): 1, (1, "hindered", "tools"): 1}


async def _invited(office: Office, asked: tuple[object, ...]) -> Message:
    """Open a survey and have its card in the channel."""
    await office.hanako.installs()
    await office.settled()
    await surveys.opened(office.database, office.bot, asked)  # type: ignore[arg-type]
    await surveys.invited(office.database, office.bot)
    await office.delivered()
    return office.madoguchi.messages[-1]


async def test_one_press_in_the_channel_is_answered_in_ones_own_chat(office: Office) -> None:
    card = await _invited(office, SCALE)
    assert "mood はどうですか" in card.plain
    await office.hanako.presses("4", card)
    await office.settled()
    assert "ありがとうございました" in office.hanako.inbox[-1].plain
    assert not card.edits, "the card stays for the others"
    assert office.madoguchi.messages[-1] is card, "and nobody there learns who answered"
    assert counted(office.database) == {(1, "", ""): 1, (1, "mood", "4"): 1}
    await office.hanako.presses("回答を変える", office.hanako.inbox[-1])
    await office.hanako.submits(q1="1")
    assert "変えました" in office.hanako.sees
    assert counted(office.database) == {(1, "", ""): 1, (1, "mood", "1"): 1}


async def test_whoever_has_no_chat_of_their_own_answers_all_the_same_and_unseen(office: Office) -> None:
    card = await _invited(office, SCALE)
    rule = office.teams.refuse("create", status=403, code="BotNotInConversationRoster", times=9)
    await office.taro.presses("4", card)
    await office.settled()
    rule.stop()
    assert counted(office.database) == {(1, "", ""): 1, (1, "mood", "4"): 1}
    assert office.madoguchi.messages[-1] is card, "nobody is asked in public to add the bot"


async def test_the_channels_button_opens_the_questions_for_whoever_pressed(office: Office) -> None:
    card = await _invited(office, THREE)
    await office.hanako.presses("答える", card)
    assert office.hanako.dialog
    await office.hanako.submits(q1="heard", q2=["time", "none"], q3=LINE)
    assert list(office.hanako.errors) == ["q2"]
    await office.hanako.submits(q2=["time", "tools"])
    assert "ありがとうございました" in office.hanako.sees
    assert counted(office.database) == COUNTED
    assert not card.edits


async def test_the_receipt_is_kept_in_ones_own_chat(office: Office) -> None:
    await office.hanako.presses("答える", await _invited(office, THREE))
    await office.hanako.submits(q1="heard", q2=["time", "tools"])
    before = len(office.hanako.inbox)
    await office.hanako.presses("控えを")
    await office.settled()
    assert len(office.hanako.inbox) == before + 1
    kept = office.hanako.inbox[-1]
    office.hanako.dialog = None
    await office.hanako.presses("回答を変える", kept)
    await office.hanako.submits(q1="read")
    await office.settled()
    assert counted(office.database)[1, "adoption", "read"] == 1
    assert "変えました" in office.hanako.inbox[-1].plain, "the new receipt stands where the old one was"
    office.hanako.dialog = None
    await office.hanako.presses("回答を変える", kept)
    assert "もう使われています" in office.hanako.sees


async def test_a_word_lists_what_is_open_and_one_press_answers_there(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    await office.hanako.writes("パルス")
    await office.settled()
    assert "答えを待っているアンケートはありません" in office.hanako.sees
    await surveys.opened(office.database, office.bot, (question("nps", "recommendation"),))
    await office.hanako.writes("アンケート")
    await office.settled()
    await office.hanako.presses("10")
    assert "ありがとうございました" in office.hanako.sees, "in the place of the list"
    await office.settled()
    assert counted(office.database) == {(1, "", ""): 1, (1, "recommendation", "10"): 1}


async def test_an_old_client_answers_too(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    await surveys.opened(office.database, office.bot, SCALE)
    await office.hanako.writes("pulse")
    await office.settled()
    await office.hanako.presses("4", old_client=True)
    await office.settled()
    assert "ありがとうございました" in office.hanako.sees
    assert counted(office.database) == {(1, "", ""): 1, (1, "mood", "4"): 1}


async def test_an_old_client_in_a_channel_answers_unseen_and_keeps_the_receipt(office: Office) -> None:
    card = await _invited(office, SCALE)
    await office.hanako.presses("4", card, old_client=True)
    await office.settled()
    assert "ありがとうございました" in office.hanako.inbox[-1].plain
    assert office.madoguchi.messages[-1] is card
    assert not card.edits
    rule = office.teams.refuse("create", status=403, code="BotNotInConversationRoster", times=9)
    await office.taro.presses("1", card, old_client=True)
    await office.settled()
    rule.stop()
    assert counted(office.database) == {(1, "", ""): 2, (1, "mood", "4"): 1, (1, "mood", "1"): 1}
    assert office.madoguchi.messages[-1] is card, "nobody is asked in public to add the bot"


async def test_where_whispers_are_allowed_an_old_clients_receipt_is_in_its_own_chat(targeted: Office) -> None:
    """What only one person sees in a channel is gone after a while."""
    card = await _invited(targeted, SCALE)
    await targeted.hanako.presses("4", card, old_client=True)
    await targeted.settled()
    assert targeted.hanako.whispers == []
    assert "ありがとうございました" in targeted.hanako.inbox[-1].plain


async def test_a_client_without_dialogs_leaves_no_filled_form_behind(office: Office) -> None:
    """The form stands in the chat itself; whatever is sent, its answers do not stay there."""
    await _invited(office, THREE)
    hanako = office.hanako
    hanako.opens_dialogs = False
    await hanako.writes("pulse")
    await office.settled()
    await hanako.presses("答える", old_client=True)
    await office.settled()
    form = hanako.inbox[-1]
    await hanako.presses("送る", form, old_client=True, q1="heard", q2=["time", "none"], q3=LINE)
    await office.settled()
    assert hanako.inbox[-1] is form, "in its place, with what is wrong"
    assert LINE in str(form.card)
    await hanako.presses("送る", form, old_client=True, q2=["time", "tools"])
    await office.settled()
    assert "ありがとうございました" in form.plain
    await hanako.presses("控えを", form, old_client=True)
    await office.settled()
    stored = hanako.inbox[-1]
    await hanako.presses("回答を変える", stored, old_client=True)
    await office.settled()
    filled = hanako.inbox[-1]
    assert LINE in str(filled.card)
    await hanako.presses("この内容に変える", filled, old_client=True, q1="read")
    await office.settled()
    assert "変えました" in filled.plain, "the receipt stands where the form was"
    assert not any(LINE in str(message.card) for message in hanako.inbox)
    assert counted(office.database)[1, "adoption", "read"] == 1


async def test_an_old_clients_form_in_a_channel_stands_in_its_own_place(targeted: Office) -> None:
    office, jimu = targeted, targeted.jimu
    await jimu.writes("@kizuki アンケートを作る", channel=office.madoguchi)
    await office.settled()
    [form] = jimu.whispers
    await jimu.presses("survey.preview", form, old_client=True, set="own", question="番号札は見やすいですか")
    await office.settled()
    assert jimu.whispers == [form]
    assert "番号札は見やすいですか" in str(form.card), "what was filled in, with what is wrong"
    assert "answers" in jimu.errors
    await jimu.presses("survey.preview", form, old_client=True, answers="はい\nいいえ")
    await office.settled()
    await jimu.presses("この内容で始める", form, old_client=True)
    await office.settled()
    assert "アンケートを始めました" in form.plain
    assert jimu.whispers == [form]
    assert not [message for message in office.madoguchi.messages if "番号札" in message.plain and not message.to]


async def test_the_secretariat_asks_in_three_languages_with_lots(office: Office) -> None:
    jimu = office.jimu
    await jimu.installs()
    await office.settled()
    await jimu.writes("アンケートを作る")
    await office.settled()
    question, english = "番号札は見やすいですか", "Is the ticket number easy to see?"
    await jimu.presses("survey.preview", set="own", question=question, answers="はい\nいいえ", answers_en="Yes")
    assert list(jimu.errors) == ["answers_en"]
    await jimu.presses("survey.preview", question_en=english, answers_en="Yes\nNo", whom="panel", panel="12")
    assert list(jimu.errors) == ["whom"], "one in twelve is too few here"
    await jimu.presses("survey.preview", whom="everyone")
    assert "English：Is the ticket number easy to see?（Yes / No）" in jimu.sees
    await jimu.presses("この内容で始める")
    assert "アンケートを始めました" in jimu.sees
