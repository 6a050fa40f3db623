"""Who can be reached: every status as it comes about, and equal to a slow, obviously right reading of random rows."""

import random
from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.platform import Gone
from bot import reach
from bot.events import Joined, Left, Place, Profile
from bot.reach import STATUSES, Reach, Standing
from bot.schedule import millis
from storage import accounts, audit, outbox, people, places, postings, units
from storage.accounts import AccountRow
from storage.database import Database, Tx
from tests.talk import OTHER, PLATFORM, SINCE, STAFF, Talk

ON = frozenset((PLATFORM, OTHER))
TOKYO = ZoneInfo("Asia/Tokyo")
TODAY = "2026-11-24"
DAY = datetime.fromisoformat("2026-11-24T10:00:00+09:00")


def _report(talk: Talk, on: frozenset[str] = ON, unit: str = "") -> Reach:
    def read(tx: Tx) -> Reach:
        found = units.by_code(tx, unit)
        whole = reach.report(tx, on, TOKYO, today=TODAY, unit=found and found.id)
        counts = reach.counts(tx, on, today=TODAY, unit=found and found.id)
        assert counts == (Counter(one.status for one in whole.standings), whole.muted, whole.waiting)
        return whole

    return talk.database.read_now(read)


def _of(talk: Talk, name: str, on: frozenset[str] = ON) -> tuple[str, str]:
    """The status and the platforms of somebody."""
    found = next(s for s in _report(talk, on).standings if s.who.number == name)
    return found.status, ", ".join(found.platforms)


async def _hired(talk: Talk, name: str) -> int:
    """Somebody of the roster who has no account anywhere yet."""

    def work(tx: Tx) -> int:
        unit = units.by_code(tx, "1010")
        assert unit
        mail = f"{name}@city.example"
        person = people.add(tx, number=name, name_ja=name, name_en=name.title(), email=mail, joined_on=SINCE)
        postings.add(tx, person, unit.id, starts_on=SINCE)
        return person

    return await talk.database.transact(work)


async def _listed(talk: Talk, name: str, address: dict[str, str] | None, **profile: object) -> None:
    """Have the other platform's directory name somebody; without an address it knows no chat of them."""
    said = Profile(**{"email": f"{name}@city.example", "verified": True, **profile})  # type: ignore[arg-type]
    chat = None if address is None else Place(OTHER, f"dm:{name}", private=True, address=address)
    await talk.bot.take_in(OTHER, [(name, said, chat)])


async def _owed(talk: Talk, name: str, key: str = "message") -> None:
    """Owe somebody a message."""

    def work(tx: Tx) -> None:
        person = people.by_number(tx, name, today=TODAY)
        assert person
        card = '{"blocks": [], "summary": "x", "lang": "ja"}'
        outbox.post(tx, key, outbox.body(tx, key, card, at=talk_at), due_at=talk_at, person_id=person.id)

    talk_at = millis(talk.now)
    await talk.database.transact(work)


# How each status comes about


async def test_at_first_everybody_who_works_here_is_reached(talk: Talk) -> None:
    found = _report(talk)
    assert {s.who.number for s in found.standings} == set(STAFF), "neither the bot nor who has left"
    (line,) = found.lines
    assert line == ("reached", (PLATFORM,), False, len(STAFF), 0)


@pytest.mark.parametrize(("why", "status"), [("blocked", "blocked"), ("not_installed", "not_installed"), ("", "gone")])
async def test_a_message_that_nobody_could_be_given_says_why(talk: Talk, why: str, status: str) -> None:
    talk.wire.refuse = [Gone(why)]
    await _owed(talk, "hanako")
    await talk.delivered()
    assert _of(talk, "hanako") == (status, PLATFORM)
    assert _of(talk, "taro") == ("reached", PLATFORM)
    assert next(s.since for s in _report(talk).standings if s.who.number == "hanako") == TODAY


