"""The local Slack refuses what Slack refuses, and the real libraries work with it over both transports."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.slack import drawn, oauth
from tests.slack.deliveries import How
from tests.slack.person import REQUIRED, Person, texts
from tests.slack.server import LocalSlack
from tests.slack.workspace import Channel, Message

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def said(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(action: str, text: str, **more: Any) -> Json:
    return {"type": "button", "action_id": action, "text": plain(text), **more}


def option(value: str) -> Json:
    return {"text": plain(f"規範 {value}"), "value": value}


def numbers(*chosen: str, **more: Any) -> Json:
    element: Json = {"type": "checkboxes", "action_id": "v", "options": [option("1"), option("2")]}
    if chosen:
        element["initial_options"] = [option(c) for c in chosen]
    return {"type": "input", "block_id": "numbers", "label": plain("番号"), "element": element, **more}


def words(**more: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": "v", "multiline": True, **more}
    return {"type": "input", "block_id": "text", "label": plain("ことば"), "element": element, "optional": False}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("題"), "submit": plain("送る"), "blocks": list(blocks or [words()]), **more}


HOME = {"type": "home", "blocks": [said("ようこそ"), {"type": "actions", "elements": [button("home.more", "もっと")]}]}
CARD = [
    said("どれですか"),
    numbers("1", optional=True),
    {"type": "actions", "elements": [button("note.ok:0", "記録する")]},
]


class Desk:
    """A Slack with a bare Bolt app in it, which does nothing but keep what it was sent."""

    def __init__(self, slack: LocalSlack) -> None:
        self.slack = slack
        self.hanako, self.taro = slack.person("hanako"), slack.person("taro")
        self.channel = slack.opens("C1", "窓口課", self.hanako, self.taro)
        self.app = AsyncApp(
            signing_secret=slack.signing_secret,
            client=AsyncWebClient(token=slack.token, base_url=slack.api),
            process_before_response=True,
        )
        self.heard: list[Json] = []
        self._runner: web.AppRunner | None = None
        self._handler: AsyncSocketModeHandler | None = None

    async def start(self) -> None:
        self.app.use(self._keep)
        if self.slack.transport == "socket":
            self._handler = AsyncSocketModeHandler(self.app, self.slack.app_token, ping_interval=0.5)
            await self._handler.connect_async()  # type: ignore[no-untyped-call]
            await self.slack.sockets.ready()
            return
        server = web.Application()
        server.router.add_post("/slack/events", self._request)
        self._runner = web.AppRunner(server)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.slack.app_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/slack/events"

    async def stop(self) -> None:
        if self._handler:
            await self._handler.close_async()  # type: ignore[no-untyped-call]
        if self._runner:
            await self._runner.cleanup()

    async def _request(self, request: web.Request) -> web.Response:
        return await to_aiohttp_response(await self.app.async_dispatch(await to_bolt_request(request)))

    async def _keep(self, body: Json, next: Any) -> None:  # noqa: A002 - Bolt finds its arguments by name
        self.heard.append(body)
        await next()


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    """A Slack without an app."""
    async with LocalSlack() as found:
        yield found


@pytest.fixture(params=["http", "socket"])
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    """A Slack with an app, over each transport."""
    async with LocalSlack(transport=request.param) as slack:
        found = Desk(slack)
        await found.start()
        yield found
        await found.stop()


@pytest.fixture
async def http() -> AsyncIterator[Desk]:
    """A Slack with an app, over HTTP."""
    async with LocalSlack() as slack:
        found = Desk(slack)
        await found.start()
        yield found
        await found.stop()


@pytest.fixture
async def client(slack: LocalSlack) -> AsyncWebClient:
    """The library's client with the bot's token."""
    return AsyncWebClient(token=slack.token, base_url=slack.api, retry_handlers=[])


async def error(call: Any) -> str:
    """Slack's word for the refusal of a call."""
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


# The Web API


async def test_whose_token_it_is(slack: LocalSlack, client: AsyncWebClient) -> None:
    found = await client.auth_test()
    assert (found["team_id"], found["user_id"], found["bot_id"]) == ("T1", "UT1BOT", "BT1")
    assert "chat:write" in found.headers["x-oauth-scopes"].split(",")
    assert slack.called("auth.test")[0].token == slack.token


async def test_tokens_that_open_nothing(slack: LocalSlack, client: AsyncWebClient) -> None:
    assert await error(AsyncWebClient(base_url=slack.api).auth_test()) == "not_authed"
    assert await error(AsyncWebClient(token="xoxb-no", base_url=slack.api).auth_test()) == "invalid_auth"
    assert (
        await error(AsyncWebClient(token=slack.app_token, base_url=slack.api).auth_test()) == "not_allowed_token_type"
    )
    assert await error(client.apps_connections_open(app_token=slack.token)) == "not_allowed_token_type"
    assert await error(client.apps_connections_open(app_token="xapp-no")) == "invalid_auth"
    assert await error(client.api_call("chat.whisper")) == "unknown_method"
    slack.home.tokens[-1].state = "inactive"
    assert await error(client.auth_test()) == "account_inactive"


