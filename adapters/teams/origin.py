"""Where something was done in Teams: what is needed to answer it there, and the place it counts for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.events import Handle, Place

Json = dict[str, Any]
Activity = Mapping[str, Any]
NAME = "teams"
Kind = Literal["message", "press", "submit", "fetch", "task", "shortcut", "form", "reaction", "home", "search"]
EXTENSION = frozenset(("shortcut", "form", "search"))


@dataclass(frozen=True, slots=True)
class Origin:
    """One thing a person did.

    `kind`: words; a pressed button (`press`, or `submit` in clients without it); a button that opens a dialog (`fetch`)
    and the dialog sent (`task`); the same of the message extension (`shortcut`, `form`). `message` is the message a
    button stands in, `thread` the conversation with the thread it was said in. `whispered`: said in a channel so that
    only the bot hears it.
    """

    kind: Kind
    service: str
    tenant: str
    user: str
    member: str
    conversation: str
    personal: bool
    thread: str = ""
    team: str = ""
    message: str = ""
    said: str = ""
    name: str = ""
    locale: str = ""
    whispered: bool = False
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def who(self) -> Handle:
        """The account."""
        return Handle(NAME, f"{self.tenant}:{self.user}")

    @property
    def where(self) -> Place:
        """The place: a channel or group chat, or the person's own chat with the bot."""
        if self.personal:
            return private(self.service, self.tenant, self.user, self.member, self.conversation)
        return shared(self.service, self.tenant, self.conversation, team=self.team)


def private(service: str, tenant: str, user: str, member: str, conversation: str = "") -> Place:
    """The chat of a person with the bot, named by the person; without a conversation it is opened when needed."""
    address = {"service": service, "tenant": tenant, "conversation": conversation, "user": member}
    return Place(NAME, f"{tenant}:{user}", True, address)


def shared(service: str, tenant: str, conversation: str, *, team: str = "") -> Place:
    """A channel, or a group chat, which has no team."""
    address = {"service": service, "tenant": tenant, "conversation": conversation, "team": team}
    return Place(NAME, f"{tenant}:{conversation}", False, address)


def base(conversation: str) -> str:
    """A conversation without the thread it names."""
    return conversation.partition(";")[0]


def of(activity: Activity, kind: Kind, **more: Any) -> Origin:
    """The origin of what an activity tells."""
    conversation, sender = part(activity, "conversation"), part(activity, "from")
    data = part(activity, "channelData")
    ident = text(conversation, "id")
    # The message extension is used in chats between people too, of which Teams says nothing more: 19: is never ours.
    own = kind not in EXTENSION and not ident.startswith("19:")
    personal = own and is_personal(activity)
    return Origin(
        kind,
        service=text(activity, "serviceUrl"),
        tenant=tenant_of(activity),
        user=user_of(sender),
        member=text(sender, "id"),
        conversation=base(ident),
        personal=personal,
        thread="" if personal else ident,
        team=text(part(data, "team"), "id"),
        message=text(activity, "replyToId"),
        said=text(activity, "id"),
        name=text(sender, "name"),
        locale=text(activity, "locale"),
        whispered=part(activity, "recipient").get("isTargeted") is True,
        **more,
    )


def is_personal(activity: Activity) -> bool:
    """Whether Teams tells of a chat of one person with the bot."""
    return text(part(activity, "conversation"), "conversationType") == "personal"


def tenant_of(activity: Activity) -> str:
    """The tenant whose conversation it is, as Teams writes it."""
    conversation, data = part(activity, "conversation"), part(activity, "channelData")
    return (text(conversation, "tenantId") or text(part(data, "tenant"), "id")).lower()


def user_of(member: Mapping[str, Any]) -> str:
    """Who it is in the directory; whoever is in none is known by Teams' own name for them."""
    return (text(member, "aadObjectId") or text(member, "objectId")).lower() or text(member, "id")


def part(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part that is an object; empty for anything else."""
    inner = found.get(name)
    return inner if isinstance(inner, dict) else {}


def parts(found: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A list's objects; none for anything else."""
    inner = found.get(name)
    return [one for one in inner if isinstance(one, dict)] if isinstance(inner, list) else []


def text(found: Mapping[str, Any], name: str) -> str:
    """A text; "" for anything else."""
    inner = found.get(name)
    return inner if isinstance(inner, str) else ""
