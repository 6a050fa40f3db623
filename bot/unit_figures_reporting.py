"""`/kizuki figures`: what a unit tries to change, reported month by month, with its curve; and the monthly reminder."""

from datetime import date, timedelta
from functools import partial

from bot import file_buttons, periods, unit_figures
from bot.cards import (
    Block,
    Button,
    Card,
    Chart,
    Choice,
    Facts,
    Heading,
    Option,
    Reply,
    Span,
    Table,
    TextInput,
    muted,
    row,
    say,
)
from bot.events import Press
from bot.people import managed
from bot.turn import Refusal, Turn, in_form
from bot.unit_figures import BACK, LESS, month_name, shown, words
from storage import people
from storage import unit_figures as stored
from storage.unit_figures import SCALE, FigureRow, ReportRow

LISTED, HISTORY = 8, 40
# On which working days of a month somebody is reminded of the month before, if it was not reported.
REMIND = (1, 5)


def show(turn: Turn) -> Reply:
    """`/kizuki figures`."""
    turn.me  # noqa: B018 - whoever may only read is told so
    t, found = turn.t, unit_figures.seen(turn)
    blocks: list[Block] = [Heading(t("figures.title"))]
    if not found:
        blocks.append(muted(t("figures.none_yet")))
    for figure in found[:LISTED]:
        blocks += _listed(turn, figure)
    if len(found) > LISTED:
        blocks.append(muted(t("digest.and_more", n=len(found) - LISTED)))
    ways = (
        Button("figure.compose", t("figures.new_title")) if managed(turn) else None,
        _as_file(turn, periods.begun("year", turn.today)) if found else None,
    )
    if any(ways):
        blocks.append(row(*ways))
    return Reply(Card(tuple(blocks), t("figures.title"), turn.lang))


def _as_file(turn: Turn, first: date, unit: str = "") -> Button:
    return file_buttons.of_days(turn.t, "figures", first, turn.today + timedelta(days=1), unit)


def _listed(turn: Turn, figure: FigureRow) -> list[Block]:
    values, value = stored.values(turn.tx, figure.id), str(figure.id)
    name = say(
        Span(words(figure, turn.lang).name, "strong"), Span(f" {unit_figures.unit_name(figure, turn.lang)}", "muted")
    )
    report = Button("figure.report", turn.t("figures.report"), value, "primary" if _is_due(turn, values) else "plain")
    ways = (
        report if unit_figures.may_report(turn, figure) else None,
        Button("figure.show", turn.t("figures.curve"), value),
    )
    return [name, muted(_newest(turn, figure, values)), row(*ways)]


def _newest(turn: Turn, figure: FigureRow, values: list[ReportRow]) -> str:
    """The last value, and how it stands against the target."""
    if not values:
        return turn.t("figures.not_reported_yet")
    last = values[-1]
    text = turn.t("figures.newest", month=month_name(last.month, turn.lang), value=shown(figure, last.value, turn.lang))
    if figure.target is None:
        return text
    reached = last.value <= figure.target if figure.better == LESS else last.value >= figure.target
    key = "figures.target_reached" if reached else "figures.target_ahead"
    return turn.t("figures.both", one=text, other=turn.t(key, target=shown(figure, figure.target, turn.lang)))


def _is_due(turn: Turn, values: list[ReportRow]) -> bool:
    last = unit_figures.before(unit_figures.first_of(turn.today)).isoformat()
    return not any(one.month == last for one in values)


def curve(turn: Turn, press: Press) -> Reply:
    """A figure's curve and what it is about."""
    figure = unit_figures.find(turn, press.value)
    return Reply(card(turn, figure), "me")


