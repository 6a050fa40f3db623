"""Who comes in: signed, fresh, once, of a workspace of ours, and in a shape that can be understood."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from urllib.parse import quote

import aiohttp
import pytest

from adapters.slack.faults import Refused
from adapters.slack.web import Web
from bot.turn import House
from storage.database import Database
from tests.conftest import MORNING
from tests.slack.deliveries import How
from tests.slack.office import Office


@pytest.fixture
async def house_office(house: House, database: Database) -> AsyncIterator[Office]:
    """The office over signed requests."""
    found = await Office.begin(house, database, now=datetime.fromisoformat(MORNING))
    yield found
    await found.close()


def acted(office: Office) -> int:
    """How many drafts there are."""
    return int(str(office.rows("select count(*) from draft")[0][0]))


@pytest.mark.parametrize(
    ("how", "status"),
    [
        (How(secret="another"), 401),
        (How(age=301), 401),
        (How(age=-301), 401),
        (How(unsigned=True), 401),
        (How(body=b"payload=%7Bnot+json"), 400),
        (How(body=b"payload=%5B1%5D"), 400),
        (How(body=b"\xff\xfe\x00"), 400),
        (How(body=b"payload=" + b"%5B" * 60_000), 400),
        (How(padding=300_000), 413),
    ],
    ids=lambda v: str(v)[:60],
)
async def test_what_does_not_come_in(house_office: Office, how: How, status: int) -> None:
    await house_office.hanako.types("/kizuki 様式が三種類あって迷う", channel="CMADO", how=how)
    assert house_office.hanako.answer.status == status
    assert "Traceback" not in house_office.hanako.answer.body
    assert acted(house_office) == 0


async def test_within_five_minutes_is_fresh(house_office: Office) -> None:
    await house_office.hanako.types("/kizuki 様式が三種類あって迷う", channel="CMADO", how=How(age=290))
    assert acted(house_office) == 1


async def test_the_very_same_request_again_is_refused(house_office: Office) -> None:
    await house_office.hanako.types("/kizuki 様式が三種類あって迷う", channel="CMADO", how=How(same=3))
    assert acted(house_office) == 1
    assert house_office.hanako.answer.status == 401


async def test_a_command_slack_sends_anew_acts_once(house_office: Office) -> None:
    """Another signature, the same trigger: the identity of what was done decides."""
    form = {
        "command": "/kizuki",
        "text": "様式が三種類あって迷う",
        "team_id": "T1",
        "user_id": "UHANAKO",
        "channel_id": "CMADO",
        "trigger_id": "1.2.same",
        "response_url": f"{house_office.slack.url}/response/T1/x",
    }
    for padding in (0, 1):
        await house_office.slack.deliveries.deliver("command", form, How(padding=padding))
    assert acted(house_office) == 1


@pytest.mark.parametrize("kind", ["event_callback", "unknown_kind", ""])
async def test_json_that_means_nothing_is_acknowledged_or_refused_but_never_a_fault(
    house_office: Office, kind: str
) -> None:
    for found in ({"type": kind}, {"type": kind, "event": {}}, {"type": kind, "event": {"type": "x"}, "team_id": "T1"}):
        answer = await house_office.slack.deliveries.deliver("event", found)
        assert answer.status < 500 or kind == "event_callback", found
        assert "Traceback" not in answer.body


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "block_actions", "actions": []},
        {"type": "block_actions", "actions": "x", "user": 5},
        {"type": "block_actions", "team": 5, "user": {"id": "U1"}, "actions": [{}]},
        {"type": "view_submission", "view": {"state": 5}, "user": {"id": "U1"}, "team": {"id": "T1"}},
        {"type": "shortcut", "callback_id": "note.compose", "team": {"id": "T1"}, "user": {}},
        {"type": 7},
        {},
    ],
    ids=str,
)
async def test_payloads_in_no_shape_of_slacks_do_no_harm(house_office: Office, broken: dict[str, object]) -> None:
    answer = await house_office.slack.deliveries.deliver("interactive", broken)
    assert "Traceback" not in answer.body
    assert "File " not in answer.body
    await house_office.hanako.types("/kizuki 様式が三種類あって迷う", channel="CMADO")
    assert acted(house_office) == 1


async def test_another_workspace_is_told_that_kizuki_is_not_there(house_office: Office) -> None:
    elsewhere = house_office.slack.workspace("T9")
    stranger = house_office.slack.person("yoso", workspace=elsewhere)
    house_office.slack.opens("C9", "よその部屋", stranger)
    await stranger.types("/kizuki 様式が三種類あって迷う", channel="C9")
    assert "kizuki" in stranger.sees
    assert acted(house_office) == 0
    assert house_office.rows("select count(*) from account where ext_id like 'T9%'") == [(0,)]


async def test_answers_go_to_slack_and_nowhere_else(house_office: Office) -> None:
    reached: list[str] = []

    async def listen(request: aiohttp.web.Request) -> aiohttp.web.Response:
        reached.append(request.path)
        return aiohttp.web.Response()

    application = aiohttp.web.Application()
    application.router.add_route("*", "/{path:.*}", listen)
    runner = aiohttp.web.AppRunner(application)
    await runner.setup()
    await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
    trap = f"http://127.0.0.1:{runner.addresses[0][1]}/steal"
    for address in (trap, "https://evil.example/slack.com", f"{house_office.slack.url}@evil.example/", "file:///etc"):
        changes = {"response_url": address}
        await house_office.hanako.types("/kizuki 様式が三種類", channel="CMADO", how=How(changes=changes))
    assert reached == []
    assert acted(house_office) == 0
    await runner.cleanup()


async def test_slack_checks_the_address_and_the_certificate(house_office: Office) -> None:
    assert await house_office.slack.deliveries.verifies_url()
    assert await house_office.slack.deliveries.checks_ssl()
    async with aiohttp.ClientSession() as session, session.get(house_office.slack.app_url + "?ssl_check=1") as found:
        assert found.status == 200


async def test_buttons_nobody_drew_get_a_kind_answer(house_office: Office) -> None:
    await house_office.hanako.types("/kizuki 様式が三種類あって迷う", channel="CMADO")
    card = house_office.hanako.ephemerals[-1]
    for action, value in (
        ("no.such:1-1", "1"),
        ("note.confirm:6-0", "999999"),
        ("note.confirm:6-0", "'; drop"),
        ("x" * 255, ""),
    ):
        for block in card.blocks:
            if block["type"] == "actions":
                block["elements"][0] |= {"action_id": action, "value": value}
        await house_office.hanako.presses(action, card)
        assert house_office.hanako.answer.ok
    assert house_office.rows("select count(*) from note") == [(0,)]


async def test_a_dialog_with_forged_memory_does_nothing(house_office: Office) -> None:
    await house_office.hanako.uses_shortcut("note.compose")
    assert house_office.hanako.modal
    for memory in ("{not json", "[]", '{"a": 5}', json.dumps({"a": "note.delete", "v": "1"}), "{}"):
        house_office.hanako.modal.body["private_metadata"] = memory
        house_office.hanako.fills("text", "様式が三種類")
        await house_office.hanako.submits()
        assert house_office.hanako.answer.ok
        if house_office.hanako.modal:
            await house_office.hanako.closes(all_of_them=True)
        await house_office.hanako.uses_shortcut("note.compose")
    assert house_office.rows("select count(*) from note") == [(0,)]


async def test_percent_signs_and_plus_signs_arrive_as_typed(house_office: Office) -> None:
    text = f"50%+税 {quote('a')} &amp; <b> 100%"
    await house_office.hanako.types(f"/kizuki {text} #1", channel="CMADO")
    assert house_office.rows("select text from draft") == [(f"{text} #1",)]


async def test_slack_is_told_again_to_send_what_could_not_be_stored(
    house_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storage.database import Busy

    real = house_office.database.transact
    times = iter((True, False, False, False, False))

    async def sometimes(work):  # type: ignore[no-untyped-def]
        if next(times, False):
            raise Busy("locked")
        return await real(work)

    monkeypatch.setattr(house_office.database, "transact", sometimes)
    channel = house_office.slack.opens("CNEW", "新しい課", house_office.hanako, bot=False)
    await house_office.invites(house_office.hanako, channel.id)
    assert house_office.rows("select count(*) from place where ext_id='T1:CNEW'") == [(1,)], "the retry stored it"


async def test_events_that_slack_dropped_are_written_down(
    house_office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await house_office.slack.events.limits_events(house_office.slack.home)).ok
    assert "Slack dropped events" in caplog.text


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("https://hooks.slack.com/commands/1/2", True),
        ("https://slack.com/x", True),
        ("http://hooks.slack.com/x", False),
        ("https://slack.com.evil.example/x", False),
        ("https://evilslack.com/x", False),
        ("https://hooks.slack.com@evil.example/x", False),
        ("https://a:b@hooks.slack.com/x", False),
        ("https://hooks.slack.com:8443/x", False),
        ("https://[::1", False),
        ("", False),
    ],
)
async def test_which_addresses_are_slacks(address: str, ours: bool) -> None:
    web = Web("https://slack.com/api/")
    assert web.is_slack(address) is ours
    if not ours:
        with pytest.raises(Refused):
            await web.respond(address, {})
        with pytest.raises(Refused):
            await web.put(address, b"")


async def test_a_colleague_who_joins_a_channel_is_not_the_bot(house_office: Office) -> None:
    await house_office.hears("member_joined_channel", user="UTARO", channel="CMADO", inviter="UHANAKO")
    assert house_office.slack.called("conversations.info") == []


async def test_the_answer_to_a_press_in_a_thread_stays_there(house_office: Office) -> None:
    first = await house_office.taro.writes("会議室の予約が二重だった", channel="CMADO")
    await house_office.taro.writes("@kizuki 会議室の予約が二重になる", channel="CMADO", thread=first.ts)
    await house_office.taro.presses("note.confirm", house_office.taro.ephemerals[-1], numbers=["2"])
    assert house_office.slack.called("response_url")[-1].args["thread_ts"] == first.ts
