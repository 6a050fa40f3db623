"""The principles to read: all of them on one card, each on four short pages."""

from collections.abc import Iterable

from bot.cards import Block, Button, Card, Facts, Heading, Reply, Span, muted, row, say
from bot.events import Press, number_in
from bot.packs import Entry, Measure, Principle
from bot.turn import Refusal, Turn

# What stands on which page of a principle; after the arrangements behind it come measures and what changed.
PAGES: dict[str, tuple[str, ...]] = {
    "about": ("background", "do", "avoid", "first_step"),
    "examples": ("plan", "build", "run"),
    "goals": ("question", "action", "output", "outcome"),
    "arrangements": ("system",),
}
FIRST = "about"


def read(turn: Turn, number: str) -> Reply:
    """`/kizuki principle 3`: the first page of one principle; without a number, the list of all."""
    return Reply(_page(turn, _found(turn, number), FIRST)) if number else Reply(_all(turn))


def show(turn: Turn, press: Press) -> Reply:
    """A principle from a button."""
    return read(turn, press.value)


def turn_over(turn: Turn, press: Press) -> Reply:
    """Another page of a principle."""
    number, _, name = press.value.partition(":")
    if name not in PAGES:
        raise Refusal("cards.stale")
    return Reply(_page(turn, _found(turn, number), name), replaces=True)


def _found(turn: Turn, number: str) -> Principle:
    wanted = number_in(number)
    if wanted is None or not turn.pack.has(wanted):
        raise Refusal("notes.no_such_number", number=number, last=turn.pack.numbers[-1])
    return turn.pack.by_number[wanted]


def _all(turn: Turn) -> Card:
    t, lang, pack = turn.t, turn.lang, turn.pack
    about = (muted(pack.header.about[lang]),) if pack.header.about else ()
    lines = (say(Span(pack.title(p.number, lang), "strong"), f" {p.promise[lang]}") for p in pack.principles)
    numbers = row(*(Button("principle.show", f"#{n}", str(n)) for n in pack.numbers))
    guide = (row(Button("guide.open", t("guide.title"))),) if pack.shelves else ()
    return Card((Heading(pack.name[lang]), *about, *lines, numbers, *guide), t("principles.all"), lang)


def _page(turn: Turn, found: Principle, name: str) -> Card:
    t, lang = turn.t, turn.lang
    title = turn.pack.title(found.number, lang)
    blocks: list[Block] = [Heading(title), say(Span(found.promise[lang], "strong"))]
    for facet in PAGES[name]:
        blocks += _facet(turn, facet, found.facets.get(facet, ()))
    if name == "arrangements":
        blocks += [*_measures(turn, found.measures), *_changed(turn, found.number)]
    others = [p for p in PAGES if p != name and _has(found, p)]
    blocks.append(
        row(
            Button("note.compose", t("daily.write"), turn.pack.ref(found.number), "primary"),
            *(Button("principle.page", t(f"principles.page.{p}"), f"{found.number}:{p}") for p in others),
        )
    )
    return Card(tuple(blocks), f"{title} {found.promise[lang]}", lang)


def _has(found: Principle, page: str) -> bool:
    return any(found.facets.get(f) for f in PAGES[page]) or (page == "arrangements" and bool(found.measures))


def _facet(turn: Turn, facet: str, entries: tuple[Entry, ...]) -> Iterable[Block]:
    if entries:
        yield Heading(turn.t(f"daily.facet.{facet}"), 3)
    for entry in entries:
        yield say(f"{turn.t('principles.point')}{entry[turn.lang]}")


def _measures(turn: Turn, measures: tuple[Measure, ...]) -> Iterable[Block]:
    t, lang = turn.t, turn.lang
    if measures:
        yield Heading(t("principles.measures"), 3)
    for measure in measures:
        yield say(Span(measure[lang], "strong"), Span(f" {t('principles.owner', owner=measure.owner[lang])}", "muted"))
        if measure.years:
            years = sorted(measure.years.items())
            yield Facts(tuple((t("principles.year", year=str(year)), text[lang]) for year, text in years))


def _changed(turn: Turn, number: int) -> Iterable[Block]:
    t, lang = turn.t, turn.lang
    for version, entries in turn.pack.history(number):
        yield Heading(t("principles.changed", version=version), 3)
        for entry in entries:
            yield say(f"{t('principles.point')}{entry[lang]}")


ACTIONS = {"principle.show": show, "principle.page": turn_over}
