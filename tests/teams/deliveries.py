"""Deliveries to the app, each with a token signed as Teams signs them; some come twice."""

import asyncio
import io
import json
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import aiohttp

from tests.teams.plain import copied
from tests.teams.tenant import Json

if TYPE_CHECKING:
    from tests.teams.server import LocalTeams

JSON_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class How:
    """How something is delivered, where it is not as usual.

    `claims` goes into the token (see `signing.token`), `token` takes its place, `unsigned` sends none. `copies`
    delivers the same activity that often, one after the other or `together`; an invoke is answered to the person by
    the last copy, as when a client tries again. `body` takes the place of the right one (its content type is `kind`),
    `padding` adds so many bytes, `changes` puts other values into the activity and takes out those that are None.
    """

    claims: Json = field(default_factory=dict)
    token: str | None = None
    unsigned: bool = False
    copies: int = 1
    together: bool = False
    body: bytes | None = None
    kind: str = ""
    padding: int = 0
    changes: Json = field(default_factory=dict)


USUAL = How()
TWICE = How(copies=2)


@dataclass(frozen=True, slots=True)
class Answer:
    """How the app answered. `status` is 0 where there was no answer; `why` says then why not."""

    status: int
    body: str = ""
    why: str = ""
    took: float = 0.0
    headers: Json = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether Teams takes it for taken."""
        return 200 <= self.status < 300

    @property
    def json(self) -> Json:
        """The body, where it is a JSON object."""
        try:
            found = json.loads(self.body or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Deliveries:
    """The way to the app. `patience` is how long somebody at a client waits for the answer to an invoke."""

    def __init__(self, teams: "LocalTeams") -> None:
        self._teams = teams
        self.patience = 10.0
        self.answers: list[Answer] = []
        self.sent: list[Json] = []

    async def deliver(self, activity: Json, how: How = USUAL) -> Answer:
        """Deliver an activity, and return how its last copy was answered."""
        activity = {n: v for n, v in copied({**activity, **how.changes}).items() if v is not None}
        self._teams.told.add(str(activity.get("id")))
        self.sent.append(activity)
        body = how.body if how.body is not None else json.dumps(activity).encode() + b" " * how.padding
        if how.together:
            return (await asyncio.gather(*(self._try(body, activity, how) for _ in range(how.copies))))[-1]
        answer = Answer(0)
        for _ in range(how.copies):
            answer = await self._try(body, activity, how)
        return answer

    async def _try(self, body: bytes, activity: Json, how: How) -> Answer:
        started = time.monotonic()
        found = await self.send(body, self._headers(activity, how))
        answer = replace(found, took=time.monotonic() - started)
        self.answers.append(answer)
        if activity.get("type") != "invoke" and answer.ok and answer.body.strip() not in ("", "{}"):
            self._teams.faults.append(f"{activity.get('type')}: the answer carries a body, which nobody sees")
        return answer

    def _headers(self, activity: Json, how: How) -> dict[str, str]:
        found = {
            "Content-Type": how.kind or JSON_TYPE,
            "User-Agent": "Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)",
        }
        if not how.unsigned:
            claims = {"serviceurl": activity.get("serviceUrl", self._teams.url), **how.claims}
            value = self._teams.token(**claims) if how.token is None else how.token
            found["Authorization"] = f"Bearer {value}"
        return found

    async def send(self, body: bytes, headers: dict[str, str]) -> Answer:
        """Post to the app."""
        limit = aiohttp.ClientTimeout(total=self.patience)
        try:
            async with self._teams.session.post(
                self._teams.app_url, data=io.BytesIO(body), headers=headers, timeout=limit, allow_redirects=False
            ) as answer:
                found = {name.lower(): value for name, value in answer.headers.items()}
                why = "" if answer.status < 300 else "http_error"
                return Answer(answer.status, await answer.text(), why, headers=found)
        except TimeoutError:
            return Answer(0, why="timeout")
        except aiohttp.ClientError:
            return Answer(0, why="connection_failed")
