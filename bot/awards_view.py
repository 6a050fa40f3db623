"""How awards look: what was chosen so far, the form of one, the card for everybody, and certificates as plain data."""

from dataclasses import dataclass
from datetime import date

from bot import note_view, periods
from bot.cards import Block, Button, Card, Choice, Facts, Heading, Option, Quote, TextInput, muted, row, say
from bot.phrases import Speak
from bot.recognition_model import OfPrinciple
from bot.reports import Period, between
from bot.turn import Turn
from storage import awards, units
from storage.awards import AwardRow, RoundRow, WinnerRow
from storage.units import UnitRow


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says: to whom, of which unit, for which principle, why, for which period, by whom, when."""

    names: tuple[str, ...]
    unit: str
    number: int
    principle: str
    citation: str
    period: str
    organisation: str
    day: date
    lang: str


def listing(turn: Turn, scope: str, period: Period, unit: UnitRow | None, found: RoundRow | None) -> Card:
    """Each principle with who was chosen, and what can be done next."""
    t, lang = turn.t, turn.lang
    heading = t("awards.heading", name=unit.name(lang) if unit else turn.settings.organisation.title(lang))
    chosen = _chosen(turn, found, lang)
    rows = tuple((turn.pack.short(n, lang), chosen[n]) for n in turn.pack.numbers if n in chosen)
    open_ones = " ".join(f"#{n}" for n in turn.pack.numbers if n not in chosen)
    options = tuple(Option(str(n), turn.pack.title(n, lang)) for n in turn.pack.numbers)
    first = next((n for n in turn.pack.numbers if n not in chosen), turn.pack.numbers[0])
    state = "announced" if found and found.state == "announced" else "draft"
    blocks: tuple[Block, ...] = (
        Heading(heading),
        muted(t("awards.period", name=periods.label(t, period), state=t(f"awards.state.{state}"))),
        *((Facts(rows),) if rows else ()),
        *((muted(t("awards.nobody_yet", names=open_ones)),) if open_ones else ()),
        Choice("number", t("awards.which"), options, (str(first),), look="menu"),
        row(
            Button("award.choose", t("awards.choose"), scope, "plain" if chosen else "primary"),
            Button("award.preview", t("awards.preview"), scope, "primary") if chosen else None,
        ),
    )
    return Card(blocks, f"{heading} {periods.label(t, period)}", lang)


def _chosen(turn: Turn, found: RoundRow | None, lang: str) -> dict[int, str]:
    """The winners' names by principle."""
    if found is None:
        return {}
    winners = awards.winners(turn.tx, found.id)
    return {a.number: _names(turn.t, winners.get(a.id, []), lang) for a in awards.of_round(turn.tx, found.id)}


def _names(t: Speak, winners: list[WinnerRow], lang: str) -> str:
    return t("kudos.name_separator").join(t("kudos.san", name=w.name(lang)) for w in winners)


def form(turn: Turn, value: str, of: OfPrinciple, chosen: tuple[str, ...], citation: str) -> Card:
    """Whom to choose from a shortlist, and why."""
    t, lang = turn.t, turn.lang
    options = tuple(
        Option(
            str(one.who.person_id),
            t(
                "awards.candidate",
                place=one.place,
                name=one.who.name(lang),
                unit=one.who.unit(lang) or t("notes.no_unit"),
            ),
            t("awards.points", points=one.points.points, givers=one.points.givers, units=one.points.units),
        )
        for one in of.shortlist
    )
    known = {option.value for option in options}
    stories = [
        Quote(note_view.shortened(story.text, 160), t("recognition.told_about", name=one.who.name(lang)))
        for one in of.shortlist
        for story in one.stories[:1]
    ]
    blocks: tuple[Block, ...] = (
        Heading(turn.pack.title(of.number, lang)),
        Choice("winners", t("awards.winners"), options, tuple(c for c in chosen if c in known), many=True),
        TextInput("citation", t("awards.citation"), citation, t("awards.citation_hint"), lines=3),
        *stories,
        row(Button("award.save", t("notes.save"), value, "primary")),
    )
    return Card(blocks, turn.pack.title(of.number, lang), lang)


def public(turn: Turn, found: RoundRow, lang: str) -> Card:
    """The awards as every channel shows them; of a round that nobody has an award of any more, that it is gone."""
    t = turn.speak(lang)
    given = certificates(turn, found, lang)
    if not given:
        text = t("awards.withdrawn")
        return Card((muted(text),), text, lang)
    unit = units.get(turn.tx, found.unit_id) if found.unit_id is not None else None
    heading = t("awards.announcement", name=unit.name(lang) if unit else turn.settings.organisation.title(lang))
    blocks: list[Block] = [Heading(heading), muted(given[0].period)]
    for one in given:
        names = t("kudos.name_separator").join(t("kudos.san", name=name) for name in one.names)
        blocks += [Heading(one.principle, 2), say(t("awards.winner", names=names, unit=one.unit)), Quote(one.citation)]
    blocks.append(muted(t("awards.thank_too")))
    blocks.append(row(Button("kudos.compose", t("kudos.compose"), "")))
    named = t("notes.word_separator").join(name for one in given for name in one.names)
    return Card(tuple(blocks), f"{heading} {named}", lang)


def certificates(turn: Turn, found: RoundRow, lang: str) -> tuple[Certificate, ...]:
    """What the certificates of a round say, by principle; one for all who share an award."""
    winners = awards.winners(turn.tx, found.id)
    return tuple(
        certificate(turn, found, award, winners[award.id], lang)
        for award in awards.of_round(turn.tx, found.id)
        if award.id in winners
    )


def certificate(turn: Turn, found: RoundRow, award: AwardRow, winners: list[WinnerRow], lang: str) -> Certificate:
    """What one certificate says."""
    t = turn.speak(lang)
    period = between(turn.settings, date.fromisoformat(found.first_on), date.fromisoformat(found.end_on))
    of = dict.fromkeys(w.unit(lang) for w in winners if w.unit(lang))
    day = turn.local(found.announced_at).date() if found.announced_at else turn.today
    return Certificate(
        tuple(w.name(lang) for w in winners),
        t("notes.word_separator").join(of),
        award.number,
        turn.pack.title(award.number, lang) if award.number in turn.pack.numbers else f"#{award.number}",
        award.citation,
        periods.label(t, period),
        turn.settings.organisation.title(lang),
        day,
        lang,
    )


def preview(turn: Turn, scope: str, found: RoundRow) -> Card:
    """What everybody will see, and the button that shows it to them."""
    t, drawn = turn.t, public(turn, found, turn.house.lang)
    again = found.state == "announced"
    shown = [block for block in drawn.blocks if block.kind != "buttons"]
    button = Button(
        "award.announce", t("awards.change" if again else "awards.announce"), scope, "primary", t("awards.sure")
    )
    blocks: tuple[Block, ...] = (Heading(t("awards.preview_title")), *shown, row(button))
    return Card(blocks, t("awards.preview_title"), turn.lang)


def announced(turn: Turn, scope: str, places: int) -> Card:
    """That it is on its way."""
    done = turn.t("awards.announced", n=places)
    return Card((say(done), row(Button("award.list", turn.t("awards.back"), scope))), done, turn.lang)


def congratulation(turn: Turn, given: Certificate, lang: str) -> Card:
    """What a winner is told."""
    t = turn.speak(lang)
    line = t("awards.congratulations", principle=given.principle)
    blocks = (
        Heading(line, 2),
        Quote(given.citation),
        muted(t("awards.from", organisation=given.organisation, period=given.period)),
    )
    return Card(blocks, f"{line} {given.citation}", lang)
