"""「相談できる人」: colleagues recognised for a principle who agreed to be asked, the nearest first."""

from collections.abc import Iterable
from datetime import timedelta

from bot.cards import Block, Button, Card, Heading, Reply, Table, muted, row, say
from bot.events import number_in
from bot.turn import Refusal, Turn
from storage import asking, units
from storage.asking import Adviser

RECENT = timedelta(days=730)
SHOWN = 5
FAR = 99


def who(turn: Turn, text: str) -> Reply:
    """`/kizuki who #4`; without a number, one colleague for each principle."""
    number = number_in(text) if text else None
    if text and number not in turn.pack.numbers:
        raise Refusal("notes.no_such_number", back="", number=text, last=turn.pack.numbers[-1])
    t, lang = turn.t, turn.lang
    found = near(turn, number)
    title = t("asking.title") if number is None else t("asking.about", principle=turn.pack.title(number, lang))
    shown = found[:SHOWN] if number is not None else _one_each(found)
    blocks: tuple[Block, ...] = (Heading(title), *_drawn(turn, shown), _offer(turn))
    return Reply(Card(blocks, title, lang))


def near(turn: Turn, number: int | None) -> list[Adviser]:
    """Whom to ask, other than oneself: of one's own unit first, then the nearest, then the most recognised."""
    since = turn.at_in(-RECENT)
    found = asking.advisers(turn.tx, number, since=since, today=turn.day)
    mine = turn.who.id if turn.who else 0
    here = units.above(turn.tx, turn.who.unit_id, today=turn.day) if turn.who and turn.who.unit_id else {}
    return sorted((a for a in found if a.person_id != mine), key=lambda a: (_distance(turn, here, a), -a.givers))


def _distance(turn: Turn, here: dict[int, int], adviser: Adviser) -> int:
    """How many steps up the tree until one meets."""
    if adviser.unit_id is None:
        return FAR
    theirs = units.above(turn.tx, adviser.unit_id, today=turn.day)
    return min((depth for unit, depth in here.items() if unit in theirs), default=FAR)


def _one_each(found: Iterable[Adviser]) -> list[Adviser]:
    first: dict[int, Adviser] = {}
    for adviser in found:
        first.setdefault(adviser.number, adviser)
    return [first[number] for number in sorted(first)]


def _drawn(turn: Turn, found: list[Adviser]) -> tuple[Block, ...]:
    t, lang = turn.t, turn.lang
    if not found:
        return (say(t("asking.nobody")),)
    columns = (t("recognition.who"), t("recognition.where"), t("notes.principles"), t("recognition.givers"))
    rows = tuple(line(turn, adviser, lang) for adviser in found)
    return (Table(t("asking.title"), columns, rows, numeric=(3,)), muted(t("asking.hint")))


def line(turn: Turn, adviser: Adviser, lang: str) -> tuple[str, str, str, str]:
    """A colleague as a row: who, where, for which principle, by how many."""
    english = lang == "en"
    name = (english and adviser.name_en) or adviser.name_ja
    title = adviser.title_en if english else adviser.title_ja
    unit = (adviser.unit_en if english else adviser.unit_ja) or turn.speak(lang)("notes.no_unit")
    return f"{title} {name}".strip(), unit, turn.pack.short(adviser.number, lang), str(adviser.givers)


def _offer(turn: Turn) -> Block:
    if turn.who is None or turn.who.askable:
        return muted(turn.t("asking.you_are_listed") if turn.who else turn.t("asking.how"))
    return row(Button("preferences.open", turn.t("asking.join")))
