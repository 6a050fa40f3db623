"""One workspace, looked at from here: what the token is and may do, the clock, the channels, the people."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.findings import Finding, counted, listed, note, right, wrong
from adapters.slack import scopes
from adapters.slack.faults import Limited, meaning
from adapters.slack.origin import NAME, shared
from bot.settings import Settings
from storage import people, places
from storage.database import Database
from storage.places import PlaceRow

Json = dict[str, Any]
# Slack refuses what was signed more than five minutes ago, and so does kizuki.
DRIFT_S = 60
TRIES, LONGEST_WAIT_S = 5, 60
PAGE, SAMPLE_PAGES, CHANNEL_PAGES = 200, 5, 50
AGAIN = (
    "api.slack.com/apps → kizuki → App Manifest: paste what `kizuki manifest slack` prints, Save Changes; "
    "then Install App → Reinstall."
)
ODD, LET_THROUGH = "the answer was not Slack's.", "A proxy may have answered instead: let requests to Slack through."
REMEDIES = {
    "invalid_auth": "Copy the token anew, whole: api.slack.com/apps → kizuki → OAuth & Permissions.",
    "account_inactive": "kizuki was removed there. Install it again: api.slack.com/apps → kizuki → Install App.",
    "token_revoked": "The token was withdrawn. Install kizuki again: api.slack.com/apps → kizuki → Install App.",
    "token_expired": "Tokens change twice a day and kizuki was not running to take the new one: start `kizuki serve`, "
    "and if it stays like this, install kizuki again.",
    "missing_scope": AGAIN,
    "not_allowed_token_type": "That is another kind of token: see the lines above.",
    "access_denied": "An administrator of the organisation has to approve kizuki for this workspace.",
    "enterprise_is_restricted": "An administrator of the organisation has to approve kizuki for this workspace.",
    "team_access_not_granted": "An administrator of the organisation has to add kizuki to this workspace.",
}


class Odd(Exception):
    """What came back was not an answer of Slack's."""


FAILURES = (SlackApiError, Odd, aiohttp.ClientError, TimeoutError, OSError)


@dataclass(frozen=True, slots=True)
class Case:
    """A workspace to look at: how to ask it, what kizuki knows, and this machine's clock, in seconds.

    `database` is None where it cannot be read.
    """

    name: str
    client: AsyncWebClient
    settings: Settings
    database: Database | None
    now: Callable[[], float]


async def findings(case: Case) -> AsyncIterator[Finding]:
    """Everything about one workspace, as it is found."""
    began = case.now()
    try:
        me = await asked(case.client.auth_test)
    except FAILURES as fault:
        yield refusal(f"The token of {case.name} was tried", fault)
        return
    yield _identity(me)
    for found in (*_scopes(case, me), *_clock(me, (began + case.now()) / 2)):
        yield found
    if case.database is None:
        return
    for look in (_channels, _members):
        try:
            async for found in look(case, me, case.database):
                yield found
        except FAILURES as fault:
            yield refusal("Channels were asked for" if look is _channels else "Members were asked for", fault)


async def asked(call: Callable[..., Awaitable[AsyncSlackResponse]], **arguments: Any) -> AsyncSlackResponse:
    """What Slack answers, waiting as long as it asks for; raises one of `FAILURES` where that is too long."""
    for _ in range(TRIES - 1):
        try:
            return await _answer(call, arguments)
        except SlackApiError as fault:
            wish = meaning("", fault)
            if not isinstance(wish, Limited) or wish.seconds > LONGEST_WAIT_S:
                raise
        await asyncio.sleep(wish.seconds)
    return await _answer(call, arguments)


async def _answer(call: Callable[..., Awaitable[AsyncSlackResponse]], arguments: Json) -> AsyncSlackResponse:
    try:
        return await call(**arguments)
    except FAILURES:
        raise
    except Exception as fault:  # noqa: BLE001 - the library stumbles over answers that are not Slack's
        raise Odd(type(fault).__name__) from None


