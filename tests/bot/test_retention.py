"""Nothing is kept longer than app.yaml says; whoever leaves hears nothing more and is unlinked that day."""

import asyncio
import io
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from rich.console import Console

from adapters import retentions
from bot import retention
from bot.privacy import Privacy
from bot.turn import House, Turn
from storage import accounts, outbox, places, roles, search
from storage.database import Tx
from tests.full_life import full_life, numbered
from tests.rows import digest
from tests.talk import PLATFORM, Someone, Talk

DAY = 86_400_000


async def _run(talk: Talk, house: House | None = None) -> dict[str, int]:
    """The night's clearing; what the audit log says of it."""
    before = talk.rows("select count(*) from audit where action = 'retention'")
    await talk.database.transact(lambda tx: retention.run(Turn(tx, house or talk.house, talk.now, key="retention")))
    found = talk.rows("select detail from audit where action = 'retention' order by id desc limit 1")
    after = talk.rows("select count(*) from audit where action = 'retention'")
    if after == before:
        return {}
    counts: dict[str, int] = json.loads(str(found[0][0]))
    return counts


async def _depart(talk: Talk) -> None:
    await talk.database.transact(lambda tx: retention.depart(Turn(tx, talk.house, talk.now, key="leavers")))


async def _leave(talk: Talk, name: str, day: str) -> None:
    def leave(tx: Tx) -> None:
        tx.cursor.execute(f"update person set left_on = '{day}' where number = '{name}'")

    await talk.database.transact(leave)


def _kept(house: House, **periods: timedelta) -> House:
    """The house with other periods."""
    settings = house.settings.model_copy(update={"privacy": Privacy(**periods)})
    return replace(house, settings=settings)


def test_every_period_is_enforced() -> None:
    assert set(retention.KINDS) == set(Privacy.model_fields)
    with pytest.raises(ValueError, match="greater than or equal"):
        Privacy(marks=timedelta(hours=1))


async def test_a_quiet_night_writes_nothing_down(talk: Talk) -> None:
    await full_life(talk)
    assert await _run(talk) == {}
    assert talk.rows("select count(*) from audit where action = 'retention'") == [(0,)]


async def test_the_schedule_runs_both_once_a_night(talk: Talk) -> None:
    await full_life(talk)
    await _leave(talk, "hanako", "2026-11-24")
    talk.later(days=400)
    for job, action in (("leavers", "link.end"), ("retention", "retention")):
        assert await talk.bot.tick(job, talk.now) >= 1
        assert await talk.bot.tick(job, talk.now) == 0
        assert talk.rows(f"select count(*) from audit where action = '{action}'") != [(0,)]


# Each kind: the day before its time is over it is there, the day after it is gone


@pytest.mark.parametrize(
    ("kind", "table", "days"),
    [
        ("edits", "note_edit", 365),
        ("marks", "mark", 3 * 365),
        ("messages", "message", 90),
        ("absences", "absence", 91),
        ("inductions", "induction", 365),
        ("codes", "link_code", 1),
        ("codes", "link_try", 1),
        ("files", "file", 0),
    ],
)
async def test_each_kind_goes_when_its_time_is_over(talk: Talk, kind: str, table: str, days: int) -> None:
    await full_life(talk)
    there = talk.rows(f"select count(*) from {table}")
    assert there != [(0,)]
    if days:
        talk.later(days=days)
        await _run(talk)
        if table != "message":
            assert talk.rows(f"select count(*) from {table}") == there
    talk.later(days=1, minutes=2)
    counts = await _run(talk)
    assert counts[kind] >= 1
    # The newest message keeps its number from being given to another.
    assert talk.rows(f"select count(*) from {table}") == [(1 if table == "message" else 0,)]


async def test_deputies_go_a_year_after_it_ended_and_running_ones_stay(talk: Talk) -> None:
    def arrange(tx: Tx) -> None:
        kacho, taro = numbered(tx, "kacho"), numbered(tx, "taro")
        roles.stand_in(tx, kacho, taro, starts_on="2025-01-01", ends_on="2025-11-23")
        roles.stand_in(tx, kacho, taro, starts_on="2025-01-01", ends_on="2025-11-25")
        roles.stand_in(tx, kacho, taro, starts_on="2020-01-01", ends_on=None)

    await talk.database.transact(arrange)
    assert await _run(talk) == {"deputies": 1}
    assert talk.rows("select ends_on from deputy order by id") == [("2025-11-25",), (None,)]


async def test_messages_that_were_done_with_go_but_a_notes_own_card_stays_known(talk: Talk) -> None:
    await full_life(talk)
    talk.later(days=91)
    assert (await _run(talk))["messages"] > 3
    left = {str(key) for (key,) in talk.rows("select key from outbox where state <> 'waiting'")}
    assert left == {"note:1", "note:2", "kudos:1", "kudos:2", "kudos:4"}
    await talk.hanako.sends("note.delete", "1")
    await talk.delivered()
    assert "取り消されました" in talk.shown_in("madoguchi")[0], "the channel still follows"


