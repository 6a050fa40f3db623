"""Places a message can go, with the address its adapter wrote."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Index, bindparam, case, false, func, select, update
from sqlmodel import Field, SQLModel, UniqueConstraint

from storage.columns import adding, bigint, columns, in_list, key, ref
from storage.database import Tx
from storage.statements import Statement
from storage.units import UnitTree, holds


class Place(SQLModel, table=True):
    """A channel, or the private chat of one person; `account` is which of their accounts it belongs to."""

    __tablename__ = "place"
    __table_args__ = (UniqueConstraint("platform", "ext_id"), Index("ix_place_account", "platform", "account"))

    id: int | None = key()
    platform: str
    ext_id: str
    private: bool
    address: str
    title: str = ""
    unit_id: int | None = ref("unit.id", index=True, null=True)
    person_id: int | None = ref("person.id", index=True, null=True)
    account: str = ""
    daily: bool = Field(default=True)
    kudos: bool = Field(default=False)
    gone_at: int | None = bigint(null=True)
    gone_why: str = ""


class PlaceRow(NamedTuple):
    """A place as features and adapters see it."""

    id: int
    platform: str
    ext_id: str
    private: bool
    address: str
    title: str
    unit_id: int | None
    person_id: int | None
    gone_at: int | None
    daily: bool
    account: str
    kudos: bool
    gone_why: str

    def unpacked(self) -> dict[str, Any]:
        """The adapter's address."""
        found: dict[str, Any] = json.loads(self.address)
        return found


_place, _tree = columns(Place), columns(UnitTree)
_fields = (
    _place.id,
    _place.platform,
    _place.ext_id,
    _place.private,
    _place.address,
    _place.title,
    _place.unit_id,
    _place.person_id,
    _place.gone_at,
    _place.daily,
    _place.account,
    _place.kudos,
    _place.gone_why,
)

_by_ext = Statement(
    select(*_fields).where(_place.platform == bindparam("platform"), _place.ext_id == bindparam("ext_id")),
    PlaceRow,
)
_among = {
    sqlite: Statement(
        select(*_fields).where(_place.platform == bindparam("platform"), in_list(_place.ext_id, "ids", sqlite=sqlite)),
        PlaceRow,
    )
    for sqlite in (True, False)
}
_reachable = {
    sqlite: Statement(
        select(_place.account).where(
            _place.platform == bindparam("platform"),
            in_list(_place.account, "accounts", sqlite=sqlite),
            _place.private,
            _place.gone_at.is_(None),
        )
    )
    for sqlite in (True, False)
}
_by_id = Statement(select(*_fields).where(_place.id == bindparam("id")), PlaceRow)
_of_unit = Statement(
    select(_place.id)
    .join(UnitTree, _tree.ancestor == _place.unit_id)
    .where(_tree.descendant == bindparam("unit"), holds(_tree), _place.private.is_(False), _place.gone_at.is_(None))
    .order_by(_tree.depth, _place.id)
    .limit(1)
)
_subscribed = Statement(
    select(*_fields).where(_place.daily, _place.private.is_(False), _place.gone_at.is_(None)).order_by(_place.id),
    PlaceRow,
)
_channels = Statement(select(*_fields).where(_place.private.is_(False)).order_by(_place.id), PlaceRow)
_kudos = Statement(select(_place.id).where(_place.kudos, _place.gone_at.is_(None)).order_by(_place.id).limit(1))
_new = adding(
    Place, "platform", "ext_id", "private", "address", "title", "unit_id", "person_id", "account", "daily", "kudos"
).values(gone_why="")
_save = Statement(
    _new.on_conflict_do_update(
        index_elements=["platform", "ext_id"],
        set_={
            "address": _new.excluded.address,
            "title": case((_new.excluded.title == "", _place.title), else_=_new.excluded.title),
            "person_id": func.coalesce(_new.excluded.person_id, _place.person_id),
            "account": case((_new.excluded.account == "", _place.account), else_=_new.excluded.account),
            "gone_at": None,
            "gone_why": "",
        },
    ).returning(_place.id)
)
_subscribe = Statement(update(Place).where(_place.id == bindparam("place")).values(daily=bindparam("wanted")))
_settle = Statement(
    update(Place)
    .where(_place.id == bindparam("place"), _place.unit_id.is_not_distinct_from(bindparam("was", type_=BigInteger)))
    .values(unit_id=bindparam("unit"), daily=bindparam("wanted"), kudos=bindparam("thanks"))
)
_no_kudos = Statement(
    update(Place).where(_place.kudos, _place.id != bindparam("place")).values(kudos=false()).returning(_place.id)
)
_private_of = Statement(
    select(_place.id)
    .where(
        _place.platform == bindparam("platform"),
        _place.account == bindparam("account"),
        _place.private,
        _place.gone_at.is_(None),
    )
    .order_by(_place.id.desc())
    .limit(1)
)
_hand_over = Statement(
    update(Place)
    .where(_place.platform == bindparam("on"), _place.account == bindparam("handle"), _place.private)
    .values(person_id=bindparam("to"))
)
_close = Statement(
    update(Place)
    .where(
        _place.platform == bindparam("on"),
        _place.account == bindparam("handle"),
        _place.private,
        _place.gone_at.is_(None),
    )
    .values(gone_at=bindparam("at"), gone_why="closed")
)
_gone = Statement(
    update(Place).where(_place.id == bindparam("place")).values(gone_at=bindparam("at"), gone_why=bindparam("why"))
)


