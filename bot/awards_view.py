"""How awards look: what was chosen so far, the form of one, the card for everybody, what winners are told."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from bot import award_checks, note_view, periods
from bot.award_checks import Missing
from bot.cards import Block, Button, Card, Choice, Facts, Heading, Option, Quote, Span, TextInput, muted, row, say
from bot.phrases import Speak
from bot.recognition_model import OfPrinciple
from bot.reports import Period, between
from bot.turn import Turn
from storage import awards, given, units
from storage.awards import AwardRow, Honour, RoundRow, WinnerRow
from storage.units import UnitRow


class Look(NamedTuple):
    """A preview: its card, what it is of, who cannot be announced, and what stands for all of it."""

    card: Card
    chosen: list[Honour]
    missing: list[Missing]
    seal: str


def listing(turn: Turn, scope: str, period: Period, unit: UnitRow | None, found: RoundRow | None) -> Card:
    """Each principle with who was chosen, and what can be done next."""
    t, lang = turn.t, turn.lang
    heading = t("awards.heading", name=unit.name(lang) if unit else turn.settings.organisation.title(lang))
    drafted = awards.chosen(turn.tx, found.id) if found else []
    public = given.of_round(turn.tx, found.id) if found else []
    chosen = {one.number: _names(t, one.winners, lang) for one in drafted}
    rows = tuple((turn.pack.short(n, lang), chosen[n]) for n in turn.pack.numbers if n in chosen)
    open_ones = " ".join(f"#{n}" for n in turn.pack.numbers if n not in chosen)
    options = tuple(Option(str(n), turn.pack.title(n, lang)) for n in turn.pack.numbers)
    first = next((n for n in turn.pack.numbers if n not in chosen), turn.pack.numbers[0])
    name, state = periods.label(t, period, turn.today), t(f"awards.state.{_state(found, drafted, public)}")
    blocks: tuple[Block, ...] = (
        Heading(heading),
        muted(t("awards.period", name=name, state=state)),
        *((Facts(rows),) if rows else ()),
        *((muted(t("awards.nobody_yet", names=open_ones)),) if open_ones else ()),
        Choice("number", t("awards.which"), options, (str(first),), look="menu"),
        row(
            Button("award.choose", t("awards.choose"), scope, "plain" if chosen else "primary"),
            Button("award.preview", t("awards.preview"), scope, "primary") if chosen or public else None,
        ),
        *((_of_public(t, scope),) if public else ()),
    )
    return Card(blocks, f"{heading} {name}", lang)


def _state(found: RoundRow | None, drafted: list[Honour], public: list[Honour]) -> str:
    if public:
        return "announced" if award_checks.same(drafted, public) else "changed"
    return "withdrawn" if found and found.state == "announced" else "draft"


def _of_public(t: Speak, scope: str) -> Block:
    """What can be done about awards that are public."""
    return row(
        Button("award.certificates", t("awards.certificates"), scope),
        Button("award.withdraw", t("awards.withdraw"), scope, "danger", t("awards.withdraw_sure")),
    )


def _names(t: Speak, winners: Iterable[WinnerRow], lang: str) -> str:
    return t("kudos.name_separator").join(t("kudos.san", name=w.name(lang)) for w in winners)


def form(turn: Turn, value: str, of: OfPrinciple, held: Honour | None, chosen: tuple[str, ...], citation: str) -> Card:
    """Whom to choose from a shortlist, and why; whoever was chosen before and is on it no more can be kept."""
    t, lang = turn.t, turn.lang
    options = (*_shortlisted(t, of, lang), *_kept(t, of, held, lang))
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


def _shortlisted(t: Speak, of: OfPrinciple, lang: str) -> list[Option]:
    return [
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
    ]


def _kept(t: Speak, of: OfPrinciple, held: Honour | None, lang: str) -> list[Option]:
    """Those chosen before who are on the shortlist no more."""
    listed = {one.who.person_id for one in of.shortlist}
    before = [w for w in held.winners if w.person_id not in listed] if held else []
    return [Option(str(w.person_id), w.name(lang), t("awards.chosen_before")) for w in before]


def chosen_meanwhile(turn: Turn, held: Honour | None) -> str:
    """That somebody else chose since the form was opened, and whom."""
    if held is None:
        return turn.t("awards.meanwhile_nobody")
    return turn.t("awards.meanwhile", names=_names(turn.t, held.winners, turn.lang))


def public(turn: Turn, found: RoundRow, lang: str) -> Card:
    """The awards as every channel shows them: as they were announced."""
    return _drawn(turn, found, given.of_round(turn.tx, found.id), lang)


def _drawn(turn: Turn, found: RoundRow, honours: Sequence[Honour], lang: str) -> Card:
    """Awards as everybody sees them; where nobody has one any more, that they are gone."""
    t = turn.speak(lang)
    if not honours:
        text = t("awards.withdrawn")
        return Card((muted(text),), text, lang)
    unit = units.get(turn.tx, found.unit_id) if found.unit_id is not None else None
    heading = t("awards.announcement", name=unit.name(lang) if unit else turn.settings.organisation.title(lang))
    blocks: list[Block] = [Heading(heading), muted(_period(turn, found, lang))]
    for award, winners in honours:
        of = t("notes.word_separator").join(dict.fromkeys(w.unit(lang) for w in winners if w.unit(lang)))
        who = say(t("awards.winner", names=_names(t, winners, lang), unit=of))
        blocks += [Heading(titled(turn, award, lang), 2), who, Quote(award.citation)]
    blocks.append(muted(t("awards.thank_too")))
    blocks.append(row(Button("kudos.compose", t("kudos.compose"), "")))
    named = t("notes.word_separator").join(w.name(lang) for one in honours for w in one.winners)
    return Card(tuple(blocks), f"{heading} {named}", lang)


def _period(turn: Turn, found: RoundRow, lang: str) -> str:
    days = between(turn.settings, date.fromisoformat(found.first_on), date.fromisoformat(found.end_on))
    return periods.label(turn.speak(lang), days, turn.today)


def titled(turn: Turn, award: AwardRow, lang: str) -> str:
    """The principle an award is for, by its present number; of one that is no more the number it had."""
    number = turn.pack.now(award.edition, award.number)
    return turn.pack.title(number, lang) if number else f"#{award.number}"


def preview(
    turn: Turn, scope: str, found: RoundRow, chosen: list[Honour], shown: list[Honour], missing: list[Missing]
) -> Look:
    """What everybody will see, and the button that shows it to them; or who has to be chosen anew, and why."""
    t, drawn = turn.t, _drawn(turn, found, chosen, turn.house.lang)
    seal = award_checks.seal(drawn, chosen, withdrawn=found.state == "announced" and not shown)
    seen = [block for block in drawn.blocks if block.kind != "buttons"]
    title = Heading(t("awards.preview_title"))
    if missing:
        last = [*_missing(turn, missing), row(Button("award.list", t("awards.back"), scope))]
    elif not chosen:
        last = [row(Button("award.withdraw", t("awards.withdraw"), scope, "danger", t("awards.withdraw_sure")))]
    else:
        text, value = t("awards.change" if shown else "awards.announce"), f"{scope}:{seal}"
        last = [row(Button("award.announce", text, value, "primary", t("awards.sure")))]
    return Look(Card((title, *seen, *last), t("awards.preview_title"), turn.lang), chosen, missing, seal)


def _missing(turn: Turn, missing: list[Missing]) -> list[Block]:
    t, lang = turn.t, turn.lang
    facts = tuple(
        (f"{t('kudos.san', name=one.winner.name(lang))} #{one.number}", t(f"awards.why.{one.why}")) for one in missing
    )
    return [say(Span(t("awards.missing"), "strong")), Facts(facts)]


def noticed(card: Card, text: str) -> Card:
    """A card that says something before the rest."""
    return replace(card, blocks=(card.blocks[0], say(Span(text, "strong")), *card.blocks[1:]), summary=text)


def announced(turn: Turn, scope: str, places: int) -> Card:
    """That it is on its way."""
    t, done = turn.t, turn.t("awards.announced", n=places)
    ways = row(
        Button("award.list", t("awards.back"), scope), Button("award.certificates", t("awards.certificates"), scope)
    )
    return Card((say(done), ways), done, turn.lang)


def congratulation(turn: Turn, found: RoundRow, award: AwardRow, person_id: int, lang: str) -> Card:
    """What a winner is told, with the way to the certificate."""
    t = turn.speak(lang)
    line = t("awards.congratulations", principle=titled(turn, award, lang))
    organisation = turn.settings.organisation.title(lang)
    value = f"{found.id}:{award.number}:{person_id}"
    blocks = (
        Heading(line, 2),
        Quote(award.citation),
        muted(t("awards.from", organisation=organisation, period=_period(turn, found, lang))),
        row(Button("award.certificate", t("awards.own_certificate"), value)),
    )
    return Card(blocks, f"{line} {award.citation}", lang)


def taken_back(turn: Turn, award: AwardRow, lang: str, *, wished: bool) -> Card:
    """What stands in the place of a congratulation to an award that was taken back, or left as its winner `wished`."""
    key = "awards.left_out" if wished else "awards.taken_back"
    text = turn.speak(lang)(key, principle=titled(turn, award, lang))
    return Card((muted(text),), text, lang)
