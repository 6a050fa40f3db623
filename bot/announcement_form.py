"""What the secretariat writes to announce something: the form, and what is made of what was filled in."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from bot.announcement_view import DOES, Shown, Words
from bot.cards import Block, Button, Card, Choice, Divider, Heading, Option, TextInput, muted, row
from bot.draft_view import known
from bot.events import is_blank
from bot.organisation import LANGUAGES, clock_time
from bot.own_questions import ENDINGS
from bot.people import ROLES, Thing, may, scopes
from bot.schedule import millis
from bot.turn import Refusal, Turn
from storage import announced, audiences, units
from storage.audiences import Audience, Reached
from storage.units import EVER

LONGEST_TITLE, LONGEST_TEXT, LONGEST_LINK = 80, 1_500, 500
EVERYONE, UNITS, CHANNELS = "everyone", "units", "channels"
WHOM = (EVERYONE, UNITS, *ROLES, CHANNELS)
PICKED = {"does": DOES, "whom": WHOM}
FURTHEST = timedelta(days=180)
USUAL_TIME = "09:00"
WORDS = tuple(f"{name}{ending}" for ending in ENDINGS.values() for name in ("title", "text"))
FIELDS = (*WORDS, "number", "does", "link", "whom", "units", "day", "time")
USUAL = {**dict.fromkeys(FIELDS, ""), "number": "0", "does": "read", "whom": EVERYONE}


class Whole(NamedTuple):
    """A form that can go out: what it says, to whom, and when (`at` None: at once)."""

    said: dict[str, Words]
    number: int | None
    does: str
    link: str
    whom: str
    units: tuple[int, ...]
    at: datetime | None

    @property
    def audience(self) -> Audience:
        """Whom it goes to one by one."""
        return audience(self.whom, self.units)

    def shown(self, value: str) -> Shown:
        """What its readers see."""
        return Shown(self.said, self.number, self.does, value)


def usual(turn: Turn) -> dict[str, str]:
    """The form as it is first opened; who looks after some units writes to those."""
    own = own_units(turn)
    return USUAL if own is None else {**USUAL, "whom": UNITS, "units": "、".join(own)}


def audience(whom: str, found: Iterable[int]) -> Audience:
    """An audience by what was chosen; channels are no people."""
    return Audience(tuple(found), whom if whom in ROLES else "")


def stored_units(text: str) -> tuple[int, ...]:
    """The units of a stored announcement."""
    return tuple(json.loads(text))


def reached(turn: Turn, whole: Whole) -> Reached:
    """How many people or channels there are today."""
    if whole.whom == CHANNELS:
        return Reached(announced.count_places(turn.tx, whole.units, today=turn.day), 0, 0)
    return audiences.count(turn.tx, whole.audience, today=turn.day)


def whole(turn: Turn, said: Mapping[str, str]) -> Whole:
    """What was filled in, checked; a refusal names its field."""
    words, link = words_of(said), said["link"].strip()
    for name, choices in PICKED.items():
        if said[name] not in choices:
            raise Refusal("announcements.choose", field=name)
    number = next(iter(known(turn, (said["number"],))), None)
    if number is None and said["number"] != "0":
        raise Refusal("announcements.choose", field="number")
    if said["does"] == "link" and not _is_page(link):
        raise Refusal("announcements.no_page", field="link")
    link = link if said["does"] == "link" else ""
    return Whole(words, number, said["does"], link, said["whom"], _units(turn, said), _moment(turn, said))


def words_of(said: Mapping[str, str]) -> dict[str, Words]:
    """The words in each language in which there are any: Japanese always, others with title and text."""
    found = {}
    for lang, ending in ENDINGS.items():
        words = Words(said[f"title{ending}"].strip(), said[f"text{ending}"].strip())
        if lang != "ja" and is_blank("".join(words)):
            continue
        for name, longest in (("title", LONGEST_TITLE), ("text", LONGEST_TEXT)):
            if is_blank(getattr(words, name)) or len(getattr(words, name)) > longest:
                raise Refusal("announcements.length", field=f"{name}{ending}", longest=longest)
        found[lang] = words
    return found


def _is_page(link: str) -> bool:
    try:
        found = urlsplit(link)
    except ValueError:
        return False
    return found.scheme == "https" and bool(found.netloc) and len(link) <= LONGEST_LINK and not re.search(r"\s", link)


def _units(turn: Turn, said: Mapping[str, str]) -> tuple[int, ...]:
    """The units it is for; who looks after some units only writes to those."""
    codes = (
        () if said["whom"] == EVERYONE else tuple(dict.fromkeys(filter(None, re.split(r"[\s,、，]+", said["units"]))))
    )
    if said["whom"] == UNITS and not codes:
        raise Refusal("announcements.units_needed", field="units")
    found = [units.by_code(turn.tx, code) for code in codes]
    alive = [unit.id for unit in found if unit and unit.starts_on <= turn.day < (unit.ends_on or EVER)]
    if len(alive) < len(codes):
        wrong = [code for code, unit in zip(codes, found, strict=True) if not unit or unit.id not in alive]
        raise Refusal("announcements.no_unit", field="units", codes="、".join(wrong))
    if not may_write_to(turn, alive):
        own = turn.t("notes.word_separator").join(own_units(turn) or ())
        raise Refusal("announcements.only_yours", field="units" if codes else "whom", codes=own)
    return tuple(alive)


def may_write_to(turn: Turn, found: Iterable[int]) -> bool:
    """Whether the person may announce to all of these units; to none of them is to everybody."""
    asked: list[int | None] = [*found]
    return all(may(turn, "announce.to", Thing(unit_id=unit)) for unit in asked or [None])


def own_units(turn: Turn) -> list[str] | None:
    """The codes of the units one looks after; None for all."""
    held = scopes(turn, "secretariat")
    found = [units.get(turn.tx, unit) for unit in held if unit is not None]
    return None if None in held else [unit.code for unit in found if unit]


def _moment(turn: Turn, said: Mapping[str, str]) -> datetime | None:
    """When it is to go out, in the organisation's zone; None is at once."""
    day, clock = said["day"].strip(), said["time"].strip()
    if not day and not clock:
        return None
    try:
        wanted = date.fromisoformat(day or turn.day)
    except ValueError:
        raise Refusal("announcements.no_day", field="day") from None
    try:
        at = datetime.combine(wanted, time.fromisoformat(clock_time(clock or USUAL_TIME)), turn.now.tzinfo)
    except ValueError:
        raise Refusal("announcements.no_time", field="time") from None
    if not turn.at < millis(at) <= turn.at_in(FURTHEST):
        raise Refusal("announcements.not_then", field="day" if day else "time", last=turn.today + FURTHEST)
    return at


