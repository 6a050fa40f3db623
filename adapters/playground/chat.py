"""What happens when somebody writes, presses or opens: the event, the bot's reply, and what the place shows then."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from adapters.playground import parse
from adapters.playground.guard import Refused
from adapters.playground.needs import BotLike, ClockLike
from adapters.playground.parse import Sent
from adapters.playground.roster import DIRECT, Roster, direct
from adapters.playground.stream import Hub
from bot import cards
from bot.cards import Card, Reply
from bot.events import Event, Place
from storage import messages
from storage.database import Busy, Database, Tx
from storage.messages import MessageRow

log = logging.getLogger(__name__)
Answer = dict[str, Any]
REMEMBERED = 512


class Chat:
    """Keeps what is said in the playground and carries it to the bot and back."""

    def __init__(self, bot: BotLike, database: Database, clock: ClockLike, hub: Hub) -> None:
        self._bot = bot
        self._database = database
        self._clock = clock
        self._hub = hub
        self._acts: OrderedDict[str, asyncio.Task[Any]] = OrderedDict()

    async def once(self, key: str, act: Callable[[], Awaitable[Answer]]) -> Answer:
        """Act at most once per key: a repeated request waits for, and gets, the first one's answer."""
        task = self._acts.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._acts[key] = asyncio.ensure_future(act())
        while len(self._acts) > REMEMBERED:
            self._acts.popitem(last=False)
        found: Answer = await asyncio.shield(task)
        return found

    async def say(self, request: Sent, roster: Roster) -> tuple[Reply | None, Answer]:
        """A text: kept where people see it, and brought to the bot when it is meant for it."""
        where = parse.place(request, roster)
        text = request.text("text")
        if not text.strip():
            raise Refused(422, "empty")
        command = parse.command(request, where, roster)
        # Like a slash command elsewhere, a command in a channel is not shown to the others.
        aside = command is not None and not where.private and text.startswith(("/", "／"))
        me = request.who.id
        row = await self.keep(f"{request.key}:said", where.id, author=me, text=text, only_for=me if aside else "")
        said: Answer = {"said": row.id}
        if command is None:
            return None, said
        reply = await self._asked(command)
        return reply, {**said, **await self._shown(request, where, reply, None)}

    async def press(self, request: Sent, roster: Roster) -> tuple[Reply | None, Answer]:
        """A pressed button, on a message its presser can see, in a dialog, or at home."""
        where = parse.place(request, roster)
        origin = await self._origin(request, where)
        reply = await self._asked(parse.press(request, where))
        return reply, await self._shown(request, where, reply, origin)

    async def open(self, request: Sent, roster: Roster) -> tuple[Reply | None, Answer]:
        """Home, opened; a reply meant for elsewhere goes to the person's own chat."""
        where = roster.place(request.who.id, direct(request.who.id))
        if where is None:
            raise Refused(404, "nowhere")
        reply = await self._asked(parse.opened(request, where))
        return reply, await self._shown(request, where, reply, None)

    async def keep(self, key: str, place: str, **what: str) -> MessageRow:
        """Store a message once per key and show it in every window that may see it."""
        at = round(self._clock.now().timestamp() * 1000)
        row = await self._database.transact(lambda tx: messages.add(tx, key, place, at=at, **what))
        self._hub.publish(row)
        return row

    async def change(self, message: int, card: Card) -> MessageRow | None:
        """Put another card in a message's place, in every window that shows it."""
        row = await self._database.transact(lambda tx: messages.replace(tx, message, cards.dump(card)))
        if row is not None:
            self._hub.publish(row)
        return row

    async def _asked(self, event: Event) -> Reply | None:
        try:
            return await self._bot.handle(event)
        except Busy:
            raise Refused(503, "busy") from None
        except Exception as fault:  # noqa: BLE001 - a window shows a kind line whatever broke; what was typed stays
            # The fault's own words may quote what somebody wrote, so only its kind is logged.
            log.error("playground.failed fault=%s", type(fault).__name__)
            raise Refused(500, "broken") from None

    async def _origin(self, request: Sent, where: Place) -> MessageRow | None:
        message = request.number("message")
        if not message:
            return None
        row = await self._database.read(lambda tx: messages.get(tx, message))
        if row is None or row.place != where.id or not visible(row, request.who.id):
            raise Refused(404, "no_message")
        return row

    async def _shown(self, request: Sent, where: Place, reply: Reply | None, origin: MessageRow | None) -> Answer:
        """Keep a reply that is a message; dialogs and home go back to the window that asked."""
        if reply is None or reply.at in ("dialog", "home"):
            return {}
        row = await self._placed(request, where, reply, origin)
        return {"message": row.id, "place": row.place, "summary": reply.card.summary}

    async def _placed(self, request: Sent, where: Place, reply: Reply, origin: MessageRow | None) -> MessageRow:
        if reply.at == "chat":
            return await self.keep(f"{request.key}:reply", direct(request.who.id), card=cards.dump(reply.card))
        only_for = request.who.id if reply.at == "me" else ""
        # A card for one person never takes the place of a message that others see.
        if origin is not None and reply.replaces and (not only_for or _own(origin, only_for)):
            changed = await self.change(origin.id, reply.card)
            if changed is not None:
                return changed
        card = cards.dump(reply.card)
        return await self.keep(f"{request.key}:reply", where.id, only_for=only_for, card=card)


def visible(row: MessageRow, account: str) -> bool:
    """Whether an account may see a message."""
    private = row.place.startswith(DIRECT) and row.place != direct(account)
    return row.only_for in ("", account) and not private


def _own(row: MessageRow, account: str) -> bool:
    return row.only_for == account or row.place == direct(account)


def latest(tx: Tx, places: list[str], account: str) -> dict[str, int]:
    """The newest message an account may see, by place."""
    found = {place: messages.newest(tx, place, me=account, limit=1) for place in places}
    return {place: rows[0].id for place, rows in found.items() if rows}