def refusal(what: str, fault: Exception) -> Finding:
    """Why something could not be looked at, and what to do; never what was in the answer."""
    if isinstance(fault, SlackApiError):
        return _refused(what, fault)
    if isinstance(fault, Odd):
        return wrong(f"{what}: {ODD}", LET_THROUGH)
    do = "Let this machine reach Slack over HTTPS (443), or set HTTPS_PROXY."
    return wrong(f"{what}: Slack cannot be reached ({type(fault).__name__}).", do)


def _refused(what: str, fault: SlackApiError) -> Finding:
    wish, response = meaning("", fault), fault.response
    if isinstance(wish, Limited):
        return wrong(f"{what}: Slack was asked too often.", f"Run this again in {wish.seconds:.0f} seconds.")
    status = getattr(response, "status_code", 200)
    if status >= 500:
        do = "https://slack-status.com tells when it ends."
        return wrong(f"{what}: Slack has trouble of its own (HTTP {status}).", do)
    data = response.data if isinstance(response, AsyncSlackResponse) else {}
    error = str(data.get("error") or "") if isinstance(data, dict) else ""
    if not error:
        return wrong(f"{what}: {ODD}", LET_THROUGH)
    return wrong(f"{what}: Slack says {error}.", REMEDIES.get(error, "Slack's documentation explains this word."))


def _identity(me: AsyncSlackResponse) -> Finding:
    where = f"{me.get('team')} ({_org(me) if me.get('is_enterprise_install') else me.get('team_id')})"
    if not me.get("bot_id"):
        do = (
            "Take the Bot User OAuth Token, which begins with xoxb-: api.slack.com/apps → kizuki → OAuth & Permissions."
        )
        return wrong(f"{where}: the token is a person's, not kizuki's.", do)
    return right(f"{where}: the token is good; kizuki is @{me.get('user')} there.")


def _scopes(case: Case, me: AsyncSlackResponse) -> Iterable[Finding]:
    slack = case.settings.platforms.slack
    assert slack is not None  # noqa: S101 - only looked at where it is configured
    granted = {scope.strip() for scope in str(me.headers.get("x-oauth-scopes") or "").split(",") if scope.strip()}
    if not granted:
        yield note("Slack did not say which scopes the token has.")
        return
    why = scopes.reasons(slack)
    missing = [scope for scope in why if scope not in granted]
    for scope in missing:
        yield wrong(f"The scope {scope} is missing: {why[scope]}.", AGAIN)
    if not missing:
        yield right(f"All {len(why)} scopes are there.")
    if more := sorted(granted - why.keys()):
        yield note(f"Scopes that kizuki does not need: {', '.join(more)}.", f"To be rid of them: {AGAIN}")


def _clock(me: AsyncSlackResponse, here: float) -> Iterable[Finding]:
    try:
        there = parsedate_to_datetime(str(me.headers.get("Date"))).timestamp()
    except ValueError:
        yield note("Slack did not say what time it is.")
        return
    # The header has whole seconds, cut off.
    away = here - there - 0.5
    if abs(away) <= DRIFT_S:
        yield right("The clock agrees with Slack's.")
    else:
        word = "ahead of" if away > 0 else "behind"
        do = "Set this machine's clock (chrony, systemd-timesyncd): requests five minutes away are refused."
        yield wrong(f"The clock is {abs(away):.0f} seconds {word} Slack's.", do)


async def _channels(case: Case, me: AsyncSlackResponse, database: Database) -> AsyncIterator[Finding]:
    arguments = {"types": "public_channel,private_channel", "exclude_archived": True}
    found: dict[str, str] = {}
    async for team in _teams(case, me):
        async for page in _pages(case.client.users_conversations, "channels", CHANNEL_PAGES, **arguments, **team):
            found |= {_place(me, team, channel["id"]): str(channel.get("name")) for channel in page}
    rows = database.read_now(places.channels)
    known = {row.ext_id: row for row in rows if row.platform == NAME and row.gone_at is None}
    if not found:
        yield note("kizuki is in no channel yet.", "In a channel: /invite @kizuki")
    for finding in _about_channels(case, found, known) if found else ():
        yield finding
    mine = (row for row in known.values() if _is_here(row.unpacked(), me))
    if lost := [row.title or row.ext_id for row in mine if row.ext_id not in found]:
        do = "/invite @kizuki there again, or leave it so: from the coming night on nothing more is sent there."
        yield wrong(f"Not in a channel it knows: {listed(lost)}.", do)


