"""The figures that units try to change: what they are, what was reported of them month by month, and the stories."""

from typing import Any, NamedTuple

from sqlalchemy import Index, UniqueConstraint, bindparam, func, or_, select, update
from sqlmodel import SQLModel

from storage.columns import adding, bigint, columns, key, ref
from storage.database import Tx
from storage.people import Person
from storage.statements import Statement
from storage.units import Unit

# A value is kept in thousandths, so that it is a whole number.
SCALE = 1_000
ASKED, DECLINED, TOLD, WITHDRAWN = "asked", "declined", "told", "withdrawn"


class UnitFigure(SQLModel, table=True):
    """A figure a unit tries to change. `words` is its name and its measure by language as JSON.

    `better` is less or more; `target` is in thousandths. `reporter_id` reports it in the managers' stead.
    """

    __tablename__ = "unit_figure"

    id: int | None = key()
    unit_id: int = ref("unit.id", index=True)
    words: str
    better: str
    target: int | None = bigint(null=True)
    person_id: int = ref("person.id")
    reporter_id: int | None = ref("person.id", null=True)
    starts_on: str
    ends_on: str | None = None
    at: int = bigint()


class UnitFigureReport(SQLModel, table=True):
    """What somebody reported of a month (its first day), in thousandths; the last one of a month holds."""

    __tablename__ = "unit_figure_report"
    __table_args__ = (Index("ix_unit_figure_report_figure_id_month", "figure_id", "month"),)

    id: int | None = key()
    figure_id: int = ref("unit_figure.id")
    month: str
    value: int = bigint()
    person_id: int = ref("person.id", index=True)
    at: int = bigint()


class UnitFigureStory(SQLModel, table=True):
    """What somebody was asked about a figure that improved most in a period, and told; `before` and `after` as means.

    `state`: asked, declined, told (with their consent) or withdrawn.
    """

    __tablename__ = "unit_figure_story"
    __table_args__ = (UniqueConstraint("figure_id", "first"),)

    id: int | None = key()
    figure_id: int = ref("unit_figure.id")
    first: str
    end: str
    person_id: int = ref("person.id", index=True)
    state: str = ASKED
    text: str = ""
    before: int = bigint()
    after: int = bigint()
    asked_at: int = bigint()
    told_at: int | None = bigint(null=True)


class FigureRow(NamedTuple):
    """A figure as features see it, with its unit."""

    id: int
    unit_id: int
    words: str
    better: str
    target: int | None
    person_id: int
    reporter_id: int | None
    starts_on: str
    ends_on: str | None
    at: int
    code: str
    unit_ja: str
    unit_en: str


class ReportRow(NamedTuple):
    """A value of a month, as it was reported then."""

    id: int
    figure_id: int
    month: str
    value: int
    person_id: int
    at: int


class StoryRow(NamedTuple):
    """A story that was asked for."""

    id: int
    figure_id: int
    first: str
    end: str
    person_id: int
    state: str
    text: str
    before: int
    after: int
    asked_at: int
    told_at: int | None


_figure, _report, _story, _unit, _person = map(columns, (UnitFigure, UnitFigureReport, UnitFigureStory, Unit, Person))
_id: Any = bindparam("figure")
_NEW = ("unit_id", "words", "better", "target", "person_id", "reporter_id", "starts_on", "at")
_rows = select(*(_figure[name] for name in FigureRow._fields[:-3]), _unit.code, _unit.name_ja, _unit.name_en).join(
    Unit, _unit.id == _figure.unit_id
)
_reports = select(*(_report[name] for name in ReportRow._fields))
_stories = select(*(_story[name] for name in StoryRow._fields))
_add = Statement(adding(UnitFigure, *_NEW).values(ends_on=None).returning(_figure.id))
_get = Statement(_rows.where(_figure.id == _id), FigureRow)
_hold = Statement(_rows.where(_figure.id == _id).with_for_update(of=UnitFigure.__table__), FigureRow)  # type: ignore[attr-defined]
_running = Statement(
    _rows.where(or_(_figure.ends_on.is_(None), _figure.ends_on > bindparam("today"))).order_by(_unit.code, _figure.id),
    FigureRow,
)
_all = Statement(_rows.order_by(_unit.code, _figure.id), FigureRow)
_change = Statement(
    update(UnitFigure)
    .where(_figure.id == _id)
    .values({name: bindparam(name) for name in ("words", "better", "target", "reporter_id")})
)
_end = Statement(update(UnitFigure).where(_figure.id == _id).values(ends_on=bindparam("day")))
_add_report = Statement(adding(UnitFigureReport, *ReportRow._fields[1:]).returning(_report.id))
_newest = select(func.max(_report.id)).group_by(_report.figure_id, _report.month)
_between = (_report.month >= bindparam("first"), _report.month < bindparam("end"))
_values = Statement(
    _reports.where(_report.id.in_(_newest.where(*_between))).order_by(_report.figure_id, _report.month), ReportRow
)
_of_figure = Statement(
    _reports.where(_report.id.in_(_newest.where(_report.figure_id == _id))).order_by(_report.month), ReportRow
)
_history = Statement(_reports.where(_report.figure_id == _id).order_by(_report.id), ReportRow)
_ask = Statement(
    adding(UnitFigureStory, "figure_id", "first", "end", "person_id", "before", "after", "asked_at")
    .values(state=ASKED, text="", told_at=None)
    .on_conflict_do_nothing()
    .returning(_story.id)
)
_get_story = Statement(_stories.where(_story.id == bindparam("story")).with_for_update(), StoryRow)
_judged = Statement(select(func.count()).select_from(UnitFigureStory).where(_story.first == bindparam("first")))
_told = Statement(
    _stories.where(_story.state == TOLD, _story.first >= bindparam("first"), _story.first < bindparam("end")).order_by(
        _story.first, _story.id
    ),
    StoryRow,
)
_settle = Statement(
    update(UnitFigureStory)
    .where(_story.id == bindparam("story"), _story.state == bindparam("was"))
    .values(state=bindparam("to"), text=bindparam("said"), told_at=bindparam("told"))
)
_of_person = Statement(_stories.where(_story.person_id == bindparam("person")).order_by(_story.id), StoryRow)
_empty = Statement(
    update(UnitFigureStory)
    .where(_story.person_id == bindparam("person"), _story.text != "")
    .values(state=WITHDRAWN, text="")
)


