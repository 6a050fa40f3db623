"""The bot comes and goes, teams and channels change, people join: what Teams tells without anybody's asking."""

import logging
from typing import Any

from adapters.keys import Keys
from adapters.needs import BotLike
from adapters.platform import Gone, Later
from adapters.teams import origin, parse
from adapters.teams.connector import Connector
from adapters.teams.directory import Directory
from adapters.teams.faults import Refused
from adapters.teams.origin import NAME, Activity, Origin, is_personal, part, parts, text
from adapters.teams.whereabouts import Team, of_team, once_of_team, placed
from adapters.underway import UnderWay
from bot.events import Event, Joined, Left, Opened, Place
from storage import places

Json = dict[str, Any]
LOST = frozenset(("teamDeleted", "teamHardDeleted", "teamArchived"))
BACK = frozenset(("teamRestored", "teamUnarchived"))
# Whoever joins in a larger crowd is met in the coming night.
MET_AT_ONCE = 20

log = logging.getLogger("kizuki.teams")


class Unstored(Exception):
    """What Teams told could not be stored: it hears that it failed."""


class Comings:
    """Keeps up with where the bot is."""

    def __init__(
        self, bot: BotLike, connector: Connector, directory: Directory, keys: Keys, under_way: UnderWay
    ) -> None:
        self._bot = bot
        self._connector = connector
        self._directory = directory
        self._keys = keys
        self._under_way = under_way

    async def installed(self, raw: Activity) -> tuple[Opened, Origin] | None:
        """Somebody took the bot up for themselves, which shows them its home, or away."""
        if not is_personal(raw):
            return None
        if text(raw, "action") == "remove":
            await self._store(parse.uninstalled(raw, self._keys))
        # A new version of the app is neither a coming nor a going.
        return await self._welcomed(raw) if text(raw, "action") == "add" else None

    async def changed(self, raw: Activity) -> tuple[Opened, Origin] | None:
        """A conversation changed."""
        kind, bot = text(part(raw, "channelData"), "eventType"), text(part(raw, "recipient"), "id")
        added, removed = parts(raw, "membersAdded"), parts(raw, "membersRemoved")
        if any(text(one, "id") == bot for one in added):
            return await self._came(raw)
        if any(text(one, "id") == bot for one in removed) or kind in LOST:
            await self._went(raw, "archived" if kind == "teamArchived" else "removed")
        elif added and not is_personal(raw):
            self._under_way.task(self._meet(raw, [text(one, "id") for one in added]))
        else:
            await self._channel(raw, kind)
        return None

    async def _came(self, raw: Activity) -> tuple[Opened, Origin] | None:
        if is_personal(raw):
            return await self._welcomed(raw)
        event = parse.joined(raw, self._keys)
        await self._store(event)
        self._under_way.task(self._meet_all(event.where))
        return None

    async def _welcomed(self, raw: Activity) -> tuple[Opened, Origin] | None:
        """Home, unless the other of Teams' two activities about it was here before."""
        where = origin.of(raw, "home").where
        known = await self._bot.read(places.find, NAME, where.id)
        if known is not None and known.gone_at is None and known.unpacked() == where.address:
            return None
        return parse.opened(raw, self._keys, f"{known.gone_at} {known.address}" if known else "new")

    async def _went(self, raw: Activity, why: str) -> None:
        """The bot is in a chat or in all channels of a team no more."""
        if is_personal(raw):
            await self._store(parse.uninstalled(raw, self._keys))
            return
        first = parse.left(raw, self._keys)
        team = text(part(part(raw, "channelData"), "team"), "id")
        rows = await self._bot.read(of_team, team) if team else []
        for where in {row.ext_id: placed(row) for row in rows}.values() or (first.where,):
            await self._store(Left(self._keys("left", first.key, where.id), where, why))

    async def _channel(self, raw: Activity, kind: str) -> None:
        """A channel, or the names of a team and all its channels."""
        match kind:
            case "channelCreated" | "channelRestored" | "channelRenamed":
                await self._store(parse.joined(raw, self._keys, greets=False))
            case "channelDeleted":
                await self._store(parse.left(raw, self._keys))
            case "teamRenamed":
                self._under_way.task(self._named(raw))
            case _ if kind in BACK:
                await self._back(raw)

    async def _back(self, raw: Activity) -> None:
        """A team is back, with those of its channels that were known."""
        first, team = parse.joined(raw, self._keys, greets=False), text(part(part(raw, "channelData"), "team"), "id")
        for row in await self._bot.read(once_of_team, team):
            await self._store(Joined(self._keys("back", first.key, row.ext_id), placed(row), greets=False))
        await self._store(first)

    async def _named(self, raw: Activity) -> None:
        """The channels of a team carry its name."""
        team = part(part(raw, "channelData"), "team")
        rows = {str(row.unpacked()["conversation"]): row for row in await self._bot.read(of_team, text(team, "id"))}
        first = parse.joined(raw, self._keys, greets=False)
        for channel in await self._told(first.where, text(team, "id")):
            row = rows.get(text(channel, "id"))
            if row is not None:
                title = parse.titled(text(team, "name"), text(channel, "name"))
                await self._store(Joined(self._keys("named", first.key, row.ext_id), placed(row), title, greets=False))

    async def _told(self, where: Place, team: str) -> list[Json]:
        try:
            return await self._connector.channels(where, team)
        except (Later, Gone, Refused) as fault:
            log.warning("the channels of a team were not told: %s", type(fault).__name__)
            return []

    async def _meet(self, raw: Activity, members: list[str]) -> None:
        """People joined: who they are is asked at once, as far as they are few."""
        seen = origin.of(raw, "message")
        for member in members[:MET_AT_ONCE]:
            try:
                found = await self._connector.member(seen.where, member)
            except (Later, Gone, Refused) as fault:
                log.warning("somebody who joined was not looked up: %s", type(fault).__name__)
                continue
            team = Team(seen.team or seen.conversation, seen.service, seen.tenant, seen.where)
            await self._bot.take_in(NAME, await self._directory.accounts([found], team))

    async def _meet_all(self, where: Place) -> None:
        """The bot came to a team: its members are known from now on, not only from the coming night."""
        address = where.address
        team = Team(address["team"] or address["conversation"], address["service"], address["tenant"], where)
        async for page in self._directory.of(team):
            await self._bot.take_in(NAME, page)

    async def _store(self, event: Event) -> None:
        """A reply to what no person did says that it could not be stored."""
        if await self._bot.handle(event) is not None:
            raise Unstored(type(event).__name__)
