"""Who is in Teams: the members of chats and teams the bot is in, as accounts. There is no list of a whole tenant."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from adapters.needs import BotLike
from adapters.platform import Account, Gone
from adapters.teams.connector import Connector
from adapters.teams.faults import Refused
from adapters.teams.members import emails_of, profile_of
from adapters.teams.origin import NAME, Origin, private, text, user_of
from adapters.teams.whereabouts import Team, teams
from bot.events import Place, Profile
from bot.schedule import millis
from storage import accounts, people, places
from storage.database import Tx

Json = Mapping[str, Any]
LOOK_UP_S = 0.8
MOST_KEPT = 20_000
# Whoever could not be written to is tried again after so long: an installation may have happened unseen.
TRY_AGAIN = timedelta(days=7)

log = logging.getLogger("kizuki.teams")


class Directory:
    """Looks people up, one by one where they were seen, and all at once."""

    def __init__(self, bot: BotLike, connector: Connector) -> None:
        self._bot = bot
        self._connector = connector
        self._seen: OrderedDict[str, Origin] = OrderedDict()

    def saw(self, origin: Origin, user: str = "") -> None:
        """Somebody did something somewhere, or was named there (`user`): that is where they can be asked about."""
        account = f"{origin.tenant}:{user or origin.user}"
        self._seen[account] = origin
        self._seen.move_to_end(account)
        if len(self._seen) > MOST_KEPT:
            self._seen.popitem(last=False)

    async def profile(self, ext_id: str) -> Profile | None:
        """What Teams says of an account ("tenant:id"); None where it was not seen anywhere."""
        tenant, _, user = ext_id.partition(":")
        seen = self._seen.get(ext_id)
        if seen is None:
            return None
        try:
            member = await self._connector.member(seen.where, user)
        except Gone:
            return Profile(kind="guest")
        known = await self._bot.read(_not_to_try, [ext_id], self._long_ago())
        chat = None if known else _chat(seen, tenant, user, member)
        found = profile_of(member, tenant, await self._bot.read(self._listed, emails_of(member)))
        locale = seen.locale if seen.user == user else ""
        return replace(found, locale=locale, chat=chat if found.kind == "member" else None)

    async def acquaint(self, name: str, origin: Origin) -> None:
        """Make somebody known who never wrote to the bot; where Teams is slow, they stay unknown."""
        ext_id = name.removeprefix(f"{NAME}/")
        if not ext_id.partition(":")[2] or await self._bot.read(accounts.get, NAME, ext_id) is not None:
            return
        self.saw(origin, ext_id.partition(":")[2])
        try:
            async with asyncio.timeout(LOOK_UP_S):
                found = await self.profile(ext_id)
        except Exception as fault:  # noqa: BLE001 - nobody is kept from their own doing by that
            log.warning("somebody named was not looked up: %s", type(fault).__name__)
            return
        if found is not None:
            await self._bot.take_in(NAME, [(ext_id, found, found.chat)])

    async def everyone(self) -> AsyncIterator[list[Account]]:
        """Everybody in every team the bot is in, page by page, each once."""
        seen: set[str] = set()
        for team in await self._bot.read(teams):
            async for page in self.of(team):
                yield [one for one in page if one[0] not in seen]
                seen |= {one[0] for one in page}

    async def of(self, team: Team) -> AsyncIterator[list[Account]]:
        """The members of one team; none where the bot is not in it any more."""
        try:
            async for page in self._connector.members(team.place, team.id):
                yield await self.accounts(page, team)
        except (Gone, Refused) as fault:
            log.info("the members of a team were not told: %s", fault)

    async def accounts(self, page: Iterable[Json], team: Team) -> list[Account]:
        """Members of a team as accounts, each with their chat where it is worth trying."""
        members = {user_of(m): m for m in page if user_of(m)}
        listed = await self._bot.read(self._listed, [email for m in members.values() for email in emails_of(m)])
        known = await self._bot.read(_not_to_try, [f"{team.tenant}:{user}" for user in members], self._long_ago())
        return [self._account(user, member, team, listed, known) for user, member in members.items()]

    def _account(self, user: str, member: Json, team: Team, listed: set[str], known: set[str]) -> Account:
        ext_id = f"{team.tenant}:{user}"
        found = profile_of(member, team.tenant, listed)
        untried = found.kind == "member" and ext_id not in known
        chat = private(team.service, team.tenant, user, text(member, "id")) if untried else None
        return ext_id, found, chat

    def _listed(self, tx: Tx, emails: Iterable[str]) -> set[str]:
        return people.emails_here(tx, emails, today=self._bot.now().date().isoformat())

    def _long_ago(self) -> int:
        return millis(self._bot.now() - TRY_AGAIN)


def _not_to_try(tx: Tx, ids: list[str], since: int) -> set[str]:
    """Those of many accounts whose chat is known, or was found closed not long ago."""
    found = places.among(tx, NAME, ids).values()
    return {place.ext_id for place in found if place.gone_at is None or place.gone_at > since}


def _chat(seen: Origin, tenant: str, user: str, member: Json) -> Place | None:
    """Where somebody is written to, as far as that is known from where they were seen."""
    if seen.personal and seen.user == user:
        return seen.where
    return private(seen.service, tenant, user, text(member, "id")) if text(member, "id") else None