def find(tx: Tx, platform: str, ext_id: str) -> PlaceRow | None:
    """A place by the platform's id."""
    return tx.one(_by_ext, platform=platform, ext_id=ext_id)


def among(tx: Tx, platform: str, ext_ids: Iterable[str]) -> dict[str, PlaceRow]:
    """Those of many places on a platform that are known, by their id there."""
    found = tx.all(_among[tx.sqlite], platform=platform, ids=json.dumps(list(ext_ids)))
    return {place.ext_id: place for place in found}


def reachable(tx: Tx, platform: str, accounts: Iterable[str]) -> set[str]:
    """Those of many accounts whose private chat is known and not gone."""
    found = tx.all(_reachable[tx.sqlite], platform=platform, accounts=json.dumps(list(accounts)))
    return {row[0] for row in found}


def get(tx: Tx, place_id: int) -> PlaceRow | None:
    """A place by its key."""
    return tx.one(_by_id, id=place_id)


def save(
    tx: Tx,
    *,
    platform: str,
    ext_id: str,
    private: bool,
    address: dict[str, Any],
    title: str = "",
    unit_id: int | None = None,
    person_id: int | None = None,
    account: str = "",
    daily: bool = True,
    kudos: bool = False,
) -> int:
    """Remember a place, or refresh the address and the title of a known one and take it as reachable again.

    Returns its key. No title leaves the known one as it is.
    """
    return int(
        tx.value(
            _save,
            platform=platform,
            ext_id=ext_id,
            private=private,
            address=json.dumps(address, ensure_ascii=False),
            title=title,
            unit_id=unit_id,
            person_id=person_id,
            account=account,
            daily=daily,
            kudos=kudos,
        )
    )


def channel_of(tx: Tx, unit: int, *, today: str) -> int | None:
    """The channel of a unit, or of the nearest unit above that has one."""
    found: int | None = tx.value(_of_unit, unit=unit, today=today)
    return found


def kudos_channel(tx: Tx) -> int | None:
    """The channel meant for kudos, if the organisation has one."""
    found: int | None = tx.value(_kudos)
    return found


def subscribed(tx: Tx) -> list[PlaceRow]:
    """The channels that receive the daily principle."""
    return tx.all(_subscribed)


def channels(tx: Tx) -> list[PlaceRow]:
    """Every channel."""
    return tx.all(_channels)


def subscribe(tx: Tx, place_id: int, *, daily: bool) -> None:
    """Have a channel receive the daily principle, or not."""
    tx.run(_subscribe, place=place_id, wanted=daily)


def settle(tx: Tx, place: PlaceRow, *, unit_id: int, daily: bool, kudos: bool) -> bool:
    """Have a channel be a unit's, with what it receives; False when it became another's since it was looked up."""
    return tx.run(_settle, place=place.id, was=place.unit_id, unit=unit_id, wanted=daily, thanks=kudos) == 1


def thank_only_in(tx: Tx, place_id: int) -> list[int]:
    """Have no other channel be the one for kudos; returns those that were."""
    return [row[0] for row in tx.all(_no_kudos, place=place_id)]


def mark_gone(tx: Tx, place_id: int, *, at: int, why: str) -> None:
    """Remember that nothing can be sent there any more, and why, in a word."""
    tx.run(_gone, place=place_id, at=at, why=why)


def private_of(tx: Tx, platform: str, account: str) -> int | None:
    """The private chat of an account, if one is known."""
    found: int | None = tx.value(_private_of, platform=platform, account=account)
    return found


def hand_over(tx: Tx, platform: str, account: str, *, person_id: int | None) -> None:
    """Have the private chat of an account be somebody else's, or nobody's."""
    tx.run(_hand_over, on=platform, handle=account, to=person_id)


def close_account(tx: Tx, platform: str, account: str, *, at: int) -> int:
    """Remember that nothing can be sent to the private chats of an account any more; returns how many there were."""
    return tx.run(_close, on=platform, handle=account, at=at)
