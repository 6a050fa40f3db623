"""What every platform's check-up looks at: app.yaml's faults, the database, the way in."""

import re
from collections.abc import Mapping

import aiohttp
import sqlalchemy.exc

from adapters.findings import Finding, note, right, wrong
from bot.documents import Document, Fault
from bot.platforms import LOOPBACK
from bot.settings import Settings
from storage import schema
from storage.database import Database
from storage.engines import open_database
from storage.schema import Unfit

PATIENCE = aiohttp.ClientTimeout(total=10)


def remedy(fault: Fault, document: Document, section: tuple[str, ...], where: Mapping[str, str]) -> str:
    """Where to find what is missing: the setting on the fault's line, else all that it names."""
    inside = {path[-1]: line for path, line in document.lines.items() if path[:-1] == section}
    here = [where[key] for key in where if inside.get(key) == fault.line]
    named = [where[key] for key in where if key in re.findall(r"\w+", fault.message)]
    return " ".join(here or named) or "`kizuki check` lists every fault of app.yaml."


def opened(settings: Settings, *, unseen: str) -> tuple[Database | None, Finding]:
    """The database, where it can be read; else `unseen` is what was not looked at."""
    try:
        schema.check(settings.database)
    except Unfit as unfit:
        return None, wrong(str(unfit), f"Then run this again: {unseen} were not looked at.")
    except sqlalchemy.exc.SQLAlchemyError as fault:
        do = "Look at `database` in app.yaml, and whether it runs."
        return None, wrong(f"The database cannot be read ({type(fault).__name__}).", do)
    return open_database(settings.database), right(f"The database is at version {schema.head()}.")


async def address(settings: Settings, session: aiohttp.ClientSession, platform: str) -> Finding:
    """Whether kizuki answers where a platform is told to look for it, as far as that can be seen from here."""
    url, server = settings.server.url, settings.server
    do = f"Run `kizuki serve`, and have the proxy pass {url}/ on to {server.host}:{server.port}."
    try:
        async with session.get(f"{url}/healthz") as answer:
            text = await answer.text()
    except aiohttp.ClientConnectorCertificateError:
        do = f"{platform} refuses it too: use one of a public authority."
        return wrong(f"{url}: its certificate is not trusted.", do)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as fault:
        return wrong(f"{url} cannot be reached from here ({type(fault).__name__}).", do)
    if answer.status != 200 or text.strip() != "ok":
        return wrong(f"{url}/healthz does not answer as kizuki does (HTTP {answer.status}).", do)
    if any(f"//{host}" in url for host in LOOPBACK):
        return note(f"kizuki answers at {url}, which {platform} cannot reach.", "Good for trials only.")
    return right(f"kizuki answers at {url}.")
