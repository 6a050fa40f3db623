"""`/pulse new`: the secretariat asks something once: what, whom, for how long; looks at it; and opens it."""

import json
import re
from datetime import date, timedelta
from hashlib import blake2b
from typing import NamedTuple

from bot import pulse_days, questions, surveys
from bot.cards import Block, Button, Card, Choice, Heading, Option, Reply, Span, TextInput, muted, row, say
from bot.events import Press, is_blank
from bot.notes import own_draft
from bot.organisation import LANGUAGES
from bot.people import require, scopes
from bot.pulse_groups import Divided
from bot.pulse_settings import Audience
from bot.questions import FEWEST_ANSWERS, LONGEST_TEXT, LONGEST_TITLE, MOST_ANSWERS, POINTS, Asked
from bot.surveys import Wanted
from bot.turn import Refusal, Turn, in_form
from storage import drafts, units

OWN = "own"
# What its drafts are called; "pulse_asking.already" says that one was used.
DRAFT = "pulse_asking"
KINDS = ("choice", "many", "scale", "nps", "text")
WHOM = ("everyone", "units", "manager")
DAYS = ("1", "2", "3", "4", "5", "10")
INVITE = ("channel", "person")
LONGEST_ANSWER = 75
KEPT = timedelta(days=1)
FIELDS = ("set", "question", "kind", "answers", "whom", "units", "days", "invite")
USUAL = {"set": "weekly", "kind": "choice", "whom": "everyone", "days": "4", "invite": "channel"}


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
    said = {name: press.first(name).strip() for name in FIELDS}
    try:
        whole = _whole(turn, said)
    except Refusal as refusal:
        return in_form(turn, refusal, _form(turn, said))
    kept = turn.at_in(KEPT)
    draft_id = drafts.add(turn.tx, person_id=turn.me.id, kind=DRAFT, text="", data=said, expires_at=kept)
    return Reply(_preview(turn, draft_id, whole), "dialog", replaces=True)


def launch(turn: Turn, press: Press) -> Reply:
    """The press that opens it."""
    _require(turn)
    draft = own_draft(turn, press.value, DRAFT)
    said: dict[str, str] = draft.unpacked()
    try:
        pulse = surveys.open_one(turn, _whole(turn, said).wanted)
    except Refusal as refusal:
        return in_form(turn, refusal, _form(turn, said))
    if not drafts.settle(turn.tx, draft.id, became=pulse.id):
        raise Refusal("cards.stale")
    last = date.fromisoformat(pulse.closes_on) - timedelta(days=1)
    done = turn.t("pulse_asking.opened", n=pulse.invited, last=last)
    return Reply(Card((say(done), muted(pulse.code)), done, turn.lang))


def _require(turn: Turn) -> None:
    turn.me  # noqa: B018 - whoever may only read is told so
    require(turn, "pulse.ask")


def _whole(turn: Turn, said: dict[str, str]) -> Whole:
    for name, known in (("days", DAYS), ("invite", INVITE), ("whom", WHOM)):
        if said[name] not in known:
            raise Refusal("pulse_asking.choose", field=name)
    name = OWN if said["set"] == OWN else f"once-{said['set']}"
    audience = _audience(turn, said)
    wanted = Wanted(name, _asked(turn, said), audience, int(said["days"]), said["invite"])
    try:
        return Whole(wanted, surveys.divide(turn, wanted))
    except Refusal as refusal:
        refusal.field = "units" if refusal.field == "units" else "whom"
        raise


def _audience(turn: Turn, said: dict[str, str]) -> Audience:
    """Whom it asks; who looks after some units only asks people there."""
    codes = tuple(code for code in re.split(r"[\s,、，]+", said["units"]) if code) if said["whom"] == "units" else ()
    if said["whom"] == "units" and not codes:
        raise Refusal("pulse_asking.units_needed", field="units")
    own = _own_units(turn)
    if own is not None and not all(_is_within(turn, code, own) for code in codes or ("",)):
        raise Refusal("pulse_asking.only_yours", field="units", codes=turn.t("notes.word_separator").join(own))
    return Audience(units=codes, role="manager" if said["whom"] == "manager" else "")


def _own_units(turn: Turn) -> list[str] | None:
    """The codes of the units one looks after; None for all."""
    held = scopes(turn, "secretariat")
    found = [units.get(turn.tx, unit) for unit in held if unit is not None]
    return None if None in held else [unit.code for unit in found if unit]


