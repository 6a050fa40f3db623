"""The results card of a survey: what a unit and its neighbours answered, drawn from the published table alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from bot import pulse_figures as figures
from bot.cards import Block, Card, Chart, Facts, Heading, Span, muted, say
from bot.phrases import Speak
from bot.published import Published
from bot.pulse_figures import DETRACTORS, PASSIVES, PROMOTERS, Figure, Told, Trend
from bot.pulse_groups import WHOLE
from bot.pulse_pace import opened, pace
from bot.pulse_reading import Parents, Reading, reading
from bot.questions import Asked
from bot.turn import House

# So many siblings counted together are named; of more, the first ones and how many others.
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the card of a unit is drawn with: phrases, their language, and what units are called in it."""

    t: Speak
    lang: str
    unit: str
    names: Mapping[str, str]
    whole: str

    def say(self, key: str, **values: object) -> str:
        """A phrase of the results."""
        return self.t(f"pulse_results.{key}", **values)

    def name(self, code: str) -> str:
        """What a unit is called; the whole, where it is no unit, by the organisation's name."""
        return self.names.get(code) or (self.whole if code == WHOLE else code)


@dataclass(frozen=True, slots=True)
class Row:
    """A bar: the answers it stands for, and how large it is now and in the release before."""

    label: str
    now: Figure
    before: Figure | None

    @property
    def trend(self) -> Trend | None:
        """Where it went, if there is something to compare with."""
        return figures.trend(self.now, self.before) if self.before else None


def card(
    house: House,
    published: Published,
    asked: Sequence[Asked],
    unit: str,
    lang: str,
    *,
    earlier: Sequence[Published] = (),
    names: Mapping[str, str] | None = None,
    parents: Parents | None = None,
    told: Mapping[str, Told] | None = None,
    known: Sequence[Reading] | None = None,
) -> Card:
    """The results of a unit by its code, "" for the whole organisation.

    `earlier` are releases before this one. `names` has the units' names in the language; `parents` the unit above each,
    for units too small to stand in the table; `told`, by survey, the bounds of rounded figures where they are known.
    With `known`, what the table says of the unit, only that is drawn, and neither of these is needed.
    """
    draw = _drawing(house, published, unit, lang, names)
    counted = [question for question in asked if question.values]
    if known is None:
        found = [reading(published, q, unit, earlier=earlier, parents=parents, told=told) for q in counted]
    else:
        of = {one.asked.id: one for one in known}
        found = [of.get(q.id) for q in counted]
    head = next((one for one in found if one), None)
    heading = draw.say("heading", unit=draw.name(draw.unit))
    blocks: list[Block] = [Heading(heading), *_which(draw, published, asked), *_whose(draw, head)]
    for question, one in zip(counted, found, strict=True):
        blocks += _question(draw, question, one, head)
    summary = f"{heading} {_answered(draw, head)}" if head else heading
    return Card((*blocks, *_foot(draw, published, head)), summary, lang)


def in_short(
    house: House, read: Sequence[Reading], unit: str, lang: str, *, names: Mapping[str, str] | None = None
) -> list[Block]:
    """The results for the digest and Home: how many answered, whose answers they are, and one figure a question."""
    if not read:
        return []
    t, whole = house.phrases.bound(lang), house.settings.organisation.title(lang)
    draw = Drawing(t, lang, unit or WHOLE, names or {}, whole)
    rows = tuple((one.asked.text[lang], _key(draw, one)) for one in read)
    return [Heading(draw.say("heading", unit=draw.name(draw.unit)), 2), *_whose(draw, read[0]), Facts(rows)]


def _drawing(house: House, published: Published, unit: str, lang: str, names: Mapping[str, str] | None) -> Drawing:
    tops = (g.units[0] for q in published.questions for g in q.groups if g.parent is None)
    return Drawing(
        house.phrases.bound(lang), lang, unit or next(tops, WHOLE), names or {}, house.settings.organisation.title(lang)
    )


def _answered(draw: Drawing, one: Reading) -> str:
    key = "answered_about" if one.group.shown == "rounded" else "answered"
    return draw.say(key, n=one.now.n, invited=one.now.invited, rate=round(100 * one.now.rate))


