"""Who is in a Teams: tenants, and the accounts of people in them."""

import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Role = Literal["user", "guest", "anonymous"]
_SPACE = uuid.UUID("6b697a75-6b69-4000-8000-746573747321")


def guid(*words: str) -> str:
    """The uuid of something by its name: always the same for the same words."""
    return str(uuid.uuid5(_SPACE, "/".join(words)))


def pairwise(prefix: str, *words: str) -> str:
    """An id as Teams makes them for one bot, such as 29:1… for a person and a:1… for a chat."""
    return f"{prefix}:1{hashlib.sha256('/'.join(words).encode()).hexdigest()[:40]}"


@dataclass(eq=False)
class Account:
    """A person's account in a tenant, as the bot can know it.

    `installed` says that the bot is in their personal apps; `blocked` that they blocked it, of which no bot hears.
    """

    name: str
    tenant: str
    id: str = ""
    oid: str = ""
    display: str = ""
    given: str = ""
    surname: str = ""
    email: str = ""
    upn: str = ""
    role: Role = "user"
    locale: str = "ja-JP"
    installed: bool = True
    blocked: bool = False

    def __post_init__(self) -> None:
        self.oid = self.oid or guid(self.tenant, self.name)
        self.id = self.id or pairwise("29", self.tenant, self.oid)
        self.display = self.display or self.name.title()
        self.given, self.surname = self.given or self.display, self.surname or "Test"

    @property
    def sender(self) -> Json:
        """`from` of an activity. Somebody without an account in any directory has no object id."""
        found = {"id": self.id, "name": self.display}
        return found if self.role == "anonymous" else {**found, "aadObjectId": self.oid}

    def shown(self) -> Json:
        """A member as the connector tells of one."""
        found: Json = {"id": self.id, "name": self.display}
        if self.role != "anonymous":
            found |= {"objectId": self.oid, "aadObjectId": self.oid, "givenName": self.given, "surname": self.surname}
            found |= {"email": self.email, "userPrincipalName": self.upn}
        return {**found, "tenantId": self.tenant, "userRole": self.role}


@dataclass(eq=False)
class Tenant:
    """An organisation's part of Microsoft 365."""

    id: str
    name: str = ""
    accounts: dict[str, Account] = field(default_factory=dict)

    def find(self, ident: str) -> Account | None:
        """An account by its 29: id, its object id, or its principal name."""
        return next((a for a in self.accounts.values() if ident in (a.id, a.oid, a.upn)), None)
