"""How a recognition report looks in chat: a short overview, and a page for each of its parts."""

from collections.abc import Iterable
from datetime import date, timedelta

from bot import circles, note_view, periods, scoring, shortlists
from bot.cards import Block, Chart, Facts, Heading, Quote, Span, Table, muted, say
from bot.phrases import Speak
from bot.recognition_model import Candidate, Covered, OfPrinciple, Recognition, Story
from bot.recognition_sums import LEAST_UNITS
from bot.scoring import Points
from bot.turn import House
from storage.recognised import Listed

# What a page of names or of units holds.
PAGE = 10


def named(house: House, report: Recognition, lang: str) -> str:
    """Whose report it is."""
    return report.unit.name(lang) if report.unit else house.settings.organisation.title(lang)


def heading(house: House, report: Recognition, lang: str) -> str:
    """The title of the whole report."""
    return house.phrases(lang, "recognition.heading", organisation=named(house, report, lang))


def top(house: House, report: Recognition, lang: str) -> list[Block]:
    """The title, the period, and what matters in two sentences."""
    t = house.phrases.bound(lang)
    return [
        Heading(heading(house, report, lang)),
        muted(_days(t, report)),
        say(Span(sentences(house, report, lang), "strong")),
    ]


def _days(t: Speak, report: Recognition) -> str:
    """The period's name with its days, unless the name says them."""
    name, period = label(t, report), report.period
    if not periods.whole(period):
        return name
    days = t("digest.period", first=period.first, last=period.end - timedelta(days=1))
    return t("recognition.period", name=name, days=days)


def label(t: Speak, report: Recognition) -> str:
    """What the report's period is called."""
    return periods.label(t, report.period, date.fromisoformat(report.today))


def sentences(house: House, report: Recognition, lang: str) -> str:
    """How thanks moved since the period before, and the principle that needs attention or changed most."""
    t, before = house.phrases.bound(lang), report.totals_before
    if not report.kudos and not report.notes:
        return t("recognition.nothing")
    first = t(f"recognition.thanks_{_way(report.kudos, before.kudos)}", n=report.kudos, change=_change(report, "kudos"))
    silent = [p.number for p in report.principles if not p.kudos]
    if silent:
        names = t("notes.word_separator").join(house.pack.short(n, lang) for n in silent[:3])
        return t("digest.two", first=first, second=t("recognition.unthanked", names=names, n=len(silent)))
    grown = max(report.principles, key=lambda p: (p.kudos - p.kudos_before, -p.number))
    second = t("recognition.grown", name=house.pack.short(grown.number, lang), n=grown.kudos)
    return t("digest.two", first=first, second=second)


def _way(now: int, before: int) -> str:
    return "more" if now > before else "fewer" if now < before else "same"


def _change(report: Recognition, name: str) -> int:
    return abs(int(getattr(report, name)) - int(getattr(report.totals_before, name)))


def totals(t: Speak, report: Recognition) -> Facts:
    """The key figures, each with its change."""
    answered = sum(report.states.get(s, 0) for s in note_view.DONE)
    before = report.totals_before
    return Facts(
        (
            (
                t("recognition.notes"),
                t(
                    "recognition.notes_by",
                    n=report.notes,
                    writers=report.writers,
                    change=_signed(report.notes - before.notes),
                ),
            ),
            (
                t("recognition.kudos"),
                t("recognition.with_change", n=report.kudos, change=_signed(report.kudos - before.kudos)),
            ),
            (t("recognition.first_givers"), t("notes.people", n=report.firsts.gave)),
            (t("recognition.first_receivers"), t("notes.people", n=report.firsts.received)),
            (t("recognition.answered"), t("recognition.answered_of", n=answered, total=report.notes)),
            (t("recognition.changed"), _took(t, report)),
        )
    )


def _signed(change: int) -> str:
    return f"+{change}" if change > 0 else f"−{-change}" if change < 0 else "±0"


def _took(t: Speak, report: Recognition) -> str:
    found = report.changes
    if found.median is None:
        return t("digest.times", n=0)
    return t("recognition.changes_took", n=found.count, days=found.median)


def charts(house: House, report: Recognition, lang: str) -> list[Block]:
    """Notes and thanks of every principle."""
    t = house.phrases.bound(lang)
    labels = tuple(house.pack.short(p.number, lang) for p in report.principles)
    pieces = t("digest.pieces")
    return [
        Chart(t("recognition.notes_chart"), labels, tuple(p.notes for p in report.principles), pieces),
        Chart(t("recognition.kudos_chart"), labels, tuple(p.kudos for p in report.principles), pieces),
    ]


