"""People's own client: what it sends is what Teams sends, and what it shows is what Teams would show."""

import json
from typing import Any

import pytest

from tests.teams.answers import MESSAGE, UNREACHED, WRONG
from tests.teams.conversations import CARD
from tests.teams.deliveries import TWICE, How
from tests.teams.desk import Bot, Desk, card, execute, field, message, numbers, opens, people, said, submit, task, text
from tests.teams.dialogs import Dialog
from tests.teams.person import Person
from tests.teams.tenant import Json


async def shown(desk: Desk, person: Person, body: Json) -> None:
    """Have the bot write in somebody's chat, and that person look at it."""
    await Bot(desk.teams).send(person.chat, body)
    person.looks_at(person.inbox[-1])


def drawn(*body: Json, actions: list[Json] | None = None) -> Json:
    return {"statusCode": 200, "type": CARD, "value": card(*body, actions=actions)}


async def test_a_message_in_a_personal_chat(desk: Desk) -> None:
    said_ = await desk.hanako.writes("様式が三種類ある <b>")
    account, last = desk.hanako.account, desk.last
    assert last == {
        "type": "message",
        "id": said_.id,
        "text": "様式が三種類ある <b>",
        "textFormat": "plain",
        "attachments": [{"contentType": "text/html", "content": "<p>様式が三種類ある &lt;b&gt;</p>"}],
        "timestamp": last["timestamp"],
        "localTimestamp": last["localTimestamp"],
        "localTimezone": "Asia/Tokyo",
        "channelId": "msteams",
        "serviceUrl": desk.teams.url,
        "from": {"id": account.id, "name": "Hanako", "aadObjectId": account.oid},
        "conversation": {"conversationType": "personal", "tenantId": account.tenant, "id": desk.hanako.chat.id},
        "recipient": {"id": f"28:{desk.teams.app_id}", "name": "kizuki"},
        "entities": [
            {"locale": "ja-JP", "country": "JP", "platform": "Web", "timezone": "Asia/Tokyo", "type": "clientInfo"}
        ],
        "channelData": {"tenant": {"id": account.tenant}},
        "locale": "ja-JP",
    }
    assert desk.hanako.chat.id.startswith("a:1")
    assert account.id.startswith("29:1")
    await desk.hanako.writes("@taro @hanako はい")
    assert desk.last["text"] == "@taro @hanako はい", "nobody can be named there"


async def test_in_a_channel_it_is_heard_where_it_is_mentioned(desk: Desk) -> None:
    await desk.hanako.writes("ただの会話", channel=desk.channel)
    assert desk.heard == []
    first = await desk.hanako.writes("@kizuki 感謝 @taro ありがとう", channel=desk.channel)
    assert desk.last["text"] == "<at>kizuki</at> 感謝 <at>Taro</at> ありがとう\n"
    mentions = [e for e in desk.last["entities"] if e["type"] == "mention"]
    assert [(m["mentioned"]["id"], m["text"]) for m in mentions] == [
        (f"28:{desk.teams.app_id}", "<at>kizuki</at>"),
        (desk.taro.id, "<at>Taro</at>"),
    ]
    (rich,) = desk.last["attachments"]
    assert 'itemid="1">Taro</span> ありがとう' in rich["content"]
    where = desk.last["conversation"]
    assert where["id"] == f"{desk.channel.id};messageid={first.id}"
    assert (where["conversationType"], where["isGroup"]) == ("channel", True)
    data = desk.last["channelData"]
    assert (data["team"], data["channel"]) == ({"id": desk.team.id}, {"id": desk.channel.id})
    await desk.taro.writes("@kizuki 返事", thread=first)
    assert desk.last["conversation"]["id"] == f"{desk.channel.id};messageid={first.id}"
    with pytest.raises(AssertionError, match="is not in"):
        await desk.teams.person("ken").writes("はい", channel=desk.channel)


