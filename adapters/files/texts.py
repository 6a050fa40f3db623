"""Texts in files: what no program may take for a formula, and cells as a reader in a language writes them."""

from datetime import date, datetime

from bot.phrases import shown
from bot.sheets import Cell, Kind

# What makes a spreadsheet take a text for a formula, the wide forms Japanese keyboards type included.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def guarded(text: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def written(cell: Cell, kind: Kind, lang: str) -> str:
    """A cell as people read it."""
    match cell:
        case None:
            return ""
        case str():
            return cell
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}"
        case date():
            return cell.isoformat()
        case _ if kind == "share":
            return f"{100 * cell:.1f} %"
        case _:
            return shown(lang, cell)