@pytest.mark.parametrize(("why", "status"), [("uninstalled", "uninstalled"), ("removed", "gone"), ("left", "gone")])
async def test_a_chat_the_bot_was_taken_from(talk: Talk, why: str, status: str) -> None:
    await talk.bot.handle(Left(talk.key(), Place(PLATFORM, "dm:hanako", private=True), why))
    assert _of(talk, "hanako") == (status, PLATFORM)
    talk.hanako.place = Place(PLATFORM, "dm:hanako", private=True)
    await talk.hanako.opens_home()
    assert _of(talk, "hanako") == ("reached", PLATFORM), "writing to the bot brings them back"


async def test_from_a_directory_to_a_chat(talk: Talk) -> None:
    person = await _hired(talk, "haru")
    assert _of(talk, "haru") == ("never_seen", "")
    await _listed(talk, "haru", None)
    assert _of(talk, "haru") == ("no_chat", OTHER)
    await _listed(talk, "haru", {"conversation": "", "user": "29:1"})
    assert _of(talk, "haru") == ("untried", OTHER)
    there = talk.elsewhere("haru")
    there.place = Place(OTHER, "dm:haru", private=True, address={"conversation": "a:1", "user": "29:1"})
    await there.opens_home()
    assert _of(talk, "haru") == ("reached", OTHER)
    await _listed(talk, "haru", None, gone=True)
    assert _of(talk, "haru") == ("closed", OTHER)
    note = audit.add
    subject = f"person:{person}"
    await talk.database.transact(lambda tx: note(tx, "role.begin", actor="x", subject=subject, at=millis(talk.now)))
    assert _of(talk, "haru") == ("closed", OTHER), "what else was written down of them changes nothing"
    await _listed(talk, "haru", None)
    assert _of(talk, "haru") == ("no_chat", OTHER), "an account of theirs is there again"


async def test_an_account_somebody_took_away_by_hand_is_not_a_closed_one(talk: Talk) -> None:
    await _hired(talk, "haru")
    await _listed(talk, "haru", {"conversation": "a:1"})
    await _listed(talk, "haru", None, gone=True)
    await _listed(talk, "haru", {"conversation": "a:1"})
    assert _of(talk, "haru") == ("reached", OTHER)
    await talk.grants("jimu", "administrator")
    await talk.jimu.sends("account.unlink", f"{OTHER}/haru")
    assert _of(talk, "haru") == ("never_seen", "")


async def test_a_chat_that_is_somebody_elses_says_nothing_of_an_account(talk: Talk) -> None:
    person = await _hired(talk, "haru")
    await talk.database.transact(lambda tx: accounts.add(tx, PLATFORM, "hanako", person_id=person))
    assert _of(talk, "haru") == ("no_chat", PLATFORM)


async def test_a_guest_counts_as_one_only_without_an_account_of_their_own(talk: Talk) -> None:
    person = await _hired(talk, "haru")
    link = accounts.link
    await talk.database.transact(
        lambda tx: link(tx, PLATFORM, "g", person_id=person, how="code", at=None, kind="guest")
    )
    assert _of(talk, "haru") == ("guest", PLATFORM)
    await talk.database.transact(lambda tx: link(tx, OTHER, "own", person_id=person, how="code", at=None))
    assert _of(talk, "haru") == ("no_chat", OTHER)


async def test_who_is_lost_on_one_platform_is_reached_on_the_other(talk: Talk) -> None:
    await _listed(talk, "hanako", {"conversation": "a:1"})
    assert _of(talk, "hanako") == ("reached", f"{OTHER}, {PLATFORM}")
    await talk.bot.handle(Left(talk.key(), Place(PLATFORM, "dm:hanako", private=True), "blocked"))
    assert _of(talk, "hanako") == ("reached", OTHER)


async def test_since_when(talk: Talk) -> None:
    """The first account of those that reach somebody, the last chat of those that were lost."""
    person, late = await _hired(talk, "haru"), millis(DAY) - 3_600_000

    def chats(tx: Tx) -> list[int]:
        found = []
        for platform, at in ((PLATFORM, late), (OTHER, late - 10 * 86_400_000)):
            accounts.add(tx, platform, "x", person_id=person, at=at)
            address = {"conversation": "a:1"}
            row = {"platform": platform, "ext_id": "x", "account": "x", "person_id": person}
            found.append(places.save(tx, private=True, address=address, **row))  # type: ignore[arg-type]
        return found

    def since() -> str:
        return next(s.since for s in _report(talk).standings if s.who.number == "haru")

    found = await talk.database.transact(chats)
    assert since() == "2026-11-14"
    for place, at in zip(found, (late - 86_400_000, late), strict=True):
        await talk.database.transact(lambda tx, p=place, at=at: places.mark_gone(tx, p, at=at, why="blocked"))  # type: ignore[misc]
    assert since() == TODAY


