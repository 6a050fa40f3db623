"""`/kizuki awards`: the secretariat chooses who receives the award for each principle, says why, looks, announces."""

from datetime import date
from typing import NamedTuple

from bot import awards_telling, awards_view, periods, recognition, recognition_report
from bot.cards import Card, Reply, with_error
from bot.events import Press, is_blank, number_in
from bot.people import Thing, may, require, scopes
from bot.recognition_model import OfPrinciple, Recognition
from bot.reports import Period, between
from bot.turn import Refusal, Turn
from storage import awards, recognised, units
from storage.awards import RoundRow
from storage.units import UnitRow

LONGEST, MOST_WINNERS = 400, 5


class Scope(NamedTuple):
    """Which awards: of which days, and of which unit or of everybody."""

    first: date
    end: date
    unit: UnitRow | None

    @property
    def name(self) -> str:
        """As a button carries it, and as a round is found by."""
        return f"{self.first}/{self.end}/{self.unit.id if self.unit else ''}"

    @property
    def unit_id(self) -> int | None:
        """The unit's key."""
        return self.unit.id if self.unit else None


def start(turn: Turn, text: str) -> Reply:
    """The awards of the month before, or of another period that is over; of everybody, or of a unit."""
    turn.me  # noqa: B018 - whoever may only read is told so
    try:
        found = periods.asked(turn, text, usual="last_month")
    except Refusal as refusal:
        return recognition.or_note(turn, refusal, text)
    unit = found.unit or _own(turn)
    scope = _checked(turn, Scope(found.period.first, found.period.end, unit), found.period)
    return Reply(awards_view.listing(turn, scope.name, *_standing(turn, scope)))


def listing(turn: Turn, press: Press) -> Reply:
    """The same from a button."""
    scope = _scope(turn, press.value)
    return Reply(awards_view.listing(turn, scope.name, *_standing(turn, scope)), replaces=True)


def choose(turn: Turn, press: Press) -> Reply:
    """The dialog for one principle, with its shortlist."""
    scope = _scope(turn, press.value)
    number = _number(turn, press.first("number"))
    report = recognition.build(turn, _period(turn, scope), scope.unit)
    return Reply(_form(turn, scope, report, number), "dialog")


def save(turn: Turn, press: Press) -> Reply:
    """Keep who was chosen, and why; nobody chosen gives the award to nobody."""
    where, _, number = press.value.rpartition("/")
    scope, principle = _scope(turn, where), _number(turn, number)
    chosen, citation = press.fields.get("winners", ()), press.first("citation").strip()
    problem = _problem(turn, chosen, citation)
    if problem:
        report = recognition.build(turn, _period(turn, scope), scope.unit)
        form = _form(turn, scope, report, principle, chosen=chosen, citation=citation)
        return Reply(with_error(form, *problem), "dialog", replaces=True)
    winners = [_winner(turn, scope, principle, one) for one in chosen]
    held = _round(turn, scope)
    _keep(turn, held, principle, citation, winners)
    return Reply(awards_view.listing(turn, scope.name, *_standing(turn, scope)))


def preview(turn: Turn, press: Press) -> Reply:
    """The card as channels will show it, before anybody sees it."""
    scope = _scope(turn, press.value)
    found = awards.of_scope(turn.tx, scope.name)
    if found is None or not awards.of_round(turn.tx, found.id):
        raise Refusal("awards.none_chosen")
    return Reply(awards_view.preview(turn, scope.name, found), "dialog")


def announce(turn: Turn, press: Press) -> Reply:
    """The press that tells every channel, or has those told before show what it is now."""
    scope = _scope(turn, press.value)
    found = _round(turn, scope)
    if not awards.of_round(turn.tx, found.id):
        raise Refusal("awards.none_chosen")
    places = awards_telling.announce(turn, found)
    awards.announce(turn.tx, found.id, at=turn.at)
    turn.audit("award.announce", f"award:{found.id}", places=places)
    return Reply(awards_view.announced(turn, scope.name, places), replaces=True)


def _own(turn: Turn) -> UnitRow | None:
    """The unit whose awards somebody gives who may not give those of everybody."""
    held = [unit for unit in scopes(turn, "secretariat") if unit is not None]
    return units.get(turn.tx, held[0]) if held and not may(turn, "award.give") else None


