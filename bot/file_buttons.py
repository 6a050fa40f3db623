"""The quiet button below a report that leads to its files: the same days, the same unit."""

from datetime import date, timedelta

from bot.cards import Button
from bot.phrases import Speak

ASK = "files.ask"


def of_days(t: Speak, name: str, first: date, end: date, unit: str = "") -> Button:
    """To the files of a report of some days, of everybody or of the unit of this code."""
    asked = f"{first}..{end - timedelta(days=1)} {unit}".strip()
    return Button(ASK, t("files.as_file"), f"{name}:{asked}")


def of_one(t: Speak, name: str, code: str) -> Button:
    """To the files of one announcement, by its number, whatever its days."""
    return Button(ASK, t("files.as_file"), f"{name}::{code}")
