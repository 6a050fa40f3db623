"""How far the principles have come, as a card: by principle, unit and week, beside surveys, target and forecast."""

from datetime import date, timedelta
from functools import partial

from bot import adoption, file_buttons, own_unit, reports
from bot.adoption import STEPS, Adoption, OfUnit, People
from bot.adoption_surveys import Surveyed
from bot.cards import Block, Button, Card, Chart, Facts, Heading, Reply, Span, Table, muted, row, say
from bot.daily import LEADER, STORY
from bot.events import Press, number_in
from bot.packs import FACETS
from bot.people import Thing, reading, require
from bot.phrases import Speak
from bot.pulse_pace import Pace
from bot.turn import House, Refusal, Turn
from storage import practice, units
from storage.units import UnitRow

# What is looked back at when nothing else is said, and how many units a card has buttons for.
WEEKS, WAYS, UNITS = 12, 5, 12
# Of surveys: who knows, has read, keeps it in mind.
SURVEYED = 3


def show(turn: Turn) -> Reply:
    """`/kizuki adoption`: the last twelve weeks of what one may read of."""
    if not reading(turn, "unit.read"):
        raise Refusal("adoption.not_a_reader")
    return Reply(card(turn, own_unit.of(turn, "unit.read")))


def is_there(turn: Turn) -> bool:
    """Whether there is a report for whoever asks: of a unit with few people there is none."""
    if not reading(turn, "unit.read"):
        return False
    unit, last = own_unit.of(turn, "unit.read"), lately(turn).end - timedelta(days=1)
    return unit is None or practice.staff(turn.tx, unit.id, today=last.isoformat()) >= turn.settings.pulse.k


def of_unit(turn: Turn, press: Press) -> Reply:
    """The same of a unit below."""
    unit = units.get(turn.tx, number_in(press.value) or 0)
    if unit is None:
        raise Refusal("cards.stale")
    require(turn, "unit.read", Thing(unit_id=unit.id))
    return Reply(card(turn, unit))


def lately(turn: Turn) -> reports.Period:
    """The last twelve whole weeks."""
    monday = turn.today - timedelta(days=turn.today.weekday())
    return reports.between(turn.settings, monday - timedelta(weeks=WEEKS), monday)


def card(turn: Turn, unit: UnitRow | None) -> Card:
    """The report of the last weeks as a card."""
    turn.take_time()
    return drawn(turn.house, adoption.build(turn, lately(turn), unit), turn.lang)


def drawn(house: House, report: Adoption, lang: str) -> Card:
    """A report as a card."""
    t = house.phrases.bound(lang)
    name = report.unit.name(lang) if report.unit else house.settings.organisation.title(lang)
    heading, summary = t("adoption.heading", unit=name), _summary(t, report)
    blocks: list[Block] = [
        Heading(heading),
        muted(t("digest.period", first=report.period.first, last=report.period.end - timedelta(days=1))),
        say(Span(summary, "strong")),
        *_forecasts(house, report, lang),
        *_principles(house, report, lang),
        *_weeks(t, report),
        *_units(t, report, lang),
        *_groups(t, report),
        *_facets(t, report),
        muted(t("adoption.how")),
        row(_as_file(t, report)),
    ]
    return Card(tuple(blocks), f"{heading} {summary}", lang)


def _as_file(t: Speak, report: Adoption) -> Button:
    period, code = report.period, report.unit.code if report.unit else ""
    return file_buttons.of_days(t, "adoption", period.first, period.end, code)


def _summary(t: Speak, report: Adoption) -> str:
    """How many took the steps that matter, in one sentence."""
    shares = {step: share(report.people, step, report.staff) for step in ("tried", "noted")}
    return t("adoption.summary", staff=report.staff, **shares)


def share(people: People, step: str, staff: int) -> int:
    """What part of the staff took a step, in percent."""
    return round(100 * people[step] / staff) if staff else 0


def _principles(house: House, report: Adoption, lang: str) -> list[Block]:
    """What was done about each principle, and what surveys say of it."""
    t = house.phrases.bound(lang)
    columns = (t("notes.principles"), *(t(f"adoption.{step}") for step in STEPS))
    rows = tuple(
        (house.pack.short(one.number, lang), *(str(one.people[step]) for step in STEPS)) for one in report.principles
    )
    done = Table(t("adoption.by_principle"), columns, rows, numeric=tuple(range(1, len(columns))))
    said = tuple(
        (house.pack.short(one.number, lang), _steps(one.survey)) for one in report.principles if one.survey is not None
    )
    columns = (t("notes.principles"), t("adoption.survey"))
    return [done, Table(t("adoption.by_survey"), columns, said)] if said else [done]


