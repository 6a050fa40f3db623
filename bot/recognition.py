"""The recognition report: sent every month, and looked at in chat for any period and unit, part by part."""

from datetime import date
from typing import NamedTuple

from bot import file_buttons, own_unit, periods, recognition_report, recognition_view
from bot.cards import Block, Button, Card, Divider, Reply, muted, row, say
from bot.events import Press, number_in
from bot.people import Thing, require
from bot.phrases import Speak
from bot.recognition_model import Recognition
from bot.recognition_view import PAGE
from bot.reports import Period, between
from bot.schedule import month_before
from bot.turn import House, Refusal, Turn
from storage import recognised, roles, units
from storage.database import Tx
from storage.units import UnitRow

RECIPIENTS = ("secretariat", "executive")
PARTS = ("principle", "behind", "changes", "coverage", "first_givers", "first_receivers", "how")


def build(turn: Turn, period: Period, unit: UnitRow | None = None) -> Recognition:
    """The report, for chat and pages."""
    turn.take_time()
    return recognition_report.build(turn, period, unit)


class Place(NamedTuple):
    """Where one is in a report: its days, its unit, the part of it, and how far down."""

    first: date
    end: date
    unit_id: int | None = None
    part: str = "top"
    at: int = 0

    def written(self) -> str:
        """As a button carries it."""
        return f"{self.first}/{self.end}/{self.unit_id or ''}/{self.part}/{self.at}"


def recipients(tx: Tx, today: str) -> list[int]:
    """Who receives the report."""
    return sorted({person for role in RECIPIENTS for person, _ in roles.holders(tx, role, today=today)})


def send(turn: Turn) -> None:
    """Owe the report of the month before to the secretariat and the executives.

    It names nobody: names are read by a press, as they may be listed at that moment.
    """
    first, end = month_before(turn.today)
    model = build(turn, between(turn.settings, first, end))
    key = f"recognition:{first}"
    for person_id in recipients(turn.tx, turn.day):
        turn.tell(person_id, f"{key}:{person_id}", lambda lang: told(turn.house, model, lang), body=key, days=20)


def show(turn: Turn, text: str = "") -> Reply:
    """`/kizuki report`: this month, or the period and the unit that are asked for."""
    try:
        found = periods.asked(turn, text)
    except Refusal as refusal:
        return or_note(turn, refusal, text)
    unit = found.unit or own_unit.of(turn, "recognition.read")
    require(turn, "recognition.read", Thing(unit_id=unit and unit.id))
    return Reply(_overview(turn, build(turn, found.period, unit)))


def or_note(turn: Turn, refusal: Refusal, text: str) -> Reply:
    """A text that is neither a period nor a unit may have been meant as a note: it is one press away from it."""
    if refusal.key != "periods.neither":
        raise refusal
    message = turn.t(refusal.key, **refusal.values)
    keep = Button("note.write", turn.t("commands.keep_as_note"), text)
    return Reply(Card((say(message), row(keep)), message, turn.lang), refused=True)


def page(turn: Turn, press: Press) -> Reply:
    """A part of a report, from its overview or from the page before."""
    place = _place(press.value)
    period = periods.checked(turn, place.first, place.end)
    unit = units.get(turn.tx, place.unit_id) if place.unit_id is not None else None
    if place.unit_id is not None and unit is None:
        raise Refusal("cards.stale")
    require(turn, "recognition.read", Thing(unit_id=place.unit_id))
    report = build(turn, period, unit)
    drawn = _overview(turn, report) if place.part == "top" else _page(turn, report, place)
    return Reply(drawn, replaces=True)


def _place(value: str) -> Place:
    parts = value.split("/")
    try:
        first, end, unit, part, at = parts
        place = Place(date.fromisoformat(first), date.fromisoformat(end), number_in(unit), part, number_in(at) or 0)
    except ValueError:
        raise Refusal("cards.stale") from None
    if part not in ("top", *PARTS) or (unit and place.unit_id is None):
        raise Refusal("cards.stale")
    return place


def _placed(report: Recognition, part: str = "top", at: int = 0) -> str:
    period = report.period
    return Place(period.first, period.end, report.unit and report.unit.id, part, at).written()


def _overview(turn: Turn, report: Recognition) -> Card:
    """What fits a phone, with the way to everything else."""
    house, lang = turn.house, turn.lang
    blocks = (
        *recognition_view.top(house, report, lang),
        recognition_view.totals(turn.t, report),
        *recognition_view.leaders(house, report, lang),
        *_ways(house, report, lang),
    )
    return Card(blocks, _summary(house, report, lang), lang)


