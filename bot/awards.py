"""`/kizuki awards`: the secretariat chooses who receives the award for each principle, says why, looks, announces."""

from bot import award_checks, award_scopes, awards_telling, awards_view, recognition
from bot.award_scopes import Scope
from bot.cards import Card, Reply, with_error
from bot.events import Press, is_blank, number_in
from bot.turn import Refusal, Turn
from storage import awards, given, recognised
from storage.awards import Honour, RoundRow

LONGEST, MOST_WINNERS = 400, 5


def start(turn: Turn, text: str) -> Reply:
    """The awards of the month before, or of another period that is over; of everybody, or of a unit."""
    turn.me  # noqa: B018 - whoever may only read is told so
    try:
        scope = award_scopes.asked(turn, text)
    except Refusal as refusal:
        return recognition.or_note(turn, refusal, text)
    return Reply(_listing(turn, scope))


def listing(turn: Turn, press: Press) -> Reply:
    """The same from a button."""
    return Reply(_listing(turn, award_scopes.of_button(turn, press.value)), replaces=True)


def choose(turn: Turn, press: Press) -> Reply:
    """The dialog for one principle, with its shortlist."""
    scope, number = award_scopes.of_button(turn, press.value), _number(turn, press.first("number"))
    held = _standing(turn, scope, number)
    winners = tuple(str(w.person_id) for w in held.winners) if held else ()
    citation = held.award.citation if held else ""
    return Reply(_form(turn, scope, number, held, winners, citation), "dialog")


def save(turn: Turn, press: Press) -> Reply:
    """Keep who was chosen, and why; nobody chosen gives the award to nobody.

    What somebody else chose since the form was opened is shown first, and replaced by a second press only.
    """
    scope, number, opened = _of_form(turn, press.value)
    chosen, citation = tuple(dict.fromkeys(press.fields.get("winners", ()))), press.first("citation").strip()
    problem = _problem(turn, chosen, citation)
    held = _standing(turn, scope, number)
    if problem:
        form = _form(turn, scope, number, held, chosen, citation, opened)
        return Reply(with_error(form, *problem), "dialog", replaces=True)
    winners = _winners(turn, scope, number, held, chosen)
    found = award_scopes.held(turn, scope)
    held = _standing(turn, scope, number)
    if award_checks.mark(held) != opened:
        form = _form(turn, scope, number, held, chosen, citation)
        return Reply(with_error(form, "winners", awards_view.chosen_meanwhile(turn, held)), "dialog", replaces=True)
    _keep(turn, found, number, held, citation, winners)
    return Reply(_listing(turn, scope))


def preview(turn: Turn, press: Press) -> Reply:
    """The card as channels will show it, before anybody sees it."""
    scope = award_scopes.of_button(turn, press.value)
    found = awards.of_scope(turn.tx, scope.name)
    if found is None:
        raise Refusal("awards.none_chosen")
    return Reply(_looked_at(turn, scope, found).card, "dialog")


def announce(turn: Turn, press: Press) -> Reply:
    """The press that tells every channel, or has those told before show what it is now: only what was looked at."""
    where, _, seen = press.value.partition(":")
    scope = award_scopes.of_button(turn, where)
    found = award_scopes.held(turn, scope)
    look = _looked_at(turn, scope, found)
    if look.missing:
        return Reply(look.card, "dialog", replaces=True)
    if seen != look.seal:
        again = awards_view.noticed(look.card, turn.t("awards.changed_since"))
        return Reply(again, "dialog", replaces=True)
    before = given.of_round(turn.tx, found.id)
    given.replace(turn.tx, found.id, look.chosen, at=turn.at)
    awards.announce(turn.tx, found.id, at=turn.at)
    places = awards_telling.announce(turn, found, before)
    turn.audit("award.announce", f"award:{found.id}", places=places)
    return Reply(awards_view.announced(turn, scope.name, places), replaces=True)


def withdraw(turn: Turn, press: Press) -> Reply:
    """Take back what was announced: every card shows so, and those who had an award are told."""
    scope = award_scopes.of_button(turn, press.value)
    found = award_scopes.held(turn, scope)
    before = given.of_round(turn.tx, found.id)
    if not before:
        raise Refusal("awards.not_announced")
    given.replace(turn.tx, found.id, (), at=turn.at)
    awards_telling.withdraw(turn, found, before)
    turn.audit("award.withdraw", f"award:{found.id}", awards=len(before))
    return Reply(_listing(turn, scope), replaces=True)


