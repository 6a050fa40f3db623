"""Being away: nothing is sent, a colleague may stand in, and what came meanwhile is summed up on the first day back."""

import re
from datetime import date, timedelta
from typing import NamedTuple

from bot import digest, reports
from bot.cards import Block, Button, Card, Heading, PersonPick, Reply, Span, TextInput, muted, row, say, with_error
from bot.events import Press
from bot.people import answering, picked
from bot.schedule import week_before
from bot.turn import Refusal, Turn
from storage import absences, kudos, outbox, people, roles
from storage.absences import AbsenceRow
from storage.people import PersonRow
from storage.roles import DELEGATED
from storage.search import fold

LONGEST = timedelta(days=400)
_DATE = r"(?:(\d{4})[-/年.])?(\d{1,2})[-/月.](\d{1,2})日?"
# A last day may leave its month out, 12月1日〜5日, and days may carry their weekday, 12/1(火).
_LAST = r"(?:(?:(\d{4})[-/年.])?(\d{1,2})[-/月.])?(\d{1,2})日?"
_WEEKDAY = r"(?:\s*\([月火水木金土日]\))?"
_SPAN = re.compile(rf"{_DATE}{_WEEKDAY}(?:\s*(?:\.\.|[-~〜～–—]|から|to)\s*{_LAST}{_WEEKDAY}(?:まで)?)?")


class Days(NamedTuple):
    """The first and the last day away."""

    first: date
    last: date


def start(turn: Turn, text: str) -> Reply:
    """`/kizuki away 2026-12-01..2026-12-10`; without days, the dialog."""
    if not text.strip():
        return Reply(_dialog(turn, "", "", ()), "dialog")
    days = _days(turn, text)
    if days is None:
        raise Refusal("absence.no_days", back=text)
    return _away(turn, days, None)


def ask(turn: Turn, _: Press) -> Reply:
    """The dialog with the days, and who stands in."""
    coming = absences.coming(turn.tx, turn.me.id, today=turn.day)
    first, last = (coming[0].starts_on, _before(coming[0].ends_on)) if coming else ("", "")
    return Reply(_dialog(turn, first, last, (), known=str(coming[0].id) if coming else ""), "dialog")


def save(turn: Turn, press: Press) -> Reply:
    """The days from the dialog."""
    first, last, to = press.first("first"), press.first("last"), press.fields.get("deputy", ())
    days = _days(turn, f"{first}..{last or first}")
    if days is None:
        marked = with_error(_dialog(turn, first, last, to, known=press.value), "first", turn.t("absence.no_days"))
        return Reply(marked, "dialog", replaces=True)
    deputies = picked(turn, to[:1]) if _has_duties(turn) else []
    for person in deputies:
        if turn.present(person) is None:
            raise Refusal("people.nobody", name=person.name(turn.lang))
    if deputies and deputies[0].id == turn.me.id:
        marked = with_error(_dialog(turn, first, last, to, known=press.value), "deputy", turn.t("absence.not_oneself"))
        return Reply(marked, "dialog", replaces=True)
    _replace(turn, press.value)
    return _away(turn, days, deputies[0].id if deputies else None)


def _replace(turn: Turn, known: str) -> None:
    """Drop the absence the dialog was opened with; what is saved takes its place."""
    shown = next((a for a in absences.coming(turn.tx, turn.me.id, today=turn.day) if str(a.id) == known), None)
    if shown is not None:
        absences.drop(turn.tx, shown.id)
        roles.end_deputies(turn.tx, turn.me.id, day=shown.starts_on, until=shown.ends_on)


def back(turn: Turn, _: Press | None = None) -> Reply:
    """`/kizuki back`: here again, and nothing planned any more."""
    running = absences.coming(turn.tx, turn.me.id, today=turn.day)
    if not running:
        raise Refusal("absence.not_away")
    # The one that runs, or the next one; what is planned later stays.
    day, until = max(turn.day, running[0].starts_on), running[0].ends_on
    absences.cut(turn.tx, turn.me.id, day=day, until=until)
    roles.end_deputies(turn.tx, turn.me.id, day=day, until=until)
    outbox.wake(turn.tx, turn.me.id, now=turn.at)
    turn.audit("absence.end", f"person:{turn.me.id}")
    text = turn.t("absence.back")
    return Reply(Card((say(text),), text, turn.lang))


def returns(turn: Turn) -> None:
    """Tell everybody whose absence is over what came meanwhile."""
    for absence in absences.ended(turn.tx, today=turn.day):
        if absences.tell(turn.tx, absence.id) and absences.until(turn.tx, absence.person_id, today=turn.day) is None:
            _welcome_back(turn, absence)


def _away(turn: Turn, days: Days, deputy: int | None) -> Reply:
    me, first = turn.me, max(days.first, turn.today).isoformat()
    end = (days.last + timedelta(days=1)).isoformat()
    absences.cut(turn.tx, me.id, day=first, until=end)
    absences.add(turn.tx, me.id, starts_on=first, ends_on=end)
    roles.end_deputies(turn.tx, me.id, day=first, until=end)
    if deputy is not None:
        roles.stand_in(turn.tx, me.id, deputy, starts_on=first, ends_on=end)
        turn.tell(deputy, f"deputy:{turn.key}", lambda lang: _deputy_card(turn, days, lang))
    turn.audit("absence.begin", f"person:{me.id}", first=first, end=end, deputy=deputy and f"person:{deputy}")
    return Reply(_saved_card(turn, days, deputy))


