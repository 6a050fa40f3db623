"""The manifest from which Teams makes the app: right for this app.yaml, also before any secret is known.

What may stand in it, and how long: https://learn.microsoft.com/microsoftteams/platform/resources/schema/manifest-schema
and the schemas it names; the tests hold it against them.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from adapters.teams.commands import KUDOS, MINE, NOTE, PRINCIPLES, WORDS
from bot.documents import Document, Fault, Faults, read, validated
from bot.phrases import Phrases, Speak
from bot.platforms import Teams
from bot.settings import Settings, filled, unset

NAME = "kizuki"
COLOUR = "#0017c1"
# 1.25 is the first that knows `supportsChannelFeatures`, without which Teams offers an app in no private and no shared
# channel; nothing else here needs a newer one. Only `targeted` does: what was written for the bot alone in a channel
# is let through by `supportsTargetedMessages`, which begins with 1.29. Newer ones than needed stay out, because
# tenants and sovereign clouds have learned new versions months after they were published.
VERSION, TARGETED_VERSION = "1.25", "1.29"
SCHEMA = "https://developer.microsoft.com/json-schemas/teams/v{version}/MicrosoftTeams.{kind}.json"
# What people read before they add the app, and why it is so. No permission of Microsoft Graph, and none over a
# team's or chat's messages (resource-specific consent), is asked for, but for `receipts` where app.yaml wants them.
PERMISSIONS = {
    "identity": "to know by a confirmed e-mail who of the roster somebody is",
    "messageTeamMembers": "to write to people in their own chat with kizuki what is theirs alone",
}
# With `receipts`, and not otherwise: Teams tells which message somebody read last in their own chat with the bot.
# https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability#receive-a-read-receipt
RECEIPTS = {"name": "ChatMessageReadReceipt.Read.Chat", "type": "Application"}
# The words offered while one types to the bot. Where others read along, only what is of use to all of them.
ALONE = ("kudos", "today", "principle", "mine", "search", "who", "home", "away", "pulse", "help")
TOGETHER = ("kudos", "today", "principle", "search", "channel", "help")
# Where server.url is not written, or leads nowhere from outside; Teams wants some address.
NO_PAGE = "https://www.example.com"
LONGEST_DEVELOPER = 32
FILES = {"ja": "ja.json", "en": "en.json"}
NOBODY = (
    "Teams has to be told who the bot is. Write `platforms: {teams: {app_id: …, tenant: …}}` into app.yaml, "
    "with the two ids of the app registration (docs/teams.md, step 1)."
)

# What the manifest needs of the section for Teams; and a stand-in for the secret that the model wants.
_NEEDED = ("app_id", "tenant", "targeted", "receipts")
_SECRET = {"password": "unset"}


def draft(path: Path, *, environ: Mapping[str, str] = os.environ) -> Settings:
    """What app.yaml says of the organisation, the server and who the bot is, with a stand-in for the secret.

    Raises `Faults`, also for a variable that is not set where its value is needed.
    """
    document = read(path)
    wanted = _wanted(document)
    server = wanted.get("server")
    if isinstance(server, dict) and unset(str(server.get("url", "")), environ):
        # What the server is called may be left out for now.
        wanted["server"] = {**server, "url": ""}
    faults: list[Fault] = []
    data = filled(wanted, (), document, environ, faults)
    if faults:
        raise Faults(faults)
    data["platforms"]["teams"] |= _SECRET
    return validated(Document(document.file, data, document.lines), Settings)


def manifest(settings: Settings, phrases: Phrases, *, lang: str = "", version: str = "") -> dict[str, Any]:
    """The manifest as Teams takes it, with its texts in the organisation's language or in another one."""
    teams = _teams(settings)
    t = phrases.bound(lang or settings.organisation.language)
    shape = shape_of(settings)
    return {
        "$schema": SCHEMA.format(version=shape, kind="schema"),
        "manifestVersion": shape,
        "version": version or release(),
        "id": teams.app_id,
        "developer": _developer(settings),
        "name": {"short": NAME, "full": t("teams.manifest_name")},
        "description": {"short": t("teams.manifest_short"), "full": t("teams.manifest_full")},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": COLOUR,
        "localizationInfo": _languages(settings),
        "defaultInstallScope": "personal",
        "supportsChannelFeatures": "tier1",
        "bots": [_bot(teams, t)],
        "composeExtensions": [_extension(teams, t)],
        "permissions": list(PERMISSIONS),
        **({"authorization": {"permissions": {"resourceSpecific": [RECEIPTS]}}} if teams.receipts else {}),
    }


def localisation(settings: Settings, phrases: Phrases, lang: str) -> dict[str, str]:
    """The file with the manifest's texts in one of the languages Teams knows (ja, en)."""
    own = settings.organisation.language
    spoken = own if tag_of(own) == lang else lang
    schema = SCHEMA.format(version=shape_of(settings), kind="Localization.schema")
    return {"$schema": schema, **dict(texts(manifest(settings, phrases, lang=spoken)))}


