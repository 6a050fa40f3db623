"""The web dashboard: the part `web` of app.yaml."""

from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from bot.organisation import Part
from bot.platforms import LOOPBACK

Span = Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(days=31))]


def _issuer(text: str) -> str:
    found = urlsplit(text)
    if not found.netloc or found.query or found.fragment:
        raise ValueError(f"'{text}' is not an issuer such as https://login.microsoftonline.com/TENANT/v2.0")
    if found.scheme != "https" and (found.scheme != "http" or found.hostname not in LOOPBACK):
        raise ValueError(f"'{text}' is not an https address")
    return text


class OpenId(Part):
    """A provider of OpenID Connect. `accounts` says whose accounts it proves: those of Teams (Entra) or of Slack."""

    accounts: Literal["teams", "slack"]
    issuer: Annotated[str, AfterValidator(_issuer)]
    client_id: str = Field(min_length=1)
    client_secret: SecretStr
    label: str = Field(default="", max_length=60, description="what the button says; the platform's name if left out")


class Web(Part):
    """How long one stays signed in to the pages, and by which ways one may sign in."""

    dashboard: bool = True
    link_holds: Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(hours=1))] = timedelta(minutes=10)
    idle: Span = Field(default=timedelta(hours=2), description="signed out when not used for so long")
    longest: Span = Field(default=timedelta(hours=12), description="signed out after so long in any case")
    renew: Span = Field(default=timedelta(minutes=15), description="a new cookie so often")
    proxies: int = Field(default=0, ge=0, le=5, description="how many proxies of one's own stand in front")
    openid: dict[str, OpenId] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _can_be_used(self) -> "Web":
        if not self.renew <= self.idle <= self.longest:
            raise ValueError("renew is at most idle, and idle at most longest")
        for name in self.openid:
            if not (name.isascii() and name.replace("-", "").isalnum() and name.islower() and name != "link"):
                raise ValueError(f"openid: '{name}' is not a name of small letters, digits and -")
        return self
