"""How many colleagues a person may thank on a day: the row that two simultaneous presses meet at."""

from sqlalchemy import bindparam, select, update
from sqlmodel import Field, SQLModel

from storage.columns import adding, columns, ref
from storage.database import Tx
from storage.statements import Statement


class Quota(SQLModel, table=True):
    """How many colleagues a person thanked on a day; the row that two simultaneous presses meet at."""

    __tablename__ = "quota"
    __table_args__ = {"sqlite_with_rowid": False}

    person_id: int = ref("person.id", primary=True)
    day: str = Field(primary_key=True)
    used: int


_quota = columns(Quota)
_take = Statement(
    adding(Quota, "person_id", "day", "used")
    .on_conflict_do_update(
        index_elements=["person_id", "day"],
        set_={"used": _quota.used + bindparam("used")},
        where=_quota.used + bindparam("used") <= bindparam("cap"),
    )
    .returning(_quota.used)
)
_give_back = Statement(
    update(Quota)
    .where(_quota.person_id == bindparam("person"), _quota.day == bindparam("on"))
    .values(used=_quota.used - bindparam("count"))
)
_used = Statement(select(_quota.used).where(_quota.person_id == bindparam("person"), _quota.day == bindparam("on")))


def take(tx: Tx, person_id: int, day: str, *, count: int, cap: int) -> int | None:
    """Use up some of a person's givings of a day; returns how many are used now, None when it would pass the cap.

    One statement decides, so that however many press at once, the cap holds.
    """
    if count > cap:
        return None
    found: int | None = tx.value(_take, person_id=person_id, day=day, used=count, cap=cap)
    return found


def give_back(tx: Tx, person_id: int, day: str, *, count: int) -> None:
    """Return some of a person's givings of a day."""
    tx.run(_give_back, person=person_id, on=day, count=count)


def used(tx: Tx, person_id: int, day: str) -> int:
    """How many givings of a day a person used."""
    return int(tx.value(_used, person=person_id, on=day) or 0)
