"""Ways in and out: the page that a link opens, the button on it, signing out, and the forms of one's own settings."""

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web

from adapters.web.door import fields, form_is, language, theme
from adapters.web.page import Page, at
from adapters.web.pages.own import THEMES
from adapters.web.wants import Refused
from bot import preferences, sign_ins
from bot.events import Handle, number_in
from bot.organisation import LANGUAGES
from bot.sign_ins import Begun
from bot.turn import Turn
from storage.database import Tx
from storage.people import PersonRow
from storage.sign_ins import SessionRow

if TYPE_CHECKING:
    from adapters.web.site import Site

T = TypeVar("T")
_SECRET = re.compile(r"[A-Za-z0-9_-]{20,100}")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def gets(site: "Site") -> dict[str, Handler]:
    """What is opened."""
    ways = Ways(site)
    return {
        at("in/{secret}"): ways.link,
        at("with/{provider}"): ways.leave_for,
        at("with/{provider}/back"): ways.come_back,
    }


def posts(site: "Site") -> dict[str, Handler]:
    """What is pressed."""
    ways = Ways(site)
    return {
        at("in/{secret}"): ways.press,
        at("out"): ways.out,
        at("out/everywhere"): ways.out_everywhere,
        at("sessions/{id}/out"): ways.out_there,
        at("settings"): ways.settings,
    }


def way_in(site: "Site", request: web.Request, *, over: bool = False) -> str:
    """The page for whoever is not signed in."""
    house = site.bot.house
    lang = language(request, house.lang)
    title = house.phrases(lang, "dashboard.over_title" if over else "dashboard.sign_in")
    values = {"over": over, "providers": site.providers.buttons(house.phrases, lang)}
    return site.shell.outside(house, lang, Page("way_in.html", title, values=values), theme(request))


