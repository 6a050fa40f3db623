"""The principles: all of them, and how far one has come."""

from markupsafe import Markup

from adapters.web import charts
from adapters.web.charts import Series
from adapters.web.page import Ask, Page, at
from adapters.web.pages import parts
from adapters.web.wants import Refused
from bot import note_list, page_models
from bot.events import number_in
from bot.note_list import Filter
from bot.overview import OfOne
from bot.packs import Principle
from bot.people import may, require

FACETS = ("background", "do", "avoid", "first_step")
SHOWN = 5


def index(ask: Ask) -> Page:
    """`/dashboard/principles/`."""
    require(ask.turn, "page.read")
    return Page(
        "principles.html", ask.t("page.principles"), "principles", values={"principles": ask.turn.pack.principles}
    )


def show(ask: Ask) -> Page:
    """`/dashboard/principles/3`."""
    turn = ask.turn
    require(turn, "page.read")
    number = number_in(ask.wants.part("number"))
    if number is None or not turn.pack.has(number):
        raise Refused(404, "no_principle")
    period = parts.period(ask)
    made = ask.kept.get(page_models.principle(turn, number, period), turn)
    model, chart = made.value, made.drawn(ask.lang, lambda model: _weeks(ask, model))
    found = turn.pack.by_number[number]
    values = {
        "principle": found,
        "facets": _facets(ask, found),
        "period": parts.choice(ask, period),
        "tiles": [
            parts.tile(ask, "notes", model.notes, parts.changed(ask, model.notes, model.notes_before)),
            parts.tile(ask, "kudos", model.kudos, parts.changed(ask, model.kudos, model.kudos_before)),
        ],
        "charts": [chart],
        "recognition": at(f"recognition{parts.days(ask)}") if may(turn, "recognition.read") else "",
        "entries": note_list.newest(turn, Filter(number=number), limit=SHOWN),
        "more": at(f"notes?principle={number}"),
    }
    crumbs = ((at("principles/"), ask.t("page.principles")),)
    title = turn.pack.title(number, ask.lang)
    return Page("principle.html", title, "principles", crumbs, values, figures_at=made.at)


def _facets(ask: Ask, found: Principle) -> list[tuple[str, list[str]]]:
    """What the pack says of it, in short."""
    told = ((name, found.facets.get(name, ())) for name in FACETS)
    return [(ask.speak(f"daily.facet.{name}"), [e[ask.lang] for e in entries]) for name, entries in told if entries]


def _weeks(ask: Ask, model: OfOne) -> Markup:
    labels = [parts.week(one.period.first) for one in model.weeks]
    series = [
        Series(ask.t("notes"), [one.notes for one in model.weeks]),
        Series(ask.t("kudos"), [one.kudos for one in model.weeks]),
    ]
    return charts.line(ask.frame(ask.t("chart.weeks"), "weeks"), labels, series)
