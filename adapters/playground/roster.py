"""Who can be played and where they can talk, as the playground looks it up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from bot.events import Handle, Mention, Place
from bot.people import Channel, Directory, Member

NAME = "playground"
AT_SIGNS = ("@", "＠")
BOT_NAMES = ("kizuki", "Kizuki", "気づき")
DIRECT = "dm:"


@dataclass(frozen=True)
class Roster:
    """The directory of one moment."""

    directory: Directory

    @cached_property
    def members(self) -> Mapping[str, Member]:
        """Everybody, by account."""
        return {m.handle_id: m for m in self.directory.members}

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        """The channels, by id."""
        return {c.id: c for c in self.directory.channels}

    def names(self, lang: str) -> dict[str, str]:
        """Shown names by handle, as person fields write it."""
        return {f"{NAME}/{m.handle_id}": name(m, lang) for m in self.directory.members}

    def place(self, account: str, place_id: str) -> Place | None:
        """A place this person can be in: a channel, or their own chat with the bot."""
        if place_id == direct(account):
            return Place(NAME, place_id, private=True)
        return Place(NAME, place_id) if place_id in self.channels else None

    def units(self, lang: str, query: str = "") -> list[tuple[str, list[Member]]]:
        """Members whose words hold `query`, under the names of their units; those with a role come first."""
        wanted = query.casefold().split()
        found: dict[str, list[Member]] = {}
        for m in sorted(self.directory.members, key=lambda m: not m.roles):
            if all(w in words(m) for w in wanted):
                found.setdefault(unit(m, lang), []).append(m)
        return list(found.items())

    def mentions(self, text: str, picked: Mapping[str, str]) -> tuple[Mention, ...]:
        """The colleagues a text names: those picked from the list (account by shown name) and those typed in full."""
        shown = {**self._unique_names, **{k: v for k, v in picked.items() if v in self.members}}
        return tuple(Mention(Handle(NAME, account), at + name) for at, name, account in _named(text, shown))

    @cached_property
    def _unique_names(self) -> dict[str, str]:
        found: dict[str, set[str]] = {}
        for m in self.directory.members:
            for shown in {m.name_ja, m.name_ja.replace(" ", ""), m.name_en, m.handle_id} - {""}:
                found.setdefault(shown, set()).add(m.handle_id)
        return {shown: accounts.pop() for shown, accounts in found.items() if len(accounts) == 1}


def _named(text: str, shown: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """(at sign, name, account) of each name after an at sign, longest name first, everyone once."""
    longest_first = sorted(shown, key=len, reverse=True)
    seen: set[str] = set()
    for at, rest in _after_at(text):
        name = next((n for n in longest_first if _begins(rest, n)), None)
        if name is not None and shown[name] not in seen:
            seen.add(shown[name])
            yield at, name, shown[name]


def _begins(rest: str, name: str) -> bool:
    """Whether a text begins with a name: a Latin one must end there, Japanese runs on without a space."""
    after = rest[len(name) : len(name) + 1]
    return rest.startswith(name) and not (name.isascii() and after.isascii() and after.isalnum())


def _after_at(text: str) -> Iterator[tuple[str, str]]:
    return ((c, text[i + 1 :]) for i, c in enumerate(text) if c in AT_SIGNS)


def calls_bot(text: str) -> str | None:
    """What is asked of the bot in a text that names it, or None when it does not."""
    for called in (at + name for at in AT_SIGNS for name in BOT_NAMES):
        if called in text:
            return text.replace(called, "", 1).strip()
    return None


def direct(account: str) -> str:
    """The place where a person and the bot talk."""
    return DIRECT + account


def name(member: Member, lang: str) -> str:
    """What a member is called in a language."""
    return (lang == "en" and member.name_en) or member.name_ja


def unit(member: Member, lang: str) -> str:
    """The unit a member is in."""
    return (lang == "en" and member.unit_en) or member.unit_ja


def title(member: Member, lang: str) -> str:
    """What a member does."""
    return (lang == "en" and member.title_en) or member.title_ja


def words(member: Member) -> str:
    """Everything a member can be found by."""
    m = member
    parts = (m.name_ja, m.name_en, m.name_ja.replace(" ", ""), m.title_ja, m.title_en, m.unit_ja, m.unit_en)
    return " ".join((*parts, m.handle_id, *m.roles)).casefold()
