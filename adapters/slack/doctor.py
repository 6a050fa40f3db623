"""The check-up of all that Slack needs: app.yaml, the secrets, the database, every workspace, the way in."""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError

from adapters.examining import PATIENCE, address, opened, remedy
from adapters.findings import Finding, right, wrong
from adapters.slack import checkup, tokens, vault
from adapters.slack.checkup import FAILURES, Case
from adapters.slack.origin import NAME
from adapters.slack.vault import Vault, WrongKey
from bot import settings as configuration
from bot.documents import Faults, read
from bot.platforms import Slack
from bot.settings import Settings
from storage import installations
from storage.database import Database

SECTION = ("platforms", "slack")
PAGES = "api.slack.com/apps → kizuki → "
# Where Slack shows what app.yaml asks for.
WHERE = {
    "signing_secret": f"{PAGES}Basic Information → App Credentials → Signing Secret → Show.",
    "bot_token": f"{PAGES}Install App → Install to Workspace, then copy the Bot User OAuth Token.",
    "app_token": f"{PAGES}Basic Information → App-Level Tokens → Generate Token and Scopes, with connections:write.",
    "client_id": f"{PAGES}Basic Information → App Credentials → Client ID.",
    "client_secret": f"{PAGES}Basic Information → App Credentials → Client Secret → Show.",
    "key": f"Not from Slack: {vault.MAKE_ONE}",
}
KINDS = {
    "xoxb-": "",
    "xoxe.": "expires after twelve hours: for one workspace make the app anew without token rotation",
    "xoxp-": "belongs to a person, not to kizuki",
    "xapp-": "is the one that opens the socket: it belongs in app_token",
}


@dataclass(frozen=True, slots=True)
class Seat:
    """A workspace or an organisation that kizuki is in, by what it is called here, and its token."""

    name: str
    token: SecretStr


async def examine(path: Path, *, now: Callable[[], float] = time.time) -> AsyncIterator[Finding]:
    """Look at everything in the order in which one sets it up; what hangs on something wrong is left out."""
    settings, found = _configured(path)
    for finding in found:
        yield finding
    if settings is None or (slack := settings.platforms.slack) is None:
        return
    for finding in _secrets(slack):
        yield finding
    database, finding = opened(settings, unseen="channels and people")
    yield finding
    try:
        for seat in _seats(settings, slack, database):
            if isinstance(seat, Finding):
                yield seat
                continue
            client = tokens.client(slack, seat.token.get_secret_value())
            async for finding in checkup.findings(Case(seat.name, client, settings, database, now)):
                yield finding
    finally:
        if database is not None:
            database.close()
    yield await (_socket(slack) if slack.transport == "socket" else _address(settings))


def _configured(path: Path) -> tuple[Settings | None, list[Finding]]:
    """What app.yaml says; None where it cannot be used."""
    try:
        document = read(path)
    except Faults as broken:
        return None, [
            wrong(str(fault), "Start in the folder of app.yaml, or name it with -c.") for fault in broken.faults
        ]
    if SECTION not in document.lines:
        do = "Take the example at its end (docs/slack.md says what goes where)."
        return None, [wrong(f"{path} has no `slack:` under `platforms:`.", do)]
    try:
        settings = configuration.load(path)
    except Faults as broken:
        return None, [wrong(str(fault), remedy(fault, document, SECTION, WHERE)) for fault in broken.faults]
    slack = settings.platforms.slack
    if slack is None:
        return None, [wrong(f"`slack:` under `platforms:` in {path} is empty.", "docs/slack.md says what goes there.")]
    how = "over Socket Mode" if slack.transport == "socket" else "by signed requests"
    many = "several workspaces" if slack.several else "one workspace"
    return settings, [right(f"{path}: {many}, {how}.")]


def _secrets(slack: Slack) -> Iterator[Finding]:
    """What can be seen of secrets without showing them."""
    if not slack.several:
        yield _kind(slack.bot_token.get_secret_value())
        return
    faults = vault.check(slack)
    for fault in faults:
        yield wrong(fault, "Keep it where the other secrets are: without it no stored token can be read.")
    if not faults:
        yield right("The key that seals the tokens can be used.")


def _kind(token: str) -> Finding:
    kind = next((kind for kind in KINDS if token.startswith(kind)), None)
    if kind == "xoxb-":
        return right("bot_token is a bot's token.")
    why = KINDS[kind] if kind else "does not begin with xoxb-"
    return wrong(f"bot_token {why}.", WHERE["bot_token"])


def _seats(settings: Settings, slack: Slack, database: Database | None) -> Iterable[Seat | Finding]:
    """Where kizuki was installed, and what is wrong with what is stored of it."""
    if not slack.several:
        yield Seat("the workspace", slack.bot_token)
        return
    if database is None or vault.check(slack):
        return
    keys = Vault(slack.key.get_secret_value())
    rows = database.read_now(lambda tx: installations.everything(tx, NAME))
    if not rows:
        yield wrong("No workspace has installed kizuki yet.", f"Open {settings.server.url}/slack/install in a browser.")
    for row in rows:
        name = row.team or row.enterprise
        try:
            yield Seat(name, SecretStr(keys.open(row.token)))
        except WrongKey as lost:
            yield wrong(f"{name}: its token cannot be read.", str(lost))


async def _socket(slack: Slack) -> Finding:
    call = tokens.client(slack).apps_connections_open
    try:
        await checkup.asked(call, app_token=slack.app_token.get_secret_value())
    except FAILURES as fault:
        found = checkup.refusal("A connection was asked for", fault)
        return wrong(found.what, WHERE["app_token"] if isinstance(fault, SlackApiError) else found.do)
    return right("Slack opens a connection for Socket Mode.")


async def _address(settings: Settings) -> Finding:
    if not settings.server.url:
        do = "Write `server: {url: https://…}` into app.yaml; or use Socket Mode, which needs no address."
        return wrong("server.url is not set: nobody can tell whether Slack reaches kizuki.", do)
    async with aiohttp.ClientSession(timeout=PATIENCE, trust_env=True) as session:
        return await address(settings, session, "Slack")