def told(house: House, report: Recognition, lang: str) -> Card:
    """The overview without anybody's name, as it is sent."""
    blocks = (
        *recognition_view.top(house, report, lang),
        recognition_view.totals(house.phrases.bound(lang), report),
        muted(house.phrases(lang, "recognition.names_inside")),
        *_ways(house, report, lang, overview=True),
    )
    return Card(blocks, _summary(house, report, lang), lang)


def _summary(house: House, report: Recognition, lang: str) -> str:
    return f"{recognition_view.heading(house, report, lang)} {recognition_view.sentences(house, report, lang)}"


def _ways(house: House, report: Recognition, lang: str, *, overview: bool = False) -> list[Block]:
    t = house.phrases.bound(lang)

    def way(part: str) -> Button:
        return Button("report.page", t(f"recognition.part.{part}"), _placed(report, part))

    open_it = Button("report.page", t("recognition.part.top"), _placed(report), "primary")
    return [
        row(open_it if overview else None, way("principle"), way("behind"), way("changes")),
        row(way("coverage"), way("first_givers"), way("first_receivers"), way("how"), _as_file(t, report)),
    ]


def _as_file(t: Speak, report: Recognition) -> Button:
    period, code = report.period, report.unit.code if report.unit else ""
    return file_buttons.of_days(t, "recognition", period.first, period.end, code)


def _page(turn: Turn, report: Recognition, place: Place) -> Card:
    house, lang = turn.house, turn.lang
    blocks, more = _part(turn, report, place)
    title = recognition_view.heading(house, report, lang)
    label = recognition_view.label(turn.t, report)
    steps = row(
        Button("report.page", turn.t("recognition.before"), _placed(report, place.part, place.at - 1))
        if place.at
        else None,
        Button("report.page", turn.t("recognition.next"), _placed(report, place.part, place.at + 1)) if more else None,
        Button("report.page", turn.t("recognition.back"), _placed(report)),
    )
    return Card(
        (muted(f"{title} {label}"), *blocks, steps), f"{title} {turn.t(f'recognition.part.{place.part}')}", lang
    )


def _part(turn: Turn, report: Recognition, place: Place) -> tuple[list[Block], bool]:
    """The blocks of a part, and whether there is more of it."""
    house, lang, start = turn.house, turn.lang, place.at * PAGE
    match place.part:
        case "principle":
            at = min(place.at, len(report.principles) - 1)
            return recognition_view.principle(house, report.principles[at], lang), at + 1 < len(report.principles)
        case "behind":
            return recognition_view.behind(house, report, lang), False
        case "changes":
            return recognition_view.changes(house, report, lang), False
        case "coverage":
            rows = report.coverage[start : start + PAGE]
            return recognition_view.coverage_short(house, lang, rows), start + PAGE < len(report.coverage)
        case "first_givers" | "first_receivers":
            firsts = report.firsts
            gave = place.part == "first_givers"
            return _firsts(
                turn, *((firsts.givers, firsts.gave) if gave else (firsts.receivers, firsts.received)), place
            )
    return recognition_view.how(turn.t, report), False


def _firsts(turn: Turn, found: tuple[int, ...], count: int, place: Place) -> tuple[list[Block], bool]:
    """Who gave or received thanks for the first time, as far as they may be listed and everybody may know of it."""
    listed = recognised.listed(turn.tx, found, today=turn.day)
    start = place.at * PAGE
    title = turn.t(f"recognition.{place.part}_title", n=count)
    shown = list(listed.values())[start : start + PAGE]
    return recognition_view.people(turn.t, title, shown, turn.lang), start + PAGE < len(listed)


def card(house: House, report: Recognition, lang: str) -> Card:
    """The whole report as one card, for terminals and files."""
    t = house.phrases.bound(lang)
    blocks: list[Block] = [
        *recognition_view.top(house, report, lang),
        recognition_view.totals(t, report),
        *recognition_view.charts(house, report, lang),
    ]
    for principle in report.principles:
        blocks += recognition_view.principle(house, principle, lang)
    blocks += recognition_view.behind(house, report, lang)
    blocks += recognition_view.changes(house, report, lang)
    blocks += recognition_view.coverage(house, report, lang, report.coverage)
    return Card((*blocks, Divider(), *recognition_view.how(t, report)), _summary(house, report, lang), lang)


def month(turn: Turn) -> Period:
    """The month before this one."""
    return between(turn.settings, *month_before(turn.today))


ACTIONS = {"report.page": page}
LOOKS = frozenset(ACTIONS)