class Ways:
    """The handlers."""

    def __init__(self, site: "Site") -> None:
        self._site = site

    async def link(self, request: web.Request) -> web.StreamResponse:
        """What a link opens: whose it is, and the button. Looking uses nothing up: chats look at links too."""
        secret, cookie = request.match_info["secret"], self._site.door.secret(request)
        who, here = await self._read(lambda turn: (sign_ins.owner(turn, secret), _signed_in(turn, cookie)))
        if who is None:
            raise self._failed(request, Refused(410, "link_over"))
        return self._confirm(request, who, here)

    def _confirm(self, request: web.Request, who: PersonRow, here: tuple[PersonRow, SessionRow] | None) -> web.Response:
        house = self._site.bot.house
        lang = who.language or house.lang
        other = here and here[0].id != who.id
        values = {
            "who": who.name(lang),
            "other": here[0].name(lang) if here and other else "",
            "secret": request.match_info["secret"],
            "other_form": here[1].form if here and other else "",
        }
        page = Page("confirm.html", house.phrases(lang, "dashboard.sign_in"), values=values)
        text = self._site.shell.outside(house, lang, page, theme(request))
        return web.Response(status=403 if other else 200, text=text, content_type="text/html")

    async def press(self, request: web.Request) -> web.StreamResponse:
        """The button: the link is used up, and a new session begins."""
        self._site.door.own(request)
        secret, cookie = request.match_info["secret"], self._site.door.secret(request)
        # Whoever tries at random does not come as far as the writers.
        known = await self._read(lambda turn: sign_ins.owner(turn, secret))
        begun = await self._write(lambda turn: _redeemed(turn, secret, cookie)) if known else None
        if begun is None:
            raise self._failed(request, Refused(410, "link_over"))
        return self._in(begun)

    async def leave_for(self, request: web.Request) -> web.StreamResponse:
        """To a provider of OpenID Connect."""
        return await self._site.providers.begin(request.match_info["provider"])

    async def come_back(self, request: web.Request) -> web.StreamResponse:
        """From it: whoever it proves is signed in, if their account is somebody's who works here."""
        name, cookie = request.match_info["provider"], self._site.door.secret(request)
        try:
            handle = await self._site.providers.proved(request)
        except Refused as refused:
            raise self._failed(request, refused) from None
        begun = await self._write(lambda turn: _admitted(turn, handle, name, cookie))
        if begun is None:
            raise Refused(403, "not_linked")
        response = self._in(begun)
        self._site.providers.forget(response)
        return response

    async def out(self, request: web.Request) -> web.StreamResponse:
        """Sign out here; with a link's secret back to what it opens."""
        given = await self._form(request, lambda turn, session, _: sign_ins.leave(turn, session.id))
        secret = given.get("secret", "")
        return self._gone(at(f"in/{secret}") if _SECRET.fullmatch(secret) else at())

    async def out_everywhere(self, request: web.Request) -> web.StreamResponse:
        """Sign out in every browser."""
        await self._form(request, lambda turn, *_: sign_ins.leave(turn))
        return self._gone(at())

    async def out_there(self, request: web.Request) -> web.StreamResponse:
        """Sign out in one other browser."""
        number = number_in(request.match_info["id"])
        if number is None:
            raise Refused(404, "no_page")
        await self._form(request, lambda turn, *_: sign_ins.leave(turn, number))
        return _see(at("settings"))

    async def settings(self, request: web.Request) -> web.StreamResponse:
        """Language, for every platform, and light or dark, for this browser."""

        def work(turn: Turn, _: SessionRow, given: dict[str, str]) -> None:
            if given.get("language") not in LANGUAGES or given.get("theme") not in THEMES:
                raise Refused(400, "no_such_choice")
            preferences.speak(turn, given["language"])

        given = await self._form(request, work)
        response = _see(at("settings?saved=1"))
        self._site.door.keep_theme(response, "" if given["theme"] == "auto" else given["theme"])
        return response

    async def _form(
        self, request: web.Request, work: Callable[[Turn, SessionRow, dict[str, str]], None]
    ) -> dict[str, str]:
        """Do what a form asks, if it is one of these pages, drawn for this session."""
        self._site.door.own(request)
        given, cookie = await fields(request), self._site.door.secret(request)

        def act(turn: Turn) -> None:
            session = sign_ins.recognise(turn, cookie)
            if session is None:
                raise Refused(401, "over")
            if not form_is(session, given.get("form", "")):
                raise Refused(403, "elsewhere")
            work(turn, session, given)

        await self._write(act)
        return given

    def _failed(self, request: web.Request, why: Refused) -> Refused:
        """What is said to whoever fails; after too many failures from there only that.

        Whoever has what lets them in is let in, for others fail from the same address: all of an office have one.
        """
        if seconds := self._site.tries.wait(request):
            return Refused(429, "too_often", n=-(-seconds // 60))
        self._site.tries.failed(request)
        return why

    def _in(self, begun: Begun) -> web.Response:
        response = _see(at())
        self._site.door.let_in(response, begun.secret)
        return response

    def _gone(self, to: str) -> web.Response:
        response = _see(to)
        self._site.door.let_out(response)
        return response

    async def _read(self, work: Callable[[Turn], T]) -> T:
        return await self._site.bot.database.read(lambda tx: work(self._site.turn(tx)))

    async def _write(self, work: Callable[[Turn], T]) -> T:
        def within(tx: Tx) -> T:
            return work(self._site.turn(tx))

        return await self._site.bot.database.transact(within)


def _signed_in(turn: Turn, cookie: str) -> tuple[PersonRow, SessionRow] | None:
    session = sign_ins.recognise(turn, cookie)
    return (turn.me, session) if session else None


def _redeemed(turn: Turn, secret: str, cookie: str) -> Begun | None:
    """A session in place of the one this browser had; never where it is somebody else's."""
    here, who = _signed_in(turn, cookie), sign_ins.owner(turn, secret)
    if here and who and here[0].id != who.id:
        raise Refused(403, "someone_else")
    begun = sign_ins.redeem(turn, secret)
    if begun and here:
        sign_ins.leave(turn, here[1].id)
    return begun


def _admitted(turn: Turn, handle: Handle, how: str, cookie: str) -> Begun | None:
    """The same for whom a provider proved; whoever was signed in here before is not any more."""
    if here := _signed_in(turn, cookie):
        sign_ins.leave(turn, here[1].id)
    return sign_ins.admit(turn, handle, how)


def _see(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})
