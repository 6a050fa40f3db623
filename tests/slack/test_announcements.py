"""Announcements and units' figures in Slack: the secretariat's dialogs, everybody's chat, a press, a correction."""

from tests.slack.office import Office

TEXT = "12月から色で分けます。"


async def test_an_announcement_is_written_sent_read_and_corrected(office: Office) -> None:
    for one in office.everyone:
        await one.opens_home()
    jimu, hanako = office.jimu, office.hanako
    await jimu.types("/kizuki お知らせ")
    await jimu.presses("お知らせを書く")
    assert jimu.modal
    await jimu.submits(title="番号札が変わります", text=TEXT, whom="units")
    assert list(jimu.errors) == ["units"]
    await jimu.submits(units="1010")
    assert "3人のうち、いま届くのは3人" in jimu.sees
    assert TEXT in jimu.sees
    await jimu.presses("自分のチャットに見本を送る")
    await office.delivered()
    assert TEXT in jimu.inbox[-1].plain
    await jimu.presses("この内容で届ける")
    assert "3人に届け始めました" in jimu.sees
    await office.delivered()
    card = hanako.inbox[-1]
    assert TEXT in card.plain
    assert "お知らせ" in card.text
    assert not any(TEXT in message.plain for message in office.ken.inbox)
    await hanako.presses("読みました", card)
    assert "受け取りました" in hanako.sees
    await jimu.closes(all_of_them=True)
    await jimu.types("/kizuki お知らせ")
    await jimu.presses("届き方を見る")
    assert "Slackでは、読んだかどうかは kizuki に知らされません" in jimu.sees
    await jimu.presses("押した人（1）")
    assert "hanako" in jimu.sees
    await jimu.types("/kizuki お知らせ")
    await jimu.presses("内容を直す")
    await jimu.submits(text="1月からに変わりました。")
    await office.delivered()
    assert "1月からに変わりました" in card.plain, "in the place of the earlier words"
    assert card.edits


async def test_a_figure_is_reported_from_the_reminder_in_one_dialog(office: Office) -> None:
    await office.kacho.opens_home()
    await office.kacho.types("/kizuki 数字")
    await office.kacho.presses("変えたい数字を決める")
    await office.kacho.submits(name="窓口で受け取るファクス", measure="枚", target="x")
    assert list(office.kacho.errors) == ["target"]
    await office.kacho.submits(target="300")
    assert "決めました" in office.kacho.sees
    office.later(days=7)
    await office.bot.tick("reminders", office.now.replace(hour=8, minute=45))
    await office.delivered()
    await office.kacho.presses("報告する", office.kacho.inbox[-1])
    await office.kacho.submits(value="たくさん")
    assert list(office.kacho.errors) == ["value"]
    await office.kacho.submits(value="２８０")
    assert "280枚を受け取りました" in office.kacho.sees
    assert "目標の300枚に届きました" in office.kacho.sees
