"""How far the principles have come as tables: by principle, unit, week and newcomers, beside surveys and targets."""

from collections.abc import Iterator

from bot import adoption
from bot.adoption import STEPS, WEEKLY, Adoption, People
from bot.adoption_surveys import Surveyed
from bot.book import Asked, Words, book, rest, words
from bot.pulse_pace import Pace
from bot.sheets import Book, Chart, Column, Row, Sheet, share, text
from bot.turn import Turn

# Of everybody it says who was reached; of units and newcomers the steps after that, as shares of their staff.
TAKEN = STEPS[1:]
TRIED = STEPS.index("tried") + 1


def check(turn: Turn, asked: Asked) -> None:
    """Refuse that of a unit with too few people, before anything is promised."""
    if asked.unit:
        adoption.check(turn, asked.period, asked.unit)


def build(turn: Turn, asked: Asked) -> Book:
    """The report of a period, of everybody or of a unit and what is below it."""
    w, found = words(turn, asked), adoption.build(turn, asked.period, asked.unit)
    sheets = (
        _principles(turn, asked, found),
        _surveys(turn, asked, found),
        _units(turn, asked, found),
        _weeks(w, found),
        _groups(w, found),
        _facets(turn, asked, found),
    )
    shown = tuple(sheet for sheet in sheets if sheet.rows)
    notes = (w.say("adoption_staff", n=found.staff), w.t("adoption.how"))
    return book(turn, asked, shown, notes=notes, plain=_everything(turn, asked, found))


