"""A platform's directory is taken in: people become reachable, nobody is written to, and nothing is done twice."""

import asyncio
from typing import Any

import pytest

from bot.events import Opened, Place, Profile
from bot.intake import CHUNK, Said, TakenIn
from storage import accounts, people, postings, units
from storage.database import Tx
from tests.talk import OTHER, PLATFORM, Someone, Talk

WORDS = "引き継ぎ資料が丁寧で助かりました"


def _said(name: str, ext_id: str = "", *, place: bool = True, **profile: Any) -> Said:
    ext_id = ext_id or f"T1:{name}"
    found = Profile(**{"email": f"{name.title()}@City.example", "verified": True, **profile})
    return ext_id, found, Place(OTHER, f"dm:{ext_id}", private=True) if place else None


async def _takes(talk: Talk, *said: Said) -> TakenIn:
    return await talk.bot.take_in(OTHER, said)


async def _hired(talk: Talk, *names: str, since: str = "2026-11-24", **more: Any) -> None:
    """People of the roster who have no account anywhere yet."""

    def work(tx: Tx) -> None:
        unit = units.by_code(tx, "1010")
        assert unit
        for name in names:
            person = people.add(
                tx,
                number=name,
                name_ja=name,
                name_en=name.title(),
                email=f"{name}@city.example",
                joined_on=since,
                **more,
            )
            postings.add(tx, person, unit.id, starts_on=since)

    await talk.database.transact(work)


def _there(talk: Talk, name: str) -> Someone:
    someone = talk.elsewhere(f"T1:{name}")
    someone.place = Place(OTHER, f"dm:T1:{name}", private=True)
    return someone


def _inbox(talk: Talk, name: str) -> list[object]:
    return list(talk.wires[OTHER].sent.get(f"dm:T1:{name}", []))


def _account(talk: Talk, ext_id: str) -> tuple[object, ...] | None:
    found = talk.rows(
        f"select p.number, a.kind, a.how from account a left join person p on p.id = a.person_id "
        f"where a.platform = '{OTHER}' and a.ext_id = '{ext_id}'"
    )
    return found[0] if found else None


async def test_whoever_is_on_the_roster_is_linked_and_nobody_is_written_to(talk: Talk) -> None:
    await _hired(talk, "haru", "natsu")
    seen = await _takes(talk, _said("haru"), _said("natsu"), _said("hanako"), _said("nobody"))
    assert seen == TakenIn(linked=3, unknown=1)
    assert _account(talk, "T1:haru") == ("haru", "member", "roster")
    assert _account(talk, "T1:nobody") is None, "nothing is kept of who is not on the roster"
    assert talk.rows("select count(*) from person where number like 'unlisted%'") == [(0,)]
    await talk.delivered()
    await talk.ticks("arrivals", "2026-11-25T09:15:00+09:00")
    await talk.delivered()
    assert [wire.sent for wire in talk.wires.values()] == [{}, {}], "neither here nor there, neither now nor tomorrow"
    entries = talk.rows("select actor, action, detail from audit")
    assert entries == [("directory", "link.begin", '{"how": "roster", "platform": "teams"}')] * 3


async def test_the_welcome_comes_when_they_first_do_something_themselves(talk: Talk) -> None:
    await _hired(talk, "haru")
    await _takes(talk, _said("haru"))
    there = _there(talk, "haru")
    await there.opens_home()
    await there.opens_home()
    await talk.delivered()
    assert "ようこそ" in str(_inbox(talk, "haru")[0])
    assert len(_inbox(talk, "haru")) == 1
    assert talk.wires[OTHER].asked == [], "nobody has to be asked who that is"
    await talk.ticks("arrivals", "2026-11-25T09:15:00+09:00")
    await talk.delivered()
    assert "1日目" in str(_inbox(talk, "haru")[1])


async def test_two_first_events_at_once_welcome_once(talk: Talk) -> None:
    await _hired(talk, "haru")
    await _takes(talk, _said("haru"))
    there = _there(talk, "haru")
    await asyncio.gather(*(talk.bot.handle(Opened(f"k{i}", there.handle, there.place)) for i in range(4)))
    await talk.delivered()
    assert len(_inbox(talk, "haru")) == 1


async def test_whoever_used_kizuki_before_is_not_welcomed_as_new(talk: Talk) -> None:
    await talk.hanako.opens_home()
    await _takes(talk, _said("hanako"), _said("taro"))
    for name in ("hanako", "taro"):
        await _there(talk, name).opens_home()
    await talk.delivered()
    assert _inbox(talk, "hanako") == []
    assert _inbox(talk, "taro") == [], "known from the beginning"


async def test_whoever_had_themselves_forgotten_is_not_welcomed_as_new(talk: Talk) -> None:
    await _hired(talk, "haru")
    await _takes(talk, _said("haru"))
    there = _there(talk, "haru")
    await there.opens_home()
    await talk.delivered()
    await there.sends("forget.ask")
    await there.presses("forget.sure")
    await there.presses("forget.done")
    await there.opens_home()
    await talk.delivered()
    assert len(_inbox(talk, "haru")) == 1, "the first welcome alone"


