"""The manifest with which Slack makes the app: right for this app.yaml, also before any secret is known.

What may stand in it, and how long: https://docs.slack.dev/reference/app-manifest.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from adapters.slack import scopes
from bot.documents import Document, Fault, Faults, read, validated
from bot.phrases import Phrases, Speak
from bot.platforms import Slack
from bot.settings import Settings, unset

NAME = "kizuki"
COLOUR = "#0017c1"
ROTATION = "token_rotation_enabled"
EVENTS_PATH, REDIRECT_PATH = "/slack/events", "/slack/oauth/callback"
# What a shortcut does, where it is found, and what its texts are called.
SHORTCUTS = (
    ("note.compose", "global", "shortcut_note"),
    ("kudos.compose", "global", "shortcut_kudos"),
    ("note.quote", "message", "message_note"),
    ("kudos.quote", "message", "message_kudos"),
)
NO_ADDRESS = (
    "Slack has to be told where kizuki is reached, and server.url says nothing. "
    "Write `server: {url: https://…}` into app.yaml, or use Socket Mode (--socket), which needs no address."
)
NO_WAY_BACK = (
    "Several workspaces install kizuki over the web, and server.url does not say where it is. "
    "Write `server: {url: https://…}` into app.yaml; Socket Mode needs it too for that."
)
# What the model wants of secrets; the manifest holds none of them.
_SECRETS = {"signing_secret": "unset", "app_token": "xapp-unset"}
_ONE = {"bot_token": "xoxb-unset"}
_SEVERAL = {"client_id": "unset", "client_secret": "unset", "key": "unset"}
_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


def draft(path: Path, *, socket: bool = False, environ: Mapping[str, str] = os.environ) -> Settings:
    """What app.yaml says of the organisation, the server and Slack, with stand-ins for every secret.

    A variable that is not set counts as not written, and no section for Slack as an empty one. Raises `Faults`.
    """
    document = read(path)
    given = _known(document.data, environ) if isinstance(document.data, dict) else {}
    platforms = given.get("platforms")
    slack = dict((platforms.get("slack") if isinstance(platforms, dict) else None) or {})
    several = "client_id" in _written(document.data)
    secrets = _SECRETS | (_SEVERAL if several else _ONE)
    slack = {k: v for k, v in slack.items() if k not in _SECRETS | _ONE | _SEVERAL} | secrets
    if socket:
        slack["transport"] = "socket"
    _require_address(slack, given, several=several, document=document)
    wanted = {name: given[name] for name in ("organisation", "server") if given.get(name) is not None}
    return validated(Document(document.file, wanted | {"platforms": {"slack": slack}}, document.lines), Settings)


def manifest(settings: Settings, phrases: Phrases, *, lang: str = "") -> dict[str, Any]:
    """The manifest as Slack takes it, with its texts in the organisation's language or in another one."""
    slack = settings.platforms.slack
    assert slack is not None  # noqa: S101 - a draft always has it
    t = phrases.bound(lang or settings.organisation.language)
    return {
        "display_information": {
            "name": NAME,
            "description": t("slack.description_short"),
            "long_description": t("slack.description_long"),
            "background_color": COLOUR,
        },
        "features": _features(settings, slack, t),
        "oauth_config": _oauth(settings, slack),
        "settings": _settings(settings, slack),
    }


def as_json(found: Mapping[str, Any]) -> str:
    """The manifest as JSON."""
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def as_yaml(found: Mapping[str, Any], slack: Slack) -> str:
    """The manifest as YAML, each scope with its reason behind it."""
    why = {f"- {scope}": reason for scope, reason in scopes.reasons(slack).items()}
    if slack.several:
        why[f"{ROTATION}: true"] = "tokens change twice a day; Slack does not let this be undone"
    text = yaml.safe_dump(dict(found), sort_keys=False, allow_unicode=True, width=10_000)
    lines = (f"{line}  # {why[line.strip()]}" if line.strip() in why else line for line in text.splitlines())
    return "# For https://api.slack.com/apps: Create New App, From a manifest, YAML.\n" + "\n".join(lines) + "\n"


def _known(value: Any, environ: Mapping[str, str]) -> Any:
    """The data with every ${NAME} from the environment, and without what names one that is not set."""
    if isinstance(value, dict):
        found = {key: _known(each, environ) for key, each in value.items()}
        return {key: each for key, each in found.items() if each is not None}
    if isinstance(value, list):
        return [found for each in value if (found := _known(each, environ)) is not None]
    if not isinstance(value, str):
        return value
    if unset(value, environ):
        return None
    return _VARIABLE.sub(lambda found: environ[found[1]], value)


def _written(data: Any) -> Mapping[str, Any]:
    """The section for Slack as it is written, variables and all."""
    for name in ("platforms", "slack"):
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def _require_address(slack: Mapping[str, Any], given: Mapping[str, Any], *, several: bool, document: Document) -> None:
    server = given.get("server")
    if isinstance(server, dict) and server.get("url"):
        return
    at = document.line(("server",))
    if slack.get("transport", "http") == "http":
        raise Faults([Fault(document.file, at, NO_ADDRESS)])
    if several:
        raise Faults([Fault(document.file, at, NO_WAY_BACK)])


def _url(settings: Settings, slack: Slack, name: str) -> dict[str, str]:
    """The address of requests; over a socket there is none."""
    return {name: settings.server.url + EVENTS_PATH} if slack.transport == "http" else {}


def _features(settings: Settings, slack: Slack, t: Speak) -> dict[str, Any]:
    return {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "bot_user": {"display_name": NAME, "always_online": True},
        "shortcuts": [
            {"name": t(f"slack.{key}"), "type": kind, "callback_id": action, "description": t(f"slack.{key}_about")}
            for action, kind, key in SHORTCUTS
        ],
        "slash_commands": [
            {
                "command": typed,
                **_url(settings, slack, "url"),
                "description": t(f"slack.command_{name}"),
                "usage_hint": t(f"slack.usage_{name}"),
                "should_escape": True,
            }
            for name, typed in slack.commands.named.items()
        ],
    }


def _oauth(settings: Settings, slack: Slack) -> dict[str, Any]:
    back = {"redirect_urls": [settings.server.url + REDIRECT_PATH]} if slack.several else {}
    return {**back, "scopes": {"bot": list(scopes.needed(slack))}}


def _settings(settings: Settings, slack: Slack) -> dict[str, Any]:
    return {
        "event_subscriptions": {**_url(settings, slack, "request_url"), "bot_events": list(scopes.events(slack))},
        "interactivity": {"is_enabled": True, **_url(settings, slack, "request_url")},
        "org_deploy_enabled": slack.several,
        "socket_mode_enabled": slack.transport == "socket",
        ROTATION: slack.several,
    }