async def test_a_group_chat(desk: Desk) -> None:
    group = desk.teams.group(desk.hanako, desk.taro)
    await desk.hanako.writes("@kizuki @ken きょう", channel=group)
    assert desk.last["text"] == "<at>kizuki</at> @ken きょう\n", "nobody else can be named"
    assert desk.last["conversation"]["conversationType"] == "groupChat"
    assert "team" not in desk.last["channelData"]


async def test_a_press_is_answered_with_a_card_for_that_person_alone(desk: Desk) -> None:
    bot = Bot(desk.teams)
    await bot.send(desk.channel, message(text("どれ"), numbers("1"), actions=[execute("note.ok", "記録する", v="7")]))
    posted = desk.channel.messages[-1]
    desk.answers("adaptiveCard/action", drawn(text("記録しました")))
    await desk.hanako.presses("記録する", posted, numbers=["2", "a,b"])
    assert desk.last["value"] == {
        "action": {
            "type": "Action.Execute",
            "title": "記録する",
            "verb": "note.ok",
            "data": {"a": "note.ok", "v": "7", "c:numbers": "2,a%2Cb"},
        },
        "trigger": "manual",
    }
    assert (desk.last["replyToId"], desk.last["name"]) == (posted.id, "adaptiveCard/action")
    assert desk.hanako.sees == "記録しました"
    assert desk.taro.looks_at(posted).startswith("どれ")
    assert (await bot.update(posted, message(text("終わり"))))[0] == 200
    assert desk.hanako.looks_at(posted) == desk.taro.looks_at(posted) == "終わり"
    assert desk.teams.faults == []


async def test_other_answers_to_a_press(desk: Desk) -> None:
    await shown(desk, desk.hanako, message(actions=[execute("x", "押す")]))
    posted = desk.hanako.inbox[-1]
    desk.answers("adaptiveCard/action", {"statusCode": 200, "type": MESSAGE, "value": "済み"})
    assert await desk.hanako.presses("押す", posted) == "済み"
    error = {"code": "Gone", "message": "古いボタンです"}
    desk.answers("adaptiveCard/action", {"statusCode": 400, "type": "application/vnd.microsoft.error", "value": error})
    await desk.hanako.presses("押す", posted)
    assert desk.hanako.warnings == ["古いボタンです"]
    desk.answers("adaptiveCard/action", None)
    await desk.hanako.presses("押す", posted)
    assert desk.hanako.warnings[-1] == WRONG
    assert desk.teams.faults == []
    desk.answers("adaptiveCard/action", {"statusCode": 200, "type": "card", "value": {}})
    await desk.hanako.presses("押す", posted)
    assert len(desk.teams.faults) == 1
    assert len(desk.hanako.warnings) == 3


async def test_who_waits_too_long_is_told_that_something_went_wrong(desk: Desk) -> None:
    await shown(desk, desk.hanako, message(actions=[execute("x", "押す")]))
    desk.teams.deliveries.patience, desk.hangs = 0.05, 0.5
    await desk.hanako.presses("押す")
    assert desk.hanako.warnings == [WRONG]
    await desk.hanako.writes("はい")
    assert desk.hanako.warnings == [WRONG, UNREACHED]


async def test_an_old_client_submits_instead(desk: Desk) -> None:
    await shown(desk, desk.hanako, message(numbers("1"), actions=[execute("note.ok", "記録する", v="7")]))
    await desk.hanako.presses("note.ok", old_client=True, numbers="2")
    assert (desk.last["type"], desk.last["replyToId"]) == ("message", desk.hanako.inbox[-1].id)
    assert desk.last["value"] == {"a": "note.ok", "v": "7", "c:numbers": "2"}
    assert "text" not in desk.last


