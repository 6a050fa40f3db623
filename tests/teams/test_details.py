"""What deliberate faults showed to be untested."""

import asyncio
from typing import Any

import pytest

from adapters.platform import Gone
from adapters.teams import parse
from adapters.teams.answers import Answers
from adapters.teams.directory import Directory
from adapters.teams.faults import Refused, meaning
from adapters.teams.members import profile_of
from adapters.teams.wording import plain
from storage.database import Busy
from tests.teams import payloads
from tests.teams.conversations import Message
from tests.teams.deliveries import How
from tests.teams.office import Office
from tests.teams.test_comings import places, private
from tests.teams.test_conversations import noted, says
from tests.teams.test_sending import of, owed

Json = dict[str, Any]


async def test_kizuki_does_not_answer_itself(office: Office) -> None:
    own = Message(
        office.teams.stamp(), office.madoguchi, office.teams.bot["id"], {"type": "message", "text": "@kizuki 様式"}
    )
    found = {**payloads.message(office.teams, office.hanako.account, own), "from": office.teams.bot}
    assert (await office.teams.deliveries.deliver(found)).ok
    await office.settled()
    assert office.teams.calls == []
    assert office.rows("select count(*) from once") == [(0,)]


async def test_what_does_not_name_kizuki_in_a_channel_is_not_for_it(office: Office) -> None:
    await office.hanako.writes("気づき 様式が三種類ある", channel=office.madoguchi, raw=True)
    await office.settled()
    assert office.teams.calls == []
    assert office.rows("select count(*) from draft") == [(0,)]


async def test_an_old_client_gets_a_file_too(office: Office) -> None:
    await office.hanako.installs()
    await says(office, office.hanako, "わたしの記録")
    await office.hanako.presses("teams.file", old_client=True)
    await office.settled()
    await office.hanako.accepts_file(office.hanako.inbox[-1])
    await office.settled()
    assert len(office.teams.uploads) == 1


async def test_whoever_is_only_in_their_own_chat_is_known_by_taking_kizuki_up(office: Office) -> None:
    office.team.members.remove(office.hanako.account)
    await office.hanako.installs()
    await office.settled()
    assert office.rows("select count(*) from account where person_id is not null") == [(1,)]


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("adaptiveCard/action", "statusCode"),
        ("task/fetch", "task"),
        ("task/submit", "task"),
        ("composeExtension/fetchTask", "task"),
        ("composeExtension/submitAction", "task"),
        ("composeExtension/query", "composeExtension"),
    ],
)
async def test_what_is_stale_is_said_in_the_shape_its_client_shows(office: Office, name: str, shape: str) -> None:
    found = payloads.invoke(office.teams, office.hanako.account, office.hanako.chat, name, {})
    answer = await office.teams.deliveries.deliver(found)
    assert shape in answer.json


