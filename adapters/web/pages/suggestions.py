"""How right suggestions are: what people chose, by month and by principle, and what learning from notes brought."""

from markupsafe import Markup

from adapters.web import charts
from adapters.web.charts import Series
from adapters.web.page import Ask, Page
from adapters.web.pages import files, parts
from adapters.web.pages.parts import Tile
from bot import page_models
from bot.people import require
from bot.suggestion_overview import Suggested
from storage.learning import Chosen, LessonRow


def show(ask: Ask) -> Page:
    """`/dashboard/suggestions`: of the whole organisation, for whoever looks after it."""
    turn = ask.turn
    require(turn, "reach.read")
    period = parts.period(ask, usual="year")
    made = ask.kept.get(page_models.suggested(turn, period), turn)
    model = made.value
    values = {
        "period": parts.choice(ask, period, usual="year"),
        "tiles": _tiles(ask, model.chosen),
        "charts": made.drawn(ask.lang, lambda model: _drawn(ask, model)),
        "attempts": [(turn.local(one.at).date(), one, *_gain(ask, one)) for one in model.attempts],
        "files": files.links(ask, "suggestions", period=period),
    }
    return Page("suggestions.html", ask.t("page.suggestions"), "suggestions", values=values, figures_at=made.at)


def _tiles(ask: Ask, chosen: Chosen) -> list[Tile]:
    return [
        parts.tile(ask, "tagged", chosen.notes),
        _share(ask, "hits", chosen.hits, chosen.notes),
        _share(ask, "firsts", chosen.firsts, chosen.notes),
        _share(ask, "silent", chosen.silent, chosen.about_nothing),
    ]


def _share(ask: Ask, name: str, part: int, whole: int) -> Tile:
    return Tile(ask.t(f"tile.{name}"), parts.percent(ask, part, whole), ask.t("part_of", part=part, whole=whole))


def _gain(ask: Ask, one: LessonRow) -> tuple[str, str]:
    """How often a right number was among three and first in the held-out part, before and after."""
    pairs = ((one.hits_before, one.hits_after), (one.firsts_before, one.firsts_after))
    before, after = ([parts.percent(ask, pair[n], one.held_out) for pair in pairs] for n in (0, 1))
    return ask.t("from_to", before=before[0], after=after[0]), ask.t("from_to", before=before[1], after=after[1])


def _drawn(ask: Ask, model: Suggested) -> list[Markup]:
    return [_months(ask, model), _principles(ask, model)] if model.chosen.notes else []


def _months(ask: Ask, model: Suggested) -> Markup:
    told = [one for one in model.months if one.chosen.notes]
    labels = [ask.t("month_of", year=str(one.first.year), month=str(one.first.month)) for one in told]
    series = [
        Series(ask.t("tile.hits"), [100 * one.chosen.hits / one.chosen.notes for one in told]),
        Series(ask.t("tile.firsts"), [100 * one.chosen.firsts / one.chosen.notes for one in told]),
    ]
    return charts.line(ask.frame(ask.t("chart.right"), "months", "%"), labels, series, top=100)


def _principles(ask: Ask, model: Suggested) -> Markup:
    told = [one for one in model.numbers if one.notes]
    labels = [ask.turn.pack.short(one.number, ask.lang) for one in told]
    values = [100 * one.hits / one.notes for one in told]
    counts = Series(ask.t("tile.tagged"), [one.notes for one in told], plain=True)
    frame = ask.frame(ask.t("chart.right_by_principle"), "numbers", "%")
    return charts.bars(frame, labels, values, top=100, beside=counts)