async def test_a_button_that_asks_first_and_its_question(desk: Desk) -> None:
    inner = card(text("本当に？"), actions=[execute("note.drop", "消す")])
    await shown(desk, desk.hanako, message(actions=[{"type": "Action.ShowCard", "title": "消す…", "card": inner}]))
    assert "本当に？" not in desk.hanako.sees
    for words in ("消す…", "note.drop"):
        desk.answers("adaptiveCard/action", {"statusCode": 200, "type": MESSAGE, "value": "消しました"})
        assert await desk.hanako.presses(words, desk.hanako.inbox[-1]) == "消しました"
        assert desk.last["value"]["action"]["verb"] == "note.drop"
    assert desk.hanako.asked == ["本当に？"] * 2


async def test_the_client_checks_fields_before_it_sends(desk: Desk) -> None:
    needed = field("text", isRequired=True, errorMessage="書いてください", maxLength=5)
    await shown(desk, desk.hanako, message(needed, numbers(many=False), people(), actions=[submit("x", "送る")]))
    await desk.hanako.presses("送る")
    assert (desk.heard, desk.hanako.errors) == ([], {"text": "書いてください"})
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"text": "長すぎるもの"}, "takes 5"),
        ({"text": "二\n行"}, "one line"),
        ({"numbers": "9"}, "no option"),
        ({"numbers": ["1", "2"]}, "takes one"),
        ({"nothing": "1"}, "no field"),
        ({"to": desk.teams.person("far", tenant=desk.teams.tenant("T2"))}, "no directory"),
        ({"numbers": desk.taro}, "picks no people"),
    ]
    for fields, why in wrong:
        with pytest.raises(AssertionError, match=why):
            await desk.hanako.presses("送る", **fields)
    await desk.hanako.presses("送る", text="はい", to=[desk.taro, desk.hanako])
    assert desk.last["value"] == {"a": "x", "t:text": "はい", "p:to": f"{desk.taro.oid},{desk.hanako.oid}"}
    with pytest.raises(AssertionError, match="no button"):
        await desk.hanako.presses("ない")


async def test_a_dialog_opens_shows_faults_and_closes(desk: Desk) -> None:
    await shown(desk, desk.hanako, message(field("hint"), actions=[opens("kudos", "感謝を書く")]))
    desk.answers("task/fetch", task(field("text"), actions=[submit("kudos.next", "次へ", style="positive")]))
    await desk.hanako.presses("感謝を書く", hint="あ")
    asked = {"data": {"msteams": {"type": "task/fetch"}, "a": "kudos", "t:hint": "あ"}, "context": {"theme": "default"}}
    assert (desk.last["name"], desk.last["value"]) == ("task/fetch", asked)
    assert desk.hanako.dialog
    assert (desk.hanako.dialog.title, desk.hanako.dialog.width) == ("題", 400)
    again = task(
        text("短すぎます", color="Attention"), field("text", value="短い"), actions=[submit("kudos.next", "次へ")]
    )
    desk.answers("task/submit", again)
    await desk.hanako.submits(text="短い")
    assert (desk.last["name"], desk.last["value"]["data"]) == ("task/submit", {"a": "kudos.next", "t:text": "短い"})
    assert desk.hanako.errors == {"text": "短すぎます"}
    desk.answers("task/submit", {"task": {"type": "message", "value": "届けました"}})
    assert await desk.hanako.submits(text="長いことば") == "届けました"
    await desk.hanako.closes()
    assert desk.hanako.dialog is None
    desk.answers("task/fetch", task(field("text"), actions=[submit("x", "送る")]))
    await desk.hanako.presses("感謝を書く", desk.hanako.inbox[-1])
    desk.answers("task/submit", None)
    await desk.hanako.submits()
    assert desk.hanako.dialog is None
    assert desk.hanako.warnings == desk.teams.faults == []


