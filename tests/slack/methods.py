"""Methods of the Web API: who one is, messages, people and conversations."""

import base64
from collections.abc import Sequence
from typing import Any

from tests.slack import blockkit
from tests.slack.calls import Ask, method
from tests.slack.refusals import Err
from tests.slack.users import User
from tests.slack.workspace import Channel, Json, Message, Workspace, numbered

SCOPE_OF = {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read", "mpim": "mpim:read"}


@method("auth.test")
def auth_test(ask: Ask) -> Json:
    """Whose token it is."""
    home = ask.token.workspace
    found: Json = {
        "url": f"https://{home.domain}.slack.com/",
        "team": home.name,
        "user": "kizuki",
        "team_id": home.enterprise if ask.token.everywhere else home.id,
        "user_id": home.bot_user,
        "bot_id": home.bot_id,
        "is_enterprise_install": ask.token.everywhere,
    }
    return {**found, "enterprise_id": home.enterprise} if home.enterprise else found


@method("auth.teams.list", takes_json=False)
def auth_teams_list(ask: Ask) -> Json:
    """The workspaces a token for a whole organisation opens."""
    return {"teams": [{"id": w.id, "name": w.name} for w in ask.reachable]}


@method("chat.postMessage", "chat:write")
def post_message(ask: Ask) -> Json:
    """Post; a user's id opens the bot's chat with them."""
    home, channel = destination(ask, needed(ask, "channel"))
    message = _message(ask, home, channel)
    ask.slack.post(home, channel, message)
    return {"channel": channel.id, "ts": message.ts, "message": message.shown(home)}


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(ask: Ask) -> Json:
    """Show something to one person of a channel."""
    user = needed(ask, "user")
    home, channel = destination(ask, needed(ask, "channel"))
    if user not in channel.members:
        raise Err("user_not_in_channel")
    message = ask.slack.whisper(home, user, _message(ask, home, channel))
    return {"message_ts": message.ts}


@method("chat.update", "chat:write")
def update(ask: Ask) -> Json:
    """Put something else in the place of the bot's own message."""
    home, message = _mine(ask, "cant_update_message")
    text, blocks = checked(ask, ask.args)
    message.write(text, blocks)
    return {"channel": message.channel, "ts": message.ts, "text": text, "message": message.shown(home)}


@method("chat.delete", "chat:write")
def delete(ask: Ask) -> Json:
    """Take the bot's own message away."""
    _, message = _mine(ask, "cant_delete_message")
    message.deleted = True
    return {"channel": message.channel, "ts": message.ts}


@method("users.info", "users:read", takes_json=False)
def users_info(ask: Ask) -> Json:
    """One account."""
    found = next((w.users[i] for w in ask.reachable if (i := needed(ask, "user")) in w.users), None)
    if found is None:
        raise Err("user_not_found")
    return {"user": _shown(ask, found)}


@method("users.list", "users:read", takes_json=False)
def users_list(ask: Ask) -> Json:
    """Every account of a workspace, page by page."""
    ask.need_team()
    users, after = paged(ask, list(ask.workspace.users.values()), most=1_000)
    return {"members": [_shown(ask, u) for u in users], "cache_ts": int(ask.slack.now()), **after}


@method("users.conversations", takes_json=False)
def users_conversations(ask: Ask) -> Json:
    """The conversations somebody is in: the bot, unless a user is named."""
    ask.need_team()
    kinds = [k.strip() for k in str(ask.args.get("types") or "public_channel").split(",")]
    if any(k not in SCOPE_OF for k in kinds):
        raise Err("invalid_types")
    ask.need(*(SCOPE_OF[k] for k in kinds))
    home, member = ask.workspace, ask.args.get("user") or ask.workspace.bot_user
    hidden = _flag(ask.args.get("exclude_archived"))
    inside = [c for c in home.channels.values() if c.kind in kinds and member in c.members]
    channels, after = paged(ask, [c for c in inside if not (hidden and c.archived)], most=999)
    return {"channels": [c.shown(home.id, home.bot_user) for c in channels], **after}


@method("conversations.info", takes_json=False)
def conversations_info(ask: Ask) -> Json:
    """One conversation; private ones only from inside."""
    home, channel = _known(ask, needed(ask, "channel"))
    ask.need(SCOPE_OF[channel.kind])
    return {"channel": channel.shown(home.id, home.bot_user)}


@method("conversations.members", takes_json=False)
def conversations_members(ask: Ask) -> Json:
    """Who is in a conversation."""
    _, channel = _known(ask, needed(ask, "channel"))
    ask.need(SCOPE_OF[channel.kind])
    members, after = paged(ask, channel.members, most=1_000)
    return {"members": members, **after}


@method("conversations.open", "im:write")
def conversations_open(ask: Ask) -> Json:
    """The bot's chat with one person."""
    named = [u for u in str(ask.args.get("users") or "").split(",") if u]
    if len(named) != 1:
        raise Err("users_list_not_supplied" if not named else "not_enough_users")
    home, user = _account(ask, named[0], "user_not_found")
    if user.deleted:
        raise Err("user_disabled")
    return {"channel": {"id": home.im(user.id).id}, "no_op": False, "already_open": False}


@method("apps.connections.open", by="app")
def connections_open(ask: Ask) -> Json:
    """An address for one WebSocket."""
    return {"url": ask.slack.sockets.ticket()}


@method("auth.revoke", takes_json=False)
def auth_revoke(ask: Ask) -> Json:
    """Give a token back."""
    if not _flag(ask.args.get("test")):
        ask.token.state = "revoked"
    return {"revoked": ask.token.state == "revoked"}


def needed(ask: Ask, name: str) -> str:
    """An argument the method cannot do without."""
    value = ask.args.get(name)
    if not value or not isinstance(value, str):
        if name == "channel":
            raise Err("channel_not_found")
        raise Err("invalid_arguments", response_metadata={"messages": [f"[ERROR] missing required field: {name}"]})
    return value


def destination(ask: Ask, channel: str, *, people: bool = True) -> tuple[Workspace, Channel]:
    """Where a message goes, if the bot may write there."""
    if people and channel[:1] in ("U", "W"):
        return _chat(ask, channel)
    home, found = _known(ask, channel)
    if found.archived:
        raise Err("is_archived")
    if home.bot_user not in found.members:
        raise Err("not_in_channel")
    if found.kind == "im":
        return _chat(ask, next(m for m in found.members if m != home.bot_user))
    return home, found


def _chat(ask: Ask, user: str) -> tuple[Workspace, Channel]:
    home, account = _account(ask, user, "channel_not_found")
    if account.deleted or account.stranger:
        raise Err("channel_not_found")
    if not home.messages_tab:
        raise Err("messages_tab_disabled")
    return home, home.im(user)


def _account(ask: Ask, user: str, unknown: str) -> tuple[Workspace, User]:
    home = next((w for w in (ask.workspace, *ask.reachable) if user in w.users), None)
    if home is None:
        raise Err(unknown)
    if home.users[user].bot or user == "USLACKBOT":
        raise Err("cannot_dm_bot")
    return home, home.users[user]


def _known(ask: Ask, channel: str) -> tuple[Workspace, Channel]:
    """A conversation that the bot may know of."""
    for home in ask.reachable:
        found = home.channels.get(channel)
        if found is not None and (found.kind == "public_channel" or home.bot_user in found.members):
            return home, found
    raise Err("channel_not_found")


def _message(ask: Ask, home: Workspace, channel: Channel) -> Message:
    text, blocks = checked(ask, ask.args)
    thread = str(ask.args.get("thread_ts") or "")
    if thread and not thread.replace(".", "", 1).isdigit():
        raise Err("invalid_arguments", response_metadata={"messages": ["[ERROR] invalid thread_ts"]})
    return Message(channel.id, ask.slack.ts(), home.bot_user, text, numbered(blocks), thread, by_bot=True)


def checked(ask: Ask, payload: Json) -> tuple[str, list[Json]]:
    """The text and the blocks of a message that Slack takes."""
    found = blockkit.message_faults(payload) if ask.slack.lints else []
    refuse(found)
    ask.slack.advice += blockkit.advice(payload)
    return str(payload.get("text") or ""), list(payload.get("blocks") or [])


def refuse(found: Sequence[str]) -> None:
    """Refuse faulty blocks as Slack does, with where they are; the first word names the error where it is another."""
    if not found:
        return
    word = found[0].partition(":")[0]
    if word in ("no_text", "msg_too_long", "msg_blocks_too_long", "view_too_large", "invalid_blocks_format"):
        raise Err(word)
    messages = [f"[ERROR] {fault}" for fault in found]
    raise Err("invalid_blocks", errors=list(found), response_metadata={"messages": messages})


def _mine(ask: Ask, otherwise: str) -> tuple[Workspace, Message]:
    """The bot's own message; an ephemeral one cannot be found again."""
    channel = needed(ask, "channel")
    if channel[:1] in ("U", "W"):
        raise Err("channel_not_found")
    home, found = _known(ask, channel)
    message = found.find(needed(ask, "ts"))
    if message is None:
        raise Err("message_not_found")
    if message.user != home.bot_user:
        raise Err(otherwise)
    if found.archived:
        raise Err("is_archived")
    return home, message


def _shown(ask: Ask, user: User) -> Json:
    return user.shown(email="users:read.email" in ask.token.scopes, locale=_flag(ask.args.get("include_locale")))


def _flag(value: object) -> bool:
    return str(value).lower() in ("1", "true")


def paged(ask: Ask, found: Sequence[Any], *, most: int) -> tuple[list[Any], Json]:
    """One page, and the cursor of the next."""
    limit = str(ask.args.get("limit") or 100)
    if not limit.isdigit() or not 1 <= int(limit) <= most:
        raise Err("invalid_limit")
    start = _position(str(ask.args.get("cursor") or ""))
    if start > len(found):
        raise Err("invalid_cursor")
    end = start + int(limit)
    after = base64.b64encode(f"at:{end}".encode()).decode() if end < len(found) else ""
    return list(found[start:end]), {"response_metadata": {"next_cursor": after}}


def _position(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        if word != "at":
            raise Err("invalid_cursor")
        return int(number)
    except ValueError:
        raise Err("invalid_cursor") from None
