"""Somebody who did everything kizuki knows of: a row in every table that refers to a person."""

from storage import (
    absences,
    accounts,
    announcements,
    audit,
    awards,
    daily,
    drafts,
    files,
    given,
    inductions,
    messages,
    outbox,
    places,
    pulses,
    roles,
    sign_ins,
    unit_figures,
)
from storage.announcements import NewAnnouncement
from storage.database import Tx
from storage.pulses import NewPulse
from tests.talk import Talk

NASTY = "<script>alert(1)</script> \"' & {0} 番号札の紙 🙂"
HIDDEN = "匿名の人のことば"


async def full_life(talk: Talk) -> None:
    """Have hanako write, change, delete, thank, be thanked, join, clap, read, answer, be away, and so on."""
    await _writes(talk)
    await _thanks(talk)
    await talk.hanako.sends("daily.read", f"1:{talk.now.date().isoformat()}:goals")
    await talk.delivered()
    await talk.database.transact(lambda tx: _beside(tx, talk))


async def _writes(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["1"])
    await talk.hanako.sends("note.edit", "1")
    await talk.hanako.presses("note.edited", text=[NASTY], numbers=["1"])
    await talk.kacho.sends("note.answered", "1:open", state=["considering"], reason=["12月に決めます"])
    await talk.taro.sends("note.support", "1")
    await talk.taro.says(f"/kizuki {HIDDEN}")
    await talk.taro.presses("note.confirm", numbers=["2"], audience=["anonymous"])
    await talk.hanako.sends("note.support", "2")
    await talk.hanako.says("/kizuki 事務局だけに伝えたいこと")
    await talk.hanako.presses("note.confirm", numbers=["none"], audience=["office"])
    await talk.hanako.says("/kizuki 消してしまう気づき")
    await talk.hanako.presses("note.confirm", numbers=["3"])
    await talk.hanako.presses("note.delete")
    await talk.hanako.says("/kizuki 書きかけの気づき")


async def _thanks(talk: Talk) -> None:
    await talk.hanako.says("/kudos @taro 引き継ぎ資料が丁寧で助かりました")
    await talk.hanako.presses("kudos.confirm", numbers=["1"])
    await talk.ken.says("/kudos @hanako 窓口で一緒に考えてくれました")
    await talk.ken.presses("kudos.confirm", numbers=["2"])
    await talk.ken.says("/kudos @hanako 取り下げたお礼のことばです")
    await talk.ken.presses("kudos.confirm", numbers=["2"])
    await talk.ken.presses("kudos.take_back")
    await talk.ken.says("/kudos @taro 相談に乗ってくれて助かりました")
    await talk.ken.presses("kudos.confirm", numbers=["3"])
    await talk.hanako.sends("kudos.clap", "4")
    await talk.hanako.says("/kudos @taro まだ送っていない感謝のことばです")


def numbered(tx: Tx, number: str) -> int:
    """A person's key."""
    tx.cursor.execute(f"select id from person where number = '{number}'")
    return int(tx.cursor.fetchone()[0])


