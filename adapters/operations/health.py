"""What those who run kizuki ask a replica: does it live, may it be sent requests, and how is it doing."""

import asyncio
import hmac
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol

from aiohttp import web

from bot.bot import Now
from bot.schedule import millis
from storage import backlog, schema
from storage.backlog import Backlog
from storage.database import Database

# How long the database may take to answer before requests had better go elsewhere.
PATIENCE_S = 2.0
TEXT = "text/plain; version=0.0.4; charset=utf-8"
Phase = Literal["starting", "running", "stopping"]

log = logging.getLogger("kizuki.health")


class Figures(Protocol):
    """What has been counted."""

    def told(self, owed: Mapping[str, Backlog] | None, *, ready: bool) -> bytes:
        """All of it, as Prometheus reads it; `owed` is None where the database does not say."""


class Health:
    """Answers for one replica. What it says is a word from a short list, so that anybody may hear it."""

    def __init__(self, database: Database, now: Now, loops: Mapping[str, Callable[[], bool]]) -> None:
        """`loops` are what has to run all the time: the word for each, and whether it does."""
        self.phase: Phase = "starting"
        self._database = database
        self._now = now
        self._loops = loops
        self._told = ""

    def routes(self, figures: Figures | None, token: str) -> Sequence[web.AbstractRouteDef]:
        """`/healthz` and `/readyz`, and `/metrics` where there are figures."""
        found = [web.get("/healthz", _lives), web.get("/readyz", self._ready)]
        if figures is None:
            return found

        async def metrics(request: web.Request) -> web.Response:
            return await self._metrics(request, figures, token)

        return [*found, web.get("/metrics", metrics)]

    async def reason(self) -> str:
        """Why this replica should be sent no requests, in a word; nothing where it should."""
        found = await self._reason()
        if found != self._told:
            self._told = found
            log.warning("not ready: %s", found) if found else log.info("ready")
        return found

    async def _reason(self) -> str:
        if self.phase != "running":
            return self.phase
        stopped = next((word for word, runs in self._loops.items() if not runs()), "")
        return stopped or await self._of_database()

    async def _of_database(self) -> str:
        try:
            async with asyncio.timeout(PATIENCE_S):
                version = await self._database.read(schema.version)
        except Exception:  # noqa: BLE001 - whatever it was, the database does not answer as it should
            return "database"
        return "" if version == schema.head() else "schema"

    async def _ready(self, _: web.Request) -> web.Response:
        reason = await self.reason()
        return web.json_response({"ready": not reason, "reason": reason}, status=503 if reason else 200)

    async def _metrics(self, request: web.Request, figures: Figures, token: str) -> web.Response:
        if token and not _knows(request, token):
            return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        ready = not await self.reason()
        body = figures.told(await self._owed(), ready=ready)
        return web.Response(body=body, headers={"Content-Type": TEXT, "Cache-Control": "no-store"})

    async def _owed(self) -> Mapping[str, Backlog] | None:
        at = millis(self._now())
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._database.read(lambda tx: backlog.owed(tx, now=at))
        except Exception:  # noqa: BLE001 - the other figures are worth having
            return None


async def _lives(_: web.Request) -> web.Response:
    return web.Response(text="ok\n")


def _knows(request: web.Request, token: str) -> bool:
    """Whether a request has the token; how long the comparison takes tells nothing of it."""
    sent = request.headers.get("Authorization", "")
    return hmac.compare_digest(sent.encode("utf-8", "surrogateescape"), f"Bearer {token}".encode())
