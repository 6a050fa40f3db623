"""What leaves kizuki as files and on paper: the parts `prints`, `reports` and `open_data` of app.yaml."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bot.organisation import Part

# Text in the accent colour on white, and white on it, must be readable (WCAG 2, AA).
CONTRAST = 4.5
Form = Literal["csv", "xlsx", "pdf"]


def _accent(text: str) -> str:
    if not re.fullmatch("#[0-9a-fA-F]{6}", text):
        raise ValueError(f"'{text}' is not a colour such as #0017c1")
    if contrast(text) < CONTRAST:
        raise ValueError(f"'{text}' is too pale to be read on white: choose a darker colour")
    return text.lower()


def contrast(colour: str) -> float:
    """How well a colour is told from white: 1 is not at all, 21 is black."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(value: float) -> float:
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)


def _licence(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*|https://\S+", text):
        raise ValueError(f"'{text}' is neither a licence's short name such as CC-BY-4.0 nor its https address")
    return text


def _address(text: str) -> str:
    if text and not re.fullmatch(r"https://\S+", text):
        raise ValueError("begins with https://")
    return text.rstrip("/")


class Prints(Part):
    """How cards, posters, wallpapers, certificates and reports on paper look."""

    accent: Annotated[str, AfterValidator(_accent)] = "#0017c1"


class Reports(Part):
    """What the secretariat is sent every month beside the recognition report: links to its files."""

    monthly: tuple[Form, ...] = ()


class OpenData(Part):
    """What is published as open data: under which licence, where, and of how many people at least."""

    licence: Annotated[str, AfterValidator(_licence)] = "CC-BY-4.0"
    address: Annotated[str, AfterValidator(_address)] = Field(default="", description="where the files will stand")
    contact: str = Field(default="", max_length=200, description="whom readers can ask")
    k: int = Field(default=10, ge=5, le=100, description="of fewer people, or fewer times, nothing is told")
