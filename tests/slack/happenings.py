"""What happens in a workspace beside what people do with the bot, each told to the app as the event it is."""

from typing import TYPE_CHECKING, Any

from tests.slack import payloads
from tests.slack.deliveries import USUAL, Answer, How
from tests.slack.users import User
from tests.slack.workspace import Channel, Json, Message, Workspace

if TYPE_CHECKING:
    from tests.slack.person import Person
    from tests.slack.server import LocalSlack


class Happenings:
    """Invitations, archived channels, new and changed people, and the end of an installation."""

    def __init__(self, slack: "LocalSlack") -> None:
        self._slack = slack

    async def tell(self, workspace: Workspace, event: Json, how: How = USUAL, *, user: User | None = None) -> Answer:
        """Tell the app of any event, if it asked for its kind."""
        kind = f"{event['type']}.{event['channel_type']}" if event["type"] == "message" else event["type"]
        if self._slack.subscribed is not None and kind not in self._slack.subscribed:
            return Answer(200, why="not subscribed")
        payload = payloads.event_callback(self._slack, workspace, event, user=user)
        return await self._slack.deliveries.deliver("event", payload, how)

    async def invites(self, channel: str, by: "Person", *, who: str = "", how: How = USUAL) -> Answer:
        """Somebody takes the bot, or `who`, into a channel."""
        home, found = self._where(channel)
        member = who or home.bot_user
        if member not in found.members:
            found.members.append(member)
        kind = "C" if found.kind == "public_channel" else "G"
        more: Json = {"user": member, "channel": channel, "channel_type": kind, "team": home.id, "inviter": by.id}
        return await self.tell(home, self._event("member_joined_channel", **more), how)

    async def removes(self, channel: str, by: "Person", *, how: How = USUAL) -> Answer:
        """Somebody takes the bot out of a channel."""
        home, found = self._where(channel)
        found.members.remove(home.bot_user)
        kind = "channel_left" if found.kind == "public_channel" else "group_left"
        return await self.tell(home, self._event(kind, channel=channel, actor_id=by.id), how)

    async def archives(self, channel: str, by: "Person", *, how: How = USUAL) -> Answer:
        """A channel is archived."""
        home, found = self._where(channel)
        found.archived = True
        return await self.tell(home, self._event(self._kind(found, "archive"), channel=channel, user=by.id), how)

    async def deletes(self, channel: str, *, how: How = USUAL) -> Answer:
        """A channel is deleted for good."""
        home, found = self._where(channel)
        del home.channels[channel]
        return await self.tell(home, self._event(self._kind(found, "deleted"), channel=channel), how)

    async def renames(self, channel: str, name: str, *, how: How = USUAL) -> Answer:
        """A channel gets another name."""
        home, found = self._where(channel)
        found.name = name
        about = {"id": channel, "name": name, "name_normalized": name, "created": 1}
        return await self.tell(home, self._event(self._kind(found, "rename"), channel=about), how)

    async def joins(self, person: "Person", *, how: How = USUAL) -> Answer:
        """Somebody is new in the workspace."""
        return await self._about("team_join", person, how)

    async def changes(self, person: "Person", *, how: How = USUAL, **fields: Any) -> Answer:
        """An account changes: `email`, `real_name`, `locale`, `deleted` and so on."""
        for name, value in fields.items():
            assert hasattr(person.user, name), f"an account has no {name}"
            setattr(person.user, name, value)
        person.user.updated += 1
        return await self._about("user_change", person, how)

    async def echoes(self, message: Message, *, how: How = USUAL) -> Answer:
        """The app hears of its own message in somebody's chat, as Slack tells it of every one."""
        home, _ = self._where(message.channel)
        return await self.tell(home, payloads.echo(home, message, "im"), how)

    async def edits(self, message: Message, text: str, *, how: How = USUAL) -> Answer:
        """Somebody changes what they wrote in their chat with the bot."""
        home, _ = self._where(message.channel)
        before = message.shown(home)
        message.write(text, [])
        return await self.tell(home, payloads.changed(home, message, before, self._slack.ts(), "im"), how)

    async def uninstalls(self, workspace: Workspace, *, how: How = USUAL) -> Answer:
        """The app is taken out of a workspace: its tokens open nothing any more, and it hears of that in two events."""
        for token in workspace.tokens:
            token.state = "inactive"
        tokens = {"oauth": [], "bot": [workspace.bot_user]}
        await self.tell(workspace, self._event("tokens_revoked", tokens=tokens), how)
        return await self.tell(workspace, self._event("app_uninstalled"), how)

    async def limits_events(self, workspace: Workspace) -> Answer:
        """More than 30,000 events an hour: Slack says that it drops them."""
        said = {"token": self._slack.verification, "type": "app_rate_limited", "team_id": workspace.id}
        more = {"minute_rate_limited": int(self._slack.now()) // 60 * 60, "api_app_id": workspace.app_id}
        return await self._slack.deliveries.deliver("event", {**said, **more})

    async def _about(self, kind: str, person: "Person", how: How) -> Answer:
        scopes = person.workspace.scopes
        shown = person.user.shown(email="users:read.email" in scopes, locale=True)
        event = self._event(kind, user=shown, cache_ts=int(self._slack.now()))
        return await self.tell(person.workspace, event, how)

    def _event(self, kind: str, **more: Any) -> Json:
        return payloads.any_event(kind, self._slack.ts(), **more)

    def _where(self, channel: str) -> tuple[Workspace, Channel]:
        home = next(w for w in self._slack.workspaces.values() if channel in w.channels)
        return home, home.channels[channel]

    def _kind(self, channel: Channel, what: str) -> str:
        return f"{'channel' if channel.kind == 'public_channel' else 'group'}_{what}"