async def test_a_platform_that_is_off_reaches_nobody(talk: Talk) -> None:
    only = frozenset((OTHER,))
    assert _of(talk, "hanako", only) == ("no_chat", PLATFORM)
    assert [line.off for line in _report(talk, only).lines] == [True]
    await _listed(talk, "hanako", {})
    assert _of(talk, "hanako", only) == ("untried", OTHER)
    await talk.bot.handle(Left(talk.key(), Place(OTHER, "dm:hanako", private=True), "blocked"))
    assert _of(talk, "hanako", only) == ("blocked", OTHER), "what is off counts only where there is nothing else"


# Beside the people


async def test_who_wants_none_is_counted_beside(talk: Talk) -> None:
    await talk.hanako.says("/kizuki settings")
    await talk.hanako.presses("preferences.save", gets=["muted"])
    found = _report(talk)
    assert (found.muted, [line.muted for line in found.lines]) == (1, [1])


async def test_a_unit_is_itself_and_what_is_below(talk: Talk) -> None:
    def inside(unit: str) -> set[str]:
        return {s.who.number for s in _report(talk, unit=unit).standings}

    assert inside("10") == {"hanako", "taro", "kacho", "ken", "sakura", "bucho"}
    assert inside("1020") == {"ken", "sakura"}
    assert {s.who.unit for s in _report(talk, unit="1020").standings} == {"1020"}


async def test_channels_by_platform_and_why(talk: Talk) -> None:
    await talk.bot.handle(Left(talk.key(), Place(PLATFORM, "zeimu"), "removed"))
    await talk.bot.handle(Joined(talk.key(), Place(OTHER, "hall"), "集会室"))
    assert _report(talk).channels == ((OTHER, False, "", 1), (PLATFORM, False, "", 4), (PLATFORM, True, "removed", 1))
    assert _report(talk, unit="1020").channels == ((PLATFORM, True, "removed", 1),)


async def test_what_waits_for_people_without_a_place(talk: Talk) -> None:
    await _hired(talk, "haru")
    for key, name in enumerate(("haru", "haru", "hanako")):
        await _owed(talk, name, f"message-{key}")
    assert _report(talk).waiting == (2, 1), "Hanako's is on its way"
    await talk.delivered()
    assert _report(talk).waiting == (2, 1)
    assert _report(talk, unit="20").waiting == (0, 0)
    await _listed(talk, "haru", {"conversation": "a:1"})
    assert _report(talk).waiting == (0, 0)


async def test_what_became_of_the_last_daily_cards(talk: Talk) -> None:
    assert (_report(talk).daily, _report(talk).states) == ("", {})
    await _hired(talk, "haru")
    await talk.database.transact(lambda tx: tx.cursor.execute("update person set daily = true"))
    for day in ("2026-11-20", "2026-11-24"):
        await talk.ticks("daily", f"{day}T09:00:00+09:00")
    talk.wire.gone = {"dm:hanako"}
    await talk.delivered()
    found = _report(talk)
    assert found.daily == "2026-11-24"
    assert found.states == {"sent": len(STAFF) - 1, "waiting": 2}
    assert _report(talk, unit="1020").states == {"sent": 2}


# Against a reference

WHYS = ("blocked", "uninstalled", "not_installed", "closed", "removed", "")
PLATFORMS = ("wire", "teams", "slack")


