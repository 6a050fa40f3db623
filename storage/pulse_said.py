"""What the published table of a survey says about a unit, beside the table itself."""

import json
from collections.abc import Iterable

from sqlalchemy import select
from sqlmodel import Field, SQLModel

from storage.columns import adding, columns, in_list, numbers, ref
from storage.database import Tx
from storage.statements import Statement


class PulseSaid(SQLModel, table=True):
    """What follows from a survey's published table about a unit ("" is the whole), as JSON."""

    __tablename__ = "pulse_said"
    __table_args__ = {"sqlite_with_rowid": False}

    pulse_id: int = ref("pulse.id", primary=True)
    unit: str = Field(primary_key=True)
    said: str


_said = columns(PulseSaid)
_add = Statement(adding(PulseSaid, "pulse_id", "unit", "said"))
_of = {
    sqlite: Statement(
        select(_said.pulse_id, _said.unit, _said.said).where(
            _said.pulse_id.in_(numbers("pulses", sqlite=sqlite)), in_list(_said.unit, "units", sqlite=sqlite)
        )
    )
    for sqlite in (True, False)
}


def add(tx: Tx, pulse_id: int, said: Iterable[tuple[str, str]]) -> None:
    """Keep what is said about each (unit, JSON)."""
    tx.many(_add, [{"pulse_id": pulse_id, "unit": unit, "said": text} for unit, text in said])


def of(tx: Tx, pulses: Iterable[int], units: Iterable[str]) -> dict[tuple[int, str], str]:
    """What surveys say about units, by (survey, unit); what is not known is left out."""
    rows = tx.all(_of[tx.sqlite], pulses=json.dumps(sorted(pulses)), units=json.dumps(sorted(units)))
    return {(pulse, unit): text for pulse, unit, text in rows}
