"""What was published of a survey as a table: every group that is shown, with every answer; nothing but the release."""

from collections.abc import Iterator

from bot import pulse_view, release
from bot.book import Asked, Words, book, rest, words
from bot.published import Group, Published
from bot.pulse_groups import WHOLE
from bot.questions import Asked as Question
from bot.sheets import Book, Cell, Chart, Column, Row, Sheet, share, text
from bot.turn import Refusal, Turn
from storage import pulses, units
from storage.pulses import CLOSED, PulseRow

# How a figure is told, as the release says.
EXACT, TOPPED, HIDDEN = "exact", "topcoded", "hidden"


def check(turn: Turn, asked: Asked) -> None:
    """Refuse it where there is no such survey, before anything is promised."""
    _chosen(turn, asked)


def build(turn: Turn, asked: Asked) -> Book:
    """The release of a survey by its code, or of the last one that closed in the period."""
    w = words(turn, asked)
    pulse = _chosen(turn, asked)
    found, questions = release.results(turn, pulse.code), pulse_view.asked(pulse.questions)
    names = {unit.code: unit.name(asked.lang) for unit in units.everything(turn.tx)}
    names.setdefault(WHOLE, turn.settings.organisation.title(asked.lang))
    counted = [question for question in questions if question.values]
    rows = [row for question in counted for row in _rows(turn, asked, found, question, names)]
    columns = _columns(turn, asked)
    whole = Sheet(
        w.say("sheet.pulse"),
        w.say("sheet.pulse"),
        columns,
        rows,
        len(rows),
        notes=(w.say("pulse_shown", k=found.k),),
        rest=rest(turn, asked, columns, len(rows)),
    )
    overview = [_overview(turn, asked, found, question) for question in counted]
    about = w.say("pulse_about", survey=pulse.code, visible=f"{100 * found.visible:.1f}")
    return book(turn, asked, (*overview, whole), notes=(about, w.say("pulse_rule", k=found.k)))


def _chosen(turn: Turn, asked: Asked) -> PulseRow:
    """The survey that was asked for; whether it is closed is asked where its figures leave."""
    if asked.code:
        found = pulses.by_code(turn.tx, asked.code)
        if found is None:
            raise Refusal("pulse_asking.unknown", code=asked.code)
        return found
    first, end = asked.period.first.isoformat(), asked.period.end.isoformat()
    closed = [p for p in pulses.everything(turn.tx) if p.state == CLOSED and first <= (p.closed_on or "") < end]
    if not closed:
        raise Refusal("files.no_survey")
    return max(closed, key=lambda pulse: (pulse.closed_on or "", pulse.id))


def _columns(turn: Turn, asked: Asked) -> tuple[Column, ...]:
    w = words(turn, asked)
    return (
        text(w.say("question"), 24),
        text(w.say("unit_code"), 10, paper=False),
        text(w.say("unit"), 22),
        text(w.say("above"), 10, paper=False),
        Column(w.say("invited")),
        Column(w.say("answered_people")),
        text(w.say("answer"), 20),
        Column(w.say("count")),
        Column(w.say("part"), "share"),
        text(w.say("told"), 9),
    )


def _rows(turn: Turn, asked: Asked, found: Published, question: Question, names: dict[str, str]) -> Iterator[Row]:
    released = found.question(question.id)
    for group in released.groups if released else ():
        if asked.unit is None or asked.unit.code in (*group.units, group.parent):
            yield from _group(turn, asked, question, group, names)


def _group(turn: Turn, asked: Asked, question: Question, group: Group, names: dict[str, str]) -> Iterator[Row]:
    w = words(turn, asked)
    codes, told = " ".join(group.units), w.say(f"shown.{group.shown}")
    called = w.t("notes.word_separator").join(_called(w, code, group, names) for code in group.units)
    head: Row = (question.text[asked.lang], codes, called, group.parent or "", group.invited)
    if group.shown == HIDDEN:
        yield (*head, None, "", None, None, told)
        return
    for answer in question.values:
        if answer in group.counts:
            count, part = _told(group, answer)
            yield (*head, group.answered, question.label(answer, asked.lang), count, part, told)


def _called(w: Words, code: str, group: Group, names: dict[str, str]) -> str:
    """What a unit is called; one that stands below itself are the people posted to it directly."""
    name = names.get(code, code)
    return w.t("pulse_results.direct", unit=name) if code == group.parent else name


def _told(group: Group, answer: str) -> tuple[Cell, Cell]:
    """A count and its share; of a top-coded group the count is "so many or more", so there is no share."""
    count = group.counts[answer]
    if group.shown == TOPPED:
        return count, None
    return count, share(count, group.answered)


def _overview(turn: Turn, asked: Asked, found: Published, question: Question) -> Sheet:
    """One question, the whole organisation."""
    w = words(turn, asked)
    released = found.question(question.id)
    top = next((g for g in (released.groups if released else ()) if g.parent is None and g.shown != HIDDEN), None)
    values = [a for a in question.values if top and a in top.counts]
    rows: list[Row] = [(question.label(a, asked.lang), *_told(top, a)) for a in values if top]
    columns = (text(w.say("answer"), 30), Column(w.say("count")), Column(w.say("part"), "share"))
    title = question.text[asked.lang]
    drawn = Chart(title, 0, 2, len(rows)) if rows and top and top.shown == EXACT else None
    notes = () if top is None or top.shown == EXACT else (w.say(f"shown.{top.shown}"),)
    return Sheet(question.id, title, columns, rows, len(rows), drawn, notes)
