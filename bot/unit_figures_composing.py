"""A unit's manager says which figure it tries to change, who reports it, and when that is over."""

from collections.abc import Mapping

from bot import unit_figures
from bot.cards import Block, Button, Card, Choice, Heading, Option, PersonPick, Reply, TextInput, muted, row, say
from bot.events import Press, is_blank, number_in
from bot.own_questions import ENDINGS
from bot.people import managed, picked
from bot.turn import Refusal, Turn, in_form
from bot.unit_figures import BETTER, LESS, Words, packed
from storage import accounts, units
from storage import unit_figures as stored
from storage.unit_figures import FigureRow

LONGEST_NAME, LONGEST_MEASURE, MOST_OF_A_UNIT = 60, 20, 5
LINES = ("name", "measure", "target", "name_en", "measure_en", "name_easy", "measure_easy")
USUAL = {**dict.fromkeys((*LINES, "unit"), ""), "better": LESS}


def compose(turn: Turn, _: Press) -> Reply:
    """The form for a new figure, for managers."""
    mine = _mine(turn)
    return Reply(_form(turn, {**USUAL, "unit": str(mine[0])}, ()), "dialog")


def save(turn: Turn, press: Press) -> Reply:
    """Keep a new figure."""
    _mine(turn)
    said, who = _said(press), press.fields.get("reporter", ())
    try:
        unit_id = _unit(turn, said["unit"])
        values = _values(turn, said, who)
        if sum(one.unit_id == unit_id for one in stored.running(turn.tx, today=turn.day)) >= MOST_OF_A_UNIT:
            raise Refusal("figures.enough", field="unit", n=MOST_OF_A_UNIT)
    except Refusal as refusal:
        return in_form(turn, refusal, _form(turn, said, who))
    begun = unit_figures.first_of(turn.today).isoformat()
    made = stored.add(turn.tx, unit_id=unit_id, person_id=turn.me.id, starts_on=begun, at=turn.at, **values)
    turn.audit("figure.name", f"figure:{made}", unit=unit_id)
    return _done(turn, made, "figures.named")


def change(turn: Turn, press: Press) -> Reply:
    """The form as it stands."""
    figure = _own(turn, press)
    return Reply(_form(turn, _filled(figure), _reporter(turn, figure), figure), "dialog")


def changed(turn: Turn, press: Press) -> Reply:
    """Keep what was changed; what was reported keeps its meaning, so measure and direction stay then."""
    figure = unit_figures.held(turn, str(_own(turn, press).id))
    said, who = {**_filled(figure), **_said(press), "unit": ""}, press.fields.get("reporter", ())
    fixed = bool(stored.values(turn.tx, figure.id))
    if fixed:
        kept = _filled(figure)
        said |= {name: kept[name] for name in ("better", "measure", "measure_en", "measure_easy")}
    try:
        values = _values(turn, said, who)
    except Refusal as refusal:
        return in_form(turn, refusal, _form(turn, said, who, figure))
    stored.change(turn.tx, figure.id, **values)
    turn.audit("figure.change", f"figure:{figure.id}")
    return _done(turn, figure.id, "figures.changed")


def end(turn: Turn, press: Press) -> Reply:
    """It is reported no more; what was stays."""
    figure = unit_figures.held(turn, str(_own(turn, press).id))
    stored.end(turn.tx, figure.id, day=turn.day)
    turn.audit("figure.end", f"figure:{figure.id}")
    text = turn.t("figures.ended_now", name=unit_figures.words(figure, turn.lang).name)
    return Reply(Card((say(text),), text, turn.lang), replaces=True)


def _mine(turn: Turn) -> list[int]:
    """The units the person may name figures of."""
    turn.me  # noqa: B018 - whoever may only read is told so
    mine = managed(turn)
    if not mine:
        raise Refusal("figures.not_a_manager")
    return mine


def _own(turn: Turn, press: Press) -> FigureRow:
    figure = unit_figures.find(turn, press.value)
    if not unit_figures.may_name(turn, figure.unit_id):
        raise Refusal("people.may_not")
    if unit_figures.has_ended(turn, figure):
        raise Refusal("figures.ended")
    return figure


def _unit(turn: Turn, value: str) -> int:
    found = number_in(value)
    if found is None or not unit_figures.unit_alive(turn, found) or not unit_figures.may_name(turn, found):
        raise Refusal("people.may_not", field="unit")
    return found


def _said(press: Press) -> dict[str, str]:
    return {name: press.first(name).strip() for name in USUAL}