def leaders(house: House, report: Recognition, lang: str) -> list[Block]:
    """Who is first for each principle, in a line each."""
    t = house.phrases.bound(lang)
    rows = tuple(
        (house.pack.short(p.number, lang), _first(t, p, lang), f"{p.shortlist[0].points.points:g}")
        for p in report.principles
        if p.shortlist
    )
    if not rows:
        return [muted(t("recognition.nobody"))]
    columns = (t("notes.principles"), t("recognition.first"), t("recognition.points"))
    return [Table(t("recognition.shortlists"), columns, rows, numeric=(2,))]


def _first(t: Speak, principle: OfPrinciple, lang: str) -> str:
    names = [c.who.name(lang) for c in principle.shortlist if c.place == 1]
    more = t("recognition.and_more", n=len(names) - 2) if len(names) > 2 else ""
    return t("notes.word_separator").join(names[:2]) + more


def principle(house: House, of: OfPrinciple, lang: str) -> list[Block]:
    """One principle: its figures, its shortlist, what was discounted, the stories."""
    t = house.phrases.bound(lang)
    counts = t("recognition.counts", notes=of.notes, kudos=of.kudos, people=of.people, givers=of.givers)
    moved = t("recognition.moved", notes=_signed(of.notes - of.notes_before), kudos=_signed(of.kudos - of.kudos_before))
    blocks: list[Block] = [Heading(house.pack.title(of.number, lang), 2), muted(counts), muted(moved)]
    if not of.shortlist:
        return [*blocks, muted(t("recognition.nobody"))]
    columns = tuple(t(f"recognition.{name}") for name in ("place", "who", "where", "points", "givers", "units"))
    rows = tuple(_row(t, candidate, lang) for candidate in of.shortlist)
    blocks.append(Table(t("recognition.people"), columns, rows, numeric=(0, 3, 4, 5)))
    if of.more:
        blocks.append(muted(t("recognition.tied", n=of.more)))
    blocks += (muted(_why(t, one, lang)) for one in of.shortlist if _is_special(one.points))
    for one in of.shortlist:
        blocks += told(t, one.stories, one.who.name(lang), lang)
    return blocks


def _row(t: Speak, one: Candidate, lang: str) -> tuple[str, ...]:
    points = one.points
    unit = one.who.unit(lang) or t("notes.no_unit")
    return str(one.place), one.who.name(lang), unit, f"{points.points:g}", str(points.givers), str(points.units)


def _is_special(points: Points) -> bool:
    return points.discounted > 0 or points.role > scoring.LEAST_ROLE


def _why(t: Speak, one: Candidate, lang: str) -> str:
    """What was discounted of somebody's points, and why."""
    points = one.points
    reasons = [
        t(f"recognition.why_{kind}", n=getattr(points, kind), few=scoring.FEW)
        for kind in ("mutual", "ring", "circle", "single")
        if getattr(points, kind)
    ]
    if points.role > scoring.LEAST_ROLE:
        reasons.append(t("recognition.why_role", role=points.role))
    listed = t("notes.word_separator").join(reasons)
    return t("recognition.why", name=one.who.name(lang), before=points.before, points=points.points, reasons=listed)


def told(t: Speak, stories: Iterable[Story], name: str, lang: str) -> list[Block]:
    """The givers' own words about somebody."""
    return [
        Quote(
            note_view.shortened(story.text, 200),
            t("recognition.told_by", name=name, giver=story.giver(lang))
            if story.giver(lang)
            else t("recognition.told_about", name=name),
        )
        for story in stories
    ]


def behind(house: House, report: Recognition, lang: str) -> list[Block]:
    """People behind the scenes, with the rule."""
    t = house.phrases.bound(lang)
    blocks: list[Block] = [Heading(t("recognition.behind"), 2), muted(t("recognition.behind_rule", units=LEAST_UNITS))]
    if not report.behind:
        return [*blocks, muted(t("recognition.behind_nobody"))]
    columns = (t("recognition.who"), t("recognition.where"), t("recognition.outside"), t("recognition.seen"))
    rows = tuple(
        (b.who.name(lang), b.who.unit(lang) or t("notes.no_unit"), str(b.units), str(b.seen)) for b in report.behind
    )
    blocks.append(Table(t("recognition.behind"), columns, rows, numeric=(2, 3)))
    for one in report.behind:
        blocks += told(t, one.stories, one.who.name(lang), lang)
    return blocks


