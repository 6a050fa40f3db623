"""Certificates of announced awards as plain data, as they stand at the moment they are drawn."""

from datetime import date, timedelta
from typing import NamedTuple

from bot.people import Thing, require
from bot.prints import Certificate, Honoured
from bot.turn import Refusal, Turn
from storage import awards, given
from storage.awards import AwardRow, RoundRow, WinnerRow


class Which(NamedTuple):
    """Which certificates: one winner's for one principle, or with neither those of a whole round."""

    round: int
    number: int | None = None
    person: int | None = None

    def written(self) -> str:
        """As a button carries it."""
        return f"{self.round}:{self.number or ''}:{self.person or ''}"


def drawn(turn: Turn, which: Which, lang: str) -> tuple[Certificate, ...]:
    """The certificates, if the person may have them: their own, or as the secretariat. Refuses what is no more."""
    found = awards.get_round(turn.tx, which.round)
    if found is None:
        raise Refusal("awards.no_certificate")
    require(turn, "award.certificate", Thing(unit_id=found.unit_id, owner_id=which.person))
    wanted = [pair for pair in _given(turn, found) if _is_wanted(which, *pair)]
    if not wanted:
        raise Refusal("awards.no_certificate")
    return tuple(_certificate(turn, found, award, winner, lang) for award, winner in wanted)


def _given(turn: Turn, found: RoundRow) -> list[tuple[AwardRow, WinnerRow]]:
    """Everything of a round that is public and whose principle there still is."""
    public = (one for one in given.of_round(turn.tx, found.id) if turn.pack.now(one.award.edition, one.number))
    return [(one.award, winner) for one in public for winner in one.winners]


def _is_wanted(which: Which, award: AwardRow, winner: WinnerRow) -> bool:
    return which.number in (None, award.number) and which.person in (None, winner.person_id)


def _certificate(turn: Turn, found: RoundRow, award: AwardRow, winner: WinnerRow, lang: str) -> Certificate:
    first, end = date.fromisoformat(found.first_on), date.fromisoformat(found.end_on)
    number = turn.pack.now(award.edition, award.number) or award.number
    return Certificate(
        (Honoured(winner.name(lang), winner.unit(lang)),),
        number,
        award.citation,
        first,
        end - timedelta(days=1),
        turn.local(winner.since or found.announced_at or turn.at).date(),
    )
