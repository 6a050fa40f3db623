"""What a recognition report holds, as plain frozen data: a card, a page, a file and a print are drawn from the same."""

from dataclasses import dataclass

from bot.reports import ListedNote, Period
from bot.scoring import Points
from storage.recognised import Listed
from storage.units import UnitRow


@dataclass(frozen=True, slots=True)
class Story:
    """A giver's own words in a public kudos; without a name where they are no longer here."""

    text: str
    giver_ja: str
    giver_en: str

    def giver(self, lang: str) -> str:
        """The giver's name in a language, or nothing."""
        return self.giver_en if lang == "en" and self.giver_en else self.giver_ja


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place on a shortlist; equal points share it."""

    place: int
    who: Listed
    points: Points
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True)
class OfPrinciple:
    """One principle; `before` is the period before. `more` share the last place and are left out."""

    number: int
    notes: int
    kudos: int
    people: int
    givers: int
    notes_before: int
    kudos_before: int
    shortlist: tuple[Candidate, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Totals:
    """All notes and thanks of a period."""

    notes: int
    writers: int
    kudos: int


@dataclass(frozen=True, slots=True)
class Firsts:
    """How many gave and received thanks for the first time ever; by their keys those whose thanks are public."""

    gave: int
    received: int
    givers: tuple[int, ...]
    receivers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """Somebody behind the scenes: thanked by people of so many other units, seen so seldom themselves."""

    who: Listed
    units: int
    seen: int
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A note that led to a change, and the days from when it was written."""

    listed: ListedNote
    days: int


@dataclass(frozen=True, slots=True)
class Changes:
    """Notes adopted or done in the period: how many, the median of the days it took, the most supported."""

    count: int
    median: float | None
    shown: tuple[Changed, ...]


@dataclass(frozen=True, slots=True)
class Covered:
    """A row of the heat map: of how many staffed units, and in how many of them each principle left a trace."""

    unit: UnitRow
    units: int
    by_number: dict[int, int]


@dataclass(frozen=True, slots=True)
class Recognition:
    """The recognition report of a period, for the organisation or for a unit and everything below it.

    `states` is what became of the notes that were written in it. `roles` is by what the points of a role were divided.
    """

    period: Period
    before: Period
    unit: UnitRow | None
    today: str
    notes: int
    writers: int
    kudos: int
    totals_before: Totals
    states: dict[str, int]
    principles: tuple[OfPrinciple, ...]
    firsts: Firsts
    behind: tuple[Behind, ...]
    changes: Changes
    coverage: tuple[Covered, ...]
    roles: dict[str, float]