def _about_channels(case: Case, found: Mapping[str, str], known: Mapping[str, PlaceRow]) -> Iterable[Finding]:
    """Which of the channels it is in belong to a unit, and which it does not know."""
    own = [ext_id for ext_id in found if ext_id in known and known[ext_id].unit_id is not None]
    other = [name for ext_id, name in found.items() if ext_id in known and ext_id not in own]
    unknown = [name for ext_id, name in found.items() if ext_id not in known]
    belong = "belongs" if len(own) == 1 else "belong"
    yield right(f"kizuki is in {counted(len(found), 'channel')}; {len(own):,} of them {belong} to a unit.")
    if other:
        slack = case.settings.platforms.slack
        typed = slack.commands.kizuki if slack else ""
        do = f"Whoever looks after a unit types {typed} channel there; channels of everybody stay as they are."
        yield note(f"No unit's channel: {listed(other, mark='#')}.", do)
    if unknown:
        do = "It was invited while it was not running, and takes note of it in the coming night."
        yield note(f"In a channel without knowing it: {listed(unknown, mark='#')}.", do)


async def _members(case: Case, me: AsyncSlackResponse, database: Database) -> AsyncIterator[Finding]:
    looked, emails = 0, set[str]()
    async for team in _teams(case, me):
        async for page in _pages(case.client.users_list, "members", SAMPLE_PAGES, **team):
            members = [member for member in page if _is_member(member)]
            looked += len(members)
            emails |= {_email(member) for member in members} - {""}
    today = f"{datetime.now(case.settings.zone):%Y-%m-%d}"
    listed = len(database.read_now(lambda tx: people.emails_here(tx, sorted(emails), today=today)))
    confirmed = f"{counted(len(emails), 'confirmed e-mail')}, {listed:,} of them on the roster"
    told = f"{counted(looked, 'member')} looked at: {confirmed}."
    if listed or case.settings.people.unlisted == "take-part":
        yield right(told)
    else:
        do = "Import the roster with its e-mails (kizuki roster import), or write `people: {unlisted: take-part}`."
        yield wrong(f"{told} Nobody of them can take part.", do)


async def _teams(case: Case, me: AsyncSlackResponse) -> AsyncIterator[Json]:
    """What names each workspace in a call; needed only where kizuki was installed for a whole organisation."""
    if not me.get("is_enterprise_install"):
        yield {}
        return
    async for page in _pages(case.client.auth_teams_list, "teams", CHANNEL_PAGES):
        for team in page:
            yield {"team_id": team["id"]}


async def _pages(
    call: Callable[..., Awaitable[AsyncSlackResponse]], part: str, most: int, **arguments: Any
) -> AsyncIterator[list[Json]]:
    """The pages of a list, so many at most."""
    cursor = ""
    for _ in range(most):
        found = await asked(call, limit=PAGE, cursor=cursor, **arguments)
        yield found.get(part) or []
        cursor = (found.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return


def _place(me: AsyncSlackResponse, team: Json, channel: str) -> str:
    return shared(str(me.get("enterprise_id") or ""), str(team.get("team_id") or me.get("team_id")), channel).id


def _org(me: AsyncSlackResponse) -> str:
    """The organisation; of a token for all of it, Slack may give it as its team."""
    return str(me.get("enterprise_id") or me.get("team_id"))


def _is_here(address: Json, me: AsyncSlackResponse) -> bool:
    if me.get("is_enterprise_install"):
        return bool(address.get("enterprise") == _org(me))
    return bool(address.get("team") == me.get("team_id"))


def _is_member(user: Json) -> bool:
    odd = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "is_workflow_bot")
    return user.get("id") != "USLACKBOT" and not any(user.get(name) for name in odd)


def _email(user: Json) -> str:
    """The e-mail, where Slack has seen it confirmed, in the letters of the roster."""
    return str(user.get("profile", {}).get("email") or "").lower() if user.get("is_email_confirmed") else ""
