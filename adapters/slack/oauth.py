"""Installing kizuki in a Slack workspace, or in a whole Enterprise Grid organisation, by OAuth v2.

Whoever comes back from Slack must be who went there: the state works once, for ten minutes, and only in the browser
that was given the same text in a cookie. Codes and tokens are in no page and in no log.
"""

import hmac
import logging
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from secrets import token_urlsafe
from urllib.parse import urlencode

from aiohttp import web
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.installations import PLATFORM
from adapters.slack.pages import BEGIN, GO, Pages, headers
from adapters.slack.tokens import Denied, Granted, Unreachable, access, answered, client, granted
from adapters.slack.vault import Vault
from bot.bot import Now
from bot.phrases import Phrases
from bot.platforms import Slack
from bot.schedule import millis
from bot.settings import Settings
from storage import audit, installations
from storage.database import Busy, Database, Tx
from storage.installations import NewInstallation

CALLBACK = "/slack/oauth/callback"
AUTHORIZE = "https://slack.com/oauth/v2/authorize"
STATE_LASTS = timedelta(minutes=10)

_STATE = re.compile(r"[A-Za-z0-9_-]{43}")
_CODE = re.compile(r"[\x21-\x7e]{1,500}")
_WORD = re.compile(r"[a-z_]{1,50}")

log = logging.getLogger("kizuki.slack")


class OAuth:
    """The routes by which workspaces install kizuki. `changed` is called after one did."""

    def __init__(
        self,
        settings: Settings,
        slack: Slack,
        *,
        scopes: Sequence[str],
        phrases: Phrases,
        database: Database,
        vault: Vault,
        now: Now,
        changed: Callable[[], None],
    ) -> None:
        self._slack = slack
        self._back = f"{settings.server.url}{CALLBACK}"
        self._secure = settings.server.url.startswith("https://")
        # With this prefix no neighbouring host can set the cookie.
        self._cookie = "__Host-kizuki-install" if self._secure else "kizuki-install"
        self._scopes = scopes
        self._pages = Pages(settings.organisation, slack, phrases)
        self._database = database
        self._vault = vault
        self._now = now
        self._changed = changed

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """A page, the way to Slack, and the way back."""
        return [
            web.get(BEGIN, self._begin),
            web.get(GO, self._go, allow_head=False),
            web.get(CALLBACK, self._callback, allow_head=False),
        ]

    async def _begin(self, request: web.Request) -> web.Response:
        return self._pages.begin(request)

    async def _go(self, request: web.Request) -> web.Response:
        state, now = token_urlsafe(32), self._now()

        def issue(tx: Tx) -> None:
            installations.expire_states(tx, now=millis(now))
            installations.issue_state(tx, state, expires_at=millis(now + STATE_LASTS))

        try:
            await self._database.transact(issue)
        except Busy:
            return self._pages.failed(request, "busy")
        asked = {
            "client_id": self._slack.client_id,
            "scope": ",".join(self._scopes),
            "state": state,
            "redirect_uri": self._back,
        }
        response = web.Response(status=302, headers={**headers(), "Location": f"{AUTHORIZE}?{urlencode(asked)}"})
        self._bind(response, state)
        return response

    async def _callback(self, request: web.Request) -> web.Response:
        try:
            response = await self._came_back(request)
        except Denied as denied:
            log.warning("an installation was refused by Slack: %s", denied.code)
            response = self._pages.failed(request, "refused")
        except Unreachable as fault:
            log.warning("an installation failed, Slack cannot be reached: %s", fault.kind)
            response = self._pages.failed(request, "busy")
        except Busy:
            log.warning("an installation failed, the database is busy")
            response = self._pages.failed(request, "busy")
        self._bind(response, "")
        return response

    async def _came_back(self, request: web.Request) -> web.Response:
        ours = await self._is_ours(request)
        error, code = request.query.get("error", ""), request.query.get("code", "")
        if error == "access_denied":
            return self._pages.failed(request, "denied")
        if not ours:
            return self._pages.failed(request, "stale")
        if error or not _CODE.fullmatch(code):
            raise Denied(error if _WORD.fullmatch(error) else "no code")
        new = await self._exchanged(code)
        key = await self._database.transact(lambda tx: _kept(tx, new))
        self._changed()
        log.info("installation %d: installed", key)
        return self._pages.done(request, new.app, new.team)

    async def _is_ours(self, request: web.Request) -> bool:
        """Whether this very browser was sent to Slack by us, a short while ago, and comes back for the first time."""
        state, cookie = request.query.get("state", ""), request.cookies.get(self._cookie, "")
        if not (_STATE.fullmatch(state) and _STATE.fullmatch(cookie) and hmac.compare_digest(state, cookie)):
            return False
        now = millis(self._now())
        return await self._database.transact(lambda tx: installations.use_state(tx, state, now=now))

    async def _exchanged(self, code: str) -> NewInstallation:
        """An installation in exchange for a code; raises `Denied` or `Unreachable`."""
        answer = await access(self._slack, code=code, redirect_uri=self._back)
        at = millis(self._now())
        found = granted(answer, now=at)
        # The answer names the bot's user; only the token itself can tell the bot's own id.
        bot = await answered(client(self._slack, found.token).auth_test())
        return self._new(answer, found, str(bot.get("bot_id") or ""), at)

    def _new(self, answer: AsyncSlackResponse, found: Granted, bot_id: str, at: int) -> NewInstallation:
        org_wide = answer.get("is_enterprise_install") is True
        enterprise, team = _id(answer, "enterprise"), "" if org_wide else _id(answer, "team")
        bot_user = answer.get("bot_user_id")
        if not (enterprise if org_wide else team) or not isinstance(bot_user, str) or not bot_user:
            raise Unreachable("an odd answer")
        return NewInstallation(
            platform=PLATFORM,
            enterprise=enterprise,
            team=team,
            bot_user=bot_user,
            bot_id=bot_id,
            app=str(answer.get("app_id") or ""),
            token=self._vault.seal(found.token),
            refresh=self._vault.seal(found.refresh),
            scopes=str(answer.get("scope") or ""),
            expires_at=found.expires_at,
            org_wide=org_wide,
            installed_at=at,
        )

    def _bind(self, response: web.Response, state: str) -> None:
        """Give the browser the state to bring back; an empty one takes it away."""
        age = int(STATE_LASTS.total_seconds()) if state else 0
        response.set_cookie(
            self._cookie, state, max_age=age, path="/", secure=self._secure, httponly=True, samesite="Lax"
        )


def _id(answer: AsyncSlackResponse, of: str) -> str:
    """The id of the answer's team or enterprise, empty where it is null."""
    found = answer.get(of)
    named = found.get("id") if isinstance(found, dict) else None
    return named if isinstance(named, str) else ""


def _kept(tx: Tx, new: NewInstallation) -> int:
    """Keep an installation and write down that it began; returns its key."""
    key, at = installations.save(tx, new), new.installed_at
    detail = {"enterprise": new.enterprise, "team": new.team, "org_wide": new.org_wide}
    audit.add(tx, "installation.begin", actor=PLATFORM, subject=f"installation:{key}", at=at, **detail)
    return key
