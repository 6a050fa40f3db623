"""Whether messages arrive, and what people do about them: counts of the whole organisation."""

from typing import NamedTuple

from markupsafe import Markup

from adapters.web import charts
from adapters.web.charts import Series
from adapters.web.page import Ask, Page
from adapters.web.pages import files, parts
from adapters.web.pages.parts import Tile
from bot import page_models, pulse_view
from bot.delivery_overview import Delivery, OfKind
from bot.people import require


def show(ask: Ask) -> Page:
    """`/dashboard/delivery`."""
    turn = ask.turn
    require(turn, "reach.read")
    period = parts.period(ask)
    made = ask.kept.get(page_models.delivered(turn, period), turn)
    model = made.value
    values = {
        "period": parts.choice(ask, period),
        "tiles": _tiles(ask, model),
        "charts": made.drawn(ask.lang, lambda model: _drawn(ask, model)),
        "responses": [*_responses(ask, model), *_surveys(ask, model)],
        "files": files.links(ask, "reach", "delivery", period=period),
    }
    return Page("delivery.html", ask.t("page.delivery"), "delivery", values=values, figures_at=made.at)


def _tiles(ask: Ask, model: Delivery) -> list[Tile]:
    every = [*model.people, *model.channels]
    total, arrived = sum(one.total for one in every), sum(one.arrived for one in every)
    return [
        parts.tile(ask, "messages", total),
        Tile(ask.t("tile.arrived"), parts.percent(ask, arrived, total), ask.t("part_of", part=arrived, whole=total)),
        parts.tile(ask, "on_their_way", sum(one.waiting for one in every)),
        parts.tile(ask, "undelivered", sum(one.lost for one in every)),
    ]


def _drawn(ask: Ask, model: Delivery) -> list[Markup]:
    found = (("people", model.people), ("channels", model.channels))
    return [_kinds(ask, name, kinds) for name, kinds in found if kinds]


def _kinds(ask: Ask, name: str, kinds: tuple[OfKind, ...]) -> Markup:
    labels = [ask.t(f"message.{one.kind}") for one in kinds]
    series = [
        Series(ask.t("fate.arrived"), [one.arrived for one in kinds]),
        Series(ask.t("fate.lost"), [one.lost for one in kinds]),
        Series(ask.t("fate.waiting"), [one.waiting for one in kinds]),
    ]
    return charts.stacked(ask.frame(ask.t(f"chart.delivered_{name}"), f"kinds-{name}"), labels, series)


class Response(NamedTuple):
    """What was done about what was told: what, among whom or which, of how many, by how many."""

    what: str
    among: str
    whole: int
    part: int


def _responses(ask: Ask, model: Delivery) -> list[Response]:
    """What there was none of is left out."""
    told, notes = model.announced, model.notes
    staff, written, reached = ask.t("among.staff"), ask.t("among.notes"), ask.t("among.announced", n=told.count)
    found = [
        Response(ask.t("response.read"), staff, model.staff, model.read),
        Response(ask.t("response.tried"), staff, model.staff, model.tried),
        Response(ask.t("response.answered"), written, notes.written, notes.answered),
        Response(ask.t("response.in_time"), written, notes.written, notes.written - notes.overdue),
        Response(ask.t("response.announced_read"), reached, told.got, told.read),
        Response(ask.t("response.announced_pressed"), reached, told.got, told.pressed),
    ]
    return [one for one in found if one.whole]


def _surveys(ask: Ask, model: Delivery) -> list[Response]:
    return [
        Response(
            ask.t("response.survey"),
            ask.t("survey_of", title=pulse_view.title(one.pulse, ask.lang), day=ask.day(one.opened)),
            one.invited,
            one.answered,
        )
        for one in model.surveys
    ]
