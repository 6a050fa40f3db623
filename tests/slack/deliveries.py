"""Deliveries to the app, signed as Slack signs them, or over the socket; tried again where Slack tries again."""

import asyncio
import hashlib
import hmac
import io
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

import aiohttp

from tests.slack.workspace import Json, ident

if TYPE_CHECKING:
    from tests.slack.server import LocalSlack

Kind = Literal["command", "interactive", "event"]
ENVELOPES = {"command": "slash_commands", "interactive": "interactive", "event": "events_api"}
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class How:
    """How something is delivered, where it is not as usual.

    `secret` signs with another secret, `unsigned` not at all, `age` with a moment so many seconds ago. `copies`
    delivers an event that often, each with an id of its own and no retry header. `retry` says it is that try;
    `first_lost` sends nothing but the second. `body` takes the place of the right one (its content type is `kind`),
    `padding` adds so many bytes, `changes` puts other values into the payload. `same` repeats the very same request.
    """

    secret: str = ""
    age: float = 0
    copies: int = 1
    retry: int = 0
    reason: str = "http_timeout"
    first_lost: bool = False
    body: bytes | None = None
    kind: str = ""
    padding: int = 0
    same: int = 1
    unsigned: bool = False
    changes: Json = field(default_factory=dict)

    @property
    def at_the_door(self) -> bool:
        """Whether it is about the request itself, which only HTTP has."""
        odd = (self.secret, self.age, self.unsigned, self.body is not None, self.kind, self.padding, self.same > 1)
        return any(odd)


USUAL = How()


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
        """Whether Slack takes it for acknowledged."""
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
    """The way to the app."""

    def __init__(self, slack: "LocalSlack") -> None:
        self._slack = slack
        self.patience = 3.0
        self.delays: Sequence[float] = (0.0, 0.0, 0.0)
        self.signs_at = time.time
        self.answers: list[Answer] = []

    async def deliver(self, kind: Kind, payload: Json, how: How = USUAL) -> Answer:
        """Deliver something; an event that is not acknowledged comes again, up to three times."""
        payload = {**payload, **how.changes}
        if kind != "event":
            return await self._try(kind, payload, how)
        if how.first_lost:
            how = replace(how, retry=1)
        answer = Answer(0)
        for copy in range(how.copies):
            again = payload if copy == 0 else {**payload, "event_id": f"Ev{ident('')}"}
            answer = await self._event(again, how)
        return answer

    async def _event(self, payload: Json, how: How) -> Answer:
        answer = await self._try("event", payload, how)
        for number, delay in enumerate(self.delays, how.retry + 1):
            if answer.ok or number > len(self.delays) or answer.headers.get("x-slack-no-retry") == "1":
                break
            await asyncio.sleep(delay)
            answer = await self._try("event", payload, replace(how, retry=number, reason=answer.why or "http_error"))
        return answer

    async def _try(self, kind: Kind, payload: Json, how: How) -> Answer:
        started = time.monotonic()
        if self._slack.transport == "socket":
            found = await self._through_socket(kind, payload, how)
        else:
            found = await self._over_http(kind, payload, how)
        answer = replace(found, took=time.monotonic() - started)
        self.answers.append(answer)
        return answer

    async def _through_socket(self, kind: Kind, payload: Json, how: How) -> Answer:
        assert not how.at_the_door, "a socket has no signatures and no bodies: only over HTTP"
        there = bool(self._slack.sockets.open)
        reason = how.reason.replace("http_", "") if how.retry else ""
        found, carried = await self._slack.sockets.send(ENVELOPES[kind], payload, retry=how.retry, reason=reason)
        if not found:
            return Answer(0, why="http_timeout" if there else "connection_failed")
        if carried is not None and kind == "event":
            self._slack.faults.append("socket: an event takes no payload with its acknowledgement")
        return Answer(200, json.dumps(carried) if carried is not None else "")

    async def _over_http(self, kind: Kind, payload: Json, how: How) -> Answer:
        body, content_type = _body(kind, payload)
        body = how.body if how.body is not None else body + b" " * how.padding
        headers = self.signed(body, how.kind or content_type, how)
        answer = Answer(0)
        for _ in range(how.same):
            answer = await self.send(body, headers)
        return answer

    def signed(self, body: bytes, content_type: str, how: How = USUAL) -> dict[str, str]:
        """The headers of a request, with Slack's signature of this body."""
        stamp = str(int(self.signs_at() - how.age))
        secret = (how.secret or self._slack.signing_secret).encode()
        digest = hmac.new(secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        found = {"Content-Type": content_type, "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}
        if not how.unsigned:
            found |= {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}
        if how.retry:
            found |= {"X-Slack-Retry-Num": str(how.retry), "X-Slack-Retry-Reason": how.reason}
        return found

    async def send(self, body: bytes, headers: dict[str, str]) -> Answer:
        """Post to the app; Slack waits three seconds."""
        limit = aiohttp.ClientTimeout(total=self.patience)
        try:
            async with self._slack.session.post(
                self._slack.app_url, data=io.BytesIO(body), headers=headers, timeout=limit, allow_redirects=False
            ) as answer:
                found = {name.lower(): value for name, value in answer.headers.items()}
                why = "" if answer.status < 300 else "http_error"
                return Answer(answer.status, await answer.text(), why, headers=found)
        except TimeoutError:
            return Answer(0, why="http_timeout")
        except aiohttp.ClientError:
            return Answer(0, why="connection_failed")

    async def verifies_url(self) -> bool:
        """Ask the app for the challenge, as Slack does when its address is entered."""
        challenge = ident("challenge")
        asked = {"token": self._slack.verification, "challenge": challenge, "type": "url_verification"}
        answer = await self._over_http("event", asked, USUAL)
        return answer.ok and challenge in answer.body

    async def checks_ssl(self) -> Answer:
        """Look at the app's certificate: a request that nobody signed."""
        body = urlencode({"token": self._slack.verification, "ssl_check": 1}).encode()
        return await self.send(body, {"Content-Type": FORM})


def _body(kind: Kind, payload: Json) -> tuple[bytes, str]:
    """A payload as the body it travels in."""
    if kind == "event":
        return json.dumps(payload).encode(), "application/json"
    form: dict[str, Any] = payload if kind == "command" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), FORM