def _which(draw: Drawing, published: Published, asked: Sequence[Asked]) -> list[Block]:
    """Which survey it was, and when it opened: results of several weeks stand below each other."""
    day = opened(published)
    return [muted(draw.say("which", title=asked[0].title[draw.lang], day=day))] if day and asked else []


def _whose(draw: Drawing, one: Reading | None) -> list[Block]:
    """How many answered, and whose answers these are where they are not the unit's alone."""
    if one is None:
        return []
    line = say(Span(_answered(draw, one), "strong"))
    if one.group.units == (draw.unit,):
        return [line]
    key = "merged" if len(one.group.units) > 1 else "above"
    return [line, muted(draw.say(key, unit=draw.name(draw.unit), group=_together(draw, one)))]


def _together(draw: Drawing, one: Reading) -> str:
    """What a group is called: siblings by name, the unit in question first."""
    codes = sorted(one.group.units, key=lambda code: code != draw.unit)
    named = [
        draw.say("direct", unit=draw.name(code)) if code == one.group.parent else draw.name(code)
        for code in codes[:MOST_NAMED]
    ]
    listed, others = draw.t("notes.word_separator").join(named), len(codes) - len(named)
    return draw.say("and_others", units=listed, n=others) if others else listed


def _question(draw: Drawing, asked: Asked, one: Reading | None, head: Reading | None) -> Iterator[Block]:
    yield Heading(asked.text[draw.lang], 2)
    if one is None:
        yield muted(draw.say("hidden"))
        return
    if head and (one.group.units, one.group.answered) != (head.group.units, head.group.answered):
        yield from _whose(draw, one)
    rows = list(_rows(draw, one))
    yield _chart(draw, one, rows)
    yield Facts((*_lead(draw, one), *((row.label, _said(draw, one, row)) for row in rows)))
    yield from _notes(draw, one, rows)


def _notes(draw: Drawing, one: Reading, rows: Sequence[Row]) -> Iterator[Block]:
    """The target, that nothing changed for sure, and why figures are not exact."""
    if _aims(one):
        yield say(Span(_aim(draw, one), "strong"))
    trends = {row.trend for row in (*rows, *_scored(draw, one))}
    if one.before and trends == {"unclear"}:
        yield muted(draw.say("unclear"))
    if one.group.shown in ("rounded", "topcoded"):
        yield muted(draw.say(one.group.shown))


def _rows(draw: Drawing, one: Reading) -> Iterator[Row]:
    for label, answers in _bars(draw, one):
        yield Row(label, figures.share(one.now, *answers), figures.share(one.before, *answers) if one.before else None)


