"""What a window is shown, as data: messages, cards, the clock."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from typing import Any

from markupsafe import Markup

from adapters.markup import el
from adapters.playground import roster as people
from adapters.playground.needs import PhrasesLike
from adapters.playground.render import Drawing, draw, title, tongue
from adapters.playground.roster import DIRECT, Roster
from bot import cards
from bot.cards import Card, Reply
from bot.organisation import LANGUAGES
from bot.people import Member
from bot.phrases import Speak, day, moment
from storage.messages import MessageRow

JOBS = frozenset(("daily", "digest", "recognition", "pulse", "pulse-close"))
ROLES = frozenset(("manager", "executive", "secretariat", "administrator"))
COLOURS = 8
MARK = Markup(
    '<svg class="avatar mark" viewBox="0 0 40 40" aria-hidden="true" focusable="false">'
    '<rect class="mark-ground" width="40" height="40" rx="12"/>'
    '<path class="mark-bubble" d="M9 12.5A4.5 4.5 0 0 1 13.5 8h13A4.5 4.5 0 0 1 31 12.500v9a4.5 4.5 0 0 1'
    '-4.5 4.500H19l-6.2 5.300c-.5.4-1.2 0-1.2-.6V25.600A4.5 4.5 0 0 1 9 21.500z"/>'
    '<path class="mark-spark" d="M20 10.800l1.7 4.5 4.5 1.7-4.5 1.700L20 23.200l-1.7-4.5-4.5-1.7 4.5-1.700z"/></svg>'
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose eyes something is drawn for."""

    account: str
    lang: str
    phrases: PhrasesLike
    roster: Roster
    zone: tzinfo | None

    def t(self, key: str, **values: object) -> str:
        """A phrase of the playground in the reader's language."""
        return self.phrases(self.lang, f"playground.{key}", **values)

    def drawn(self, card: Card, ident: str, level: int = 3) -> Markup:
        """A card in its own language, with names as that language writes them."""
        lang = card.lang if card.lang in LANGUAGES else self.lang
        speak: Speak = partial(self.phrases, lang)
        return draw(card, Drawing(ident, speak, self.roster.names(lang), level, self.account))


def beside(reader: Reader, reply: Reply | None, ident: str) -> dict[str, Any]:
    """A reply that is no message: a dialog or home, for the window that asked."""
    if reply is None or reply.at not in ("dialog", "home"):
        return {}
    shown = {
        "html": reader.drawn(reply.card, ident, level=2),
        "title": title(reply.card),
        "summary": reply.card.summary,
        "lang": tongue(reply.card.lang),
        "replaces": reply.replaces,
    }
    return {reply.at: shown}


def message(row: MessageRow, reader: Reader) -> dict[str, Any]:
    """A message, drawn for one reader."""
    at = datetime.fromtimestamp(row.at / 1000, reader.zone)
    author = reader.roster.members.get(row.author)
    card = cards.load(row.card) if row.card else None
    shown = people.name(author, reader.lang) if author else (row.author or reader.t("bot"))
    return {
        "id": row.id,
        "rev": row.edited,
        "place": row.place,
        "author": row.author,
        "day": f"{at:%Y-%m-%d}",
        "dayText": day(reader.lang, at.date()),
        "name": shown,
        "summary": card.summary if card else row.text,
        "lang": tongue(card.lang) if card else "",
        "html": _item(row, reader, card, shown=shown, at=at),
    }


def _item(row: MessageRow, reader: Reader, card: Card | None, *, shown: str, at: datetime) -> Markup:
    face = avatar(row.author, shown) if row.author else MARK
    body = reader.drawn(card, f"m{row.id}") if card else el("p", row.text, class_="typed said", dir="auto")
    head = el("div", el("span", shown, class_="name"), _badges(row, reader), _time(at, reader), class_="message-head")
    return el(
        "li",
        face,
        el("div", head, body, class_="message-body"),
        class_="message bot" if card else "message",
        id=f"m{row.id}",
        tabindex=-1,
        data_id=row.id,
        data_rev=row.edited,
        data_author=row.author,
    )


def _badges(row: MessageRow, reader: Reader) -> Markup:
    me = el("span", reader.t("you"), class_="badge you") if row.author == reader.account else ""
    robot = "" if row.author else el("span", reader.t("bot_badge"), class_="badge robot")
    aside = row.only_for and not row.place.startswith(DIRECT)
    only = el("span", reader.t("only_you"), class_="badge only") if aside else ""
    return Markup("").join((me, robot, only))


def _time(at: datetime, reader: Reader) -> Markup:
    return el("time", hour(at), datetime=at.isoformat(timespec="seconds"), title=moment(reader.lang, at))


def hour(at: datetime) -> str:
    """A time of day: 9:05."""
    return f"{at.hour}:{at:%M}"


def avatar(account: str, shown: str) -> Markup:
    """A person's first character on a colour that is always theirs."""
    colour = sum(account.encode()) % COLOURS
    return el("span", shown[:1], class_=f"avatar colour-{colour}", aria_hidden="true")


def clock(now: datetime, coming: tuple[str, datetime] | None, reader: Reader) -> dict[str, Any]:
    """The simulated time and what comes next."""
    following = None
    if coming:
        job, at = coming
        label = reader.t(f"job.{job if job in JOBS else 'other'}")
        following = {"job": job, "label": label, "text": moment(reader.lang, at)}
    return {"text": moment(reader.lang, now), "iso": f"{now:%Y-%m-%dT%H:%M}", "next": following}


def person(member: Member, lang: str) -> dict[str, Any]:
    """A member, for lists to choose from."""
    return {
        "id": member.handle_id,
        "name": people.name(member, lang),
        "other": other_name(member, lang),
        "title": people.title(member, lang),
        "unit": people.unit(member, lang),
        "words": people.words(member),
        "avatar": avatar(member.handle_id, people.name(member, lang)),
    }


def other_name(member: Member, lang: str) -> str:
    """The name in the other language, when it is another."""
    other = people.name(member, "ja" if lang == "en" else "en")
    return "" if other == people.name(member, lang) else other


def roles(member: Member, t: Reader) -> list[str]:
    """The names of a member's roles."""
    return [t.t(f"role.{r}") if r in ROLES else r for r in member.roles]
