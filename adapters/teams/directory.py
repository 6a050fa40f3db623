"""Who is in Teams: the members of chats and teams the bot is in, as accounts. There is no list of a whole tenant."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from adapters.needs import BotLike
from adapters.platform import Account, Gone, Later
from adapters.teams.connector import Connector
from adapters.teams.faults import Refused
from adapters.teams.members import emails_of, profile_of
from adapters.teams.origin import NAME, Origin, private, text, user_of
from adapters.teams.recent import Recent
from adapters.teams.whereabouts import Team, placed, teams
from bot.events import Mention, Place, Profile
from bot.schedule import millis
from storage import accounts, people, places
from storage.database import Tx

Json = Mapping[str, Any]
# What looking up whoever is named may take, all of them together.
LOOK_UP_S = 1.0
# In how many of the bot's teams somebody is looked for who was seen nowhere.
TEAMS_ASKED = 3
# Whoever could not be written to is tried again after so long: an installation may have happened unseen.
TRY_AGAIN = timedelta(days=7)
TRIES, LONGEST_WAIT_S = 5, 60.0

log = logging.getLogger("kizuki.teams")


class Directory:
    """Looks people up, one by one where they may be known, and all at once. `home` is the bot's own tenant."""

    def __init__(self, bot: BotLike, connector: Connector, *, home: str) -> None:
        self._bot = bot
        self._connector = connector
        self._home = home
        self._seen: Recent[Origin] = Recent()
        # The object ids of people whom Teams names by its own ids.
        self._ids: Recent[str] = Recent()

    def saw(self, origin: Origin) -> None:
        """Somebody did something somewhere: that is where they can be asked about."""
        self._seen[f"{origin.tenant}:{origin.user}"] = replace(origin, about={})

    async def profile(self, ext_id: str) -> Profile | None:
        """What Teams says of an account ("tenant:id"); None where nobody could be asked."""
        found = await self._looked_up(ext_id, self._seen.get(ext_id))
        return found and found[1]

    async def acquaint(self, names: Iterable[str], origin: Origin) -> None:
        """Make people known who never wrote to the bot; whoever cannot be looked up in time stays unknown."""
        ids = {name.removeprefix(f"{NAME}/") for name in names if name.startswith(f"{NAME}/")}
        await self._in_time(self._acquainted(ext_id, origin) for ext_id in ids)

    async def named(self, mentions: tuple[Mention, ...], origin: Origin) -> tuple[Mention, ...]:
        """Mentions by the accounts they mean, which are known from then on: Teams names people by ids of its own."""
        await self._in_time(self._acquainted(mention.who.id, origin) for mention in mentions)
        return tuple(replace(m, who=replace(m.who, id=self._ids.get(m.who.id) or m.who.id)) for m in mentions)

    async def everyone(self) -> AsyncIterator[list[Account]]:
        """Everybody in every team the bot is in, page by page, each once."""
        seen: set[str] = set()
        for team in await self._bot.read(teams):
            async for page in self.of(team):
                yield [one for one in page if one[0] not in seen]
                seen |= {one[0] for one in page}

    async def of(self, team: Team) -> AsyncIterator[list[Account]]:
        """The members of one team; one that cannot be read keeps nobody from the next."""
        for _ in range(TRIES):
            try:
                async for page in self._connector.members(team.place, team.id):
                    yield await self.accounts(page, team)
            except (Gone, Refused) as fault:
                log.info("the members of a team were not told: %s", fault)
            except Later as later:
                await asyncio.sleep(min(later.seconds, LONGEST_WAIT_S))
                continue
            return
        log.warning("the members of a team were not told, for Teams had trouble")

    async def accounts(self, page: Iterable[Json], team: Team) -> list[Account]:
        """Members of a team as accounts, each with their chat where it is worth trying."""
        members = {user_of(m): m for m in page if user_of(m)}
        emails = [email for m in members.values() for email in self._emails(m, team.tenant)]
        listed = await self._bot.read(self._listed, emails)
        known = await self._bot.read(_not_to_try, [f"{team.tenant}:{user}" for user in members], self._long_ago())
        return [self._account(user, member, team, listed, known) for user, member in members.items()]

    def _account(self, user: str, member: Json, team: Team, listed: set[str], known: set[str]) -> Account:
        ext_id = f"{team.tenant}:{user}"
        found = profile_of(member, team.tenant, self._emails(member, team.tenant), listed)
        untried = found.kind == "member" and ext_id not in known
        chat = private(team.service, team.tenant, user, text(member, "id")) if untried else None
        return ext_id, found, chat

    async def _in_time(self, works: Iterable[Any]) -> None:
        try:
            async with asyncio.timeout(LOOK_UP_S):
                await asyncio.gather(*works)
        except Exception as fault:  # noqa: BLE001 - nobody is kept from their own doing by that
            log.warning("somebody named was not looked up: %s", type(fault).__name__)

    async def _acquainted(self, ext_id: str, origin: Origin) -> None:
        meant = self._ids.get(ext_id) or ext_id
        if not meant.partition(":")[2] or await self._bot.read(accounts.get, NAME, meant) is not None:
            return
        found = await self._looked_up(ext_id, origin)
        if found is not None:
            self._ids[ext_id] = found[0]
            await self._bot.take_in(NAME, [(found[0], found[1], found[1].chat)])

    async def _looked_up(self, ext_id: str, seen: Origin | None) -> tuple[str, Profile] | None:
        """The account by its object id, and what Teams says of it, asked wherever the bot and they may be together."""
        tenant, _, user = ext_id.partition(":")
        for place in await self._bot.read(_together, ext_id, seen):
            try:
                member = await self._connector.member(place, user)
            except (Gone, Refused):
                continue
            return await self._told(member, place, tenant, seen)
        return None

    async def _told(self, member: Json, place: Place, tenant: str, seen: Origin | None) -> tuple[str, Profile]:
        user = user_of(member)
        ext_id, emails = f"{tenant}:{user}", self._emails(member, tenant)
        found = profile_of(member, tenant, emails, await self._bot.read(self._listed, emails))
        mine = seen is not None and seen.user == user
        known = await self._bot.read(_not_to_try, [ext_id], self._long_ago())
        chat = None
        if seen is not None and mine and seen.personal:
            chat = seen.where
        elif not known and found.kind == "member":
            chat = private(str(place.address["service"]), tenant, user, text(member, "id"))
        return ext_id, replace(found, locale=seen.locale if seen is not None and mine else "", chat=chat)

    def _emails(self, member: Json, tenant: str) -> list[str]:
        """In the bot's own tenant both addresses count; another tenant gives out only names of its own domains."""
        return emails_of(member) if tenant == self._home else emails_of(member)[-1:]

    def _listed(self, tx: Tx, emails: Iterable[str]) -> set[str]:
        return people.emails_here(tx, emails, today=self._bot.now().date().isoformat())

    def _long_ago(self) -> int:
        return millis(self._bot.now() - TRY_AGAIN)


def _together(tx: Tx, ext_id: str, seen: Origin | None) -> list[Place]:
    """Where somebody may be asked about: where they were seen, in their own chat, in some of the bot's teams."""
    tenant, own = ext_id.partition(":")[0], places.find(tx, NAME, ext_id)
    found = [seen.where] if seen is not None else []
    found += [placed(own)] if own is not None else []
    found += [team.place for team in teams(tx) if team.tenant == tenant][:TEAMS_ASKED]
    return [place for place in found if place.address.get("conversation")]


def _not_to_try(tx: Tx, ids: list[str], since: int) -> set[str]:
    """Those of many accounts whose chat is known, or was found closed not long ago."""
    found = places.among(tx, NAME, ids).values()
    return {place.ext_id for place in found if place.gone_at is None or place.gone_at > since}
