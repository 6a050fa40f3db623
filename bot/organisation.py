"""The organisation as app.yaml describes it: its name, language, time zone and days off."""

import re
from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

LANGUAGES = ("ja", "en", "ja-easy")
Language = Literal["ja", "en", "ja-easy"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

_DAY = re.compile(r"^(\d{2})-(\d{2})$")


class Part(BaseModel):
    """A part of app.yaml: unknown keys are faults, nothing changes after the start."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"no time zone is called '{name}'") from None
    return name


def clock_time(text: str) -> str:
    """A time such as 18:30, or a fault."""
    if not re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValueError(f"'{text}' is not a time such as 18:30")
    return text


def _closed(text: str) -> str:
    for end in text.split("..", 1):
        found = _DAY.match(end)
        if not found:
            raise ValueError(f"'{text}' is neither a day such as 12-29 nor a range such as 12-29..01-03")
        date(2024, int(found[1]), int(found[2]))
    return text


def _country(code: str) -> str:
    if code not in holidays.list_supported_countries(include_aliases=True):
        raise ValueError(f"no holidays are known for the country '{code}'")
    return code


class Organisation(Part):
    """Who uses kizuki, where, and when they work."""

    name: dict[Language, str] = Field(min_length=1)
    language: Language = "ja"
    timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Tokyo"
    country: Annotated[str, AfterValidator(_country)] = "JP"
    closed: tuple[Annotated[str, AfterValidator(_closed)], ...] = ()
    week: tuple[Weekday, ...] = Field(default=("mon", "tue", "wed", "thu", "fri"), min_length=1)

    def title(self, lang: str) -> str:
        """The organisation's name in a language."""
        names = {str(k): v for k, v in self.name.items()}
        return names.get(lang) or names.get("ja") or next(iter(names.values()))
