"""The one configuration file, app.yaml: read, checked as a whole, secrets taken from the environment."""

import os
import re
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr, model_validator

from bot.documents import Document, Fault, Faults, read, validated
from bot.organisation import Organisation, Part, clock_time
from bot.output_settings import OpenData, Prints, Reports
from bot.packs import edition
from bot.platforms import LOOPBACK, UNSET, Platforms
from bot.privacy import Privacy
from bot.pulse_settings import Pulse
from bot.schedule import Calendar, Days
from bot.web_settings import Web

# What a text field in Slack holds; longer words could not be edited there.
SLACK_FIELD = 3_000
# A shorter token could be guessed.
TOKEN = 16

_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


def _cron(line: str) -> str:
    fields = line.split()
    if len(fields) != 5:
        raise ValueError(f"'{line}' is not 'minute hour day month weekday'")
    if any(c.isdigit() for c in fields[4]):
        raise ValueError(
            f"'{line}': write weekdays as names (mon, tue, …); numbers mean different days to different people"
        )
    return line


def _address(url: str) -> str:
    if not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise ValueError("begins with sqlite:/// or postgresql://")
    return url


def _public(url: str) -> str:
    if url and not url.startswith(("https://", "http://localhost", "http://127.0.0.1")):
        raise ValueError("begins with https://")
    return url.rstrip("/")


def _long(token: SecretStr) -> SecretStr:
    if 0 < len(token.get_secret_value()) < TOKEN:
        raise ValueError(f"is shorter than {TOKEN} characters; `openssl rand -hex 32` makes one")
    return token


def _edition(text: str) -> str:
    if edition(text) is None:
        raise ValueError(f"'{text}' is not a pack and its version, such as tokyo@1.1.0")
    return text


Span = Annotated[timedelta, Field(gt=timedelta(0))]


def _works_sometimes(organisation: Organisation) -> Organisation:
    """A calendar without a working day would make every due day endless."""
    calendar = Calendar(organisation)
    if not any(calendar.is_working(date(2026, 1, 1) + timedelta(days=n)) for n in range(366)):
        raise ValueError("with these days off nobody ever works")
    return organisation


Clock = Annotated[str, AfterValidator(clock_time)]


class Schedule(Part):
    """When a job runs: a cron line in the organisation's time zone, and on which of those days."""

    cron: Annotated[str, AfterValidator(_cron)]
    days: Days = "all"
    grace: Span = timedelta(hours=3)


class Notes(Part):
    """How field notes behave."""

    longest: int = Field(default=2_000, ge=100, le=10_000)
    answer_within: int = Field(default=10, ge=1, le=60, description="working days")
    draft_expires: Span = timedelta(hours=24)
    nameless: bool = Field(default=False, description="whether notes may be written that nobody is linked to")


class People(Part):
    """Who may take part beyond the roster, and which accounts are shared by several people."""

    unlisted: Literal["read", "take-part"] = "read"
    shared: tuple[str, ...] = Field(default=(), description="e-mail patterns, such as counter-*@example.jp")


class Kudos(Part):
    """How kudos behave."""

    daily_cap: int = Field(default=10, ge=1, le=100)
    shortest: int = Field(default=10, ge=1)
    longest: int = Field(default=1_000, ge=20, le=3_000)
    take_back: Span = timedelta(hours=24)

    @model_validator(mode="after")
    def _can_be_written(self) -> "Kudos":
        if self.shortest > self.longest:
            raise ValueError("shortest is more than longest")
        return self


class Quiet(Part):
    """When people are not written to, unless they choose otherwise."""

    start: Clock = "20:00"
    end: Clock = "07:30"


class Delivery(Part):
    """How the outbox is emptied."""

    attempts: int = Field(default=8, ge=1, le=50)
    at_once: int = Field(default=50, ge=1, le=500)


