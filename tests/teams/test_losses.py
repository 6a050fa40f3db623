"""Nothing is lost without a word: a slow and refusing Teams in every call, crashes, closing."""

import asyncio

import pytest

from tests.teams.deliveries import How
from tests.teams.office import Office

CALLS = ("create", "send", "reply", "update", "delete", "members", "member", "channels", "upload")


async def a_day(office: Office) -> None:
    """Every way in once."""
    hanako = office.hanako
    await hanako.installs()
    await hanako.writes("気づき 様式が三種類あって迷う")
    assert hanako.answer.ok
    await office.settled()
    group = office.teams.group(hanako, office.taro)
    await hanako.writes(f"@kizuki kudos @{office.taro.name} 助かりました、ありがとう #1", channel=group)
    assert hanako.answer.ok
    said = await office.taro.writes("案内板の字が小さい", channel=office.madoguchi)
    await hanako.uses_action("note", said)
    assert hanako.answer.ok
    if hanako.dialog and hanako.dialog.card:
        await hanako.submits()
        await hanako.submits(numbers=["1"])
    await hanako.searches("", "mine")
    assert hanako.answer.ok
    made = await office.teams.events.creates_channel(office.team, "新設", office.kacho)
    await office.teams.events.renames_team(office.team, "本庁", office.kacho)
    await hanako.writes("@kizuki 今日", channel=made)
    assert hanako.answer.ok
    await office.settled()
    await office.delivered()


@pytest.mark.parametrize("status", [401, 403, 404, 412, 429, 500, 502, 504])
async def test_whatever_teams_refuses_no_request_fails_and_nothing_is_lost(hasty: Office, status: int) -> None:
    hasty.teams.limits.off()
    await hasty.platform_reads_directory()
    rules = [hasty.teams.refuse(call, status=status, times=9_999, retry_after=1) for call in CALLS]
    await a_day(hasty)
    assert hasty.rows("select count(*) from note") == [(1,)]
    found = {state for (state,) in hasty.rows("select distinct state from outbox")}
    assert found <= ({"waiting", "parked"} if status not in (403, 404) else {"waiting", "parked", "gone"})
    for rule in rules:
        rule.stop()


async def test_an_answer_that_was_never_shown_is_asked_for_again(hasty: Office) -> None:
    """As after a crash between the commit and the answer: what was typed is nowhere in what waits."""
    hasty.teams.limits.off()
    await hasty.hanako.installs()
    await hasty.settled()
    await hasty.delivered()
    rule = hasty.teams.refuse("send", status=503, times=99)
    await hasty.hanako.writes("極秘の様式が三種類あって迷う", how=How(copies=3))
    await hasty.settled()
    rule.stop()
    assert hasty.rows("select count(*) from body where card like '%極秘%'") == [(0,)]
    hasty.later(minutes=2)
    await hasty.delivered()
    assert sum("もう一度送ってください" in m.plain for m in hasty.hanako.inbox) == 1


async def test_an_answer_that_was_shown_leaves_nothing_behind(office: Office) -> None:
    await office.hanako.installs()
    await office.hanako.writes("様式が三種類あって迷う")
    await office.settled()
    assert office.rows("select count(*) from outbox where key like 'answer:%'") == [(0,)]


async def test_a_slow_teams_keeps_no_request_waiting(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    office.teams.refuse("send", late=1.0)
    await office.hanako.writes("気づき 様式が三種類あって迷う")
    assert office.hanako.answer.took < 0.9
    await office.settled()
    assert "様式が三種類" in office.hanako.inbox[-1].plain


async def test_closing_shows_what_was_done(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    office.teams.refuse("send", late=0.3)
    await office.hanako.writes("気づき 様式が三種類あって迷う")
    await office.restart()
    assert "様式が三種類" in office.hanako.inbox[-1].plain


async def test_a_press_during_a_broadcast_is_answered_at_once(office: Office) -> None:
    await office.hanako.installs()
    await office.hanako.writes("気づき 様式が三種類あって迷う")
    await office.settled()
    asked = office.hanako.inbox[-1]
    gate = office.platform._connector._pace
    gate.pause(office.teams.home.id, 2.0)
    await office.hanako.presses("note.confirm", asked, numbers=["2"])
    assert "記録しました" in office.hanako.sees, "the answer to a press needs no call"
    assert office.hanako.answer.took < 1.0
    await asyncio.sleep(2.2)
    await office.settled()
    assert "記録しました" in asked.plain
