"""Which chat platforms are on, and how each is reached: the part `platforms` of app.yaml."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, Field, SecretStr, model_validator

from bot.organisation import Part

UNSET = SecretStr("")
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _command(text: str) -> str:
    if not re.fullmatch(r"/[a-z0-9_-]{1,31}", text):
        raise ValueError(f"'{text}' is not a slash command such as /kizuki: small letters, digits, - and _, 32 at most")
    return text


def _emoji(text: str) -> str:
    if not re.fullmatch(r"[^\s:]{0,100}", text):
        raise ValueError(f"'{text}': write the emoji's name without colons, such as clap")
    return text


def _address(text: str) -> str:
    found = urlsplit(text)
    if found.scheme not in ("http", "https") or not found.netloc or not text.endswith("/"):
        raise ValueError(f"'{text}' is not an address that ends with a slash, such as https://slack.com/api/")
    return text


def _page(text: str) -> str:
    found = urlsplit(text)
    if not found.netloc or (found.scheme != "https" and (found.scheme != "http" or found.hostname not in LOOPBACK)):
        raise ValueError(f"'{text}' is not an https address")
    return text


class Commands(Part):
    """What the slash commands are called."""

    kizuki: Annotated[str, AfterValidator(_command)] = "/kizuki"
    kudos: Annotated[str, AfterValidator(_command)] = "/kudos"
    pulse: Annotated[str, AfterValidator(_command)] = "/pulse"

    @property
    def named(self) -> dict[str, str]:
        """What is typed for each command."""
        return {"kizuki": self.kizuki, "kudos": self.kudos, "pulse": self.pulse}


class Slack(Part):
    """How Slack is reached: by signed requests or over a socket, in one workspace or in several."""

    transport: Literal["http", "socket"] = "http"
    signing_secret: SecretStr = UNSET
    bot_token: SecretStr = Field(default=UNSET, description="one workspace")
    app_token: SecretStr = Field(default=UNSET, description="for transport: socket")
    client_id: str = Field(default="", description="several workspaces, by OAuth")
    client_secret: SecretStr = UNSET
    key: SecretStr = Field(default=UNSET, description="encrypts the tokens of several workspaces in the database")
    commands: Commands = Commands()
    reaction: Annotated[str, AfterValidator(_emoji)] = Field(default="", description="an emoji's name without colons")
    per_minute: int = Field(default=300, ge=1, le=100_000, description="messages to one workspace")
    per_channel: float = Field(default=1.0, gt=0, le=1_000, description="messages a second to one channel")
    api: Annotated[str, AfterValidator(_address)] = "https://slack.com/api/"

    @property
    def several(self) -> bool:
        """Whether workspaces install kizuki themselves, by OAuth."""
        return bool(self.client_id)

    @model_validator(mode="after")
    def _is_whole(self) -> "Slack":
        if self.transport == "http" and not self.signing_secret.get_secret_value():
            raise ValueError("transport: http needs signing_secret")
        if self.transport == "socket" and not self.app_token.get_secret_value().startswith("xapp-"):
            raise ValueError("transport: socket needs app_token, which begins with xapp-")
        if self.several == bool(self.bot_token.get_secret_value()):
            raise ValueError("either bot_token (one workspace) or client_id, client_secret and key (several)")
        if self.several and not (self.client_secret.get_secret_value() and self.key.get_secret_value()):
            raise ValueError("several workspaces need client_id, client_secret and key")
        if len(set(self.commands.named.values())) < len(self.commands.named):
            raise ValueError("commands: they need different names")
        return self


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise ValueError(f"'{text}' is not an id such as 12345678-90ab-cdef-1234-567890abcdef") from None


def _loopback(text: str) -> str:
    found = urlsplit(text)
    if text and (found.scheme != "http" or found.hostname not in LOOPBACK or not text.endswith("/")):
        raise ValueError(f"'{text}' is not an address on this machine such as http://127.0.0.1:3978/")
    return text


Id = Annotated[str, AfterValidator(_uuid)]


class Teams(Part):
    """How Microsoft Teams is reached: who the bot is there, which tenants it serves, and how fast it may write."""

    app_id: Id
    tenant: Id = Field(description="the tenant the bot's identity is in")
    password: SecretStr = Field(default=UNSET, description="a client secret; or certificate, or managed_identity")
    certificate: str = Field(default="", description="a PEM file with the certificate and its private key")
    managed_identity: bool = Field(default=False, description="the identity Azure gives the machine")
    tenants: tuple[Id, ...] = Field(default=(), description="further tenants that are served")
    targeted: bool = Field(
        default=False, description="answers in channels that only the person sees, where Teams has it"
    )
    receipts: bool = Field(default=False, description="Teams tells what people have read in their own chat")
    per_second: int = Field(default=50, ge=1, le=1_000, description="requests to one tenant")
    openid: Annotated[str, AfterValidator(_page)] = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    issuer: str = "https://api.botframework.com"
    local: Annotated[str, AfterValidator(_loopback)] = Field(default="", description="for tests: a connector here")
    without_auth: bool = Field(default=False, description="for tests: nobody proves anything; needs local")

    @property
    def served(self) -> frozenset[str]:
        """The tenants whose people are answered."""
        return frozenset((self.tenant, *self.tenants))

    @model_validator(mode="after")
    def _is_whole(self) -> "Teams":
        given = (bool(self.password.get_secret_value()), bool(self.certificate), self.managed_identity)
        if self.without_auth and not self.local:
            raise ValueError(
                "without_auth is for tests alone: it needs local, the address of a connector on this machine"
            )
        if sum(given) != (0 if self.without_auth else 1):
            raise ValueError("exactly one of password, certificate and managed_identity")
        return self


class Platforms(Part):
    """Which chat platforms are on."""

    playground: bool = False
    slack: Slack | None = None
    teams: Teams | None = None
