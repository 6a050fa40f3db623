"""People: one row per person, their accounts, the units they were posted to, and the roles they hold."""

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, or_, select, update
from sqlmodel import Field, SQLModel

from storage.columns import adding, columns, key, ref
from storage.database import Tx
from storage.places import Place
from storage.statements import Statement


class Person(SQLModel, table=True):
    """A member of staff, with the settings that are theirs on every platform."""

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


class Account(SQLModel, table=True):
    """A handle: an account on a platform that belongs to a person."""

    __tablename__ = "account"
    __table_args__ = {"sqlite_with_rowid": False}

    platform: str = Field(primary_key=True)
    ext_id: str = Field(primary_key=True)
    person_id: int = ref("person.id", index=True)


class Posting(SQLModel, table=True):
    """The time a person works in a unit; `ends_on` is the first day elsewhere."""

    __tablename__ = "posting"

    id: int | None = key()
    person_id: int = ref("person.id", index=True)
    unit_id: int = ref("unit.id", index=True)
    starts_on: str
    ends_on: str | None = None


class PersonRow(NamedTuple):
    """A person as features see them, in the unit they are in today."""

    id: int
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
    left_on: str | None
    unit_id: int | None

    def name(self, lang: str) -> str:
        """Their name in a language."""
        return self.name_en if lang == "en" and self.name_en else self.name_ja

    def title(self, lang: str) -> str:
        """What they do, in a language."""
        return self.title_en if lang == "en" and self.title_en else self.title_ja


class HandleRow(NamedTuple):
    """An account with its person, for lists to choose from."""

    platform: str
    ext_id: str
    person_id: int


_person, _account, _posting = columns(Person), columns(Account), columns(Posting)
_place = columns(Place)

_today: Any = bindparam("today")


def current(table: Any) -> Any:
    """Whether a row with first and last day holds today; binds `today`."""
    return and_(table.starts_on <= _today, or_(table.ends_on.is_(None), table.ends_on > _today))


_fields = (
    _person.id,
    _person.name_ja,
    _person.name_en,
    _person.title_ja,
    _person.title_en,
    _person.language,
    _person.quiet_from,
    _person.quiet_to,
    _person.daily,
    _person.muted,
    _person.bot,
    _person.left_on,
    _posting.unit_id,
)
_posted = (
    select(*_fields).select_from(Person).outerjoin(Posting, and_(_posting.person_id == _person.id, current(_posting)))
)
_resolve = Statement(
    _posted.join(Account, _account.person_id == _person.id).where(
        _account.platform == bindparam("platform"), _account.ext_id == bindparam("ext_id")
    ),
    PersonRow,
)
_get = Statement(_posted.where(_person.id == bindparam("id")), PersonRow)
_staff = Statement(
    _posted.where(_person.bot.is_(False), or_(_person.left_on.is_(None), _person.left_on > _today)).order_by(
        _person.id
    ),
    PersonRow,
)
_accounts = Statement(
    select(_account.platform, _account.ext_id, _account.person_id).where(_account.platform == bindparam("platform")),
    HandleRow,
)
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
        "quiet_from",
        "quiet_to",
        "daily",
        "muted",
        "bot",
        "joined_on",
        "left_on",
    ).returning(_person.id)
)
_add_account = Statement(adding(Account, "platform", "ext_id", "person_id"))
_add_posting = Statement(adding(Posting, "person_id", "unit_id", "starts_on", "ends_on"))
_settings = Statement(
    update(Person)
    .where(_person.id == bindparam("id"))
    .values({n: bindparam(n) for n in ("language", "quiet_from", "quiet_to", "daily", "muted")})
)
_leave = Statement(update(Person).where(_person.id == bindparam("id")).values(left_on=bindparam("day")))
_dm = Statement(
    select(_place.id)
    .where(_place.person_id == bindparam("person"), _place.private, _place.gone_at.is_(None))
    .order_by(_place.id.desc())
    .limit(1)
)


def resolve(tx: Tx, platform: str, ext_id: str, *, today: str) -> PersonRow | None:
    """The person behind an account, in the unit they are in today."""
    return tx.one(_resolve, platform=platform, ext_id=ext_id, today=today)


def get(tx: Tx, person_id: int, *, today: str) -> PersonRow | None:
    """A person by key."""
    return tx.one(_get, id=person_id, today=today)


def staff(tx: Tx, *, today: str) -> list[PersonRow]:
    """Everyone who works here today."""
    return tx.all(_staff, today=today)


def accounts(tx: Tx, platform: str) -> list[HandleRow]:
    """Every account on a platform."""
    return tx.all(_accounts, platform=platform)


def private_place(tx: Tx, person_id: int) -> int | None:
    """Where a person can be written to, if anywhere."""
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
            email=email,
            language=language,
            quiet_from="",
            quiet_to="",
            daily=False,
            muted=False,
            bot=bot,
            joined_on=joined_on,
            left_on=left_on,
        )
    )


def add_account(tx: Tx, platform: str, ext_id: str, *, person_id: int) -> None:
    """Link an account to a person."""
    tx.run(_add_account, platform=platform, ext_id=ext_id, person_id=person_id)


def add_posting(tx: Tx, person_id: int, unit_id: int, *, starts_on: str, ends_on: str | None = None) -> None:
    """Post a person to a unit."""
    tx.run(_add_posting, person_id=person_id, unit_id=unit_id, starts_on=starts_on, ends_on=ends_on)


def save_settings(
    tx: Tx, person_id: int, *, language: str, quiet_from: str, quiet_to: str, daily: bool, muted: bool
) -> None:
    """Keep a person's own settings."""
    tx.run(
        _settings,
        id=person_id,
        language=language,
        quiet_from=quiet_from,
        quiet_to=quiet_to,
        daily=daily,
        muted=muted,
    )


def leave(tx: Tx, person_id: int, *, day: str) -> None:
    """Mark the day from which a person no longer works here."""
    tx.run(_leave, id=person_id, day=day)
