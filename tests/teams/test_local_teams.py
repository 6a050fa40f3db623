"""The local Teams refuses what Teams refuses, at its connector and its login, and signs as Teams signs."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import jwt
import pytest

from tests.teams import activities, signing
from tests.teams.conversations import Conversation
from tests.teams.deliveries import How
from tests.teams.desk import Bot, Clock, Desk, message, refused, said, text
from tests.teams.login import ASSERTION, SCOPE
from tests.teams.server import LocalTeams


@pytest.fixture
def clock() -> Clock:
    """Time that a test moves."""
    return Clock()


@pytest.fixture
async def teams(clock: Clock) -> AsyncIterator[LocalTeams]:
    """A Teams without an app, where time stands still and nothing is limited."""
    async with LocalTeams(clock=clock) as found:
        found.limits.off()
        yield found


@pytest.fixture
def bot(teams: LocalTeams) -> Bot:
    """A client of the connector."""
    return Bot(teams)


# What the connector takes and refuses.


async def test_a_message_to_somebody_whose_chat_was_just_opened(teams: LocalTeams, bot: Bot) -> None:
    hanako = teams.person("hanako")
    for ident in (hanako.id, hanako.oid):
        assert await bot.create(teams.home.id, ident) == (201, {"id": hanako.chat.id})
    status, answer = await bot.send(hanako.chat, message(text("おはようございます")))
    assert status == 201
    assert (hanako.inbox[-1].id, hanako.inbox[-1].plain) == (answer["id"], "おはようございます")
    assert teams.faults == []


async def test_no_token_a_made_up_one_and_one_that_has_run_out_are_refused(teams: LocalTeams, bot: Bot) -> None:
    hanako = teams.person("hanako")
    for token in ("", "made up"):
        bot.token = token
        assert refused(await bot.send(hanako.chat, said("はい"))) == (401, "Unauthorized")
    bot.token = await teams.bearer()
    assert (await bot.send(hanako.chat, said("はい")))[0] == 201
    teams.later(86_400)
    assert refused(await bot.send(hanako.chat, said("はい"))) == (401, "Unauthorized")
    assert len(hanako.inbox) == 1


async def test_who_blocked_it_and_who_does_not_have_it_are_not_reached(teams: LocalTeams, bot: Bot) -> None:
    hanako, taro = teams.person("hanako"), teams.person("taro", installed=False)
    hanako.blocks()
    assert (await bot.create(teams.home.id, hanako.id))[0] == 201, "a block shows only in writing"
    assert refused(await bot.send(hanako.chat, said("はい"))) == (403, "MessageWritesBlocked")
    assert refused(await bot.create(teams.home.id, taro.id)) == (403, "ForbiddenOperationException")
    assert refused(await bot.send(taro.chat, said("はい"))) == (403, "BotNotInConversationRoster")
    hanako.blocks(blocked=False)
    assert (await bot.send(hanako.chat, said("はい")))[0] == 201


async def test_teams_it_is_not_in_archived_and_deleted_ones(teams: LocalTeams, bot: Bot) -> None:
    hanako = teams.person("hanako")
    team = teams.team("ほか", "係", members=[hanako], bot=False)
    channel = team.channels[1]
    assert refused(await bot.send(channel, said("はい"))) == (403, "BotNotInConversationRoster")
    assert refused(await bot.call("GET", f"teams/{team.id}/conversations")) == (403, "BotNotInConversationRoster")
    team.bot, team.archived = True, True
    assert refused(await bot.send(channel, said("はい"))) == (403, "ForbiddenOperationException")
    assert (await bot.call("GET", f"conversations/{channel.id}/pagedmembers"))[0] == 200
    team.archived, channel.deleted = False, True
    assert refused(await bot.send(channel, said("はい"))) == (404, "ConversationNotFound")
    assert (await bot.send(team.general, said("はい")))[0] == 201
    team.deleted = True
    assert refused(await bot.send(team.general, said("はい"))) == (404, "ConversationNotFound")
    assert refused(await bot.call("GET", f"teams/{team.id}")) == (404, "ConversationNotFound")


async def test_who_and_what_is_unknown(teams: LocalTeams, bot: Bot) -> None:
    hanako = teams.person("hanako")
    elsewhere = Conversation("a:1nowhere", "personal", teams.home.id, [hanako.account])
    assert refused(await bot.send(elsewhere, said("はい"))) == (404, "ConversationNotFound")
    path = f"conversations/{hanako.chat.id}"
    assert refused(await bot.call("POST", f"{path}/activities/1", said("はい"))) == (
        404,
        "ActivityNotFoundInConversation",
    )
    assert refused(await bot.call("PUT", f"{path}/activities/1", said("はい"))) == (
        404,
        "ActivityNotFoundInConversation",
    )
    assert refused(await bot.call("DELETE", f"{path}/activities/1")) == (404, "ActivityNotFoundInConversation")
    assert refused(await bot.call("GET", f"{path}/members/29:nobody")) == (404, "MemberNotFoundInConversation")
    assert refused(await bot.create(teams.home.id, "29:nobody")) == (400, "BadArgument")
    assert refused(await bot.create("no tenant", hanako.id)) == (400, "BadArgument")
    assert refused(await bot.create(teams.home.id)) == (400, "BadArgument")
    assert refused(await bot.create(teams.home.id, hanako.id, bot={"id": "28:another"})) == (400, "BadArgument")


async def test_what_is_no_message_and_what_is_too_big(teams: LocalTeams, bot: Bot) -> None:
    hanako = teams.person("hanako")
    for body in ({}, {"type": "invoke"}, {"type": "message"}, {"type": "message", "text": ""}):
        assert refused(await bot.send(hanako.chat, body)) == (400, "BadSyntax")
    other = {**said("はい"), "from": {"id": "28:another"}}
    assert refused(await bot.send(hanako.chat, other)) == (400, "BadArgument")
    room = (activities.MOST_BYTES - activities.size(said(""))) // 2
    assert (await bot.send(hanako.chat, said("あ" * room)))[0] == 201
    assert refused(await bot.send(hanako.chat, said("あ" * (room + 1)))) == (413, "MessageSizeTooBig")
    assert (await bot.send(hanako.chat, {"type": "typing"}))[0] == 201
    assert teams.typing == [hanako.chat.id]
    assert len(hanako.inbox) == 1


async def test_threads_of_a_channel(teams: LocalTeams, bot: Bot) -> None:
    hanako = teams.person("hanako")
    channel = teams.team("試験都庁", "窓口課", members=[hanako]).channels[1]
    _, first = await bot.send(channel, said("はじめ"))
    await bot.send(channel, said("つづき"), root=first["id"])
    await bot.call("POST", f"conversations/{channel.id}/activities/{first['id']}", said("返事"))
    assert [m.root for m in channel.messages] == [first["id"]] * 3
    assert refused(await bot.send(channel, said("はい"), root="1")) == (404, "ActivityNotFoundInConversation")
    data = {"channel": {"id": channel.id}}
    status, opened = await bot.create(teams.home.id, isGroup=True, channelData=data, activity=said("新しい"))
    assert (status, opened["id"]) == (201, f"{channel.id};messageid={opened['activityId']}")
    assert channel.messages[-1].plain == "新しい"


async def test_a_change_is_seen_by_everybody_and_a_deleted_message_by_nobody(teams: LocalTeams, bot: Bot) -> None:
    hanako = teams.person("hanako")
    channel = teams.team("試験都庁", "窓口課", members=[hanako]).channels[1]
    await bot.send(channel, said("前"))
    found = channel.messages[-1]
    assert await bot.update(found, said("後")) == (200, {"id": found.id})
    assert (found.plain, len(found.edits)) == ("後", 1)
    assert refused(await bot.update(found, {**said("後"), "id": "1"})) == (400, "BadArgument")
    assert (await bot.delete(found))[0] == 200
    assert channel.messages == []
    assert refused(await bot.delete(found)) == (404, "ActivityNotFoundInConversation")
    assert refused(await bot.update(found, said("また"))) == (404, "ActivityNotFoundInConversation")


async def test_a_channel_may_refuse_both_and_the_messages_of_others_are_theirs(desk: Desk) -> None:
    bot = Bot(desk.teams)
    await bot.send(desk.channel, said("前"))
    desk.channel.refuses |= {"delete", "update"}
    found = desk.channel.messages[-1]
    assert refused(await bot.delete(found)) == (403, "ForbiddenOperationException")
    assert refused(await bot.update(found, said("後"))) == (403, "ForbiddenOperationException")
    assert found.plain == "前"
    desk.channel.refuses.clear()
    hers = await desk.hanako.writes("わたしの", channel=desk.channel)
    assert refused(await bot.delete(hers)) == (403, "ForbiddenOperationException")


async def test_a_targeted_message_is_seen_by_one_person(teams: LocalTeams, bot: Bot) -> None:
    hanako, taro, ken = (teams.person(n) for n in ("hanako", "taro", "ken"))
    channel = teams.team("試験都庁", "窓口課", members=[hanako, taro]).channels[1]
    flag = "?isTargetedActivity=true"
    to = {**said("あなただけに"), "recipient": {"id": hanako.id}}
    assert (await bot.send(channel, to, query=flag))[0] == 201
    (whisper,) = hanako.whispers
    assert (whisper.plain_for(hanako.id), whisper.plain_for(taro.id)) == ("あなただけに", "")
    assert hanako.sees == "あなただけに"
    assert taro.whispers == channel.messages == []
    stranger = {**to, "recipient": {"id": ken.id}}
    assert refused(await bot.send(channel, stranger, query=flag)) == (404, "MemberNotFoundInConversation")
    assert refused(await bot.send(hanako.chat, to, query=flag)) == (400, "BadArgument")
    assert refused(await bot.update(whisper, said("後"))) == (404, "ActivityNotFoundInConversation")
    assert (await bot.update(whisper, said("後"), flag))[0] == 200
    assert (await bot.delete(whisper, flag))[0] == 200
    channel.refuses.add("targeted")
    assert refused(await bot.send(channel, to, query=flag)) == (403, "ForbiddenOperationException")


async def test_members_come_page_by_page(teams: LocalTeams, bot: Bot) -> None:
    crew = [teams.person(f"p{n}") for n in range(7)]
    guest = teams.person("guest", tenant=teams.tenant("T2"), role="guest")
    anonymous = teams.person("anon", role="anonymous")
    team = teams.team("試験都庁", members=[*crew, guest, anonymous])
    found, token, sizes = [], "", []
    for _ in range(4):
        query = f"?pageSize=4{f'&continuationToken={token}' if token else ''}"
        status, page = await bot.call("GET", f"conversations/{team.id}/pagedmembers{query}")
        assert status == 200
        found += page["members"]
        sizes.append(len(page["members"]))
        token = page.get("continuationToken", "")
        if not token:
            break
    assert sizes == [4, 4, 1]
    assert [m["id"] for m in found] == [p.id for p in [*crew, guest, anonymous]]
    assert found[0] == crew[0].account.shown()
    assert {"id", "name", "objectId", "givenName", "surname", "email", "userPrincipalName", "tenantId"} < set(found[0])
    assert (found[7]["userRole"], found[7]["tenantId"]) == ("guest", guest.tenant.id)
    assert "aadObjectId" not in found[8]
    bad = await bot.call("GET", f"conversations/{team.id}/pagedmembers?continuationToken=bad")
    assert refused(bad) == (400, "BadArgument")
    for ident in (crew[3].id, crew[3].oid):
        assert (await bot.call("GET", f"conversations/{team.id}/members/{ident}"))[1]["id"] == crew[3].id


async def test_the_channels_of_a_team_the_first_without_a_name(teams: LocalTeams, bot: Bot) -> None:
    team = teams.team("試験都庁", "窓口課", "税務課", members=[teams.person("hanako")])
    team.channels[2].deleted = True
    _, found = await bot.call("GET", f"teams/{team.id}/conversations")
    assert found == {"conversations": [{"id": team.id}, {"id": team.channels[1].id, "name": "窓口課"}]}
    _, about = await bot.call("GET", f"teams/{team.id}")
    assert (about["name"], about["aadGroupId"], about["channelCount"]) == ("試験都庁", team.group, 2)


# Limits.


async def test_the_published_limits_of_one_conversation(teams: LocalTeams, bot: Bot, clock: Clock) -> None:
    hanako, taro = teams.person("hanako"), teams.person("taro")
    teams.limits.on, teams.limits.tenant = True, ()
    statuses = [(await bot.send(hanako.chat, said("はい")))[0] for _ in range(8)]
    assert statuses == [201] * 7 + [429]
    assert bot.headers["Retry-After"] == "1"
    assert (await bot.send(taro.chat, said("はい")))[0] == 201, "another conversation"
    clock.now += 1.01
    assert [(await bot.send(hanako.chat, said("はい")))[0] for _ in range(2)] == [201, 429], "8 in 2 s"
    clock.now += 1
    for _ in range(52):
        clock.now += 0.51
        assert (await bot.send(hanako.chat, said("はい")))[0] == 201
    assert (await bot.send(hanako.chat, said("はい")))[0] == 429, "60 in 30 s"
    assert 1 <= int(bot.headers["Retry-After"]) <= 3
    assert len(hanako.inbox) == 60


async def test_the_limit_of_an_hour(teams: LocalTeams, bot: Bot, clock: Clock) -> None:
    hanako = teams.person("hanako")
    teams.limits.writes = tuple(w for w in teams.limits.writes if w[1] == 3_600)
    teams.limits.on, teams.limits.tenant = True, ()
    for number in range(1_801):
        clock.now += 1
        status, _ = await bot.send(hanako.chat, said("はい"))
        assert status == (201 if number < 1_800 else 429)
    assert bot.headers["Retry-After"] == "1800"


async def test_the_limit_of_a_tenant_and_changes_count_too(teams: LocalTeams, bot: Bot, clock: Clock) -> None:
    crew = [teams.person(f"p{n}") for n in range(51)]
    far = teams.person("far", tenant=teams.tenant("T2"))
    teams.limits.on = True
    statuses = [(await bot.send(p.chat, said("はい")))[0] for p in crew]
    assert statuses == [201] * 50 + [429]
    assert (await bot.send(far.chat, said("はい")))[0] == 201, "another tenant"
    clock.now += 1.01
    found = crew[0].inbox[0]
    assert [(await bot.update(found, said("後")))[0] for _ in range(8)] == [200] * 7 + [429]
    teams.limits.off()
    assert (await bot.update(found, said("後")))[0] == 200


async def test_reading_has_limits_of_its_own(teams: LocalTeams, bot: Bot) -> None:
    team = teams.team("試験都庁", members=[teams.person("hanako")])
    path = f"conversations/{team.id}/pagedmembers"
    teams.limits.on = True
    assert [(await bot.call("GET", path))[0] for _ in range(15)] == [200] * 14 + [429]
    assert (await bot.send(team.general, said("はい")))[0] == 201


# Refusals on demand.


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "MessageWritesBlocked"), (412, "PreconditionFailed"), (500, "ServiceError"), (504, "GatewayTimeout")],
)
async def test_it_refuses_on_demand_and_only_as_often(teams: LocalTeams, bot: Bot, status: int, code: str) -> None:
    hanako, taro = teams.person("hanako"), teams.person("taro")
    rule = teams.refuse("send", status=status, conversation=hanako.chat.id)
    assert (await bot.send(taro.chat, said("はい")))[0] == 201
    assert refused(await bot.send(hanako.chat, said("はい"))) == (status, code)
    assert (await bot.send(hanako.chat, said("はい")))[0] == 201
    assert (rule.used, len(hanako.inbox)) == (1, 1)
    assert [c.code for c in teams.called("send", status=status)] == [code]


async def test_other_ways_to_fail(teams: LocalTeams, bot: Bot) -> None:
    hanako = teams.person("hanako")
    teams.refuse("send", status=429, retry_after=7)
    await bot.send(hanako.chat, said("はい"))
    assert bot.headers["Retry-After"] == "7"
    teams.refuse(status=502, body="<html>bad gateway</html>")
    assert await bot.send(hanako.chat, said("はい")) == (502, "<html>bad gateway</html>")
    teams.refuse("send", hang=0.01)
    with pytest.raises(aiohttp.ClientError):
        await bot.send(hanako.chat, said("はい"))
    assert hanako.inbox == []
    teams.refuse("send", lost=True)
    with pytest.raises(aiohttp.ClientError):
        await bot.send(hanako.chat, said("着いた"))
    assert [m.plain for m in hanako.inbox] == ["着いた"], "it was done, only the answer was lost"
    teams.refuse("send", late=0.05)
    assert (await bot.send(hanako.chat, said("遅い")))[0] == 201
    forever = teams.refuse("send", status=500, times=float("inf"))
    assert [(await bot.send(hanako.chat, said("はい")))[0] for _ in range(3)] == [500] * 3
    forever.stop()
    assert (await bot.send(hanako.chat, said("はい")))[0] == 201


# The login and the keys.


async def _ask(teams: LocalTeams, tenant: str = "", **changes: str) -> tuple[int, str]:
    form = {"grant_type": "client_credentials", "client_id": teams.app_id, "scope": SCOPE}
    form |= {"client_secret": teams.password, **changes}
    address = f"{teams.url}{tenant or teams.home.id}/oauth2/v2.0/token"
    async with teams.session.post(address, data={n: v for n, v in form.items() if v}) as answer:
        found = await answer.json()
        return answer.status, found.get("error") or found["access_token"]


async def test_the_login_hands_out_tokens_that_open_the_connector(teams: LocalTeams, bot: Bot) -> None:
    hanako = teams.person("hanako")
    status, bot.token = await _ask(teams)
    assert status == 200
    assert (await bot.send(hanako.chat, said("はい")))[0] == 201


async def test_the_login_knows_who_asks(teams: LocalTeams) -> None:
    assert await _ask(teams, client_secret="wrong") == (401, "invalid_client")
    assert await _ask(teams, client_id="another") == (400, "unauthorized_client")
    assert await _ask(teams, scope="https://graph.microsoft.com/.default") == (400, "invalid_scope")
    assert await _ask(teams, grant_type="password") == (400, "unsupported_grant_type")
    assert await _ask(teams, tenant="another") == (400, "invalid_request")
    claims = {"iss": teams.app_id, "sub": teams.app_id}
    shown = jwt.encode(claims, teams.keys.current.private, "RS256")
    proof = {"client_secret": "", "client_assertion": shown, "client_assertion_type": ASSERTION}
    assert (await _ask(teams, **proof))[0] == 200
    assert await _ask(teams, **{**proof, "client_assertion": "x"}) == (401, "invalid_client")
    teams.refuse("token", status=503)
    assert (await _ask(teams))[0] == 503


BAD: dict[str, dict[str, Any]] = {
    "expired": {"age": 7_200},
    "not yet": {"age": -7_200},
    "for another": {"aud": "another"},
    "by another": {"iss": "https://sts.windows.net/"},
    "elsewhere": {"serviceurl": "https://evil.example/"},
    "no audience": {"aud": None},
    "no issuer": {"iss": None},
    "no service": {"serviceurl": None},
    "unknown kid": {"kid": "key-99"},
    "no kid": {"kid": None},
    "not signed": {"alg": "none"},
    "a secret": {"alg": "HS256"},
}


@pytest.mark.parametrize("claims", BAD.values(), ids=BAD)
async def test_bad_tokens_are_bad_in_that_one_way(desk: Desk, claims: dict[str, Any]) -> None:
    await desk.hanako.writes("はい")
    assert desk.hanako.answer.ok
    await desk.hanako.writes("いいえ", how=How(claims=claims))
    assert desk.hanako.answer.status == 401
    assert len(desk.heard) == 1
    assert desk.hanako.warnings == ["Unable to reach app. Please try again."]


async def test_keys_of_others_keys_for_other_channels_and_no_token(desk: Desk) -> None:
    stranger = desk.teams.keys.stranger()
    hows = (How(claims={"key": stranger}), How(claims={"key": stranger, "kid": desk.teams.keys.current.kid}))
    for how in (*hows, How(unsigned=True), How(token="made up")):
        await desk.hanako.writes("いいえ", how=how)
        assert desk.hanako.answer.status == 401
    desk.teams.keys.current.endorsements = ("directline",)
    await desk.hanako.writes("いいえ")
    assert desk.hanako.answer.status == 401


async def test_keys_rotate_and_old_ones_go(desk: Desk) -> None:
    before = {key["kid"] for key in await desk.published()}
    assert len(before) == 2
    old = desk.teams.keys.current
    new = desk.teams.rotate_key()
    assert {key["kid"] for key in await desk.published()} == {*before, new.kid}
    await desk.hanako.writes("はい")
    assert jwt.get_unverified_header(desk.teams.token())["kid"] == new.kid
    await desk.hanako.writes("前のかぎ", how=How(claims={"key": old}))
    assert desk.hanako.answer.ok
    desk.teams.rotate_key(remove_old=True)
    assert len(await desk.published()) == 1
    await desk.hanako.writes("前のかぎ", how=How(claims={"key": old}))
    assert desk.hanako.answer.status == 401
    assert jwt.decode(desk.teams.token(), options={"verify_signature": False})["iss"] == signing.ISSUER
