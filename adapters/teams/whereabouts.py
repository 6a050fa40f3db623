"""Where the bot is in Teams, as the database knows it: channels, and the teams they belong to."""

from typing import NamedTuple

from adapters.teams.origin import NAME
from bot.events import Place
from storage import places
from storage.database import Tx
from storage.places import PlaceRow


class Team(NamedTuple):
    """A team, or a group chat, in which the bot is; `place` is one of its channels."""

    id: str
    service: str
    tenant: str
    place: Place


def channels(tx: Tx) -> list[PlaceRow]:
    """Every channel and group chat in Teams that was ever known."""
    return [row for row in places.channels(tx) if row.platform == NAME]


def lately(tx: Tx, since: int) -> list[PlaceRow]:
    """The channels and group chats in which the bot is, or was at a moment."""
    return [row for row in channels(tx) if row.gone_at is None or row.gone_at > since]


def teams(tx: Tx) -> list[Team]:
    """The teams and group chats in which the bot is."""
    here = (row for row in channels(tx) if row.gone_at is None)
    return list({team.id: team for team in map(_team, here)}.values())


def once_of_team(tx: Tx, team: str) -> list[PlaceRow]:
    """The channels of a team in which the bot is or was."""
    return [row for row in channels(tx) if row.unpacked().get("team") == team]


def of_team(tx: Tx, team: str) -> list[PlaceRow]:
    """The channels of a team in which the bot is."""
    return [row for row in once_of_team(tx, team) if row.gone_at is None]


def _team(row: PlaceRow) -> Team:
    address = row.unpacked()
    ident = str(address.get("team") or address["conversation"])
    return Team(ident, str(address["service"]), str(address["tenant"]), placed(row))


def placed(row: PlaceRow) -> Place:
    """A stored place as the core's."""
    return Place(NAME, row.ext_id, row.private, row.unpacked())
