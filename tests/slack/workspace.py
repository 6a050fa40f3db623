"""What a Slack holds: organisations, workspaces, people, channels, messages, dialogs and the tokens that open them."""

import itertools
import secrets
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.slack.plain import copied, plain
from tests.slack.users import User

Json = dict[str, Any]
Kind = Literal["public_channel", "private_channel", "im", "mpim"]
ROTATED_AFTER_S = 43_200
# Everything an app like this may ask for; a test takes away what it wants to be missing.
SCOPES = (
    "app_mentions:read",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:read",
    "im:history",
    "im:write",
    "reactions:read",
    "users:read",
    "users:read.email",
)

_numbers = itertools.count(1)


def ident(prefix: str) -> str:
    """A new id such as D0000001A: upper case, as Slack's are."""
    return f"{prefix}{next(_numbers):07d}A"


@dataclass(eq=False)
class Message:
    """A message as people see it now; `to` names the one person an ephemeral message is for."""

    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    by_bot: bool = False
    to: str = ""
    edits: list[Json] = field(default_factory=list)
    deleted: bool = False
    files: list[str] = field(default_factory=list)
    reactions: list[tuple[str, str]] = field(default_factory=list)
    # What a person filled in and did not send yet: (user, block, action) -> state.
    typed: dict[tuple[str, str, str], Json] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def plain(self) -> str:
        """All that can be read in it; nothing once it is deleted."""
        if self.deleted:
            return ""
        return plain(self.blocks) if self.blocks else plain([{"type": "section", "text": self.text}])

    def write(self, text: str, blocks: list[Json]) -> None:
        """Put something else in its place."""
        self.edits.append({"text": self.text, "blocks": self.blocks})
        self.text, self.blocks = text, numbered(blocks)

    def shown(self, app: "Workspace") -> Json:
        """The message object of payloads and answers."""
        found: Json = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text, "team": app.id}
        if self.by_bot:
            found |= {"bot_id": app.bot_id, "app_id": app.app_id}
        if self.blocks:
            found["blocks"] = copied(self.blocks)
        if self.thread_ts:
            found["thread_ts"] = self.thread_ts
        if self.edits:
            found["edited"] = {"user": self.user, "ts": self.ts}
        return found


@dataclass(eq=False)
class Channel:
    """A conversation with who is in it."""

    id: str
    name: str = ""
    kind: Kind = "public_channel"
    members: list[str] = field(default_factory=list)
    archived: bool = False
    shared: bool = False
    posted: list[Message] = field(default_factory=list)

    @property
    def messages(self) -> list[Message]:
        """What everybody in it sees, oldest first."""
        return [m for m in self.posted if not m.deleted]

    def find(self, ts: str) -> Message | None:
        """The message of that moment."""
        return next((m for m in reversed(self.posted) if m.ts == ts and not m.deleted), None)

    def shown(self, team: str, bot: str) -> Json:
        """The conversation object of conversations.info."""
        if self.kind == "im":
            other = next((m for m in self.members if m != bot), "")
            return {"id": self.id, "created": 1, "is_im": True, "is_archived": self.archived, "user": other}
        private = self.kind != "public_channel"
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not private,
            "is_group": private,
            "is_im": False,
            "is_mpim": self.kind == "mpim",
            "is_private": private,
            "is_archived": self.archived,
            "is_general": False,
            "is_member": bot in self.members,
            "is_ext_shared": self.shared,
            "is_org_shared": False,
            "context_team_id": team,
            "created": 1,
            "num_members": len(self.members),
        }


@dataclass(eq=False)
class View:
    """A dialog on somebody's screen or the home tab: as Slack keeps it, with what the person filled in."""

    body: Json
    user: str
    typed: dict[tuple[str, str, str], Json] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Slack's id of it."""
        return str(self.body["id"])

    @property
    def blocks(self) -> list[Json]:
        """Its blocks, every one with an id."""
        found: list[Json] = self.body["blocks"]
        return found

    @property
    def plain(self) -> str:
        """All that can be read in it, with its title, its buttons and what stands at its fields."""
        ends = [self.body[name]["text"] for name in ("title", "close", "submit") if self.body.get(name)]
        return "\n".join([*ends[:1], plain(self.blocks), *ends[1:], *self.errors.values()])

    def write(self, body: Json) -> None:
        """Put another view in its place; what was filled in stays where block and action keep their names."""
        kept = ("id", "team_id", "root_view_id", "previous_view_id", "app_id", "app_installed_team_id", "bot_id")
        self.body = {**completed(body), **{name: self.body[name] for name in kept}, "hash": new_hash()}
        self.errors = {}


@dataclass(eq=False)
class Token:
    """What opens the Web API: a bot's token in one workspace, or with `everywhere` in all of an organisation."""

    value: str
    workspace: "Workspace"
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    everywhere: bool = False
    expires_at: float | None = None
    state: Literal["live", "revoked", "inactive"] = "live"


@dataclass(eq=False)
class Workspace:
    """One workspace with the app in it."""

    id: str
    app_id: str
    name: str = "試験都庁"
    domain: str = "test-city"
    enterprise: str = ""
    everywhere: bool = False
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    tokens: list[Token] = field(default_factory=list)
    bot_id: str = ""
    bot_user: str = ""
    ephemerals: dict[str, list[Message]] = field(default_factory=dict)
    stacks: dict[str, list[View]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    messages_tab: bool = True

    @property
    def token(self) -> str:
        """The bot's newest token."""
        return self.tokens[-1].value

    @property
    def scopes(self) -> set[str]:
        """What the bot may do; a test adds and takes away."""
        return self.tokens[-1].scopes

    @property
    def org(self) -> Json | None:
        """The organisation over it."""
        return {"id": self.enterprise, "name": self.enterprise.title()} if self.enterprise else None

    def im(self, user: str) -> Channel:
        """The bot's chat with somebody, opened if need be."""
        for channel in self.channels.values():
            if channel.kind == "im" and user in channel.members:
                return channel
        return self.add(Channel(ident("D"), "directmessage", "im", [user, self.bot_user]))

    def add(self, channel: Channel) -> Channel:
        """Keep a channel."""
        self.channels[channel.id] = channel
        return channel

    def views(self) -> list[View]:
        """Every view that somebody has open, and every home."""
        return [*(v for stack in self.stacks.values() for v in stack), *self.homes.values()]


def numbered(blocks: list[Json]) -> list[Json]:
    """Blocks as Slack keeps them: each has an id, each element an action."""
    return [_numbered(block) for block in copied(blocks)]


def _numbered(block: Json) -> Json:
    block.setdefault("block_id", secrets.token_urlsafe(4))
    for name in ("element", "accessory"):
        if isinstance(block.get(name), dict) and block[name].get("type") != "image":
            block[name].setdefault("action_id", secrets.token_urlsafe(4))
    if block.get("type") == "actions":
        for element in block["elements"]:
            element.setdefault("action_id", secrets.token_urlsafe(4))
    return block


def completed(body: Json) -> Json:
    """A view with everything Slack adds to it."""
    empty: Json = {"private_metadata": "", "callback_id": "", "external_id": "", "state": {"values": {}}}
    flags = {"clear_on_close": False, "notify_on_close": False, "submit_disabled": False}
    return {**empty, "title": None, "close": None, "submit": None, **flags, **body, "blocks": numbered(body["blocks"])}


def new_hash() -> str:
    """What tells one version of a view from the next."""
    return f"{next(_numbers)}.{secrets.token_hex(4)}"
