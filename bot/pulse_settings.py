"""Surveys as app.yaml plans them: what is asked of whom, how often, from which day on, and for how many days."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from bot.organisation import Part
from bot.schedule import WEEK

# What the code of a survey begins with; a day follows.
NAME = r"^[a-z][a-z0-9]{0,15}(-[a-z][a-z0-9]{0,15})*$"
# Where no day is named, a survey opens on the first working day of its week or month.
FIRST = "first-working-day"
MOST_DAYS = 30
SHORTEST_KEY = 32


class Panel(Part):
    """Lots: each person is asked at most once in `of` times, and everybody once in as many."""

    of: int = Field(ge=2, le=52)


class Newcomers(Part):
    """Those who have been here so long, each once."""

    after: timedelta = Field(default=timedelta(days=30), ge=timedelta(days=1), le=timedelta(days=365))


class Audience(Part):
    """Whom a survey asks; nothing said is everyone. `units` and `role` narrow it down, a panel draws from what is left.

    `units` are codes, each with all below it.
    """

    units: tuple[str, ...] = ()
    role: Literal["", "manager", "secretariat", "executive", "administrator"] = ""
    panel: Panel | None = None
    newcomers: Newcomers | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> "Audience":
        if self.panel and self.newcomers:
            raise ValueError("newcomers are asked once: there is nothing to draw a panel from")
        return self

    @property
    def of(self) -> str:
        """What kind of audience it is, in a word."""
        kinds = {"newcomers": self.newcomers, "panel": self.panel, "role": self.role, "units": self.units}
        return next((kind for kind, said in kinds.items() if said), "everyone")


def _everyone(value: Any) -> Any:
    return {} if value == "everyone" else value


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _later(days: tuple[int, ...]) -> tuple[int, ...]:
    if any(day < 2 for day in days):
        raise ValueError("the day it opens on is working day 1: reminders begin on 2")
    return tuple(sorted(set(days)))


Who = Annotated[Audience, BeforeValidator(_everyone)]
Invite = Literal["channel", "person"]
DaysOpen = Annotated[int, Field(ge=1, le=MOST_DAYS)]


class Survey(Part):
    """A survey that comes round. `day` is a weekday, a day of the month, first-working-day, or for `once` a date.

    `days_open` and `remind` are working days; the one it opens on is the first.
    """

    set: str
    every: Literal["week", "month", "once"] = "week"
    day: Annotated[int | str, BeforeValidator(_iso)] = FIRST
    days_open: DaysOpen = 4
    audience: Who = Audience()
    invite: Invite = "channel"
    remind: Annotated[tuple[int, ...], AfterValidator(_later)] = (2, 4)

    @model_validator(mode="after")
    def _is_some_day(self) -> "Survey":
        if not _fits(self.every, self.day):
            raise ValueError(f"'{self.day}' is no day for 'every: {self.every}'")
        return self


def _long_enough(key: SecretStr) -> SecretStr:
    if 0 < len(key.get_secret_value()) < SHORTEST_KEY:
        raise ValueError(f"a key is at least {SHORTEST_KEY} characters long: openssl rand -hex 32 makes one")
    return key


class Pulse(Part):
    """How few people are counted together, what keeps who answered apart from what was answered, what comes round."""

    k: int = Field(default=5, ge=3, le=25)
    key: Annotated[SecretStr, AfterValidator(_long_enough)] = SecretStr("")
    surveys: dict[Annotated[str, Field(pattern=NAME, max_length=40)], Survey] = Field(default_factory=dict)


def _fits(every: str, day: int | str) -> bool:
    match every:
        case "week":
            return day in (*WEEK, FIRST)
        case "month":
            return day == FIRST or (isinstance(day, int) and 1 <= day <= 31)
        case _:
            return isinstance(day, str) and _is_date(day)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
