"""Units: those the reader may read of, and how one of them stands."""

from markupsafe import Markup

from adapters.web import charts
from adapters.web.charts import Series
from adapters.web.page import Ask, Page, at
from adapters.web.pages import files, parts
from bot import note_list, page_models, unit_overview
from bot.people import Thing, may, reading, require
from bot.reports import Period
from bot.turn import Refusal
from bot.unit_overview import UnitOverview
from storage import units
from storage.reports import VIEWS
from storage.units import UnitRow

MOST = 300


def index(ask: Ask) -> Page:
    """`/dashboard/units/`: from where the reader looks after them down."""
    turn = ask.turn
    mine = reading(turn, "digest.read")
    if not mine:
        raise Refusal("people.may_not")
    known = {u.id: u for u in unit_overview.existing(turn)}
    tops = [known[u] for u in mine if u in known]
    below: dict[int | None, list[UnitRow]] = {}
    for unit in known.values():
        below.setdefault(unit.parent_id, []).append(unit)
    words = ask.wants.text("q")
    found = [(u, depth) for top in tops for u, depth in _walk(top, below, 0) if _named(u, words)]
    values = {"found": list(dict(found).items())[:MOST], "more": max(0, len(found) - MOST), "words": words}
    return Page("units.html", ask.t("page.units"), "units", values=values)


def _walk(unit: UnitRow, below: dict[int | None, list[UnitRow]], depth: int) -> list[tuple[UnitRow, int]]:
    under = (pair for part in below.get(unit.id, ()) for pair in _walk(part, below, depth + 1))
    return [(unit, depth), *under]


def _named(unit: UnitRow, words: str) -> bool:
    return words.casefold() in f"{unit.code} {unit.name_ja} {unit.name_en}".casefold()


def show(ask: Ask) -> Page:
    """`/dashboard/units/1010`."""
    turn = ask.turn
    unit = units.by_code(turn.tx, ask.wants.part("code"))
    if unit is None:
        raise Refusal("dashboard.no_unit")
    require(turn, "digest.read", Thing(unit_id=unit.id))
    period, view = parts.period(ask), VIEWS[ask.wants.one_of("view", tuple(VIEWS), "then")]
    made = ask.kept.get(page_models.unit(turn, unit, period, view), turn)
    model, drawn = made.value, made.drawn(ask.lang, lambda model: _drawn(ask, model))
    values = {
        "unit": unit,
        "period": parts.choice(ask, period, {"view": "" if view == "then" else view}),
        "views": [(name, parts.query(ask, "span", "from", "to", view=name), name == view) for name in VIEWS],
        "tiles": _tiles(ask, model),
        "charts": drawn,
        "parts_of": [(part, _may_read(ask, part.unit)) for part in model.parts],
        "days": parts.days(ask),
        "files": files.links(ask, "digest", "units", "recognition", period=period, unit=unit, view=view),
        **_notes(ask, unit, period, model),
    }
    crumbs = [(at("units/"), ask.t("page.units"))]
    crumbs += [(at(f"units/{u.code}"), u.name(ask.lang)) for u in model.above if _may_read(ask, u)]
    return Page("unit.html", unit.name(ask.lang), "units", tuple(crumbs), values, figures_at=made.at)


def _drawn(ask: Ask, model: UnitOverview) -> list[Markup]:
    return [_weeks(ask, model), _principles(ask, model), *_parts(ask, model)]


def _may_read(ask: Ask, unit: UnitRow) -> bool:
    return may(ask.turn, "digest.read", Thing(unit_id=unit.id))


def _notes(ask: Ask, unit: UnitRow, period: Period, model: UnitOverview) -> dict[str, object]:
    turn = ask.turn
    if model.large:
        return {"due": [], "top": [], "today": turn.today, "more": at(f"notes?unit={unit.code}"), "large": True}
    top = (note_list.entry(turn, note) for note in unit_overview.top_notes(turn, unit.id, period, model.view))
    return {
        "large": False,
        "due": [note_list.entry(turn, note) for note in unit_overview.due_notes(turn, unit.id)],
        "top": [entry for entry in top if entry.support],
        "today": turn.today,
        "more": at(f"notes?unit={unit.code}"),
    }


def _tiles(ask: Ask, model: UnitOverview) -> list[parts.Tile]:
    now, before = model.now, model.before
    overdue = ask.t("overdue", n=model.overdue) if model.overdue else ask.t("none_overdue")
    return [
        parts.tile(ask, "notes", now.notes, parts.changed(ask, now.notes, before.notes)),
        parts.tile(ask, "waiting", model.waiting, overdue),
        parts.tile(ask, "received", now.received, parts.changed(ask, now.received, before.received)),
        parts.tile(ask, "given", now.given, parts.changed(ask, now.given, before.given)),
        parts.tile(ask, "staff", model.staff),
    ]


def _weeks(ask: Ask, model: UnitOverview) -> Markup:
    labels = [parts.week(period.first) for period, _, _ in model.weeks]
    series = [
        Series(ask.t("notes"), [notes for _, notes, _ in model.weeks]),
        Series(ask.t("kudos"), [thanks for _, _, thanks in model.weeks]),
    ]
    return charts.line(ask.frame(ask.t("chart.weeks"), "weeks"), labels, series)


def _principles(ask: Ask, model: UnitOverview) -> Markup:
    numbers, pack, now = ask.turn.pack.numbers, ask.turn.pack, model.now
    series = [
        Series(ask.t("notes"), [now.by_number.get(n, 0) for n in numbers]),
        Series(ask.t("kudos"), [now.kudos_by_number.get(n, 0) for n in numbers]),
    ]
    frame = ask.frame(ask.t("chart.principles"), "principles")
    return charts.stacked(frame, [pack.short(n, ask.lang) for n in numbers], series)


def _parts(ask: Ask, model: UnitOverview) -> list[Markup]:
    """Which units below noted what."""
    if len(model.parts) < 2:
        return []
    numbers = ask.turn.pack.numbers
    values = [[part.by_number.get(n, 0) for n in numbers] for part in model.parts]
    rows = [part.unit.name(ask.lang) for part in model.parts]
    return [charts.heat(ask.frame(ask.t("chart.units"), "parts"), rows, [f"#{n}" for n in numbers], values)]