def _beside(tx: Tx, talk: Talk) -> None:
    at, today, tomorrow = round(talk.now.timestamp() * 1000), "2026-11-24", "2026-11-25"
    me, taro, kacho = (numbered(tx, name) for name in ("hanako", "taro", "kacho"))
    tx.cursor.execute(
        f"update person set deliver_to = 'wire/hanako', used = 'wire/hanako', email = 'h@example.jp', language = 'ja', "
        f"title_ja = '主事', title_en = 'Staff', quiet_from = '19:00', quiet_to = '08:00' where id = {me}"
    )
    accounts.add(tx, "playground", "hana", person_id=me, at=at)
    accounts.show_code(tx, "wire", "hanako", code="123456", expires_at=at + 60_000)
    accounts.miss(tx, "wire", "hanako", at=at)
    roles.add(tx, me, "manager", unit_id=2, starts_on="2020-04-01", ends_on="2021-04-01")
    roles.stand_in(tx, me, taro, starts_on=today, ends_on=None)
    roles.stand_in(tx, kacho, me, starts_on=today, ends_on=None)
    absences.add(tx, me, starts_on=today, ends_on=tomorrow)
    inductions.begin(tx, me, starts_on=today, unit_id=2, first=False)
    drafts.add(tx, person_id=me, kind="leader", text="ことばの下書き", data={"day": tomorrow}, expires_at=at + 60_000)
    daily.mark(tx, me, 1, "read", day=today, facet="goals", unit_id=2, pack="tokyo", version="1.1.0")
    for day in (today, "2026-11-30"):
        daily.plan(tx, person_id=me, number=1, edition="tokyo@1.1.0", text="リーダーのことば", day=day, at=at)
    tx.cursor.execute(f"insert into quota (person_id, day, used) values ({me}, '2026-11-20', 2)")
    tx.cursor.execute(
        f"insert into note_step (note_id, person_id, state, reason, at) values (2, {me}, 'received', '', 1)"
    )
    files.add(tx, "t" * 43, person_id=me, name="x.csv", media="text/csv", content="x", at=at, expires_at=at + 60_000)
    sign_ins.add_link(tx, "a hash", person_id=me, at=at, expires_at=at + 60_000)
    sign_ins.begin(tx, me, mark="another hash", form="form", how="link", at=at)
    places.save(
        tx, platform="playground", ext_id="dm:hana", private=True, address={"x": 1}, person_id=me, account="hana"
    )
    asked = NewPulse(
        code="weekly-2026-11-24",
        name="weekly",
        questions="[]",
        audience="{}",
        tree="{}",
        k=5,
        invited=1,
        opened_on=today,
        closes_on="2026-11-28",
        salt="",
        key_check="",
    )
    pulses.close(tx, pulses.add(tx, asked, [], [(me, 1)]), day=today, released="", pieces="")
    _tells(tx, me, at)
    held = awards.open_round(tx, "2026-10-01/2026-11-01/", first_on="2026-10-01", end_on="2026-11-01", unit_id=None)
    awards.save(tx, held.id, 1, edition="tokyo@1.1.0", citation="hanakoさんのことば", winners=[(me, 3)])
    given.replace(tx, held.id, awards.chosen(tx, held.id), at=1)
    body = outbox.body(tx, "hello", '{"blocks":[],"summary":"あなたへ","lang":"ja"}', at=at)
    outbox.post(tx, "hello:me", body, due_at=at, person_id=me)
    chat = places.find(tx, "wire", "dm:hanako")
    assert chat is not None
    outbox.post(tx, "hello:chat", body, due_at=at, place_id=chat.id)
    messages.add(tx, "k1", "hiroba", at=at, author="hana", text="おはよう")
    messages.add(tx, "k2", "hiroba", at=at, only_for="hana", card='{"blocks":[],"summary":"あなただけに","lang":"ja"}')
    messages.add(tx, "k3", "dm:hana", at=at, card='{"blocks":[],"summary":"ふたりの話","lang":"ja"}')
    messages.add(tx, "k4", "hiroba", at=at, author="ken", text="おはようございます")
    audit.add(tx, "role.begin", actor=f"person:{kacho}", subject=f"person:{me}", at=at, role="manager")
    audit.add(tx, "role.end", actor=f"person:{me}", subject=f"person:{taro}", at=at, role="manager")


STORY = "電子申請の入口を一つにしました"


def _tells(tx: Tx, me: int, at: int) -> None:
    """An announcement, and a unit's figure with all that belongs to it."""
    said = {"words": '{"ja": ["題", "お知らせの本文"]}', "number": None, "edition": "tokyo@1.1.0", "does": "read"}
    whom = {"link": "", "whom": "units", "units": "[20]", "due_at": at, "expires_at": at, "at": at}
    made = announcements.add(tx, NewAnnouncement(person_id=me, **said, **whom))  # type: ignore[arg-type]
    announcements.see(tx, made, me, read_at=at, pressed_at=None)
    words = '{"ja": ["ファクス", "枚"]}'
    row = {"unit_id": 2, "words": words, "better": "less", "target": None, "person_id": me, "reporter_id": me}
    figure = unit_figures.add(tx, **row, starts_on="2026-07-01", at=at)
    unit_figures.report(tx, figure, "2026-10-01", 40_000, person_id=me, at=at)
    days = {"first": "2026-07-01", "end": "2026-10-01"}
    story = unit_figures.ask(tx, figure, **days, person_id=me, before=90_000, after=40_000, at=at)
    assert story is not None
    unit_figures.settle(tx, story, was="asked", to="told", text=STORY, told_at=at)
    body = outbox.body(tx, f"figure-told:{story}", f'{{"blocks":[],"summary":"{STORY}","lang":"ja"}}', at=at)
    channel = places.find(tx, "wire", "madoguchi")
    assert channel is not None
    outbox.post(tx, f"figure-told:{story}", body, due_at=at, place_id=channel.id)