def _steps(survey: Surveyed) -> str:
    return " → ".join(f"{round(100 * figure.value)}%" for _, figure in survey.steps[:SURVEYED])


def _forecasts(house: House, report: Adoption, lang: str) -> list[Block]:
    """For each principle with a target, where it stands and when it is reached."""
    t, facts = house.phrases.bound(lang), []
    for one in report.principles:
        said = one.survey
        if said and said.aimed and said.pace:
            now = t("adoption.stands", now=round(100 * said.aimed.value), target=round(100 * said.target))
            facts.append((house.pack.short(one.number, lang), now + _forecast(t, said.pace, said.between)))
    return [Heading(t("adoption.targets"), 2), Facts(tuple(facts))] if facts else []


def _forecast(t: Speak, pace: Pace, between: tuple[Pace, Pace] | None) -> str:
    if pace.state != "coming" or pace.day is None:
        return t(f"adoption.pace_{pace.state}")
    told = t("adoption.pace_coming", day=pace.day)
    return told + _between(t, between) if between else told


def _between(t: Speak, between: tuple[Pace, Pace]) -> str:
    soon, late = (one.day for one in between)
    if soon and late:
        return t("adoption.between", soon=soon, late=late)
    return t("adoption.at_the_soonest", soon=soon) if soon else ""


def _weeks(t: Speak, report: Adoption) -> list[Block]:
    if not any(week.people["tried"] or week.people["noted"] for week in report.weeks):
        return []
    labels = tuple(_day(week.first) for week in report.weeks)
    line = partial(Chart, labels=labels, unit=t("adoption.people"), shape="line")
    return [
        line(t(f"adoption.weekly_{step}"), values=tuple(week.people[step] for week in report.weeks))
        for step in ("tried", "noted")
    ]


def _day(day: date) -> str:
    return f"{day.month}/{day.day}"


def _units(t: Speak, report: Adoption, lang: str) -> list[Block]:
    """The units directly below, those where most tried first, with the way to each of the first."""
    found = sorted(report.units, key=lambda one: (-share(one.people, "tried", one.staff), one.unit.code))
    shown = [one for one in found if one.staff][:UNITS]
    if not shown:
        return []
    columns = (t("adoption.unit"), t("adoption.staff"), *(t(f"adoption.{step}") for step in STEPS[1:]))
    table = Table(
        t("adoption.by_unit"),
        columns,
        tuple(_unit_row(one, lang) for one in shown),
        numeric=tuple(range(1, len(columns))),
    )
    ways = (Button("adoption.unit", one.unit.name(lang), str(one.unit.id)) for one in shown[:WAYS])
    return [table, row(*ways)]


def _unit_row(one: OfUnit, lang: str) -> tuple[str, ...]:
    shares = (f"{share(one.people, step, one.staff)}%" for step in STEPS[1:])
    return (one.unit.name(lang), str(one.staff), *shares)


def _groups(t: Speak, report: Adoption) -> list[Block]:
    if not report.groups:
        return []
    columns = (t("adoption.group"), t("adoption.staff"), *(t(f"adoption.{step}") for step in STEPS[1:]))
    rows = tuple(
        (t(f"adoption.group_{g.name}"), str(g.staff), *(f"{share(g.people, s, g.staff)}%" for s in STEPS[1:]))
        for g in report.groups
    )
    return [Table(t("adoption.by_group"), columns, rows, numeric=tuple(range(1, len(columns))))]


NAMED = (*FACETS, STORY, LEADER)


def _facets(t: Speak, report: Adoption) -> list[Block]:
    """What each way of telling achieved: how many read it, and how many of a hundred readings led to trying."""
    times = {(one.facet, one.what): one.times for one in report.facets}
    rows = []
    for facet in sorted({facet for facet, _ in times}):
        if read := times.get((facet, "read"), 0):
            tried = times.get((facet, "tried"), 0)
            # One of an earlier version of the principles may have no name any longer.
            name = t(f"daily.facet.{facet}") if facet in NAMED else facet
            rows.append((name, str(read), str(tried), f"{100 * tried // read}%"))
    columns = (t("adoption.facet"), t("adoption.read"), t("adoption.tried"), t("adoption.per_reading"))
    return [Table(t("adoption.by_facet"), columns, tuple(rows), numeric=(1, 2, 3))] if rows else []


ACTIONS = {"adoption.unit": of_unit}
