"""Slack's tokens: how Slack is asked about them, and how those that expire are renewed in time.

A token that expires lives for twelve hours and comes with a refresh token that works once. Whoever renews it holds a
lease in the database; the other replicas go on with the old token, which stays good until it expires. The new pair is
written down before anybody uses it. One gap cannot be closed: if this process dies, or loses the database for longer
than it tries, between Slack's answer and our commit, the new pair is lost with it and the old refresh token is used up.
Once the old token has expired, that workspace has to install kizuki again; the log says so.
"""

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from secrets import token_hex
from typing import NamedTuple

from aiohttp import encode_basic_auth
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.platform import Later
from adapters.slack.faults import BUSY
from adapters.slack.vault import Vault
from bot.bot import Now
from bot.platforms import Slack
from bot.schedule import millis
from storage import audit, installations, leases
from storage.database import Busy, Database, Tx
from storage.installations import InstallationRow

SOON = timedelta(hours=2)
# Slack's clock and ours may differ by as much.
SKEW = timedelta(minutes=1)
LEASE = timedelta(minutes=1)
REFUSED_PAUSE = timedelta(hours=1)
# Shorter than the lease: whoever still waits for Slack holds it.
PATIENCE_S = 20
LOOKS_S = (0.0, 0.3, 0.7)
WRITES_S = (0.2, 1.0, 5.0, 10.0)
# Slack's own trouble, and workspaces that are just being moved: it passes.
PASSING = BUSY | {"org_login_required", "team_added_to_org"}
# What Slack says of a token that never works again; `token_expired` is none of them.
DEAD = frozenset(("account_inactive", "invalid_auth", "invalid_refresh_token", "token_revoked"))

log = logging.getLogger("kizuki.slack")
# The SDK writes whole answers, tokens included, to a logger that was not set to more than DEBUG itself.
_quiet = logging.getLogger("kizuki.slack.sdk")
_quiet.setLevel(logging.INFO)


class Denied(Exception):
    """Slack understood and said no; `code` is its word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unreachable(Exception):
    """Slack did not answer, or nothing that can be used; `kind` says what happened, in a word."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Granted:
    """A token as Slack hands it out; `refresh` is empty and `expires_at` None where it does not expire."""

    token: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: int | None


def client(slack: Slack, token: str | None = None) -> AsyncWebClient:
    """A client for a few careful questions: no second tries, for a refresh token or a code works once."""
    return AsyncWebClient(token, slack.api, timeout=PATIENCE_S, logger=_quiet, retry_handlers=[])


