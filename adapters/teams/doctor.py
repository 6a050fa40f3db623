"""The check-up of all that Teams needs: app.yaml, the secrets, Microsoft, the way in, the database, the teams."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from adapters.examining import PATIENCE, address, opened, remedy
from adapters.findings import Finding, counted, note, right, wrong
from adapters.pace import Pace
from adapters.platform import Later
from adapters.teams import checkup
from adapters.teams.app import PATH
from adapters.teams.assembly import Given
from adapters.teams.checkup import Case
from adapters.teams.connector import Connector
from adapters.teams.credentials import Credentials, Unwelcome, credentials, faults
from adapters.teams.proof import CHANNEL
from adapters.teams.rates import of_tenant
from adapters.teams.signers import PATIENCE_S, Signer, Signers
from bot import settings as configuration
from bot.documents import Faults, read
from bot.platforms import Teams
from bot.settings import Settings

SECTION = ("platforms", "teams")
SOON = timedelta(days=30)
REGISTRATION = "entra.microsoft.com → App registrations → kizuki → "
SECRETS = f"{REGISTRATION}Certificates & secrets → New client secret, then copy its Value."
# Where Microsoft shows what app.yaml asks for.
WHERE = {
    "app_id": f"{REGISTRATION}Overview → Application (client) ID.",
    "tenant": f"{REGISTRATION}Overview → Directory (tenant) ID.",
    "password": SECRETS,
    "certificate": f"{REGISTRATION}Certificates & secrets → Certificates: a PEM file with it and its private key.",
    "managed_identity": "portal.azure.com → Managed Identities: user-assigned, and assigned to this machine.",
}
# What Microsoft's words for a refusal mean, and what mends it:
# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
REFUSALS = {
    "AADSTS7000215": ("the secret is wrong", f"Was its ID copied, or is it another app's? {SECRETS}"),
    "AADSTS7000222": ("the secret has expired", f"Make a new one: {SECRETS}"),
    "AADSTS700016": ("there is no such app in this tenant", "Compare app_id and tenant with the app's Overview."),
    "AADSTS700027": ("the certificate is not one of the app's", f"Upload its public part: {WHERE['certificate']}"),
    "AADSTS90002": ("there is no such tenant", WHERE["tenant"]),
    "AADSTS7000112": ("the app is disabled", "Switch it on: entra.microsoft.com → Enterprise applications → kizuki."),
    "invalid_client": ("the secret is wrong", SECRETS),
    "invalid_tenant": ("there is no such tenant", WHERE["tenant"]),
}
NO_IDENTITY = "Azure gives this machine no identity of that app_id"
# Teams' tokens are refused five minutes after they ended, and before they begin.
DRIFT_S = 60
LET_OUT = "Let this machine reach {} over HTTPS (443), or set HTTPS_PROXY."
# What no token came with: whatever answers it, nothing is done.
STRANGE = {"type": "message", "channelId": "msteams", "serviceUrl": "https://smba.trafficmanager.net/teams/"}


async def examine(path: Path, *, now: Callable[[], float] = time.time) -> AsyncIterator[Finding]:
    """Look at everything in the order in which one sets it up; what hangs on something wrong is left out."""
    settings, found = _configured(path)
    for finding in found:
        yield finding
    if settings is None or (teams := settings.platforms.teams) is None:
        return
    for finding in (*_secrets(teams), *_certificate(teams, now)):
        yield finding
    tokens = credentials(teams)
    # A token that is refused is not got again: that would be the trouble, not an answer.
    connector = Connector(
        teams.app_id, Given(tokens.token), Pace(of_tenant(per_second=teams.per_second)), local=teams.local
    )
    connector.open()
    try:
        async with aiohttp.ClientSession(timeout=PATIENCE, trust_env=True) as session:
            proof = None if faults(teams, now) or teams.without_auth else await _proof(teams, tokens)
            if proof is not None:
                yield proof
            async for finding in _published(teams, session, now):
                yield finding
            async for finding in _way_in(settings, session):
                yield finding
        is_proved = teams.without_auth or (proof is not None and proof.state == "right")
        async for finding in _inside(settings, teams, connector if is_proved else None):
            yield finding
    finally:
        await connector.close()
        await tokens.close()


async def _inside(settings: Settings, teams: Teams, connector: Connector | None) -> AsyncIterator[Finding]:
    """The database, and what it and Teams know of each other; no connector where Teams cannot be asked."""
    database, finding = opened(settings, unseen="teams and people")
    yield finding
    if database is None:
        return
    try:
        async for found in checkup.findings(Case(settings, teams, connector, database)):
            yield found
    finally:
        database.close()


def _configured(path: Path) -> tuple[Settings | None, list[Finding]]:
    """What app.yaml says; None where it cannot be used."""
    try:
        document = read(path)
    except Faults as broken:
        return None, [
            wrong(str(fault), "Start in the folder of app.yaml, or name it with -c.") for fault in broken.faults
        ]
    if SECTION not in document.lines:
        return None, [wrong(f"{path} has no `teams:` under `platforms:`.", "docs/teams.md says what goes there.")]
    try:
        settings = configuration.load(path)
    except Faults as broken:
        return None, [wrong(str(fault), remedy(fault, document, SECTION, WHERE)) for fault in broken.faults]
    teams = settings.platforms.teams
    if teams is None:
        return None, [wrong(f"`teams:` under `platforms:` in {path} is empty.", "docs/teams.md says what goes there.")]
    tenants = "one tenant" if len(teams.served) == 1 else f"{len(teams.served)} tenants"
    return settings, [right(f"{path}: {tenants}, {_how(teams)}.")]


def _how(teams: Teams) -> str:
    if teams.managed_identity:
        return "by the identity Azure gives the machine"
    if teams.without_auth:
        return "by no proof at all"
    return "by a certificate" if teams.certificate else "by a secret"


def _secrets(teams: Teams) -> Iterator[Finding]:
    """What can be seen of settings and secrets without showing them."""
    if teams.without_auth:
        do = "Take it out of app.yaml, unless this is a test of kizuki's own."
        yield wrong("without_auth IS ON: whoever reaches kizuki can say they are anybody. Nothing is proved.", do)
    if teams.local:
        yield note("local is set: kizuki talks to a Teams on this machine.", "For kizuki's own tests only.")
    # https://learn.microsoft.com/entra/identity-platform/how-to-add-credentials: the id is a GUID, the value never is.
    if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", teams.password.get_secret_value()):
        yield wrong("password looks like the ID of a secret, not like its Value.", SECRETS)


def _certificate(teams: Teams, now: Callable[[], float]) -> Iterator[Finding]:
    found = faults(teams, now)
    for fault in found:
        yield wrong(fault, WHERE["certificate"])
    if found or not teams.certificate:
        return
    late = faults(teams, lambda: now() + SOON.total_seconds())
    if late and (day := re.search(r"\d{4}-\d\d-\d\d", late[0])):
        do = "Make a new one, upload it beside the old one, then replace the file; kizuki needs no restart."
        yield note(f"The certificate can be used until {day[0]}.", do)
    else:
        yield right("The certificate and its key can be used.")


async def _proof(teams: Teams, tokens: Credentials) -> Finding:
    """Whether Microsoft gives out a token for the bot."""
    try:
        await tokens.token()
    except Unwelcome as refused:
        if teams.managed_identity:
            return wrong(f"{NO_IDENTITY} ({refused.code}).", WHERE["managed_identity"])
        why, do = REFUSALS.get(refused.code, ("", "Microsoft's documentation explains this word."))
        return wrong(f"Microsoft refuses the credentials: {refused.code}{why and f', {why}'}.", do)
    except Later:
        if teams.managed_identity:
            return wrong(f"{NO_IDENTITY} (nobody answers).", WHERE["managed_identity"])
        do = f"{LET_OUT.format('login.microsoftonline.com')} If it can, run this again in a minute."
        return wrong("Microsoft's login cannot be reached, or does not answer as it should.", do)
    return right("Microsoft knows the bot and gives it a token.")


class _Published(Signers):
    """The keys as they are published at this moment."""

    async def everything(self) -> Mapping[str, Signer]:
        """All of them; raises whatever the network and odd answers cause."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.read()


