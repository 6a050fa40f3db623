"""People: one row per person, with the settings that are theirs on every platform."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, or_, select, update
from sqlmodel import Field, SQLModel

from storage.accounts import Account
from storage.columns import adding, columns, in_list, key
from storage.database import Tx
from storage.places import Place
from storage.postings import Posting, current
from storage.statements import Statement


class Person(SQLModel, table=True):
    """A person who takes part. `number` is their staff number; an unlisted or erased person has a made-up one.

    `deliver_to` is the account they chose for messages, as "platform/id"; `used` the one they used last.
    """

    __tablename__ = "person"

    id: int | None = key()
    number: str = Field(unique=True)
    name_ja: str
    name_en: str
    title_ja: str = ""
    title_en: str = ""
    email: str | None = Field(default=None, unique=True)
    language: str = ""
    quiet_from: str = ""
    quiet_to: str = ""
    daily: bool = False
    muted: bool = False
    bot: bool = False
    joined_on: str
    left_on: str | None = None
    listed: bool = True
    digest: bool = True
    reminders: bool = True
    pulse: bool = True
    askable: bool = False
    honour: bool = True
    deliver_to: str = ""
    used: str = ""


class PersonRow(NamedTuple):
    """A person as features see them, in the unit they are in today."""

    id: int
    number: str
    name_ja: str
    name_en: str
    title_ja: str
    title_en: str
    language: str
    quiet_from: str
    quiet_to: str
    daily: bool
    muted: bool
    bot: bool
    joined_on: str
    left_on: str | None
    listed: bool
    digest: bool
    reminders: bool
    pulse: bool
    askable: bool
    honour: bool
    deliver_to: str
    used: str
    unit_id: int | None

    def name(self, lang: str) -> str:
        """Their name in a language."""
        return self.name_en if lang == "en" and self.name_en else self.name_ja

    def title(self, lang: str) -> str:
        """What they do, in a language."""
        return self.title_en if lang == "en" and self.title_en else self.title_ja


# How the made-up number of somebody begins who is on no roster.
UNLISTED = "unlisted:"
# The settings of somebody who has chosen none.
UNSET: dict[str, str | bool] = {
    "quiet_from": "",
    "quiet_to": "",
    "daily": False,
    "muted": False,
    "digest": True,
    "reminders": True,
    "pulse": True,
    "honour": True,
    "deliver_to": "",
    "used": "",
}

_person, _account, _posting = columns(Person), columns(Account), columns(Posting)
_place = columns(Place)

_today: Any = bindparam("today")
_own = tuple(_person[name] for name in PersonRow._fields[:-1])
_fields = (*_own, _posting.unit_id)
_posted = (
    select(*_fields).select_from(Person).outerjoin(Posting, and_(_posting.person_id == _person.id, current(_posting)))
)
# Works here today: has begun, has not left, is no bot.
here = and_(
    _person.bot.is_(False), _person.joined_on <= _today, or_(_person.left_on.is_(None), _person.left_on > _today)
)
_resolve = Statement(
    _posted.join(Account, _account.person_id == _person.id).where(
        _account.platform == bindparam("platform"), _account.ext_id == bindparam("ext_id")
    ),
    PersonRow,
)
_get = Statement(_posted.where(_person.id == bindparam("id")), PersonRow)
_by_number = Statement(_posted.where(_person.number == bindparam("number")), PersonRow)
_by_email = Statement(_posted.where(_person.email == bindparam("email")), PersonRow)
_emails = {
    sqlite: Statement(select(_person.email).where(here, in_list(_person.email, "emails", sqlite=sqlite)))
    for sqlite in (True, False)
}
_staff = Statement(_posted.where(here).order_by(_person.id), PersonRow)
_add_person = Statement(
    adding(
        Person,
        "number",
        "name_ja",
        "name_en",
        "title_ja",
        "title_en",
        "email",
        "language",
        "bot",
        "joined_on",
        "left_on",
        "listed",
        "askable",
    )
    .values(**UNSET)
    .returning(_person.id)
)
SETTINGS = (
    "language",
    "quiet_from",
    "quiet_to",
    "daily",
    "muted",
    "digest",
    "reminders",
    "pulse",
    "askable",
    "honour",
    "deliver_to",
)
_settings = Statement(update(Person).where(_person.id == bindparam("id")).values({n: bindparam(n) for n in SETTINGS}))
_leave = Statement(update(Person).where(_person.id == bindparam("id")).values(left_on=bindparam("day")))
_use = Statement(update(Person).where(_person.id == bindparam("id")).values(used=bindparam("account")))
_account_of_place = _place.platform + "/" + _place.account
# Where a person is written to, as part of a statement on people. SQLite's ORDER BY cannot see the person outside.
_self: Any = Person.__table__.alias("self")  # type: ignore[attr-defined]
chat = (
    select(_place.id)
    .join(_self, _self.c.id == _place.person_id)
    .where(_place.person_id == _person.id, _place.private, _place.gone_at.is_(None))
    .order_by(
        (_account_of_place == _self.c.deliver_to).desc(),
        (_account_of_place == _self.c.used).desc(),
        _place.id.desc(),
    )
    .limit(1)
    .correlate(Person)
    .scalar_subquery()
)
_dm = Statement(select(chat).select_from(Person).where(_person.id == bindparam("person")))
_sizes = Statement(
    select(_posting.unit_id, func.count())
    .select_from(Posting)
    .join(Person, _person.id == _posting.person_id)
    .where(current(_posting), here)
    .group_by(_posting.unit_id)
)


def resolve(tx: Tx, platform: str, ext_id: str, *, today: str) -> PersonRow | None:
    """The person behind an account, in the unit they are in today."""
    return tx.one(_resolve, platform=platform, ext_id=ext_id, today=today)


def get(tx: Tx, person_id: int, *, today: str) -> PersonRow | None:
    """A person by key."""
    return tx.one(_get, id=person_id, today=today)


def by_number(tx: Tx, number: str, *, today: str) -> PersonRow | None:
    """A person by staff number."""
    return tx.one(_by_number, number=number, today=today)


def by_email(tx: Tx, email: str, *, today: str) -> PersonRow | None:
    """A person by the e-mail of the roster, which is kept in lower case."""
    return tx.one(_by_email, email=email.lower(), today=today)


def emails_here(tx: Tx, emails: Iterable[str], *, today: str) -> set[str]:
    """Those of many e-mails, in lower case, that somebody has who works here today."""
    return {row[0] for row in tx.all(_emails[tx.sqlite], emails=json.dumps(list(emails)), today=today)}


def staff(tx: Tx, *, today: str) -> list[PersonRow]:
    """Everyone who works here today."""
    return tx.all(_staff, today=today)


def by_unit(tx: Tx, *, today: str) -> dict[int, int]:
    """How many people work in each unit itself today."""
    return dict(tx.all(_sizes, today=today))


def private_place(tx: Tx, person_id: int) -> int | None:
    """Where a person can be written to, if anywhere: the account they chose, or used last, or any other."""
    found: int | None = tx.value(_dm, person=person_id)
    return found


def add(
    tx: Tx,
    *,
    number: str,
    name_ja: str,
    name_en: str,
    joined_on: str,
    title_ja: str = "",
    title_en: str = "",
    email: str | None = None,
    language: str = "",
    bot: bool = False,
    left_on: str | None = None,
    listed: bool = True,
    askable: bool = False,
) -> int:
    """Add a person; returns their key."""
    return int(
        tx.value(
            _add_person,
            number=number,
            name_ja=name_ja,
            name_en=name_en,
            title_ja=title_ja,
            title_en=title_en,
            email=email and email.lower(),
            language=language,
            bot=bot,
            joined_on=joined_on,
            left_on=left_on,
            listed=listed,
            askable=askable,
        )
    )


def save_settings(tx: Tx, person_id: int, **settings: object) -> None:
    """Keep a person's own settings: everything in `SETTINGS`."""
    tx.run(_settings, id=person_id, **settings)


def leave(tx: Tx, person_id: int, *, day: str) -> None:
    """Mark the day from which a person no longer works here."""
    tx.run(_leave, id=person_id, day=day)


def use(tx: Tx, person_id: int, account: str) -> None:
    """Remember the account a person used last, as "platform/id"."""
    tx.run(_use, id=person_id, account=account)
