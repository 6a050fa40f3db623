"""Announcements and units' figures in Teams: the secretariat's dialogs, everybody's chat, a press, a correction."""

from typing import Any

from tests.teams.office import Office
from tests.teams.person import Person

TEXT = "12月から色で分けます。"


async def _writes(office: Office, **fields: Any) -> Person:
    """The secretariat sends an announcement to a division whose people have a chat with kizuki."""
    for one in (office.hanako, office.taro, office.kacho, office.jimu):
        await one.installs()
    await office.settled()
    jimu = office.jimu
    await jimu.writes("お知らせ")
    await office.settled()
    await jimu.presses("お知らせを書く")
    await jimu.presses("announce.preview", title="番号札が変わります", text=TEXT, whom="units", **fields)
    return jimu


async def test_an_announcement_is_written_sent_read_and_corrected(office: Office) -> None:
    jimu = await _writes(office)
    assert list(jimu.errors) == ["units"]
    await jimu.presses("announce.preview", units="1010")
    assert "3人のうち、いま届くのは3人" in jimu.sees
    await jimu.presses("この内容で届ける")
    assert "3人に届け始めました" in jimu.sees
    await office.delivered()
    card = office.hanako.inbox[-1]
    assert TEXT in card.plain
    await office.hanako.presses("読みました", card)
    await office.settled()
    assert "受け取りました" in office.hanako.inbox[-1].plain
    assert TEXT in card.plain, "the announcement stays"
    jimu.dialog = None
    await jimu.writes("お知らせ")
    await office.settled()
    await jimu.presses("内容を直す")
    await jimu.presses("announce.edited", text="1月からに変わりました。")
    await office.delivered()
    assert "1月からに変わりました" in card.plain, "in the place of the earlier words"


async def test_a_figure_is_reported_from_the_reminder_in_one_dialog(office: Office) -> None:
    kacho = office.kacho
    await kacho.installs()
    await office.settled()
    await kacho.writes("数字")
    await office.settled()
    await kacho.presses("変えたい数字を決める")
    await kacho.presses("figure.save", name="窓口で受け取るファクス", measure="枚", target="300")
    assert "決めました" in kacho.sees
    office.later(days=7)
    await office.bot.tick("reminders", office.now.replace(hour=8, minute=45))
    await office.delivered()
    kacho.dialog = None
    await kacho.presses("報告する", kacho.inbox[-1])
    await kacho.presses("figure.reported", value="たくさん")
    assert list(kacho.errors) == ["value"]
    await kacho.presses("figure.reported", value="２８０")
    assert "280枚を受け取りました" in kacho.sees


async def test_teams_tells_what_was_read_where_it_is_asked_to(telling: Office) -> None:
    office = telling
    jimu = await _writes(office, units="1010")
    await jimu.presses("この内容で届ける")
    await office.delivered()
    card = office.hanako.inbox[-1]
    await _reads(office, office.hanako, str(int(card.id) - 1))
    assert office.rows("select count(*) from announcement_seen") == [(0,)]
    await _reads(office, office.hanako, str(int(card.id) + 5))
    office.later(minutes=1)
    await _reads(office, office.hanako, str(int(card.id) + 9))
    assert len(office.rows("select person_id, read_at from announcement_seen where pressed_at is null")) == 1
    for odd in ("", "x", "-1", "９９", "9" * 40):
        await _reads(office, office.taro, odd)
    await office.teams.events.tell(office.taro, office.madoguchi, kind="event", name=RECEIPT, value=[])
    jimu.dialog = None
    await jimu.writes("お知らせ")
    await office.settled()
    await jimu.presses("届き方を見る")
    await office.settled()
    seen = jimu.inbox[-1].plain.replace("\u2003", " ")
    assert "読んだと分かる 1人" in seen
    assert "ボタンを押した 0人" in seen
    assert "開いたことが知らされたとき" in seen
    assert len(office.rows("select person_id from announcement_seen")) == 1


RECEIPT = "application/vnd.microsoft.readReceipt"


async def _reads(office: Office, who: Person, last: str) -> None:
    """Teams tells the app what somebody read last."""
    value = {"lastReadMessageId": last}
    await office.teams.events.tell(who, who.chat, kind="event", name=RECEIPT, value=value)