def changes(house: House, report: Recognition, lang: str) -> list[Block]:
    """Notes that led to a change, and how long the answer took."""
    t = house.phrases.bound(lang)
    blocks: list[Block] = [Heading(t("recognition.changed"), 2), muted(_took(t, report))]
    for one in report.changes.shown:
        note = one.listed.note
        shown = note_view.principles(house, one.listed.numbers, lang)
        line = t("digest.entry", id=note.id, principles=shown)
        tail = t("recognition.change", state=t(f"notes.state.{note.state}"), n=one.days)
        by = note_view.by_line(t, note, lang, named=note.audience == "unit")
        blocks += [say(Span(line, "strong"), Span(f" {tail}", "muted")), Quote(note_view.shortened(note.text, 160), by)]
        if note.reason:
            blocks.append(say(t("answers.because", reason=note_view.shortened(note.reason, 160))))
    return blocks


def coverage(house: House, report: Recognition, lang: str, rows: Iterable[Covered]) -> list[Block]:
    """The heat map: per unit and principle, the share of its units in which it left a trace."""
    t = house.phrases.bound(lang)
    columns = (t("recognition.where"), t("recognition.parts"), *(f"#{p.number}" for p in report.principles))
    lines = tuple(
        (row.unit.name(lang), str(row.units), *(_share(row, p.number) for p in report.principles)) for row in rows
    )
    title = t("recognition.coverage")
    blocks: list[Block] = [Heading(title, 2), muted(t("recognition.coverage_rule"))]
    return [*blocks, Table(title, columns, lines, numeric=tuple(range(1, len(columns))))] if lines else blocks


def coverage_short(house: House, lang: str, rows: Iterable[Covered]) -> list[Block]:
    """The same for a narrow screen: of every unit the average, and the two principles that reached least of it."""
    t = house.phrases.bound(lang)
    lines = tuple((f"{row.unit.name(lang)} ({row.units})", _least(t, row)) for row in rows)
    return [Heading(t("recognition.coverage"), 2), muted(t("recognition.coverage_rule")), Facts(lines)]


def _least(t: Speak, row: Covered) -> str:
    shares = sorted((count / row.units, number) for number, count in row.by_number.items())
    least = " ".join(f"#{number}" for share, number in shares[:2] if share < 1)
    average = round(100 * sum(share for share, _ in shares) / max(1, len(shares)))
    return t("recognition.covered_least", average=average, least=least) if least else t("recognition.covered_all")


def _share(row: Covered, number: int) -> str:
    """In how many of a hundred; a mark that can be seen from afar stands before it."""
    share = row.by_number.get(number, 0) / row.units
    return f"{'█▓▒░·'[min(4, int((1 - share) * 5))] if share else '·'}{round(share * 100)}"


def people(t: Speak, title: str, found: Iterable[Listed], lang: str) -> list[Block]:
    """Names with their units."""
    rows = tuple((one.name(lang), one.unit(lang) or t("notes.no_unit")) for one in found)
    columns = (t("recognition.who"), t("recognition.where"))
    return [Table(title, columns, rows)] if rows else [Heading(title, 2), muted(t("recognition.nobody_listed"))]


def how(t: Speak, report: Recognition) -> list[Block]:
    """The formula with its weights and limits, as it was used."""
    roles = [t("recognition.how_role", role=t(f"mydata.role.{r}"), by=by) for r, by in report.roles.items() if by > 1]
    values = {
        "least": shortlists.LEAST_GIVERS,
        "most": scoring.MOST_OF_A_UNIT,
        "measure": scoring.MEASURE,
        "amplified": scoring.MOST_MEASURE,
        "places": scoring.PLACES,
        "names": scoring.MOST_NAMES,
        "role": scoring.MOST_ROLE,
        "longest": circles.LONGEST,
        "few": scoring.FEW,
    }
    rules = ("givers", "unit", "own", "back", "circle", "single", "role", "ties", "people", "limits")
    lines = [muted(f"• {t(f'recognition.rule.{rule}', **values)}") for rule in rules]
    listed = [muted(t("recognition.how_roles", roles=t("notes.word_separator").join(roles)))] if roles else []
    return [Heading(t("recognition.how_title"), 2), *lines, *listed]
