"""Showing a reply where it belongs: in the answer itself, in place of a card, as a dialog, in a person's own chat."""

import asyncio
import itertools
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

from adapters.needs import BotLike
from adapters.platform import Gone, Later
from adapters.teams import bodies, render
from adapters.teams.chats import Chats
from adapters.teams.credentials import Unwelcome
from adapters.teams.faults import Refused
from adapters.teams.origin import Origin
from adapters.teams.post import Post
from adapters.underway import UnderWay
from bot.cards import Card, Choice, PersonPick, Reply, Span, TextInput
from bot.cards import say as paragraph
from bot.platforms import Teams as Settings
from bot.trace import where

Json = dict[str, Any]
Call = Callable[[], Awaitable[object]]
Showing = Callable[[str], Awaitable[bool]]
INSTALL = "https://teams.microsoft.com/l/app/{app_id}"

log = logging.getLogger("kizuki.teams")


class Show:
    """Shows replies. What fails here was done all the same, and is never tried twice."""

    def __init__(
        self, bot: BotLike, post: Post, chats: Chats, under_way: UnderWay, settings: Settings, *, patience: float
    ) -> None:
        self._bot = bot
        self._post = post
        self._chats = chats
        self._under_way = under_way
        self._targeted = settings.targeted
        self._install = INSTALL.format(app_id=settings.app_id)
        self._patience = patience
        self._numbers = itertools.count(1)

    def answer(self, reply: Reply | None, origin: Origin) -> Json | None:
        """The body that answers an invoke; what belongs elsewhere is on its way there."""
        if reply is None:
            done = self._bot.house.phrases(self._bot.house.lang, "teams.done_before")
            return bodies.said(done) if origin.kind == "press" else bodies.word(done)
        reply = replace(reply, card=self._post.worded(reply.card))
        return self._for_press(reply, origin) if origin.kind == "press" else self._for_dialog(reply, origin)

    def say(self, reply: Reply, origin: Origin, done: Call | None = None) -> None:
        """Show the reply to words, or to a button of an old client, behind the answer to the request."""
        if origin.kind == "submit" and reply.replaces and self._stands(reply, origin):
            self._behind(lambda key: self._replaced(reply, origin, key), done)
        else:
            self._behind(lambda key: self._below(reply, origin, key), done)

    def _for_press(self, reply: Reply, origin: Origin) -> Json:
        """A card in place of the pressed one, or a few words under it."""
        card, t = reply.card, self._bot.house.phrases.bound(reply.card.lang)
        if reply.refused:
            return bodies.said(card.summary)
        if reply.replaces and self._stands(reply, origin):
            if not origin.about.get("o"):
                self._behind(lambda key: self._post.update(origin.where, origin.message, card, key=key))
            return bodies.drawn(render.card(card, self._post.drawing(card, origin.tenant)))
        if reply.at == "here" and not origin.personal:
            self._behind(lambda key: self._here(card, origin, key))
            return bodies.said(card.summary)
        if origin.personal:
            self._behind(lambda key: self._here(card, origin, key))
            return bodies.said(t("teams.below"))
        if reply.at in ("dialog", "home", "chat") or reply.needed or _asks(card):
            self._behind(lambda key: self._to_me(card, origin, key, stays=reply.at == "chat" or reply.needed))
            return bodies.said(card.summary if reply.needed else t("teams.in_chat"))
        return bodies.said(card.summary)

    def _for_dialog(self, reply: Reply, origin: Origin) -> Json | None:
        """The dialog with something to read or to fill in; what everybody is to see closes it."""
        if reply.at == "home" or (reply.at == "here" and origin.kind in ("task", "form")):
            show = self._here if reply.at == "here" and origin.kind == "task" else self._to_me
            self._behind(lambda key: show(reply.card, origin, key))
            return None
        if reply.at == "chat":
            self._behind(lambda key: self._to_me(reply.card, origin, key, stays=True))
            return bodies.word(self._bot.house.phrases(reply.card.lang, "teams.in_chat"))
        return bodies.task(render.dialog(reply.card, self._post.drawing(reply.card, origin.tenant, "dialog")))

    def _stands(self, reply: Reply, origin: Origin) -> bool:
        """Whether a card may take the place of the pressed one: one for one person never of what others see."""
        return bool(origin.message) and (origin.personal or reply.at == "here" or bool(origin.about.get("o")))

    async def _here(self, card: Card, origin: Origin, key: str) -> bool:
        """In the conversation where it was done, in its thread if it has any."""
        await self._post.send(origin.where, card, key=key, thread=origin.thread)
        return True

    async def _to_me(self, card: Card, origin: Origin, key: str, *, told: bool = False, stays: bool = False) -> bool:
        """To one person alone: where they are, if Teams can do that, else in their chat with the bot, if they have one.

        What `stays` is in their chat or nowhere: what only they see elsewhere is gone after a while, and nobody else is
        to learn what they did. Returns whether they can see it now; else everybody sees how they come to have a chat.
        """
        if self._targeted and not (origin.personal or stays) and await self._whispered(card, origin, key):
            return True
        try:
            place = await self._chats.opened(await self._chats.of(origin), key=key)
            await self._post.send(place, card, key=key)
        except Gone:
            if not stays:
                await self._here(self._invitation(card.lang, origin), origin, key)
            return False
        if told:
            text = self._bot.house.phrases(card.lang, "teams.answered_in_chat")
            told_card = Card((paragraph(text),), text, card.lang)
            self._behind(lambda key: self._here(told_card, origin, key))
        return True

    async def _replaced(self, reply: Reply, origin: Origin, key: str) -> bool:
        """In the place of the pressed card; where that cannot be changed, below it."""
        only = bool(origin.about.get("o"))
        changed = await self._post.update(origin.where, origin.message, reply.card, key=key, only=only)
        return changed or await self._below(reply, origin, key)

    async def _below(self, reply: Reply, origin: Origin, key: str) -> bool:
        """A message of its own: where it was said, or to one person alone."""
        only = origin.whispered or bool(origin.about.get("o"))
        if origin.personal or (reply.at == "here" and not only):
            return await self._here(reply.card, origin, key)
        told = origin.kind == "message" and not only
        return await self._to_me(reply.card, origin, key, told=told, stays=reply.at == "chat" or reply.needed)

    async def _whispered(self, card: Card, origin: Origin, key: str) -> bool:
        try:
            await self._post.only_to(origin.where, origin.member, card, key=key, thread=origin.thread)
        except (Refused, Gone) as fault:
            log.info("nothing only one person sees here: %s", fault)
            return False
        return True

    def _invitation(self, lang: str, origin: Origin) -> Card:
        """Somebody cannot be written to in private: how they can be."""
        t = self._bot.house.phrases.bound(lang)
        name = Span(f"@{origin.name}", mention=origin.who) if origin.name else Span("")
        link = Span(t("teams.add"), link=self._install)
        blocks = (paragraph(name, Span(" " if origin.name else ""), Span(t("teams.add_me")), link),)
        return Card(blocks, t("teams.add_me"), lang)

    def _behind(self, show: Showing, done: Call | None = None) -> None:
        key = f"reply:{next(self._numbers)}"
        self._under_way.task(self._shown(partial(show, key), done))

    async def _shown(self, show: Callable[[], Awaitable[bool]], done: Call | None) -> None:
        """Show something, again as long as Teams says later: the answer to the request is behind us."""
        try:
            if await self._patiently(show) and done is not None:
                await done()
        except Exception as fault:  # noqa: BLE001 - what was done stays done
            log.warning("a reply was not shown: %s", str(fault) if isinstance(fault, Refused) else where(fault))

    async def _patiently(self, show: Callable[[], Awaitable[bool]]) -> bool:
        until = time.monotonic() + self._patience
        while True:
            try:
                return await show()
            except Unwelcome:
                raise
            except Later as later:
                if time.monotonic() + later.seconds > until:
                    raise
                await asyncio.sleep(later.seconds)


def _asks(card: Card) -> bool:
    """Whether there is something to fill in."""
    return any(isinstance(b, Choice | PersonPick | TextInput) for b in card.blocks)