def _values(turn: Turn, said: Mapping[str, str], who: tuple[str, ...]) -> dict[str, object]:
    """What is kept of a figure; a refusal names its field."""
    found = {lang: Words(said[f"name{end}"], said[f"measure{end}"]) for lang, end in ENDINGS.items()}
    for lang, end in ENDINGS.items():
        _check(found[lang].name, f"name{end}", LONGEST_NAME, needed=lang == "ja")
        _check(found[lang].measure, f"measure{end}", LONGEST_MEASURE, needed=lang == "ja")
    if said["better"] not in BETTER:
        raise Refusal("figures.choose", field="better")
    target = unit_figures.parsed(said["target"]) if said["target"] else None
    if said["target"] and target is None:
        raise Refusal("figures.no_number", field="target")
    reporter = _named(turn, who)
    return {"words": packed(found), "better": said["better"], "target": target, "reporter_id": reporter}


def _check(text: str, field: str, longest: int, *, needed: bool) -> None:
    if len(text) > longest or (needed and is_blank(text)):
        raise Refusal("figures.length", field=field, longest=longest)


def _named(turn: Turn, who: tuple[str, ...]) -> int | None:
    """Who reports it in the managers' stead."""
    if not who:
        return None
    try:
        person = picked(turn, who[:1])[0]
    except Refusal as refusal:
        refusal.field = "reporter"
        raise
    if turn.present(person) is None:
        raise Refusal("people.nobody_picked", field="reporter")
    return person.id


def _filled(figure: FigureRow) -> dict[str, str]:
    target = "" if figure.target is None else f"{unit_figures.number(figure.target)}"
    said = {**USUAL, "better": figure.better, "target": target}
    usual = unit_figures.words(figure, "ja")
    for lang, end in ENDINGS.items():
        here = unit_figures.words(figure, lang)
        for name in ("name", "measure"):
            same = lang != "ja" and getattr(here, name) == getattr(usual, name)
            said[f"{name}{end}"] = "" if same else getattr(here, name)
    return said


def _reporter(turn: Turn, figure: FigureRow) -> tuple[str, ...]:
    """The account by which a form shows who reports, on the platform it is shown on."""
    if figure.reporter_id is None or turn.handle is None:
        return ()
    mine = accounts.of(turn.tx, figure.reporter_id)
    return tuple(f"{one.platform}/{one.ext_id}" for one in mine if one.platform == turn.handle.platform)[:1]


def _form(turn: Turn, said: Mapping[str, str], who: tuple[str, ...], figure: FigureRow | None = None) -> Card:
    t = turn.t
    title = t("figures.change" if figure else "figures.new_title")

    def line(name: str) -> TextInput:
        needed = name in ("name", "measure")
        hint = t(f"figures.hint.{name}", longest=LONGEST_NAME if name.startswith("name") else LONGEST_MEASURE)
        return TextInput(name, t(f"figures.field.{name}"), said[name], hint, required=needed)

    def pick(name: str, options: tuple[Option, ...]) -> Choice:
        return Choice(name, t(f"figures.field.{name}"), options, (said[name],) if said[name] else (), look="menu")

    better = pick("better", tuple(Option(one, t(f"figures.better.{one}")) for one in BETTER))
    whose = [] if figure else [pick("unit", _units(turn))]
    blocks: tuple[Block, ...] = (
        Heading(title),
        *((muted(t("figures.fixed")),) if figure and stored.values(turn.tx, figure.id) else ()),
        line("name"),
        line("measure"),
        better,
        line("target"),
        PersonPick("reporter", t("figures.field.reporter"), who),
        *whose,
        *map(line, LINES[3:]),
        row(Button("figure.changed" if figure else "figure.save", t("notes.save"), str(figure.id) if figure else "")),
    )
    return Card(blocks, title, turn.lang)


def _units(turn: Turn) -> tuple[Option, ...]:
    found = [unit for unit in (units.get(turn.tx, one) for one in managed(turn)) if unit]
    return tuple(Option(str(unit.id), unit.name(turn.lang)) for unit in found)


def _done(turn: Turn, figure_id: int, key: str) -> Reply:
    figure = stored.get(turn.tx, figure_id)
    assert figure is not None  # noqa: S101 - it was just written
    text = turn.t(key, name=unit_figures.words(figure, turn.lang).name)
    buttons = row(
        Button("figure.report", turn.t("figures.report"), str(figure_id), "primary"),
        Button("figure.show", turn.t("figures.curve"), str(figure_id)),
    )
    return Reply(Card((say(text), muted(turn.t("figures.monthly")), buttons), text, turn.lang))


ACTIONS = {
    "figure.compose": compose,
    "figure.save": save,
    "figure.change": change,
    "figure.changed": changed,
    "figure.end": end,
}
LOOKS = frozenset(("figure.compose", "figure.change"))
