"""Who can be reached and who cannot: one status for everyone who works here, the best there is for them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.platforms import Platforms
from bot.schedule import moment
from storage import reach
from storage.database import Tx
from storage.reach import Channels, Chat, Ended, Known, Member

REACHED, UNTRIED, GONE, GUEST, NO_CHAT, NEVER = "reached", "untried", "gone", "guest", "no_chat", "never_seen"
CLOSED = "closed"
# Why a chat is gone, the most easily mended first; `gone` is any other reason.
LOST = ("blocked", "uninstalled", "not_installed", CLOSED, GONE)
# Best first: who has several chats and accounts has the first of these that one of them gives.
STATUSES = (REACHED, UNTRIED, *LOST, GUEST, NO_CHAT, NEVER)
# Where messages can go.
REACHABLE = (REACHED, UNTRIED)
# A platform on which a chat can be known before it was ever opened.
DIRECTORY = "teams"


class Standing(NamedTuple):
    """How somebody can be reached: on which platforms, and since which day that is so, where it is known.

    `off`: the platforms are ones that app.yaml has off.
    """

    who: Member
    status: str
    platforms: tuple[str, ...]
    since: str
    off: bool = False


class Line(NamedTuple):
    """How many people share a status and its platforms, and how many of them want no messages."""

    status: str
    platforms: tuple[str, ...]
    off: bool
    people: int
    muted: int


class Reach(NamedTuple):
    """The whole report; `waiting` is what is owed to people who cannot be reached: messages, people."""

    standings: tuple[Standing, ...]
    channels: tuple[Channels, ...]
    waiting: tuple[int, int]
    daily: str
    states: dict[str, int]

    @property
    def lines(self) -> list[Line]:
        """The people counted by status and platforms: best first, then the most."""
        people, muted = Counter(map(_sort, self.standings)), Counter(_sort(s) for s in self.standings if s.who.muted)
        found = [Line(*sort, count, muted[sort]) for sort, count in people.items()]
        return sorted(found, key=lambda line: (STATUSES.index(line.status), line.off, -line.people, line.platforms))

    @property
    def muted(self) -> int:
        """How many people want no messages."""
        return sum(standing.who.muted for standing in self.standings)


class Counts(NamedTuple):
    """How many people have which status, how many want no messages, and what waits for those not reached."""

    by_status: Counter[str]
    muted: int
    waiting: tuple[int, int]


class _Evidence(NamedTuple):
    """What one chat or account says of its person, and since when."""

    says: "_Says"
    at: int | None


class _Says(NamedTuple):
    status: str
    platform: str
    off: bool


def turned_on(platforms: Platforms) -> frozenset[str]:
    """The names of the platforms that app.yaml has on."""
    return frozenset(name for name in Platforms.model_fields if getattr(platforms, name))


def report(tx: Tx, on: frozenset[str], zone: ZoneInfo, *, today: str, unit: int | None = None) -> Reach:
    """Everyone's status, or that of a unit and below, the channels, and what waits for those who are not reached."""
    said = _said(reach.chats(tx), reach.accounts(tx), reach.ended(tx), on)
    found = tuple(_standing(who, said.get(who.id, ()), zone) for who in reach.members(tx, today=today, unit=unit))
    day, sent = reach.last_daily(tx)
    inside = {standing.who.id for standing in found}
    states = Counter(one.state for one in sent if one.person_id in inside)
    channels = tuple(reach.channels(tx, today=today, unit=unit))
    return Reach(found, channels, _owed(((s.who.id, s.status) for s in found), reach.waiting(tx)), day, dict(states))


def counts(tx: Tx, on: frozenset[str], *, today: str, unit: int | None = None) -> Counts:
    """Of the same report how many there are of each, without who it is."""
    said = _said(reach.chats(tx), reach.accounts(tx), reach.ended(tx), on)
    people = reach.counted(tx, today=today, unit=unit)
    status = {person: _judged(_all(said.get(person, ())))[0] for person, _ in people}
    muted = sum(muted for _, muted in people)
    return Counts(Counter(status.values()), muted, _owed(status.items(), reach.waiting(tx)))


