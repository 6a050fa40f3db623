"""What every book of tables needs: who asks for which days and units, and how it is called."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from bot import periods
from bot.phrases import Speak
from bot.reports import Period
from bot.sheets import Book, Column, Sheet, on_paper
from bot.turn import Turn
from storage.reports import View
from storage.units import UnitRow


@dataclass(frozen=True, slots=True)
class Asked:
    """Which report of which days and unit (None is everybody), read in which way, in which language."""

    name: str
    period: Period
    unit: UnitRow | None
    view: View
    lang: str
    # A survey's code, or an announcement's number, for the report of one.
    code: str = ""


class Words(NamedTuple):
    """A report's phrases: `say` knows those of files, `t` all of them."""

    t: Speak

    def say(self, key: str, **values: object) -> str:
        """A phrase of files."""
        return self.t(f"files.{key}", **values)


def words(turn: Turn, asked: Asked) -> Words:
    """The phrases in the language a report is asked in."""
    return Words(turn.speak(asked.lang))


def book(
    turn: Turn,
    asked: Asked,
    sheets: tuple[Sheet, ...],
    *,
    notes: tuple[str, ...] = (),
    main: int = -1,
    plain: Sheet | None = None,
    about: tuple[str, ...] = (),
) -> Book:
    """A book with the title, period and unit that were asked for; `about` says what it is of where it is of neither."""
    w = words(turn, asked)
    org = turn.settings.organisation.title(asked.lang)
    period, last = asked.period, asked.period.end - timedelta(days=1)
    whose = asked.unit.name(asked.lang) if asked.unit else org
    days = w.say("days", first=period.first.isoformat(), last=last.isoformat())
    about = about or (w.say("of", unit=whose, period=periods.label(w.t, period, turn.today)), days)
    return Book(
        title=w.say(f"title.{asked.name}"),
        about=about,
        organisation=org,
        lang=asked.lang,
        accent=turn.settings.prints.accent,
        at=turn.now.replace(microsecond=0),
        sheets=sheets,
        notes=(*notes, w.say("made_at", day=turn.today.isoformat(), edition=turn.pack.edition)),
        main=main,
        plain=plain,
    )


def numbered(turn: Turn, asked: Asked, key: str, *, paper: bool = True) -> tuple[Column, ...]:
    """A column for every principle, headed as `key` says."""
    w, pack = words(turn, asked), turn.pack
    return tuple(Column(w.say(key, principle=pack.short(n, asked.lang)), wide=7, paper=paper) for n in pack.numbers)


def rest(turn: Turn, asked: Asked, columns: tuple[Column, ...], count: int) -> str:
    """That a table on paper is not the whole one, where that is so."""
    shown = on_paper(columns)
    return words(turn, asked).say("rest", n=count, shown=shown) if count > shown else ""
