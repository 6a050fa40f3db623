"""Who can be reached and who cannot, as counts; names only by `kizuki reach`, which is written into the audit log."""

from collections import Counter

from markupsafe import Markup

from adapters.web import charts
from adapters.web.page import Ask, Page
from bot import reach as reaching
from bot.people import Thing, reach, require
from bot.reach import REACHABLE, STATUSES, Reach
from bot.turn import Refusal
from storage import units
from storage.units import UnitRow

ROLES = ("secretariat", "administrator")


def show(ask: Ask) -> Page:
    """`/dashboard/reach`."""
    turn = ask.turn
    unit = _unit(ask)
    require(turn, "reach.read", Thing(unit_id=unit and unit.id))
    key = ("reach", turn.day, unit and unit.id)
    counted = ask.kept.get(key, lambda: _counted(ask, unit))
    total, able = sum(counted[0].values()), sum(counted[0][s] for s in REACHABLE)
    values = {
        "unit": unit,
        "total": total,
        "able": able,
        "share": round(100 * able / total) if total else 0,
        "muted": counted[1],
        "waiting": counted[2],
        "charts": [_statuses(ask, counted[0])],
        "todo": [(ask.t(f"status.{s}"), ask.t(f"status_todo.{s}"), counted[0][s]) for s in _lacking(counted[0])],
    }
    return Page("reach.html", ask.t("page.reach"), "reach", values=values)


def _unit(ask: Ask) -> UnitRow | None:
    """The unit that was asked for, or the one the reader looks after; None for the whole organisation."""
    turn, code = ask.turn, ask.wants.text("unit")
    if code:
        found = units.by_code(turn.tx, code)
        if found is None:
            raise Refusal("dashboard.no_unit")
        return found
    if any(role.role in ROLES and role.unit_id is None for role in turn.roles):
        return None
    mine = reach(turn, *ROLES)
    return units.get(turn.tx, mine[0]) if mine else None


def _counted(ask: Ask, unit: UnitRow | None) -> tuple[Counter[str], int, tuple[int, int]]:
    """How many people have which status, how many want no messages, and what waits: counts alone are kept."""
    turn = ask.turn
    on = reaching.turned_on(turn.settings.platforms)
    found: Reach = reaching.report(turn.tx, on, turn.settings.zone, today=turn.day, unit=unit and unit.id)
    return Counter(one.status for one in found.standings), found.muted, found.waiting


def _statuses(ask: Ask, counted: Counter[str]) -> Markup:
    there = [s for s in STATUSES if counted[s]]
    labels, values = [ask.t(f"status.{s}") for s in there], [counted[s] for s in there]
    return charts.bars(ask.frame(ask.t("chart.reach"), "reach"), labels, values)


def _lacking(counted: Counter[str]) -> list[str]:
    return [s for s in STATUSES if s not in REACHABLE and counted[s]]
