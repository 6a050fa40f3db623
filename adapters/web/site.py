"""The pages as a part of the web application: their routes, and the way of every request through them."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from aiohttp import web

from adapters.web import signing
from adapters.web.door import Door, language, theme
from adapters.web.openid import Providers
from adapters.web.page import Ask, Handed, Page, at
from adapters.web.pages import (
    adoption,
    announcements,
    awards,
    delivery,
    figures,
    files,
    kudos,
    notes,
    overview,
    own,
    principles,
    pulse,
    reach,
    suggestions,
    unit,
)
from adapters.web.shell import HERE, Shell
from adapters.web.tries import Tries
from adapters.web.wants import Refused, Wants
from bot import sign_ins, trace
from bot.bot import Bot
from bot.kept import Aside, AtHand, Kept, Recipe, Underway
from bot.sign_ins import PAGES
from bot.studies import Crowded
from bot.turn import Refusal, Turn
from bot.watch import Outcome, Seen
from storage.database import Busy, Tx

T = TypeVar("T")
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
    "delivery": delivery.show,
    "suggestions": suggestions.show,
    "files/{file}": files.show,
    "settings": own.show,
}
# Refusals of the core that are not simply something typed wrongly.
STATUSES = {
    "people.may_not": 403,
    # Of so few people there is none for anybody.
    "adoption.too_few": 403,
    "dashboard.no_unit": 404,
    "dashboard.no_such_page": 404,
    "pulse_asking.unknown": 404,
    "pulse.not_closed": 404,
    "announcements.unknown": 404,
}
TYPES = {".css": "text/css", ".svg": "image/svg+xml"}
# So long a page waits for figures that are worked out; what another is working out is looked for so often.
PATIENCE, PAUSE = 25.0, 0.1
# What is said where somebody else than these pages refuses a request.
FAULTS = {404: "no_page", 405: "no_such_way", 413: "too_large"}
# Who comes too often, or too early, may come again after so many seconds.
AGAIN = 5
FOR_GOOD = "public, max-age=31536000, immutable"

log = logging.getLogger("kizuki.web")


class Drawn(NamedTuple):
    """A page's text and status, who is signed in, if anybody, and whether their session is due for something.

    A file stands in place of the text.
    """

    status: int
    text: str
    whose: int | None
    due: bool = False
    handed: Handed | None = None


class Site:
    """Everything under `/dashboard`."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.shell = Shell()
        self.door = Door(bot.house.settings)
        self.tries = Tries(proxies=bot.house.settings.web.proxies)
        self.providers = Providers(bot.house.settings)
        self.kept = Kept()

    def join(self, app: web.Application) -> None:
        """Become a part of an application: its routes, and what every answer under them passes."""
        if self.bot.house.settings.web.dashboard:
            app.router.add_routes(self.routes())
            app.middlewares.append(self._guarded)
            app.on_response_prepare.append(self._dressed)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """All pages, the ways in and out, and the style sheet."""
        gets: dict[str, Handler] = {at(path): self._shown(make) for path, make in PAGE_ROUTES.items()}
        gets[at("files/{file}")] = self._own_files
        gets |= {PAGES: _home, at("static/{file}"): _file, **signing.gets(self)}
        return [
            *(web.get(path, handler) for path, handler in gets.items()),
            *(web.post(path, handler) for path, handler in signing.posts(self).items()),
        ]

    def turn(self, tx: Tx) -> Turn:
        """A turn of nobody yet."""
        return Turn(tx, self.bot.house, self.bot.now(), key="page", actor="page")

    def _shown(self, make: Make) -> Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            secret = self.door.secret(request)
            drawn = await self._patiently(request, make, secret)
            response = web.Response(status=drawn.status, text=drawn.text, content_type="text/html")
            if drawn.handed:
                response = await self._hand_over(drawn.handed, drawn.whose, secret)
            if drawn.due:
                fresh = await self.bot.database.transact(lambda tx: sign_ins.keep_up(self.turn(tx), secret))
                if fresh:
                    self.door.let_in(response, fresh)
            elif secret and drawn.whose is None:
                self.door.let_out(response)
            return response

        return handler

    async def _own_files(self, request: web.Request) -> web.StreamResponse:
        """Files, only for these pages: no other page makes work here."""
        self.door.own(request)
        return await self._shown(files.show)(request)

    async def _hand_over(self, handed: Handed, whose: int | None, secret: str) -> web.Response:
        """A file to whoever is still signed in; first it is written down that they have it."""

        def still(tx: Tx, work: Callable[[Turn], T]) -> T:
            turn = self.turn(tx)
            if sign_ins.recognise(turn, secret) is None:
                raise Refused(401, "over")
            try:
                return work(turn)
            except Refusal:
                raise Refused(403, "no_file") from None

        content = await self.bot.studies.of(whose, lambda tx: still(tx, handed.write))
        await self.bot.database.transact(lambda tx: still(tx, handed.note))
        name = quote(handed.name)
        named = f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}"
        charset = "utf-8" if handed.media == "text/csv" else None
        return web.Response(
            body=content,
            content_type=handed.media,
            charset=charset,
            headers={"Content-Disposition": named},
        )

    async def _patiently(self, request: web.Request, make: Make, secret: str) -> Drawn:
        """A page, as soon as its figures are there; nobody waits for them, or works them out, where others read."""
        at_hand = self.kept.at()

        def work(tx: Tx) -> Drawn:
            return self._drawn(tx, request, make, secret, at_hand)

        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    try:
                        return await self.bot.database.read(work)
                    except Underway:
                        await asyncio.sleep(PAUSE)
                    except _Lacking as lacking:
                        make = await self._filled(lacking, make)
        except TimeoutError:
            raise Refused(503, "not_yet") from None

    async def _filled(self, lacking: "_Lacking", make: Make) -> Make:
        """Work out what a page lacks, then make it; or say why there are no such figures."""

        def fill(tx: Tx) -> None:
            self.kept.fill(lacking.recipe, self.turn(tx))

        try:
            await self.bot.studies.of(lacking.whose, fill)
        except Refusal as refusal:
            return partial(_no, refusal)
        return make

    def _drawn(self, tx: Tx, request: web.Request, make: Make, secret: str, at_hand: AtHand) -> Drawn:
        """A page for whoever is signed in; or, kindly, why there is none."""
        turn = self.turn(tx)
        session = sign_ins.recognise(turn, secret)
        if session is None:
            return Drawn(401, signing.way_in(self, request, over=bool(secret)), None)
        whose = turn.me.id
        try:
            page = _made(make, Ask(turn, Wants(request.query, request.match_info), session, at_hand))
        except Aside as aside:
            raise _Lacking(whose, aside.recipe) from None
        due = sign_ins.is_due(turn, session)
        if page.handed:
            return Drawn(page.status, "", whose, due=due, handed=page.handed)
        text = self.shell.page(turn, session, page, theme(request))
        return Drawn(page.status, text, whose, due=due)

    def fault(self, request: web.Request, status: int, why: str, **values: object) -> web.Response:
        """A page without anybody's name that says what is wrong."""
        house = self.bot.house
        lang = language(request, house.lang)
        text = house.phrases(lang, f"dashboard.{why}", **values)
        page = Page("fault.html", text, values={"why": text, "detail": ""}, status=status)
        drawn = self.shell.outside(house, lang, page, theme(request))
        response = web.Response(status=status, text=drawn, content_type="text/html")
        if status in (429, 503):
            response.headers["Retry-After"] = str(60 * int(str(values["n"])) if "n" in values else AGAIN)
        return response

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer in every case by a page of these, and count it."""
        if not _is_ours(request):
            return await handler(request)
        started = time.perf_counter()
        response, ended, why = await self._answered(request, handler)
        took = time.perf_counter() - started
        seen = Seen(f"page {_named(request)}", ended, took, why=why, status=response.status)
        log.info("%s %d %s %.1f ms", seen.action, seen.status, seen.told, took * 1000, extra={"seen": seen})
        self.bot.house.watch.page(seen)
        return response

    async def _answered(self, request: web.Request, handler: Handler) -> tuple[web.StreamResponse, Outcome, str]:
        """The answer, how it ended, and why where it did not go through."""
        try:
            response = await handler(request)
        except Refused as refused:
            return self.fault(request, refused.status, refused.why, **refused.values), "refused", refused.why
        except Crowded:
            return self.fault(request, 429, "one_at_a_time"), "refused", "one_at_a_time"
        except Busy:
            return self.fault(request, 503, "busy"), "busy", ""
        except web.HTTPException as fault:
            why = FAULTS.get(fault.status, "no_form")
            answer = self.fault(request, fault.status, why)
            if "Allow" in fault.headers:
                answer.headers["Allow"] = fault.headers["Allow"]
            return answer, "refused", why
        except Exception as fault:  # noqa: BLE001 - the reader hears of it, and the log says where, never what
            return self.fault(request, 500, "broken"), "broken", trace.where(fault)
        return response, "refused" if response.status >= 400 else "done", ""

    async def _dressed(self, request: web.Request, response: web.StreamResponse) -> None:
        """Answers of the web server itself, too, have the headers of all."""
        if _is_ours(request):
            self.door.dress(response)


class _Lacking(Exception):
    """Figures somebody's page lacks."""

    def __init__(self, whose: int, recipe: Recipe[Any]) -> None:
        super().__init__()
        self.whose = whose
        self.recipe = recipe


def _no(refusal: Refusal, _: Ask) -> Page:
    raise refusal


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
    """A route without what stands in its place: some addresses hold secrets. There are only so many names."""
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical}" if resource else "?"


def _is_ours(request: web.Request) -> bool:
    return request.path == PAGES or request.path.startswith(at())


async def _home(_: web.Request) -> web.StreamResponse:
    return web.Response(status=308, headers={"Location": at()})


async def _file(request: web.Request) -> web.StreamResponse:
    file = HERE / "static" / request.match_info["file"]
    if file.suffix not in TYPES or file.parent != HERE / "static" or not file.is_file():
        raise Refused(404, "no_page")
    response = web.FileResponse(file, headers={"Cache-Control": FOR_GOOD})
    response.content_type = TYPES[file.suffix]
    return response