@pytest.mark.parametrize(
    "answer",
    [
        {"task": {"type": "next", "value": "x"}},
        {"task": {"type": "continue", "value": {"title": "題", "card": card()}}},
        task(actions=[execute("x", "送る")]),
        task(actions=[opens("x", "開く")]),
        task(title=""),
        {"nothing": 1},
    ],
)
async def test_what_is_no_dialog_is_a_fault(desk: Desk, answer: Json) -> None:
    await shown(desk, desk.hanako, message(actions=[opens("kudos", "感謝を書く")]))
    desk.answers("task/fetch", answer)
    await desk.hanako.presses("感謝を書く")
    assert desk.hanako.dialog is None
    assert desk.hanako.warnings == [WRONG]
    assert desk.teams.faults


async def test_a_message_extension_on_a_message(desk: Desk) -> None:
    source = await desk.taro.writes("案内板の字が @hanako 小さい <i>", channel=desk.channel)
    desk.answers("composeExtension/fetchTask", task(field("text", value="案内"), actions=[submit("note", "送る")]))
    await desk.hanako.uses_action("note", source)
    value = desk.last["value"]
    assert (value["commandId"], value["commandContext"]) == ("note", "message")
    quoted = value["messagePayload"]
    assert quoted["from"]["user"] == {
        "userIdentityType": "aadUser",
        "id": desk.taro.oid,
        "displayName": "Taro",
    }
    assert quoted["body"]["content"] == '<p>案内板の字が <at id="0">Hanako</at> 小さい &lt;i&gt;</p>'
    assert quoted["mentions"][0]["mentioned"]["user"]["id"] == desk.hanako.oid
    assert desk.last["conversation"]["id"] == f"{desk.channel.id};messageid={source.id}"
    desk.answers("composeExtension/submitAction", None)
    await desk.hanako.submits(text="読めない")
    value = desk.last["value"]
    assert desk.last["name"] == "composeExtension/submitAction"
    assert (value["data"], value["messagePayload"]["id"]) == ({"a": "note", "t:text": "読めない"}, source.id)
    assert desk.hanako.dialog is None


async def test_a_message_extension_beside_the_message_field_and_its_card(desk: Desk) -> None:
    desk.answers("composeExtension/fetchTask", task(field("text"), actions=[submit("note", "送る")]))
    await desk.hanako.uses_action("note", where=desk.channel)
    assert desk.last["value"]["commandContext"] == "compose"
    assert "messagePayload" not in desk.last["value"]
    desk.answers("composeExtension/submitAction", {"composeExtension": found(card(text("規範 1")))})
    await desk.hanako.submits()
    assert [d.plain for d in desk.hanako.drafts] == ["規範 1"]


def found(*cards: Json) -> Json:
    preview = {"contentType": "application/vnd.microsoft.card.thumbnail", "content": {"title": "題", "text": "文"}}
    attachments = [{"contentType": CARD, "content": one, "preview": preview} for one in cards]
    return {"type": "result", "attachmentLayout": "list", "attachments": attachments}


async def test_a_search_and_what_is_inserted(desk: Desk) -> None:
    desk.answers("composeExtension/query", {"composeExtension": found(card(text("規範 1")), card(text("規範 2")))})
    results = await desk.hanako.searches("使う人", "principles", parameter="words", where=desk.channel)
    assert desk.last["value"] == {
        "commandId": "principles",
        "parameters": [{"name": "words", "value": "使う人"}],
        "queryOptions": {"skip": 0, "count": 25},
    }
    assert [r.plain for r in results] == ["規範 1", "規範 2"]
    posted = desk.hanako.inserts(results[1], desk.channel)
    assert (posted.plain, posted.by_bot, desk.channel.messages[-1]) == ("規範 2", False, posted)
    desk.answers("composeExtension/query", {"composeExtension": {"type": "message", "text": "ありません"}})
    assert await desk.hanako.searches("", "principles") == []
    assert desk.last["value"]["parameters"] == [{"name": "initialRun", "value": "true"}]
    assert desk.hanako.sees == "ありません"
    assert desk.teams.faults == []
    desk.answers("composeExtension/query", {"composeExtension": found(card(actions=[submit("x", "送る")]))})
    assert await desk.hanako.searches("使う人", "principles") == []
    assert desk.teams.faults