async def test_people_who_never_wrote_to_the_bot_hear_of_thanks(talk: Talk) -> None:
    await _hired(talk, "haru", "aki")
    await _takes(talk, _said("haru"), _said("aki", place=False))
    await talk.hanako.sends("kudos.write", to=[f"{OTHER}/T1:haru", f"{OTHER}/T1:aki"], text=[WORDS])
    await talk.hanako.presses("kudos.confirm", numbers=["1"])
    await talk.delivered()
    assert WORDS in str(_inbox(talk, "haru"))
    assert _inbox(talk, "aki") == []
    assert await _takes(talk, _said("aki")) == TakenIn(refreshed=1)
    await talk.delivered()
    assert WORDS in str(_inbox(talk, "aki")), "what waited goes out as soon as there is a way"


async def test_a_second_run_changes_nothing(talk: Talk) -> None:
    await _hired(talk, "haru", "natsu", "fuyu")
    page = (
        _said("haru", locale="en-US"),
        _said("natsu", kind="guest"),
        _said("fuyu", gone=True),
        _said("nobody"),
        _said("app", kind="bot"),
    )
    await _takes(talk, *page)
    await _takes(talk, _said("haru", gone=True), _said("fuyu"))
    await _takes(talk, *page)
    before = talk.rows("select * from account"), talk.rows("select * from place"), talk.rows("select * from audit")
    talk.later(days=1)
    assert await _takes(talk, *page) == TakenIn(unknown=1)
    after = talk.rows("select * from account"), talk.rows("select * from place"), talk.rows("select * from audit")
    assert before == after


async def test_a_closed_account_is_nobodys_and_its_chat_gone_until_it_is_back(talk: Talk) -> None:
    await _hired(talk, "haru")
    await _takes(talk, _said("haru"))
    await _there(talk, "haru").opens_home()
    assert await _takes(talk, _said("haru", gone=True)) == TakenIn(closed=1)
    assert _account(talk, "T1:haru") == (None, "member", "")
    assert talk.rows("select count(*) from place where account = 'T1:haru' and gone_at is null") == [(0,)]
    assert talk.rows("select action, detail from audit order by id desc limit 1") == [
        ("link.end", '{"platform": "teams", "why": "closed"}')
    ]
    assert await _takes(talk, _said("haru", gone=True)) == TakenIn()
    assert await _takes(talk, _said("haru")) == TakenIn(linked=1), "not held"
    assert talk.rows("select person_id is null, gone_at from place where account = 'T1:haru'") in (
        [(0, None)],
        [(False, None)],
    )


async def test_a_closed_account_of_nobody_only_loses_its_chat(talk: Talk) -> None:
    there = _there(talk, "nobody")
    await there.opens_home()
    assert await _takes(talk, _said("nobody", gone=True)) == TakenIn(refreshed=1)
    assert await _takes(talk, _said("nobody", gone=True), _said("never", gone=True)) == TakenIn()
    assert talk.rows("select count(*) from audit") == [(0,)]
    assert _account(talk, "T1:never") is None


async def test_what_was_taken_by_hand_stays_taken(talk: Talk) -> None:
    await _takes(talk, _said("hanako"))
    await talk.hanako.sends("account.unlink", f"{OTHER}/T1:hanako")
    assert await _takes(talk, _said("hanako")) == TakenIn()
    assert await _takes(talk, _said("hanako", gone=True)) == TakenIn(refreshed=1), "its chat"
    assert await _takes(talk, _said("hanako")) == TakenIn()
    assert talk.rows("select person_id, held from account where ext_id = 'T1:hanako'") in ([(None, 1)], [(None, True)])


@pytest.mark.parametrize(
    "profile",
    [{"verified": False}, {"email": ""}, {"kind": "guest"}, {"kind": "bot"}, {"email": "counter-3@city.example"}],
)
async def test_only_a_members_verified_e_mail_links(talk: Talk, profile: dict[str, Any]) -> None:
    talk.sets("people", shared=("counter-*@city.example",))
    await _hired(talk, "haru", "counter-3")
    await _takes(talk, _said("haru", **profile))
    assert _account(talk, "T1:haru") is None


async def test_bots_leavers_and_those_to_come_are_not_linked(talk: Talk) -> None:
    await _hired(talk, "later", since="2027-04-01")
    assert await _takes(talk, _said("moto"), _said("robo"), _said("later")) == TakenIn(unknown=3)
    assert talk.rows(f"select count(*) from account where platform = '{OTHER}'") == [(0,)]


async def test_a_directory_run_makes_no_members_of_who_is_not_listed(talk: Talk) -> None:
    talk.sets("people", unlisted="take-part")
    assert await _takes(talk, _said("nobody")) == TakenIn(unknown=1)
    assert talk.rows("select count(*) from person where number like 'unlisted%'") == [(0,)]
    talk.elsewhere("T1:nobody", Profile(email="nobody@city.example", verified=True, name="だれか"))
    await _there(talk, "nobody").opens_home()
    assert talk.rows("select count(*) from person where number like 'unlisted%'") == [(1,)], "an event does"


