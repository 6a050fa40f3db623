"""Reactions to the bot's own messages: each stands for a button of the card it was put under."""

from adapters.keys import Keys
from adapters.needs import BotLike
from adapters.teams import parse
from adapters.teams.directory import Directory
from adapters.teams.origin import Activity, Origin
from bot import cards, reactions
from bot.events import Press
from storage import outbox


class Reacting:
    """Does what a reaction stands for; nobody is told, the card itself shows it."""

    def __init__(self, bot: BotLike, directory: Directory, keys: Keys) -> None:
        self._bot = bot
        self._directory = directory
        self._keys = keys

    async def reacted(self, activity: Activity) -> None:
        """Reactions that were put, or else those that were taken back: another emoji is both at once."""
        if (put := parse.reaction(activity, self._keys)) is not None:
            await self._one(*put, taken_back=False)
        elif (back := parse.reaction(activity, self._keys, taken_back=True)) is not None:
            await self._one(*back, taken_back=True)

    async def _one(self, key: str, origin: Origin, *, taken_back: bool) -> None:
        card = await self._bot.read(outbox.shown, reference(origin.conversation, origin.message))
        meant = reactions.meant(cards.load(card), taken_back=taken_back) if card else None
        if meant is not None:
            self._directory.saw(origin)
            await self._bot.handle(Press(key, origin.who, origin.where, *meant))


def reference(conversation: str, message: str) -> str:
    """What the outbox calls a message."""
    return f"{conversation}|{message}"