def add(tx: Tx, **figure: object) -> int:
    """Keep a figure: everything in `_NEW`; returns its key."""
    return int(tx.value(_add, **figure))


def get(tx: Tx, figure_id: int) -> FigureRow | None:
    """A figure by its key."""
    return tx.one(_get, figure=figure_id)


def hold(tx: Tx, figure_id: int) -> FigureRow | None:
    """The same, held until the transaction ends: of two reports at once the second sees the first."""
    return tx.one(_hold, figure=figure_id)


def running(tx: Tx, *, today: str) -> list[FigureRow]:
    """The figures that are reported today, by unit."""
    return tx.all(_running, today=today)


def everything(tx: Tx) -> list[FigureRow]:
    """All figures there ever were, by unit."""
    return tx.all(_all)


def change(tx: Tx, figure_id: int, **values: object) -> None:
    """Have a figure be called, aim and be reported otherwise."""
    tx.run(_change, figure=figure_id, **values)


def end(tx: Tx, figure_id: int, *, day: str) -> None:
    """Have a figure be reported no more."""
    tx.run(_end, figure=figure_id, day=day)


def report(tx: Tx, figure_id: int, month: str, value: int, *, person_id: int, at: int) -> None:
    """Keep what was reported of a month; what was reported before stays in the history."""
    tx.run(_add_report, figure_id=figure_id, month=month, value=value, person_id=person_id, at=at)


def values(tx: Tx, figure_id: int) -> list[ReportRow]:
    """What holds of each month, oldest first."""
    return tx.all(_of_figure, figure=figure_id)


def history(tx: Tx, figure_id: int) -> list[ReportRow]:
    """Everything that was ever reported, in the order in which it was."""
    return tx.all(_history, figure=figure_id)


def between(tx: Tx, first: str, end: str) -> list[ReportRow]:
    """What holds of the months of a period, of every figure."""
    return tx.all(_values, first=first, end=end)


def ask(
    tx: Tx, figure_id: int, *, first: str, end: str, person_id: int, before: int, after: int, at: int
) -> int | None:
    """Remember that somebody is asked what they did; None when they were before."""
    row = {"figure_id": figure_id, "first": first, "end": end, "person_id": person_id, "before": before, "after": after}
    found: int | None = tx.value(_ask, **row, asked_at=at)
    return found


def is_judged(tx: Tx, first: str) -> bool:
    """Whether somebody was asked about a period."""
    return bool(tx.value(_judged, first=first))


def story(tx: Tx, story_id: int) -> StoryRow | None:
    """A story by its key, held until the transaction ends."""
    return tx.one(_get_story, story=story_id)


def stories(tx: Tx, first: str, end: str) -> list[StoryRow]:
    """The stories that were told of periods that began in a span."""
    return tx.all(_told, first=first, end=end)


def stories_of(tx: Tx, person_id: int) -> list[StoryRow]:
    """What somebody was asked, and told."""
    return tx.all(_of_person, person=person_id)


def settle(tx: Tx, story_id: int, *, was: str, to: str, text: str = "", told_at: int | None = None) -> bool:
    """Have a story go from one state to another; False when it was in another by then."""
    return tx.run(_settle, story=story_id, was=was, to=to, said=text, told=told_at) == 1


def empty_stories(tx: Tx, person_id: int) -> None:
    """Take back every story somebody told, words and all."""
    tx.run(_empty, person=person_id)