async def test_a_scope_that_is_missing(slack: LocalSlack, client: AsyncWebClient) -> None:
    slack.home.scopes.discard("chat:write")
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel="C1", text="x")
    assert refused.value.response["error"] == "missing_scope"
    assert refused.value.response["needed"] == "chat:write"
    assert "users:read" in refused.value.response["provided"]


async def test_a_message_in_a_channel(slack: LocalSlack, client: AsyncWebClient) -> None:
    hanako = slack.person("hanako")
    channel = slack.opens("C1", "窓口課", hanako)
    sent = await client.chat_postMessage(channel="C1", text="おはよう & <b>", blocks=[said("おはよう")])
    assert sent["message"]["blocks"][0]["block_id"]
    assert texts(channel.messages) == ["おはよう"]
    await client.chat_update(channel="C1", ts=sent["ts"], text="こんにちは")
    assert texts(channel.messages) == ["こんにちは"]
    assert channel.messages[0].edits[0]["text"] == "おはよう & <b>"
    await client.chat_delete(channel="C1", ts=sent["ts"])
    assert channel.messages == []
    assert await error(client.chat_update(channel="C1", ts=sent["ts"], text="x")) == "message_not_found"


async def test_where_nobody_can_write(slack: LocalSlack, client: AsyncWebClient) -> None:
    hanako, moto = slack.person("hanako"), slack.person("moto", deleted=True)
    slack.opens("C1", "よそ", hanako, bot=False)
    slack.opens("C2", "ひみつ", hanako, bot=False, kind="private_channel")
    slack.opens("C3", "むかし", hanako).archived = True
    wanted = {
        "C1": "not_in_channel",
        "C2": "channel_not_found",
        "C3": "is_archived",
        "C9": "channel_not_found",
        "U9": "channel_not_found",
        moto.id: "channel_not_found",
        slack.home.bot_user: "cannot_dm_bot",
    }
    for channel, word in wanted.items():
        assert await error(client.chat_postMessage(channel=channel, text="x")) == word, channel


async def test_a_message_to_a_person_opens_their_chat(slack: LocalSlack, client: AsyncWebClient) -> None:
    hanako = slack.person("hanako")
    slack.home.scopes.discard("im:write")
    sent = await client.chat_postMessage(channel=hanako.id, text="こんにちは")
    assert sent["channel"] == hanako.dm
    assert hanako.dm.startswith("D")
    assert texts(hanako.inbox) == ["こんにちは"]
    assert await error(client.conversations_open(users=hanako.id)) == "missing_scope"
    slack.home.scopes.add("im:write")
    assert (await client.conversations_open(users=hanako.id))["channel"]["id"] == hanako.dm
    assert await error(client.conversations_open(users="U9")) == "user_not_found"
    assert await error(client.chat_update(channel=hanako.id, ts=sent["ts"], text="x")) == "channel_not_found"


async def test_messages_that_are_not_taken(slack: LocalSlack, client: AsyncWebClient) -> None:
    slack.opens("C1", "窓口課", slack.person("hanako"))
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel="C1", text="x", blocks=[{"type": "header", "text": plain("x" * 151)}])
    assert refused.value.response["error"] == "invalid_blocks"
    assert "blocks/0" in refused.value.response["response_metadata"]["messages"][0]
    post = client.api_call
    assert await error(post("chat.postMessage", json={"channel": "C1", "blocks": [said("x")]})) == "no_text"
    assert await error(post("chat.postMessage", json={"channel": "C1", "text": "x" * 40_001})) == "msg_too_long"
    blocks = [said("x" * 3_000)] * 5
    assert await error(client.chat_postMessage(channel="C1", text="x", blocks=blocks)) == "msg_blocks_too_long"
    await client.chat_postMessage(channel="C1", text="x" * 4_000)
    assert slack.advice == ["text: 4000 characters, 4,000 are advised"]


async def test_only_ones_own_messages_change(slack: LocalSlack, client: AsyncWebClient) -> None:
    hanako = slack.person("hanako")
    slack.opens("C1", "窓口課", hanako)
    hers = await hanako.writes("わたしのです", channel="C1")
    assert await error(client.chat_update(channel="C1", ts=hers.ts, text="x")) == "cant_update_message"
    assert await error(client.chat_delete(channel="C1", ts=hers.ts)) == "cant_delete_message"


async def test_ephemeral_messages_are_for_members(slack: LocalSlack, client: AsyncWebClient) -> None:
    hanako, taro = slack.person("hanako"), slack.person("taro")
    slack.opens("C1", "窓口課", hanako)
    sent = await client.chat_postEphemeral(channel="C1", user=hanako.id, text="ないしょ")
    assert hanako.sees == "ないしょ"
    assert taro.sees == ""
    assert await error(client.chat_postEphemeral(channel="C1", user=taro.id, text="x")) == "user_not_in_channel"
    assert await error(client.chat_update(channel="C1", ts=sent["message_ts"], text="x")) == "message_not_found"


async def test_people_page_by_page(slack: LocalSlack, client: AsyncWebClient) -> None:
    for number in range(7):
        slack.person(f"p{number}", locale="en-US")
    found: list[Json] = []
    async for page in await client.users_list(limit=4, include_locale=True):
        found += page["members"]
    assert [len(slack.called("users.list")), len(found)] == [3, 9]
    assert found[-1]["profile"]["email"] == "p6@city.example"
    assert found[-1]["locale"] == "en-US"
    assert found[-1]["is_email_confirmed"] is True
    assert await error(client.users_list(cursor="nonsense")) == "invalid_cursor"
    assert await error(client.users_list(cursor="YXQ6OTk=")) == "invalid_cursor", "at:99, behind the end"
    assert await error(client.users_list(limit=2_000)) == "invalid_limit"


