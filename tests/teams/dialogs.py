"""What a person sees beside messages: a dialog, a short notice, and what a search found."""

from dataclasses import dataclass, field

from tests.teams.conversations import Conversation, Message
from tests.teams.plain import plain, read
from tests.teams.tenant import Json


@dataclass(eq=False)
class Dialog:
    """An open dialog. `message` is the one it was opened from; `command` the extension's command, if that opened it."""

    title: str
    where: Conversation
    card: Json | None = None
    text: str = ""
    height: int | str = "medium"
    width: int | str = "medium"
    message: Message | None = None
    command: str = ""
    context: str = ""
    typed: dict[tuple[str, str], str] = field(default_factory=dict)

    def card_of(self, _person: str) -> Json | None:
        """Its card, the same for everybody."""
        return self.card

    def plain_for(self, _person: str) -> str:
        """All that can be read in it."""
        return self.plain

    @property
    def plain(self) -> str:
        """All that can be read in it."""
        return "\n".join(t for t in (self.title, self.text, plain(self.card) if self.card else "") if t)


@dataclass(eq=False)
class Notice:
    """A line that Teams shows for a moment under a card."""

    text: str
    typed: dict[tuple[str, str], str] = field(default_factory=dict)

    def card_of(self, _person: str) -> Json | None:
        """There is none."""
        return None

    def plain_for(self, _person: str) -> str:
        """The line."""
        return self.text


@dataclass(eq=False)
class Result:
    """Something that a message extension found: how it stands in the list, and the card it becomes."""

    title: str
    text: str
    content_type: str
    content: Json

    @property
    def plain(self) -> str:
        """All that can be read in the card."""
        return plain(self.content) if "body" in self.content else read(str(self.content.get("title", "")))


Thing = Message | Dialog | Notice
