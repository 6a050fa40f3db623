"""What is said in a Teams: teams and their channels, group chats and personal chats, and the messages in them."""

from dataclasses import dataclass, field
from typing import Literal

from tests.teams.plain import copied, plain, read
from tests.teams.tenant import Account, Json

Kind = Literal["personal", "groupChat", "channel"]
CARD = "application/vnd.microsoft.card.adaptive"


@dataclass(eq=False)
class Message:
    """A message as people see it now. `root` is the thread it stands in, `to` the one person a targeted one is for.

    `views` holds the cards that single people see instead, because a press of theirs was answered with one.
    """

    id: str
    conversation: "Conversation"
    sender: str
    activity: Json
    root: str = ""
    by_bot: bool = False
    to: str = ""
    edits: list[Json] = field(default_factory=list)
    deleted: bool = False
    reactions: list[tuple[str, str]] = field(default_factory=list)
    views: dict[str, Json] = field(default_factory=dict)
    # What a person filled in and did not send yet: (person, input) -> value.
    typed: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Its text beside cards."""
        return str(self.activity.get("text") or "")

    @property
    def summary(self) -> str:
        """What the notification says."""
        return str(self.activity.get("summary") or "")

    @property
    def attachments(self) -> list[Json]:
        """What hangs on it."""
        return list(self.activity.get("attachments") or ())

    @property
    def card(self) -> Json | None:
        """The card that everybody sees who has none of their own."""
        return next((a["content"] for a in self.attachments if a.get("contentType") == CARD), None)

    def card_of(self, person: str) -> Json | None:
        """The card this person sees."""
        return self.views.get(person, self.card)

    def plain_for(self, person: str) -> str:
        """All this person can read in it; nothing once it is deleted."""
        if self.deleted or self.to not in ("", person):
            return ""
        card = self.card_of(person)
        texts = [read(self.text), plain(card) if card else ""]
        texts += [read(str(a.get("name") or "")) for a in self.attachments if a.get("contentType") != CARD]
        return "\n".join(t for t in texts if t)

    @property
    def plain(self) -> str:
        """All that everybody can read in it."""
        return self.plain_for(self.to)

    def write(self, activity: Json) -> None:
        """Put something else in its place, for everybody."""
        self.edits.append(self.activity)
        self.activity = copied(activity)
        self.views.clear()
        self.typed.clear()

    def view(self, person: str, card: Json) -> None:
        """Show one person another card in its place."""
        self.views[person] = copied(card)
        self.typed = {key: value for key, value in self.typed.items() if key[0] != person}


@dataclass(eq=False)
class Conversation:
    """A chat or a channel. `bot` says whether the bot is in it, `refuses` what it does not allow: delete, update."""

    id: str
    kind: Kind
    tenant: str
    members: list[Account] = field(default_factory=list)
    name: str = ""
    team: "Team | None" = None
    here: bool = True
    deleted: bool = False
    refuses: set[str] = field(default_factory=set)
    posted: list[Message] = field(default_factory=list)

    @property
    def bot(self) -> bool:
        """Whether the bot is in it."""
        return self.team.bot if self.team else self.here

    @property
    def people(self) -> list[Account]:
        """Who is in it."""
        return self.team.members if self.team else self.members

    @property
    def gone(self) -> bool:
        """Whether it, or the team around it, was deleted."""
        return self.deleted or bool(self.team and self.team.deleted)

    @property
    def messages(self) -> list[Message]:
        """What everybody in it sees, oldest first."""
        return [m for m in self.posted if not m.deleted and not m.to]

    def find(self, ident: str) -> Message | None:
        """The message of that id, also a deleted one."""
        return next((m for m in reversed(self.posted) if m.id == ident), None)

    def address(self, root: str = "") -> Json:
        """`conversation` of an activity."""
        ident = f"{self.id};messageid={root}" if root and self.kind == "channel" else self.id
        found: Json = {"conversationType": self.kind, "tenantId": self.tenant, "id": ident}
        return found if self.kind == "personal" else {"isGroup": True, **found}


@dataclass(eq=False)
class Team:
    """A team; its first channel is the general one, whose id is the team's own."""

    id: str
    name: str
    tenant: str
    group: str
    members: list[Account] = field(default_factory=list)
    channels: list[Conversation] = field(default_factory=list)
    bot: bool = True
    archived: bool = False
    deleted: bool = False

    @property
    def general(self) -> Conversation:
        """The channel that every team has."""
        return self.channels[0]

    def shown(self) -> Json:
        """`channelData.team` of an event."""
        return {"aadGroupId": self.group, "name": self.name, "id": self.id}

    def listed(self) -> list[Json]:
        """Its channels as the connector lists them: the general one goes without a name."""
        there = [c for c in self.channels if not c.deleted]
        return [{"id": c.id} if c is self.general else {"id": c.id, "name": c.name} for c in there]