def _owed(found: Iterable[tuple[int, str]], waiting: Mapping[int, int]) -> tuple[int, int]:
    """What waits for people of these statuses who are not reached: messages, people."""
    owed = [waiting[person] for person, status in found if status not in REACHABLE and person in waiting]
    return sum(owed), len(owed)


def _said(
    chats: Iterable[Chat], accounts: Iterable[Known], ended: Iterable[Ended], on: frozenset[str]
) -> dict[int, list[_Evidence]]:
    """What is known of each person."""
    said: dict[int, list[_Evidence]] = defaultdict(list)
    for chat in chats:
        at = chat.linked_at if chat.gone_at is None else chat.gone_at
        said[chat.person_id].append(_seen(_of_chat(chat), chat.platform, at, on))
    for account in accounts:
        status = GUEST if account.kind == "guest" else NO_CHAT
        said[account.person_id].append(_seen(status, account.platform, account.linked_at, on))
    for one in ended:
        # Whoever has another account on that platform by now is judged by it.
        others = {known.says.platform for known in said[one.person_id]}
        if one.why == CLOSED and one.platform in on - others:
            said[one.person_id].append(_Evidence(_Says(CLOSED, one.platform, off=False), one.at))
    return said


def _seen(status: str, platform: str, at: int | None, on: frozenset[str]) -> _Evidence:
    """Where a platform is off, no more is known than that there is an account."""
    if platform in on:
        return _Evidence(_Says(status, platform, off=False), at)
    return _Evidence(_Says(NO_CHAT, platform, off=True), None)


def _of_chat(chat: Chat) -> str:
    if chat.gone_at is not None:
        if chat.gone_why == CLOSED and chat.linked_at is not None and chat.linked_at >= chat.gone_at:
            # The account is there again; its chat is known only once it is opened.
            return NO_CHAT
        return chat.gone_why if chat.gone_why in LOST else GONE
    return UNTRIED if chat.platform == DIRECTORY and not chat.conversation else REACHED


def _standing(who: Member, said: Sequence[_Evidence], zone: ZoneInfo) -> Standing:
    """What somebody's chats and accounts come to."""
    status, platforms, off = _judged(_all(said))
    if status == NEVER:
        return Standing(who, NEVER, (), who.joined_on)
    shown = (one for one in said if one.says.status == status and one.says.off == off)
    return Standing(who, status, platforms, _since(status, shown, zone), off)


def _all(said: Iterable[_Evidence]) -> tuple[_Says, ...]:
    return tuple(one.says for one in said)


@lru_cache(maxsize=1024)
def _judged(said: tuple[_Says, ...]) -> tuple[str, tuple[str, ...], bool]:
    """The status, its platforms, and whether they are off: many people have the same chats and accounts."""
    # A platform that is off counts only for somebody who is on none that is on.
    off = all(one.off for one in said)
    counting = [one for one in said if one.off == off]
    if not counting:
        return NEVER, (), False
    status = _best({one.status for one in counting})
    return status, tuple(sorted({one.platform for one in counting if one.status == status})), off


def _best(found: set[str]) -> str:
    """The first of several; somebody with an account of their own is no guest, even where nothing reaches it."""
    best = min(found, key=STATUSES.index)
    return NO_CHAT if best == GUEST and NO_CHAT in found else best


def _since(status: str, shown: Iterable[_Evidence], zone: ZoneInfo) -> str:
    """The day the first account was linked, or the last chat was lost."""
    moments = [one.at for one in shown if one.at is not None]
    if not moments:
        return ""
    return moment(max(moments) if status in LOST else min(moments), zone).date().isoformat()


def _sort(standing: Standing) -> tuple[str, tuple[str, ...], bool]:
    return standing.status, standing.platforms, standing.off
