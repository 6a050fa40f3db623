"""What kizuki and Teams know of each other: addresses, teams and channels, members, who can be reached, tenants."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from adapters.findings import Finding, counted, listed, note, right, wrong
from adapters.platform import Gone, Later
from adapters.teams import whereabouts
from adapters.teams.connector import Connector
from adapters.teams.credentials import Unwelcome
from adapters.teams.faults import Limited, Refused, Troubled
from adapters.teams.members import emails_of, is_member
from adapters.teams.origin import NAME, shared, text, user_of
from adapters.teams.proof import is_microsoft
from adapters.teams.whereabouts import Team
from bot import reach
from bot.platforms import Teams
from bot.settings import Settings
from storage import accounts, people, places
from storage.database import Database, Tx
from storage.places import PlaceRow

Json = Mapping[str, Any]
T = TypeVar("T")
TRIES, LONGEST_WAIT_S = 3, 60
# Seconds for all teams together, and how many are looked at.
LOOK_S, MOST_TEAMS, CHUNK = 120.0, 100, 5_000
ADD = "In Teams: the team's ⋯ → Manage team → Apps → More apps → kizuki → Add"
INSTALL = (
    "Install the app for everybody, by its Installs or a setup policy: admin.teams.microsoft.com → Teams apps → "
    "Setup policies → Global → Installed apps → Add apps (docs/teams.md, step 6). `kizuki reach` says who is missing."
)
FAILURES = (Later, Gone, Refused)


@dataclass(frozen=True, slots=True)
class Case:
    """What is looked at; `connector` is None where Teams cannot be asked."""

    settings: Settings
    teams: Teams
    connector: Connector | None
    database: Database


@dataclass(slots=True)
class Sight:
    """What Teams told: the teams that were asked about, the channels that are there, and members, by their ids."""

    asked: list[Team] = field(default_factory=list)
    channels: dict[str, str] = field(default_factory=dict)
    members: dict[str, Json] = field(default_factory=dict)
    tenants: dict[str, str] = field(default_factory=dict)
    more: int = 0


async def findings(case: Case) -> AsyncIterator[Finding]:
    """Everything, as it is found."""
    for finding in _addresses(case):
        yield finding
    if case.connector is not None:
        async for finding in _asked(case, case.connector):
            yield finding
    for finding in (*_reached(case), *_tenants(case)):
        yield finding


def refusal(what: str, fault: Exception) -> Finding:
    """Why something could not be looked at, and what to do; never what was in the answer."""
    match fault:
        case Unwelcome():
            do = "The app is not a bot's: make the bot with the id that is app_id (docs/teams.md, step 2)."
            return wrong(f"{what}: Teams does not take the bot's token.", do)
        case Limited():
            return wrong(f"{what}: Teams was asked too often.", f"Run this again in {fault.seconds:.0f} seconds.")
        case Troubled():
            return wrong(f"{what}: Teams has trouble of its own.", "https://status.cloud.microsoft tells when it ends.")
        case Refused():
            return wrong(
                f"{what}: Teams says {fault.error or fault.status}.", "Microsoft's documentation explains this word."
            )
        case _:
            do = "Let this machine reach smba.trafficmanager.net over HTTPS (443), or set HTTPS_PROXY."
            return wrong(f"{what}: Teams cannot be reached, or answers nothing.", do)


async def answered(call: Callable[[], Awaitable[T]]) -> T:
    """What Teams answers, waiting as long as it asks for; raises one of `FAILURES` where that is too long."""
    for _ in range(TRIES - 1):
        try:
            return await call()
        except Limited as limited:
            if limited.seconds > LONGEST_WAIT_S:
                raise
            await asyncio.sleep(limited.seconds)
    return await call()


def _addresses(case: Case) -> Iterator[Finding]:
    """Whether all that is sent goes to Microsoft."""
    stored = [str(row.unpacked().get("service")) for row in case.database.read_now(_stored) if row.gone_at is None]
    other = sum(not is_microsoft(service, case.teams.local) for service in stored)
    if other:
        do = "Nothing is sent there. Whoever writes to kizuki once more has the right one; and see who changed them."
        yield wrong(f"{other:,} of {counted(len(stored), 'stored address', 'es')} are not Microsoft's.", do)
    elif stored:
        yield right(f"{counted(len(stored), 'stored address', 'es')}, all of them Microsoft's.")


def _stored(tx: Tx) -> list[PlaceRow]:
    """Every place in Teams: channels, and private chats, which are named as the account is."""
    names = [account.ext_id for account in accounts.on(tx, NAME)]
    chunks = (names[at : at + CHUNK] for at in range(0, len(names), CHUNK))
    return [*whereabouts.channels(tx), *(row for some in chunks for row in places.among(tx, NAME, some).values())]


async def _asked(case: Case, connector: Connector) -> AsyncIterator[Finding]:
    known = case.database.read_now(whereabouts.teams)
    trusted = [team for team in known if is_microsoft(team.service, case.teams.local)]
    if not known:
        yield note("kizuki is in no team yet.", f"{ADD}.")
        return
    sight, fault = Sight(), None
    try:
        async with asyncio.timeout(LOOK_S):
            for team in trusted[:MOST_TEAMS]:
                await _look(connector, team, sight)
    except FAILURES as refused:
        fault = refused
    except TimeoutError:
        yield note(f"Teams was slow: after {LOOK_S:.0f} seconds no more teams were looked at.")
    if fault is not None:
        yield refusal("Teams was asked for channels and members", fault)
    if left := len(trusted[MOST_TEAMS:]):
        yield note(f"The first {MOST_TEAMS} teams were looked at, and {left:,} more were not.")
    for finding in (*_channels(case, sight), *_members(case, sight)):
        yield finding


async def _look(connector: Connector, team: Team, sight: Sight) -> None:
    """Ask about one team or group chat: its channels, and the first page of its members."""
    try:
        if team.place.address.get("team"):
            found = await answered(lambda: connector.channels(team.place, team.id))
            members = await answered(lambda: _first(connector, team))
            there = {shared(team.service, team.tenant, text(c, "id")).id: text(c, "name") for c in found}
        else:
            members = await answered(lambda: _first(connector, team))
            there = {team.place.id: ""}
    except Gone:
        members, there = [], {}
    sight.asked.append(team)
    sight.channels |= there
    for member in members:
        ext_id = f"{team.tenant}:{user_of(member)}"
        sight.members[ext_id], sight.tenants[ext_id] = member, team.tenant


async def _first(connector: Connector, team: Team) -> list[dict[str, Any]]:
    pages = connector.members(team.place, team.id)
    return await anext(pages, [])


def _channels(case: Case, sight: Sight) -> Iterator[Finding]:
    """Where the bot is, which of that is a unit's, and where it is no more."""
    rows = case.database.read_now(whereabouts.channels)
    here = {row.ext_id: row for row in rows if row.gone_at is None}
    asked = {team.id for team in sight.asked}
    mine = {ext_id: row for ext_id, row in here.items() if _team(row) in asked}
    there = {ext_id: row for ext_id, row in mine.items() if ext_id in sight.channels}
    if sight.channels:
        own = sum(row.unit_id is not None for row in there.values())
        belong = "belongs" if own == 1 else "belong"
        alive = counted(len({_team(row) for row in there.values()}), "team or group chat", "", "teams and group chats")
        channels = counted(len(sight.channels), "channel")
        yield right(f"kizuki is in {alive}, {channels}; {own:,} of them {belong} to a unit.")
    if lost := [row.title or "one without a name" for ext_id, row in mine.items() if ext_id not in sight.channels]:
        do = f"{ADD}; or leave it so: from the coming night on nothing more is sent there."
        yield wrong(f"Not in a channel it knows: {listed(lost)}.", do)
    if other := [row.title or sight.channels[ext_id] or "General" for ext_id, row in there.items() if not row.unit_id]:
        do = "Whoever looks after a unit writes `@kizuki このチャンネル` there; channels of everybody stay as they are."
        yield note(f"No unit's channel: {listed(other)}.", do)
    if quiet := [name or "General" for ext_id, name in sight.channels.items() if ext_id not in here]:
        do = "Teams tells of a channel that was there before when somebody writes `@kizuki` in it."
        yield note(f"In a channel without knowing it: {listed(quiet)}.", do)


