"""What Slack sends: every field of docs.slack.dev/reference/interaction-payloads and …/apis/events-api, as it comes."""

import html
import re
import secrets
from typing import TYPE_CHECKING, Any

from tests.slack.plain import copied
from tests.slack.users import User
from tests.slack.workspace import Channel, Json, Message, View, Workspace, ident

if TYPE_CHECKING:
    from tests.slack.server import LocalSlack

_WEB = re.compile(r"(?<![<|])https?://[^\s<>|、。「」]+")
_NAMED = re.compile(r"(?<![\w@#])([@#])([\w.-]+)")


def escaped(home: Workspace, text: str, *, command: bool) -> str:
    """What somebody typed, as Slack passes it on: @name and #channel become ids, addresses links, <, > and & entities.

    A slash command names people with their name, <@U1|hanako>; a message without.
    """
    found = html.escape(text, quote=False)
    found = _WEB.sub(lambda m: f"<{m[0]}>", found)
    return _NAMED.sub(lambda m: _named(home, m, command=command), found)


def _named(home: Workspace, found: re.Match[str], *, command: bool) -> str:
    sign, name = found.groups()
    if sign == "@":
        user = next((u for u in home.users.values() if u.name == name), None)
        return found[0] if user is None else f"<@{user.id}|{user.name}>" if command else f"<@{user.id}>"
    channel = next((c for c in home.channels.values() if c.name == name), None)
    return f"<#{channel.id}|{channel.name}>" if channel else found[0]


def command(slack: "LocalSlack", home: Workspace, user: User, channel: Channel, typed: str, text: str) -> Json:
    """The fields of a slash command."""
    found: Json = {
        "token": slack.verification,
        "team_id": home.id,
        "team_domain": home.domain,
    }
    if home.org:
        found |= {"enterprise_id": home.org["id"], "enterprise_name": home.org["name"]}
    return found | {
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.kind == "im" else channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": typed,
        "text": text,
        "api_app_id": slack.app_id,
        "is_enterprise_install": "true" if home.everywhere else "false",
        "response_url": slack.response_url(home, channel.id, user.id),
        "trigger_id": slack.triggers.give(home, user.id),
    }


def channel_name(channel: Channel) -> str:
    """A private channel is not told by its name."""
    return "privategroup" if channel.kind == "private_channel" else channel.name


def interaction(slack: "LocalSlack", home: Workspace, user: User, kind: str, *, in_view: bool = False) -> Json:
    """What every interactive payload begins with. In an app of a whole organisation a view belongs to no workspace."""
    found: Json = {
        "type": kind,
        "token": slack.verification,
        "api_app_id": slack.app_id,
        "team": None if home.everywhere and in_view else _team(home),
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team},
        "enterprise": home.org,
        "is_enterprise_install": home.everywhere,
    }
    return found


def _team(home: Workspace) -> Json:
    found: Json = {"id": home.id, "domain": home.domain}
    return (
        {**found, "enterprise_id": home.enterprise, "enterprise_name": home.enterprise.title()} if home.org else found
    )


def block_actions(
    slack: "LocalSlack", home: Workspace, user: User, where: Message | View, action: Json, values: Json
) -> Json:
    """A pressed button, or a choice that is sent at once, in a message or in a view."""
    found = interaction(slack, home, user, "block_actions", in_view=isinstance(where, View))
    found["actions"] = [action]
    if isinstance(where, View):
        found["trigger_id"] = slack.triggers.give(home, user.id, where)
        found["container"] = {"type": "view", "view_id": where.id}
        found["view"] = {**copied(where.body), "state": {"values": values}}
        return found
    found["trigger_id"] = slack.triggers.give(home, user.id)
    found["container"] = _container(where)
    found["channel"] = _channel(home, where.channel)
    found["state"] = {"values": values}
    found["response_url"] = slack.response_url(home, where.channel, user.id, where)
    if not where.to:
        found["message"] = where.shown(home)
    return found


def _container(message: Message) -> Json:
    found: Json = {"type": "message", "message_ts": message.ts, "channel_id": message.channel}
    found["is_ephemeral"] = bool(message.to)
    return {**found, "thread_ts": message.thread_ts} if message.thread_ts else found


def _channel(home: Workspace, channel: str) -> Json:
    known = home.channels[channel]
    return {"id": channel, "name": "directmessage" if known.kind == "im" else channel_name(known)}


def view_sent(slack: "LocalSlack", home: Workspace, user: User, view: View, values: Json) -> Json:
    """A submitted dialog."""
    found = interaction(slack, home, user, "view_submission", in_view=True)
    found["trigger_id"] = slack.triggers.give(home, user.id, view)
    found["view"] = {**copied(view.body), "state": {"values": values}}
    return {**found, "response_urls": []}


