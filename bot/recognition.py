"""The monthly recognition report: per principle, what was noticed, who was recognised and by how many givers."""

from datetime import date, timedelta

from bot import reports
from bot.cards import Block, Card, Chart, Facts, Heading, Reply, Table, muted
from bot.people import require
from bot.phrases import Speak
from bot.reports import OfPrinciple, Recognition
from bot.schedule import month_before
from bot.turn import House, Turn
from storage import roles
from storage.database import Tx
from storage.reports import Recognised

READERS = ("secretariat", "executive")


def recipients(tx: Tx, today: str) -> list[int]:
    """Who receives the report."""
    return sorted({person for role in READERS for person, _ in roles.holders(tx, role, today=today)})


def send(turn: Turn) -> None:
    """Owe the report of the month before to the secretariat and the executives."""
    first, end = month_before(turn.today)
    model = build(turn, first, end)
    key = f"recognition:{first}"
    for person_id in recipients(turn.tx, turn.day):
        turn.tell(person_id, f"{key}:{person_id}", lambda lang: card(turn.house, model, lang), body=key, days=20)


def build(turn: Turn, first: date, end: date) -> Recognition:
    """The organisation's figures for a period."""
    period = reports.between(turn.settings, first, end)
    return reports.recognition(turn.tx, period, turn.pack.numbers, today=turn.day)


def show(turn: Turn) -> Reply:
    """`/kizuki report`: the running month."""
    require(turn, "recognition.read")
    model = build(turn, turn.today.replace(day=1), turn.today + timedelta(days=1))
    return Reply(card(turn.house, model, turn.lang))


def card(house: House, report: Recognition, lang: str) -> Card:
    """A recognition report as a card."""
    t = house.phrases.bound(lang)
    last = report.period.end - timedelta(days=1)
    heading = t("recognition.heading", organisation=house.settings.organisation.title(lang))
    totals = t("recognition.totals", notes=report.notes, writers=report.writers, kudos=report.kudos)
    labels = tuple(house.pack.short(p.number, lang) for p in report.principles)
    pieces = t("digest.pieces")
    blocks: list[Block] = [
        Heading(heading),
        muted(t("digest.period", first=report.period.first, last=last)),
        Facts(_totals(t, report)),
        Chart(t("recognition.notes_chart"), labels, tuple(p.notes for p in report.principles), pieces),
        Chart(t("recognition.kudos_chart"), labels, tuple(p.kudos for p in report.principles), pieces),
    ]
    for principle in report.principles:
        blocks += _principle(house, principle, lang)
    blocks.append(muted(t("recognition.how")))
    return Card(tuple(blocks), f"{heading} {totals}", lang)


def _totals(t: Speak, report: Recognition) -> tuple[tuple[str, str], ...]:
    answered = sum(report.states.get(s, 0) for s in ("adopted", "done", "declined"))
    return (
        (t("recognition.notes"), t("recognition.notes_by", n=report.notes, writers=report.writers)),
        (t("recognition.kudos"), t("digest.times", n=report.kudos)),
        (t("recognition.answered"), t("recognition.answered_of", n=answered, total=report.notes)),
        (t("notes.state.done"), t("digest.times", n=report.states.get("done", 0))),
    )


def _principle(house: House, principle: OfPrinciple, lang: str) -> list[Block]:
    t = house.phrases.bound(lang)
    counts = t(
        "recognition.counts",
        notes=principle.notes,
        kudos=principle.kudos,
        people=principle.people,
        givers=principle.givers,
    )
    blocks: list[Block] = [Heading(house.pack.title(principle.number, lang), 2), muted(counts)]
    if principle.recognised:
        columns = (t("recognition.who"), t("recognition.where"), t("recognition.givers"), t("recognition.times"))
        rows = tuple(_row(t, r, lang) for r in principle.recognised)
        blocks.append(Table(t("recognition.people"), columns, rows, numeric=(2, 3)))
    return blocks


def _row(t: Speak, found: Recognised, lang: str) -> tuple[str, ...]:
    name = found.name_en if lang == "en" and found.name_en else found.name_ja
    unit = found.unit_en if lang == "en" else found.unit_ja
    return name, unit or t("notes.no_unit"), str(found.givers), str(found.times)
