"""What a survey looks like: the invitation, the form, the word of thanks with its receipt, the list of what is open.

No card shown to whoever answered holds an answer: some platforms keep cards. Only the form is filled in, and no
platform keeps forms.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache

from bot import questions
from bot.cards import (
    Block,
    Button,
    Buttons,
    Card,
    Choice,
    Divider,
    Heading,
    Option,
    Span,
    TextInput,
    muted,
    row,
    say,
)
from bot.phrases import Speak
from bot.questions import LONGEST_LINE, Asked
from bot.receipts import Given
from bot.turn import House, Turn
from storage.pulses import PulseRow

# What is one row of buttons where a survey asks only this.
ONE_PRESS = ("choice", "scale", "nps")
# From this many answers on a question's answers are folded away in a form.
MANY_ANSWERS = 11
NO_ANSWERS: Given = {}
# Behind a receipt that stands in its holder's own chat: so does the next one.
IN_CHAT = ":chat"

asked = lru_cache(maxsize=64)(questions.restore)


def field(position: int) -> str:
    """The name of a question's field."""
    return f"q{position}"


def is_one_press(found: Sequence[Asked]) -> bool:
    """Whether a survey is one question that a single press answers."""
    return len(found) == 1 and found[0].kind in ONE_PRESS


def title(pulse: PulseRow, lang: str) -> str:
    """What a survey is called."""
    found = asked(pulse.questions)
    return found[0].title.get(lang, pulse.name) if found else pulse.name


def last_day(pulse: PulseRow) -> date:
    """The last day on which a survey is open."""
    return date.fromisoformat(pulse.closes_on) - timedelta(days=1)


def invitation(house: House, pulse: PulseRow, lang: str) -> Card:
    """The card that invites to a survey, the same for everybody: in a channel, or to a person."""
    t = house.phrases.bound(lang)
    name = title(pulse, lang)
    blocks = (Heading(name, 2), *ways(t, pulse, lang), muted(t("pulse.nobody_knows")))
    return Card(blocks, t("pulse.invited", title=name, last=last_day(pulse)), lang)


def ways(t: Speak, pulse: PulseRow, lang: str) -> tuple[Block, ...]:
    """How a survey is answered: the one question with a button for each answer, or a button that opens the form."""
    found = asked(pulse.questions)
    if is_one_press(found):
        until = muted(t("pulse.until", last=last_day(pulse)))
        return (say(Span(found[0].text[lang], "strong")), *_hint(found[0], lang), *_taps(pulse, found[0], lang), until)
    how_many = t("pulse.questions", n=len(found), last=last_day(pulse))
    return muted(how_many), row(Button("pulse.open", t("pulse.open"), pulse.code, "primary"))


def form(
    turn: Turn, pulse: PulseRow, given: Given = NO_ANSWERS, *, receipt: str = "", lines: Mapping[str, str] = {}
) -> Card:
    """The questions to fill in; with a receipt they change what was answered."""
    t, lang = turn.t, turn.lang
    name = title(pulse, lang)
    blocks: list[Block] = [Heading(name)]
    for position, question in enumerate(asked(pulse.questions), 1):
        # A question's hint stands before it: without a line it would seem to belong to the one above.
        blocks += [Divider()] if position > 1 else []
        blocks += _asks(t, question, field(position), lang, given.get(question.id, ()), lines.get(question.id, ""))
    send = Button("pulse.keep", t("pulse.keep"), f"{pulse.code}:{receipt}", "primary")
    if not receipt:
        send = Button("pulse.answer", t("pulse.send"), pulse.code, "primary")
    return Card((*blocks, muted(t("pulse.nobody_knows")), row(send)), name, lang)


def thanks(turn: Turn, pulse: PulseRow, receipt: str, *, changed: bool = False) -> Card:
    """That the answer counts, and the one way to change it."""
    t = turn.t
    done = t("pulse.changed" if changed else "pulse.thanks")
    value = f"{pulse.code}:{receipt}"
    blocks = (
        Heading(title(pulse, turn.lang), 2),
        say(done),
        muted(t("pulse.receipt", last=last_day(pulse))),
        row(Button("pulse.change", t("pulse.change"), value), Button("pulse.store", t("pulse.store"), value)),
    )
    return Card(blocks, done, turn.lang)


def stored(turn: Turn, pulse: PulseRow, receipt: str, *, changed: bool = False) -> Card:
    """The receipt in a card of its own, for the person's own chat."""
    t = turn.t
    about = t("pulse.stored", title=title(pulse, turn.lang), last=last_day(pulse))
    done = (say(t("pulse.changed")),) if changed else ()
    button = Button("pulse.change", t("pulse.change"), f"{pulse.code}:{receipt}{IN_CHAT}")
    return Card((*done, say(about), muted(t("pulse.receipt_lost")), row(button)), about, turn.lang)


def overview(turn: Turn, open_: Sequence[PulseRow], done: Sequence[PulseRow]) -> tuple[Block, ...]:
    """What is open for a person: what waits for their answer first, then what they answered."""
    t, lang = turn.t, turn.lang
    blocks: list[Block] = []
    for pulse in open_:
        blocks += [Heading(title(pulse, lang), 3), *ways(t, pulse, lang)]
    if open_:
        blocks.append(muted(t("pulse.nobody_knows")))
    blocks += [muted(t("pulse.answered", title=title(pulse, lang), last=last_day(pulse))) for pulse in done]
    if done:
        blocks.append(muted(t("pulse.receipt_lost")))
    return tuple(blocks)


def listing(turn: Turn, open_: Sequence[PulseRow], done: Sequence[PulseRow]) -> Card:
    """`/pulse`: everything that is open for a person."""
    t = turn.t
    summary = t("pulse.waits", n=len(open_)) if open_ else t("pulse.none_waits")
    head = (Heading(t("pulse.title"), 2), say(summary))
    return Card((*head, *((Divider(),) if open_ or done else ()), *overview(turn, open_, done)), summary, turn.lang)


def _hint(question: Asked, lang: str) -> tuple[Block, ...]:
    hint = question.hint.get(lang, "")
    return (muted(hint),) if hint else ()


def _taps(pulse: PulseRow, question: Asked, lang: str) -> tuple[Buttons, ...]:
    """A button for each answer; two rows where they are numbers up to ten."""
    buttons = [Button("pulse.tap", question.label(value, lang), f"{pulse.code}:{value}") for value in question.values]
    rows = (buttons[:6], buttons[6:]) if question.kind == "nps" else (buttons,)
    return tuple(row(*some) for some in rows)


def _asks(t: Speak, question: Asked, name: str, lang: str, chosen: tuple[str, ...], text: str) -> tuple[Block, ...]:
    label = question.text[lang]
    if question.kind == "text":
        hint = t("pulse.line_hint", longest=LONGEST_LINE)
        return *_hint(question, lang), TextInput(name, label, text, hint, lines=3)
    options = tuple(Option(value, question.label(value, lang)) for value in question.values)
    known = tuple(value for value in chosen if value in question.values)
    menu = len(options) >= MANY_ANSWERS
    many = question.kind == "many"
    pick = Choice(name, label, options, known, many=many, look="menu" if menu else "list")
    return *_hint(question, lang), pick