def view_closed(slack: "LocalSlack", home: Workspace, user: User, view: View, *, all_of_them: bool) -> Json:
    """A dialog that was closed."""
    found = interaction(slack, home, user, "view_closed", in_view=True)
    return {**found, "view": copied(view.body), "is_cleared": all_of_them}


def shortcut(slack: "LocalSlack", home: Workspace, user: User, callback: str) -> Json:
    """A shortcut from anywhere."""
    found = interaction(slack, home, user, "shortcut", in_view=True)
    trigger = slack.triggers.give(home, user.id)
    return {**found, "callback_id": callback, "trigger_id": trigger, "action_ts": slack.ts()}


def message_action(slack: "LocalSlack", home: Workspace, user: User, callback: str, message: Message) -> Json:
    """A shortcut from the menu of a message."""
    found = interaction(slack, home, user, "message_action")
    return found | {
        "callback_id": callback,
        "trigger_id": slack.triggers.give(home, user.id),
        "response_url": slack.response_url(home, message.channel, user.id, message),
        "action_ts": slack.ts(),
        "message_ts": message.ts,
        "channel": _channel(home, message.channel),
        "message": message.shown(home),
    }


def event_callback(slack: "LocalSlack", home: Workspace, event: Json, *, user: User | None = None) -> Json:
    """An event in its envelope. From somebody of a shared channel it names both workspaces."""
    stranger = user is not None and user.stranger
    found: Json = {
        "token": slack.verification,
        "team_id": home.id,
        "context_team_id": home.id,
        "context_enterprise_id": home.enterprise or None,
        "api_app_id": slack.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{ident('')}",
        "event_time": int(slack.now()),
        "authorizations": [authorization(home)],
        "is_ext_shared_channel": stranger,
        "event_context": f"4-{secrets.token_urlsafe(24)}",
    }
    return {**found, "enterprise_id": home.enterprise} if home.enterprise else found


def authorization(home: Workspace) -> Json:
    """For whom an event is told."""
    return {
        "enterprise_id": home.enterprise or None,
        "team_id": None if home.everywhere else home.id,
        "user_id": home.bot_user,
        "is_bot": True,
        "is_enterprise_install": home.everywhere,
    }


def message_event(home: Workspace, user: User, message: Message, kind: str, channel_type: str = "") -> Json:
    """Words of a person, as an event."""
    found: Json = {
        "type": kind,
        "user": user.id,
        "ts": message.ts,
        "client_msg_id": secrets.token_hex(16),
        "text": message.text,
        "team": user.team,
        "blocks": [_as_rich_text(message.text)],
        "channel": message.channel,
        "event_ts": message.ts,
    }
    if user.team != home.id or user.stranger:
        found |= {"user_team": user.team, "source_team": user.team}
    if message.thread_ts:
        found["thread_ts"] = message.thread_ts
    return {**found, "channel_type": channel_type} if channel_type else found


def echo(home: Workspace, message: Message, channel_type: str) -> Json:
    """The bot's own words, of which the app hears as well."""
    found = message.shown(home)
    return {**found, "channel": message.channel, "event_ts": message.ts, "channel_type": channel_type}


def changed(home: Workspace, message: Message, before: Json, at: str, channel_type: str) -> Json:
    """A message whose writer changed it; the event itself has another moment and no user."""
    return {
        "type": "message",
        "subtype": "message_changed",
        "message": message.shown(home),
        "previous_message": before,
        "channel": message.channel,
        "hidden": True,
        "ts": at,
        "event_ts": at,
        "channel_type": channel_type,
    }


def _as_rich_text(text: str) -> Json:
    runs: list[Json] = [{"type": "text", "text": html.unescape(text)}]
    section = {"type": "rich_text_section", "elements": runs}
    return {"type": "rich_text", "block_id": secrets.token_urlsafe(4), "elements": [section]}


def reaction_event(user: User, reaction: str, message: Message, at: str) -> Json:
    """An emoji put under a message."""
    return {
        "type": "reaction_added",
        "user": user.id,
        "reaction": reaction,
        "item": {"type": "message", "channel": message.channel, "ts": message.ts},
        "item_user": message.user,
        "event_ts": at,
    }


def home_event(user: User, channel: Channel, tab: str, at: str, view: View | None) -> Json:
    """The home tab or the messages tab, opened."""
    found: Json = {"type": "app_home_opened", "user": user.id, "channel": channel.id, "tab": tab, "event_ts": at}
    return {**found, "view": copied(view.body)} if view and tab == "home" else found


def any_event(kind: str, at: str, **more: Any) -> Json:
    """Any other event."""
    return {"type": kind, **more, "event_ts": at}
