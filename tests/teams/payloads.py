"""What Teams sends: activities as they come, with every field that a bot may be tempted to read.

See learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations and …/messaging-extensions.
"""

import html
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.teams.conversations import Conversation, Message, Team
from tests.teams.plain import copied
from tests.teams.tenant import Account, Json

if TYPE_CHECKING:
    from tests.teams.server import LocalTeams

_NAMED = re.compile(r"(?<![\w@])@([\w-]+)")
CLIENT = {"country": "JP", "platform": "Web", "timezone": "Asia/Tokyo", "type": "clientInfo"}


def moment(seconds: float) -> str:
    """A moment as an activity has it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def activity(
    teams: "LocalTeams", kind: str, who: Account, where: Conversation, *, root: str = "", ident: str = "", **more: Any
) -> Json:
    """What every activity of a person has."""
    return {
        "type": kind,
        "id": ident or teams.ident("f"),
        "timestamp": moment(teams.now()),
        "localTimestamp": moment(teams.now()),
        "localTimezone": "Asia/Tokyo",
        "channelId": "msteams",
        "serviceUrl": teams.url,
        "from": who.sender,
        "conversation": where.address(root),
        "recipient": teams.bot,
        "entities": [{"locale": who.locale, **CLIENT}],
        "channelData": channel_data(where),
        "locale": who.locale,
        **more,
    }


def channel_data(where: Conversation) -> Json:
    """Where it happened, in Teams' own words."""
    tenant: Json = {"tenant": {"id": where.tenant}}
    if where.team is None:
        return tenant
    ids = {"teamsChannelId": where.id, "teamsTeamId": where.team.id}
    return {**ids, "channel": {"id": where.id}, "team": {"id": where.team.id}, **tenant}


def message(teams: "LocalTeams", who: Account, said: Message, *, raw: bool = False) -> Json:
    """Something that was written: mentions as entities, and the whole a second time as HTML."""
    text, entities, rich = (said.text, [], _html(said.text)) if raw else written(teams, said)
    found = activity(teams, "message", who, said.conversation, root=said.root, ident=said.id)
    found |= {"text": text, "textFormat": "plain"}
    found["attachments"] = [{"contentType": "text/html", "content": rich}]
    found["entities"] = [*entities, *found["entities"]]
    return found


def written(teams: "LocalTeams", said: Message) -> tuple[str, list[Json], str]:
    """What somebody typed with @names: the text, its entities, and its HTML. In a personal chat nobody can be named."""
    entities: list[Json] = []
    marks: list[str] = []

    def mark(found: re.Match[str]) -> str:
        who = _mentioned(teams, said.conversation, found[1])
        if who is None:
            return found[0]
        at = f"<at>{html.escape(who['name'], quote=False)}</at>"
        entities.append({"mentioned": who, "text": at, "type": "mention"})
        marks.append(who["name"])
        return at

    text = _NAMED.sub(mark, said.text)
    return (f"{text}\n" if entities else text), entities, _html(said.text, marks)


def _mentioned(teams: "LocalTeams", where: Conversation, name: str) -> Json | None:
    if name == teams.name:
        return teams.bot
    if where.kind == "personal":
        return None
    found = next((a for a in where.people if a.name == name), None)
    return {"id": found.id, "name": found.display} if found else None


def _html(text: str, names: list[str] | None = None) -> str:
    left = list(names or ())

    def span(found: re.Match[str]) -> str:
        if not left:
            return found[0]
        number = len(names or ()) - len(left)
        kind = 'itemtype="http://schema.skype.com/Mention"'
        return f'<span {kind} itemscope itemid="{number}">{html.escape(left.pop(0))}</span>'

    return f"<p>{_NAMED.sub(span, html.escape(text, quote=False))}</p>"


def submitted(teams: "LocalTeams", who: Account, on: Message, data: Json) -> Json:
    """An Action.Submit of a message: a message without words."""
    found = activity(teams, "message", who, on.conversation, root=on.root, ident=teams.stamp())
    source = {"source": {"name": "message"}, "legacy": {"replyToId": f"1:{on.id}"}}
    return {**found, "channelData": {**found["channelData"], **source}, "replyToId": on.id, "value": data}