async def _published(teams: Teams, session: aiohttp.ClientSession, now: Callable[[], float]) -> AsyncIterator[Finding]:
    """Microsoft's keys, and its clock."""
    try:
        found = await _Published(teams.openid, now, session).everything()
    except (aiohttp.ClientConnectionError, TimeoutError, OSError) as fault:
        do = LET_OUT.format(urlsplit(teams.openid).hostname)
        yield wrong(f"Microsoft's keys cannot be reached ({type(fault).__name__}).", do)
        return
    except Exception as fault:  # noqa: BLE001 - whatever a stranger's answer causes, it is not Microsoft's
        do = "A proxy may have answered instead, or `openid` in app.yaml is another address."
        yield wrong(f"What answers for Microsoft's keys is something else ({type(fault).__name__}).", do)
        return
    ours = sum(CHANNEL in signer.endorsements for signer in found.values())
    if ours:
        yield right(f"Microsoft publishes {counted(len(found), 'key')}, {ours} of them for Teams.")
    else:
        do = "`openid` in app.yaml is another service's: leave it out, unless docs/teams.md says otherwise."
        yield wrong(f"None of {counted(len(found), 'published key')} is for Teams.", do)
    yield await _clock(teams, session, now)


async def _clock(teams: Teams, session: aiohttp.ClientSession, now: Callable[[], float]) -> Finding:
    began = now()
    try:
        async with session.get(teams.openid, allow_redirects=False) as answer:
            # The header has whole seconds, cut off.
            there = parsedate_to_datetime(answer.headers.get("Date", "")).timestamp() + 0.5
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return note("Microsoft did not say what time it is.")
    away = (began + now()) / 2 - there
    if abs(away) <= DRIFT_S:
        return right("The clock agrees with Microsoft's.")
    word = "ahead of" if away > 0 else "behind"
    do = "Set this machine's clock (chrony, systemd-timesyncd): five minutes away, all that Teams sends is refused."
    return wrong(f"The clock is {abs(away):.0f} seconds {word} Microsoft's.", do)


