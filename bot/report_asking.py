"""`/kizuki file`: any report as a file, for those who may read it; and the links the secretariat is sent each month."""

from datetime import timedelta

from bot import drawn_files, periods, phrases, report_books, sheets_announcements
from bot.book import Asked
from bot.cards import Block, Button, Card, Choice, File, Heading, Option, Reply, TextInput, muted, row, say
from bot.events import Press
from bot.people import ROLES, Thing, may, reach
from bot.report_books import REPORTS, Report
from bot.reports import Period, between
from bot.schedule import month_before
from bot.turn import Refusal, Turn, in_form
from storage import listing, roles, units
from storage.listing import Wanted
from storage.units import UnitRow

FORMS = ("xlsx", "csv", "pdf")
# Of which a file may be of one alone.
ANNOUNCEMENT = "announcement"
# More rows than that are not sent in a chat.
MOST_ROWS = 50_000
LISTS = {"notes": listing.count_notes, "kudos": listing.count_thanks}
# What is sent each month, to whoever looks after everybody and after one unit, and how long it can be fetched.
OF_ALL = ("recognition", "units", "adoption", "figures", "announcement", "reach")
OF_ONE = ("units", "adoption", "figures")
MONTHLY_HOLDS = timedelta(days=14)


def start(turn: Turn) -> Reply:
    """What to have as a file: which report, of which days and unit, in which form."""
    return Reply(_form(turn, _offered(turn)))


def ask(turn: Turn, press: Press) -> Reply:
    """The same from a button; `value` may name the report: its name, its days and unit, and which one it is of."""
    name, text, code = (*press.value.split(":"), "", "")[:3]
    if code:
        return Reply(_form_of_one(turn, _one(turn, name, code)))
    return Reply(_form(turn, _offered(turn), name, text))


def make(turn: Turn, press: Press) -> Reply:
    """Make the file and hand it over; what cannot be is said at the field it belongs to."""
    if press.value:
        return _made_of_one(turn, press)
    offered = _offered(turn)
    name, form, text = press.first("report"), press.first("form"), press.first("period").strip()
    if name not in offered or form not in FORMS:
        raise Refusal("cards.stale")
    try:
        asked = _asked(turn, name, text)
        checked(turn, asked)
    except Refusal as refusal:
        refusal.field = refusal.field or "period"
        return in_form(turn, refusal, _form(turn, offered, name, text, form))
    return _made(turn, asked, form)


def _made(turn: Turn, asked: Asked, form: str) -> Reply:
    file = drawn_files.report(turn, turn.me.id, asked, form)
    return Reply(_handed(turn, asked, file), replaces=True)


def _made_of_one(turn: Turn, press: Press) -> Reply:
    """The file of one announcement."""
    name, _, code = press.value.partition(":")
    form = press.first("form")
    if form not in FORMS:
        raise Refusal("cards.stale")
    return _made(turn, _one(turn, name, code), form)


def _one(turn: Turn, name: str, code: str) -> Asked:
    """What is asked for of one announcement, if one may have it."""
    if name != ANNOUNCEMENT:
        raise Refusal("cards.stale")
    asked = Asked(name, periods.asked(turn, "").period, None, "then", turn.lang, code)
    checked(turn, asked)
    return asked


def _form_of_one(turn: Turn, asked: Asked) -> Card:
    t = turn.t
    blocks: tuple[Block, ...] = (
        Heading(t("files.choose"), 2),
        muted(t("files.announced_named", title=sheets_announcements.title(turn, asked))),
        _forms(turn, FORMS[0]),
        row(Button("files.make", t("files.make"), f"{asked.name}:{asked.code}", "primary")),
    )
    return Card(blocks, t("files.choose"), turn.lang)


def _forms(turn: Turn, chosen: str) -> Choice:
    options = tuple(Option(one, turn.t(f"files.forms.{one}")) for one in FORMS)
    return Choice("form", turn.t("files.form"), options, (chosen,))


def _offered(turn: Turn) -> tuple[str, ...]:
    """The reports there are for whoever asks; a refusal where there are none."""
    turn.me  # noqa: B018 - whoever is not on the roster is told why
    found = tuple(name for name, one in REPORTS.items() if _whole(turn, one) or _some(turn, one) is not None)
    if not found:
        raise Refusal("people.may_not")
    return found


