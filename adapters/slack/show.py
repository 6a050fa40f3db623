"""Showing a reply where it belongs: in the answer itself, in place of a card, as a dialog, as the home tab."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from adapters.pace import Pace
from adapters.platform import Gone, Later
from adapters.slack import render
from adapters.slack.faults import UNDRAWABLE, Limited, Mendable, Refused
from adapters.slack.installations import Workspace
from adapters.slack.limits import LIMITS
from adapters.slack.origin import Origin
from adapters.slack.render import Drawing, Surface
from adapters.slack.web import Web
from bot.cards import Card, Choice, PersonPick, Reply, TextInput
from bot.cards import say as paragraph
from bot.phrases import Phrases
from bot.trace import where

Json = dict[str, Any]
# What an acknowledgement may carry: the arguments of Bolt's ack.
Answer = dict[str, Any]
NOTHING: Answer = {}

log = logging.getLogger("kizuki.slack")


def carried(reply: Reply, origin: Origin) -> bool:
    """Whether a reply travels in the acknowledgement itself, with no call to Slack."""
    return origin.kind in ("command", "submit") and reply.at in ("me", "here")


class Show:
    """Shows replies in one request's time; what fails here was done all the same, and is never tried twice."""

    def __init__(self, web: Web, pace: Pace) -> None:
        self._web = web
        self._pace = pace

    async def reply(
        self,
        reply: Reply,
        origin: Origin,
        workspace: Workspace,
        phrases: Phrases,
        done: Callable[[], Awaitable[object]] | None = None,
    ) -> Answer:
        """Show a reply; returns what the acknowledgement of the request carries. `done` is told that it was shown."""
        showing = Showing(self._web, self._pace, reply, origin, workspace, phrases)
        try:
            answer = await showing.shown()
            if done is not None:
                await done()
            return answer
        except Exception as fault:  # noqa: BLE001 - what was done stays done, and Slack must not ask for it again
            log.warning("a reply was not shown: %s", str(fault) if isinstance(fault, Refused) else where(fault))
        try:
            return await showing.instead()
        except (Refused, Later, Gone) as fault:
            log.warning("nor was that said: %s", type(fault).__name__)
        return NOTHING


