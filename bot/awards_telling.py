"""Awards reach the channels, and leave them when a winner does not wish to be listed, leaves or is forgotten."""

from functools import partial

from bot import awards_view, cards
from bot.cards import Card
from bot.turn import Turn
from storage import awards, outbox, places, shown, units
from storage.awards import AwardRow, RoundRow, WinnerRow
from storage.places import PlaceRow


def announce(turn: Turn, found: RoundRow) -> int:
    """Owe every channel in reach the card, or have it show this one instead; returns how many channels."""
    reached = _channels(turn, found)
    body = outbox.body(turn.tx, f"award:{found.id}:{turn.key}", _card(turn, found), at=turn.at)
    for place in reached:
        key = f"award:{found.id}:{place.id}"
        outbox.post(turn.tx, key, body, due_at=turn.at, place_id=place.id)
        outbox.change(turn.tx, key, body, due_at=turn.at)
    _congratulate(turn, found)
    return len(reached)


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


def _congratulate(turn: Turn, found: RoundRow) -> None:
    """Each winner hears of it once, in their own language."""
    winners = awards.winners(turn.tx, found.id)
    for award in awards.of_round(turn.tx, found.id):
        some = winners.get(award.id, [])
        for winner in some:
            draw = partial(_congratulation, turn, found, award, some)
            turn.tell(winner.person_id, f"awarded:{award.id}:{winner.person_id}", draw)


def _congratulation(turn: Turn, found: RoundRow, award: AwardRow, winners: list[WinnerRow], lang: str) -> Card:
    given = awards_view.certificate(turn, found, award, winners, lang)
    return awards_view.congratulation(turn, given, lang)


def take_out(turn: Turn, person_id: int) -> None:
    """Have somebody have no award any more: in no list and on no card, old ones included."""
    for round_id, award_id in awards.of_person(turn.tx, person_id):
        awards.take_from(turn.tx, award_id, person_id)
        found = awards.get_round(turn.tx, round_id)
        if found is not None and found.state == "announced":
            redraw(turn, found)


def redraw(turn: Turn, found: RoundRow) -> None:
    """Have every channel that was told show the awards as they are now."""
    before = awards.bodies(turn.tx, found.id)
    body = outbox.body(turn.tx, f"award:{found.id}:{turn.key}:{len(before)}", _card(turn, found), at=turn.at)
    for key in outbox.keys(turn.tx, f"award:{found.id}:%"):
        outbox.change(turn.tx, key, body, due_at=turn.at)
    shown.drop_bodies(turn.tx, before)