def _saved_card(turn: Turn, days: Days, deputy: int | None) -> Card:
    t = turn.t
    text = t("absence.saved", first=days.first, last=days.last)
    person = people.get(turn.tx, deputy, today=turn.day) if deputy is not None else None
    stands_in = (muted(t("absence.stands_in", name=person.name(turn.lang))),) if person else ()
    choose = Button("absence.ask", t("absence.choose_deputy")) if _has_duties(turn) and not person else None
    blocks: tuple[Block, ...] = (
        say(Span(text, "strong")),
        muted(t("absence.what_happens")),
        *stands_in,
        row(choose, Button("absence.back", t("absence.cancel"))),
    )
    return Card(blocks, text, turn.lang)


def _dialog(turn: Turn, first: str, last: str, deputy: tuple[str, ...], *, known: str = "") -> Card:
    t = turn.t
    pick = (PersonPick("deputy", t("absence.deputy"), deputy),) if _has_duties(turn) else ()
    blocks: tuple[Block, ...] = (
        Heading(t("absence.title")),
        TextInput("first", t("absence.first"), first, format="date", required=True),
        TextInput("last", t("absence.last"), last, format="date"),
        *pick,
        row(Button("absence.save", t("notes.save"), known, "primary")),
    )
    return Card(blocks, t("absence.title"), turn.lang)


def _has_duties(turn: Turn) -> bool:
    """Whether there is anything of one's own to hand on; what one does for another cannot be."""
    held = roles.history(turn.tx, turn.who.id) if turn.who else []
    return any(r.role in DELEGATED and (r.ends_on is None or r.ends_on > turn.day) for r in held)


def _deputy_card(turn: Turn, days: Days, lang: str) -> Card:
    t = turn.speak(lang)
    text = t("absence.you_stand_in", name=turn.me.name(lang), first=days.first, last=days.last)
    return Card((say(text), muted(t("absence.you_stand_in_hint"))), text, lang)


def _days(turn: Turn, text: str) -> Days | None:
    """The days of a text such as 2026-12-01..2026-12-10, 12/1〜12/10 or 12月1日; None when they are none."""
    found = _SPAN.fullmatch(fold(text).strip())
    if not found:
        return None
    first = _date(turn, found[1], found[2], found[3])
    last = _date(turn, found[4] or found[1], found[5] or found[2], found[6]) if found[6] else first
    if first is None or last is None:
        return None
    if last < first and not found[4]:
        last = _next_year(last)
    possible = last is not None and first <= last and last >= turn.today and last - first <= LONGEST
    return Days(first, last) if possible and last is not None else None


def _date(turn: Turn, year: str | None, month: str, day: str) -> date | None:
    """A day; one without a year is the next such day that is not long past."""
    try:
        found = date(int(year or turn.today.year), int(month), int(day))
    except ValueError:
        return None
    long_past = not year and found < turn.today - timedelta(days=180)
    return _next_year(found) if long_past else found


def _next_year(day: date) -> date | None:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return None


def _before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _welcome_back(turn: Turn, absence: AbsenceRow) -> None:
    person = people.get(turn.tx, absence.person_id, today=turn.day)
    if person is None:
        return
    first = date.fromisoformat(absence.starts_on)
    key = f"back:{absence.id}"
    turn.tell_person(person, key, lambda lang: _back_card(turn, absence, lang), days=7)
    if person.digest:
        _digests(turn, person, first, key)


def _digests(turn: Turn, person: PersonRow, first: date, key: str) -> None:
    """One digest of each of their units, of the time away up to the week the usual digest told already."""
    monday, end = week_before(turn.today)
    told = turn.house.calendar.falls_on("first-working-day-of-week", turn.today)
    end = monday if told else end
    reader = Turn(turn.tx, turn.house, turn.now, who=person)
    for unit in answering(reader) if first < end else ():
        model = digest.build(turn, unit, first, end)
        turn.tell_person(person, f"{key}:{unit}", lambda lang, m=model: digest.card(turn.house, m, lang), days=7)  # type: ignore[misc]


def _back_card(turn: Turn, absence: AbsenceRow, lang: str) -> Card:
    t = turn.speak(lang)
    period = reports.between(turn.settings, *(date.fromisoformat(d) for d in (absence.starts_on, absence.ends_on)))
    thanked = kudos.count_received(turn.tx, absence.person_id, since=period.since, until=period.until)
    text = t("absence.welcome_back")
    lines = t("absence.thanked", n=thanked) if thanked else t("absence.nothing_new")
    open_home = Button("command.run", t("absence.open_home"), "home", "primary")
    return Card((Heading(text, 2), say(lines), row(open_home)), f"{text} {lines}", lang)


ACTIONS = {"absence.ask": ask, "absence.save": save, "absence.back": back}
