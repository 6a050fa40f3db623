"""The playground as a platform: its routes, and what the bot says unprompted."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import wraps
from time import monotonic
from typing import Any

from aiohttp import web

from adapters.files.fetching import fetched
from adapters.platform import Account
from adapters.playground import chat, files, guard, parse, view
from adapters.playground.chat import Answer, Chat
from adapters.playground.guard import HEADERS, Handler, Refused
from adapters.playground.journey import Journey
from adapters.playground.needs import BotLike, ClockLike, PhrasesLike
from adapters.playground.pages import HERE, Pages
from adapters.playground.parse import Sent
from adapters.playground.roster import NAME, Roster, direct
from adapters.playground.stream import Happening, Hub
from adapters.playground.view import Reader
from bot import cards
from bot.cards import Card, Reply
from bot.events import Handle, Joined, Left, Place, Profile
from bot.organisation import LANGUAGES
from bot.people import Directory, directory
from storage import messages
from storage.database import Database

PAGE = 40
FRESH = 5.0
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

Act = Callable[[Sent, Roster], Awaitable[tuple[Reply | None, Answer]]]


class Playground:
    """A chat in the browser for several people at once, on this machine only."""

    name = NAME

    def __init__(self, bot: BotLike, database: Database, clock: ClockLike, phrases: PhrasesLike) -> None:
        self._bot = bot
        self._database = database
        self._clock = clock
        self._phrases = phrases
        self._hub = Hub()
        self._closed = False
        self._chat = Chat(bot, database, clock, self._hub)
        self._pages = Pages(bot.house)
        self._roster: tuple[float, Roster] | None = None
        self._journey = Journey(clock, self._hub)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """The pages, their files and the small interface behind them."""
        get = {
            "/": _home,
            "/playground": _home,
            "/playground/": self._picker,
            "/playground/as/{account}": self._window,
            "/playground/static/{file}": self._file,
            "/playground/files/{token}": self._download,
        }
        api = {"state": self._state, "messages": self._messages, "events": self._events}
        acts: dict[str, Act] = {"say": self._chat.say, "press": self._chat.press, "open": self._chat.open}
        return [
            *(web.get(path, self._guarded(handler)) for path, handler in get.items()),
            *(web.get(f"/playground/api/{name}", self._guarded(handler)) for name, handler in api.items()),
            *(web.post(f"/playground/api/{name}", self._guarded(self._acting(name, a))) for name, a in acts.items()),
            web.post("/playground/api/travel", self._guarded(self._acting("travel", self._travel))),
        ]

    async def start(self) -> None:
        """Nothing needs opening: windows come by themselves."""

    async def close(self) -> None:
        """Take nothing more."""
        self._closed = True
        self._hub.close()

    def end_streams(self) -> None:
        """Let open windows go, so that the server stops at once; what was sent is still answered."""
        self._hub.close()

    async def profile(self, ext_id: str) -> Profile | None:
        """What an account is that belongs to nobody: a guest, or a device somebody has not linked yet."""
        return Profile(kind="guest" if ext_id.startswith("guest") else "member", name=ext_id)

    async def everyone(self) -> AsyncIterator[list[Account]]:
        """Nobody new: who is here is in the database already."""
        nobody: tuple[list[Account], ...] = ()
        for page in nobody:
            yield page

    async def places(self) -> AsyncIterator[Joined | Left]:
        """Nor any place."""
        nowhere: tuple[Joined | Left, ...] = ()
        for event in nowhere:
            yield event

    async def send(self, place: Place, card: Card, *, key: str, replaces: str = "") -> str:
        """Keep what the bot says unprompted and show it in the open windows; returns the message's number."""
        if replaces:
            changed = await self._chat.change(int(replaces), card)
            if changed is not None:
                return str(changed.id)
        row = await self._chat.keep(key, place.id, card=cards.dump(card))
        return str(row.id)

    def _guarded(self, handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                guard.own(request)
                if self._closed:
                    raise Refused(503, "busy")
                response = await handler(request)
            except Refused as refused:
                response = self._refusal(request, refused)
            if not response.prepared:
                for name, value in HEADERS.items():
                    response.headers.setdefault(name, value)
            return response

        return guarded

    def _refusal(self, request: web.Request, refused: Refused) -> web.Response:
        lang = _language(request.query.get("lang"), request.headers.get("Accept-Language", ""))
        if request.path.startswith(("/playground/as/", "/playground/files/")):
            reader = Reader("", lang, self._phrases, Roster(Directory((), ())), None)
            page = self._pages.fault(reader, refused.why)
            return web.Response(text=page, content_type="text/html", status=refused.status)
        said = self._phrases(lang, f"playground.fault.{refused.why}")
        return _json({"error": refused.why, "text": said}, refused.status)

    async def _look_up(self) -> Roster:
        if self._roster is None or monotonic() - self._roster[0] > FRESH:
            today = self._clock.now().date().isoformat()
            self._roster = monotonic(), Roster(await self._bot.read(directory, today))
        return self._roster[1]

    async def _reader(self, account: str, lang: str) -> Reader:
        return Reader(account, lang, self._phrases, await self._look_up(), self._clock.now().tzinfo)

    async def _time(self, reader: Reader) -> Answer:
        return view.clock(self._clock.now(), await self._clock.upcoming(), reader)

    async def _asking(self, request: web.Request, account: str) -> Reader:
        """The reader behind a GET; nobody else than a member gets anything."""
        member = (await self._look_up()).members.get(account)
        if member is None:
            raise Refused(404, "nobody")
        return await self._reader(account, _language(request.query.get("lang"), member.language))

    async def _picker(self, request: web.Request) -> web.Response:
        lang = _language(request.query.get("lang"), request.headers.get("Accept-Language", ""))
        page = self._pages.picker(await self._reader("", lang), request.query.get("q", "")[:200])
        return web.Response(text=page, content_type="text/html")

    async def _window(self, request: web.Request) -> web.Response:
        reader = await self._asking(request, request.match_info["account"])
        page = self._pages.chat(reader, reader.roster.members[reader.account], await self._time(reader))
        return web.Response(text=page, content_type="text/html")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        file = HERE / "static" / request.match_info["file"]
        if file.suffix not in TYPES or file.parent != HERE / "static" or not file.is_file():
            raise Refused(404, "no_page")
        response = web.FileResponse(file, headers={"Cache-Control": "no-cache"})
        response.content_type = TYPES[file.suffix]
        return response

    async def _download(self, request: web.Request) -> web.Response:
        account, token = request.query.get("as", ""), request.match_info["token"]
        await self._asking(request, account)
        found = await fetched(self._bot, Handle(NAME, account), token)
        if found is None:
            raise Refused(404, "no_page")
        return files.download(found)

    async def _state(self, request: web.Request) -> web.Response:
        # The cursor is taken before anything is read: what happens in between comes with the stream.
        cursor = self._hub.cursor
        reader = await self._asking(request, request.query.get("as", ""))
        places = [*reader.roster.channels, direct(reader.account)]
        newest = await self._database.read(lambda tx: chat.latest(tx, places, reader.account))
        return _json(self._pages.state(reader, await self._time(reader), cursor, newest))

    async def _messages(self, request: web.Request) -> web.Response:
        reader = await self._asking(request, request.query.get("as", ""))
        place = reader.roster.place(reader.account, request.query.get("place", ""))
        before = request.query.get("before", "")
        if place is None:
            raise Refused(404, "nowhere")
        if before and not (before.isascii() and before.isdigit() and len(before) < 19):
            raise Refused(400, "malformed")
        limit = int(before) if before else messages.FAR
        rows = await self._database.read(
            lambda tx: messages.newest(tx, place.id, me=reader.account, limit=PAGE + 1, before=limit)
        )
        return _json({"messages": [view.message(r, reader) for r in rows[-PAGE:]], "more": len(rows) > PAGE})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        account, lang = request.query.get("as", ""), request.query.get("lang")
        await self._asking(request, account)

        async def drawn(happening: Happening) -> object | None:
            row = happening.row
            if row is not None and not chat.visible(row, account):
                return None
            reader = await self._reader(account, _language(lang, "ja"))
            return view.message(row, reader) if row else await self._time(reader)

        return await self._hub.serve(request, drawn)

    def _acting(self, name: str, act: Act) -> Handler:
        async def handler(request: web.Request) -> web.Response:
            guard.own_page(request)
            found = parse.data(await guard.body(request))
            roster = await self._look_up()
            sent = parse.sent(found, roster, LANGUAGES)

            async def once() -> Answer:
                reply, answer = await act(sent, roster)
                reader = await self._reader(sent.who.id, sent.lang)
                return {**answer, **view.beside(reader, reply, "h" if name == "open" else "d")}

            return _json(await self._chat.once(f"{name} {sent.key}", once))

        return handler

    async def _travel(self, sent: Sent, _roster: Roster) -> tuple[None, Answer]:
        """The clock moved: to a moment, or until an event."""
        try:
            await (self._journey.to(to) if (to := sent.text("to")) else self._journey.until(sent.text("until")))
        finally:
            # People change units and roles with time.
            self._roster = None
            self._hub.publish(None)
        return None, {"clock": await self._time(await self._reader(sent.who.id, sent.lang))}


async def _home(_request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "/playground/"})


def _language(asked: str | None, otherwise: str) -> str:
    if asked in LANGUAGES:
        return asked
    if otherwise in LANGUAGES:
        return otherwise
    return "en" if otherwise.lower().startswith("en") else "ja"


def _json(found: dict[str, Any], status: int = 200) -> web.Response:
    text = json.dumps(found, ensure_ascii=False)
    return web.json_response(text=text, status=status, headers={"Cache-Control": "no-store"})
