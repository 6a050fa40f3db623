"""Where something was done: what is needed to answer it there, and the place it counts for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.events import Handle, Place

Json = dict[str, Any]
NAME = "slack"
Kind = Literal["command", "message", "press", "view", "submit", "shortcut", "reaction", "home"]


@dataclass(frozen=True, slots=True)
class Origin:
    """One thing a person did. `view` is the dialog or home it was done in, `thread` the message it belongs to."""

    kind: Kind
    enterprise: str
    team: str
    org: str
    user: str
    channel: str = ""
    thread: str = ""
    trigger: str = ""
    response_url: str = ""
    mine: bool = False
    view: Mapping[str, Any] = field(default_factory=dict)
    from_home: bool = False

    @property
    def who(self) -> Handle:
        """The account."""
        return Handle(NAME, f"{self.org}:{self.user}")

    @property
    def where(self) -> Place:
        """The place: a channel, or the person's own chat with the bot, whichever private chat it was done in."""
        if not self.channel or self.channel.startswith("D"):
            return private(self.enterprise, self.team, self.org, self.user)
        return shared(self.enterprise, self.team, self.channel)

    @property
    def about(self) -> Json:
        """What a dialog must remember of where it was opened."""
        return {"c": self.channel, "h": 1} if self.from_home else {"c": self.channel}


def private(enterprise: str, team: str, org: str, user: str) -> Place:
    """The chat of a person with the bot. It is named by the person: Slack opens it when something is sent to them."""
    return Place(NAME, f"{org}:{user}", True, {"enterprise": enterprise, "team": team, "channel": user})


def shared(enterprise: str, team: str, channel: str) -> Place:
    """A channel; in an organisation of several workspaces it is the same one in all of them."""
    address = {"enterprise": enterprise, "team": team, "channel": channel}
    return Place(NAME, f"{enterprise or team}:{channel}", False, address)


def org_of(enterprise: str, team: str, home_team: str = "") -> str:
    """Whose account a user is: the organisation's, the workspace's, or for a guest from elsewhere their own team's."""
    return enterprise or home_team or team


def remembered(view: Mapping[str, Any]) -> Json:
    """What a dialog remembered; nothing where it is not ours."""
    try:
        found = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