def card(turn: Turn, figure: FigureRow) -> Card:
    """A figure as a card: the last year as a line, the target, who reports it."""
    t, lang, values = turn.t, turn.lang, stored.values(turn.tx, figure.id)
    name = words(figure, lang)
    about = t(f"figures.about.{figure.better}", unit=unit_figures.unit_name(figure, lang))
    blocks: list[Block] = [Heading(name.name, 2), muted(about), say(_newest(turn, figure, values))]
    recent = values[-BACK:]
    if recent:
        labels = tuple(month_name(one.month, lang) for one in recent)
        blocks.append(Chart(name.name, labels, tuple(one.value / SCALE for one in recent), name.measure, "line"))
    blocks += [Facts(tuple(_facts(turn, figure)))]
    return Card((*blocks, _ways(turn, figure, values)), f"{name.name} {_newest(turn, figure, values)}", lang)


def _facts(turn: Turn, figure: FigureRow) -> list[tuple[str, str]]:
    who = unit_figures.reporter(turn, figure, away=set())
    target = shown(figure, figure.target, turn.lang) if figure.target is not None else turn.t("figures.no_target")
    named = who.name(turn.lang) if who else turn.t("figures.nobody")
    return [(turn.t("figures.field.target"), target), (turn.t("figures.reported_by"), named)]


def _ways(turn: Turn, figure: FigureRow, values: list[ReportRow]) -> Block:
    t, value, runs = turn.t, str(figure.id), not unit_figures.has_ended(turn, figure)
    mine = runs and unit_figures.may_name(turn, figure.unit_id)
    return row(
        Button("figure.report", t("figures.report"), value, "primary")
        if runs and unit_figures.may_report(turn, figure)
        else None,
        Button("figure.history", t("figures.history"), value) if values else None,
        _as_file(turn, unit_figures.before(unit_figures.first_of(turn.today), BACK), figure.code) if values else None,
        Button("figure.change", t("figures.change"), value) if mine else None,
        Button("figure.end", t("figures.end"), value, "danger", t("figures.end_sure")) if mine else None,
    )


def history(turn: Turn, press: Press) -> Reply:
    """Everything that was ever reported, the newest first."""
    figure = unit_figures.find(turn, press.value)
    t, found = turn.t, stored.history(turn.tx, figure.id)[::-1]
    columns = tuple(t(f"figures.column.{name}") for name in ("month", "value", "by", "at"))
    rows = tuple(_entry(turn, figure, one) for one in found[:HISTORY])
    title = t("figures.history_of", name=words(figure, turn.lang).name)
    return Reply(Card((Heading(title, 2), Table(title, columns, rows, numeric=(1,))), title, turn.lang))


def _entry(turn: Turn, figure: FigureRow, one: ReportRow) -> tuple[str, ...]:
    who = people.get(turn.tx, one.person_id, today=turn.day)
    at = turn.t("notes.moment", at=turn.local(one.at))
    value = shown(figure, one.value, turn.lang)
    return month_name(one.month, turn.lang), value, who.name(turn.lang) if who else "", at


def report(turn: Turn, press: Press) -> Reply:
    """The dialog to report a month in."""
    figure = _reported(turn, unit_figures.find(turn, press.value))
    months = unit_figures.reportable(turn, stored.values(turn.tx, figure.id))
    if not months:
        raise Refusal("figures.all_reported")
    return Reply(_form(turn, figure, months, months[0], ""), "dialog")


def reported(turn: Turn, press: Press) -> Reply:
    """Keep a value; one that was reported before is corrected, and stays in the history."""
    figure = _reported(turn, unit_figures.held(turn, press.value))
    month, said = press.first("month"), press.first("value")
    values = stored.values(turn.tx, figure.id)
    months, value = unit_figures.reportable(turn, values), unit_figures.parsed(said)
    try:
        if month not in months:
            raise Refusal("figures.not_that_month", field="month")
        if value is None:
            raise Refusal("figures.no_number", field="value")
    except Refusal as refusal:
        return in_form(turn, refusal, _form(turn, figure, months, month, said))
    before = next((one.value for one in values if one.month == month), None)
    stored.report(turn.tx, figure.id, month, value, person_id=turn.me.id, at=turn.at)
    turn.audit("figure.report", f"figure:{figure.id}", month=month, corrects=before is not None)
    return Reply(_thanked(turn, figure, month, value, corrected=before is not None))