async def test_what_an_account_is_is_kept_up_with(talk: Talk) -> None:
    await _takes(talk, _said("hanako"))
    assert await _takes(talk, _said("hanako", kind="guest")) == TakenIn(refreshed=1)
    assert _account(talk, "T1:hanako") == ("hanako", "guest", "roster")
    talk.elsewhere("T1:x", Profile(kind="guest"))
    await _there(talk, "x").opens_home()
    assert await _takes(talk, _said("x")) == TakenIn(refreshed=1, unknown=1)
    assert _account(talk, "T1:x") == (None, "member", "")


async def test_a_stranger_added_to_the_roster_later_is_linked_by_the_next_run(talk: Talk) -> None:
    await _there(talk, "haru").opens_home()
    assert await _takes(talk, _said("haru")) == TakenIn(refreshed=1, unknown=1), "who could not be asked is a member"
    assert await _takes(talk, _said("haru")) == TakenIn(unknown=1)
    await _hired(talk, "haru")
    assert await _takes(talk, _said("haru")) == TakenIn(linked=1)
    assert talk.rows("select count(*) from place where account = 'T1:haru' and person_id is not null") == [(1,)]


@pytest.mark.parametrize(
    ("organisation", "own", "locale", "speaks"),
    [
        ("ja", "", "en-US", "en"),
        ("ja", "", "en_GB", "en"),
        ("ja", "", "EN", "en"),
        ("ja", "", "ja-JP", ""),
        ("ja", "", "fr-FR", ""),
        ("ja", "", "ja-easy", ""),
        ("ja", "", "", ""),
        ("ja", "ja-easy", "en-US", "ja-easy"),
        ("ja", "ja", "en-US", "ja"),
        ("en", "", "ja-JP", "ja"),
        ("en", "", "en-US", ""),
    ],
)
async def test_a_locale_is_a_first_guess_at_the_language(
    talk: Talk, organisation: str, own: str, locale: str, speaks: str
) -> None:
    talk.sets("organisation", language=organisation)
    await _hired(talk, "haru", "natsu", language=own)
    await _takes(talk, _said("haru", locale=locale))
    talk.elsewhere("N", Profile(email="natsu@city.example", verified=True, locale=locale))
    await talk.elsewhere("N").opens_home()
    assert talk.rows("select distinct language from person where number in ('haru', 'natsu')") == [(speaks,)]
    await talk.delivered()
    welcome = str(talk.wires[OTHER].sent["dm:N"][0])
    assert ("Welcome" in welcome) == ((speaks or organisation) == "en")


async def test_a_guess_never_comes_after_a_choice(talk: Talk) -> None:
    await _hired(talk, "haru")
    await _takes(talk, _said("haru"))
    there = _there(talk, "haru")
    await there.says("/kizuki 設定")
    await there.presses("保存する", language=["ja"])
    await _takes(talk, _said("haru", gone=True))
    await _takes(talk, _said("haru", locale="en-US"))
    assert talk.rows("select language from person where number = 'haru'") == [("ja",)]


async def test_a_directory_larger_than_a_chunk_and_naming_somebody_twice(talk: Talk) -> None:
    names = [f"p{i}" for i in range(CHUNK + 10)]
    await _hired(talk, *names)
    page = [_said(name) for name in names] + [_said("p0")]
    done = await talk.bot.take_in(OTHER, (said for said in page))
    assert (done.linked, done.unknown) == (len(names), 0)
    assert await talk.bot.take_in(OTHER, page) == TakenIn()
    assert talk.rows(f"select count(*) from account where platform = '{OTHER}'") == [(len(names),)]


async def test_odd_characters_in_a_directory_do_no_harm(talk: Talk) -> None:
    odd = "a\x00b\ud800'\"%"
    done = await _takes(talk, _said("x", odd, email=f"{odd}@city.example", locale=odd), _said("y", odd))
    assert done.linked == 0
    assert await _takes(talk) == TakenIn()


async def test_a_run_beside_first_events_links_once(talk: Talk) -> None:
    names = [f"p{i}" for i in range(20)]
    await _hired(talk, *names)
    for name in names:
        talk.elsewhere(f"T1:{name}", Profile(email=f"{name}@city.example", verified=True))
    opened = (_there(talk, name).opens_home() for name in names)
    await asyncio.gather(*opened, talk.bot.take_in(OTHER, [_said(name) for name in names]))
    assert talk.rows("select count(*) from audit where action = 'link.begin'") == [(20,)]
    await talk.delivered()
    assert {len(_inbox(talk, name)) for name in names} == {1}, "each welcomed once, as each did something"


async def test_an_account_of_the_start_that_is_closed_comes_off_too(talk: Talk) -> None:
    assert await talk.bot.take_in(PLATFORM, [("taro", Profile(gone=True), None)]) == TakenIn(closed=1)
    assert "名簿に登録がない" in await talk.taro.says("/kizuki 自分")
    found = await talk.database.read(lambda tx: accounts.get(tx, PLATFORM, "taro"))
    assert found
    assert (found.person_id, bool(found.held)) == (None, False)