def _random_rows(tx: Tx, rng: random.Random) -> None:
    unit = units.add(tx, code="1", name_ja="課", name_en="U", parent_id=None, starts_on=SINCE)
    for i in range(rng.randint(1, 25)):
        left = rng.choice([None, None, None, TODAY, "2027-01-01"])
        joined = rng.choice([SINCE, SINCE, TODAY, "2026-11-25"])
        person = people.add(
            tx, number=str(i), name_ja=f"人{i}", name_en="", joined_on=joined, left_on=left, bot=rng.random() < 0.1
        )
        if rng.random() < 0.9:
            postings.add(tx, person, unit, starts_on=SINCE)
        for n in range(rng.choice([0, 1, 1, 2, 3])):
            _random_account(tx, rng, person, f"{i}-{n}")


def _random_account(tx: Tx, rng: random.Random, person: int, name: str) -> None:
    platform, at = rng.choice(PLATFORMS), rng.choice([None, millis(DAY) - rng.randint(0, 10**10)])
    if rng.random() < 0.9:
        kind = rng.choice(["member", "member", "guest"])
        accounts.link(tx, platform, name, person_id=person, how="roster", at=at, kind=kind)
    if rng.random() < 0.7:
        address: dict[str, object] = rng.choice([{}, {"conversation": ""}, {"conversation": "a:1"}])
        place = places.save(
            tx, platform=platform, ext_id=name, private=True, address=address, person_id=person, account=name
        )
        if rng.random() < 0.5:
            places.mark_gone(tx, place, at=millis(DAY) - rng.randint(0, 10**10), why=rng.choice(WHYS))


def _again(chat: tuple[Any, ...], linked: list[AccountRow]) -> bool:
    """Whether a closed account's chat belongs to an account that was linked since."""
    platform, ext_id, _, gone, why = chat
    since = [a.linked_at for a in linked if (a.platform, a.ext_id) == (platform, ext_id) and a.linked_at is not None]
    return why == "closed" and any(at >= gone for at in since)


def _slowly(tx: Tx, person_id: int, on: frozenset[str]) -> tuple[str, set[str]]:
    """One person's status, step by step."""
    tx.cursor.execute(f"select platform, ext_id, address, gone_at, gone_why from place where person_id = {person_id}")
    every, linked = tx.cursor.fetchall(), accounts.of(tx, person_id)
    chats = [row for row in every if row[0] in on]
    alive = [(p, p != "teams" or '"a:1"' in address) for p, _, address, gone, _ in chats if gone is None]
    if any(opened for _, opened in alive):
        return "reached", {p for p, opened in alive if opened}
    if alive:
        return "untried", {p for p, _ in alive}
    lost = [chat for chat in chats if not _again(chat, linked)]
    for why in ("blocked", "uninstalled", "not_installed", "closed"):
        if there := {p for p, *_, said in lost if said == why}:
            return why, there
    if lost:
        return "gone", {p for p, *_ in lost}
    mine = [a for a in linked if a.platform in on]
    own = {a.platform for a in mine if a.kind != "guest"} | {p for p, *_ in chats}
    if own:
        return "no_chat", own
    if mine:
        return "guest", {a.platform for a in mine}
    away = {p for p, *_ in every} | {a.platform for a in linked}
    return ("no_chat", away) if away else ("never_seen", set())


async def test_equal_to_a_slow_reference(database: Database) -> None:
    rng, seen = random.Random(7), set()
    for _ in range(60):

        def compare(tx: Tx) -> list[Standing]:
            _random_rows(tx, rng)
            on = frozenset(rng.sample(PLATFORMS, rng.randint(0, 3)))
            found = reach.report(tx, on, TOKYO, today=TODAY)
            assert {s.who.id for s in found.standings} == {p.id for p in people.staff(tx, today=TODAY)}
            for one in found.standings:
                assert (one.status, set(one.platforms)) == _slowly(tx, one.who.id, on)
            assert sum(line.people for line in found.lines) == len(found.standings)
            counts = reach.counts(tx, on, today=TODAY)
            assert counts == (Counter(one.status for one in found.standings), found.muted, found.waiting)
            for table in ("place", "account", "posting", "person", "unit_tree", "unit_state", "unit"):
                tx.cursor.execute(f"delete from {table}")
            return list(found.standings)

        seen |= {one.status for one in await database.transact(compare)}
    assert seen == set(STATUSES), "every status was met"
