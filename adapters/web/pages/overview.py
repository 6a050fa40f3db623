"""The first page: how the organisation stands, what waits for the reader, what they did themselves."""

from markupsafe import Markup

from adapters.web import charts
from adapters.web.charts import Series
from adapters.web.page import Ask, Page, at
from adapters.web.pages import files, parts
from adapters.web.pages.parts import Tile
from bot import digest, note_list, overview, page_models
from bot.overview import Overview
from bot.people import reading, require
from storage import notes, units

OWN = 3


def show(ask: Ask) -> Page:
    """`/dashboard/`."""
    require(ask.turn, "page.read")
    period = parts.period(ask)
    made = ask.kept.get(page_models.organisation(ask.turn, period), ask.turn)
    # Charts take longer to draw than all the rest of the page.
    drawn = made.drawn((ask.lang, parts.days(ask)), lambda model: _drawn(ask, model))
    model = made.value
    values = {
        "period": parts.choice(ask, period),
        "tiles": _tiles(ask, model),
        "charts": drawn,
        "waiting": _waiting(ask),
        "own": [note_list.entry(ask.turn, note) for note in overview.latest(ask.turn, limit=OWN)],
        "own_total": notes.count_mine(ask.turn.tx, ask.turn.me.id),
        "files": files.links(ask, "units", period=period),
    }
    return Page("overview.html", ask.t("page.overview"), "overview", values=values, figures_at=made.at)


def _drawn(ask: Ask, model: Overview) -> list[Markup]:
    return [_weeks(ask, model), _principles(ask, model), _heat(ask, model)]


def _tiles(ask: Ask, model: Overview) -> list[Tile]:
    share = round(100 * model.answered / model.notes) if model.notes else 0
    return [
        parts.tile(ask, "notes", model.notes, parts.changed(ask, model.notes, model.notes_before)),
        parts.tile(ask, "writers", model.writers),
        Tile(ask.t("tile.answered"), ask.t("percent", n=share), ask.t("answered_of", n=model.answered)),
        parts.tile(ask, "kudos", model.kudos, parts.changed(ask, model.kudos, model.kudos_before)),
    ]


def _weeks(ask: Ask, model: Overview) -> Markup:
    labels = [parts.week(one.period.first) for one in model.weeks]
    series = [
        Series(ask.t("notes"), [one.notes for one in model.weeks]),
        Series(ask.t("kudos"), [one.kudos for one in model.weeks]),
    ]
    return charts.line(ask.frame(ask.t("chart.weeks"), "weeks"), labels, series)


def _principles(ask: Ask, model: Overview) -> Markup:
    numbers, pack = ask.turn.pack.numbers, ask.turn.pack
    series = [
        Series(ask.t("notes"), [model.by_number.get(n, 0) for n in numbers]),
        Series(ask.t("kudos"), [model.kudos_by_number.get(n, 0) for n in numbers]),
    ]
    labels = [pack.short(n, ask.lang) for n in numbers]
    links = [at(f"principles/{n}{parts.days(ask)}") for n in numbers]
    return charts.stacked(ask.frame(ask.t("chart.principles"), "principles"), labels, series, links=links)


def _heat(ask: Ask, model: Overview) -> Markup:
    numbers = ask.turn.pack.numbers
    rows = [ask.t("week_of", day=one.period.first) for one in model.weeks]
    values = [[one.by_number.get(n, 0) for n in numbers] for one in model.weeks]
    return charts.heat(ask.frame(ask.t("chart.heat"), "heat"), rows, [f"#{n}" for n in numbers], values)


def _waiting(ask: Ask) -> list[dict[str, object]]:
    """The units the reader answers for or looks after, and what waits there."""
    turn, found = ask.turn, []
    for unit_id in reading(turn, "digest.read")[: digest.MOST_UNITS]:
        unit = units.get(turn.tx, unit_id)
        waiting, overdue = ask.kept.get(page_models.waiting(turn, unit_id), turn).value
        if unit:
            found.append({"unit": unit, "waiting": waiting, "overdue": overdue})
    return found
