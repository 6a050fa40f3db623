"""Who may do what: roles reach down from a unit, begin and end on days, and one function decides."""

import re
from pathlib import Path

import pytest

from bot import people as who_may
from bot.people import Thing
from bot.turn import Turn
from storage import people, roles, units
from storage.database import Tx
from tests.talk import Talk

NOTE = "番号札の紙がない"


async def _noted(talk: Talk, *, audience: str = "unit") -> None:
    await talk.hanako.says(f"/kizuki {NOTE}")
    await talk.hanako.presses("note.confirm", numbers=["1"], audience=[audience])


async def test_a_bureaus_secretariat_reaches_its_own_notes_and_no_others(talk: Talk) -> None:
    await talk.grants("sakura", "secretariat", "10")
    await talk.grants("ken", "secretariat", "20")
    await _noted(talk, audience="office")
    await talk.delivered()
    assert any(NOTE in m for m in talk.sakura.inbox)
    assert talk.ken.inbox == []
    assert NOTE in await talk.sakura.says("/kizuki 表示 1")
    assert NOTE not in await talk.ken.says("/kizuki 表示 1")
    assert NOTE in await talk.sakura.opens_home()
    assert NOTE not in await talk.ken.opens_home()
    await talk.ken.sends("note.answered", "1:open", state=["received"])
    assert talk.rows("select state from note") == [("open",)]
    await talk.sakura.sends("note.answered", "1:open", state=["received"])
    assert talk.rows("select state from note") == [("received",)]
    await talk.ticks("digest", "2026-11-30T08:30:00+09:00")
    await talk.delivered()
    assert NOTE in talk.sakura.inbox[-1]
    assert talk.ken.inbox == []


async def test_only_who_looks_after_the_whole_organisation_reads_its_report(talk: Talk) -> None:
    await talk.grants("taro", "executive", "10")
    assert "窓口局 表彰のための報告" in await talk.taro.says("/kizuki 報告"), "but that of their own part"
    assert "担当の人だけ" in await talk.taro.sends("report.page", "2026-11-01/2026-12-01//top/0")
    assert "窓口局" in await talk.taro.says("/kizuki まとめ"), "and its digest"
    assert "表彰のための報告" in await talk.chiji.says("/kizuki 報告")


async def test_a_manager_of_everything_has_the_digest_of_the_top(talk: Talk) -> None:
    await talk.grants("chiji", "manager")
    await talk.ticks("digest", "2026-11-30T08:30:00+09:00")
    await talk.delivered()
    assert "本庁 週のまとめ" in talk.chiji.inbox[0]


async def test_a_role_begins_and_ends_on_its_days(talk: Talk) -> None:
    def lent(tx: Tx) -> None:
        taro = people.by_number(tx, "taro", today="2026-11-24")
        unit = units.by_code(tx, "1010")
        assert taro
        assert unit
        roles.add(tx, taro.id, "manager", unit_id=unit.id, starts_on="2026-11-25", ends_on="2026-11-27")

    await talk.database.transact(lent)
    await _noted(talk)
    for _, may in ((24, False), (25, True), (26, True), (27, False)):
        assert (await _may(talk, "taro", "note.answer")) is may
        talk.later(days=1)


async def test_several_roles_of_one_person_add_up(talk: Talk) -> None:
    await talk.grants("kacho", "secretariat")
    assert await _may(talk, "kacho", "note.answer", Thing(unit_id=None, audience="office"))
    await talk.kacho.says("/kizuki 報告")
    assert "表彰のための報告" in talk.kacho.sees


async def test_who_wants_no_digest_gets_none(talk: Talk) -> None:
    await talk.kacho.sends("preferences.open")
    await talk.kacho.presses("保存する", gets=["reminders"])
    await talk.ticks("digest", "2026-11-30T08:30:00+09:00")
    await talk.delivered()
    assert talk.kacho.inbox == []
    assert len(talk.bucho.inbox) == 1


async def test_a_digest_can_be_read_for_the_people_who_are_here_now(talk: Talk) -> None:
    await _noted(talk)
    await talk.moves("hanako", "1020", "2026-11-25")
    await talk.grants("ken", "manager", "1020")
    talk.later(days=2)
    then, now = await talk.kacho.says("/kizuki まとめ"), await talk.kacho.presses("いまいる人で見る")
    assert NOTE in then
    assert "気づきは1件" in then
    assert "気づきも感謝もありません" in now
    assert "いまこの部署にいる人の記録" in now
    assert "Notes so far: 1" not in await talk.ken.says("/kizuki digest")
    assert "Notes so far: 1" in await talk.ken.presses("Read it for the people here now")
    assert "Notes so far: 1" not in await talk.ken.presses("Read it as it was then")


async def test_others_units_cannot_be_read_by_a_forged_press(talk: Talk) -> None:
    unit = talk.rows("select id from unit where code = '20'")[0][0]
    assert "担当の人だけ" in await talk.kacho.sends("digest.view", f"{unit}:now")
    assert "担当の人だけ" in await talk.hanako.sends("digest.view", f"{unit}:then")


@pytest.mark.parametrize("action", ["note.see", "note.answer", "recognition.read", "leader.write", "person.look_up"])
async def test_a_stranger_may_nothing(talk: Talk, action: str) -> None:
    def look(tx: Tx) -> bool:
        return who_may.may(Turn(tx, talk.house, talk.now), action, Thing())

    assert await talk.database.read(look) is False


def test_only_one_function_looks_at_roles() -> None:
    """Features ask `may`, `require` and the lists in bot/people.py; none looks at roles itself."""
    asks = re.compile(r"roles\.of\(|turn\.roles")
    found = [p.name for p in Path("bot").glob("*.py") if asks.search(p.read_text(encoding="utf-8"))]
    assert sorted(found) == ["people.py", "turn.py"]


async def _may(talk: Talk, name: str, action: str, thing: Thing | None = None) -> bool:
    def look(tx: Tx) -> bool:
        turn = Turn(tx, talk.house, talk.now)
        turn.who = people.by_number(tx, name, today=turn.day)
        unit = units.by_code(tx, "1010")
        assert unit
        return who_may.may(turn, action, thing or Thing(unit_id=unit.id))

    return await talk.database.read(look)
