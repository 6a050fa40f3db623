"""The check-up of all that Slack needs: app.yaml, the secrets, the database, every workspace, the way in."""

import re
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import sqlalchemy.exc
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError

from adapters.findings import Finding, note, right, wrong
from adapters.slack import checkup, tokens, vault
from adapters.slack.checkup import FAILURES, Case
from adapters.slack.origin import NAME
from adapters.slack.vault import Vault, WrongKey
from bot import settings as configuration
from bot.documents import Document, Fault, Faults, read
from bot.platforms import LOOPBACK, Slack
from bot.settings import Settings
from storage import installations, schema
from storage.database import Database
from storage.engines import open_database
from storage.schema import Unfit

SECTION = ("platforms", "slack")
PATIENCE = aiohttp.ClientTimeout(total=10)
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
    database, finding = _opened(settings)
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
        return None, [wrong(str(fault), _remedy(fault, document)) for fault in broken.faults]
    slack = settings.platforms.slack
    if slack is None:
        return None, [wrong(f"`slack:` under `platforms:` in {path} is empty.", "docs/slack.md says what goes there.")]
    how = "over Socket Mode" if slack.transport == "socket" else "by signed requests"
    many = "several workspaces" if slack.several else "one workspace"
    return settings, [right(f"{path}: {many}, {how}.")]


def _remedy(fault: Fault, document: Document) -> str:
    """Where to find what is missing: the setting on the fault's line, else all that it names."""
    section = {path[2]: line for path, line in document.lines.items() if path[:2] == SECTION and len(path) == 3}
    here = [WHERE[key] for key in WHERE if section.get(key) == fault.line]
    named = [WHERE[key] for key in WHERE if key in re.findall(r"\w+", fault.message)]
    return " ".join(here or named) or "`kizuki check` lists every fault of app.yaml."


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


def _opened(settings: Settings) -> tuple[Database | None, Finding]:
    try:
        schema.check(settings.database)
    except Unfit as unfit:
        return None, wrong(str(unfit), "Then run this again: channels and people were not looked at.")
    except sqlalchemy.exc.SQLAlchemyError as fault:
        return None, wrong(
            f"The database cannot be read ({type(fault).__name__}).",
            "Look at `database` in app.yaml, and whether it runs.",
        )
    return open_database(settings.database), right(f"The database is at version {schema.head()}.")


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
    """Whether kizuki answers where Slack is told to look for it, as far as that can be seen from here."""
    url, server = settings.server.url, settings.server
    if not url:
        do = "Write `server: {url: https://…}` into app.yaml; or use Socket Mode, which needs no address."
        return wrong("server.url is not set: nobody can tell whether Slack reaches kizuki.", do)
    do = f"Run `kizuki serve`, and have the proxy pass {url}/ on to {server.host}:{server.port}."
    try:
        async with (
            aiohttp.ClientSession(timeout=PATIENCE, trust_env=True) as session,
            session.get(f"{url}/healthz") as answer,
        ):
            text = await answer.text()
    except aiohttp.ClientConnectorCertificateError:
        return wrong(f"{url}: its certificate is not trusted.", "Slack refuses it too: use one of a public authority.")
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as fault:
        return wrong(f"{url} cannot be reached from here ({type(fault).__name__}).", do)
    if answer.status != 200 or text.strip() != "ok":
        return wrong(f"{url}/healthz does not answer as kizuki does (HTTP {answer.status}).", do)
    if any(f"//{host}" in url for host in LOOPBACK):
        return note(f"kizuki answers at {url}, which Slack cannot reach.", "Good for trials only.")
    return right(f"kizuki answers at {url}.")
