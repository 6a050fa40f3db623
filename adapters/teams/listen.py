"""Teams' activities through botbuilder's handler to the core and back: parse, act, which commits, then answer."""

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from botbuilder.core import ActivityHandler, InvokeResponse, TurnContext

from adapters.keys import Keys
from adapters.needs import BotLike
from adapters.teams import bodies, parse
from adapters.teams.answers import Answers
from adapters.teams.chats import Chats
from adapters.teams.comings import Comings
from adapters.teams.commands import ACTIONS
from adapters.teams.directory import Directory
from adapters.teams.files import Files
from adapters.teams.origin import EXTENSION, NAME, Activity, Origin, is_personal, part, parts, text
from adapters.teams.reacting import Reacting
from adapters.teams.searching import Searching
from adapters.teams.show import Show
from adapters.teams.turns import answer, raw_of
from adapters.underway import UnderWay
from bot.events import Opened, Press
from bot.organisation import LANGUAGES
from bot.phrases import Phrases
from storage import places

Json = dict[str, Any]
Found = tuple[Press, Origin] | None

log = logging.getLogger("kizuki.teams")


class Listeners(ActivityHandler):  # type: ignore[misc]  # untyped
    """What happens on each kind of activity."""

    def __init__(
        self,
        bot: BotLike,
        *,
        keys: Keys,
        show: Show,
        directory: Directory,
        comings: Comings,
        files: Files,
        chats: Chats,
        under_way: UnderWay,
    ) -> None:
        self._bot = bot
        self._keys = keys
        self._show = show
        self._directory = directory
        self._comings = comings
        self._files = files
        self._chats = chats
        self._under_way = under_way
        self._answers = Answers()
        self._searching = Searching(bot, directory)
        self._reacting = Reacting(bot, directory, keys)

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        """Words to the bot; or a button of a client that knows no better way to send it."""
        raw = raw_of(turn_context)
        if text(part(raw, "from"), "id").startswith("28:"):
            return
        if part(raw, "value") and not text(raw, "text").strip():
            await self._submitted(parse.submitted(raw, self._keys))
        elif _is_to_bot(raw):
            await self._said(raw)

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        """Somebody, or the bot, came or went; a team or channel changed."""
        opened = await self._comings.changed(raw_of(turn_context))
        if opened is not None:
            await self._show_home(*opened)

    async def on_installation_update(self, turn_context: TurnContext) -> None:
        """Somebody took the bot up for themselves, or away."""
        opened = await self._comings.installed(raw_of(turn_context))
        if opened is not None:
            await self._show_home(*opened)

    async def on_event_activity(self, turn_context: TurnContext) -> None:
        """Somebody read what the bot wrote in their own chat; of other events nothing is needed."""
        raw = raw_of(turn_context)
        found = parse.read(raw) if text(raw, "name") == parse.RECEIPT else None
        if found is not None:
            await self._bot.has_read(*found)

    async def on_message_reaction_activity(self, turn_context: TurnContext) -> None:
        """A reaction to one of the bot's messages."""
        await self._reacting.reacted(raw_of(turn_context))

    async def on_invoke_activity(self, turn_context: TurnContext) -> None:
        """What waits for an answer."""
        answer(turn_context, await self._invoked(raw_of(turn_context)))

    async def _invoked(self, raw: Activity) -> InvokeResponse:
        match text(raw, "name"):
            case "adaptiveCard/action":
                return await self._pressed(raw, parse.executed, bodies.said)
            case "task/fetch":
                return await self._pressed(raw, parse.fetched, bodies.word)
            case "task/submit":
                return await self._pressed(raw, parse.sent, bodies.word)
            case "composeExtension/fetchTask":
                return await self._pressed(raw, partial(parse.extension, actions=ACTIONS), bodies.word)
            case "composeExtension/submitAction":
                return await self._pressed(raw, parse.form, bodies.word)
            case "composeExtension/query":
                return InvokeResponse(status=200, body=await self._searching.found(raw))
            case "fileConsent/invoke":
                key = self._keys("consent", text(raw, "id"), text(part(raw, "from"), "id"))
                self._under_way.task(self._answers.once(key, lambda: self._files.consented(raw)))
                return InvokeResponse(status=200)
            case _:
                return InvokeResponse(status=501)

    async def _pressed(
        self, raw: Activity, parsed: Callable[[Activity, Keys], Found], refused: Callable[[str], Json]
    ) -> InvokeResponse:
        found = parsed(raw, self._keys)
        if found is None:
            house = self._bot.house
            return InvokeResponse(status=200, body=refused(house.phrases(house.lang, "cards.stale")))
        press, origin = found
        return InvokeResponse(status=200, body=await self._answers.once(press.key, lambda: self._acted(press, origin)))

    async def _acted(self, press: Press, origin: Origin) -> Json | None:
        self._directory.saw(origin)
        with self._under_way.one():
            if press.action == parse.FILE:
                return await self._files.offered(press, origin)
            press = await self._placed(press, origin)
            return self._show.answer(await self._bot.handle(press), origin)

    async def _placed(self, press: Press, origin: Origin) -> Press:
        """The press with everybody it names made known; what the message extension does is done in one's own chat."""
        await self._directory.acquaint((value for values in press.fields.values() for value in values), origin)
        return replace(press, where=await self._chats.of(origin)) if origin.kind in EXTENSION else press

    async def _said(self, raw: Activity) -> None:
        command, origin = parse.message(raw, self._keys, _words(self._bot.house.phrases))
        self._directory.saw(origin)
        command = replace(command, mentions=await self._directory.named(command.mentions, origin))
        await self._known(raw, origin)
        with self._under_way.one():
            reply = await self._bot.handle(command, insured=True)
            if reply is not None:
                self._show.say(reply, origin, partial(self._bot.shown, command))

    async def _submitted(self, found: Found) -> None:
        if found is None:
            return
        press, origin = found
        self._directory.saw(origin)
        with self._under_way.one():
            if press.action == parse.FILE:
                await self._files.offered(press, origin)
                return
            reply = await self._bot.handle(await self._placed(press, origin))
            if reply is not None:
                self._show.say(reply, origin)

    async def _show_home(self, opened: Opened, origin: Origin) -> None:
        self._directory.saw(origin)
        with self._under_way.one():
            reply = await self._bot.handle(opened)
            if reply is not None:
                self._show.say(reply, origin)

    async def _known(self, raw: Activity, origin: Origin) -> None:
        """A channel of a team comes along with the team: it is known from the first word to the bot in it."""
        known = None if origin.personal else await self._bot.read(places.find, NAME, origin.where.id)
        if origin.personal or (known is not None and known.gone_at is None):
            return
        await self._bot.handle(parse.joined(raw, self._keys, greets=False))


@lru_cache(maxsize=4)
def _words(phrases: Phrases) -> list[str]:
    """What calls for a note, in every language, the longest first."""
    found = {w.strip() for lang in LANGUAGES for w in re.split("[、,]", phrases(lang, "teams.note_words"))}
    return sorted(found, key=lambda word: -len(word))


def _is_to_bot(raw: Activity) -> bool:
    """In a channel or group chat only what names the bot is said to it."""
    if is_personal(raw):
        return True
    bot = text(part(raw, "recipient"), "id")
    return any(text(part(one, "mentioned"), "id") == bot for one in parts(raw, "entities"))