async def test_reactions_are_heard_under_the_bots_own_messages(desk: Desk) -> None:
    await Bot(desk.teams).send(desk.channel, said("お知らせ"))
    posted = desk.channel.messages[-1]
    await desk.hanako.reacts("like", posted)
    assert (desk.last["type"], desk.last["replyToId"]) == ("messageReaction", posted.id)
    assert desk.last["reactionsAdded"] == [{"type": "like"}]
    await desk.hanako.unreacts("like", posted)
    assert desk.last["reactionsRemoved"] == [{"type": "like"}]
    hers = await desk.taro.writes("はい", channel=desk.channel)
    await desk.hanako.reacts("heart", hers)
    assert len(desk.heard) == 2


async def test_installing_and_removing(desk: Desk) -> None:
    ken = desk.teams.person("ken", installed=False)
    with pytest.raises(AssertionError, match="no such app"):
        await ken.writes("はい")
    await ken.installs()
    update, installation = desk.heard
    assert {m["id"] for m in update["membersAdded"]} == {ken.id, f"28:{desk.teams.app_id}"}
    assert (installation["type"], installation["action"]) == ("installationUpdate", "add")
    assert installation["conversation"]["conversationType"] == "personal"
    await ken.uninstalls()
    assert (desk.last["type"], desk.last["action"]) == ("installationUpdate", "remove")


async def test_a_file_is_offered_agreed_to_and_put_away(desk: Desk) -> None:
    consent = {"description": "記録", "sizeInBytes": 6, "acceptContext": {"t": "1"}, "declineContext": {"t": "2"}}
    kind = "application/vnd.microsoft.teams.card.file.consent"
    attachment = {"contentType": kind, "name": "記録.json", "content": consent}
    await shown(desk, desk.hanako, {"type": "message", "summary": "記録", "attachments": [attachment]})
    await desk.hanako.declines_file()
    assert desk.last["value"] == {"type": "fileUpload", "action": "decline", "context": {"t": "2"}}
    await desk.hanako.accepts_file()
    told = desk.last["value"]["uploadInfo"]
    assert (desk.last["value"]["action"], told["name"], told["fileType"]) == ("accept", "記録.json", "json")

    async def put(data: bytes, span: str, **headers: str) -> int:
        async with desk.teams.session.put(
            told["uploadUrl"], data=data, headers={"Content-Range": span, **headers}
        ) as a:
            return a.status

    assert await put(b"abc", "bytes 0-5/6") == 416
    assert await put(b"abc", "nonsense") == 400
    assert await put(b"abc", "bytes 0-2/6") == 202
    assert await put(b"abc", "bytes 0-2/6") == 416, "that part is there"
    assert await put(b"def", "bytes 3-5/6") == 201
    (upload,) = desk.teams.uploads.values()
    assert (upload.whole, upload.content) == (True, b"abcdef")
    assert await put(b"abc", "bytes 0-2/6") == 404
    assert desk.teams.faults == []
    upload.whole, upload.content = False, b""
    assert await put(b"abcdef", "bytes 0-5/6", Authorization="Bearer x") == 401
    assert desk.teams.faults


async def test_some_things_come_twice_or_altogether(desk: Desk) -> None:
    desk.hangs = 0.1
    await desk.hanako.writes("はい", how=How(copies=3, together=True))
    assert len({a["id"] for a in desk.heard}) == 1
    assert desk.most_at_once == 3
    assert len(desk.heard) == 3
    await shown(desk, desk.hanako, message(actions=[execute("x", "押す")]))
    desk.answers("adaptiveCard/action", drawn(text("一")))
    desk.answers("adaptiveCard/action", drawn(text("二")))
    assert await desk.hanako.presses("押す", how=TWICE) == "二"
    assert desk.heard[-1] == desk.heard[-2]
    await desk.hanako.writes("はい", how=How(changes={"channelId": "webchat", "locale": None}))
    assert desk.last["channelId"] == "webchat"
    assert "locale" not in desk.last