async def test_what_is_told_of_an_account(slack: LocalSlack, client: AsyncWebClient) -> None:
    guest = slack.person("guest", ultra=True, confirmed=False)
    stranger = slack.person("yoso", stranger=True, team="T9")
    shown = (await client.users_info(user=guest.id))["user"]
    assert (shown["is_restricted"], shown["is_ultra_restricted"], shown["is_email_confirmed"]) == (True, True, False)
    assert "locale" not in shown
    assert (await client.users_info(user=stranger.id))["user"]["is_stranger"]
    assert (await client.users_info(user=slack.home.bot_user))["user"]["is_bot"]
    assert await error(client.users_info(user="U9")) == "user_not_found"
    slack.home.scopes.discard("users:read.email")
    assert "email" not in (await client.users_info(user=guest.id))["user"]["profile"]


async def test_what_reads_takes_no_json(slack: LocalSlack, client: AsyncWebClient) -> None:
    hanako = slack.person("hanako")
    assert await error(client.api_call("users.info", json={"user": hanako.id})) == "invalid_arguments"


async def test_channels_the_bot_is_in(slack: LocalSlack, client: AsyncWebClient) -> None:
    hanako = slack.person("hanako")
    slack.opens("C1", "窓口課", hanako)
    slack.opens("C2", "ひみつ", hanako, kind="private_channel")
    slack.opens("C3", "よそ", hanako, bot=False)
    slack.opens("C4", "むかし", hanako).archived = True
    both = "public_channel,private_channel"
    found = await client.users_conversations(types=both, exclude_archived=True, limit=1)
    assert [c["id"] for c in found["channels"]] == ["C1"]
    after = await client.users_conversations(
        types=both, exclude_archived=True, cursor=found["response_metadata"]["next_cursor"]
    )
    assert [c["id"] for c in after["channels"]] == ["C2"]
    assert (await client.conversations_info(channel="C1"))["channel"]["is_member"]
    assert (await client.conversations_members(channel="C1"))["members"] == [hanako.id, slack.home.bot_user]
    slack.home.scopes.discard("groups:read")
    assert await error(client.users_conversations(types=both)) == "missing_scope"
    assert await error(client.conversations_info(channel="C2")) == "missing_scope"
    assert await error(client.conversations_info(channel="C9")) == "channel_not_found"


async def test_a_file_in_somebodys_chat(slack: LocalSlack, client: AsyncWebClient) -> None:
    hanako = slack.person("hanako")
    sent = await client.files_upload_v2(channel=hanako.dm, content="記録", filename="記録.json", title="わたしの記録")
    file = slack.files[sent["file"]["id"]]
    assert (file.content, file.shared) == ("記録".encode(), [hanako.dm])
    assert hanako.inbox[0].files == [file.id]
    made = await client.files_getUploadURLExternal(filename="a", length=5)
    async with aiohttp.ClientSession() as session, session.post(made["upload_url"], data=b"1234") as answer:
        assert answer.status == 400
    done = client.files_completeUploadExternal(files=[{"id": made["file_id"]}], channel_id=hanako.dm)
    assert await error(done) == "file_not_found"
    assert await error(client.files_upload_v2(channel=hanako.id, content="a", filename="a")) == "channel_not_found"


# Refusals and limits


async def test_refusals_on_demand(slack: LocalSlack, client: AsyncWebClient) -> None:
    slack.opens("C1", "窓口課", slack.person("hanako"))
    slack.opens("C2", "税務課")
    slack.refuse("chat.postMessage", status=429, retry_after=2)
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel="C1", text="x")
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "2"
    await client.chat_postMessage(channel="C1", text="x")
    rule = slack.refuse("chat.postMessage", error="ratelimited", channel="C1", times=9)
    await client.chat_postMessage(channel="C2", text="x")
    assert await error(client.chat_postMessage(channel="C1", text="x")) == "ratelimited"
    rule.stop()
    await client.chat_postMessage(channel="C1", text="x")
    assert rule.used == 1


async def test_slack_that_breaks(slack: LocalSlack, client: AsyncWebClient) -> None:
    slack.opens("C1", "窓口課", slack.person("hanako"))
    slack.refuse("*", status=503)
    async with aiohttp.ClientSession() as session, session.post(f"{slack.api}auth.test") as answer:
        assert (answer.status, answer.content_type) == (503, "text/html")
    slack.refuse("chat.postMessage", closed=True)
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="C1", text="x")
    client.timeout = 1
    slack.refuse("chat.postMessage", hang=1.5)
    with pytest.raises(TimeoutError):
        await client.chat_postMessage(channel="C1", text="x")
    assert slack.channel("C1").messages == []
    slack.refuse("chat.postMessage", late=1.5)
    with pytest.raises(TimeoutError):
        await client.chat_postMessage(channel="C1", text="来ました")
    assert texts(slack.channel("C1").messages) == ["来ました"]


