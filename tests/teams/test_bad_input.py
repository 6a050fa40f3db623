"""What no client of Teams' sends: a clear answer or the right status, nothing done, nothing of the inside told."""

import json
import logging
import time
from typing import Any

import pytest

from adapters.teams.faults import Refused
from adapters.teams.origin import private
from bot.cards import Card, say
from tests.teams import payloads
from tests.teams.conversations import Message
from tests.teams.deliveries import Answer, How
from tests.teams.office import Office

Json = dict[str, Any]


def activity(office: Office, **more: Any) -> Json:
    """A message of hers, changed."""

    said = Message(
        office.teams.stamp(), office.hanako.chat, office.hanako.id, {"type": "message", "text": "気づき 様式"}
    )
    return {**payloads.message(office.teams, office.hanako.account, said), **more}


async def sent(office: Office, found: Json, how: How | None = None) -> Answer:
    """How kizuki answered."""
    return await office.teams.deliveries.deliver(found, how or How())


def nothing_done(office: Office) -> bool:
    """Whether nothing was written down and nobody called."""
    drafts = office.rows("select count(*) from draft") == [(0,)]
    return drafts and office.rows("select count(*) from once") == [(0,)]


@pytest.mark.parametrize(
    "how",
    [
        How(unsigned=True),
        How(token=""),
        How(token="garbage"),
        How(token="a.b.c"),
        How(claims={"aud": "11111111-1111-1111-1111-111111111111"}),
        How(claims={"iss": "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/"}),
        How(claims={"exp": 1}),
        How(claims={"serviceurl": "https://smba.trafficmanager.net/jp/"}),
    ],
)
async def test_whoever_cannot_prove_it_hears_401_and_nothing_more(office: Office, how: How) -> None:
    answer = await sent(office, activity(office), how)
    assert (answer.status, answer.body) == (401, "")
    assert nothing_done(office)


async def test_a_new_key_of_microsofts_is_found_within_seconds(office: Office) -> None:
    assert (await sent(office, activity(office))).ok
    office.teams.rotate_key(remove_old=True)
    assert (await sent(office, activity(office))).status == 401, "keys are asked for once in ten seconds at most"
    office.platform._signers._now = lambda: time.time() + 11
    assert (await sent(office, activity(office))).ok


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'"text"', b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000, b"{}"]
)
async def test_what_is_no_activity_is_400_or_401(office: Office, body: bytes) -> None:
    answer = await sent(office, activity(office), How(body=body))
    assert answer.status in (400, 401)
    assert answer.body == ""
    assert nothing_done(office)


async def test_what_is_too_large_is_413(office: Office) -> None:
    assert (await sent(office, activity(office), How(padding=400_000))).status == 413
    assert nothing_done(office)


async def test_another_tenants_people_are_not_answered(office: Office) -> None:
    found = activity(office)
    found["conversation"] = {**found["conversation"], "tenantId": "99999999-9999-4999-8999-999999999999"}
    assert (await sent(office, found)).status == 403
    assert nothing_done(office)


@pytest.mark.parametrize(
    "changes",
    [
        {"from": None},
        {"from": "text"},
        {"from": {"id": 7}},
        {"conversation": {"id": 5}},
        {"conversation": []},
        {"text": 12},
        {"text": None},
        {"entities": "x"},
        {"entities": [1, None, {"type": "mention"}, {"type": "mention", "text": 1, "mentioned": 2}]},
        {"channelData": "x"},
        {"recipient": None},
        {"id": None},
        {"value": [1]},
        {"locale": 4},
        {"type": "messageReaction", "reactionsAdded": "x"},
        {"type": "messageReaction", "reactionsAdded": [{"type": 1}], "replyToId": {}},
        {"type": "conversationUpdate", "membersAdded": [1, "x", {}]},
        {"type": "conversationUpdate", "membersRemoved": {"id": 1}},
        {"type": "installationUpdate", "action": 3},
        {"type": "x" * 5_000},
        {"type": "invoke", "name": None},
        {"type": "trace"},
        {"type": "handoff"},
    ],
)
async def test_odd_activities_never_break_anything(
    office: Office, caplog: pytest.LogCaptureFixture, changes: Json
) -> None:
    answer = await sent(office, {**activity(office), **changes})
    assert answer.status in (200, 400, 403, 501), answer
    assert answer.body == ""
    assert "failed" not in caplog.text


