"""What each call of the connector does: the documented answer and the documented refusals.

See learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations and …/get-teams-context.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.teams import activities
from tests.teams.conversations import Conversation, Message, Team
from tests.teams.plain import copied
from tests.teams.refusals import Err
from tests.teams.tenant import Account, Json, Tenant

if TYPE_CHECKING:
    from tests.teams.server import Call, LocalTeams

PAGE, MOST_IN_PAGE = 200, 500


@dataclass(frozen=True, slots=True)
class Ask:
    """One call as a method is given it."""

    teams: "LocalTeams"
    call: "Call"
    path: dict[str, str]

    @property
    def body(self) -> Any:
        """What was sent."""
        return self.call.body

    @property
    def targeted(self) -> bool:
        """Whether it is about a message that one person sees."""
        return self.call.query.get("isTargetedActivity") == "true"

    @property
    def root(self) -> str:
        """The thread that is named in the conversation's id."""
        return self.path["conversation"].partition(";messageid=")[2]

    @property
    def conversation(self) -> Conversation:
        """The conversation that is meant, if the bot is in it."""
        found = self.teams.conversations.get(self.path["conversation"].partition(";")[0])
        if found is None or found.gone:
            raise Err(404, "ConversationNotFound", "Conversation not found.")
        if not found.bot:
            raise Err(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
        if found.kind == "personal" and not found.members[0].installed:
            raise Err(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
        return found

    @property
    def writable(self) -> Conversation:
        """The conversation that is meant, if the bot may write there."""
        found = self.conversation
        if found.kind == "personal" and found.members[0].blocked:
            raise Err(403, "MessageWritesBlocked", "Thread is blocked from message writes.")
        if found.team and found.team.archived:
            raise Err(403, "ForbiddenOperationException", "The team is archived.")
        return found


Method = Callable[[Ask], tuple[int, Any]]


def create(ask: Ask) -> tuple[int, Any]:
    """Open a personal chat, or start a thread in a channel."""
    body = ask.body
    if not isinstance(body, dict):
        raise Err(400, "BadSyntax", "Could not parse the request")
    named = body.get("bot")
    if named is not None and named.get("id") not in (ask.teams.bot["id"], ask.teams.app_id):
        raise Err(400, "BadArgument", "The bot is another one")
    channel = (body.get("channelData") or {}).get("channel")
    if body.get("isGroup") or channel:
        return _thread(ask, str((channel or {}).get("id")))
    account = _member(_tenant(ask), body.get("members"))
    if not account.installed:
        raise Err(403, "ForbiddenOperationException", "The bot is not installed in user's personal scope")
    return 201, {"id": ask.teams.personal(account).id}


def _tenant(ask: Ask) -> Tenant:
    told = ask.body.get("channelData") or {}
    found = ask.teams.tenants.get(str(ask.body.get("tenantId") or (told.get("tenant") or {}).get("id")))
    if found is None:
        raise Err(400, "BadArgument", "Missing or unknown tenant")
    return found


def _member(tenant: Tenant, members: Any) -> Account:
    if not isinstance(members, list) or len(members) != 1:
        raise Err(400, "BadArgument", "Incorrect conversation creation parameters: exactly one member")
    found = tenant.find(str(members[0].get("id")))
    if found is None:
        raise Err(400, "BadArgument", "Failed to decrypt pairwise id")
    return found


def _thread(ask: Ask, channel: str) -> tuple[int, Any]:
    activity = ask.body.get("activity")
    activities.refuse(activity)
    there = Ask(ask.teams, ask.call, {"conversation": channel}).writable
    message = _posted(ask, there, activity, root="")
    return 201, {"id": f"{there.id};messageid={message.id}", "activityId": message.id}


def send(ask: Ask) -> tuple[int, Any]:
    """Write in a conversation: in a channel a new thread, unless its id names one."""
    conversation = ask.writable
    activities.refuse(ask.body)
    if ask.root and not conversation.find(ask.root):
        raise Err(404, "ActivityNotFoundInConversation", "The thread was not found")
    return _sent(ask, conversation, ask.root)


def reply(ask: Ask) -> tuple[int, Any]:
    """Write in answer to an activity the bot knows of."""
    conversation, answered = ask.writable, ask.path["activity"]
    activities.refuse(ask.body)
    found = conversation.find(answered)
    if not found and answered not in ask.teams.told:
        raise Err(404, "ActivityNotFoundInConversation", "Activity not found in conversation.")
    return _sent(ask, conversation, ask.root or (found.root or found.id if found else ""))


def _sent(ask: Ask, conversation: Conversation, root: str) -> tuple[int, Any]:
    if ask.body["type"] == "typing":
        ask.teams.typing.append(conversation.id)
        return 201, {"id": ask.teams.stamp()}
    to = _target(ask, conversation) if ask.targeted else ""
    return 201, {"id": _posted(ask, conversation, ask.body, root=root, to=to).id}


def _target(ask: Ask, conversation: Conversation) -> str:
    """Whom a targeted message is for."""
    if conversation.kind == "personal":
        raise Err(400, "BadArgument", "Targeted messages are not supported in one to one chats")
    if "targeted" in conversation.refuses:
        raise Err(403, "ForbiddenOperationException", "Targeted messages are not allowed here")
    named = str((ask.body.get("recipient") or {}).get("id"))
    found = next((a for a in conversation.people if named in (a.id, a.oid)), None)
    if found is None:
        raise Err(404, "MemberNotFoundInConversation", "The recipient is not in the conversation")
    return found.id


def _posted(ask: Ask, conversation: Conversation, activity: Json, *, root: str, to: str = "") -> Message:
    _look(ask.teams, ask.call.what, activity)
    ident = ask.teams.stamp()
    found = Message(ident, conversation, ask.teams.bot["id"], copied(activity), root=root, by_bot=True, to=to)
    if conversation.kind == "channel":
        found.root = root or ident
    return ask.teams.post(found)


def _look(teams: "LocalTeams", what: str, activity: Json) -> None:
    if (activity.get("from") or teams.bot).get("id") != teams.bot["id"]:
        raise Err(400, "BadArgument", "The sender is not the bot")
    if teams.lints:
        teams.faults += [f"{what}: {fault}" for fault in activities.faults(activity)]


def update(ask: Ask) -> tuple[int, Any]:
    """Put something else in the place of a message of the bot."""
    message = _own(ask, ask.writable, "update")
    activities.refuse(ask.body)
    if ask.body.get("id", message.id) != message.id:
        raise Err(400, "BadArgument", "The activity's id is not the one of the address")
    _look(ask.teams, "update", ask.body)
    message.write(ask.body)
    return 200, {"id": message.id}


def delete(ask: Ask) -> tuple[int, Any]:
    """Take a message of the bot away."""
    _own(ask, ask.writable, "delete").deleted = True
    return 200, None


def _own(ask: Ask, conversation: Conversation, what: str) -> Message:
    """The bot's message that is meant; a targeted one is found only where the call says that it is one."""
    found = conversation.find(ask.path["activity"])
    if found is None or found.deleted or bool(found.to) != ask.targeted:
        raise Err(404, "ActivityNotFoundInConversation", "Activity not found in conversation.")
    if not found.by_bot or what in conversation.refuses:
        raise Err(403, "ForbiddenOperationException", f"The bot may not {what} this message")
    return found


def members(ask: Ask) -> tuple[int, Any]:
    """Who is in a conversation, page by page."""
    people = ask.conversation.people
    size = min(max(_number(ask.call.query.get("pageSize", str(PAGE))), ask.teams.smallest_page), MOST_IN_PAGE)
    start = _start(ask.call.query.get("continuationToken", ""))
    found: Json = {"members": [a.shown() for a in people[start : start + size]]}
    if start + size < len(people):
        found["continuationToken"] = base64.urlsafe_b64encode(f"members:{start + size}".encode()).decode()
    return 200, found


def _number(text: str) -> int:
    if not text.isdigit():
        raise Err(400, "BadArgument", f"{text!r} is no page size")
    return int(text)


def _start(token: str) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("members:"))
    except ValueError:
        raise Err(400, "BadArgument", "The continuation token is invalid") from None


def member(ask: Ask) -> tuple[int, Any]:
    """One who is in a conversation, by 29: id or object id."""
    named = ask.path["member"]
    found = next((a for a in ask.conversation.people if named in (a.id, a.oid, a.upn)), None)
    if found is None:
        raise Err(404, "MemberNotFoundInConversation", "Member not found in conversation.")
    return 200, found.shown()


def channels(ask: Ask) -> tuple[int, Any]:
    """The channels of a team."""
    return 200, {"conversations": _team(ask).listed()}


def team(ask: Ask) -> tuple[int, Any]:
    """What a team is called, and how big it is."""
    found = _team(ask)
    counts = {"channelCount": len(found.listed()), "memberCount": len(found.members)}
    return 200, {"id": found.id, "name": found.name, "aadGroupId": found.group, "type": "standard", **counts}


def _team(ask: Ask) -> Team:
    found = ask.teams.teams.get(ask.path["conversation"])
    if found is None or found.deleted:
        raise Err(404, "ConversationNotFound", "Team not found.")
    if not found.bot:
        raise Err(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
    return found
