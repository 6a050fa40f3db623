"""Who is who, and what they may do."""

from dataclasses import dataclass
from typing import NamedTuple

from bot.turn import Refusal, Turn
from storage import accounts, people, places, roles, units
from storage.database import Tx
from storage.people import PersonRow
from storage.roles import DELEGATE, RoleRow

ROLES = ("manager", "secretariat", "executive", "administrator")
ANSWERERS = ("manager", DELEGATE)
# Who reads what of a unit they hold one of these roles for.
READERS = {
    "digest.read": (*ANSWERERS, "secretariat", "executive"),
    "unit.read": ("manager", "secretariat", "executive"),
    "recognition.read": ("secretariat", "executive", "administrator"),
    "reach.read": ("secretariat", "administrator"),
    "award.give": ("secretariat",),
}


class Thing(NamedTuple):
    """What an action is about: the unit it belongs to, the person it is of, who may see it."""

    unit_id: int | None = None
    owner_id: int | None = None
    audience: str = "unit"


def may(turn: Turn, action: str, thing: Thing = Thing()) -> bool:
    """Whether the person may do something; every button, command, page and file asks here."""
    if turn.who is None:
        return False
    owner = thing.owner_id == turn.who.id
    match action:
        case "note.edit" | "kudos.take_back":
            return owner
        case "file.fetch":
            return owner
        case "account.unlink":
            return owner or _holds(turn, thing.unit_id, "administrator")
        case "person.look_up":
            return _holds(turn, thing.unit_id, "administrator")
        case "note.see":
            return thing.audience != "office" or owner or _holds(turn, thing.unit_id, "secretariat")
        case "note.name":
            return thing.audience != "anonymous" or owner or _holds(turn, thing.unit_id, "secretariat")
        case "note.answer":
            answerers = ("secretariat",) if thing.audience == "office" else ("secretariat", *ANSWERERS)
            return _holds(turn, thing.unit_id, *answerers)
        case "place.ask":
            return _holds_any(turn, "secretariat", "manager")
        case "place.settings":
            return _holds(turn, thing.unit_id, "secretariat", "manager")
        case "digest.read" | "unit.read" | "recognition.read" | "reach.read" | "award.give":
            return _holds(turn, thing.unit_id, *READERS[action])
        case "delegate.name":
            return _manages_oneself(turn)
        case "delegate.end":
            return owner
        case "award.certificate":
            return owner or _holds(turn, thing.unit_id, "secretariat")
        case "page.read":
            return True
        case "pulse.ask":
            return _holds_any(turn, "secretariat")
        case "pulse.follow":
            return _holds(turn, None, "secretariat")
        case "announce.write":
            return _holds_any(turn, "secretariat")
        case "announce.to":
            return _holds(turn, thing.unit_id, "secretariat")
        case "announce.follow":
            return _holds(turn, thing.unit_id, "secretariat") or (owner and _holds_any(turn, "secretariat"))
        case "figure.see":
            inside = turn.who.unit_id is not None and _is_within(turn, turn.who.unit_id, thing.unit_id)
            return owner or inside or _holds(turn, thing.unit_id, "manager", "secretariat", "executive")
        case "figure.name":
            return _holds(turn, thing.unit_id, "manager")
        case "figure.report":
            return owner or _holds(turn, thing.unit_id, "manager")
        case "figure.tell":
            return owner
        case "leader.write":
            return _holds_any(turn, "executive")
        case "leader.withdraw":
            return owner or _holds(turn, None, "secretariat")
    raise AssertionError(action)


def require(turn: Turn, action: str, thing: Thing = Thing()) -> None:
    """Refuse kindly unless the person may."""
    if not may(turn, action, thing):
        raise Refusal("people.may_not")


def _holds(turn: Turn, unit_id: int | None, *names: str) -> bool:
    """Whether one holds one of these roles where it reaches a unit; None is the whole organisation."""
    return any(r.role in names and _reaches(turn, r, unit_id) for r in turn.roles)


def _holds_any(turn: Turn, *names: str) -> bool:
    return any(r.role in names for r in turn.roles)