async def answered(call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """What Slack answers; raises `Denied` or `Unreachable`, which hold no contents."""
    try:
        return await call
    except SlackApiError as fault:
        raise _told(fault) from None
    except Exception as fault:  # noqa: BLE001 - the SDK lets through whatever the network and odd answers cause
        raise Unreachable(type(fault).__name__) from None


async def access(slack: Slack, **form: str) -> AsyncSlackResponse:
    """What oauth.v2.access answers to this app; raises `Denied` or `Unreachable`."""
    # The SDK's own method for this uses a part of aiohttp that is on its way out, and warns of it.
    told = encode_basic_auth(slack.client_id, slack.client_secret.get_secret_value())
    return await answered(client(slack).api_call("oauth.v2.access", data=form, headers={"Authorization": told}))


def _told(fault: SlackApiError) -> Denied | Unreachable:
    data = getattr(fault.response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    status: int = getattr(fault.response, "status_code", None) or getattr(fault.response, "status", None) or 0
    if not isinstance(code, str) or code in PASSING or status == 429 or status >= 500:
        return Unreachable(code if isinstance(code, str) else f"HTTP {status}")
    return Denied(code)


def granted(answer: AsyncSlackResponse, *, now: int) -> Granted:
    """The token in an answer of oauth.v2.access; raises `Unreachable` where there is none for the bot."""
    token, refresh, seconds = (answer.get(name) for name in ("access_token", "refresh_token", "expires_in"))
    if not isinstance(token, str) or not token or answer.get("token_type") != "bot":
        raise Unreachable("an answer without a bot token")
    if isinstance(refresh, str) and refresh and isinstance(seconds, int):
        return Granted(token, refresh, now + seconds * 1000)
    return Granted(token, "", None)


def end(tx: Tx, row: InstallationRow, *, at: int) -> None:
    """Let go of an installation and its tokens, and write that down."""
    if installations.mark_gone(tx, row, at=at):
        audit.add(tx, "installation.end", actor=row.platform, subject=f"installation:{row.id}", at=at, team=row.team)


class _Claim(NamedTuple):
    """An installation as it is now, None where it is gone, and whether we are to renew it."""

    row: InstallationRow | None
    ours: bool


class Rotation:
    """Renews tokens before they expire, each by one replica at a time.

    `looks` are the seconds to wait before each look whether an expired token is renewed by now, `writes` those after
    each try to write a new pair down.
    """

    def __init__(
        self,
        slack: Slack,
        database: Database,
        vault: Vault,
        now: Now,
        *,
        looks: Sequence[float] = LOOKS_S,
        writes: Sequence[float] = WRITES_S,
    ) -> None:
        self._slack = slack
        self._database = database
        self._vault = vault
        self._now = now
        self._looks, self._writes = looks, writes
        self._under_way: dict[int, asyncio.Task[InstallationRow | None]] = {}

    async def close(self) -> None:
        """Wait for what is under way: a pair that Slack has handed out is written down."""
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def valid(self, row: InstallationRow) -> InstallationRow | None:
        """An installation with a token that has not expired, None where it is gone; raises `Later`."""
        found: InstallationRow | None = row
        for pause in self._looks:
            if found is None or not self._ends_within(found, SKEW):
                return found
            await asyncio.sleep(pause)
            found = await self.renew(found)
        if found is not None and self._ends_within(found, SKEW):
            raise Later(LEASE.total_seconds())
        return found

    async def renew(self, row: InstallationRow) -> InstallationRow | None:
        """An installation with a new token where the old one ends soon and nobody else is at it; None where it is gone.

        Where Slack gives no new one, it comes back as it is, and is tried again a minute later.
        """
        if not self._ends_within(row, SOON):
            return row
        task = self._under_way.get(row.id)
        if task is None:
            task = self._under_way[row.id] = asyncio.create_task(self._renew(row), name=f"rotate {row.id}")
            task.add_done_callback(lambda done: self._finished(row.id, done))
        # Whoever asked may go away; an answer of Slack must not get lost with them.
        return await asyncio.shield(task)

    async def is_dead(self, row: InstallationRow) -> bool:
        """Whether Slack says that a token never works again: a late or repeated notice may tell of an earlier one."""
        try:
            await answered(client(self._slack, self._vault.open(row.token)).auth_test())
        except Denied as denied:
            return denied.code in DEAD or (denied.code == "token_expired" and not row.refresh)
        except Unreachable as fault:
            log.warning("installation %d: whether it is gone is not known yet: %s", row.id, fault.kind)
        return False

    def _ends_within(self, row: InstallationRow, span: timedelta) -> bool:
        """Whether a token expires within a span of time, or has expired."""
        return row.expires_at is not None and row.expires_at <= millis(self._now() + span)

    def _finished(self, key: int, task: "asyncio.Task[InstallationRow | None]") -> None:
        del self._under_way[key]
        if not task.cancelled() and (fault := task.exception()):
            log.error("installation %d: its token was not renewed: %s", key, type(fault).__name__)

    async def _renew(self, row: InstallationRow) -> InstallationRow | None:
        holder = token_hex(8)
        claim = await self._database.transact(lambda tx: self._claim(tx, row.id, holder))
        if claim.row is None or not claim.ours:
            return claim.row
        try:
            found = await self._ask(claim.row)
        except Unreachable as fault:
            # The lease is not given back: for as long as it lasts nobody asks again.
            log.warning("installation %d: no new token yet: %s", row.id, fault.kind)
            return claim.row
        except Denied as denied:
            return await self._rest(claim.row, denied.code, holder)
        return await self._keep(claim.row, found, holder)

    def _claim(self, tx: Tx, key: int, holder: str) -> _Claim:
        now = self._now()
        if not leases.take(tx, _lease(key), holder, now=millis(now), until=millis(now + LEASE)):
            return _Claim(installations.get(tx, key), False)
        # Read after the lease was taken: whoever held it before may have renewed the token.
        row = installations.get(tx, key)
        ours = row is not None and self._ends_within(row, SOON)
        if not ours:
            leases.give_back(tx, _lease(key), holder)
        return _Claim(row, ours)

    async def _ask(self, row: InstallationRow) -> Granted:
        old = self._vault.open(row.refresh)
        answer = await access(self._slack, grant_type="refresh_token", refresh_token=old)
        found = granted(answer, now=millis(self._now()))
        if not found.refresh:
            raise Unreachable("an answer without a refresh token")
        return found

    async def _rest(self, row: InstallationRow, code: str, holder: str) -> InstallationRow | None:
        """Slack said no: ask again in an hour, or never where nothing that works is left."""
        log.error(
            "installation %d: Slack gives no new token (%s); if it stays so, kizuki has to be installed there again",
            row.id,
            code,
        )
        now = self._now()
        dead = code in DEAD and self._ends_within(row, timedelta())

        def rest(tx: Tx) -> InstallationRow | None:
            leases.give_back(tx, _lease(row.id), holder)
            if dead:
                end(tx, row, at=millis(now))
            else:
                leases.take(tx, _lease(row.id), holder, now=millis(now), until=millis(now + REFUSED_PAUSE))
            return installations.get(tx, row.id)

        return await self._database.transact(rest)

    async def _keep(self, row: InstallationRow, found: Granted, holder: str) -> InstallationRow | None:
        """Write a new pair down; raises `Busy` where the database takes nothing for a good while."""
        token, refresh = self._vault.seal(found.token), self._vault.seal(found.refresh)

        def write(tx: Tx) -> InstallationRow | None:
            installations.renew(tx, row, token=token, refresh=refresh, expires_at=found.expires_at)
            leases.give_back(tx, _lease(row.id), holder)
            return installations.get(tx, row.id)

        for pause in (*self._writes, 0):
            try:
                return await self._database.transact(write)
            except Busy:
                await asyncio.sleep(pause)
        log.error("installation %d: its new token could not be written down; it has to be installed again", row.id)
        raise Busy("a new token could not be written down")


def _lease(key: int) -> str:
    return f"rotate:{key}"