def _is_within(turn: Turn, code: str, own: list[str]) -> bool:
    unit = units.by_code(turn.tx, code)
    above = [units.by_code(turn.tx, one) for one in own]
    return unit is not None and any(u and units.is_under(turn.tx, unit.id, u.id, today=turn.day) for u in above)


def _asked(turn: Turn, said: dict[str, str]) -> tuple[Asked, ...]:
    if said["set"] != OWN:
        if said["set"] not in turn.house.pulses:
            raise Refusal("pulse_asking.choose", field="set")
        return surveys.ask(turn.house, said["set"], turn.today)
    return (_own_question(said),)


def _own_question(said: dict[str, str]) -> Asked:
    """A question in the writer's own words; the same words are the same question when they are asked again."""
    text, kind = said["question"], said["kind"]
    if is_blank(text) or len(text) > LONGEST_TEXT:
        raise Refusal("pulse_asking.text_length", field="question", longest=LONGEST_TEXT)
    if kind not in KINDS:
        raise Refusal("pulse_asking.choose", field="kind")
    answers = _answers(said["answers"]) if kind in ("choice", "many") else []
    labels = {f"a{n}": dict.fromkeys(LANGUAGES, answer) for n, answer in enumerate(answers, 1)}
    same = blake2b(json.dumps([kind, text, answers]).encode(), digest_size=6).hexdigest()
    return Asked(
        id=f"{OWN}-{same}",
        kind=kind,  # type: ignore[arg-type]
        title=dict.fromkeys(LANGUAGES, _short(text)),
        text=dict.fromkeys(LANGUAGES, text),
        values=POINTS.get(kind) or tuple(labels),
        labels=labels,
    )


def _short(text: str) -> str:
    """A question as a title, so that several can be told apart."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1]}…"


def _answers(text: str) -> list[str]:
    found = [line.strip() for line in text.splitlines() if not is_blank(line)]
    fine = FEWEST_ANSWERS <= len(found) <= MOST_ANSWERS and len(set(found)) == len(found)
    if not fine or any(len(answer) > LONGEST_ANSWER for answer in found):
        raise Refusal("pulse_asking.answers_wrong", field="answers", most=MOST_ANSWERS, longest=LONGEST_ANSWER)
    return found


def _form(turn: Turn, said: dict[str, str]) -> Card:
    t, lang = turn.t, turn.lang

    def pick(name: str, options: tuple[Option, ...]) -> Choice:
        return Choice(
            name, t(f"pulse_asking.field.{name}"), options, (said[name],) if said.get(name) else (), look="menu"
        )

    def named(name: str, values: tuple[str, ...]) -> Choice:
        return pick(name, tuple(Option(value, t(f"pulse_asking.{name}.{value}")) for value in values))

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
        pick("days", tuple(Option(n, t("pulse_asking.days", n=int(n))) for n in DAYS)),
        named("invite", INVITE),
        row(Button("survey.preview", t("pulse_asking.preview"), "", "primary")),
    )
    return Card(blocks, t("pulse_asking.new_title"), lang)


def _preview(turn: Turn, draft_id: int, whole: Whole) -> Card:
    t, lang, wanted = turn.t, turn.lang, whole.wanted
    last = pulse_days.closes_on(turn.today, wanted.days_open, turn.house.calendar) - timedelta(days=1)
    heading = t("pulse_asking.preview_title")
    whom = t("pulse_asking.asks", n=len(whole.divided.seats), groups=len(whole.divided.parts), last=last)
    blocks: list[Block] = [Heading(heading), say(whom), Heading(wanted.asked[0].title[lang], 2)]
    for question in wanted.asked:
        blocks += [say(Span(question.text[lang], "strong")), muted(_choices(turn, question))]
    button = Button("survey.launch", t("pulse_asking.launch"), str(draft_id), "primary")
    return Card((*blocks, row(button)), f"{heading} {whom}", lang)


def _choices(turn: Turn, question: questions.Asked) -> str:
    """The answers there are, in a line."""
    if not question.values:
        return turn.t("pulse_asking.kind.text")
    return " / ".join(question.label(value, turn.lang) for value in question.values)


ACTIONS = {"survey.compose": start_from, "survey.preview": preview, "survey.launch": launch}
LOOKS = frozenset(("survey.compose",))
DIALOGS = frozenset(("survey.compose",))