async def _way_in(settings: Settings, session: aiohttp.ClientSession) -> AsyncIterator[Finding]:
    """Whether kizuki answers where Teams is told to look for it, as far as that can be seen from here."""
    url = settings.server.url
    if not url:
        do = "Write `server: {url: https://…}` into app.yaml: Teams sends everything there."
        yield wrong("server.url is not set: nobody can tell whether Teams reaches kizuki.", do)
        return
    finding = await address(settings, session, "Teams")
    yield finding
    if finding.state != "wrong":
        yield await _door(f"{url}{PATH}", session)


async def _door(url: str, session: aiohttp.ClientSession) -> Finding:
    """Whether a request without a token comes to kizuki, and is turned away there."""
    do = (
        "Something before kizuki answers: have the proxy pass POST on there as it comes, with the header Authorization."
    )
    try:
        async with session.post(url, json=STRANGE, allow_redirects=False) as answer:
            status = answer.status
    except (aiohttp.ClientError, TimeoutError, OSError) as fault:
        return wrong(f"{url} does not answer ({type(fault).__name__}).", do)
    if status == 404:
        do = "Start `kizuki serve` anew after `teams:` came into app.yaml, and have the proxy pass this path on too."
        return wrong(f"{url} is not there (HTTP 404).", do)
    if status != 401:
        return wrong(f"{url} answers a request without a token with HTTP {status}, not 401.", do)
    if "WWW-Authenticate" in answer.headers:
        return wrong(f"{url}: somebody else than kizuki asks for a login there.", do)
    return right(f"{url} turns away what does not come from Microsoft.")