def invoke(
    teams: "LocalTeams", who: Account, where: Conversation, name: str, value: Any, *, on: Message | None = None
) -> Json:
    """A request that is answered in its response."""
    found = activity(teams, "invoke", who, where, root=on.root if on else "", name=name, value=copied(value))
    found["channelData"]["source"] = {"name": "message" if on else "compose"}
    return {**found, "replyToId": on.id} if on else found


def executed(action: Json, data: Json) -> Json:
    """`value` of a pressed Action.Execute."""
    kept = {name: action[name] for name in ("title", "verb", "id") if name in action}
    return {"action": {"type": "Action.Execute", **kept, "data": data}, "trigger": "manual"}


def task(data: Json) -> Json:
    """`value` of a request for a dialog, or of what was filled in in one."""
    return {"data": data, "context": {"theme": "default"}}


def extension(command: str, context: str, **more: Any) -> Json:
    """`value` of a message extension."""
    return {"commandId": command, "commandContext": context, "context": {"theme": "default"}, **more}


def quoted(teams: "LocalTeams", said: Message) -> Json:
    """`messagePayload`: the message whose menu an extension was chosen from, as the Graph describes it."""
    by = next((a for a in said.conversation.people if a.id == said.sender), None)
    user = by and {"userIdentityType": "aadUser", "id": by.oid, "displayName": by.display}
    app = {"applicationIdentityType": "bot", "id": teams.app_id, "displayName": teams.name}
    _, entities, rich = written(teams, said)
    for number in range(len(entities)):
        rich = re.sub(rf'<span [^>]*itemid="{number}">(.*?)</span>', rf'<at id="{number}">\1</at>', rich)
    mentions = [_quoted_mention(teams, n, e["mentioned"]) for n, e in enumerate(entities)]
    return {
        "linkToMessage": f"https://teams.microsoft.com/l/message/{said.conversation.id}/{said.id}",
        "id": said.id,
        "replyToId": said.root if said.root != said.id else None,
        "createdDateTime": moment(int(said.id) / 1_000),
        "lastModifiedDateTime": None,
        "deleted": said.deleted,
        "subject": None,
        "summary": None,
        "importance": "normal",
        "locale": "ja-jp",
        "body": {"contentType": "html" if not said.by_bot else "text", "content": said.text if said.by_bot else rich},
        "from": {"device": None, "conversation": None, "user": user, "application": None if user else app},
        "reactions": [],
        "mentions": mentions,
        "attachments": copied(said.attachments),
    }


def _quoted_mention(teams: "LocalTeams", number: int, who: Json) -> Json:
    person = teams.people.get(who["id"])
    user = person and {"userIdentityType": "aadUser", "id": person.account.oid, "displayName": who["name"]}
    app = {"applicationIdentityType": "bot", "id": teams.app_id, "displayName": teams.name}
    target = {"device": None, "conversation": None, "user": user, "application": None if user else app}
    return {"id": number, "mentionText": who["name"], "mentioned": target}


def event(
    teams: "LocalTeams", who: Account, where: Conversation, what: str = "", *, kind: str = "", **more: Any
) -> Json:
    """Something that happened in a conversation; `what` is Teams' own word for it, its `eventType`."""
    found = activity(teams, kind or "conversationUpdate", who, where)
    for name in ("entities", "locale", "localTimestamp", "localTimezone"):
        del found[name]
    data: Json = {"tenant": {"id": where.tenant}}
    if where.team is not None:
        data = {"team": where.team.shown(), **data}
    if what:
        data["eventType"] = what
    return {**found, "channelData": {**data, **more.pop("data", {})}, **more}


def about_channel(team: Team, channel: Conversation) -> Json:
    """`channelData.channel` of what happened to a channel."""
    return {"channel": {"id": channel.id, "name": channel.name, "type": "standard"}, "team": team.shown()}
