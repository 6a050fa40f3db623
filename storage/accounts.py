"""Accounts: the handles by which platforms know people, and the codes that link two of them."""

import json
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import bindparam, delete, select, update
from sqlmodel import Field, SQLModel

from storage.columns import adding, bigint, columns, in_list, ref
from storage.database import Tx
from storage.statements import Statement

# How an account came to its person by a verified e-mail of the roster.
ROSTER = "roster"


class Account(SQLModel, table=True):
    """A handle on a platform, and the person it belongs to, if anyone yet.

    `kind`: member, guest, bot or shared, as the platform says. `how` it came to its person: start, roster (by a
    verified e-mail), code or admin; "" when it has none. `held`: taken from its person by hand, so that nothing gives
    it back by itself. `checked_at`: when the platform was last asked who it is.
    """

    __tablename__ = "account"
    __table_args__ = {"sqlite_with_rowid": False}

    platform: str = Field(primary_key=True)
    ext_id: str = Field(primary_key=True)
    person_id: int | None = ref("person.id", index=True, null=True)
    kind: str = "member"
    how: str = ""
    held: bool = False
    linked_at: int | None = bigint(null=True)
    checked_at: int | None = bigint(null=True)


class LinkCode(SQLModel, table=True):
    """A code shown to one account, to be typed on another within minutes. One account has one code at a time."""

    __tablename__ = "link_code"
    __table_args__ = {"sqlite_with_rowid": False}

    platform: str = Field(primary_key=True)
    ext_id: str = Field(primary_key=True)
    code: str = Field(unique=True)
    expires_at: int = bigint()


class LinkTry(SQLModel, table=True):
    """How often an account typed a wrong code since a moment."""

    __tablename__ = "link_try"
    __table_args__ = {"sqlite_with_rowid": False}

    platform: str = Field(primary_key=True)
    ext_id: str = Field(primary_key=True)
    since: int = bigint()
    wrong: int


class AccountRow(NamedTuple):
    """An account as features see it."""

    platform: str
    ext_id: str
    person_id: int | None
    kind: str
    how: str
    held: bool
    linked_at: int | None
    checked_at: int | None

    @property
    def name(self) -> str:
        """The account in one word, as `deliver_to` and buttons keep it."""
        return f"{self.platform}/{self.ext_id}"


_account, _code, _try = columns(Account), columns(LinkCode), columns(LinkTry)
_fields = tuple(_account[name] for name in AccountRow._fields)
_here = (_account.platform == bindparam("platform"), _account.ext_id == bindparam("ext_id"))
_get = Statement(select(*_fields).where(*_here), AccountRow)
_of = Statement(
    select(*_fields).where(_account.person_id == bindparam("person")).order_by(_account.platform, _account.ext_id),
    AccountRow,
)
_on = Statement(
    select(*_fields).where(_account.platform == bindparam("platform")).order_by(_account.ext_id), AccountRow
)
_among = {
    sqlite: Statement(
        select(*_fields).where(
            _account.platform == bindparam("platform"), in_list(_account.ext_id, "ids", sqlite=sqlite)
        ),
        AccountRow,
    )
    for sqlite in (True, False)
}
_new = adding(Account, "platform", "ext_id", "person_id", "kind", "how", "held", "linked_at", "checked_at")
_save = Statement(
    _new.on_conflict_do_update(
        index_elements=["platform", "ext_id"],
        set_={name: _new.excluded[name] for name in ("person_id", "kind", "how", "held", "linked_at", "checked_at")},
    )
)
_hold = Statement(
    _new.on_conflict_do_update(index_elements=["platform", "ext_id"], set_={"kind": _account.kind}).returning(*_fields),
    AccountRow,
)
_be = Statement(
    update(Account)
    .where(_account.platform == bindparam("on"), _account.ext_id == bindparam("handle"))
    .values(kind=bindparam("said"))
)
_unlink = Statement(
    update(Account)
    .where(_account.platform == bindparam("on"), _account.ext_id == bindparam("handle"))
    .values(person_id=None, how="", held=bindparam("keep"), linked_at=None)
)
_release_all = Statement(
    update(Account).where(_account.person_id == bindparam("person")).values(person_id=None, how="", linked_at=None)
)
_new_code = adding(LinkCode, "platform", "ext_id", "code", "expires_at")
_add_code = Statement(
    _new_code.on_conflict_do_update(
        index_elements=["platform", "ext_id"],
        set_={"code": _new_code.excluded.code, "expires_at": _new_code.excluded.expires_at},
    )
)
_by_code = Statement(
    select(_code.platform, _code.ext_id).where(_code.code == bindparam("code"), _code.expires_at > bindparam("now"))
)
_taken = Statement(select(_code.code).where(_code.code == bindparam("code")))
_drop_code = Statement(delete(LinkCode).where(_code.code == bindparam("code")))
_expire_codes = Statement(delete(LinkCode).where(_code.expires_at <= bindparam("now")))
_new_try = adding(LinkTry, "platform", "ext_id", "since", "wrong")
_add_try = Statement(
    _new_try.on_conflict_do_update(
        index_elements=["platform", "ext_id"],
        set_={"wrong": _try.wrong + 1},
    ).returning(_try.wrong)
)
_forgive = Statement(
    update(LinkTry)
    .where(_try.platform == bindparam("on"), _try.ext_id == bindparam("handle"))
    .values(wrong=_try.wrong - 1)
)
_expire_tries = Statement(delete(LinkTry).where(_try.since <= bindparam("before")))


