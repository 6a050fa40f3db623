"""`/pulse new`: the secretariat asks something once: what, whom, for how long; looks at it; and opens it."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from bot import own_questions, pulse_days, surveys
from bot.cards import (
    Block,
    Button,
    Card,
    Choice,
    Divider,
    Facts,
    Heading,
    Option,
    Reply,
    Span,
    TextInput,
    muted,
    row,
    say,
)
from bot.events import Press
from bot.notes import own_draft
from bot.organisation import LANGUAGES
from bot.own_questions import KINDS, OWN
from bot.people import ROLES, require, scopes
from bot.pulse_groups import Divided
from bot.pulse_settings import Audience, Newcomers, Panel
from bot.questions import Asked
from bot.surveys import Wanted
from bot.turn import Refusal, Turn, in_form
from storage import drafts, units

# What its drafts are called; "pulse_asking.already" says that one was used.
DRAFT = "pulse_asking"
WHOM = ("everyone", "units", "manager", "panel", "newcomers", *(role for role in ROLES if role != "manager"))
DAYS = ("1", "2", "3", "4", "5", "10")
INVITE = ("channel", "person")
# One in how many is drawn each time; how many days newcomers have been here.
PANEL, AFTER = ("2", "3", "4", "6", "8", "12"), ("30", "60", "90")
PICKED = {"days": DAYS, "invite": INVITE, "whom": WHOM, "panel": PANEL, "after": AFTER}
KEPT = timedelta(days=1)
WORDS = ("question", "answers", "question_en", "answers_en", "question_easy", "answers_easy")
USUAL = {
    "set": "weekly",
    "kind": "choice",
    "whom": "everyone",
    "units": "",
    "days": "4",
    "invite": "channel",
    "panel": "4",
    "after": "30",
    **dict.fromkeys(WORDS, ""),
}


class Whole(NamedTuple):
    """A form that can be opened, and whom that would ask."""

    wanted: Wanted
    divided: Divided


def is_new(turn: Turn, text: str) -> bool:
    """Whether what follows `/pulse` asks for a new survey."""
    words = {
        word for lang in LANGUAGES for word in re.split("[、,]", turn.house.phrases(lang, "pulse_asking.new_words"))
    }
    return text.strip().lower() in {word.strip() for word in words}


def start(turn: Turn) -> Reply:
    """The dialog, for the secretariat."""
    _require(turn)
    return Reply(_form(turn, USUAL), "dialog")


def start_from(turn: Turn, _: Press) -> Reply:
    """The same from a button."""
    return start(turn)


def preview(turn: Turn, press: Press) -> Reply:
    """What it would look like and whom it would ask, before anybody is asked."""
    _require(turn)
    said = {name: press.first(name).strip() for name in USUAL}
    try:
        whole = _whole(turn, said)
    except Refusal as refusal:
        return in_form(turn, refusal, _form(turn, said))
    kept = turn.at_in(KEPT)
    draft_id = drafts.add(turn.tx, person_id=turn.me.id, kind=DRAFT, text="", data=said, expires_at=kept)
    return Reply(_preview(turn, draft_id, said, whole), "dialog", replaces=True)


def launch(turn: Turn, press: Press) -> Reply:
    """The press that opens it."""
    _require(turn)
    draft = own_draft(turn, press.value, DRAFT)
    said: dict[str, str] = {**USUAL, **draft.unpacked()}
    try:
        pulse = surveys.open_one(turn, _whole(turn, said).wanted)
    except Refusal as refusal:
        return in_form(turn, refusal, _form(turn, said))
    if not drafts.settle(turn.tx, draft.id, became=pulse.id):
        raise Refusal("cards.stale")
    last = date.fromisoformat(pulse.closes_on) - timedelta(days=1)
    done = turn.t("pulse_asking.opened", n=pulse.invited, last=last)
    return Reply(Card((say(done), muted(pulse.code)), done, turn.lang), replaces=True)


def _require(turn: Turn) -> None:
    turn.me  # noqa: B018 - whoever may only read is told so
    require(turn, "pulse.ask")


def _whole(turn: Turn, said: Mapping[str, str]) -> Whole:
    for name, known in PICKED.items():
        if said[name] not in known:
            raise Refusal("pulse_asking.choose", field=name)
    audience, asked = _audience(turn, said), _asked(turn, said)
    wanted = Wanted(_name(said, audience, asked), asked, audience, int(said["days"]), said["invite"])
    try:
        return Whole(wanted, surveys.divide(turn, wanted))
    except Refusal as refusal:
        refusal.field = "units" if refusal.field == "units" else "whom"
        raise


def _name(said: Mapping[str, str], audience: Audience, asked: tuple[Asked, ...]) -> str:
    """What it is called, which decides whom lots and newcomers' surveys before have asked.

    A panel goes on from question to question; newcomers are asked each question once.
    """
    name = OWN if said["set"] == OWN else f"once-{said['set']}"
    if audience.panel:
        return f"{name}-panel"
    if audience.newcomers:
        return f"{name}-newcomers" if said["set"] != OWN else f"{asked[0].id}-newcomers"
    return name


def _audience(turn: Turn, said: Mapping[str, str]) -> Audience:
    """Whom it asks; who looks after some units only asks people there."""
    whom = said["whom"]
    codes = () if whom == "everyone" else tuple(filter(None, re.split(r"[\s,、，]+", said["units"])))
    if whom == "units" and not codes:
        raise Refusal("pulse_asking.units_needed", field="units")
    own = _own_units(turn)
    if own is not None and not all(_is_within(turn, code, own) for code in codes or ("",)):
        raise Refusal("pulse_asking.only_yours", field="units", codes=turn.t("notes.word_separator").join(own))
    return Audience(
        units=codes,
        role=whom if whom in ROLES else "",
        panel=Panel(of=int(said["panel"])) if whom == "panel" else None,
        newcomers=Newcomers(after=timedelta(days=int(said["after"]))) if whom == "newcomers" else None,
    )


def _own_units(turn: Turn) -> list[str] | None:
    """The codes of the units one looks after; None for all."""
    held = scopes(turn, "secretariat")
    found = [units.get(turn.tx, unit) for unit in held if unit is not None]
    return None if None in held else [unit.code for unit in found if unit]


def _is_within(turn: Turn, code: str, own: list[str]) -> bool:
    unit = units.by_code(turn.tx, code)
    above = [units.by_code(turn.tx, one) for one in own]
    return unit is not None and any(u and units.is_under(turn.tx, unit.id, u.id, today=turn.day) for u in above)


def _asked(turn: Turn, said: Mapping[str, str]) -> tuple[Asked, ...]:
    if said["set"] == OWN:
        return (own_questions.own(said),)
    if said["set"] not in turn.house.pulses:
        raise Refusal("pulse_asking.choose", field="set")
    return surveys.ask(turn.house, said["set"], turn.today)


def _form(turn: Turn, said: Mapping[str, str]) -> Card:
    """What is needed every time comes first, what is needed now and then last."""
    t, lang = turn.t, turn.lang

    def pick(name: str, options: tuple[Option, ...]) -> Choice:
        chosen = (said[name],) if said.get(name) else ()
        return Choice(name, t(f"pulse_asking.field.{name}"), options, chosen, look="menu")

    def named(name: str, values: tuple[str, ...]) -> Choice:
        return pick(name, tuple(Option(value, t(f"pulse_asking.{name}.{value}")) for value in values))

    def counted(name: str) -> Choice:
        return pick(name, tuple(Option(value, t(f"pulse_asking.{name}", n=int(value))) for value in PICKED[name]))

    def line(name: str, lines: int = 1) -> TextInput:
        hint = t(f"pulse_asking.hint.{name}")
        return TextInput(name, t(f"pulse_asking.field.{name}"), said.get(name, ""), hint, lines=lines)

    sets = tuple(Option(name, found.title[lang]) for name, found in turn.house.pulses.items())
    blocks: tuple[Block, ...] = (
        Heading(t("pulse_asking.new_title")),
        pick("set", (*sets, Option(OWN, t("pulse_asking.own")))),
        line("question", 2),
        named("kind", KINDS),
        line("answers", 4),
        named("whom", WHOM),
        line("units"),
        counted("days"),
        named("invite", INVITE),
        Divider(),
        muted(t("pulse_asking.rarely")),
        counted("panel"),
        counted("after"),
        *(line(name, 4 if name.startswith("answers") else 2) for name in WORDS[2:]),
        row(Button("survey.preview", t("pulse_asking.preview"), "", "primary")),
    )
    return Card(blocks, t("pulse_asking.new_title"), lang)


def _preview(turn: Turn, draft_id: int, said: Mapping[str, str], whole: Whole) -> Card:
    """What is asked of how many people, and how it is told, in the language of whoever looks at it."""
    t, lang, wanted = turn.t, turn.lang, whole.wanted
    last = pulse_days.closes_on(turn.today, wanted.days_open, turn.house.calendar) - timedelta(days=1)
    heading = t("pulse_asking.preview_title")
    asks = t("pulse_asking.asks", n=len(whole.divided.seats), groups=len(whole.divided.parts), last=last)
    blocks: list[Block] = [Heading(heading), say(asks), Facts(tuple(_how(turn, said)))]
    blocks.append(Heading(wanted.asked[0].title[lang], 2))
    for question in wanted.asked:
        blocks += [say(Span(question.text[lang], "strong")), muted(_choices(turn, question, lang))]
        blocks += _elsewhere(turn, question) if said["set"] == OWN else ()
    button = Button("survey.launch", t("pulse_asking.launch"), str(draft_id), "primary")
    return Card((*blocks, row(button)), f"{heading} {asks}", lang)


def _how(turn: Turn, said: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Whom it asks and how they hear of it, as it was chosen."""
    t, whom = turn.t, said["whom"]
    yield t("pulse_asking.field.whom"), t(f"pulse_asking.whom.{whom}")
    if whom != "everyone" and said["units"]:
        yield t("pulse_asking.field.units"), said["units"]
    for name, of in (("panel", "panel"), ("after", "newcomers")):
        if whom == of:
            yield t(f"pulse_asking.field.{name}"), t(f"pulse_asking.{name}", n=int(said[name]))
    yield t("pulse_asking.field.invite"), t(f"pulse_asking.invite.{said['invite']}")


def _elsewhere(turn: Turn, question: Asked) -> Iterator[Block]:
    """An own question as others read it, where it is written in their language too."""
    here = question.text[turn.lang], _choices(turn, question, turn.lang)
    for lang in LANGUAGES:
        there = question.text[lang], _choices(turn, question, lang)
        if there != here:
            name = turn.t(f"preferences.languages.{lang}")
            yield muted(turn.t("pulse_asking.in_language", name=name, question=there[0], answers=there[1]))


def _choices(turn: Turn, question: Asked, lang: str) -> str:
    """The answers there are, in a line."""
    if not question.values:
        return turn.speak(lang)("pulse_asking.kind.text")
    return " / ".join(question.label(value, lang) for value in question.values)


ACTIONS = {"survey.compose": start_from, "survey.preview": preview, "survey.launch": launch}
LOOKS = frozenset(("survey.compose",))
DIALOGS = frozenset(("survey.compose",))
