"""The message extension's searches: one's own notes and the principles, to put into a message."""

from typing import Any

from adapters.needs import BotLike
from adapters.teams import bodies, origin, render
from adapters.teams.commands import MINE, PRINCIPLES, WORDS
from adapters.teams.directory import Directory
from adapters.teams.origin import Activity, part, parts, text
from adapters.teams.render import Drawing
from bot import inserting
from bot.inserting import Found
from bot.turn import Refusal, Turn

Json = dict[str, Any]
SEARCHES = {MINE: inserting.own_notes, PRINCIPLES: inserting.principles}
# Teams searches with each letter that is typed; a longer text finds nothing a shorter one did not.
LONGEST = 200


class Searching:
    """Answers searches."""

    def __init__(self, bot: BotLike, directory: Directory) -> None:
        self._bot = bot
        self._directory = directory

    async def found(self, activity: Activity) -> Json:
        """The body with what was found, or why nothing was."""
        value, asked = part(activity, "value"), origin.of(activity, "search")
        search = SEARCHES.get(text(value, "commandId"))
        house = self._bot.house
        if search is None:
            return bodies.nothing(house.phrases(house.lang, "cards.stale"))

        def work(turn: Turn) -> tuple[list[Found], str]:
            try:
                return search(turn, _words(value)), turn.t("find.nothing")
            except Refusal as refusal:
                return [], turn.t(refusal.key, **refusal.values)

        await self._directory.acquaint([asked.who.name], asked)
        results, instead = await self._bot.read_as(asked.who, work)
        if not results:
            return bodies.nothing(instead)
        return bodies.results([self._result(one, asked.tenant) for one in results])

    def _result(self, found: Found, tenant: str) -> Json:
        drawing = Drawing(self._bot.house.phrases.bound(found.card.lang), tenant, "plain")
        return bodies.result(render.card(found.card, drawing), found.title, found.text)


def _words(value: Activity) -> str:
    """What was typed so far."""
    given = (text(one, "value") for one in parts(value, "parameters") if text(one, "name") == WORDS)
    return next(given, "")[:LONGEST]
