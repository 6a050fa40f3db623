"""What Teams says of a member of a chat or team: whether they belong here, and by which names they may be known."""

from collections.abc import Mapping
from typing import Any

from adapters.teams.origin import text
from bot.events import Profile

Json = Mapping[str, Any]


def profile_of(member: Json, tenant: str, listed: set[str]) -> Profile:
    """What Teams says of a member. Their organisation gives out both names; the one that is on the roster counts."""
    emails = emails_of(member)
    email = next((e for e in emails if e in listed), emails[0] if emails else "")
    kind = "member" if is_member(member, tenant) else "guest"
    return Profile(kind=kind, email=email, verified=kind == "member", name=text(member, "name"))  # type: ignore[arg-type]


def is_member(member: Json, tenant: str) -> bool:
    """Whether somebody is of this tenant, and no guest."""
    elsewhere = text(member, "tenantId").lower() not in ("", tenant)
    return (
        not elsewhere
        and text(member, "userRole") in ("", "user")
        and "#ext#" not in text(member, "userPrincipalName").lower()
    )


def emails_of(member: Json) -> list[str]:
    """The addresses their organisation gave them, in the letters of the roster: the mailbox, then the sign-in name."""
    return [name.lower() for name in (text(member, "email"), text(member, "userPrincipalName")) if "@" in name]
