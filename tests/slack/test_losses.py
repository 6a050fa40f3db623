"""Nothing is lost without a word: slow and refusing Slack in every method, crashes, closing, several workspaces."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

import pytest

from bot.turn import House
from storage.database import Database
from tests.conftest import MORNING
from tests.slack.deliveries import How
from tests.slack.office import Office, Transport
from tests.slack.server import LocalSlack

METHODS = (
    "chat.postMessage",
    "chat.postEphemeral",
    "chat.update",
    "views.open",
    "views.push",
    "views.update",
    "views.publish",
    "users.info",
    "users.list",
    "users.conversations",
    "conversations.info",
    "conversations.open",
    "files.getUploadURLExternal",
    "files.completeUploadExternal",
    "response_url",
)
ERRORS = ("missing_scope", "account_inactive", "ratelimited", "internal_error", "something_new")


@pytest.fixture
async def hasty(house: House, database: Database) -> AsyncIterator[Office]:
    """The same, with no patience for answers that Slack does not take at once."""
    found = await Office.begin(house, database, now=datetime.fromisoformat(MORNING), patience=0.0)
    yield found
    await found.close()


@pytest.fixture
async def post(house: House, database: Database) -> AsyncIterator[Office]:
    """The office over signed requests."""
    found = await Office.begin(house, database, now=datetime.fromisoformat(MORNING))
    yield found
    await found.close()


async def a_day(office: Office) -> None:
    """Every way in once."""
    hanako = office.hanako
    await hanako.types("/kizuki 様式が三種類あって迷う", channel="CMADO")
    await hanako.presses("note.confirm", hanako.ephemerals[-1], numbers=["2"])
    assert hanako.answer.ok
    await hanako.types("/kudos", channel="CMADO")
    assert hanako.answer.ok
    if hanako.modal:
        await hanako.closes(all_of_them=True)
    await hanako.writes("案内板の字が小さい")
    assert hanako.answer.ok
    said = await office.taro.writes("@kizuki 会議室の予約が二重になる", channel="CMADO")
    assert office.taro.answer.ok
    await hanako.reacts("clap", "CMADO", said.ts)
    assert hanako.answer.ok
    await hanako.uses_message_shortcut("kudos.quote", "CMADO", said.ts)
    assert hanako.answer.ok
    await hanako.opens_home()
    assert hanako.answer.ok
    if hanako.home:
        await hanako.presses("note.compose", hanako.home)
        assert hanako.answer.ok
    await hanako.types("/kizuki わたしの記録", channel="CMADO")
    await hanako.presses("slack.file", hanako.ephemerals[-1])
    assert hanako.answer.ok
    await office.delivered()


@pytest.mark.parametrize("error", ERRORS)
async def test_whatever_slack_refuses_no_request_fails_and_nothing_is_lost(hasty: Office, error: str) -> None:
    await hasty.platform_reads_directory()
    rules = [hasty.slack.refuse(m, error=error, times=999, retry_after=1) for m in METHODS]
    await a_day(hasty)
    await hasty.settled()
    assert hasty.rows("select count(*) from note") == [(1,)]
    assert {s for (s,) in hasty.rows("select distinct state from outbox")} <= {"waiting", "parked"}, "nothing gone"
    for rule in rules:
        rule.stop()


async def test_an_answer_that_was_never_shown_is_asked_for_again(hasty: Office) -> None:
    """As after a crash between the commit and the answer: what was typed is nowhere in what waits."""
    await hasty.hanako.opens_home()
    rule = hasty.slack.refuse("chat.postMessage", status=503, times=99)
    await hasty.hanako.writes("極秘の様式が三種類あって迷う")
    await hasty.settled()
    assert not hasty.hanako.inbox
    assert hasty.rows("select count(*) from body where card like '%極秘%'") == [(0,)]
    rule.stop()
    hasty.later(minutes=2)
    await hasty.delivered()
    assert "もう一度送ってください" in hasty.hanako.inbox[-1].plain


async def test_a_second_delivery_takes_no_insurance_away(hasty: Office) -> None:
    """A crash after the commit: Slack tells of it again, which acts on nothing; the person is asked all the same."""
    await hasty.hanako.opens_home()
    rule = hasty.slack.refuse("chat.postMessage", status=503, times=99)
    await hasty.hanako.writes("様式が三種類あって迷う", how=How(copies=3))
    await hasty.settled()
    rule.stop()
    hasty.later(minutes=2)
    await hasty.delivered()
    assert sum("もう一度送ってください" in m.plain for m in hasty.hanako.inbox) == 1


async def test_an_answer_that_was_shown_leaves_nothing_behind(post: Office) -> None:
    await post.hanako.writes("様式が三種類あって迷う")
    await post.settled()
    assert post.rows("select count(*) from outbox where key like 'answer:%'") == [(0,)]
    post.later(minutes=2)
    await post.delivered()
    assert not any("もう一度" in message.plain for message in post.hanako.inbox)


async def test_replies_keep_to_the_pace_and_wait_as_long_as_slack_asks(house: House, database: Database) -> None:
    now = datetime.fromisoformat(MORNING)
    office = await Office.begin(house, database, now=now, per_channel=5, per_minute=6_000)
    try:
        office.slack.limit(per_channel=6, burst=1)
        await asyncio.gather(*(office.hanako.writes(f"様式が{n}種類あって迷う") for n in range(6)))
        office.slack.refuse("chat.postMessage", status=429, retry_after=1)
        await office.hanako.writes("案内板の字が小さい")
        await office.settled()
        assert len(office.hanako.inbox) == 7
        assert office.slack.limited == []
    finally:
        await office.close()


async def test_a_token_that_is_refused_loses_no_message(post: Office) -> None:
    await post.hanako.types("/kizuki 様式が三種類あって迷う", channel="CMADO")
    await post.hanako.presses("note.confirm", numbers=["2"])
    await post.slack.events.uninstalls(post.slack.home)
    await post.delivered()
    assert {s for (s,) in post.rows("select state from outbox")} == {"waiting"}
    assert post.rows("select count(*) from place where gone_at is not null") == [(0,)]


@pytest.mark.parametrize("transport", ["http", "socket"])
async def test_closing_waits_for_what_is_being_shown(house: House, database: Database, transport: Transport) -> None:
    office = await Office.begin(house, database, now=datetime.fromisoformat(MORNING), transport=transport)
    await office.hanako.opens_home()
    office.slack.refuse("chat.postMessage", status=429, retry_after=1)
    writing = asyncio.create_task(office.hanako.writes("様式が三種類あって迷う"))
    await asyncio.sleep(0.2)
    await office.close_kizuki()
    await writing
    assert len(office.hanako.inbox) == 1
    await office.slack.stop()


async def test_while_slack_is_away_at_the_start_a_command_is_answered(post: Office) -> None:
    rule = post.slack.refuse("auth.test", status=503, times=99)
    starting = asyncio.create_task(post.restart())
    await asyncio.sleep(0.5)
    await starting
    await post.hanako.types("/kizuki 様式が三種類あって迷う", channel="CMADO")
    rule.stop()
    assert post.hanako.answer.ok
    assert "もう一度" in post.hanako.sees


async def test_in_an_organisation_only_its_own_people_are_members(house: House, database: Database) -> None:
    now = datetime.fromisoformat(MORNING)

    def in_a_grid(slack: LocalSlack) -> None:
        slack.home = slack.workspace("T1", enterprise="E1")

    office = await Office.begin(house, database, now=now, shape=in_a_grid)
    try:
        outsider = office.slack.person("gaibu", team="T9", email="hanako@city.example")
        outsider.user.enterprise = ""
        office.slack.channel("CMADO").members.append(outsider.id)
        await outsider.types("/kizuki 様式が三種類あって迷う", channel="CMADO")
        await outsider.writes("@kizuki 様式が三種類あって迷う", channel="CMADO")
        await office.platform_reads_directory()
        assert office.rows("select count(*) from account where ext_id like '%GAIBU' and person_id is not null") == [
            (0,)
        ]
        assert office.rows("select count(*) from draft") == [(0,)]
    finally:
        await office.close()


async def test_users_that_come_and_change_are_taken_in_at_once(post: Office) -> None:
    await post.slack.events.joins(post.taro)
    linked = "select count(*) from account where person_id is not null"
    assert post.rows(linked) == [(1,)]
    assert post.rows("select count(*) from outbox") == [(0,)], "nobody is written to for that"
    await post.slack.events.changes(post.taro, deleted=True)
    assert post.rows(linked) == [(0,)]


async def test_an_email_slack_has_not_seen_confirmed_makes_nobody_a_colleague(post: Office) -> None:
    post.slack.home.users["UHANAKO"].confirmed = False
    await post.hanako.types("/kizuki 様式が三種類あって迷う", channel="CMADO")
    await post.platform_reads_directory()
    assert post.rows("select count(*) from account where ext_id = 'T1:UHANAKO' and person_id is not null") == [(0,)]
    assert post.rows("select count(*) from draft") == [(0,)]


def two_workspaces(slack: LocalSlack) -> None:
    """An organisation with two workspaces, in which the app was installed for all."""
    slack.home = slack.workspace("T1", enterprise="E1", everywhere=True)
    slack.workspace("T2", enterprise="E1", everywhere=True)


async def test_who_leaves_one_workspace_of_an_organisation_keeps_the_account(house: House, database: Database) -> None:
    now = datetime.fromisoformat(MORNING)
    office = await Office.begin(house, database, now=now, shape=two_workspaces)
    linked = "select count(*) from account where ext_id = 'E1:UTARO' and person_id is not null"
    try:
        here = office.slack.home.users["UTARO"]
        office.slack.workspaces["T2"].users["UTARO"] = replace(here)
        await office.platform_reads_directory()
        assert office.rows(linked) == [(1,)]
        await office.slack.events.changes(office.taro, deleted=True)
        await office.platform_reads_directory()
        assert office.rows(linked) == [(1,)], "at work in the other one"
        office.slack.workspaces["T2"].users["UTARO"].deleted = True
        await office.platform_reads_directory()
        assert office.rows(linked) == [(0,)]
    finally:
        await office.close()