def _steps(w: Words, steps: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(Column(w.t(f"adoption.{step}")) for step in steps)


def _taken(people: People, steps: tuple[str, ...]) -> Row:
    return tuple(people[step] for step in steps)


def _principles(turn: Turn, asked: Asked, found: Adoption) -> Sheet:
    w = words(turn, asked)
    columns = (text(w.say("principle"), 30), *_steps(w, STEPS))
    rows: list[Row] = [
        (turn.pack.title(one.number, asked.lang), *_taken(one.people, STEPS)) for one in found.principles
    ]
    title = w.t("adoption.by_principle")
    drawn = Chart(w.say("tried_by_principle"), 0, TRIED, len(rows))
    return Sheet(w.say("sheet.principles"), title, columns, rows, len(rows), drawn)


def _surveys(turn: Turn, asked: Asked, found: Adoption) -> Sheet:
    """What surveys say of each step; the target, and when it is reached."""
    w = words(turn, asked)
    columns = (
        text(w.say("principle"), 24),
        Column(w.say("day"), "date", 11),
        Column(w.say("answered_people")),
        text(w.t("adoption.survey"), 20),
        Column(w.say("now_at"), "share"),
        Column(w.say("between_least"), "share"),
        Column(w.say("between_most"), "share"),
        Column(w.say("target"), "share"),
        text(w.say("pace"), 14),
        Column(w.say("reached_on"), "date", 11),
        Column(w.say("soonest"), "date", 11),
        Column(w.say("latest"), "date", 11),
    )
    rows: list[Row] = [
        (turn.pack.title(one.number, asked.lang), *_surveyed(w, one.survey)) for one in found.principles if one.survey
    ]
    return Sheet(w.say("sheet.surveys"), w.t("adoption.by_survey"), columns, rows, len(rows))


def _surveyed(w: Words, said: Surveyed) -> Row:
    steps = " → ".join(f"{100 * figure.value:.0f}%" for _, figure in said.steps)
    aimed = said.aimed
    now: Row = (aimed.value, aimed.low, aimed.high) if aimed else (None, None, None)
    return (said.day, said.answered, steps, *now, said.target or None, *_pace(w, said.pace, said.between))


def _pace(w: Words, pace: Pace | None, between: tuple[Pace, Pace] | None) -> Row:
    if pace is None:
        return None, None, None, None
    soon, late = (one.day for one in between) if between else (None, None)
    return w.say(f"pace_is.{pace.state}"), pace.day, soon, late


def _units(turn: Turn, asked: Asked, found: Adoption) -> Sheet:
    """The units directly below: how many people took each step, and what part of the staff tried."""
    w = words(turn, asked)
    columns = (
        text(w.say("unit_code"), 10),
        text(w.say("unit"), 26),
        Column(w.say("staff")),
        *_steps(w, STEPS),
        Column(w.say("tried_part"), "share"),
    )
    listed = sorted(found.units, key=lambda one: (-(share(one.people["tried"], one.staff) or 0), one.unit.code))
    rows: list[Row] = [
        (
            one.unit.code,
            one.unit.name(asked.lang),
            one.staff,
            *_taken(one.people, STEPS),
            share(one.people["tried"], one.staff),
        )
        for one in listed
        if one.staff
    ]
    drawn = Chart(w.say("tried_part"), 1, len(columns) - 1, min(len(rows), 20))
    more = rest(turn, asked, columns, len(rows))
    return Sheet(w.say("sheet.below"), w.say("sheet.below"), columns, rows, len(rows), drawn, rest=more)


def _weeks(w: Words, found: Adoption) -> Sheet:
    columns = (Column(w.say("week_from"), "date", 12), *_steps(w, WEEKLY))
    rows: list[Row] = [(one.first, *_taken(one.people, WEEKLY)) for one in found.weeks]
    drawn = Chart(w.t("adoption.weekly_tried"), 0, 1, len(rows))
    return Sheet(w.say("sheet.weeks"), w.say("sheet.weeks"), columns, rows, len(rows), drawn)


def _groups(w: Words, found: Adoption) -> Sheet:
    columns = (text(w.t("adoption.group"), 26), Column(w.say("staff")), *_steps(w, TAKEN))
    rows: list[Row] = [
        (w.t(f"adoption.group_{one.name}"), one.staff, *_taken(one.people, TAKEN)) for one in found.groups
    ]
    return Sheet(w.t("adoption.by_group"), w.t("adoption.by_group"), columns, rows, len(rows))


def _facets(turn: Turn, asked: Asked, found: Adoption) -> Sheet:
    """What each way of telling the daily principle achieved: how often it was read and tried, everywhere."""
    w, names = words(turn, asked), turn.house.phrases.under(asked.lang, "daily.facet")
    times = {(one.facet, one.what): one.times for one in found.facets}
    columns = (
        text(w.t("adoption.facet"), 26),
        Column(w.say("times_read")),
        Column(w.say("times_tried")),
        Column(w.t("adoption.per_reading"), "share"),
    )
    rows: list[Row] = []
    for facet in sorted({facet for facet, _ in times}):
        read, tried = times.get((facet, "read"), 0), times.get((facet, "tried"), 0)
        rows.append((names.get(facet, facet), read, tried, share(tried, read)))
    title = w.t("adoption.by_facet")
    return Sheet(w.say("sheet.facets"), title, columns, rows, len(rows), notes=(w.say("facets_note"),))


def _everything(turn: Turn, asked: Asked, found: Adoption) -> Sheet:
    """All counts in one table, for a CSV."""
    w = words(turn, asked)
    columns = (text(w.say("part_of")), text(w.say("what")), Column(w.say("staff")), *_steps(w, STEPS))
    rows = list(_lines(turn, asked, found))
    return Sheet(w.say("title.adoption"), w.say("title.adoption"), columns, rows, len(rows))


def _lines(turn: Turn, asked: Asked, found: Adoption) -> Iterator[Row]:
    w, staff = words(turn, asked), found.staff
    whose = asked.unit.name(asked.lang) if asked.unit else turn.settings.organisation.title(asked.lang)

    def line(part: str, name: str, staff: int, people: People) -> Row:
        return w.say(part), name, staff, *(people.get(step) for step in STEPS)

    yield line("part_is.all", whose, staff, found.people)
    for of in found.principles:
        yield line("part_is.principle", turn.pack.title(of.number, asked.lang), staff, of.people)
    for one in found.units:
        yield line("part_is.unit", f"{one.unit.code} {one.unit.name(asked.lang)}", one.staff, one.people)
    for week in found.weeks:
        yield line("part_is.week", week.first.isoformat(), staff, week.people)
    for group in found.groups:
        yield line("part_is.group", w.t(f"adoption.group_{group.name}"), group.staff, group.people)
