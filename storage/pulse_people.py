"""Whom a survey is told to: those it asks, who work here today and want to hear of it; and the units they are in."""

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, select

from storage.columns import columns
from storage.database import Tx
from storage.people import Person, here
from storage.postings import Posting, current
from storage.pulses import PulseInvited
from storage.statements import Statement


class Candidate(NamedTuple):
    """Somebody a survey may ask: the unit they are in today, if any, and when they came."""

    id: int
    unit_id: int | None
    joined_on: str


class Listener(NamedTuple):
    """Somebody to be written to, and the language they chose, if any."""

    id: int
    language: str


_person, _posting, _invited = map(columns, (Person, Posting, PulseInvited))
_id: Any = bindparam("pulse")
_candidates = Statement(
    select(_person.id, _posting.unit_id, _person.joined_on)
    .select_from(Person)
    .outerjoin(Posting, and_(_posting.person_id == _person.id, current(_posting)))
    .where(here)
    .order_by(_person.id),
    Candidate,
)
_listeners = Statement(
    select(_person.id, _person.language)
    .join(PulseInvited, _invited.person_id == _person.id)
    .where(_invited.pulse_id == _id, here, _person.pulse, ~_person.muted)
    .order_by(_person.id),
    Listener,
)
_units = Statement(
    select(_posting.unit_id)
    .distinct()
    .select_from(PulseInvited)
    .join(Posting, _posting.person_id == _invited.person_id)
    .where(_invited.pulse_id == _id, current(_posting))
    .order_by(_posting.unit_id)
)


def candidates(tx: Tx, *, today: str) -> list[Candidate]:
    """Everyone who works here today, with no more than a survey needs: there may be tens of thousands."""
    return tx.all(_candidates, today=today)


def listeners(tx: Tx, pulse_id: int, *, today: str) -> list[Listener]:
    """Whom a survey is told to; whether they answered makes no difference."""
    return tx.all(_listeners, pulse=pulse_id, today=today)


def units(tx: Tx, pulse_id: int, *, today: str) -> list[int]:
    """The units in which somebody is asked."""
    return [row[0] for row in tx.all(_units, pulse=pulse_id, today=today)]