def _manages_oneself(turn: Turn) -> bool:
    """Whether one manages a unit by oneself; what one does for another cannot be handed on."""
    held = roles.history(turn.tx, turn.me.id)
    begun = (r for r in held if r.role == "manager" and r.starts_on <= turn.day)
    return any(r.ends_on is None or r.ends_on > turn.day for r in begun)


def _reaches(turn: Turn, role: RoleRow, unit_id: int | None) -> bool:
    if role.unit_id is None:
        return True
    return unit_id is not None and units.is_under(turn.tx, unit_id, role.unit_id, today=turn.day)


def _is_within(turn: Turn, unit_id: int, above: int | None) -> bool:
    return above is not None and units.is_under(turn.tx, unit_id, above, today=turn.day)


def managed(turn: Turn) -> list[int]:
    """The units the person answers for; who manages the whole organisation answers for those at its top."""
    return reach(turn, "manager")


def answering(turn: Turn) -> list[int]:
    """The units whose notes the person answers, as their manager or for them."""
    return reach(turn, *ANSWERERS)


def office(turn: Turn, unit_id: int | None) -> list[int]:
    """The secretariat as far as it looks after a unit; None is the whole organisation."""
    held = roles.holders(turn.tx, "secretariat", today=turn.day)
    return list(dict.fromkeys(p for p, u in held if _reaches(turn, RoleRow("secretariat", u), unit_id)))


def scopes(turn: Turn, name: str) -> list[int | None]:
    """Where one holds a role: None for the whole organisation, which holds all the others."""
    found = dict.fromkeys(r.unit_id for r in turn.roles if r.role == name)
    return [None] if None in found else list(found)


def reach(turn: Turn, *names: str) -> list[int]:
    """The units from which down one holds one of these roles, each once."""
    found: list[int] = []
    for role in turn.roles:
        if role.role in names:
            found += [role.unit_id] if role.unit_id is not None else units.tops(turn.tx, today=turn.day)
    return list(dict.fromkeys(found))


def reading(turn: Turn, action: str) -> list[int]:
    """The units from which down one may read something, each once."""
    return reach(turn, *READERS[action])


def picked(turn: Turn, values: tuple[str, ...]) -> list[PersonRow]:
    """The people chosen in a person pick, each once; an unknown one is refused."""
    found: dict[int, PersonRow] = {}
    for value in values:
        platform, _, ext_id = value.partition("/")
        person = people.resolve(turn.tx, platform, ext_id, today=turn.day)
        if person is None:
            raise Refusal("people.nobody_picked")
        found[person.id] = person
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Member:
    """A colleague, for lists to choose from."""

    handle_id: str
    name_ja: str
    name_en: str
    title_ja: str
    title_en: str
    unit_ja: str
    unit_en: str
    roles: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of a platform."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Directory:
    """Who and what there is on a platform."""

    members: tuple[Member, ...]
    channels: tuple[Channel, ...]


def directory(tx: Tx, today: str, platform: str = "playground") -> Directory:
    """Everyone with an account on a platform, and its channels."""
    named = {u.id: u for u in units.everything(tx)}
    staff = {p.id: p for p in people.staff(tx, today=today)}
    held: dict[int, list[str]] = {}
    for role in ROLES:
        for person_id, _ in roles.holders(tx, role, today=today):
            held.setdefault(person_id, []).append(role)
    members = []
    for account in accounts.on(tx, platform):
        person = staff.get(account.person_id or 0)
        if account.person_id is None:
            members.append(Member(account.ext_id, account.ext_id, account.ext_id, "", "", "", "", (), ""))
        if person is None:
            continue
        unit = named.get(person.unit_id or 0)
        members.append(
            Member(
                account.ext_id,
                person.name_ja,
                person.name_en,
                person.title_ja,
                person.title_en,
                unit.name_ja if unit else "",
                unit.name_en if unit else "",
                tuple(dict.fromkeys(held.get(person.id, ()))),
                person.language,
            )
        )
    channels = (c for c in places.channels(tx) if c.platform == platform)
    return Directory(tuple(members), tuple(Channel(c.ext_id, c.title) for c in channels))