def _bars(draw: Drawing, one: Reading) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What the bars stand for; of a top-coded group only the answers shown."""
    asked, values = one.asked, one.asked.values
    if one.group.shown == "topcoded":
        yield from ((asked.label(value, draw.lang), (value,)) for value in one.group.counts)
    elif asked.kind == "nps":
        kinds = (("promoters", PROMOTERS), ("passives", PASSIVES), ("detractors", DETRACTORS))
        yield from ((draw.say(name), answers) for name, answers in kinds)
    elif asked.steps:
        yield from ((asked.label(value, draw.lang), values[at:]) for at, value in enumerate(values) if at)
    else:
        yield from ((asked.label(value, draw.lang), (value,)) for value in values)


def _chart(draw: Drawing, one: Reading, rows: Sequence[Row]) -> Chart:
    asked, shown = one.asked, one.group.shown
    reach = asked.steps and shown != "topcoded"
    title = draw.say("reach" if reach else "several" if asked.kind == "many" else "shares")
    title = draw.say("about_title", title=title) if shown == "rounded" else title
    unit = draw.say("or_more_unit") if all(_is_topped(one, row.now) for row in rows) else "%"
    return Chart(title, tuple(r.label for r in rows), tuple(float(_percent(one, r.now)) for r in rows), unit)


def _is_topped(one: Reading, figure: Figure) -> bool:
    return one.group.shown == "topcoded" and figure.least < figure.most


def _percent(one: Reading, figure: Figure) -> int:
    """A share in whole percent; a top-coded one in whole tens, which tell nothing of how many there are."""
    return floor(10 * figure.value + 1e-9) * 10 if _is_topped(one, figure) else floor(100 * figure.value + 0.5)


def _share(draw: Drawing, one: Reading, figure: Figure) -> str:
    if _is_topped(one, figure):
        return draw.say("or_more", share=_percent(one, figure))
    key = "about" if one.group.shown == "rounded" else "share"
    low, high = floor(100 * figure.low + 1e-9), ceil(100 * figure.high - 1e-9)
    return draw.say(key, share=_percent(one, figure), low=low, high=high)


def _said(draw: Drawing, one: Reading, row: Row) -> str:
    return _moved(draw, _share(draw, one, row.now), row.trend)


def _moved(draw: Drawing, text: str, trend: Trend | None) -> str:
    """A figure with its arrow, where it went up or down for sure."""
    return draw.say(trend, figure=text) if trend in ("up", "down") else text


def _scored(draw: Drawing, one: Reading) -> Iterator[Row]:
    """The one figure of a scale: its mean, or the net promoter score."""
    measure = {"scale": figures.mean, "nps": figures.recommendation}.get(one.asked.kind)
    if measure and one.group.shown != "topcoded":
        before = measure(one.before) if one.before else None
        yield Row(draw.say(f"figure_{one.asked.kind}"), measure(one.now), before)


def _lead(draw: Drawing, one: Reading) -> Iterator[tuple[str, str]]:
    for row in _scored(draw, one):
        yield row.label, _moved(draw, _score(draw, one, row.now), row.trend)


def _score(draw: Drawing, one: Reading, figure: Figure) -> str:
    key = "score_about" if one.group.shown == "rounded" else "score"
    write = _hundredths if one.asked.kind == "scale" else _signed
    low, high = write(figure.low, floor), write(figure.high, ceil)
    return draw.say(key, value=write(figure.value, round), low=low, high=high)


def _hundredths(number: float, whole: Callable[[float], int]) -> str:
    """A mean, whose limits may be near."""
    return f"{whole(round(100 * number, 6)) / 100:.2f}"


def _signed(number: float, whole: Callable[[float], int]) -> str:
    """A recommendation whole, with its sign."""
    return f"{whole(round(number, 6)):+d}".replace("-", "−").replace("+0", "0")


def _aims(one: Reading) -> bool:
    """Whether there is a target, and something is known of it: a top-coded group may be known for another answer."""
    return one.asked.share > 0 and (one.group.shown != "topcoded" or bool(one.group.counts.keys() & one.asked.reached))


def _aim(draw: Drawing, one: Reading) -> str:
    """The target, where it stands, and when it is reached at this speed."""
    reached = one.asked.reached
    now = _share(draw, one, figures.share(one.now, *reached))
    found = pace([(day, figures.share(held, *reached)) for day, held in one.past], one.asked.share / 100)
    aim = draw.say("target", target=one.asked.share, now=now)
    if found is None:
        return aim
    year, week = found.week
    ending = draw.say(f"pace_{found.state}", year=str(year), week=week, day=found.day)
    return draw.say("two", first=aim, second=ending)


def _key(draw: Drawing, one: Reading) -> str:
    """A question in one figure: the share that reached its target, its mean, or its most frequent answer."""
    if _aims(one):
        return _aim(draw, one)
    lead = next(_lead(draw, one), None)
    if lead:
        return draw.say("pair", label=lead[0], figure=lead[1])
    row = max(_rows(draw, one), key=lambda row: row.now.value)
    return draw.say("pair", label=row.label, figure=_said(draw, one, row))


def _foot(draw: Drawing, published: Published, head: Reading | None) -> list[Block]:
    """How to read the intervals, and what is never shown."""
    how = [muted(draw.say("how"))] if head else []
    return [*how, muted(draw.say("promise", k=published.k, visible=floor(100 * published.visible + 1e-9)))]