INVOKES = (
    "adaptiveCard/action",
    "task/fetch",
    "task/submit",
    "composeExtension/fetchTask",
    "composeExtension/submitAction",
    "composeExtension/query",
    "fileConsent/invoke",
)
VALUES: tuple[Any, ...] = (
    None,
    [],
    "text",
    {},
    {"action": None},
    {"action": {"data": "x"}, "data": 5},
    {"action": {"data": {"a": 5, "v": {}}}, "data": {"a": 5, "v": []}},
    {"action": {"data": {"a": "no.such"}}, "data": {"a": "no.such", "v": "1"}, "commandId": "no.such"},
    {"action": {"data": {"a": "note.confirm", "v": "999999"}}, "data": {"a": "note.confirm", "v": "999999"}},
    {
        "action": {"data": {"a": "note.confirm", "v": "1", "m:numbers": "1,99,x" + "9" * 5_000}},
        "data": {"a": "note.edited"},
    },
    {"commandId": "note", "messagePayload": {"body": {"content": 4}, "from": {"user": {"id": {}}}}},
    {"commandId": "mine", "parameters": [1, {"name": "x", "value": {}}]},
    {"action": "accept", "context": {"token": "x" * 500}, "uploadInfo": {"uploadUrl": "https://evil.example/"}},
)


@pytest.mark.parametrize("name", INVOKES)
async def test_forged_cards_and_dialogs_get_a_kind_answer(
    office: Office, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level(logging.ERROR, "kizuki")
    for value in VALUES:
        found = {**activity(office), "type": "invoke", "name": name, "value": value, "id": office.teams.ident("f")}
        answer = await sent(office, {n: v for n, v in found.items() if n != "text"})
        assert answer.status == 200, (name, value, answer)
        assert "Traceback" not in answer.body
        if answer.body:
            json.loads(answer.body)
    await office.settled()
    assert caplog.text == ""
    assert not office.teams.called("upload")


async def test_an_unknown_invoke_is_501(office: Office) -> None:
    found = {**activity(office), "type": "invoke", "name": "signin/verifyState", "value": {}}
    assert (await sent(office, found)).status == 501


async def test_a_huge_text_is_answered_kindly(office: Office) -> None:
    await office.hanako.installs()
    await office.hanako.writes("気づき " + "長い文です。" * 3_000)
    await office.settled()
    assert office.rows("select count(*) from draft") == [(0,)]
    assert "2,000" in office.hanako.sees or "2000" in office.hanako.sees


async def test_halves_of_characters_and_nul_are_stored_as_signs(office: Office) -> None:
    await office.hanako.installs()
    await sent(office, activity(office, text="気づき 様式\u0000が\ud83d三つ"))
    await office.settled()
    [(text,)] = office.rows("select text from draft")
    assert text == "様式\ufffdが\ufffd三つ"


async def test_no_token_ever_goes_to_a_service_that_is_not_microsofts(office: Office) -> None:
    """Even where the proof names the same service: it is turned away, and nothing goes there."""
    service = "https://smba.trafficmanager.net.evil.example/jp/"
    answer = await sent(office, activity(office, serviceUrl=service), How(claims={"serviceurl": service}))
    assert answer.status == 403
    assert nothing_done(office)
    assert not office.teams.calls


async def test_a_stored_address_elsewhere_is_never_called(office: Office) -> None:
    """As if somebody had written it into the database."""
    await office.hanako.installs()
    await office.settled()
    before = len(office.teams.calls)
    place = private("https://evil.example/", office.teams.home.id, "x", "29:x", "a:1")
    with pytest.raises(Refused):
        await office.platform.send(place, Card((say("x"),), "x"), key="k")
    assert len(office.teams.calls) == before


async def test_a_deleted_message_is_pressed_and_nothing_is_lost(office: Office) -> None:
    await office.hanako.installs()
    await office.hanako.writes("気づき 様式が三種類あって迷う")
    await office.settled()
    asked = office.hanako.inbox[-1]
    office.teams.refuse("update", status=404, code="ActivityNotFoundInConversation", times=9)
    await office.hanako.presses("note.confirm", asked, numbers=["2"])
    await office.settled()
    assert "記録しました" in office.hanako.sees
    assert office.rows("select gone_at from place where private") == [(None,)], "its chat is as good as before"
