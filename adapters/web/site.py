"""The pages as a part of the web application: their routes, and the way of every request through them."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from aiohttp import web

from adapters.web import signing
from adapters.web.door import Door, language, theme
from adapters.web.openid import Providers
from adapters.web.page import Ask, Page, at
from adapters.web.pages import (
    adoption,
    announcements,
    awards,
    figures,
    kudos,
    notes,
    overview,
    own,
    principles,
    pulse,
    reach,
    unit,
)
from adapters.web.shell import HERE, Shell
from adapters.web.tries import Tries
from adapters.web.wants import Refused, Wants
from bot import sign_ins, trace
from bot.bot import Bot
from bot.kept import Kept, Underway
from bot.sign_ins import PAGES
from bot.turn import Refusal, Turn
from storage.database import Busy, Tx

Make = Callable[[Ask], Page]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE_ROUTES: dict[str, Make] = {
    "": overview.show,
    "principles/": principles.index,
    "principles/{number}": principles.show,
    "units/": unit.index,
    "units/{code}": unit.show,
    "notes": notes.index,
    "notes/{id}": notes.show,
    "kudos": kudos.index,
    "pulse": pulse.index,
    "pulse/{code}": pulse.show,
    "adoption": adoption.show,
    "figures": figures.index,
    "awards": awards.index,
    "recognition": awards.report,
    "announcements": announcements.index,
    "announcements/{id}": announcements.show,
    "reach": reach.show,
    "settings": own.show,
}
# Refusals of the core that are not simply something typed wrongly.
STATUSES = {
    "people.may_not": 403,
    "dashboard.no_unit": 404,
    "dashboard.no_such_page": 404,
    "pulse_asking.unknown": 404,
    "pulse.not_closed": 404,
    "announcements.unknown": 404,
}
TYPES = {".css": "text/css", ".svg": "image/svg+xml"}
# Figures that somebody else is working out are waited for so often, so many seconds at a time.
TRIES, PAUSE = 100, 0.1
FOR_GOOD = "public, max-age=31536000, immutable"

log = logging.getLogger("kizuki.web")


class Drawn(NamedTuple):
    """A page's text and status, whether anybody is signed in, and whether their session is due for something."""

    status: int
    text: str
    known: bool
    due: bool = False


class Site:
    """Everything under `/dashboard`."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.shell = Shell()
        self.door = Door(bot.house.settings)
        self.tries = Tries(proxies=bot.house.settings.web.proxies)
        self.providers = Providers(bot.house.settings)
        self._kept = Kept()

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """All pages, the ways in and out, and the style sheet; none where app.yaml has the dashboard off."""
        if not self.bot.house.settings.web.dashboard:
            return []
        gets: dict[str, Handler] = {at(path): self._shown(make) for path, make in PAGE_ROUTES.items()}
        gets |= {PAGES: _home, at("static/{file}"): _file, **signing.gets(self)}
        return [
            *(web.get(path, self._guarded(handler)) for path, handler in gets.items()),
            *(web.post(path, self._guarded(handler)) for path, handler in signing.posts(self).items()),
            web.get(at("{rest:.*}"), self._guarded(_nowhere)),
        ]

    def turn(self, tx: Tx) -> Turn:
        """A turn of nobody yet."""
        return Turn(tx, self.bot.house, self.bot.now(), key="page", actor="page")

    def _shown(self, make: Make) -> Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            secret = self.door.secret(request)
            drawn = await self._patiently(request, make, secret)
            response = web.Response(status=drawn.status, text=drawn.text, content_type="text/html")
            if drawn.due:
                fresh = await self.bot.database.transact(lambda tx: sign_ins.keep_up(self.turn(tx), secret))
                if fresh:
                    self.door.let_in(response, fresh)
            elif secret and not drawn.known:
                self.door.let_out(response)
            return response

        return handler

    async def _patiently(self, request: web.Request, make: Make, secret: str) -> Drawn:
        """A page, as soon as figures that another is working out are there; nobody waits where others read."""
        for _ in range(TRIES):
            try:
                return await self.bot.database.read(lambda tx: self._drawn(tx, request, make, secret))
            except Underway:
                await asyncio.sleep(PAUSE)
        raise Refused(503, "busy")

    def _drawn(self, tx: Tx, request: web.Request, make: Make, secret: str) -> Drawn:
        """A page for whoever is signed in; or, kindly, why there is none."""
        turn = self.turn(tx)
        session = sign_ins.recognise(turn, secret)
        if session is None:
            return Drawn(401, signing.way_in(self, request, over=bool(secret)), known=False)
        page = _made(make, Ask(turn, Wants(request.query, request.match_info), session, self._kept))
        text = self.shell.page(turn, session, page, theme(request))
        return Drawn(page.status, text, known=True, due=sign_ins.is_due(turn, session))

    def fault(self, request: web.Request, status: int, why: str, **values: object) -> web.Response:
        """A page without anybody's name that says what is wrong."""
        house = self.bot.house
        lang = language(request, house.lang)
        text = house.phrases(lang, f"dashboard.{why}", **values)
        page = Page("fault.html", text, values={"why": text, "detail": ""}, status=status)
        drawn = self.shell.outside(house, lang, page, theme(request))
        response = web.Response(status=status, text=drawn, content_type="text/html")
        if status == 429:
            response.headers["Retry-After"] = str(60 * int(str(values["n"])))
        return response

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            started, outcome = time.perf_counter(), "done"
            try:
                response = await handler(request)
            except Refused as refused:
                outcome = f"refused {refused.why}"
                response = self.fault(request, refused.status, refused.why, **refused.values)
            except Busy:
                outcome = "busy"
                response = self.fault(request, 503, "busy")
            except web.HTTPException:
                raise
            except Exception as fault:  # noqa: BLE001 - the reader hears of it, and the log says where, never what
                outcome = trace.where(fault)
                response = self.fault(request, 500, "broken")
            self.door.dress(response)
            took = (time.perf_counter() - started) * 1000
            log.info("page %s %d %s %.1f ms", _named(request), response.status, outcome, took)
            return response

        return guarded


def _made(make: Make, ask: Ask) -> Page:
    """The page, or one that says why there is none, within the frame of whoever asks."""
    try:
        return make(ask)
    except Refused as refused:
        return _refused(ask, refused.status, f"dashboard.{refused.why}", refused.values)
    except Refusal as refusal:
        return _refused(ask, STATUSES.get(refusal.key, 400), refusal.key, refusal.values)


def _refused(ask: Ask, status: int, key: str, values: dict[str, Any]) -> Page:
    text = ask.speak(key, **values)
    title = ask.t(f"status_title.{status}")
    return Page("fault.html", title, values={"why": title, "detail": text}, status=status)


def _named(request: web.Request) -> str:
    """A route without what stands in its place: some addresses hold secrets."""
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical if resource else '?'}"


async def _home(_: web.Request) -> web.StreamResponse:
    return web.Response(status=308, headers={"Location": at()})


async def _nowhere(_: web.Request) -> web.StreamResponse:
    raise Refused(404, "no_page")


async def _file(request: web.Request) -> web.StreamResponse:
    file = HERE / "static" / request.match_info["file"]
    if file.suffix not in TYPES or file.parent != HERE / "static" or not file.is_file():
        raise Refused(404, "no_page")
    response = web.FileResponse(file, headers={"Cache-Control": FOR_GOOD})
    response.content_type = TYPES[file.suffix]
    return response