def get(tx: Tx, platform: str, ext_id: str) -> AccountRow | None:
    """An account, whether it belongs to somebody or not."""
    return tx.one(_get, platform=platform, ext_id=ext_id)


def of(tx: Tx, person_id: int) -> list[AccountRow]:
    """A person's accounts."""
    return tx.all(_of, person=person_id)


def on(tx: Tx, platform: str) -> list[AccountRow]:
    """Every account on a platform that is known."""
    return tx.all(_on, platform=platform)


def among(tx: Tx, platform: str, ids: Iterable[str]) -> dict[str, AccountRow]:
    """Those of many accounts on a platform that are known, by their id there."""
    found = tx.all(_among[tx.sqlite], platform=platform, ids=json.dumps(list(ids)))
    return {account.ext_id: account for account in found}


def add(tx: Tx, platform: str, ext_id: str, *, person_id: int, how: str = "start", at: int | None = None) -> None:
    """Link an account to a person."""
    link(tx, platform, ext_id, person_id=person_id, how=how, at=at)


def link(tx: Tx, platform: str, ext_id: str, *, person_id: int, how: str, at: int | None, kind: str = "member") -> None:
    """Give an account to a person, whoever had it before."""
    row = {"platform": platform, "ext_id": ext_id, "person_id": person_id, "kind": kind, "how": how}
    tx.run(_save, **row, held=False, linked_at=at, checked_at=at)


def note(tx: Tx, platform: str, ext_id: str, *, kind: str, at: int, held: bool = False) -> None:
    """Remember what the platform says of an account that belongs to nobody."""
    row = {"platform": platform, "ext_id": ext_id, "person_id": None, "kind": kind, "how": ""}
    tx.run(_save, **row, held=held, linked_at=None, checked_at=at)


def hold(tx: Tx, platform: str, ext_id: str) -> AccountRow:
    """An account, known from now on, that nobody else changes until this transaction ends."""
    row = {"platform": platform, "ext_id": ext_id, "person_id": None, "kind": "member", "how": "", "held": False}
    found = tx.one(_hold, **row, linked_at=None, checked_at=None)
    assert found is not None  # noqa: S101 - it was inserted or updated
    return found


def be(tx: Tx, platform: str, ext_id: str, *, kind: str) -> None:
    """Remember what the platform says of a known account, whoever it belongs to."""
    tx.run(_be, on=platform, handle=ext_id, said=kind)


def unlink(tx: Tx, platform: str, ext_id: str, *, held: bool = True) -> bool:
    """Take an account from its person; `held` accounts come back only by a code or an administrator."""
    return tx.run(_unlink, on=platform, handle=ext_id, keep=held) == 1


def unlink_all(tx: Tx, person_id: int) -> int:
    """Take every account from a person; returns how many there were."""
    return tx.run(_release_all, person=person_id)


def code_is_free(tx: Tx, code: str) -> bool:
    """Whether no account is being shown this code."""
    return tx.value(_taken, code=code) is None


def show_code(tx: Tx, platform: str, ext_id: str, *, code: str, expires_at: int) -> None:
    """Keep the code an account is shown; the one it was shown before counts no more."""
    tx.run(_add_code, platform=platform, ext_id=ext_id, code=code, expires_at=expires_at)


def shown(tx: Tx, code: str, *, now: int) -> tuple[str, str] | None:
    """(platform, id) of the account a code was shown to, while it holds."""
    return tx.one(_by_code, code=code, now=now)


def use_code(tx: Tx, code: str) -> bool:
    """Use a code up; False when somebody was faster."""
    return tx.run(_drop_code, code=code) == 1


def miss(tx: Tx, platform: str, ext_id: str, *, at: int) -> int:
    """Count a code as wrong before it is looked up; returns how many an account typed lately."""
    return int(tx.value(_add_try, platform=platform, ext_id=ext_id, since=at, wrong=1))


def forgive(tx: Tx, platform: str, ext_id: str) -> None:
    """It was a right one."""
    tx.run(_forgive, on=platform, handle=ext_id)


def expire(tx: Tx, *, now: int, before: int) -> None:
    """Forget codes that hold no more, and wrong tries older than `before`."""
    tx.run(_expire_codes, now=now)
    tx.run(_expire_tries, before=before)
