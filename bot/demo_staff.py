"""Who works in the demo organisation: units, people, their accounts, roles and chats."""

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from bot.documents import read
from storage import accounts, people, places, postings, roles, units
from storage.database import Tx

PLATFORM = "playground"
FOUNDED = "2022-04-01"
Entry = dict[str, Any]


class Member(NamedTuple):
    """A person of the demo. `bureau` is the first part of their unit's code."""

    id: int
    account: str
    unit_id: int
    bureau: str
    language: str
    roles: tuple[str, ...]

    @property
    def manager(self) -> bool:
        """Whether they answer notes."""
        return "manager" in self.roles


@dataclass(frozen=True, slots=True)
class Staff:
    """Everyone, and the keys of the units by their codes."""

    members: tuple[Member, ...]
    units: dict[str, int]

    def writer(self, unit_id: int, text: str, rng: Random) -> Member:
        """A person of a unit who could have written a text: not its manager, and in their language where possible."""
        here = [m for m in self.members if m.unit_id == unit_id]
        return rng.choice(closest([m for m in here if not m.manager] or here, language(text)))

    def near(self, member: Member) -> list[Member]:
        """Colleagues of the same unit."""
        return [m for m in self.members if m.unit_id == member.unit_id and m != member]

    def executive(self) -> Member:
        """The person who speaks for the top."""
        return next(m for m in self.members if "executive" in m.roles)


def settle(tx: Tx, organisation: Entry, lang: str, *, at: int) -> Staff:
    """Write the organisation down; channels are called as its language calls them."""
    keys: dict[str, int] = {}
    for unit in organisation["units"]:
        keys[unit["code"]] = _unit(tx, unit, keys.get(unit["parent"]))
    members = tuple(_person(tx, i, entry, keys) for i, entry in enumerate(organisation["people"], 1))
    for device in organisation["devices"]:
        accounts.note(tx, PLATFORM, device["id"], kind=device["kind"], at=at)
    for channel in organisation["channels"]:
        _channel(tx, channel, keys, lang)
    return Staff(members, keys)


def entries(folder: Path, name: str) -> Any:
    """The data of one of the demo's files."""
    return read(folder / f"{name}.yaml").data


def language(text: str) -> str:
    """The language a demo text is in: easy Japanese is what is written with spaces."""
    if text.isascii() or not any("\u3040" <= c <= "\u9fff" for c in text):
        return "en"
    return "ja-easy" if " " in text else "ja"


def closest(members: list[Member], lang: str) -> list[Member]:
    """Those who write a language, or else the nearest to it."""

    def distance(member: Member) -> int:
        return 0 if member.language == lang else 1 + ("en" in (member.language, lang))

    least = min(map(distance, members))
    return [m for m in members if distance(m) == least]


def _unit(tx: Tx, unit: Entry, parent: int | None) -> int:
    name = unit["name"]
    return units.add(tx, code=unit["code"], name_ja=name["ja"], name_en=name["en"], parent_id=parent, starts_on=FOUNDED)


def _person(tx: Tx, number: int, entry: Entry, keys: dict[str, int]) -> Member:
    name, title, unit_id = entry["name"], entry["title"], keys[entry["unit"]]
    person_id = people.add(
        tx,
        number=f"D{number:04d}",
        name_ja=name["ja"],
        name_en=name["en"],
        title_ja=title["ja"],
        title_en=title["en"],
        language=entry["language"],
        joined_on=FOUNDED,
        askable=entry.get("askable", False),
    )
    accounts.add(tx, PLATFORM, entry["id"], person_id=person_id)
    postings.add(tx, person_id, unit_id, starts_on=FOUNDED)
    for role in entry["roles"]:
        roles.add(tx, person_id, role, unit_id=unit_id if role == "manager" else None, starts_on=FOUNDED)
    places.save(
        tx,
        platform=PLATFORM,
        ext_id=f"dm:{entry['id']}",
        private=True,
        address={},
        person_id=person_id,
        account=entry["id"],
    )
    held = tuple(entry["roles"])
    return Member(person_id, entry["id"], unit_id, entry["unit"][:2], entry["language"], held)


def _channel(tx: Tx, channel: Entry, keys: dict[str, int], lang: str) -> None:
    places.save(
        tx,
        platform=PLATFORM,
        ext_id=channel["id"],
        private=False,
        address={},
        title=channel["name"]["en" if lang == "en" else "ja"],
        unit_id=keys.get(channel["unit"] or ""),
        kudos=channel.get("kudos", False),
    )
