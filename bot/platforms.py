"""Which chat platforms are on, and how each is reached: the part `platforms` of app.yaml."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from bot.organisation import Part

UNSET = SecretStr("")


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


class Commands(Part):
    """What the slash commands are called."""

    kizuki: Annotated[str, AfterValidator(_command)] = "/kizuki"
    kudos: Annotated[str, AfterValidator(_command)] = "/kudos"


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
        if self.commands.kizuki == self.commands.kudos:
            raise ValueError("commands: the two need different names")
        return self


class Platforms(Part):
    """Which chat platforms are on."""

    playground: bool = False
    slack: Slack | None = None
