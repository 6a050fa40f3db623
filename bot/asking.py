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
    steps = {unit: _steps(turn, here, unit) for unit in {a.unit_id for a in found}}
    return sorted((a for a in found if a.person_id != mine), key=lambda a: (steps[a.unit_id], -a.givers))


def _steps(turn: Turn, here: dict[int, int], unit_id: int | None) -> int:
    """How many steps up the tree until one meets a unit's people."""
    theirs = units.above(turn.tx, unit_id, today=turn.day) if unit_id is not None else {}
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
    return (table(turn, found, lang), muted(t("asking.hint")))


def table(turn: Turn, found: list[Adviser], lang: str) -> Table:
    """Colleagues to ask, one a row."""
    t = turn.speak(lang)
    columns = (t("recognition.who"), t("recognition.where"), t("notes.principles"), t("recognition.givers"))
    return Table(t("asking.title"), columns, tuple(_line(turn, adviser, lang) for adviser in found), numeric=(3,))


def _line(turn: Turn, adviser: Adviser, lang: str) -> tuple[str, str, str, str]:
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