def _reported(turn: Turn, figure: FigureRow) -> FigureRow:
    if not unit_figures.may_report(turn, figure):
        raise Refusal("people.may_not")
    if unit_figures.has_ended(turn, figure):
        raise Refusal("figures.ended")
    return figure


def _form(turn: Turn, figure: FigureRow, months: list[str], month: str, said: str) -> Card:
    t, lang, name = turn.t, turn.lang, words(figure, turn.lang)
    known = {one.month: shown(figure, one.value, lang) for one in stored.values(turn.tx, figure.id)}
    options = tuple(Option(m, _option(turn, m, known.get(m, ""))) for m in months)
    chosen = (month,) if month in months else ()
    blocks: tuple[Block, ...] = (
        Heading(t("figures.report_title")),
        say(Span(name.name, "strong")),
        Choice("month", t("figures.column.month"), options, chosen, look="menu"),
        TextInput("value", t("figures.value_in", measure=name.measure), said, t("figures.hint.value"), required=True),
        muted(t("figures.until_next")),
        row(Button("figure.reported", t("figures.report"), str(figure.id), "primary")),
    )
    return Card(blocks, t("figures.report_title"), lang)


def _option(turn: Turn, month: str, known: str) -> str:
    name = month_name(month, turn.lang)
    return turn.t("figures.reported_as", month=name, value=known) if known else name


def _thanked(turn: Turn, figure: FigureRow, month: str, value: int, *, corrected: bool) -> Card:
    key = "figures.corrected" if corrected else "figures.thanks"
    text = turn.t(key, month=month_name(month, turn.lang), value=shown(figure, value, turn.lang))
    drawn = card(turn, figure)
    return Card((say(text), *drawn.blocks), f"{text} {drawn.summary}", turn.lang)


def remind(turn: Turn) -> None:
    """On some working days of a month: whoever is to report the month before, and did not, hears of it."""
    calendar, first = turn.house.calendar, unit_figures.first_of(turn.today)
    number = calendar.working_days_before(turn.today) - calendar.working_days_before(first) + 1
    if not calendar.is_working(turn.today) or number not in REMIND:
        return
    month, away = unit_figures.before(first), unit_figures.away(turn)
    known = {one.figure_id for one in stored.between(turn.tx, month.isoformat(), first.isoformat())}
    for figure in stored.running(turn.tx, today=turn.day):
        if figure.id not in known and figure.starts_on <= month.isoformat():
            _remind(turn, figure, month, away=away)


def _remind(turn: Turn, figure: FigureRow, month: date, *, away: set[int]) -> None:
    who = unit_figures.reporter(turn, figure, away=away)
    if who is None or not who.reminders:
        return
    key = f"figure-remind:{figure.id}:{turn.day}:{who.id}"
    turn.tell_person(who, key, partial(_reminder, turn, figure, month), days=3)


def _reminder(turn: Turn, figure: FigureRow, month: date, lang: str) -> Card:
    t, name = turn.speak(lang), words(figure, lang).name
    text = t("figures.remind", name=name, month=month_name(month, lang))
    ways = row(
        Button("figure.report", t("figures.report"), str(figure.id), "primary"),
        Button("figure.show", t("figures.curve"), str(figure.id)),
    )
    return Card((Heading(name, 2), say(text), ways), text, lang)


ACTIONS = {
    "figure.show": curve,
    "figure.history": history,
    "figure.report": report,
    "figure.reported": reported,
}
LOOKS = frozenset(("figure.show", "figure.history", "figure.report"))
DIALOGS = frozenset(("figure.report", "figure.compose", "figure.change", "figure.answer"))