async def test_slacks_own_pace(slack: LocalSlack, client: AsyncWebClient) -> None:
    for number in range(1, 5):
        slack.opens(f"C{number}", f"課{number}")
    slack.limit(per_channel=1, burst=2, per_minute=5)
    for _ in range(2):
        await client.chat_postMessage(channel="C1", text="x")
    assert await error(client.chat_postMessage(channel="C1", text="x")) == "ratelimited"
    assert [c.status for c in slack.limited] == [429]
    for number in (2, 3, 4):
        await client.chat_postMessage(channel=f"C{number}", text="x")
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel="C4", text="x")
    assert 1 < int(refused.value.response.headers["Retry-After"]) <= 60
    slack.later(60)
    await client.chat_postMessage(channel="C1", text="x")


# Dialogs


async def test_a_trigger_opens_one_dialog_within_three_seconds(slack: LocalSlack, client: AsyncWebClient) -> None:
    hanako = slack.person("hanako")
    trigger = slack.triggers.give(slack.home, hanako.id)
    await client.views_open(trigger_id=trigger, view=modal())
    assert await error(client.views_open(trigger_id=trigger, view=modal())) == "exchanged_trigger_id"
    assert await error(client.views_open(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"
    late = slack.triggers.give(slack.home, hanako.id)
    slack.later(3.1)
    assert await error(client.views_open(trigger_id=late, view=modal())) == "expired_trigger_id"
    fresh = slack.triggers.give(slack.home, hanako.id)
    assert await error(client.views_open(trigger_id=fresh, view={**modal(), "submit": None})) == "invalid_arguments"
    assert await error(client.views_open(trigger_id=fresh, view=HOME)) == "invalid_arguments"


async def test_three_dialogs_and_no_more(slack: LocalSlack, client: AsyncWebClient) -> None:
    hanako = slack.person("hanako")
    await client.views_open(trigger_id=slack.triggers.give(slack.home, hanako.id), view=modal())
    for _ in range(2):
        await client.views_push(trigger_id=slack.triggers.give(slack.home, hanako.id, hanako.modal), view=modal())
    assert [v.body["previous_view_id"] for v in hanako.modals] == [None, hanako.modals[0].id, hanako.modals[1].id]
    assert {v.body["root_view_id"] for v in hanako.modals} == {hanako.modals[0].id}
    more = slack.triggers.give(slack.home, hanako.id, hanako.modal)
    assert await error(client.views_push(trigger_id=more, view=modal())) == "push_limit_reached"
    outside = slack.triggers.give(slack.home, hanako.id)
    assert await error(client.views_push(trigger_id=outside, view=modal())) == "invalid_trigger_id"


async def test_a_view_that_changes(slack: LocalSlack, client: AsyncWebClient) -> None:
    hanako = slack.person("hanako")
    trigger = slack.triggers.give(slack.home, hanako.id)
    opened = (await client.views_open(trigger_id=trigger, view=modal(words(), external_id="mine")))["view"]
    hanako.fills("text", "書きかけ")
    await client.views_update(view_id=opened["id"], hash=opened["hash"], view=modal(said("新しい"), words()))
    assert "新しい" in hanako.sees
    stale = client.views_update(view_id=opened["id"], hash=opened["hash"], view=modal())
    assert await error(stale) == "hash_conflict"
    await hanako.closes()
    assert await error(client.views_update(view_id=opened["id"], view=modal())) == "not_found"


async def test_the_home_tab(slack: LocalSlack, client: AsyncWebClient) -> None:
    hanako = slack.person("hanako")
    found = (await client.views_publish(user_id=hanako.id, view=HOME))["view"]
    assert hanako.home
    assert "ようこそ" in hanako.home.plain
    await client.views_publish(user_id=hanako.id, view=HOME, hash=found["hash"])
    assert await error(client.views_publish(user_id=hanako.id, view=HOME, hash=found["hash"])) == "hash_conflict"
    assert await error(client.views_publish(user_id="U9", view=HOME)) == "user_not_found"
    assert await error(client.views_publish(user_id=hanako.id, view=modal())) == "invalid_arguments"


# response_url


def pressed_on(slack: LocalSlack, hanako: Person, channel: Channel) -> tuple[Message, AsyncWebhookClient]:
    """A message of the bot, and the address to answer a press on it."""
    ours = slack.post(slack.home, channel, Message("C1", slack.ts(), slack.home.bot_user, "前", by_bot=True))
    return ours, AsyncWebhookClient(slack.response_url(slack.home, "C1", hanako.id, ours), retry_handlers=[])


async def test_answers_to_a_response_url(slack: LocalSlack) -> None:
    hanako = slack.person("hanako")
    channel = slack.opens("C1", "窓口課", hanako)
    ours, hook = pressed_on(slack, hanako, channel)
    assert (await hook.send(text="あなただけ")).body == "ok"
    assert texts(hanako.ephemerals) == ["あなただけ"]
    await hook.send(text="みんなに", response_type="in_channel")
    assert texts(channel.messages) == ["前", "みんなに"]
    await hook.send(text="後", replace_original=True)
    assert (ours.plain, hanako.sees) == ("後", "後")
    await hook.send(delete_original=True)
    assert texts(channel.messages) == ["みんなに"]
    assert (await hook.send(text="x", replace_original=True)).status_code == 404
    assert "used_url" in (await hook.send(text="x")).body


async def test_a_response_url_that_is_not_answered(slack: LocalSlack) -> None:
    hanako = slack.person("hanako")
    _, hook = pressed_on(slack, hanako, slack.opens("C1", "窓口課", hanako))
    assert (await hook.send(text="x", blocks=[{"type": "marquee"}])).status_code == 400
    assert slack.faults
    async with aiohttp.ClientSession() as session, session.post(hook.url, data={"text": "x"}) as answer:
        assert answer.status == 400
    slack.refuse("response_url", status=500)
    assert (await hook.send(text="x")).status_code == 500
    command = AsyncWebhookClient(slack.response_url(slack.home, "C1", hanako.id))
    assert (await command.send(text="x", replace_original=True)).status_code == 404
    slack.later(1_801)
    assert (await hook.send(text="x")).status_code == 404
    assert (await AsyncWebhookClient(f"{slack.url}/response/T1/none").send(text="x")).status_code == 404


# OAuth and organisations


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
async def test_coming_in_by_oauth(slack: LocalSlack) -> None:
    client = AsyncWebClient(base_url=slack.api)
    ask = f"{slack.url}/oauth/v2/authorize?client_id={slack.client_id}&scope=commands,chat:write&state=s&redirect_uri=http://k/back"
    back = oauth.agreed(slack, ask, slack.home, "UADMIN")
    assert back.startswith("http://k/back?code=")
    assert back.endswith("&state=s")
    code = back.partition("code=")[2].partition("&")[0]
    ids = {"client_id": slack.client_id, "client_secret": slack.client_secret}
    assert await error(client.oauth_v2_access(**{**ids, "client_secret": "no"}, code=code)) == "bad_client_secret"
    assert await error(client.oauth_v2_access(**ids, code=code, redirect_uri="http://b")) == "bad_redirect_uri"
    found = await client.oauth_v2_access(**ids, code=code, redirect_uri="http://k/back")
    assert (found["scope"], found["team"]["id"]) == ("chat:write,commands", "T1")
    assert await error(client.oauth_v2_access(**ids, code=code)) == "code_already_used"
    assert (await client.auth_test(token=found["access_token"]))["team_id"] == "T1"
    await client.auth_revoke(token=found["access_token"])
    assert await error(client.auth_test(token=found["access_token"])) == "token_revoked"


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
async def test_tokens_that_change(slack: LocalSlack) -> None:
    slack.rotates = True
    client = AsyncWebClient(base_url=slack.api)
    ids = {"client_id": slack.client_id, "client_secret": slack.client_secret}
    first = await client.oauth_v2_access(**ids, code=oauth.code_for(slack, slack.home, "UADMIN"))
    again: Json = {**ids, "grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = await client.oauth_v2_access(**again)
    assert second["access_token"] != first["access_token"]
    assert await error(client.oauth_v2_access(**again)) == "invalid_refresh_token"
    await client.auth_test(token=first["access_token"])
    slack.later(43_200)
    assert await error(client.auth_test(token=first["access_token"])) == "token_expired"


async def test_an_organisation_of_several_workspaces(slack: LocalSlack) -> None:
    one = slack.workspace("T10", enterprise="E1", everywhere=True)
    two = slack.workspace("T20", enterprise="E1", everywhere=True)
    ken = slack.person("ken", workspace=two)
    client = AsyncWebClient(token=one.token, base_url=slack.api)
    assert (await client.auth_test())["enterprise_id"] == "E1"
    assert (await client.chat_postMessage(channel=ken.id, text="x"))["channel"] == ken.dm
    assert await error(client.users_list()) == "missing_argument"
    assert await error(client.users_list(team_id="T1")) == "team_access_not_granted"
    people = (await client.users_list(team_id="T20"))["members"]
    assert [p["enterprise_user"]["enterprise_id"] for p in people if p["id"] == ken.id] == ["E1"]
    assert (
        await error(AsyncWebClient(token=slack.token, base_url=slack.api).users_info(user=ken.id)) == "user_not_found"
    )


# A bare Bolt app, over both transports


async def test_a_command_and_a_press(desk: Desk) -> None:
    @desk.app.command("/kizuki")
    async def command(ack: Any) -> None:
        await ack(text="どれですか", blocks=CARD)

    @desk.app.action("note.ok:0")
    async def press(ack: Any, respond: Any, body: Json) -> None:
        chosen = body["state"]["values"]["numbers"]["v"]["selected_options"]
        await respond(text=f"記録 {[o['value'] for o in chosen]}", replace_original=True)
        await ack()

    hanako = desk.hanako
    assert "どれですか" in await hanako.types("/kizuki a <b> & @taro #窓口課 https://a.example/x", channel="C1")
    assert desk.heard[0]["text"] == "a &lt;b&gt; &amp; <@UTARO|taro> <#C1|窓口課> <https://a.example/x>"
    assert (desk.heard[0]["team_id"], desk.heard[0]["channel_name"]) == ("T1", "窓口課")
    assert await hanako.presses("記録する") == "記録 ['1']"
    assert desk.heard[1]["container"]["is_ephemeral"] is True
    await hanako.types("/kizuki x", channel="C1")
    assert await hanako.presses("note.ok", numbers=["1", "2"]) == "記録 ['1', '2']"
    await hanako.types("/kizuki x")
    assert desk.heard[-1]["channel_name"] == "directmessage"
    assert desk.slack.faults == []
    assert desk.taro.sees == ""


async def test_a_command_that_everybody_sees(desk: Desk) -> None:
    @desk.app.command("/kizuki")
    async def command(ack: Any) -> None:
        await ack(text="みなさんへ", response_type="in_channel")

    await desk.hanako.types("/kizuki", channel="C1")
    assert texts(desk.channel.messages) == ["みなさんへ"]
    assert desk.hanako.ephemerals == []


async def test_a_command_that_fails(desk: Desk) -> None:
    @desk.app.command("/kizuki")
    async def command(ack: Any, command: Json) -> None:
        if command["text"] == "slow":
            await asyncio.sleep(0.5)
        await ack(text="x", blocks=[{"type": "marquee"}])

    desk.slack.deliveries.patience = 0.2
    await desk.hanako.types("/kizuki slow", channel="C1")
    assert desk.hanako.warnings == ['/kizuki failed with the error "operation_timeout"']
    desk.slack.deliveries.patience = 3
    await desk.hanako.types("/kizuki bad", channel="C1")
    assert "invalid_command_response" in desk.hanako.warnings[-1]
    assert desk.slack.faults[-1].endswith("unknown block 'marquee'")


async def test_a_dialog(desk: Desk) -> None:
    @desk.app.shortcut("note.compose")
    async def compose(ack: Any, client: AsyncWebClient, body: Json) -> None:
        view = modal(words(), numbers(optional=True), callback_id="kizuki", notify_on_close=True)
        await client.views_open(trigger_id=body["trigger_id"], view=view)
        await ack()

    @desk.app.view("kizuki")
    async def submit(ack: Any, body: Json) -> None:
        match body["view"]["state"]["values"]["text"]["v"]["value"]:
            case "短い":
                await ack(response_action="errors", errors={"text": "もう少し書いてください"})
            case "次":
                await ack(response_action="update", view=modal(said("次です"), callback_id="kizuki"))
            case "上":
                await ack(response_action="push", view=modal(said("上です"), words()))
            case "全部":
                await ack(response_action="clear")
            case "変":
                await ack(response_action="errors", errors={"nowhere": "x"})
            case _:
                await ack()

    @desk.app.view_closed("kizuki")
    async def closed(ack: Any) -> None:
        await ack()

    hanako = desk.hanako
    await hanako.uses_shortcut("note.compose")
    await hanako.submits()
    assert hanako.errors == {"text": REQUIRED}
    assert len(desk.heard) == 1, "nothing was sent"
    await hanako.submits(text="短い", numbers=["2"])
    assert hanako.errors == {"text": "もう少し書いてください"}
    assert "もう少し" in hanako.sees
    assert desk.heard[-1]["view"]["state"]["values"]["numbers"]["v"]["selected_options"][0]["value"] == "2"
    await hanako.submits(text="上")
    assert ("上です" in hanako.sees, len(hanako.modals)) == (True, 2)
    await hanako.closes()
    await hanako.submits(text="次")
    assert "次です" in hanako.sees
    await hanako.closes()
    await hanako.uses_shortcut("note.compose")
    await hanako.closes()
    assert (desk.heard[-1]["type"], hanako.modal) == ("view_closed", None)
    for text, left in (("全部", 0), ("おわり", 0), ("変", 1)):
        await hanako.uses_shortcut("note.compose")
        await hanako.submits(text=text)
        assert len(hanako.modals) == left
    assert desk.slack.faults == ["an error for 'nowhere', which is no input block of the dialog"]


async def test_a_message_shortcut(desk: Desk) -> None:
    @desk.app.shortcut("note.quote")
    async def quote(ack: Any, client: AsyncWebClient, body: Json) -> None:
        view = modal(words(initial_value=body["message"]["text"]))
        await client.views_open(trigger_id=body["trigger_id"], view=view)
        await ack()

    message = await desk.taro.writes("三回も書きました", channel="C1")
    await desk.hanako.uses_message_shortcut("note.quote", "C1", message.ts)
    assert "三回も書きました" in desk.hanako.sees
    assert desk.heard[-1]["message"]["user"] == desk.taro.id
    assert desk.heard[-1]["channel"]["id"] == "C1"


async def test_messages_mentions_and_reactions(desk: Desk) -> None:
    @desk.app.event("message")
    async def message(event: Json, say: Any) -> None:
        await say(text=f"聞きました: {event['text']}")

    @desk.app.event("app_mention")
    async def mention(event: Json, client: AsyncWebClient) -> None:
        await client.chat_postEphemeral(channel=event["channel"], user=event["user"], text="呼びましたか")

    @desk.app.event("reaction_added")
    async def reaction(event: Json) -> None:
        return None

    hanako = desk.hanako
    await hanako.writes("もしもし")
    assert hanako.sees == "聞きました: もしもし"
    assert desk.heard[0]["event"]["channel_type"] == "im"
    assert desk.heard[0]["authorizations"][0]["team_id"] == "T1"
    plain_words = await hanako.writes("ひとりごと", channel="C1")
    assert len(desk.heard) == 1, "the bot hears of a channel only what is said to it"
    await hanako.writes("@kizuki これ", channel="C1", thread=plain_words.ts)
    assert hanako.sees == "呼びましたか"
    assert desk.heard[-1]["event"]["text"] == "<@UT1BOT> これ"
    assert desk.heard[-1]["event"]["thread_ts"] == plain_words.ts
    await desk.taro.reacts("clap", "C1", plain_words.ts)
    assert desk.heard[-1]["event"]["item_user"] == hanako.id


async def test_messages_that_nobody_says_to_the_bot(desk: Desk) -> None:
    @desk.app.event("message")
    async def message() -> None:
        return None

    client = AsyncWebClient(token=desk.slack.token, base_url=desk.slack.api)
    hers = await desk.hanako.writes("もしもし")
    await client.chat_postMessage(channel=desk.hanako.id, text="はい")
    desk.slack.deliveries.delays, desk.slack.deliveries.patience = (), 0.3
    await desk.slack.events.echoes(desk.hanako.inbox[-1])
    assert desk.heard == desk.heard[:1], "Bolt itself drops what its own bot wrote"
    await desk.slack.events.edits(hers, "もしもし、こんにちは")
    event = desk.heard[-1]["event"]
    assert (event["subtype"], event["previous_message"]["text"]) == ("message_changed", "もしもし")
    assert "user" not in event


async def test_the_home_tab_is_opened_and_pressed(desk: Desk) -> None:
    @desk.app.event("app_home_opened")
    async def opened(event: Json, client: AsyncWebClient) -> None:
        await client.views_publish(user_id=event["user"], view=HOME)

    @desk.app.action("home.more")
    async def more(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=modal())
        await ack()

    assert "ようこそ" in await desk.hanako.opens_home()
    await desk.hanako.presses("もっと")
    assert desk.hanako.modal
    assert "response_url" not in desk.heard[-1]
    assert desk.heard[-1]["view"]["id"] == desk.hanako.home.id  # type: ignore[union-attr]


async def test_events_come_again_until_they_are_taken(desk: Desk) -> None:
    tries: list[str] = []

    @desk.app.event("message")
    async def message(request: Any) -> None:
        tries.append(request.headers.get("x-slack-retry-num", ["0"])[0])
        if len(tries) < 3:
            raise RuntimeError

    desk.slack.deliveries.patience = 0.3
    await desk.hanako.writes("もしもし")
    assert tries == ["0", "1", "2"]
    tries.clear()
    tries += ["x", "x"]
    await desk.hanako.writes("二つ", how=How(copies=3))
    assert tries[2:] == ["0", "0", "0"]
    assert len({body["event_id"] for body in desk.heard[-3:]}) == 3
    await desk.hanako.writes("遅れた", how=How(first_lost=True))
    assert tries[5:] == ["1"]


async def test_what_happens_in_a_workspace(desk: Desk) -> None:
    slack, hanako = desk.slack, desk.hanako
    slack.opens("C2", "新しい課", hanako, bot=False)

    @desk.app.event({"type": "member_joined_channel"})
    async def any_event() -> None:
        return None

    slack.deliveries.delays, slack.deliveries.patience = (), 0.3
    await slack.events.invites("C2", by=hanako)
    await slack.events.renames("C2", "新課")
    await slack.events.removes("C2", by=hanako)
    await slack.events.archives("C1", by=hanako)
    await slack.events.deletes("C2")
    await slack.events.joins(slack.person("shin", email="shin@city.example"))
    await slack.events.changes(hanako, deleted=True)
    assert [b["event"]["type"] for b in desk.heard] == [
        "member_joined_channel",
        "channel_rename",
        "channel_left",
        "channel_archive",
        "channel_deleted",
        "team_join",
        "user_change",
    ]
    assert desk.heard[0]["event"]["user"] == slack.home.bot_user
    assert desk.heard[-1]["event"]["user"]["deleted"] is True
    slack.subscribed = {"team_join"}
    await slack.events.renames("C1", "旧課")
    assert len(desk.heard) == 7
    slack.subscribed = None
    await slack.events.uninstalls(slack.home)
    client = AsyncWebClient(token=slack.token, base_url=slack.api)
    assert await error(client.auth_test()) == "account_inactive"


# HTTP alone


async def test_signatures(http: Desk) -> None:
    @http.app.command("/kizuki")
    async def command(ack: Any) -> None:
        await ack(text="はい")

    hanako = http.hanako
    for how in (How(secret="other"), How(age=301), How(unsigned=True)):
        await hanako.types("/kizuki", channel="C1", how=how)
        assert hanako.answer.status == 401
    assert len(hanako.warnings) == 3
    assert await hanako.types("/kizuki", channel="C1") == "はい"
    assert await http.slack.deliveries.verifies_url()
    assert (await http.slack.deliveries.checks_ssl()).status == 200


async def test_bodies_that_are_none(http: Desk) -> None:
    bodies: list[int] = []

    async def count(request: web.Request) -> web.Response:
        bodies.append(len(await request.read()))
        return web.Response(status=400)

    server = web.Application(client_max_size=2**24)
    server.router.add_post("/", count)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    http.slack.app_url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await http.hanako.types("/kizuki", channel="C1", how=How(body=b"\xff{"))
    await http.hanako.types("/kizuki", channel="C1", how=How(padding=2_000_000))
    await http.hanako.types("/kizuki", channel="C1", how=How(same=2))
    assert bodies[0] == 2
    assert bodies[1] > 2_000_000
    assert bodies[2] == bodies[3]
    await runner.cleanup()
    await http.hanako.types("/kizuki", channel="C1")
    assert http.hanako.answer.why == "connection_failed"


# The socket alone


async def test_a_socket_that_is_refreshed_and_broken() -> None:
    async with LocalSlack(transport="socket") as slack:
        desk = Desk(slack)

        @desk.app.command("/kizuki")
        async def command(ack: Any) -> None:
            await ack(text="はい")

        await desk.start()
        await slack.sockets.disconnect()
        await slack.sockets.ready()
        assert (slack.sockets.opened, await desk.hanako.types("/kizuki", channel="C1")) == (2, "はい")
        await slack.sockets.break_off()
        await desk.hanako.types("/kizuki", channel="C1")
        assert "dispatch_failed" in desk.hanako.warnings[-1]
        async with asyncio.timeout(5):
            await slack.sockets.ready()
        await desk.hanako.types("/kizuki", channel="C1")
        assert len(desk.hanako.ephemerals) == 2
        assert slack.sockets.pings > 0
        await desk.stop()


async def test_a_ticket_opens_one_socket(slack: LocalSlack, client: AsyncWebClient) -> None:
    url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            hello = await socket.receive_json()
            assert (hello["type"], hello["connection_info"]["app_id"]) == ("hello", slack.app_id)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


# People


async def test_a_person_cannot_do_what_the_client_does_not_let_them(slack: LocalSlack) -> None:
    hanako = slack.person("hanako")
    client = AsyncWebClient(token=slack.token, base_url=slack.api)
    people = {"type": "users_select", "action_id": "v"}
    view = modal(
        numbers(), words(max_length=3), {"type": "input", "block_id": "to", "label": plain("誰"), "element": people}
    )
    await client.views_open(trigger_id=slack.triggers.give(slack.home, hanako.id), view=view)
    for name, value in (("numbers", ["9"]), ("text", "abcd"), ("to", "U9"), ("none", "x"), ("to", ["U1", "U2"])):
        with pytest.raises(AssertionError):
            hanako.fills(name, value)
    with pytest.raises(AssertionError, match="no button"):
        await hanako.presses("ない")
    taro = slack.person("taro", id="U0TARO")
    hanako.fills("to", taro.id)


async def test_a_payload_has_the_organisation_in_it(http: Desk) -> None:
    everywhere = http.slack.workspace("T10", enterprise="E1", everywhere=True)
    ken = http.slack.person("ken", workspace=everywhere)
    http.slack.opens("C10", "本庁", ken)
    heard: list[Json] = []

    @http.app.middleware
    async def keep(body: Json, next: Any) -> None:  # noqa: A002 - Bolt finds its arguments by name
        heard.append(body)
        await next()

    http.slack.deliveries.delays = ()
    await ken.types("/kizuki", channel="C10")
    await ken.writes("もしもし")
    await ken.uses_shortcut("note.compose")
    command, event, shortcut = heard
    assert (command["enterprise_id"], command["is_enterprise_install"]) == ("E1", "true")
    assert event["authorizations"][0] | {"user_id": ""} == {
        "enterprise_id": "E1",
        "team_id": None,
        "user_id": "",
        "is_bot": True,
        "is_enterprise_install": True,
    }
    assert (event["context_team_id"], event["context_enterprise_id"]) == ("T10", "E1")
    assert (shortcut["team"], shortcut["user"]["team_id"], shortcut["enterprise"]["id"]) == (None, "T10", "E1")


async def test_pages_to_look_at(slack: LocalSlack) -> None:
    hanako = slack.person("hanako")
    table = {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": c} for c in row] for row in (("課", "件"), ("窓口", "3"))],
    }
    data = [{"label": "4月", "value": 3}, {"label": "5月", "value": 5}]
    drawn_chart = {
        "type": "line",
        "series": [{"name": "件", "data": data}],
        "axis_config": {"categories": ["4月", "5月"]},
    }
    chart = {"type": "data_visualization", "title": "月ごと", "chart": drawn_chart}
    page = drawn.message({"text": "x", "blocks": [*CARD, table, chart]})
    for found in ("どれですか", "規範 1", "記録する", "<td", "polyline", "月ごと"):
        assert found in page
    dialog = drawn.modal(modal(words(), numbers("1")), {"text": "短いです"})
    assert "短いです" in dialog
    assert "送る" in dialog
    assert "ようこそ" in drawn.home(HOME)
    message = slack.whisper(
        slack.home, hanako.id, Message(hanako.dm, slack.ts(), "U", "&lt;b&gt; &amp; x", by_bot=True)
    )
    assert "&lt;b&gt; &amp; x" in drawn.page(message)


async def test_moments_are_all_different(slack: LocalSlack) -> None:
    found = [slack.ts() for _ in range(1_000)]
    assert sorted(set(found)) == found
    assert abs(float(found[0]) - time.time()) < 5
