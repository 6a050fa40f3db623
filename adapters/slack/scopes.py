"""What kizuki may do in a Slack workspace, and why: no scope that no call, no event and no command needs.

Which scopes a method or an event needs: https://docs.slack.dev/reference/methods and …/reference/events.
"""

from collections.abc import Mapping

from bot.platforms import Slack

CHANNELS = ("channels:read", "groups:read")
# Not a scope of the bot's token but of the one that opens the socket.
APP_SCOPE = "connections:write"

METHODS: Mapping[str, tuple[str, ...]] = {
    "apps.connections.open": (),
    "auth.teams.list": (),
    "auth.test": (),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.info": CHANNELS,
    "conversations.open": ("im:write",),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "oauth.v2.access": (),
    "users.conversations": CHANNELS,
    "users.info": ("users:read", "users:read.email"),
    "users.list": ("users:read", "users:read.email"),
    "views.open": (),
    "views.publish": (),
    "views.push": (),
    "views.update": (),
}

EVENTS: Mapping[str, tuple[str, ...]] = {
    "app_home_opened": (),
    "app_mention": ("app_mentions:read",),
    "app_uninstalled": (),
    "channel_archive": ("channels:read",),
    "channel_deleted": ("channels:read",),
    "channel_left": ("channels:read",),
    "group_archive": ("groups:read",),
    "group_deleted": ("groups:read",),
    "group_left": ("groups:read",),
    "member_joined_channel": CHANNELS,
    "message.im": ("im:history",),
    "reaction_added": ("reactions:read",),
    "team_join": ("users:read",),
    "tokens_revoked": (),
    "user_change": ("users:read",),
}

FEATURES: Mapping[str, tuple[str, ...]] = {
    "shortcuts": ("commands",),
    "slash_commands": ("commands",),
}

# In the order in which one asks.
_REASONS: Mapping[str, str] = {
    "commands": "the slash commands and the shortcuts",
    "chat:write": "to post, answer and update messages where kizuki was invited",
    "im:write": "to begin a direct message with somebody who is owed one",
    "im:history": "to read what people write to kizuki in its own direct messages",
    "app_mentions:read": "to read messages that mention kizuki, and no others",
    "users:read": "to tell members from guests and bots, and whose account was closed",
    "users:read.email": "to know by a confirmed e-mail who of the roster somebody is",
    "channels:read": "to know the names of public channels kizuki is in, and when one is archived or deleted",
    "groups:read": "to know the same of private channels kizuki was invited to",
    "files:write": "to hand people their own data as a file",
    "reactions:read": "to offer thanks to who reacts with the emoji chosen in app.yaml",
}


def events(slack: Slack) -> tuple[str, ...]:
    """The events to subscribe to, in order of their names."""
    return tuple(name for name in EVENTS if name != "reaction_added" or slack.reaction)


def needed(slack: Slack) -> tuple[str, ...]:
    """The scopes of the bot's token, sorted."""
    found = [*METHODS.values(), *FEATURES.values(), *(EVENTS[name] for name in events(slack))]
    return tuple(sorted({scope for scopes in found for scope in scopes}))


def reasons(slack: Slack) -> dict[str, str]:
    """What each scope is for, in a few words, the plainest first."""
    wanted = needed(slack)
    return {scope: why for scope, why in _REASONS.items() if scope in wanted}