async def test_what_waits_is_never_cleared(talk: Talk) -> None:
    def owe(tx: Tx) -> None:
        body = outbox.body(tx, "b", "{}", at=1)
        outbox.post(tx, "k", body, due_at=1, person_id=1)

    await talk.database.transact(owe)
    assert await _run(talk) == {}
    assert talk.rows("select state from outbox") == [("waiting",)]


async def test_words_that_were_deleted_or_taken_back_go_after_a_year(talk: Talk) -> None:
    await full_life(talk)
    await talk.database.transact(search.index)
    talk.later(days=366)
    assert (await _run(talk))["edits"] == 4  # two earlier versions, one deleted note, one kudos taken back
    assert talk.rows("select text from note where deleted_at is not null") == [("—",)]
    assert talk.rows("select text from kudos where taken_back_at is not null") == [("—",)]
    assert talk.rows("select count(*) from note where text = '—'") == [(1,)]
    assert talk.rows("select count(*) from kudos where text = '—'") == [(1,)]
    assert await _run(talk) == {}


async def test_words_of_notes_and_thanks_go_only_where_app_yaml_says_so(talk: Talk) -> None:
    await full_life(talk)
    talk.later(days=3_000)
    await _run(talk)
    assert talk.rows("select count(*) from note where text = '—' and deleted_at is null") == [(0,)]
    short = _kept(talk.house, notes=timedelta(days=400), kudos=timedelta(days=400))
    counts = await _run(talk, short)
    assert counts == {"notes": 3, "kudos": 3}
    assert talk.rows("select count(*) from note where text <> '—'") == [(0,)]
    assert talk.rows("select count(*) from note_tag") == [(2,)], "numbers are counted on"
    assert talk.rows("select count(*) from outbox where key like 'note:_' or key like 'kudos:_'") == [(0,)]
    await talk.database.transact(search.index)
    assert talk.rows("select count(*) from note where text <> plain") == [(0,)]


