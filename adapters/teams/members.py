"""What Teams says of a member of a chat or team: whether they belong here, and by which names they may be known."""

from collections.abc import Mapping
from typing import Any, Literal

from adapters.teams.origin import text
from bot.events import Profile

Json = Mapping[str, Any]


def profile_of(member: Json, tenant: str, emails: list[str], listed: set[str]) -> Profile:
    """What Teams says of a member. Of the `emails` that count, the one that is on the roster does.

    Whose tenant is not told is taken for nobody's: their e-mail counts as little as a guest's.
    """
    email = next((e for e in emails if e in listed), emails[0] if emails else "")
    ours, elsewhere = is_member(member, tenant), _is_elsewhere(member, tenant)
    kind: Literal["member", "guest"] = "guest" if elsewhere else "member"
    return Profile(kind=kind, email=email, verified=ours, name=text(member, "name"))


def is_member(member: Json, tenant: str) -> bool:
    """Whether somebody is of this tenant, and no guest, as Teams says."""
    return text(member, "tenantId").lower() == tenant and not _is_elsewhere(member, tenant)


def _is_elsewhere(member: Json, tenant: str) -> bool:
    """Whether Teams says that somebody is of another tenant, or a guest of this one."""
    other = text(member, "tenantId").lower() not in ("", tenant)
    guest = text(member, "userRole") not in ("", "user") or "#ext#" in text(member, "userPrincipalName").lower()
    return other or guest


def emails_of(member: Json) -> list[str]:
    """The addresses their organisation gave them, in the letters of the roster: the mailbox, then the sign-in name."""
    return [name.lower() for name in (text(member, "email"), text(member, "userPrincipalName")) if "@" in name]