def drawn(turn: Turn, said: Mapping[str, str]) -> Card:
    """The form: what is needed every time comes first."""
    t = turn.t
    numbers = tuple(Option(str(n), turn.pack.title(n, turn.lang)) for n in turn.pack.numbers)
    blocks: tuple[Block, ...] = (
        Heading(t("announcements.new_title")),
        *_words(turn, said, ("ja",)),
        _pick(turn, said, "whom", tuple(Option(one, t(f"announcements.whom.{one}")) for one in WHOM)),
        _line(turn, said, "units"),
        _pick(turn, said, "does", tuple(Option(one, t(f"announcements.does.{one}")) for one in DOES)),
        _line(turn, said, "link"),
        _pick(turn, said, "number", (Option("0", t("announcements.no_number")), *numbers)),
        _line(turn, said, "day"),
        _line(turn, said, "time"),
        Divider(),
        muted(t("announcements.rarely")),
        *_words(turn, said, ("en", "ja-easy")),
        row(Button("announce.preview", t("announcements.preview"), "", "primary")),
    )
    return Card(blocks, t("announcements.new_title"), turn.lang)


def drawn_again(turn: Turn, announcement_id: int, said: Mapping[str, str]) -> Card:
    """The form to correct the words of one that went out."""
    t = turn.t
    blocks: tuple[Block, ...] = (
        Heading(t("announcements.correct_title")),
        muted(t("announcements.correct_about")),
        *_words(turn, said, LANGUAGES),
        row(Button("announce.edited", t("announcements.correct"), str(announcement_id), "primary")),
    )
    return Card(blocks, t("announcements.correct_title"), turn.lang)


def _words(turn: Turn, said: Mapping[str, str], langs: Iterable[str]) -> list[Block]:
    lines = {"title": 1, "text": 6}
    return [_line(turn, said, f"{name}{ENDINGS[lang]}", n) for lang in langs for name, n in lines.items()]


def _pick(turn: Turn, said: Mapping[str, str], name: str, options: tuple[Option, ...]) -> Choice:
    return Choice(name, turn.t(f"announcements.field.{name}"), options, (said[name],), look="menu")


def _line(turn: Turn, said: Mapping[str, str], name: str, lines: int = 1) -> TextInput:
    form = "date" if name == "day" else "time" if name == "time" else "text"
    longest = LONGEST_TEXT if name.startswith("text") else LONGEST_TITLE
    hint = turn.t(f"announcements.hint.{name}", longest=longest)
    needed = name in ("title", "text")
    label = turn.t(f"announcements.field.{name}")
    return TextInput(name, label, said[name], hint, lines=lines, format=form, required=needed)  # type: ignore[arg-type]