async def test_a_night_clears_no_more_texts_than_it_can(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    await full_life(talk)
    monkeypatch.setattr("storage.clearing.AT_ONCE", 2)
    talk.later(days=500)
    short = _kept(talk.house, notes=timedelta(days=400))
    assert (await _run(talk, short))["notes"] == 2
    assert (await _run(talk, short))["notes"] == 1


# People who left


async def test_whoever_leaves_is_unlinked_that_day_and_hears_nothing_more(talk: Talk) -> None:
    await full_life(talk)
    await talk.ken.says("/kudos @hanako 最後の日までありがとうございました")
    await talk.ken.presses("kudos.confirm", numbers=["2"])
    await _leave(talk, "hanako", "2026-11-24")
    await _depart(talk)
    me = (await talk.database.read(lambda tx: numbered(tx, "hanako")),)
    assert talk.rows(f"select count(*) from account where person_id = {me[0]}") == [(0,)]
    assert talk.rows("select person_id, how, held from account where ext_id = 'hanako'")[0] in (
        (None, "", 0),
        (None, "", False),
    )
    assert talk.rows(f"select count(*) from outbox where person_id = {me[0]} and state = 'waiting'") == [(0,)]
    assert talk.rows(f"select stopped from induction where person_id = {me[0]}")[0][0]
    before = list(talk.hanako.inbox)
    await talk.delivered()
    assert talk.hanako.inbox == before
    (entry,) = talk.rows(
        f"select actor, subject, detail from audit where subject = 'person:{me[0]}' and action = 'link.end'"
    )
    assert entry == ("schedule", f"person:{me[0]}", '{"accounts": 2, "why": "left"}')
    await _depart(talk)
    assert talk.rows("select count(*) from audit where action = 'link.end'") == [(2,)], "and moto, who left long ago"
    assert talk.rows(f"select count(*) from kudos_to where person_id = {me[0]}") == [(3,)], "thanks stay"


async def test_nobody_else_is_touched(talk: Talk) -> None:
    await _leave(talk, "hanako", "2026-11-25")
    linked = talk.rows("select count(*) from account where person_id is not null")
    await _depart(talk)
    gone = talk.rows("select ext_id from account where person_id is null")
    assert gone == [("moto",)], "who leaves tomorrow is here today"
    assert talk.rows("select count(*) from account where person_id is not null") == [(linked[0][0] - 1,)]  # type: ignore[operator]


async def test_a_messages_to_a_private_chat_is_dropped_too(talk: Talk) -> None:
    def owe(tx: Tx) -> None:
        place = places.find(tx, PLATFORM, "dm:hanako")
        assert place is not None
        body = outbox.body(tx, "b", '{"blocks":[],"summary":"x","lang":"ja"}', at=1)
        outbox.post(tx, "k", body, due_at=1, place_id=place.id)
        other = places.find(tx, PLATFORM, "dm:taro")
        assert other is not None
        outbox.post(tx, "k2", body, due_at=1, place_id=other.id)

    await talk.database.transact(owe)
    await _leave(talk, "hanako", "2026-11-24")
    await _depart(talk)
    assert talk.rows("select key, state from outbox order by id") == [("k", "dropped"), ("k2", "waiting")]


async def test_the_name_goes_a_year_after_leaving(talk: Talk) -> None:
    await full_life(talk)
    await _leave(talk, "hanako", "2026-11-24")
    await _depart(talk)
    me = (await talk.database.read(lambda tx: numbered(tx, "hanako")),)[0]
    talk.now = datetime.fromisoformat("2027-11-23T02:30:00+09:00")
    await _run(talk)
    assert talk.rows(f"select name_ja, email from person where id = {me}") == [("hanako", "h@example.jp")]
    talk.later(days=1)
    assert (await _run(talk))["leavers"] == 1
    assert talk.rows(f"select number, name_ja, name_en, title_ja, email from person where id = {me}") == [
        (f"left:{me}", "—", "—", "", None)
    ]
    assert talk.rows(f"select subject from audit where action = 'leaver.rename' and subject = 'person:{me}'")
    assert talk.rows(f"select count(*) from kudos where giver_id = {me}") == [(1,)]
    talk.later(days=1)
    assert "leavers" not in await _run(talk)


async def test_accounts_that_belong_to_nobody_go_after_a_year_unless_taken_by_hand(talk: Talk) -> None:
    at = round(talk.now.timestamp() * 1000)

    def strangers(tx: Tx) -> None:
        accounts.note(tx, PLATFORM, "passer-by", kind="member", at=at)
        accounts.note(tx, PLATFORM, "taken", kind="member", at=at, held=True)
        places.save(tx, platform=PLATFORM, ext_id="dm:passer-by", private=True, address={}, account="passer-by")

    await talk.database.transact(strangers)
    talk.later(days=365)
    await _run(talk)
    assert talk.rows("select count(*) from account where person_id is null") == [(2,)]
    talk.later(days=1)
    assert (await _run(talk))["accounts"] == 2
    assert talk.rows("select ext_id from account where person_id is null") == [("taken",)]
    assert talk.rows("select count(*) from place where ext_id = 'dm:passer-by'") == [(0,)]
    assert talk.rows("select count(*) from place where private")[0] == (10,), "those of people stay"


async def test_stand_ins_keep_their_marks(talk: Talk) -> None:
    await _forget(talk.hanako)
    talk.later(days=800)
    await _run(talk)
    assert talk.rows("select count(*) from person where number like 'erased:%'") == [(1,)]


async def _forget(someone: Someone) -> None:
    await someone.sends("forget.ask")
    await someone.presses("forget.sure")
    await someone.presses("forget.done")


# kizuki retention


def _printed(talk: Talk, *, dry_run: bool) -> str:
    settings = talk.house.settings.model_copy(update={"database": talk.database.url})
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(retentions.report(replace(talk.house, settings=settings), dry_run=dry_run, now=talk.now))
    return console.export_text()


async def test_the_report_names_every_period_and_what_was_cleared(talk: Talk) -> None:
    assert "Nothing was cleared so far." in _printed(talk, dry_run=False)
    await full_life(talk)
    talk.later(days=91)
    cleared = (await _run(talk))["messages"]
    shown = _printed(talk, dry_run=False)
    for kind, field in Privacy.model_fields.items():
        assert kind in shown
        assert (field.description or "?") in shown
    line = next(line for line in shown.splitlines() if " messages " in line)
    assert [cell.strip() for cell in line.strip("│ ").split("│")][2:] == ["90 days", str(cleared), str(cleared)]
    assert "2027-02-23 10:0" in shown


async def test_a_dry_run_says_exactly_what_the_next_run_clears_and_clears_nothing(talk: Talk) -> None:
    await full_life(talk)
    talk.later(days=400)

    before = await talk.database.read(digest)
    shown = await asyncio.to_thread(_printed, talk, dry_run=True)
    assert "Nothing was changed." in shown
    assert await talk.database.read(digest) == before
    cleared = await _run(talk)
    assert len(cleared) > 5
    for kind in Privacy.model_fields:
        line = next(line for line in shown.splitlines() if f" {kind} " in line[:20])
        assert line.strip("│ ").split("│")[-1].strip() == str(cleared.get(kind, 0)), kind
