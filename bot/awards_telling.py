"""Awards reach the channels and their winners, and leave them: withdrawn, refused, or with the person."""

from functools import partial

from bot import awards_view, cards
from bot.turn import Turn
from storage import awards, given, outbox, people, places, shown, units
from storage.awards import AwardRow, Honour, RoundRow
from storage.places import PlaceRow

Held = dict[tuple[int, int], AwardRow]


def announce(turn: Turn, found: RoundRow, before: list[Honour]) -> int:
    """Owe every channel in reach the card, or have it show this one instead; returns how many channels."""
    reached = _channels(turn, found)
    body = outbox.body(turn.tx, f"award:{found.id}:{turn.key}", _card(turn, found), at=turn.at)
    for place in reached:
        key = f"award:{found.id}:{place.id}"
        outbox.post(turn.tx, key, body, due_at=turn.at, place_id=place.id)
        outbox.change(turn.tx, key, body, due_at=turn.at)
    _tell_winners(turn, found, before)
    return len(reached)


def withdraw(turn: Turn, found: RoundRow, before: list[Honour]) -> None:
    """Have channels and winners see that the awards are no more."""
    redraw(turn, found)
    _tell_winners(turn, found, before)


def _card(turn: Turn, found: RoundRow) -> str:
    return cards.dump(awards_view.public(turn, found, turn.house.lang))


def _channels(turn: Turn, found: RoundRow) -> list[PlaceRow]:
    """The channels of the unit and below, or all, that receive the daily principle, and the one for thanks."""
    thanks = places.kudos_channel(turn.tx)
    every = [p for p in places.channels(turn.tx) if p.gone_at is None and (p.daily or p.id == thanks)]
    if found.unit_id is None:
        return every
    above, day = found.unit_id, turn.day
    return [p for p in every if p.unit_id is not None and units.is_under(turn.tx, p.unit_id, above, today=day)]


def _held(honours: list[Honour]) -> Held:
    return {(one.number, w.person_id): one.award for one in honours for w in one.winners}


def _tell_winners(turn: Turn, found: RoundRow, before: list[Honour]) -> None:
    """Whoever has an award now hears of it, once; whoever has it no more is told so in the same place."""
    had, have = _held(before), _held(given.of_round(turn.tx, found.id))
    for (number, person), award in have.items():
        known = had.get((number, person))
        if known is None or (known.citation, known.edition) != (award.citation, award.edition):
            _congratulate(turn, found, award, person)
    for number, person in had.keys() - have.keys():
        _take_back(turn, found, had[number, person], person, wished=False)


def _key(found: RoundRow, award: AwardRow, person: int) -> str:
    return f"awarded:{found.id}:{award.number}:{person}"


def _congratulate(turn: Turn, found: RoundRow, award: AwardRow, person_id: int) -> None:
    key = _key(found, award, person_id)
    draw = partial(awards_view.congratulation, turn, found, award, person_id)
    if outbox.keys(turn.tx, key):
        turn.change(key, draw(_language(turn, person_id)))
    else:
        turn.tell(person_id, key, draw, body=f"{key}:{turn.key}")


def _take_back(turn: Turn, found: RoundRow, award: AwardRow, person_id: int, *, wished: bool) -> None:
    """Never told where it was not yet; else told in the place of the congratulation."""
    key = _key(found, award, person_id)
    if not outbox.cancel(turn.tx, key):
        turn.withdraw(key, awards_view.taken_back(turn, award, _language(turn, person_id), wished=wished))


def _language(turn: Turn, person_id: int) -> str:
    person = people.get(turn.tx, person_id, today=turn.day)
    return turn.language_of(person) if person else turn.house.lang


def refuse(turn: Turn) -> None:
    """Have the person who is asking have no award any more, as they wish; their congratulations say so."""
    _hold(turn, turn.me.id)
    for round_id in dict.fromkeys(of for of, _ in given.of_person(turn.tx, turn.me.id)):
        found = awards.get_round(turn.tx, round_id)
        for (_, person), award in _held(given.of_round(turn.tx, round_id)).items():
            if found and person == turn.me.id:
                _take_back(turn, found, award, person, wished=True)
    take_out(turn, turn.me.id)


def take_out(turn: Turn, person_id: int) -> None:
    """Have somebody have no award any more: in no list and on no card, old ones included."""
    _hold(turn, person_id)
    for _, award_id in awards.of_person(turn.tx, person_id):
        awards.take_from(turn.tx, award_id, person_id)
    for round_id, award_id in given.of_person(turn.tx, person_id):
        given.take_from(turn.tx, award_id, person_id)
        found = awards.get_round(turn.tx, round_id)
        if found is not None:
            redraw(turn, found)


def _hold(turn: Turn, person_id: int) -> None:
    """Have whoever announces what somebody was chosen for at this instant come before or after, not in between."""
    rounds = {of for of, _ in (*awards.of_person(turn.tx, person_id), *given.of_person(turn.tx, person_id))}
    for round_id in sorted(rounds):
        awards.hold(turn.tx, round_id)


def redraw(turn: Turn, found: RoundRow) -> None:
    """Have every channel that was told show the awards as they are now; none hears first that they are no more."""
    before = awards.bodies(turn.tx, found.id)
    body = outbox.body(turn.tx, f"award:{found.id}:{turn.key}:{len(before)}", _card(turn, found), at=turn.at)
    gone = not given.of_round(turn.tx, found.id)
    for key in outbox.keys(turn.tx, f"award:{found.id}:%"):
        if not (gone and outbox.cancel(turn.tx, key)):
            outbox.change(turn.tx, key, body, due_at=turn.at)
    shown.drop_bodies(turn.tx, before)
