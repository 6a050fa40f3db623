"""The pages of whoever installs kizuki in Slack: one to begin, one that says what to do next, and some for failures."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.organisation import Language, Organisation
from bot.phrases import Phrases
from bot.platforms import Slack

TEMPLATES = Path(__file__).parent / "templates"
BEGIN, GO = "/slack/install", "/slack/install/go"
SLACK = "https://slack.com/"
# Why nothing was installed: the phrases install_<why>_title and install_<why>, and the HTTP status.
FAILURES = {"denied": 200, "stale": 400, "refused": 400, "busy": 503}
Failure = Literal["denied", "stale", "refused", "busy"]

_ID = re.compile(r"[A-Z0-9]{2,30}")


class Pages:
    """Draws the pages, in the reader's language, with nothing in them that comes from the request."""

    def __init__(self, organisation: Organisation, slack: Slack, phrases: Phrases) -> None:
        self._organisation = organisation
        self._command = slack.commands.kizuki
        self._phrases = phrases
        style = (TEMPLATES / "install.css").read_text(encoding="utf-8")
        self._style = Markup(style)  # noqa: S704 - our own file
        self._headers = headers(style)
        self._template = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
        ).get_template("install.html")

    def begin(self, request: web.Request) -> web.Response:
        """A page with one button."""
        return self._page(request, 200, "title", "lead", button=("button", GO), hint="admin")

    def done(self, request: web.Request, app: str, team: str) -> web.Response:
        """What to do next in a workspace, or with an empty `team` in a whole organisation."""
        steps: list[tuple[str, Mapping[str, str]]] = [("done_org", {})] if not team else []
        steps += [("done_command", {"command": self._command}), ("done_channel", {}), ("done_home", {})]
        return self._page(request, 200, "done_title", "done", steps=steps, button=("open", _opening(app, team)))

    def failed(self, request: web.Request, why: Failure) -> web.Response:
        """Why nothing was installed, with a way to begin again."""
        return self._page(request, FAILURES[why], f"{why}_title", why, button=("again", BEGIN))

    def _page(
        self,
        request: web.Request,
        status: int,
        heading: str,
        text: str,
        *,
        button: tuple[str, str],
        steps: Sequence[tuple[str, Mapping[str, str]]] = (),
        hint: str = "",
    ) -> web.Response:
        lang = language(request.headers.get("Accept-Language", ""), self._organisation.language)
        values: dict[str, Any] = {"heading": heading, "text": text, "steps": steps, "hint": hint}
        organisation = self._organisation.title(lang)
        page = self._template.render(
            **values,
            values={"organisation": organisation} if text == "lead" else {},
            button=button[0],
            href=button[1],
            t=partial(_phrase, self._phrases, lang),
            html_lang="en" if lang == "en" else "ja",
            organisation=organisation,
            style=self._style,
        )
        return web.Response(text=page, content_type="text/html", status=status, headers=self._headers)


def headers(style: str = "") -> dict[str, str]:
    """What every answer carries: no script, no frame, no cache, and no address told to whoever is linked to."""
    allowed = f"style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'; " if style else ""
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; {allowed}form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Vary": "Accept-Language",
    }


def language(accepted: str, otherwise: Language) -> Language:
    """The language of ours a browser likes best; English for whoever likes neither, `otherwise` if it says nothing."""
    liked = sorted(accepted[:500].lower().split(","), key=_weight, reverse=True)
    tongues = [tongue for part in liked if (tongue := part.partition(";")[0].strip().partition("-")[0])]
    for tongue in tongues:
        if tongue in ("ja", "en"):
            return "ja" if tongue == "ja" else "en"
    return "en" if tongues and tongues != ["*"] else otherwise


def _weight(part: str) -> float:
    found = re.search(r";\s*q=([01](?:\.[0-9]{0,3})?)\s*$", part)
    return float(found[1]) if found else 1.0


def _phrase(phrases: Phrases, lang: str, key: str, **values: object) -> str:
    return phrases(lang, f"slack.install_{key}", **values)


def _opening(app: str, team: str) -> str:
    """Where the app is opened in Slack."""
    if _ID.fullmatch(app) and _ID.fullmatch(team):
        return f"{SLACK}app_redirect?app={app}&team={team}"
    return SLACK
