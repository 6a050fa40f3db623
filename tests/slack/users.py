"""Accounts, as users.info and users.list tell of them."""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(eq=False)
class User:
    """An account. `restricted` is a guest, `ultra` a guest of one channel, `stranger` somebody of a shared channel."""

    id: str
    name: str
    team: str
    enterprise: str = ""
    real_name: str = ""
    email: str = ""
    confirmed: bool = True
    locale: str = "ja-JP"
    bot: bool = False
    restricted: bool = False
    ultra: bool = False
    stranger: bool = False
    admin: bool = False
    deleted: bool = False
    updated: int = 1_790_000_000

    def shown(self, *, email: bool, locale: bool = False) -> Json:
        """The user object of users.info, with the e-mail only for whoever may read it."""
        found: Json = {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "deleted": self.deleted,
            "profile": self._profile(email=email),
            "is_bot": self.bot,
            "is_app_user": False,
            "updated": self.updated,
        }
        if not self.deleted:
            found |= self._standing()
        if self.stranger:
            found["is_stranger"] = True
        if self.enterprise:
            found["enterprise_user"] = self._in_enterprise()
        if locale:
            found["locale"] = self.locale
        return found

    def _profile(self, *, email: bool) -> Json:
        names = {"real_name": self.real_name, "real_name_normalized": self.real_name, "display_name": self.name}
        found: Json = {"title": "", "phone": "", **names, "team": self.team, "avatar_hash": "g0", "status_text": ""}
        return {**found, "email": self.email} if email and self.email and not self.bot else found

    def _standing(self) -> Json:
        return {
            "color": "9f69e7",
            "real_name": self.real_name,
            "tz": "Asia/Tokyo",
            "tz_label": "Japan Standard Time",
            "tz_offset": 32_400,
            "is_admin": self.admin,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": self.restricted or self.ultra,
            "is_ultra_restricted": self.ultra,
            "is_email_confirmed": self.confirmed,
            "who_can_share_contact_card": "EVERYONE",
        }

    def _in_enterprise(self) -> Json:
        return {
            "id": self.id,
            "enterprise_id": self.enterprise,
            "enterprise_name": self.enterprise.title(),
            "is_admin": self.admin,
            "is_owner": False,
            "teams": [self.team],
        }