async def test_a_dialogs_second_try_at_another_replica_closes_it_with_a_word(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    await office.hanako.presses("kudos.compose")
    await office.hanako.submits(to=[office.taro], text="引き継ぎ資料が丁寧で助かりました #10")
    await office.hanako.submits()
    again = office.teams.deliveries.sent[-1]
    await office.restart()
    answer = await office.teams.deliveries.deliver(again)
    assert answer.json["task"]["type"] == "message"
    assert office.rows("select count(*) from kudos") == [(1,)]


async def test_what_only_kizuki_hears_is_answered_to_the_person_alone(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    alone = How(changes={"recipient": {**office.teams.bot, "isTargeted": True}})
    await office.hanako.writes("@kizuki 気づき 会議室の予約が二重になる", channel=office.madoguchi, how=alone)
    await office.settled()
    assert "会議室の予約が二重になる" in office.hanako.inbox[-1].plain
    assert not [m for m in office.madoguchi.messages if m.by_bot], "nobody hears that there was anything"


async def test_a_press_that_is_refused_is_answered_under_the_card(office: Office) -> None:
    await office.hanako.installs()
    await says(office, office.hanako, "気づき 様式が三種類あって迷う")
    await office.hanako.presses("note.confirm", numbers=["2"])
    await office.settled()
    before, again = len(office.hanako.inbox), office.teams.deliveries.sent[-1]
    answer = await office.teams.deliveries.deliver({**again, "id": office.teams.ident("f")})
    await office.settled()
    assert answer.json["type"].endswith("activity.message")
    assert len(office.hanako.inbox) == before
    assert office.rows("select count(*) from note") == [(1,)]


async def test_an_old_clients_card_that_cannot_be_changed_is_answered_below(office: Office) -> None:
    await office.hanako.installs()
    await says(office, office.hanako, "気づき 様式が三種類あって迷う")
    asked = office.hanako.inbox[-1]
    office.teams.refuse("update", status=404, code="ActivityNotFoundInConversation", times=9)
    await office.hanako.presses("note.confirm", asked, old_client=True, numbers=["2"])
    await office.settled()
    assert office.hanako.inbox[-1] is not asked
    assert "記録しました" in office.hanako.inbox[-1].plain


async def test_where_targeted_answers_are_not_allowed_the_own_chat_is_the_place(targeted: Office) -> None:
    office = targeted
    await office.hanako.installs()
    await office.settled()
    office.madoguchi.refuses.add("targeted")
    await office.hanako.writes("@kizuki 気づき 会議室の予約が二重になる", channel=office.madoguchi)
    await office.settled()
    assert office.hanako.whispers == []
    assert "会議室の予約が二重になる" in office.hanako.inbox[-1].plain


async def test_a_targeted_answer_stands_in_its_thread_and_is_not_updated_by_a_call(targeted: Office) -> None:
    office = targeted
    asked = await office.hanako.writes("@kizuki 気づき 会議室の予約が二重になる", channel=office.madoguchi)
    await office.settled()
    [shown] = office.hanako.whispers
    assert shown.root == asked.id
    await office.hanako.presses("note.confirm", shown, numbers=["2"])
    await office.settled()
    assert office.hanako.looking is shown, "the card takes its place"
    assert not office.teams.called("update")


async def test_the_night_leaves_an_archived_team_alone(office: Office) -> None:
    await office.teams.events.archives(office.team, office.kacho)
    await office.platform_reads_directory()
    assert set(places(office).values()) == {(True, "archived")}


async def test_a_lost_channel_is_looked_for_thirty_days(office: Office) -> None:
    await office.teams.events.deletes_team(office.team, office.kacho)
    office.later(days=40)
    before = len(office.teams.called("members"))
    await office.platform_reads_directory()
    assert len(office.teams.called("members")) == before


async def test_one_unknown_among_many_who_join_keeps_nobody_else_unknown(office: Office) -> None:
    added = [{"id": "29:nobody"}, {"id": office.taro.id, "aadObjectId": office.taro.oid}]
    await office.teams.events.tell(office.kacho, office.general, "teamMemberAdded", membersAdded=added)
    await office.settled()
    assert office.rows("select ext_id from account") == [(office.taro.handle,)]


async def test_what_could_not_be_stored_is_answered_500(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy(_: object) -> None:
        raise Busy

    monkeypatch.setattr(office.database, "transact", busy)
    bot = {"id": office.teams.bot["id"]}
    found = payloads.event(
        office.teams, office.kacho.account, office.general, "teamMemberRemoved", membersRemoved=[bot]
    )
    assert (await office.teams.deliveries.deliver(found)).status == 500


async def test_kizuki_taken_out_of_ones_own_chat_is_uninstalled(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    bot = {"id": office.teams.bot["id"]}
    await office.teams.events.tell(office.hanako, office.hanako.chat, membersRemoved=[bot])
    assert private(office) == [(office.hanako.handle, "uninstalled")]


async def test_a_typed_name_calls_for_a_note_too(office: Office) -> None:
    await office.hanako.installs()
    await office.hanako.writes("@kizuki 様式が三種類ある", raw=True)
    await office.settled()
    assert office.rows("select text from draft") == [("様式が三種類ある",)]


async def test_messages_of_one_id_in_two_conversations_are_two(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    same = How(changes={"id": "1700000000000"})
    group = office.teams.group(office.hanako, office.taro)
    before = len(office.hanako.inbox)
    await office.hanako.writes("気づき 様式が三種類ある", how=same)
    await office.hanako.writes("@kizuki 気づき 会議室の予約が二重になる", channel=group, how=same)
    await office.settled()
    assert len(office.hanako.inbox) == before + 2


async def test_an_emoji_put_taken_back_and_put_again_counts(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    await noted(office, office.hanako, "窓口で同じ住所を三回書いてもらっている")
    message = office.madoguchi.messages[-1]
    await office.taro.reacts("like", message)
    await office.taro.unreacts("like", message)
    await office.taro.reacts("like", message)
    assert office.rows("select count(*) from note_support") == [(1,)]


async def test_kizuki_greets_in_the_channel_that_was_chosen(office: Office) -> None:
    team = office.teams.team("新しい部", "相談", members=[office.hanako])
    chosen = {"settings": {"selectedChannel": {"id": team.channels[1].id}}}
    bot = {"id": office.teams.bot["id"]}
    await office.teams.events.tell(office.hanako, team.general, "teamMemberAdded", membersAdded=[bot], data=chosen)
    await office.settled()
    await office.delivered()
    assert team.channels[1].messages
    assert not team.general.messages


async def test_a_units_channel_is_not_greeted_again(office: Office) -> None:
    await office.teams.events.deletes_channel(office.madoguchi, office.kacho)
    bot = {"id": office.teams.bot["id"]}
    chosen = {"settings": {"selectedChannel": {"id": office.madoguchi.id}}}
    office.madoguchi.deleted = False
    await office.teams.events.tell(office.kacho, office.general, "teamMemberAdded", membersAdded=[bot], data=chosen)
    await office.settled()
    await office.delivered()
    assert not office.madoguchi.messages


def test_fields_are_read_as_their_ids_say() -> None:
    given = {"t:text": "a,b%20", "c:one": "a%2Cb", "m:many": "a%2Cb,c", "p:to": "ABC,d", "x": "y", "m:none": ""}
    assert parse.fields(given, "t") == {
        "text": ("a,b%20",),
        "one": ("a,b",),
        "many": ("a,b", "c"),
        "to": ("teams/t:abc", "teams/t:d"),
        "none": (),
    }


async def test_a_quoted_message_names_who_wrote_it(office: Office) -> None:
    await office.hanako.installs()
    await office.taro.installs()
    await office.settled()
    said = await office.taro.writes("案内板の字が小さくて、読めない人がいた", channel=office.madoguchi)
    await office.hanako.uses_action("note", said)
    assert "taro" in office.hanako.sees


async def test_a_chat_between_people_never_becomes_ones_own_by_any_kind_of_activity(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    before = office.rows("select address from place where private")
    between = {"id": "19:hanako_ken@unq.gbl.spaces", "conversationType": "personal", "tenantId": office.teams.home.id}
    value = payloads.task({"a": "kudos.compose", "v": ""})
    found = payloads.invoke(office.teams, office.hanako.account, office.hanako.chat, "task/fetch", value)
    await office.teams.deliveries.deliver({**found, "conversation": between})
    assert office.rows("select address from place where private") == before


async def test_object_ids_in_capital_letters_are_the_same_people(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    sender = {**office.hanako.account.sender, "aadObjectId": office.hanako.oid.upper()}
    await office.hanako.writes("様式が三種類ある", how=How(changes={"from": sender}))
    await office.settled()
    assert office.rows("select count(*) from account") == [(1,)]


@pytest.mark.parametrize(
    ("html", "seen"),
    [
        ("<p>一<br>二</p>", "一\n二"),
        ("<ul><li>一</li><li>二</li></ul>", "一\n二"),
        ("<p>a &lt;b&gt; &amp; c</p>", "a <b> & c"),
        ('<p>よい <img alt="&#128077;" src="x"> ね</p>', "よい 👍 ね"),
        ('<p>一</p><attachment id="1">隠れたもの</attachment>', "一"),
        ("<style>p { }</style>一<script>alert(1)</script>", "一"),
    ],
)
def test_html_is_read_as_it_was_seen(html: str, seen: str) -> None:
    assert plain(html) == seen


async def test_whoever_could_not_be_written_to_is_tried_again_after_a_week(office: Office) -> None:
    await office.platform_reads_directory()
    office.taro.account.installed = False
    await owed(office, "k", of(office, office.taro))
    await office.delivered()
    gone = f"select gone_at is null from place where private and account = '{office.taro.handle}'"
    assert office.rows(gone) == [(0,)]
    office.later(days=1)
    await office.platform_reads_directory()
    assert office.rows(gone) == [(0,)]
    office.later(days=7)
    await office.platform_reads_directory()
    assert office.rows(gone) == [(1,)]


async def test_whom_one_conversation_does_not_know_is_asked_for_in_the_next(office: Office) -> None:
    rule = office.teams.refuse(
        "member", status=404, code="MemberNotFoundInConversation", conversation=office.hanako.chat.id, times=9
    )
    await office.hanako.installs()
    await office.settled()
    rule.stop()
    assert rule.used
    assert office.rows("select count(*) from account where person_id is not null") == [(1,)]


def test_another_tenant_proves_only_its_sign_in_names() -> None:
    directory = Directory(None, None, home="home")  # type: ignore[arg-type]
    member = {"email": "Chiji@city.example", "userPrincipalName": "x@other.example"}
    assert directory._emails(member, "other") == ["x@other.example"]
    assert directory._emails(member, "home") == ["chiji@city.example", "x@other.example"]


def test_who_a_member_is() -> None:
    both = {"tenantId": "T", "userRole": "user", "email": "a@x", "userPrincipalName": "b@x", "name": "n"}
    found = profile_of(both, "t", ["a@x", "b@x"], {"b@x"})
    assert (found.kind, found.email, found.verified) == ("member", "b@x", True)
    for guest in ({"userRole": "guest"}, {"userPrincipalName": "a_x#EXT#@t"}, {"tenantId": "other"}):
        found = profile_of({**both, **guest}, "t", ["a@x"], {"a@x"})
        assert (found.kind, found.verified) == ("guest", False), guest
    found = profile_of({**both, "tenantId": ""}, "t", ["a@x"], {"a@x"})
    assert (found.kind, found.verified) == ("member", False)


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://city-my.sharepoint.com/upload/1", True),
        ("http://city-my.sharepoint.com/upload/1", False),
        ("https://city-my.sharepoint.com.evil.example/1", False),
        ("https://x@city-my.sharepoint.com/1", False),
        ("https://evil.example/?.sharepoint.com", False),
        ("", False),
    ],
)
async def test_files_go_only_to_stores_of_microsofts(office: Office, url: str, good: bool) -> None:
    assert office.platform._listeners._files._is_store(url) is good


async def test_whoever_may_not_search_is_told_why(office: Office) -> None:
    guest = office.teams.person("gaibu", role="guest", email="x@other.example")
    office.team.members.append(guest.account)
    assert await guest.searches("", "mine", where=office.madoguchi) == []
    assert guest.answer.status == 200
    assert guest.sees


async def test_what_failed_once_is_worked_out_anew(office: Office) -> None:
    answers, tries = Answers(), []

    async def fails() -> Json:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError
        return {"tries": len(tries)}

    with pytest.raises(ValueError):
        await answers.once("k", fails)
    assert await answers.once("k", fails) == {"tries": 2}
    assert await answers.once("k", fails) == {"tries": 2}


async def test_answers_are_kept_for_a_minute() -> None:
    now, tries = [0.0], []
    answers = Answers(lambda: now[0])

    async def works() -> Json:
        tries.append(1)
        return {"tries": len(tries)}

    for moment, said in ((0.0, 1), (59.0, 1), (61.0, 2)):
        now[0] = moment
        assert await answers.once("k", works) == {"tries": said}


async def test_what_fails_is_answered_500_and_told_to_nobody(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ValueError("極秘")

    monkeypatch.setattr(office.platform._listeners, "_said", broken)
    await office.hanako.writes("様式が三種類ある")
    assert (office.hanako.answer.status, office.hanako.answer.body) == (500, "")


async def test_a_clap_by_emoji_is_put_and_stays(office: Office) -> None:
    for who in (office.hanako, office.taro):
        await who.installs()
    await office.settled()
    group = office.teams.group(office.hanako, office.taro)
    await says(
        office, office.hanako, f"@kizuki 感謝 @{office.taro.name} 引き継ぎ資料が丁寧で助かりました #10", channel=group
    )
    await office.hanako.presses("kudos.confirm", office.hanako.inbox[-1])
    await office.settled()
    await office.delivered()
    shown = [m for m in office.madoguchi.messages if "引き継ぎ資料" in m.plain]
    assert shown, [m.plain for m in office.madoguchi.messages + office.taro.inbox]
    shown[-1].reactions.append(("like", office.ken.id))
    await office.ken.unreacts("like", shown[-1])
    assert office.rows("select count(*) from kudos_clap") == [(0,)], "taking back what was never heard of claps not"
    await office.ken.reacts("like", shown[-1])
    claps = office.rows("select count(*) from kudos_clap")
    assert claps == [(1,)]
    await office.ken.unreacts("like", shown[-1])
    assert office.rows("select count(*) from kudos_clap") == claps


async def test_closing_waits_for_a_press(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await office.hanako.installs()
    await says(office, office.hanako, "気づき 様式が三種類あって迷う")
    asked, transact = office.hanako.inbox[-1], office.database.transact

    async def slow(work: Any) -> Any:
        await asyncio.sleep(0.5)
        return await transact(work)

    monkeypatch.setattr(office.database, "transact", slow)
    press = asyncio.create_task(office.hanako.presses("note.confirm", asked, numbers=["2"]))
    await asyncio.sleep(0.2)
    await office.restart()
    await press
    assert office.hanako.answer.ok
    assert "記録しました" in asked.plain


async def test_a_forged_press_changes_nothing_that_others_see(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    await noted(office, office.hanako, "窓口で同じ住所を三回書いてもらっている")
    note = office.madoguchi.messages[-1]
    before = note.plain
    value = payloads.executed({}, {"a": "principle.page", "v": "1:examples"})
    forged = payloads.invoke(office.teams, office.taro.account, office.madoguchi, "adaptiveCard/action", value, on=note)
    assert (await office.teams.deliveries.deliver(forged)).ok
    await office.settled()
    assert note.plain == before


def test_a_word_means_that_a_place_is_gone_only_where_teams_refuses_it() -> None:
    assert isinstance(meaning("send", 404, "ConversationNotFound", {}), Gone)
    assert isinstance(meaning("send", 400, "ConversationNotFound", {}), Refused)
    assert isinstance(meaning("send", 403, "", {}), Refused)
