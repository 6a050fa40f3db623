"""Moving to another version: what was tagged keeps its numbers, and reports before and after add up."""

import json
import random
from collections import Counter
from dataclasses import replace

import pytest

from bot import editions, pack_files, recognition, reports
from bot.cards import Choice
from bot.editions import Unmoved
from bot.packs import Header, Pack
from bot.turn import Turn
from storage import editions as stored
from storage.database import Tx
from tests import counts
from tests.bot.test_packs import PACKS, loaded
from tests.talk import Someone, Talk

SPAN = {"since": 0, "until": 10**15}


def later(old: Pack, renumbered: dict[int, int | None], *, size: int) -> Pack:
    """A version after `old` with `size` principles and other numbers."""
    name = {"ja": "新", "en": "New", "ja-easy": "新"}
    header = Header(id=old.id, version="2.0.0", follows=old.version, name=name, renumbered=renumbered)
    back = {now: before for before, now in reversed(renumbered.items()) if now}
    principles = tuple(
        old.by_number[back.get(n, n if n in old.by_number else 1)].model_copy(update={"number": n})
        for n in range(1, size + 1)
    )
    return Pack(header=header, principles=principles, before=old)


async def noted(talk: Talk, *numbers: int) -> None:
    await talk.hanako.says("/kizuki 窓口で気づいたことです")
    await talk.hanako.presses("note.confirm", numbers=[str(n) for n in numbers] or ["none"])


async def thanked(talk: Talk, *numbers: int) -> None:
    text = " ".join(f"#{n}" for n in numbers)
    await talk.hanako.says(f"/kudos @taro @ken いつも助けてくれてありがとう {random.random()} {text}")
    await talk.hanako.presses("kudos.confirm", numbers=[str(n) for n in numbers])


async def moved(talk: Talk, pack: Pack) -> int:
    """The organisation moves, and its bot starts again with the new version."""
    changed = await talk.database.transact(lambda tx: editions.move(tx, pack, at=9))
    talk.house = talk.bot.house = replace(talk.house, pack=pack)
    return changed


async def by_number(talk: Talk) -> tuple[dict[int, int], dict[int, int]]:
    def look(tx: Tx) -> tuple[dict[int, int], dict[int, int]]:
        kudos = {n: counts.thanked(tx, n, **SPAN).kudos for n in talk.house.pack.numbers}
        return counts.written(tx, **SPAN).by_number, {n: k for n, k in kudos.items() if k}

    return await talk.database.read(look)


async def test_from_the_first_to_the_second_version_everything_counts_on(talk: Talk) -> None:
    old = loaded("tokyo@1.0.0")
    talk.house = talk.bot.house = replace(talk.house, pack=old)
    await talk.database.transact(lambda tx: editions.settle(tx, old, at=1))
    await noted(talk, 2, 9)
    await thanked(talk, 10)
    before = await by_number(talk)
    assert await moved(talk, loaded("tokyo@1.1.0")) == 0
    assert await by_number(talk) == before == ({2: 1, 9: 1}, {10: 1})
    await noted(talk, 2)
    assert (await by_number(talk))[0] == {2: 2, 9: 1}
    assert talk.rows("select version from note order by id") == [("1.0.0",), ("1.1.0",)]
    assert talk.rows("select pack, version from edition order by id") == [("tokyo", "1.0.0"), ("tokyo", "1.1.0")]


