"""Where kizuki was installed by whom it serves: each installation with its sealed tokens, and those just begun.

Tokens come and go sealed: nothing in here can read one.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, delete, or_, select, update
from sqlmodel import Field, SQLModel, UniqueConstraint

from storage.columns import adding, bigint, columns, key
from storage.database import Tx
from storage.statements import Statement


class Installation(SQLModel, table=True):
    """A workspace, or with an empty `team` a whole organisation, that installed kizuki."""

    __tablename__ = "installation"
    __table_args__ = (UniqueConstraint("platform", "enterprise", "team"),)

    id: int | None = key()
    platform: str
    enterprise: str
    team: str
    bot_user: str
    bot_id: str
    app: str
    token: str
    refresh: str
    scopes: str
    expires_at: int | None = bigint(null=True)
    org_wide: bool
    installed_at: int = bigint()
    gone_at: int | None = bigint(null=True)


class InstallState(SQLModel, table=True):
    """An installation somebody began; whoever comes back with this text may finish it, once."""

    __tablename__ = "install_state"

    state: str = Field(primary_key=True)
    expires_at: int = bigint()


class NewInstallation(NamedTuple):
    """What is kept of an installation; `token` and `refresh` (empty where the token never expires) are sealed."""

    platform: str
    enterprise: str
    team: str
    bot_user: str
    bot_id: str
    app: str
    token: str
    refresh: str
    scopes: str
    expires_at: int | None
    org_wide: bool
    installed_at: int


class InstallationRow(NamedTuple):
    """An installation that is there."""

    id: int
    platform: str
    enterprise: str
    team: str
    bot_user: str
    bot_id: str
    app: str
    token: str
    refresh: str
    scopes: str
    expires_at: int | None
    org_wide: bool
    installed_at: int


_installation, _state = columns(Installation), columns(InstallState)
_fields = tuple(_installation[name] for name in InstallationRow._fields)
_there = (_installation.platform == bindparam("platform"), _installation.gone_at.is_(None))
_same = (
    _installation.id == bindparam("key"),
    _installation.installed_at == bindparam("since"),
    _installation.gone_at.is_(None),
)
_new = adding(Installation, *NewInstallation._fields)
_save = Statement(
    _new.on_conflict_do_update(
        index_elements=["platform", "enterprise", "team"],
        set_={**{name: _new.excluded[name] for name in NewInstallation._fields[3:]}, "gone_at": None},
    ).returning(_installation.id)
)
_blank = {"token": "", "refresh": "", "gone_at": bindparam("at")}
_supersede = Statement(
    update(Installation)
    .where(*_there, _installation.team == bindparam("of"), _installation.id != bindparam("key"))
    .values(**_blank)
)
# A workspace that moved into an organisation is told of with an enterprise it was not installed with.
_find = Statement(
    select(*_fields)
    .where(
        *_there,
        or_(
            (_installation.team == bindparam("team")) & (_installation.team != ""),
            (_installation.enterprise == bindparam("enterprise"))
            & (_installation.enterprise != "")
            & (_installation.team == ""),
        ),
    )
    .order_by(_installation.team == "", _installation.enterprise != bindparam("enterprise"), _installation.id.desc())
    .limit(1),
    InstallationRow,
)
_get = Statement(select(*_fields).where(_installation.id == bindparam("id"), _there[1]), InstallationRow)
_everything = Statement(select(*_fields).where(*_there).order_by(_installation.id), InstallationRow)
_gone = Statement(update(Installation).where(*_same).values(**_blank))
_renew = Statement(
    update(Installation)
    .where(*_same)
    .values(token=bindparam("new_token"), refresh=bindparam("new_refresh"), expires_at=bindparam("until"))
)
_reseal = Statement(
    update(Installation)
    .where(*_same, _installation.token == bindparam("old_token"))
    .values(token=bindparam("new_token"), refresh=bindparam("new_refresh"))
)
_issue = Statement(adding(InstallState, "state", "expires_at"))
_use = Statement(delete(InstallState).where(_state.state == bindparam("given")).returning(_state.expires_at))
_expire = Statement(delete(InstallState).where(_state.expires_at <= bindparam("now")))


def save(tx: Tx, new: NewInstallation) -> int:
    """Keep an installation in the place of an earlier one of the same workspace or organisation; returns its key."""
    found = int(tx.value(_save, **new._asdict()))
    if new.team:
        tx.run(_supersede, platform=new.platform, of=new.team, key=found, at=new.installed_at)
    return found


def find(tx: Tx, platform: str, enterprise: str, team: str) -> InstallationRow | None:
    """The installation that serves a workspace: its own, else the one of its whole organisation."""
    return tx.one(_find, platform=platform, enterprise=enterprise, team=team)


def get(tx: Tx, installation_id: int) -> InstallationRow | None:
    """An installation by its key, unless it is gone."""
    return tx.one(_get, id=installation_id)


def everything(tx: Tx, platform: str) -> list[InstallationRow]:
    """Every installation on a platform that is not gone."""
    return tx.all(_everything, platform=platform)


def mark_gone(tx: Tx, row: InstallationRow, *, at: int) -> bool:
    """Let go of an installation and its tokens; False where it was gone already, or came anew since it was read."""
    return tx.run(_gone, key=row.id, since=row.installed_at, at=at) > 0


def renew(tx: Tx, row: InstallationRow, *, token: str, refresh: str, expires_at: int | None) -> bool:
    """Give an installation new tokens; False where it is gone, or came anew since it was read."""
    values = {"new_token": token, "new_refresh": refresh, "until": expires_at}
    return tx.run(_renew, key=row.id, since=row.installed_at, **values) > 0


def reseal(tx: Tx, row: InstallationRow, *, token: str, refresh: str) -> bool:
    """Keep the same tokens under another seal; False where there are other tokens by now."""
    values = {"new_token": token, "new_refresh": refresh, "old_token": row.token}
    return tx.run(_reseal, key=row.id, since=row.installed_at, **values) > 0


def issue_state(tx: Tx, state: str, *, expires_at: int) -> None:
    """Remember an installation that begins."""
    tx.run(_issue, state=state, expires_at=expires_at)


def use_state(tx: Tx, state: str, *, now: int) -> bool:
    """Whether an installation was begun with this text, not too long ago; nobody comes with it a second time."""
    until: int | None = tx.value(_use, given=state)
    return until is not None and until > now


def expire_states(tx: Tx, *, now: int) -> int:
    """Forget installations that nobody finished; returns how many."""
    return tx.run(_expire, now=now)