def texts(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every text of a manifest that has a language, by the path a localisation file calls it."""
    for part in ("name", "description"):
        yield from ((f"{part}.{size}", found[part][size]) for size in ("short", "full"))
    for n, listed in enumerate(found["bots"][0]["commandLists"]):
        yield from _titled(f"bots[0].commandLists[{n}].commands", listed["commands"])
    commands = found["composeExtensions"][0]["commands"]
    yield from _titled("composeExtensions[0].commands", commands)
    for n, command in enumerate(commands):
        yield from _titled(f"composeExtensions[0].commands[{n}].parameters", command.get("parameters", ()))


def shape_of(settings: Settings) -> str:
    """The version of the schema that this app.yaml needs."""
    return TARGETED_VERSION if _teams(settings).targeted else VERSION


def tag_of(language: str) -> str:
    """The language as Teams knows it: easy Japanese is Japanese."""
    return "en" if language == "en" else "ja"


def release() -> str:
    """kizuki's version in the only form the upload takes, three numbers, whatever else semantic versions allow."""
    numbers = re.findall(r"\d+", re.split("[^0-9.]", metadata.version(NAME), maxsplit=1)[0])
    return ".".join([*numbers, "0", "0"][:3])


def page(settings: Settings) -> str:
    """The one address of kizuki that an app has to name as website, privacy and terms."""
    return settings.server.url if settings.server.url.startswith("https://") else NO_PAGE


def _teams(settings: Settings) -> Teams:
    assert settings.platforms.teams is not None  # noqa: S101 - a draft always has it
    return settings.platforms.teams


def _wanted(document: Document) -> dict[str, Any]:
    """The parts of app.yaml that matter here, variables and all."""
    data = document.data if isinstance(document.data, dict) else {}
    platforms = data.get("platforms")
    teams = platforms.get("teams") if isinstance(platforms, dict) else None
    if not isinstance(teams, dict) or not all(teams.get(name) for name in ("app_id", "tenant")):
        raise Faults([document.fault(("platforms", "teams"), NOBODY)])
    found = {name: data[name] for name in ("organisation", "server") if data.get(name) is not None}
    return found | {"platforms": {"teams": {name: teams[name] for name in _NEEDED if name in teams}}}


def _developer(settings: Settings) -> dict[str, str]:
    name = settings.organisation.title(settings.organisation.language)
    pages = ("websiteUrl", "privacyUrl", "termsOfUseUrl")
    return {"name": name[:LONGEST_DEVELOPER], **dict.fromkeys(pages, page(settings))}


def _languages(settings: Settings) -> dict[str, Any]:
    own = tag_of(settings.organisation.language)
    others = [{"languageTag": tag, "file": file} for tag, file in FILES.items() if tag != own]
    return {"defaultLanguageTag": own, "defaultLanguageFile": FILES[own], "additionalLanguages": others}


def _bot(teams: Teams, t: Speak) -> dict[str, Any]:
    slash = {"triggers": ["mention", "slash"]} if teams.targeted else {}
    return {
        "botId": teams.app_id,
        "scopes": ["personal", "team", "groupChat"],
        "isNotificationOnly": False,
        "supportsFiles": True,
        **({"supportsTargetedMessages": True} if teams.targeted else {}),
        "commandLists": [
            {"scopes": ["personal"], "commands": _offered(ALONE, t)},
            {"scopes": ["team", "groupChat"], **slash, "commands": _offered(TOGETHER, t)},
        ],
    }


def _offered(names: Sequence[str], t: Speak) -> list[dict[str, str]]:
    return [{"title": t(f"teams.command_{name}"), "description": t(f"commands.does.{name}")} for name in names]


def _extension(teams: Teams, t: Speak) -> dict[str, Any]:
    slash = {"triggers": ["slash"]} if teams.targeted else {}
    return {"botId": teams.app_id, "commands": [*(_form(n, t, slash) for n in (NOTE, KUDOS)), *_searches(t)]}


def _form(name: str, t: Speak, slash: Mapping[str, Any]) -> dict[str, Any]:
    """What opens a dialog, from a message's menu or while one writes."""
    return {
        "id": name,
        "type": "action",
        "context": ["compose", "message"],
        **_told(name, t),
        "fetchTask": True,
        **slash,
    }


def _searches(t: Speak) -> Iterator[dict[str, Any]]:
    """What looks something up to put it into a message; the first time it is asked without words."""
    for name in (MINE, PRINCIPLES):
        words = {"name": WORDS, **_told(f"{name}_words", t), "inputType": "text"}
        yield {
            "id": name,
            "type": "query",
            "context": ["compose", "commandBox"],
            **_told(name, t),
            "initialRun": True,
            "parameters": [words],
        }


def _told(name: str, t: Speak) -> dict[str, str]:
    return {"title": t(f"teams.manifest_{name}"), "description": t(f"teams.manifest_{name}_about")}


def _titled(path: str, found: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for n, each in enumerate(found):
        yield from ((f"{path}[{n}].{name}", each[name]) for name in ("title", "description"))