async def test_numbers_that_became_one_count_once_and_keep_what_they_were(talk: Talk) -> None:
    old = talk.house.pack
    await noted(talk, 3, 4)
    await noted(talk, 4)
    await noted(talk, 10)
    await thanked(talk, 3, 4)
    numbers: dict[int, int | None] = {3: 2, 4: 2, 5: 3, 6: 4, 7: 5, 8: 6, 9: 7, 10: None}
    # One tag of a note is merged away, of a kudos one for each of two people; a dropped number counts for nothing.
    assert await moved(talk, later(old, numbers, size=7)) > 0
    assert await by_number(talk) == ({2: 2}, {2: 1})
    assert talk.rows("select number from note_tag order by note_id, number") == [(3,), (4,), (4,), (10,)]
    assert "#2 " in await talk.hanako.says("/kizuki 表示 1")
    assert "該当なし" in await talk.hanako.says("/kizuki 表示 3")
    shown = await talk.hanako.says("/kizuki 表示 3")
    assert "#10" in shown, "what it was tagged with is still told"


async def test_moving_again_changes_nothing(talk: Talk) -> None:
    await noted(talk, 3, 4)
    new = later(talk.house.pack, {3: 2, 4: 2, 5: 3, 6: 4, 7: 5, 8: 6, 9: 7, 10: None}, size=7)
    await moved(talk, new)
    once = await by_number(talk)
    for _ in range(2):
        await moved(talk, new)
        assert await by_number(talk) == once
    assert talk.rows("select count(*) from edition") == [(1,)]


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_the_numbers_become_the_totals_add_up(talk: Talk, seed: int) -> None:
    """Against counting each note by hand: every note counts once for every principle it has left."""
    rng = random.Random(seed)
    old, size = talk.house.pack, rng.randint(3, 12)
    goes: dict[int, int | None] = {n: rng.choice([None, *range(1, size + 1)]) for n in old.numbers}
    wrote = [tuple(sorted(rng.sample(old.numbers, rng.randint(1, 3)))) for _ in range(12)]
    for numbers in wrote:
        await noted(talk, *numbers)
        if rng.random() < 0.4:
            await thanked(talk, *numbers)
    gave = talk.rows("select kudos_id, number from kudos_tag group by kudos_id, number")
    await moved(talk, later(old, goes, size=size))
    notes = Counter(now for numbers in wrote for now in {goes[n] for n in numbers} if now)
    kudos = Counter(now for _, now in {(k, goes[int(str(n))]) for k, n in gave} if now)
    assert await by_number(talk) == (dict(notes), dict(kudos))
    report = await talk.database.read(
        lambda tx: recognition.build(
            Turn(tx, talk.house, talk.now),
            reports.between(talk.house.settings, talk.now.date().replace(day=1), talk.now.date().replace(month=12)),
        )
    )
    assert report.notes == len(wrote), "the total loses nothing"
    assert {p.number: p.notes for p in report.principles if p.notes} == dict(notes)


async def test_what_an_old_replica_tagged_meanwhile_is_counted_at_the_next_start(talk: Talk) -> None:
    old = talk.house.pack
    new = later(old, {3: 2, 4: 2, 5: 3, 6: 4, 7: 5, 8: 6, 9: 7, 10: None}, size=7)
    await talk.database.transact(lambda tx: editions.move(tx, new, at=9))
    await noted(talk, 9)
    await talk.database.transact(lambda tx: editions.settle(tx, new, at=10))
    talk.house = talk.bot.house = replace(talk.house, pack=new)
    assert (await by_number(talk))[0] == {7: 1}


async def test_a_program_with_another_version_does_not_start(talk: Talk) -> None:
    await talk.database.transact(lambda tx: editions.settle(tx, talk.house.pack, at=1))
    with pytest.raises(Unmoved, match=r"counts by tokyo@1.1.0, app.yaml says bandai@1.0.0"):
        await talk.database.transact(lambda tx: editions.settle(tx, loaded("bandai@1.0.0"), at=2))
    assert talk.rows("select count(*) from edition") == [(1,)]


MERGED: dict[int, int | None] = {3: 2, 4: 2, 5: 3, 6: 4, 7: 5, 8: 6, 9: 7, 10: None}


def warned(someone: Someone) -> bool:
    """Whether a field of the card says that the principles have a new version."""
    assert someone.card is not None
    return any("規範が新しい版になりました" in getattr(block, "error", "") for block in someone.card.blocks)


