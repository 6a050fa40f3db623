"""Who can be reached and who cannot, as counts; names only by `kizuki reach`, which is written into the audit log."""

from collections import Counter

from markupsafe import Markup

from adapters.web import charts
from adapters.web.page import Ask, Page
from adapters.web.pages import files
from bot import own_unit, page_models
from bot.people import Thing, require
from bot.reach import REACHABLE, STATUSES


def show(ask: Ask) -> Page:
    """`/dashboard/reach`."""
    turn = ask.turn
    unit = own_unit.asked(turn, "reach.read", ask.wants.text("unit"))
    require(turn, "reach.read", Thing(unit_id=unit and unit.id))
    made = ask.kept.get(page_models.reached(turn, unit), turn)
    counted = made.value.by_status
    total, able = sum(counted.values()), sum(counted[s] for s in REACHABLE)
    values = {
        "unit": unit,
        "total": total,
        "able": able,
        "share": round(100 * able / total) if total else 0,
        "muted": made.value.muted,
        "waiting": made.value.waiting,
        "charts": [made.drawn(ask.lang, lambda model: _statuses(ask, model.by_status))],
        "todo": [(ask.t(f"status.{s}"), ask.t(f"status_todo.{s}"), counted[s]) for s in _lacking(counted)],
        "files": files.links(ask, "reach", unit=unit),
    }
    return Page("reach.html", ask.t("page.reach"), "reach", values=values, figures_at=made.at)


def _statuses(ask: Ask, counted: Counter[str]) -> Markup:
    there = [s for s in STATUSES if counted[s]]
    labels, values = [ask.t(f"status.{s}") for s in there], [counted[s] for s in there]
    return charts.bars(ask.frame(ask.t("chart.reach"), "reach"), labels, values)


def _lacking(counted: Counter[str]) -> list[str]:
    return [s for s in STATUSES if s not in REACHABLE and counted[s]]
