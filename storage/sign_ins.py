"""Signing in to the pages: links that work once, and the sessions they begin. Of a secret only its hash is stored."""

from typing import NamedTuple

from sqlalchemy import bindparam, delete, or_, select, update
from sqlmodel import Field, SQLModel

from storage.columns import adding, bigint, columns, key, ref
from storage.database import Tx
from storage.statements import Statement


class SignIn(SQLModel, table=True):
    """A link that signs one person in, once, until a moment."""

    __tablename__ = "sign_in"

    mark: str = Field(primary_key=True)
    person_id: int = ref("person.id", index=True)
    at: int = bigint()
    expires_at: int = bigint(index=True)


class PageSession(SQLModel, table=True):
    """A browser in which a person is signed in.

    `mark` is the hash of what its cookie holds, `was` of what it held before the cookie was renewed (then it is good
    for a short while more). `form` is what the pages' forms send along. `how`: by a link, or a provider's name.
    """

    __tablename__ = "page_session"

    id: int | None = key()
    person_id: int = ref("person.id", index=True)
    mark: str = Field(unique=True)
    was: str | None = Field(default=None, index=True)
    form: str
    how: str
    begun_at: int = bigint()
    seen_at: int = bigint()
    renewed_at: int = bigint()


class SessionRow(NamedTuple):
    """A session as features see it."""

    id: int
    person_id: int
    mark: str
    was: str | None
    form: str
    how: str
    begun_at: int
    seen_at: int
    renewed_at: int


_link, _session = columns(SignIn), columns(PageSession)
_fields = tuple(_session[name] for name in SessionRow._fields)

_add_link = Statement(adding(SignIn, "mark", "person_id", "at", "expires_at"))
_link_of = Statement(
    select(_link.person_id).where(_link.mark == bindparam("mark"), _link.expires_at > bindparam("now"))
)
_links_since = Statement(
    select(_link.mark).where(_link.person_id == bindparam("person"), _link.at > bindparam("since"))
)
_use = Statement(
    delete(SignIn)
    .where(_link.mark == bindparam("mark"), _link.expires_at > bindparam("now"))
    .returning(_link.person_id)
)
_expire_links = Statement(delete(SignIn).where(_link.expires_at <= bindparam("now")))
_begin = Statement(
    adding(PageSession, "person_id", "mark", "was", "form", "how", "begun_at", "seen_at", "renewed_at").returning(
        _session.id
    )
)
_known = Statement(
    select(*_fields).where(or_(_session.mark == bindparam("mark"), _session.was == bindparam("mark"))), SessionRow
)
_of = Statement(
    select(*_fields).where(_session.person_id == bindparam("person")).order_by(_session.seen_at.desc(), _session.id),
    SessionRow,
)
_see = Statement(update(PageSession).where(_session.id == bindparam("session")).values(seen_at=bindparam("now")))
_renew = Statement(
    update(PageSession)
    .where(_session.id == bindparam("session"), _session.mark == bindparam("old"))
    .values(was=bindparam("old"), mark=bindparam("new"), renewed_at=bindparam("now"), seen_at=bindparam("now"))
)
_end = Statement(
    delete(PageSession).where(_session.id == bindparam("session"), _session.person_id == bindparam("person"))
)
_end_all = Statement(delete(PageSession).where(_session.person_id == bindparam("person")))
_drop_links = Statement(delete(SignIn).where(_link.person_id == bindparam("person")))
_expire = Statement(
    delete(PageSession).where(or_(_session.seen_at <= bindparam("idle"), _session.begun_at <= bindparam("begun")))
)


def add_link(tx: Tx, mark: str, *, person_id: int, at: int, expires_at: int) -> None:
    """Keep the hash of a link's secret."""
    tx.run(_add_link, mark=mark, person_id=person_id, at=at, expires_at=expires_at)


def link_of(tx: Tx, mark: str, *, now: int) -> int | None:
    """Whose link it is, while it holds; looking does not use it up."""
    found: int | None = tx.value(_link_of, mark=mark, now=now)
    return found


def links_since(tx: Tx, person_id: int, *, since: int) -> int:
    """How many unused links a person was given after a moment."""
    return len(tx.all(_links_since, person=person_id, since=since))


def use_link(tx: Tx, mark: str, *, now: int) -> int | None:
    """Use a link up; whose it was, or None where somebody was faster or its time is over."""
    found: int | None = tx.value(_use, mark=mark, now=now)
    return found


def begin(tx: Tx, person_id: int, *, mark: str, form: str, how: str, at: int) -> int:
    """Begin a session; returns its key."""
    row = {"person_id": person_id, "mark": mark, "was": None, "form": form, "how": how}
    return int(tx.value(_begin, **row, begun_at=at, seen_at=at, renewed_at=at))


def known(tx: Tx, mark: str) -> SessionRow | None:
    """The session a cookie belongs to, also by what it held before it was renewed."""
    return tx.one(_known, mark=mark)


def of(tx: Tx, person_id: int) -> list[SessionRow]:
    """A person's sessions, the one used last first."""
    return tx.all(_of, person=person_id)


def see(tx: Tx, session: int, *, at: int) -> None:
    """Remember that a session was used."""
    tx.run(_see, session=session, now=at)


def renew(tx: Tx, session: int, *, old: str, new: str, at: int) -> bool:
    """Give a session another secret; False when another request did so at this instant."""
    return tx.run(_renew, session=session, old=old, new=new, now=at) == 1


def end(tx: Tx, session: int, person_id: int) -> bool:
    """End one of a person's sessions; False when it is none of theirs."""
    return tx.run(_end, session=session, person=person_id) == 1


def end_all(tx: Tx, person_id: int) -> int:
    """End every session of a person and forget their links; returns how many sessions there were."""
    tx.run(_drop_links, person=person_id)
    return tx.run(_end_all, person=person_id)


def expire(tx: Tx, *, now: int, idle: int, begun: int) -> None:
    """Forget links whose time is over, and sessions not used since `idle` or begun before `begun`."""
    tx.run(_expire_links, now=now)
    tx.run(_expire, idle=idle, begun=begun)