def _listing(turn: Turn, scope: Scope) -> Card:
    found = awards.of_scope(turn.tx, scope.name)
    return awards_view.listing(turn, scope.name, scope.period(turn), scope.unit, found)


def _looked_at(turn: Turn, scope: Scope, found: RoundRow) -> awards_view.Look:
    chosen, public = awards.chosen(turn.tx, found.id), given.of_round(turn.tx, found.id)
    if not chosen and not public:
        raise Refusal("awards.none_chosen")
    missing = award_checks.missing(turn, scope.period(turn), scope.unit, chosen, public)
    return awards_view.preview(turn, scope.name, found, chosen, public, missing)


def _standing(turn: Turn, scope: Scope, number: int) -> Honour | None:
    """What is chosen for a principle at this moment."""
    found = awards.of_scope(turn.tx, scope.name)
    return next((one for one in awards.chosen(turn.tx, found.id) if one.number == number), None) if found else None


def _of_form(turn: Turn, value: str) -> tuple[Scope, int, str]:
    """The scope and principle of a form, and what was chosen when it was opened."""
    days, (number, opened) = value.split("/")[:3], (*value.split("/")[3:], "", "")[:2]
    return award_scopes.of_button(turn, "/".join(days)), _number(turn, number), opened


def _number(turn: Turn, text: str) -> int:
    number = number_in(text)
    if number is None or number not in turn.pack.numbers:
        raise Refusal("cards.stale")
    return number


def _form(
    turn: Turn,
    scope: Scope,
    number: int,
    held: Honour | None,
    chosen: tuple[str, ...],
    citation: str,
    opened: str | None = None,
) -> Card:
    """The form, which knows what was chosen when it was opened: now, or earlier."""
    report = recognition.build(turn, scope.period(turn), scope.unit)
    of = next(p for p in report.principles if p.number == number)
    if not of.shortlist and held is None:
        raise Refusal("awards.nobody_listed")
    mark = award_checks.mark(held) if opened is None else opened
    return awards_view.form(turn, f"{scope.name}/{number}/{mark}", of, held, chosen, citation)


def _problem(turn: Turn, chosen: tuple[str, ...], citation: str) -> tuple[str, str] | None:
    """The field that does not fit, and why."""
    if len(chosen) > MOST_WINNERS:
        return "winners", turn.t("awards.too_many", most=MOST_WINNERS)
    if chosen and (is_blank(citation) or len(citation) > LONGEST):
        return "citation", turn.t("awards.citation_length", longest=LONGEST)
    return None


def _winners(
    turn: Turn, scope: Scope, number: int, held: Honour | None, chosen: tuple[str, ...]
) -> list[tuple[int, int | None]]:
    """(person, their unit) of those chosen, who are on the shortlist at this moment or were chosen before."""
    people = [number_in(one) or 0 for one in chosen]
    found = {w.person_id: w.unit_id for w in held.winners} if held else {}
    fresh = set(people).difference(found)
    if fresh and not fresh <= award_checks.shortlist(turn, scope.period(turn), scope.unit, number):
        raise Refusal("awards.not_listed")
    found |= {one.person_id: one.unit_id for one in recognised.listed(turn.tx, fresh, today=turn.day).values()}
    return [(person, found[person]) for person in people]


def _keep(
    turn: Turn,
    found: RoundRow,
    number: int,
    held: Honour | None,
    citation: str,
    winners: list[tuple[int, int | None]],
) -> None:
    if winners:
        edition = turn.pack.edition
        awards.save(turn.tx, found.id, number, edition=edition, citation=citation, winners=winners)
    elif held:
        awards.drop(turn.tx, held.award.id)
    turn.audit("award.choose", f"award:{found.id}", number=number, winners=len(winners))


ACTIONS = {
    "award.list": listing,
    "award.choose": choose,
    "award.save": save,
    "award.preview": preview,
    "award.announce": announce,
    "award.withdraw": withdraw,
}
LOOKS = frozenset(("award.list", "award.choose", "award.preview"))
DIALOGS = frozenset(("award.choose", "award.preview"))