class Showing:
    """One reply on its way to the person who is waiting for it."""

    def __init__(
        self, web: Web, pace: Pace, reply: Reply, origin: Origin, workspace: Workspace, phrases: Phrases
    ) -> None:
        self._web = web
        self._pace = pace
        self._reply = reply
        self._origin = origin
        self._workspace = workspace
        self._phrases = phrases

    async def shown(self) -> Answer:
        """Show it where its kind of event is answered."""
        if self._reply.at == "home":
            await self._publish()
            if self._origin.kind == "home" or self._origin.from_home:
                return NOTHING
        if self._reply.at == "chat":
            return await self._in_chat()
        match self._origin.kind:
            case "command":
                return await self._for_command()
            case "message" | "reaction":
                return await self._for_message()
            case "press" | "shortcut":
                return await self._for_press()
            case "view":
                return await self._in_view()
            case "submit":
                return self._for_submit()
            case "home":
                return NOTHING

    async def instead(self) -> Answer:
        """A dialog could not open, for three seconds had passed, or a card not be shown: say so where one still can."""
        lang, origin = self._reply.card.lang, self._origin
        text = self._phrases(lang, "slack.expired" if self._reply.at == "dialog" else "slack.unshown")
        card = Card((paragraph(text),), text, lang)
        if origin.kind == "command":
            return self._body(card)
        if origin.kind in ("press", "shortcut") and origin.response_url:
            await self._respond({**self._body(card), "replace_original": False})
        elif origin.kind in ("view", "shortcut"):
            await self._post("chat.postMessage", {"channel": origin.user, **self._message(card), **UNFOLD_NOTHING})
        return NOTHING

    async def _for_command(self) -> Answer:
        if self._reply.at == "dialog":
            await self._open()
            return NOTHING
        return self._body(self._reply.card, public=self._reply.at == "here")

    async def _for_message(self) -> Answer:
        """Without a press no dialog can open: then its card is a message with the same fields."""
        origin = self._origin
        message = {"channel": origin.channel, **self._message(self._reply.card), **AS_TYPED}
        if origin.thread:
            message["thread_ts"] = origin.thread
        if origin.mine or self._reply.at == "here":
            await self._post("chat.postMessage", {**message, **UNFOLD_NOTHING})
        else:
            await self._post("chat.postEphemeral", {**message, "user": origin.user})
        return NOTHING

    async def _for_press(self) -> Answer:
        reply, origin = self._reply, self._origin
        if (reply.at == "dialog" and not reply.replaces) or not origin.response_url:
            await self._open()
        else:
            # A card for one person never takes the place of a message that others see.
            instead = reply.replaces and (origin.mine or reply.at == "here")
            body = self._body(reply.card, public=reply.at == "here" and not reply.replaces)
            await self._respond({**body, "replace_original": instead})
        return NOTHING

    async def _in_view(self) -> Answer:
        reply, view = self._reply, self._origin.view
        if view.get("type") == "home":
            await self._open()
        elif reply.replaces or _depth(view) >= LIMITS.stack:
            await self._draw("views.update", view_id=view["id"], view=self._modal())
        else:
            await self._draw("views.push", trigger_id=self._origin.trigger, view=self._modal())
        return NOTHING

    def _for_submit(self) -> Answer:
        """Faults stand at their fields; a refusal lies over the form, so that nothing typed is lost."""
        if self._reply.at == "home":
            return {"response_action": "clear"}
        drawn = self._modal()
        errors = _errors(self._reply.card)
        if errors and render.asks(drawn["blocks"]) == render.asks(self._origin.view.get("blocks", ())):
            return {"response_action": "errors", "errors": errors}
        over = not self._reply.replaces and (self._reply.refused or self._reply.at == "dialog")
        action = "push" if over and _depth(self._origin.view) < LIMITS.stack else "update"
        return {"response_action": action, "view": drawn}

    async def _in_chat(self) -> Answer:
        """In the person's own chat, where it stays; where they are, they hear that it is there."""
        origin, lang = self._origin, self._reply.card.lang
        await self._post("chat.postMessage", {"channel": origin.user, **self._message(self._reply.card), **AS_TYPED})
        text = self._phrases(lang, "slack.in_chat")
        card = Card((paragraph(text),), text, lang)
        view = render.modal(card, self._drawing("modal"), about=origin.about)
        if origin.kind == "submit":
            return {"response_action": "update", "view": view}
        if origin.kind == "view":
            await self._draw("views.update", view_id=origin.view["id"], view=view)
        elif origin.response_url and not origin.channel.startswith("D"):
            await self._respond({**self._body(card), "replace_original": False})
        return NOTHING

    async def _open(self) -> None:
        await self._draw("views.open", trigger_id=self._origin.trigger, view=self._modal())

    async def _publish(self) -> None:
        view = render.home(self._reply.card, self._drawing("home"))
        await self._draw("views.publish", user_id=self._origin.user, view=view)

    async def _draw(self, method: str, **arguments: Any) -> None:
        await self._web.call(self._workspace, method, **arguments)

    async def _post(self, method: str, message: Json) -> None:
        ident = self._workspace.team or self._workspace.enterprise

        async def call(drawn: Json) -> None:
            if method == "chat.postMessage":
                await self._pace.turn(ident, str(message["channel"]), f"reply:{id(self)}", urgent=True)
            try:
                await self._web.call(self._workspace, method, **{**message, **drawn})
            except Limited as limited:
                self._pace.pause(ident, limited.seconds)
                raise

        await self._drawn(call)

    async def _respond(self, body: Json) -> None:
        if self._origin.thread:
            body = {**body, "thread_ts": self._origin.thread}
        await self._drawn(lambda drawn: self._web.respond(self._origin.response_url, {**body, **drawn}))

    async def _drawn(self, call: Callable[[Json], Awaitable[object]]) -> None:
        """Have a card shown, as plain text where Slack would not draw it."""
        try:
            await self._patiently(lambda: call({}))
        except Refused as refused:
            if refused.error not in UNDRAWABLE:
                raise
            await self._patiently(lambda: call(render.plain_message(self._reply.card)))

    async def _patiently(self, call: Callable[[], Awaitable[object]]) -> None:
        """Make a call, again as long as Slack says later: the answer to the request is behind us by then."""
        until = time.monotonic() + self._web.patience
        while True:
            try:
                await call()
            except Mendable:
                raise
            except Later as later:
                if time.monotonic() + later.seconds > until:
                    raise
                await asyncio.sleep(later.seconds)
            else:
                return

    def _modal(self) -> Json:
        return render.modal(self._reply.card, self._drawing("modal"), about=self._origin.about)

    def _message(self, card: Card) -> Json:
        return render.message(card, self._drawing("message"))

    def _body(self, card: Card, *, public: bool = False) -> Json:
        return {"response_type": "in_channel" if public else "ephemeral", **self._message(card)}

    def _drawing(self, surface: Surface) -> Drawing:
        return Drawing(self._phrases.bound(self._reply.card.lang), self._origin.org, surface)


# Nothing in a person's words is looked up, linked or unfolded by Slack.
AS_TYPED: Json = {"parse": "none", "link_names": False}
UNFOLD_NOTHING: Json = {"unfurl_links": False, "unfurl_media": False}


def _errors(card: Card) -> dict[str, str]:
    fields = (b for b in card.blocks if isinstance(b, Choice | PersonPick | TextInput))
    return {b.name: b.error for b in fields if b.error}


def _depth(view: Mapping[str, Any]) -> int:
    """How many dialogs lie over one another, as far as the topmost says."""
    previous, root = view.get("previous_view_id"), view.get("root_view_id")
    if not previous:
        return 1
    return 2 if previous == root else LIMITS.stack