def ticked(someone: Someone) -> tuple[str, ...]:
    assert someone.card is not None
    return next(b.chosen for b in someone.card.blocks if isinstance(b, Choice) and b.name == "numbers")


async def test_a_draft_from_before_the_move_is_asked_again_under_the_new_numbers(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 窓口で気づいたことです")
    await moved(talk, later(talk.house.pack, MERGED, size=7))
    await talk.hanako.presses("note.confirm", numbers=["6", "10"])
    assert talk.rows("select count(*) from note") == [(0,)]
    assert warned(talk.hanako)
    assert ticked(talk.hanako) == ("4",), "what was #6 is #4 now, and #10 is gone"
    await talk.hanako.presses("note.confirm")
    assert talk.rows("select version, number from note join note_tag on note_id = note.id") == [("2.0.0", 4)]


async def test_a_draft_of_the_program_before_is_asked_again_and_then_kept(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 窓口で気づいたことです")
    data = json.dumps({"numbers": [], "kind": "notice"})
    await talk.database.transact(lambda tx: tx.cursor.execute(f"update draft set data = '{data}'"))
    await talk.hanako.presses("note.confirm", numbers=["2"])
    assert ticked(talk.hanako) == ("2",)
    await talk.hanako.presses("note.confirm")
    assert talk.rows("select number from note_tag") == [(2,)]


async def test_an_edit_begun_before_the_move_is_asked_again(talk: Talk) -> None:
    await noted(talk, 6)
    await talk.hanako.sends("note.edit", "1")
    await moved(talk, later(talk.house.pack, MERGED, size=7))
    await talk.hanako.presses("note.edited")
    assert warned(talk.hanako)
    assert ticked(talk.hanako) == ("4",)
    assert talk.rows("select version from note") == [("1.1.0",)]
    await talk.hanako.presses("note.edited")
    assert talk.rows("select number, counts_as from note_tag") == [(4, 4)]


async def test_a_leaders_words_stay_with_their_principle(talk: Talk) -> None:
    await talk.chiji.says("/kizuki message")
    await talk.chiji.presses("leader.preview", number=["6"], text=["手をつなごう"], day=["2026-11-25"])
    await talk.chiji.presses("leader.plan")
    await moved(talk, later(talk.house.pack, MERGED, size=7))
    talk.later(days=1)
    seen = await talk.hanako.says("/kizuki 今日")
    assert "手をつなごう" in seen
    assert talk.house.pack.title(4, "ja") in seen


async def test_a_leaders_draft_from_before_the_move_is_asked_again(talk: Talk) -> None:
    await talk.chiji.says("/kizuki message")
    await talk.chiji.presses("leader.preview", number=["6"], text=["手をつなごう"], day=["2026-11-25"])
    await moved(talk, later(talk.house.pack, MERGED, size=7))
    await talk.chiji.presses("leader.plan")
    assert warned(talk.chiji)
    assert talk.rows("select count(*) from leader_message") == [(0,)]


async def test_a_button_from_before_the_move_opens_the_same_principle(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 規範 6")
    await moved(talk, later(talk.house.pack, MERGED, size=7))
    seen = await talk.hanako.presses("この規範の気づきを書く")
    assert talk.house.pack.title(4, "ja") in seen


async def test_back_to_the_version_before_everything_still_counts(talk: Talk) -> None:
    old, new = loaded("tokyo@1.0.0"), talk.house.pack
    await noted(talk, 2, 9)
    await thanked(talk, 10)
    await talk.database.transact(lambda tx: editions.settle(tx, new, at=1))
    await talk.database.transact(lambda tx: editions.move(tx, old, at=2, old=new))
    talk.house = talk.bot.house = replace(talk.house, pack=old)
    assert await by_number(talk) == ({2: 1, 9: 1}, {10: 1})


async def test_what_the_program_before_tagged_is_counted_within_a_minute(talk: Talk) -> None:
    await talk.database.transact(lambda tx: editions.settle(tx, talk.house.pack, at=1))
    await noted(talk, 9)
    await talk.database.transact(lambda tx: tx.cursor.execute("update note_tag set counts_as = null"))
    assert (await by_number(talk))[0] == {}
    await talk.bot.tick("tidy", talk.now)
    assert (await by_number(talk))[0] == {9: 1}


async def test_what_was_looked_through_is_not_looked_through_again(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    await noted(talk, 3)
    await thanked(talk, 3)
    await talk.database.transact(lambda tx: editions.settle(tx, talk.house.pack, at=1))
    assert talk.rows("select notes_through, kudos_through from edition") == [(0, 0)], (
        "a late transaction may still come"
    )
    monkeypatch.setattr(stored, "LATE", 0)
    await talk.database.transact(lambda tx: editions.settle(tx, talk.house.pack, at=1))
    assert talk.rows("select notes_through, kudos_through from edition") == [(1, 1)]


async def test_a_settled_database_is_left_alone(talk: Talk) -> None:
    await noted(talk, 3, 4)
    await thanked(talk, 3, 4)
    new = later(talk.house.pack, MERGED, size=7)
    assert await moved(talk, new) > 0
    assert await moved(talk, new) == 0, "nothing is written twice"


async def test_thanks_begun_before_the_move_are_asked_again_too(talk: Talk) -> None:
    await talk.hanako.says("/kudos @taro いつも助けてくれてありがとう")
    await moved(talk, later(talk.house.pack, {9: None, 10: None}, size=8))
    await talk.hanako.presses("kudos.confirm", numbers=["1"])
    assert talk.rows("select count(*) from kudos") == [(0,)]
    await talk.hanako.presses("kudos.confirm", numbers=["1"])
    assert talk.rows("select version from kudos") == [("2.0.0",)]


async def test_a_changed_note_is_tagged_by_the_version_in_use(talk: Talk) -> None:
    await noted(talk, 9)
    await moved(talk, later(talk.house.pack, {9: 1, 10: None}, size=8))
    await talk.hanako.sends("note.edit", "1")
    await talk.hanako.presses("note.edited", numbers=["3"])
    assert talk.rows("select version from note") == [("2.0.0",)]
    assert (await by_number(talk))[0] == {3: 1}
    assert talk.rows("select numbers from note_edit") == [("9",)], "its history keeps what it was tagged with"


def test_what_changes_is_told_principle_by_principle() -> None:
    old, new = loaded("tokyo@1.0.0"), loaded("tokyo@1.1.0")
    for change in editions.changes(old, new, "ja"):
        assert change.before == change.after
        assert ("+", "first_step") in change.told
        assert ("+", "measures") in change.told
        assert ("~", "title") not in change.told
    assert {mark for mark, _ in editions.shelf_changes(old, new, "ja")} == {"+"}
    assert [mark for mark, _ in editions.shelf_changes(new, old, "ja")] == ["-"] * 3
    assert editions.shelf_changes(new, new, "ja") == []
    same = pack_files.load(PACKS / "tokyo" / "1.0.0")
    assert all(c.plain for c in editions.changes(old, same, "ja"))
    other = editions.changes(old, later(old, {3: 2, 4: None}, size=3), "en")
    assert [(c.before, c.after) for c in other][:5] == [(1, 1), (2, 2), (3, 2), (None, 3), (4, None)]


async def test_tags_are_counted_by_version(talk: Talk) -> None:
    await noted(talk, 1, 2)
    await thanked(talk, 2)
    used = await talk.database.read(stored.used)
    assert used == {("tokyo", "1.1.0"): (1, 1)}
    assert await talk.database.read(lambda tx: stored.counts(tx, "tokyo", "1.1.0")) == {1: (1, 0), 2: (1, 1)}