class Server(Part):
    """Where the web application listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    url: Annotated[str, AfterValidator(_public)] = Field(default="", description="how others reach it")
    logs: Literal["text", "json"] = "text"
    metrics: bool = Field(default=False, description="whether /metrics tells figures for Prometheus")
    metrics_token: Annotated[SecretStr, AfterValidator(_long)] = Field(
        default=UNSET, description="what whoever reads /metrics has to send"
    )


def _schedules() -> dict[str, Schedule]:
    return {
        "daily": Schedule(cron="0 9 * * *", days="working"),
        "digest": Schedule(cron="30 8 * * *", days="first-working-day-of-week"),
        "recognition": Schedule(cron="30 9 * * *", days="first-working-day-of-month"),
        "reminders": Schedule(cron="45 8 * * *", days="working"),
        "pulse-close": Schedule(cron="15 8 * * *", days="working", grace=timedelta(hours=10)),
        "pulse": Schedule(cron="40 8 * * *", days="working", grace=timedelta(hours=8)),
        "arrivals": Schedule(cron="15 9 * * *", days="working", grace=timedelta(hours=8)),
        "leavers": Schedule(cron="5 0 * * *", grace=timedelta(days=1)),
        "unseal": Schedule(cron="0 8 * * *", days="working", grace=timedelta(hours=10)),
        "learn": Schedule(cron="30 3 * * *", grace=timedelta(hours=2)),
        "directory": Schedule(cron="10 1 * * *", grace=timedelta(hours=20)),
        "retention": Schedule(cron="30 2 * * *", grace=timedelta(hours=20)),
        "tidy": Schedule(cron="* * * * *", grace=timedelta(minutes=1)),
    }


Job = Literal[
    "daily",
    "digest",
    "recognition",
    "reminders",
    "pulse-close",
    "pulse",
    "arrivals",
    "leavers",
    "unseal",
    "directory",
    "learn",
    "retention",
    "tidy",
]


class Settings(Part):
    """Everything app.yaml says."""

    organisation: Annotated[Organisation, AfterValidator(_works_sometimes)]
    pack: Annotated[str, AfterValidator(_edition)] = "tokyo@1.1.0"
    database: Annotated[str, AfterValidator(_address)] = "sqlite:///var/kizuki.db"
    cache: Path | None = None
    schedules: dict[Job, Schedule] = Field(default_factory=_schedules)  # type: ignore[arg-type]
    people: People = People()
    notes: Notes = Notes()
    kudos: Kudos = Kudos()
    pulse: Pulse = Pulse()
    quiet: Quiet = Quiet()
    privacy: Privacy = Privacy()
    delivery: Delivery = Delivery()
    server: Server = Server()
    web: Web = Web()
    prints: Prints = Prints()
    reports: Reports = Reports()
    open_data: OpenData = OpenData()
    platforms: Platforms = Platforms()

    @model_validator(mode="before")
    @classmethod
    def _with_defaults(cls, data: Any) -> Any:
        """Jobs that app.yaml does not mention keep their usual time; `off` switches one off."""
        if not isinstance(data, dict) or not isinstance(data.get("schedules"), dict):
            return data
        given = {k: v for k, v in data["schedules"].items() if v not in ("off", False)}
        off = data["schedules"].keys() - given.keys()
        usual = {k: v for k, v in _schedules().items() if k not in off}
        return {**data, "schedules": {**usual, **given}}

    @model_validator(mode="after")
    def _playground_stays_here(self) -> "Settings":
        """Anybody can be anybody in the playground, so nobody else may reach it."""
        if self.platforms.playground and self.server.host not in LOOPBACK:
            raise ValueError(
                "the playground needs server.host on the loopback (127.0.0.1): it asks nobody who they are"
            )
        return self

    @model_validator(mode="after")
    def _slack_can_work(self) -> "Settings":
        slack = self.platforms.slack
        if slack and slack.several and not self.server.url:
            raise ValueError("several Slack workspaces need server.url, the address that Slack leads people back to")
        longest = max(self.notes.longest, self.kudos.longest)
        if slack and longest > SLACK_FIELD:
            raise ValueError(f"Slack's fields hold {SLACK_FIELD} characters: make notes.longest {SLACK_FIELD} or less")
        return self

    @model_validator(mode="after")
    def _nobody_unproved_from_outside(self) -> "Settings":
        """Without proofs anybody can be anybody: only on this machine, and only for tests."""
        teams = self.platforms.teams
        if teams and teams.without_auth and self.server.host not in LOOPBACK:
            raise ValueError("teams.without_auth needs server.host on the loopback (127.0.0.1): it asks for no proof")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's time zone."""
        return ZoneInfo(self.organisation.timezone)

    @property
    def address(self) -> str:
        """Where people open its pages; "" where nobody but this machine could and no platform is on this machine."""
        here = f"http://127.0.0.1:{self.server.port}" if self.platforms.playground else ""
        return self.server.url or here


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read app.yaml; raises `Faults` with everything that is wrong in it, missing secrets included."""
    document = read(path)
    faults: list[Fault] = []
    data = filled(document.data, (), document, environ, faults)
    try:
        settings = validated(Document(document.file, data, document.lines), Settings)
    except Faults as more:
        unset = {f.line for f in faults}
        raise Faults([*faults, *(f for f in more.faults if f.line not in unset)]) from None
    if faults:
        raise Faults(faults)
    return settings


def unset(text: str, environ: Mapping[str, str]) -> list[str]:
    """The variables a text names that are not set, or empty."""
    return [name for name in _VARIABLE.findall(text) if not environ.get(name)]


def filled(
    value: Any, path: tuple[str | int, ...], document: Document, environ: Mapping[str, str], faults: list[Fault]
) -> Any:
    """The data with every ${NAME} replaced from the environment; what is not set is added to the faults."""
    if isinstance(value, dict):
        return {k: filled(v, (*path, k), document, environ, faults) for k, v in value.items()}
    if isinstance(value, list):
        return [filled(v, (*path, i), document, environ, faults) for i, v in enumerate(value)]
    if not isinstance(value, str):
        return value
    faults += [document.fault(path, f"the environment variable {name} is not set") for name in unset(value, environ)]
    return _VARIABLE.sub(lambda found: environ.get(found[1], "missing"), value)