def _form(turn: Turn, offered: tuple[str, ...], name: str = "", text: str = "", form: str = FORMS[0]) -> Card:
    t = turn.t
    chosen = name if name in offered else offered[0]
    options = tuple(Option(one, t(f"files.title.{one}")) for one in offered)
    blocks: tuple[Block, ...] = (
        Heading(t("files.choose"), 2),
        Choice("report", t("files.which"), options, (chosen,), look="menu"),
        TextInput("period", t("files.period"), text, t("files.period_hint")),
        _forms(turn, form),
        row(Button("files.make", t("files.make"), "", "primary")),
    )
    return Card(blocks, t("files.choose"), turn.lang)


def _asked(turn: Turn, name: str, text: str) -> Asked:
    """What was asked for; without a unit everybody, or where one may not read of everybody the first unit one may."""
    found = periods.asked(turn, text)
    return Asked(name, found.period, found.unit or _own(turn, name), "then", turn.lang)


def _own(turn: Turn, name: str) -> UnitRow | None:
    one = REPORTS[name]
    if _whole(turn, one):
        return None
    unit = _some(turn, one)
    return None if unit is None else units.get(turn.tx, unit)


def _whole(turn: Turn, one: Report) -> bool:
    """Whether one may have a report of everybody, and there is one."""
    return not one.needs_unit and may(turn, one.action(None))


def _some(turn: Turn, one: Report) -> int | None:
    """The first unit whose report one may have."""
    if one.whole:
        return None
    return next((unit for unit in reach(turn, *ROLES) if may(turn, one.action(unit), Thing(unit))), None)


def checked(turn: Turn, asked: Asked) -> None:
    """Refuse what one may not have, what there is none of, and what is too long to be sent."""
    report_books.check(turn, asked)
    one = REPORTS[asked.name]
    if one.needs_unit and asked.unit is None:
        raise Refusal("files.needs_unit")
    if one.whole and asked.unit is not None:
        raise Refusal("files.whole_only")
    if count := LISTS.get(asked.name):
        unit = asked.unit.id if asked.unit else None
        rows = count(turn.tx, Wanted(asked.period.since, asked.period.until, unit))
        if rows > MOST_ROWS:
            raise Refusal("files.too_large", n=rows)


def _handed(turn: Turn, asked: Asked, file: File) -> Card:
    t = turn.t
    until = turn.local(turn.at_in(turn.settings.privacy.files))
    said = t("files.ready", title=t(f"files.title.{asked.name}"), until=until)
    about = _about(turn, asked)
    return Card((say(said), muted(about), file), said, turn.lang)


def _about(turn: Turn, asked: Asked) -> str:
    t = turn.t
    if asked.code:
        return t("files.announced_named", title=sheets_announcements.title(turn, asked))
    whose = asked.unit.name(turn.lang) if asked.unit else turn.settings.organisation.title(turn.lang)
    return t("files.of", unit=whose, period=periods.label(t, asked.period, turn.today))


def send_monthly(turn: Turn) -> None:
    """Owe the secretariat links to the files of the month before, as app.yaml asks for it."""
    if not turn.settings.reports.monthly:
        return
    period = between(turn.settings, *month_before(turn.today))
    for person_id, unit_id in roles.holders(turn.tx, "secretariat", today=turn.day):
        unit = units.get(turn.tx, unit_id) if unit_id is not None else None
        key = f"reports:{period.first}:{person_id}:{unit_id or 'all'}"
        turn.tell(person_id, key, lambda lang, p=person_id, u=unit: _monthly(turn, p, period, u, lang), days=14)  # type: ignore[misc]


def _monthly(turn: Turn, person_id: int, period: Period, unit: UnitRow | None, lang: str) -> Card:
    t = turn.speak(lang)
    blocks: list[Block] = [Heading(t("files.monthly_title"), 2)]
    until = turn.local(turn.at_in(MONTHLY_HOLDS))
    said = t("files.monthly", month=phrases.month(lang, period.first), until=until)
    blocks.append(say(said))
    for name in OF_ONE if unit else OF_ALL:
        asked = Asked(name, period, unit, "then", lang)
        blocks.append(Heading(t(f"files.title.{name}"), 3))
        blocks += [
            drawn_files.report(turn, person_id, asked, form, MONTHLY_HOLDS) for form in turn.settings.reports.monthly
        ]
    return Card(tuple(blocks), said, lang)


LOOKS = frozenset(("files.ask",))
ACTIONS = {"files.ask": ask, "files.make": make}