def _team(row: PlaceRow) -> str:
    address = row.unpacked()
    return str(address.get("team") or address["conversation"])


def _members(case: Case, sight: Sight) -> Iterator[Finding]:
    """How many of those who were seen kizuki would know by an e-mail."""
    if not sight.members:
        return
    own = [member for ext_id, member in sight.members.items() if is_member(member, sight.tenants[ext_id])]
    listed = case.database.read_now(lambda tx: people.emails_here(tx, _all_emails(own), today=_today(case)))
    fitting = sum(any(email in listed for email in emails_of(member)) for member in own)
    guests = counted(len(sight.members) - len(own), "guest")
    seen = counted(len(sight.members), "member")
    told = f"{seen} looked at: {fitting:,} on the roster by e-mail or sign-in name (UPN), {guests}."
    if fitting or case.settings.people.unlisted == "take-part":
        yield right(told)
    else:
        do = "Import the roster with its e-mails (kizuki roster import), or write `people: {unlisted: take-part}`."
        yield wrong(f"{told} Nobody of them can take part.", do)


def _all_emails(members: Iterable[Json]) -> list[str]:
    return sorted({email for member in members for email in emails_of(member)})


def _reached(case: Case) -> Iterator[Finding]:
    """How many of those who work here can be written to in Teams, whatever other platforms do."""
    on, zone, today = frozenset((NAME,)), case.settings.zone, _today(case)
    standings = case.database.read_now(lambda tx: reach.report(tx, on, zone, today=today)).standings
    if not standings:
        yield note("Nobody is known to work here yet.", "Bring the roster in: kizuki roster import.")
        return
    states = Counter(standing.status for standing in standings)
    reached = sum(states[status] for status in reach.REACHABLE)
    why = ", ".join(f"{states[status]:,} {status}" for status in reach.STATUSES if states[status])
    told = f"{reached:,} of {counted(len(standings), 'person', '', 'people')} can be written to in Teams ({why})."
    if reached * 2 < len(standings):
        yield note(told, INSTALL)
    elif reached < len(standings):
        yield note(told, "`kizuki reach` says who is missing, and what to do.")
    else:
        yield right(told)


def _tenants(case: Case) -> Iterator[Finding]:
    """Which of the tenants in app.yaml nothing ever came from."""
    known = case.database.read_now(_known_tenants)
    if case.teams.tenant not in known:
        do = (
            "Write to kizuki in Teams. If nothing happens: is the messaging endpoint right, and the Teams channel on? "
            "(docs/teams.md, step 2)"
        )
        yield note("Nothing ever came from the bot's own tenant.", do)
    if quiet := sorted(case.teams.served - known - {case.teams.tenant}):
        yield note(
            f"Nothing ever came from {listed(quiet)}.", "Upload the package there too; or take it out of `tenants`."
        )


def _known_tenants(tx: Tx) -> set[str]:
    names = [*(a.ext_id for a in accounts.on(tx, NAME)), *(row.ext_id for row in whereabouts.channels(tx))]
    return {name.partition(":")[0] for name in names}


def _today(case: Case) -> str:
    return f"{datetime.now(case.settings.zone):%Y-%m-%d}"