async def test_what_happens_in_a_team(desk: Desk) -> None:
    events, team, hanako = desk.teams.events, desk.team, desk.hanako
    ken = desk.teams.person("ken")
    await events.adds(team, ken, hanako)
    await events.removes(team, ken, hanako)
    await events.renames_team(team, "新庁", hanako)
    await events.archives(team, hanako)
    await events.archives(team, hanako, archived=False)
    await events.deletes_team(team, hanako)
    await events.restores_team(team, hanako)
    channel = await events.creates_channel(team, "新課", hanako)
    await events.renames_channel(channel, "旧課", hanako)
    await events.deletes_channel(channel, hanako)
    await events.restores_channel(channel, hanako)
    kinds = [a["channelData"]["eventType"] for a in desk.heard]
    assert kinds == [
        *("teamMemberAdded", "teamMemberRemoved", "teamRenamed", "teamArchived", "teamUnarchived"),
        *("teamDeleted", "teamRestored", "channelCreated", "channelRenamed", "channelDeleted", "channelRestored"),
    ]
    added, renamed, last = desk.heard[0], desk.heard[2], desk.last
    assert added["membersAdded"] == [{"id": ken.id, "aadObjectId": ken.oid}]
    assert renamed["channelData"]["team"] == {"aadGroupId": team.group, "name": "新庁", "id": team.id}
    assert last["channelData"]["channel"] == {"id": channel.id, "name": "旧課", "type": "standard"}
    assert last["conversation"]["id"] == team.id


async def test_the_bot_comes_and_goes(desk: Desk) -> None:
    events, hanako = desk.teams.events, desk.hanako
    group = desk.teams.group(hanako, desk.taro, bot=False)
    bot = [{"id": f"28:{desk.teams.app_id}"}]
    await events.adds_bot(group, hanako)
    assert (desk.heard[0]["membersAdded"], desk.heard[1]["action"], group.bot) == (bot, "add", True)
    await events.removes_bot(desk.team, hanako)
    assert (desk.heard[2]["membersRemoved"], desk.heard[3]["action"], desk.team.bot) == (bot, "remove", False)
    await hanako.writes("@kizuki はい", channel=desk.channel)
    assert len(desk.heard) == 4
    await events.adds_bot(desk.team, hanako)
    assert desk.heard[4]["channelData"]["settings"] == {"selectedChannel": {"id": desk.team.id}}


async def test_edits_deletes_and_what_nobody_heard_of(desk: Desk) -> None:
    posted = await desk.hanako.writes("はい")
    await desk.teams.events.edits(posted, "いいえ", desk.hanako)
    assert (desk.last["type"], desk.last["text"], desk.last["id"]) == ("messageUpdate", "いいえ", posted.id)
    await desk.teams.events.deletes(posted, desk.hanako)
    assert (desk.last["type"], desk.last["channelData"]["eventType"]) == ("messageDelete", "softDeleteMessage")
    await desk.teams.events.unheard_of(desk.hanako)
    assert desk.last["type"] == "event"


async def test_an_answer_that_nobody_reads_is_a_fault(desk: Desk) -> None:
    desk.answers("message", {"text": "はい"})
    await desk.hanako.writes("はい")
    assert desk.teams.faults == ["message: the answer carries a body, which nobody sees"]


async def test_links_open_pages_and_send_nothing(desk: Desk) -> None:
    link = {"type": "Action.OpenUrl", "title": "開く", "url": "https://kizuki.example/"}
    await shown(desk, desk.hanako, message(actions=[link]))
    await desk.hanako.presses("開く")
    assert (desk.hanako.opened, desk.heard) == (["https://kizuki.example/"], [])
    assert isinstance(json.dumps(desk.hanako.card), str)
    assert not isinstance(desk.hanako.looking, Dialog)