def _scope(turn: Turn, value: str) -> Scope:
    """The scope a button is about, if the person gives its awards."""
    parts = value.split("/")
    try:
        first, end, unit = parts
        days = date.fromisoformat(first), date.fromisoformat(end)
    except ValueError:
        raise Refusal("cards.stale") from None
    found = units.get(turn.tx, number_in(unit) or 0) if unit else None
    if unit and found is None:
        raise Refusal("cards.stale")
    scope = Scope(*days, found)
    return _checked(turn, scope, periods.checked(turn, *days))


def _checked(turn: Turn, scope: Scope, period: Period) -> Scope:
    require(turn, "award.give", Thing(unit_id=scope.unit_id))
    if not periods.over(period, turn.today):
        raise Refusal("awards.not_over")
    return scope


def _period(turn: Turn, scope: Scope) -> Period:
    return between(turn.settings, scope.first, scope.end)


def _round(turn: Turn, scope: Scope) -> RoundRow:
    """The round of a scope, begun where there is none; whoever changes it at the same instant comes after."""
    days = {"first_on": scope.first.isoformat(), "end_on": scope.end.isoformat()}
    found = awards.open_round(turn.tx, scope.name, **days, unit_id=scope.unit_id)
    awards.hold(turn.tx, found.id)
    return found


def _standing(turn: Turn, scope: Scope) -> tuple[Period, UnitRow | None, RoundRow | None]:
    return _period(turn, scope), scope.unit, awards.of_scope(turn.tx, scope.name)


def _number(turn: Turn, text: str) -> int:
    number = number_in(text)
    if number is None or number not in turn.pack.numbers:
        raise Refusal("cards.stale")
    return number


def _form(
    turn: Turn, scope: Scope, report: Recognition, number: int, *, chosen: tuple[str, ...] = (), citation: str = ""
) -> Card:
    of = next(p for p in report.principles if p.number == number)
    if not of.shortlist:
        raise Refusal("awards.nobody_listed")
    if not chosen and not citation:
        chosen, citation = _kept(turn, scope, of)
    return awards_view.form(turn, f"{scope.name}/{number}", of, chosen, citation)


def _kept(turn: Turn, scope: Scope, of: OfPrinciple) -> tuple[tuple[str, ...], str]:
    """What was chosen before."""
    held = awards.of_scope(turn.tx, scope.name)
    award = next((a for a in awards.of_round(turn.tx, held.id) if a.number == of.number), None) if held else None
    if held is None or award is None:
        return (), ""
    winners = awards.winners(turn.tx, held.id).get(award.id, [])
    return tuple(str(w.person_id) for w in winners), award.citation


def _problem(turn: Turn, chosen: tuple[str, ...], citation: str) -> tuple[str, str] | None:
    """The field that does not fit, and why."""
    if len(chosen) > MOST_WINNERS:
        return "winners", turn.t("awards.too_many", most=MOST_WINNERS)
    if chosen and (is_blank(citation) or len(citation) > LONGEST):
        return "citation", turn.t("awards.citation_length", longest=LONGEST)
    return None


def _winner(turn: Turn, scope: Scope, number: int, value: str) -> tuple[int, int | None]:
    """(person, their unit) of somebody chosen, who was recognised and may be listed at this moment."""
    person = number_in(value) or 0
    points = recognition_report.points_of(turn, _period(turn, scope), scope.unit, person, number)
    if points is None or not points.points:
        raise Refusal("awards.not_listed")
    return person, recognised.listed(turn.tx, [person], today=turn.day)[person].unit_id


def _keep(turn: Turn, held: RoundRow, number: int, citation: str, winners: list[tuple[int, int | None]]) -> None:
    if winners:
        edition = turn.pack.edition
        awards.save(turn.tx, held.id, number, edition=edition, citation=citation, winners=winners)
    else:
        for award in awards.of_round(turn.tx, held.id):
            if award.number == number:
                awards.drop(turn.tx, award.id)
    turn.audit("award.choose", f"award:{held.id}", number=number, winners=len(winners))


ACTIONS = {
    "award.list": listing,
    "award.choose": choose,
    "award.save": save,
    "award.preview": preview,
    "award.announce": announce,
}
LOOKS = frozenset(("award.list", "award.choose", "award.preview"))
DIALOGS = frozenset(("award.choose", "award.preview"))
